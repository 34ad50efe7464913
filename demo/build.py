# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Make the demo database, or find it ready.

Two steps, each under a temporary name that is taken away when it ends well:
an empty database with all modules, kept for the next time, and the world in a
copy of it. Whatever interrupts, no half database is taken for a whole one.
A database that other versions of the modules made is brought up to date.
"""
import argparse
import hashlib
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
NAME = 'demo'
LANGUAGES = ['es', 'it']
# What a Spanish company needs beside ours.
OTHERS = [
    'account_es', 'account_dunning', 'account_statement', 'purchase', 'sale']


def main():
    parser = argparse.ArgumentParser(prog='demo.build')
    parser.add_argument('--size', type=int, default=40)
    parser.add_argument('--rebuild', action='store_true')
    parser.add_argument('--started', type=float, default=time.time())
    options = parser.parse_args()

    def say(text):
        sys.stdout.write(f"[{time.time() - options.started:3.0f}s] {text}\n")
        sys.stdout.flush()

    uri = os.environ['TRYTOND_DATABASE__URI']
    databases = (
        PostgreSQL(uri) if uri.startswith('postgresql') else SQLite())
    problem = databases.problem()
    if problem:
        sys.exit(problem)
    if options.rebuild:
        databases.drop(NAME)
    mark = Mark(uri)
    if databases.exists(NAME):
        if mark.holds():
            say("the database is there")
            return
        say("the modules have changed: bring the database up to date "
            "(some minutes)")
        activate(NAME, ours() + OTHERS)
        mark.write()
        say("the database is ready")
        return
    base = f'base-{digest()}'
    if not databases.exists(base):
        for old in databases.like('base-'):
            databases.drop(old)
        building = 'building-base'
        databases.create(building)
        modules = ours() + OTHERS
        say(f"activate {len(modules)} modules and what they need "
            "(some minutes)")
        activate(building, modules)
        databases.rename(building, base)
    building = 'building-demo'
    databases.create(building, template=base)
    say("make the demo company and its year of work")
    fill(building, options.size, say)
    databases.rename(building, NAME)
    mark.write()
    say("the database is ready")


def ours():
    return sorted(p.parent.name for p in ROOT.glob('modules/*/tryton.cfg'))


class Mark:
    "Tells for which modules the demo database of a server was made"

    def __init__(self, uri):
        server = hashlib.sha256(uri.encode()).hexdigest()[:12]
        self.path = (
            Path(os.environ['TRYTOND_DATABASE__PATH']) / f'{NAME}-{server}')

    def holds(self):
        return self.path.exists() and self.path.read_text() == digest()

    def write(self):
        self.path.write_text(digest())


def digest():
    sys.path.insert(0, str(ROOT))
    from tests.database import digest_of
    value = ''.join(
        digest_of(tuple(ours() + OTHERS), lang) for lang in LANGUAGES)
    return hashlib.sha256(value.encode()).hexdigest()[:12]


def activate(name, modules):
    from demo.logins import PASSWORD
    with tempfile.NamedTemporaryFile('w', suffix='.txt') as password:
        password.write(PASSWORD + '\n')
        password.flush()
        command = [
            sys.executable, str(Path(sys.executable).with_name(
                    'trytond-admin')),
            '-c', str(ROOT / 'trytond.conf'), '-d', name,
            '--email', 'admin@oficio.example', '--activate-dependencies',
            '-l', *LANGUAGES, '-u', *modules]
        log = ROOT / 'var' / 'activate.log'
        with open(log, 'w') as output:
            done = subprocess.run(
                command, env={**os.environ, 'TRYTONPASSFILE': password.name},
                stdout=output, stderr=subprocess.STDOUT)
        if done.returncode:
            sys.exit(
                "The modules could not be activated: see var/activate.log.\n"
                + ''.join(log.read_text().splitlines(True)[-3:]))


def fill(name, size, say):
    from demo.world import build
    build(name, size=size, say=say)


class SQLite:
    def __init__(self):
        self.folder = Path(os.environ['TRYTOND_DATABASE__PATH'])

    def path(self, name):
        return self.folder / f'{name}.sqlite'

    def problem(self):
        from shutil import disk_usage
        free = disk_usage(self.folder).free // 2 ** 20
        if free < 300:
            return (
                f"Only {free} MB are free for the database in {self.folder}: "
                "free at least 300 MB and start again.")

    def exists(self, name):
        return self.path(name).exists()

    def like(self, start):
        return [p.stem for p in self.folder.glob(f'{start}*.sqlite')]

    def drop(self, name):
        for path in self.folder.glob(f'{name}.sqlite*'):
            path.unlink()

    def create(self, name, template=None):
        self.drop(name)
        self.path(name).write_bytes(
            self.path(template).read_bytes() if template else b'')

    def rename(self, name, new):
        # What is still in the journal belongs into the file that moves.
        connection = sqlite3.connect(self.path(name))
        busy, _, _ = connection.execute(
            'PRAGMA wal_checkpoint(TRUNCATE)').fetchone()
        connection.close()
        if busy:
            sys.exit(f"The database {self.path(name)} is in use.")
        self.path(name).rename(self.path(new))


class PostgreSQL:
    def __init__(self, uri):
        from bench.runner.cluster import Server
        self.server = Server(uri)

    def problem(self):
        import psycopg
        try:
            self.server.databases()
        except psycopg.OperationalError as error:
            return (
                f"PostgreSQL does not answer at {self.server.uri}: "
                f"{str(error).strip().splitlines()[-1]}")

    def exists(self, name):
        return name in self.server.databases()

    def like(self, start):
        return [n for n in self.server.databases() if n.startswith(start)]

    def drop(self, name):
        self.server.drop(name)

    def create(self, name, template=None):
        self.drop(name)
        self.server.create(name, template=template or 'template0')
        if not template:
            self.server.extend(name)

    def rename(self, name, new):
        self.server.rename(name, new)


if __name__ == '__main__':
    try:
        main()
    except KeyboardInterrupt:
        sys.stderr.write("Stopped: start again to go on.\n")
        sys.exit(130)

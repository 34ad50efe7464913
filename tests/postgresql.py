# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""A PostgreSQL server for the tests, whose data stays for the next session.

The fixture `postgresql` gives the URI of a server of our own, or that of
OFICIO_POSTGRESQL_URI, which several processes can share. To run any other test
on it instead of SQLite, keep one running and name it:

    python -m tests.postgresql          # prints the URI, Ctrl-C stops it
    TRYTOND_DATABASE__URI=<uri> DB_CACHE=postgresql:// pytest modules/batch

With that DB_CACHE each layer of tests/database.py is a database of the server
from which others are copied.
"""
import fcntl
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from bench.runner.cluster import Cluster, ClusterError, Server

ROOT = Path(__file__).parents[1]
_MAX_SOCKET = 107


class _TestCluster(Cluster):
    "Nothing here outlives a crash of the machine, so nothing waits for disks"
    settings = {
        'listen_addresses': '127.0.0.1',
        'fsync': 'off',
        'synchronous_commit': 'off',
        'full_page_writes': 'off',
        'max_connections': '200',
        }

    def __enter__(self):
        if (self.data / 'postmaster.pid').exists():
            # Its session was killed; nobody else has it, we hold the lock.
            self._stop_left_over()
        socket = self.folder / '.s.PGSQL.65535'
        if len(os.fsencode(socket)) > _MAX_SOCKET:
            raise ClusterError(
                f"The path {self.folder} is too long for a socket: set "
                f"OFICIO_POSTGRESQL_DATA to a shorter one.")
        return super().__enter__()

    def _stop_left_over(self):
        lines = (self.data / 'postmaster.pid').read_text().splitlines()
        pid, data = int(lines[0]), lines[1]
        try:
            command = Path(f'/proc/{pid}/cmdline').read_bytes()
        except OSError:
            return
        if os.fsencode(data) in command:
            os.kill(pid, signal.SIGQUIT)
            for _ in range(100):
                if not Path(f'/proc/{pid}').exists():
                    break
                time.sleep(0.1)


def _folder():
    if folder := os.environ.get('OFICIO_POSTGRESQL_DATA'):
        return Path(folder)
    # Below a folder that the user postgres may enter, which root's home and
    # the clone in it are not.
    return Path(tempfile.gettempdir()) / f'oficio-postgresql-{os.geteuid()}'


@contextmanager
def _reserved(base, count=8):
    "Yield a folder that no other session has"
    for number in range(count):
        suffix = f'-{number}' if number else ''
        folder = base.with_name(base.name + suffix)
        with open(f'{folder}.lock', 'a') as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue
            yield folder
            return
    raise ClusterError(f"All of the {count} folders {base}* are in use.")


@contextmanager
def server():
    "Yield the URI of a running server with what Tryton needs in new databases"
    with ExitStack() as stack:
        folder = stack.enter_context(_reserved(_folder()))
        cluster = stack.enter_context(_TestCluster(folder))
        databases = Server(cluster.uri)
        databases.extend('template1')
        for name in databases.databases():
            if name.startswith('test_'):
                databases.drop(name)
        yield cluster.uri


@pytest.fixture(scope='session')
def worker():
    "What tells the databases of processes that test at the same time apart"
    return os.environ.get('PYTEST_XDIST_WORKER', 'main')


@pytest.fixture(scope='session')
def postgresql():
    "The URI of a PostgreSQL server for the tests"
    if uri := os.environ.get('OFICIO_POSTGRESQL_URI'):
        yield uri
        return
    with ExitStack() as stack:
        try:
            uri = stack.enter_context(server())
        except (ClusterError, OSError, subprocess.SubprocessError) as error:
            if os.environ.get('OFICIO_REQUIRE_POSTGRESQL') == '1':
                pytest.fail(f"PostgreSQL is required: {error}")
            pytest.skip(f"PostgreSQL does not run: {error}")
        yield uri


def run_tests(uri, worker, *targets):
    "Run tests that are made for any database on PostgreSQL"
    # trytond knows one kind of database a process.
    name = f'test_story_{worker}'
    result = subprocess.run([
            sys.executable, '-m', 'pytest', '-q', '-p', 'no:cacheprovider',
            '-m', 'not postgresql and not browser', *targets],
        cwd=ROOT, capture_output=True, text=True, env={
            **os.environ,
            'TRYTOND_DATABASE__URI': f'{uri}/',
            'DB_CACHE': 'postgresql://',
            'DB_NAME': name,
            })
    Server(uri).drop(name)
    assert not result.returncode, result.stdout[-6000:] + result.stderr[-2000:]


if __name__ == '__main__':
    with server() as uri:
        sys.stdout.write(f'{uri}\n')
        sys.stdout.flush()
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            signal.pause()
        except KeyboardInterrupt:
            pass

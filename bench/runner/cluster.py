# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""A PostgreSQL server of our own, thrown away at the end."""
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql as SQL

_TICK = os.sysconf('SC_CLK_TCK')
# What the dated records and the searches stand on in production.
EXTENSIONS = ['btree_gist', 'pg_trgm', 'unaccent']


class ClusterError(Exception):
    pass


class Cluster:
    """Start a server in a folder and stop it at the end

    The settings are those of a small production server: fsync stays on.
    """
    settings = {
        'shared_buffers': '512MB',
        'work_mem': '32MB',
        'listen_addresses': '127.0.0.1',
        # The statements of a list are long but their rows few: to compile
        # one takes seconds, to run it milliseconds.
        'jit': 'off',
        }

    def __init__(self, folder=None):
        self._keep = folder is not None
        self.folder = Path(folder or tempfile.mkdtemp(prefix='oficio-bench-'))
        self.data = self.folder / 'data'
        self.port = None

    def __enter__(self):
        self._binaries = _find_binaries()
        self.folder.mkdir(parents=True, exist_ok=True)
        self._prefix = []
        if os.geteuid() == 0:
            # The server refuses to run as root.
            try:
                user = pwd.getpwnam('postgres')
            except KeyError:
                raise ClusterError(
                    "There is no user postgres: install the package "
                    "postgresql or run as another user than root.") from None
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            self.folder.chmod(0o700)
            self._prefix = ['runuser', '-u', 'postgres', '--']
        if not (self.data / 'PG_VERSION').exists():
            self._run(
                'initdb', '-D', self.data, '-U', 'postgres',
                '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8')
        self.port = _free_port()
        options = ' '.join(
            [f'-p {self.port}', f'-k {self.folder}']
            + [f'-c {k}={v}' for k, v in self.settings.items()])
        self._run(
            'pg_ctl', '-D', self.data, '-w', '-t', '60',
            '-l', self.folder / 'log', '-o', options, 'start')
        return self

    def __exit__(self, *args):
        try:
            self._run('pg_ctl', '-D', self.data, '-m', 'fast', '-w', 'stop')
        finally:
            if not self._keep:
                shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def uri(self):
        return f'postgresql://postgres@127.0.0.1:{self.port}'

    def _run(self, name, *args):
        # Without pipes: pg_ctl would leave them to the server and a reader
        # would wait for ever.
        result = subprocess.run(
            [*self._prefix, str(self._binaries / name), *map(str, args)],
            cwd='/', stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if result.returncode:
            raise ClusterError(
                f"{name} failed, see {self.folder / 'log'}.")


class Server:
    "The databases of a server"

    def __init__(self, uri):
        parts = urlsplit(uri)
        if parts.scheme != 'postgresql':
            raise ClusterError(
                f"The database {uri} must be a postgresql:// URI.")
        self.uri = urlunsplit(parts._replace(path=''))

    def databases(self):
        with self._connect() as connection:
            return {n for n, in connection.execute(
                    'SELECT datname FROM pg_database')}

    def create(self, name, template='template0'):
        self._execute(
            'CREATE DATABASE {} TEMPLATE {}',
            SQL.Identifier(name), SQL.Identifier(template))

    def rename(self, name, new_name):
        self._execute(
            'ALTER DATABASE {} RENAME TO {}',
            SQL.Identifier(name), SQL.Identifier(new_name))

    def drop(self, name):
        self._execute(
            'DROP DATABASE IF EXISTS {} WITH (FORCE)', SQL.Identifier(name))

    def extend(self, name):
        for extension in EXTENSIONS:
            self._execute(
                'CREATE EXTENSION IF NOT EXISTS {}',
                SQL.Identifier(extension), database=name)

    def _execute(self, command, *identifiers, database='postgres'):
        with self._connect(database) as connection:
            connection.execute(SQL.SQL(command).format(*identifiers))

    def _connect(self, database='postgres'):
        return psycopg.connect(f'{self.uri}/{database}', autocommit=True)


def _find_binaries():
    if path := shutil.which('initdb'):
        return Path(path).parent
    found = sorted(
        Path('/usr/lib/postgresql').glob('*/bin/initdb'),
        key=lambda p: int(p.parents[1].name))
    if not found:
        raise ClusterError(
            "There is no PostgreSQL: install the package postgresql "
            "or give the URI of a server with --database.")
    return found[-1].parent


def _free_port():
    with socket.socket() as sock:
        sock.bind(('127.0.0.1', 0))
        return sock.getsockname()[1]


def cpu_of_server(backend_pid):
    """Return the CPU seconds of a local server so far, None if it is remote

    All backends count, those which have ended through their parent.
    """
    stat = _stat(backend_pid)
    if stat is None or not stat[0].startswith('postgres'):
        return None
    parent = stat[1]
    postmaster = _stat(parent)
    if postmaster is None:
        return None
    return sum(postmaster[2:]) / _TICK + sum(
        p.seconds for p in processes_below(parent, depth=1))


@dataclass
class Process:
    pid: int
    seconds: float


def processes_below(pid, depth=None):
    "Return the processes that one has started, and those that they have"
    by_parent = {}
    for path in Path('/proc').iterdir():
        if path.name.isdigit() and (stat := _stat(int(path.name))):
            by_parent.setdefault(stat[1], []).append(
                Process(int(path.name), sum(stat[2:]) / _TICK))
    found, level = [], [pid]
    while level and depth != 0:
        children = [p for parent in level for p in by_parent.get(parent, [])]
        found += children
        level = [p.pid for p in children]
        depth = None if depth is None else depth - 1
    return found


def _stat(pid):
    "Return name, parent and the four times of a process"
    try:
        text = Path(f'/proc/{pid}/stat').read_text()
    except OSError:
        return None
    name = text[text.index('(') + 1:text.rindex(')')]
    values = text[text.rindex(')') + 2:].split()
    return (name, int(values[1]), *map(int, values[11:15]))

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Start and stop together all that serves one database.

``oficio-server -c trytond.conf -d DATABASE`` runs the web server (gunicorn),
on PostgreSQL the workers of the queue, and the cron. What dies is started
again: a killed child takes trytond's worker down with it, and the tasks that
wait would then wait for ever. A signal to the supervisor stops them all.
"""
import argparse
import configparser
import gc
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from oficio.tuning import tune

# A process that ends sooner than this did not start at all.
_HEALTHY = 10
_LONGEST_PAUSE = 60


def main(arguments: list[str] | None = None) -> int:
    options = parse(arguments)
    if options.web:
        serve(options)
        return 0
    problem = port_problem(options.listen)
    if problem:
        sys.stderr.write(problem + '\n')
        return 1
    return Supervisor(commands(options), environment(options)).run()


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog='oficio-server', description=(
            "Serve a database: web, worker and cron, started and stopped "
            "together."))
    parser.add_argument(
        '-c', '--config', action='append', default=[], metavar='FILE',
        help="a configuration file of trytond")
    parser.add_argument(
        '-d', '--database', required=True, help="the database to serve")
    parser.add_argument(
        '--listen', default='',
        help="host:port, else [web] listen of the configuration")
    parser.add_argument(
        '--processes', type=int, default=0,
        help="web processes, by default one a core on PostgreSQL")
    parser.add_argument(
        '--threads', type=int, default=16,
        help="threads of each web process (default: %(default)s)")
    parser.add_argument(
        '--workers', type=int, default=os.cpu_count() or 1,
        help="processes of the queue's worker (default: %(default)s)")
    parser.add_argument('--web', action='store_true', help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    settings = read_settings(options.config)
    options.postgresql = settings('database', 'uri').startswith('postgresql')
    options.listen = (
        options.listen or settings('web', 'listen') or 'localhost:8000')
    if not options.processes:
        # SQLite has one writer: a second process would only wait for it.
        options.processes = (os.cpu_count() or 1) if options.postgresql else 1
    return options


def read_settings(files: list[str]) -> Callable[[str, str], str]:
    "Return a reader of settings: a file wins over the environment"
    # Not trytond's own, which the processes started here must load afresh.
    parser = configparser.RawConfigParser(strict=False)
    parser.read(files or [
        f for f in os.environ.get('TRYTOND_CONFIG', '').split(',') if f])

    def setting(section: str, option: str) -> str:
        default = os.environ.get(
            f'TRYTOND_{section.upper()}__{option.upper()}', '')
        return parser.get(section, option, fallback=default)
    return setting


def address_of(listen: str) -> tuple[str, int]:
    host, _, port = listen.rpartition(':')
    return host.strip('[]') or 'localhost', int(port)


def port_problem(listen: str) -> str:
    "Say why nothing can listen there, or nothing"
    try:
        host, port = address_of(listen)
    except ValueError:
        return (
            f'"{listen}" is not an address to listen on: '
            "write it as host:port.")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        return (
            f"Port {port} of {host} can not be used ({error.strerror}): stop "
            "the program that holds it, or choose another port with --listen.")
    return ''


def environment(options: argparse.Namespace) -> dict[str, str]:
    values = dict(os.environ)
    # Standard Tryton checks the type of every sibling of every record with
    # an assert: the time for n records then grows with n squared.
    values['PYTHONOPTIMIZE'] = '1'
    # Without the name of the database the first login fails in 8.0.
    values['TRYTOND_DATABASE_NAMES'] = options.database
    # On SQLite jobs run at once: no worker could ever take them.
    values['TRYTOND_QUEUE__WORKER'] = str(options.postgresql)
    # 100 invoices with their lines and moves fit in, 2000 records do not.
    values.setdefault('TRYTOND_CACHE__RECORD', '10000')
    # Only PostgreSQL can tell one process what another has done.
    values.setdefault(
        'TRYTOND_BUS__ALLOW_SUBSCRIBE', str(options.postgresql))
    if options.config:
        values['TRYTOND_CONFIG'] = ','.join(options.config)
    return values


def commands(options: argparse.Namespace) -> dict[str, list[str]]:
    python = sys.executable
    tuned = [python, '-m', 'oficio.tuning']
    folder = Path(python).parent
    config = [a for f in options.config for a in ('-c', f)]
    database = ['-d', options.database]
    result = {
        'web': [
            python, '-m', 'oficio.server', '--web', *config, *database,
            '--listen', options.listen,
            '--processes', str(options.processes),
            '--threads', str(options.threads)],
        'cron': [
            *tuned, str(folder / 'trytond-cron'), *config, *database,
            '-n', '1'],
        }
    if options.postgresql:
        worker = [*tuned, str(folder / 'trytond-worker'), *config, *database]
        # A task put off because of a lock is looked at after the timeout.
        worker += ['--timeout', '5']
        result['worker'] = [*worker, '-n', str(options.workers)]
        # Printing is slow and never urgent: it must not delay the rest.
        result['print'] = [*worker, '--name', 'print', '-n', '1']
    return result


class Supervisor:
    "Keep processes running until told to stop"

    def __init__(
            self, commands: dict[str, list[str]], environment: dict[str, str]):
        self.commands = commands
        self.environment = environment
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.started: dict[str, float] = {}
        self.pause = dict.fromkeys(commands, 1)
        self.due = dict.fromkeys(commands, 0.0)
        self.stopping = False

    def run(self) -> int:
        for number in [signal.SIGINT, signal.SIGTERM]:
            signal.signal(number, self.stop)
        while not self.stopping:
            self.tend()
            time.sleep(0.5)
        self.end()
        return 0

    def stop(self, *_: object) -> None:
        self.stopping = True

    def tend(self) -> None:
        now = time.monotonic()
        for name, command in self.commands.items():
            process = self.processes.get(name)
            if process and process.poll() is None:
                continue
            if process:
                del self.processes[name]
                healthy = now - self.started[name] > _HEALTHY
                self.pause[name] = 1 if healthy else min(
                    self.pause[name] * 2, _LONGEST_PAUSE)
                self.due[name] = now + self.pause[name]
                sys.stderr.write(
                    f"{name} ended with {process.returncode}, it starts "
                    f"again in {self.pause[name]} s\n")
            if name not in self.processes and now >= self.due[name]:
                self.started[name] = now
                # A group of its own, so that its children end with it.
                self.processes[name] = subprocess.Popen(
                    command, env=self.environment, start_new_session=True)

    def end(self, patience: float = 15) -> None:
        for process in self.processes.values():
            self.signal(process, signal.SIGTERM)
        limit = time.monotonic() + patience
        for process in self.processes.values():
            try:
                process.wait(max(0, limit - time.monotonic()))
            except subprocess.TimeoutExpired:
                pass
            # Also what the process may have left behind.
            self.signal(process, signal.SIGKILL)

    @staticmethod
    def signal(process: 'subprocess.Popen[bytes]', number: int) -> None:
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            pass


class WholeAnswers:
    """WSGI middleware that sends a JSON answer in one piece

    trytond writes it to the socket as its encoder goes, a few bytes a time:
    for a list of 80 rows that is three quarters of the time of the call.
    """

    def __init__(self, app: Callable[..., Iterable[bytes]]):
        self.app = app

    def __call__(
            self, environ: dict[str, object],
            start_response: Callable[..., object]) -> Iterable[bytes]:
        is_json = False

        def start(
                status: str, headers: list[tuple[str, str]],
                *arguments: object) -> object:
            nonlocal is_json
            is_json = any(
                name.lower() == 'content-type'
                and value.startswith('application/json')
                for name, value in headers)
            return start_response(status, headers, *arguments)

        answer = self.app(environ, start)
        return self._send(answer, lambda: is_json)

    @staticmethod
    def _send(
            answer: Iterable[bytes],
            whole: Callable[[], bool]) -> Iterator[bytes]:
        try:
            pieces = iter(answer)
            first = next(pieces, b'')
            if whole():
                yield b''.join([first, *pieces])
            else:
                yield first
                yield from pieces
        finally:
            close = getattr(answer, 'close', None)
            if close:
                close()


def serve(options: argparse.Namespace) -> None:
    from gunicorn.app.base import BaseApplication

    class Application(BaseApplication):  # type: ignore[misc]

        def load_config(self) -> None:
            for name, value in {
                    'bind': options.listen,
                    'worker_class': 'gthread',
                    'workers': options.processes,
                    'threads': options.threads,
                    # On SQLite a long job runs inside the request.
                    'timeout': 0,
                    'graceful_timeout': 10,
                    'keepalive': 5,
                    'control_socket_disable': True,
                    'worker_tmp_dir': (
                        '/dev/shm' if os.path.isdir('/dev/shm') else None),
                    'loglevel': 'warning',
                    }.items():
                if name in self.cfg.settings:
                    self.cfg.set(name, value)

        def load(self) -> Callable[..., Iterable[bytes]]:
            # Each process loads for itself: neither the connections nor the
            # listening threads of trytond survive a fork.
            from trytond.application import app
            tune()
            app.wsgi_app = WholeAnswers(app.wsgi_app)
            # The models stay as long as the process: no collection of
            # garbage need go through all of them again.
            gc.collect()
            gc.freeze()
            return app  # type: ignore[no-any-return]

    Application().run()


if __name__ == '__main__':
    sys.exit(main())

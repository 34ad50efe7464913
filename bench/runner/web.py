# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The web server of production, asked as a client asks it.

It is a process of its own, so it says with each answer how many statements
the call has sent.
"""
import base64
import http.client
import json
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

from .measure import add_statements, count_statements

HEADER = 'X-Statements'
LANGUAGE = 'en'


class WebError(Exception):
    pass


class Client:
    "Calls of one user on a connection that stays open"

    def __init__(self, world, port):
        self.path = f'/{world.database}/rpc/'
        self.context = {
            'client': 'bench', 'language': LANGUAGE,
            'company': world.company, 'companies': [world.company]}
        # A session holds for one address.
        with world.transaction(_request={'remote_addr': '127.0.0.1'}):
            pool = world.pool
            user = pool.get('res.user')(world.user)
            session = pool.get('ir.session').new()
            token = f'{user.login}:{user.id}:{session}'
        self.headers = {
            'Content-Type': 'application/json',
            'Authorization':
            'Session ' + base64.b64encode(token.encode()).decode(),
            }
        self.connection = http.client.HTTPConnection('127.0.0.1', port)

    def call(self, model, method, *arguments, **context):
        body = json.dumps({
                'id': 0,
                'method': f'model.{model}.{method}',
                'params': [*arguments, dict(self.context, **context)],
                })
        self.connection.request(
            'POST', self.path, body=body, headers=self.headers)
        response = self.connection.getresponse()
        answer = response.read()
        if response.status != 200:
            raise WebError(
                f"{model}.{method} answered {response.status}: "
                f"{answer[:500]!r}")
        answer = json.loads(answer)
        if 'error' in answer:
            raise WebError(f"{model}.{method} failed: {answer['error']}")
        add_statements(int(response.headers[HEADER]))
        return answer['result']


@contextmanager
def client(world):
    "Start the server, give a client of the administrator, stop the server"
    port = _free_port()
    environment = dict(
        os.environ,
        TRYTOND_DATABASE_NAMES=world.database, TRYTOND_BUS__ALLOW_SUBSCRIBE='')
    process = subprocess.Popen(
        [sys.executable, '-m', 'bench.runner.web', '--web',
            '-d', world.database, '--listen', f'127.0.0.1:{port}',
            '--processes', '1'],
        env=environment)
    try:
        _wait(process, port)
        yield Client(world, port)
    finally:
        process.terminate()
        process.wait()


def _free_port():
    with socket.socket() as sock:
        sock.bind(('127.0.0.1', 0))
        return sock.getsockname()[1]


def _wait(process, port, seconds=60):
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        try:
            socket.create_connection(('127.0.0.1', port), 1).close()
            return
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.1)
    raise WebError("The web server did not start.")


def _count(app):
    "WSGI middleware that says how many statements the call has sent"
    def counted(environ, start_response):
        with count_statements() as counter:
            pieces, started = [], []

            def start(status, headers, *arguments):
                started[:] = [status, headers, *arguments]
                return pieces.append
            answer = app(environ, start)
            try:
                pieces.extend(answer)
            finally:
                if hasattr(answer, 'close'):
                    answer.close()
        status, headers, *arguments = started
        start_response(
            status, [*headers, (HEADER, str(counter[0]))], *arguments)
        return [b''.join(pieces)]
    return counted


def _serve():
    from oficio import server

    class CountedAnswers(server.WholeAnswers):

        def __init__(self, app):
            super().__init__(app)
            self.app = _count(self.app)

    server.WholeAnswers = CountedAnswers
    server.serve(server.parse(None))


if __name__ == '__main__':
    _serve()

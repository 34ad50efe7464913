# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The supervisor of the server: no database needed."""
import datetime as dt
import os
import signal
import socket
import subprocess
import sys
import time
from decimal import Decimal

import pytest

from oficio.server import (
    Supervisor, WholeAnswers, address_of, commands, environment, parse,
    port_problem)
from oficio.tuning import tune


def test_sqlite_has_no_worker(monkeypatch):
    monkeypatch.setenv('TRYTOND_DATABASE__URI', 'sqlite://')
    options = parse(['-d', 'demo'])
    assert set(commands(options)) == {'web', 'cron'}
    assert options.processes == 1
    values = environment(options)
    assert values['TRYTOND_QUEUE__WORKER'] == 'False'
    assert values['TRYTOND_DATABASE_NAMES'] == 'demo'
    assert values['PYTHONOPTIMIZE'] == '1'


def test_postgresql_has_workers(monkeypatch):
    monkeypatch.setenv('TRYTOND_DATABASE__URI', 'postgresql://host/')
    options = parse(['-d', 'demo', '--workers', '3'])
    assert set(commands(options)) == {'web', 'cron', 'worker', 'print'}
    assert environment(options)['TRYTOND_QUEUE__WORKER'] == 'True'


def test_file_wins_over_environment(monkeypatch, tmp_path):
    monkeypatch.setenv('TRYTOND_DATABASE__URI', 'sqlite://')
    config = tmp_path / 'trytond.conf'
    config.write_text('[database]\nuri = postgresql://host/\n')
    assert parse(['-d', 'demo', '-c', str(config)]).postgresql


@pytest.mark.parametrize('listen, expected', [
        ('localhost:8000', ('localhost', 8000)),
        (':8000', ('localhost', 8000)),
        ('[::1]:80', ('::1', 80)),
        ])
def test_address(listen, expected):
    assert address_of(listen) == expected


def test_busy_port_is_said():
    with socket.socket() as other:
        other.bind(('127.0.0.1', 0))
        other.listen()
        port = other.getsockname()[1]
        assert f'Port {port}' in port_problem(f'127.0.0.1:{port}')
    assert 'host:port' in port_problem('nonsense')


def test_restarts_what_dies_and_stops_all(tmp_path):
    "Killed, started again, and gone with its children at the end"
    pids = tmp_path / 'pids'
    child = tmp_path / 'child.py'
    child.write_text(
        'import os, subprocess, time\n'
        'sleeper = subprocess.Popen(["sleep", "600"])\n'
        f'with open({str(pids)!r}, "a") as file:\n'
        '    file.write(f"{os.getpid()} {sleeper.pid}\\n")\n'
        'time.sleep(600)\n')
    script = tmp_path / 'supervise.py'
    script.write_text(
        'import os, sys\n'
        'from oficio.server import Supervisor\n'
        f'command = [sys.executable, {str(child)!r}]\n'
        'supervisor = Supervisor({"web": command}, dict(os.environ))\n'
        'sys.exit(supervisor.run())\n')
    process = subprocess.Popen([sys.executable, str(script)])
    try:
        first, _ = _wait_for(pids, 1)[0]
        os.kill(first, signal.SIGKILL)
        lines = _wait_for(pids, 2)
    finally:
        process.terminate()
        assert process.wait(60) == 0
    second, sleeper = lines[1]
    for pid in [second, sleeper]:
        assert not _alive(pid)


def _wait_for(path, count):
    limit = time.monotonic() + 90
    while time.monotonic() < limit:
        if path.exists():
            lines = path.read_text().splitlines()
            if len(lines) >= count:
                return [tuple(map(int, line.split())) for line in lines]
        time.sleep(0.1)
    raise AssertionError(f"{path} has no {count} lines")


def _alive(pid):
    try:
        with open(f'/proc/{pid}/stat') as stat:
            return stat.read().rsplit(')', 1)[1].split()[0] != 'Z'
    except FileNotFoundError:
        return False


def test_json_is_sent_in_one_piece():
    closed = []

    class Answer(list):
        def close(self):
            closed.append(True)

    def application(content_type):
        def app(environ, start_response):
            start_response('200 OK', [('Content-Type', content_type)])
            return Answer([b'a', b'b', b'c'])
        return app

    def call(content_type):
        return list(WholeAnswers(application(content_type))(
                {}, lambda *a: None))

    assert call('application/json; charset=utf-8') == [b'abc']
    assert call('application/pdf') == [b'a', b'b', b'c']
    assert len(closed) == 2


def test_supervisor_backs_off():
    supervisor = Supervisor({'web': [sys.executable, '-c', '']}, os.environ)
    supervisor.tend()
    supervisor.processes['web'].wait()
    supervisor.tend()
    assert supervisor.pause['web'] == 2
    assert 'web' not in supervisor.processes


def test_script_runs_as_by_itself(tmp_path):
    script = tmp_path / 'script.py'
    script.write_text('import sys\nprint(__name__, *sys.argv[1:])\n')
    result = subprocess.run(
        [sys.executable, '-m', 'oficio.tuning', str(script), '-n', '1'],
        capture_output=True, text=True, check=True)
    assert result.stdout == '__main__ -n 1\n'


def test_answers_are_encoded_whole(monkeypatch):
    from trytond.backend.postgresql import database
    from trytond.protocols import jsonrpc
    monkeypatch.setattr(database, 'LoggingCursor', database.LoggingCursor)
    stock = jsonrpc.encoder
    monkeypatch.setattr(jsonrpc, 'encoder', stock)
    tune()
    answer = {'id': 1, 'result': [
            {'id': n, 'name': "Calefacción «ñ»", 'price': Decimal('1.50'),
                'date': dt.date(2026, 11, 28), 'photo': b'\0\1',
                'parent.': None}
            for n in range(80)]}
    pieces = list(jsonrpc.encoder.iterencode(answer))
    assert ''.join(pieces) == ''.join(stock.iterencode(answer))
    assert len(pieces) == 1
    with pytest.raises(OverflowError):
        jsonrpc.dumps(answer)
    assert jsonrpc.dumps({'a': 1}) == '{"a":1}'


@pytest.mark.postgresql
def test_columns_are_described_once(postgresql, monkeypatch):
    import psycopg

    from trytond.backend.postgresql import database
    monkeypatch.setattr(database, 'LoggingCursor', database.LoggingCursor)
    tune()
    tuned = database.LoggingCursor
    tune()
    assert database.LoggingCursor is tuned
    with psycopg.connect(
            f'{postgresql}/postgres', cursor_factory=tuned) as connection:
        cursor = connection.cursor()
        assert cursor.description is None
        cursor.execute('SELECT 1 AS a, 2 AS b')
        first = cursor.description
        assert [c[0] for c in first] == ['a', 'b']
        assert cursor.fetchone() == (1, 2)
        assert cursor.description is first
        cursor.execute('SELECT 3 AS c')
        assert [c[0] for c in cursor.description] == ['c']
        cursor.execute('SET search_path TO public')
        assert cursor.description is None

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Batch runs with real workers that are killed, on PostgreSQL."""
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import pytest

from bench.runner.cluster import Server
from tests.database import digest_of

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.postgresql


class World:
    "A database with a company and forty customers, and what is done to it"

    def __init__(self, uri, name, folder):
        self.uri = uri
        self.name = name
        self.folder = folder

    def command(self, *arguments):
        return [
            sys.executable, '-m', 'tests.batch_jobs', self.name,
            *(a if isinstance(a, str) else json.dumps(a) for a in arguments)]

    @property
    def environment(self):
        return {
            **{k: v for k, v in os.environ.items()
                if not k.startswith(('TRYTOND_', 'DB_'))},
            'TRYTOND_DATABASE__URI': self.uri,
            'TRYTOND_QUEUE__WORKER': 'True',
            }

    def call(self, *arguments):
        result = subprocess.run(
            self.command(*arguments), cwd=ROOT, env=self.environment,
            capture_output=True, text=True)
        assert not result.returncode, result.stderr
        return json.loads(result.stdout)

    @contextmanager
    def worker(self, processes=1):
        with open(self.folder / 'worker.log', 'ab') as log:
            process = subprocess.Popen(
                self.command('worker', processes), cwd=ROOT,
                env=self.environment, stdout=log, stderr=log,
                start_new_session=True)
            try:
                yield process
            finally:
                kill(process)

    def query(self, query, *arguments):
        with psycopg.connect(f'{self.uri}/{self.name}') as connection:
            return connection.execute(query, arguments or None).fetchall()

    def count(self, state):
        (count,), = self.query(
            'SELECT count(*) FROM batch_chunk WHERE state = %s', state)
        return count

    def state(self):
        (state,), = self.query('SELECT state FROM batch_run')
        return state

    def names(self):
        return [name for name, in self.query(
                "SELECT name FROM party_party WHERE name LIKE 'Customer%' "
                "ORDER BY id")]

    def links(self):
        "Return how many links wait in the queue"
        (count,), = self.query(
            'SELECT count(*) FROM ir_queue WHERE dequeued_at IS NULL')
        return count

    def working(self):
        "Return how many connections have a transaction on a chunk open"
        (count,), = self.query(
            "SELECT count(*) FROM pg_locks l "
            "JOIN pg_class c ON c.oid = l.relation "
            "WHERE c.relname = 'batch_chunk' AND l.mode = 'RowExclusiveLock' "
            "AND l.pid != pg_backend_pid()")
        return count

    def log(self):
        path = self.folder / 'worker.log'
        return path.read_text() if path.exists() else ''

    def wait(self, condition, seconds=300):
        until = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < until, self.log()
            time.sleep(0.05)


def kill(process):
    "Kill the worker with its children, as the kernel does when memory ends"
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def children(process):
    path = Path(f'/proc/{process.pid}/task/{process.pid}/children')
    return [int(pid) for pid in path.read_text().split()]


@pytest.fixture(scope='module')
def template(postgresql, tmp_path_factory):
    "A built database, kept until batch changes"
    server = Server(postgresql)
    name = f'batch-{digest_of(("batch",))[:24]}'
    if name not in server.databases():
        building = 'test_building'
        # Nobody else may be connected to what is copied.
        server.drop(building)
        server.create(building, template='template0')
        server.extend(building)
        World(
            postgresql, building,
            tmp_path_factory.mktemp('building')).call('build')
        server.rename(building, name)
    return name


@pytest.fixture
def world(postgresql, template, tmp_path):
    server = Server(postgresql)
    server.drop('test_batch')
    server.create('test_batch', template=template)
    with ExitStack() as stack:
        stack.callback(server.drop, 'test_batch')
        yield World(postgresql, 'test_batch', tmp_path)


def check_done_once(world, bad=()):
    numbers = []
    for name in world.names():
        name, _, number = name.partition(' #')
        if name in bad:
            assert not number
            continue
        assert name.count('+') == 1, name
        numbers.append(int(number))
    assert sorted(numbers) == list(range(1, len(numbers) + 1))
    return numbers


def test_order(world):
    "One lane works chunk after chunk and numbers in the same order"
    world.call('start', {})
    with world.worker():
        world.wait(lambda: world.state() == 'done')
    assert check_done_once(world) == list(range(1, 41))
    finished = world.query(
        'SELECT id FROM batch_chunk ORDER BY finished_at')
    planned = world.query(
        'SELECT id FROM batch_chunk ORDER BY rank, sequence, id')
    assert finished == planned


def test_two_lanes(world):
    "Two chunks are worked on at the same time, numbers still follow the plan"
    world.call('start', {'lanes': 2, 'pause': 0.5})
    with world.worker(processes=2):
        world.wait(lambda: world.working() == 2)
        world.wait(lambda: world.state() == 'done')
    assert check_done_once(world) == list(range(1, 41))


def test_overlap(world):
    "A lane numbers while the other works, still in the order of the plan"
    world.call('start', {
            'job': 'test.sign_at_once', 'lanes': 2, 'pause': 0.2,
            'pause_number': 0.2, 'bad': ['Customer 07', 'Customer 31']})
    with world.worker(processes=2):
        world.wait(lambda: world.working() == 2)
        world.wait(lambda: world.state() == 'done')
    numbers = check_done_once(world, bad={'Customer 07', 'Customer 31'})
    assert numbers == list(range(1, 39))
    ranks = [rank for rank, in world.query(
            "SELECT rank FROM batch_chunk WHERE state = 'done' "
            "ORDER BY finished_at")]
    assert ranks != sorted(ranks)


def test_bisect(world):
    "Bad records are left out, all others are done once"
    world.call('start', {
            'lanes': 2, 'bad': ['Customer 07', 'Customer 08', 'Customer 31']})
    with world.worker(processes=2):
        world.wait(lambda: world.state() == 'done')
    numbers = check_done_once(
        world, bad={'Customer 07', 'Customer 08', 'Customer 31'})
    assert numbers == list(range(1, 38))
    problems = world.query(
        "SELECT p.name FROM batch_problem b JOIN party_party p "
        "ON b.record = 'party.party,' || p.id WHERE b.severity = 'error' "
        "ORDER BY p.id")
    assert problems == [
        ('Customer 07',), ('Customer 08',), ('Customer 31',)]


def test_kill_child(world):
    "A killed child ends the worker; the next one goes on where it was"
    world.call('start', {'pause': 1})
    with world.worker() as process:
        world.wait(lambda: world.count('done') >= 2 and world.working())
        for pid in children(process):
            os.kill(pid, signal.SIGKILL)
        process.wait(timeout=30)
    done = world.count('done')
    world.wait(lambda: not world.working())
    assert 2 <= done < 16
    assert world.count('pending')
    assert world.state() == 'running'

    world.call('wake')
    with world.worker():
        world.wait(lambda: world.state() == 'done')
    assert check_done_once(world) == list(range(1, 41))


def test_kill_worker(world):
    "The same for a worker killed with all that it does"
    world.call('start', {'lanes': 2, 'pause': 1})
    with world.worker(processes=2) as process:
        world.wait(lambda: world.count('done') >= 2 and world.working())
        kill(process)
    world.wait(lambda: not world.working())
    assert world.state() == 'running'
    assert world.count('pending')

    world.call('wake')
    with world.worker(processes=2):
        world.wait(lambda: world.state() == 'done')
    assert check_done_once(world) == list(range(1, 41))


def test_wake_running(world):
    "Waking a run that is at work neither doubles work nor adds lanes"
    world.call('start', {'pause': 0.5})
    for _ in range(3):
        world.call('wake')
    assert world.links() == 4
    most = 0
    with world.worker(processes=3):
        while world.state() != 'done':
            most = max(most, world.working())
            time.sleep(0.02)
    assert most == 1
    assert check_done_once(world) == list(range(1, 41))


def test_two_workers_and_a_user(world):
    "Two workers share the run and a user takes numbers meanwhile"
    world.call('start', {'lanes': 2, 'pause': 0.3, 'pause_number': 0.02})
    with world.worker(), world.worker():
        waits = world.call('post', 40)
        world.wait(lambda: world.state() == 'done')
    assert len(waits) == 40
    numbers = []
    for name in world.names():
        name, _, number = name.partition(' #')
        assert name.count('+') == 1, name
        numbers.append(int(number))
    (next_,), = world.query(
        "SELECT number_next_internal FROM ir_sequence_strict "
        "WHERE name = 'Test Number'")
    assert next_ == 81
    assert len(set(numbers)) == 40
    assert numbers == sorted(numbers)


def test_second_run(world):
    "Two runs at once do not number at the same time"
    world.call('start', {'pause': 0.2})
    world.call('start', {'pause': 0.2})
    with world.worker(processes=2):
        world.wait(lambda: world.query(
                "SELECT count(*) FROM batch_run WHERE state = 'done'")
            == [(2,)])
    (next_,), = world.query(
        "SELECT number_next_internal FROM ir_sequence_strict "
        "WHERE name = 'Test Number'")
    assert next_ == 81

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Visits which two post at once against what a contract includes."""
import json
import os
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager

import psycopg
import pytest

from bench.runner.cluster import Server
from tests.postgresql import ROOT

pytestmark = pytest.mark.postgresql


class World:
    "A database with a contract and two signed visits, and who posts them"
    jobs = 'tests.coverage_jobs'

    def __init__(self, uri, name):
        self.uri = uri
        self.name = name

    def command(self, command, argument):
        return [
            sys.executable, '-m', self.jobs, self.name, command,
            json.dumps(argument)]

    @property
    def environment(self):
        return {
            **{k: v for k, v in os.environ.items()
                if not k.startswith(('TRYTOND_', 'DB_'))},
            'TRYTOND_DATABASE__URI': f'{self.uri}/',
            'DB_CACHE': 'postgresql://',
            'DB_NAME': self.name,
            }

    def build(self, included):
        "Return the visits"
        result = subprocess.run(
            self.command('build', included), cwd=ROOT, env=self.environment,
            capture_output=True, text=True)
        assert not result.returncode, result.stderr
        return json.loads(result.stdout)

    @contextmanager
    def posting(self, record, command='post'):
        process = subprocess.Popen(
            self.command(command, record), cwd=ROOT, env=self.environment,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            yield Posting(process)
        finally:
            process.kill()
            process.communicate()

    def waiting(self):
        "Return how many connections wait for what another one changed"
        with psycopg.connect(f'{self.uri}/{self.name}') as connection:
            (count,), = connection.execute(
                "SELECT count(*) FROM pg_stat_activity "
                "WHERE datname = current_database() "
                "AND wait_event_type = 'Lock'").fetchall()
        return count

    def wait(self, condition, seconds=120):
        until = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < until
            time.sleep(0.05)


class Posting:
    "A process that posts a visit and stops where it is told to"

    def __init__(self, process):
        self.process = process

    def hear(self):
        line = self.process.stdout.readline()
        assert line, "The process ended, its error is above."
        return json.loads(line)

    def go_on(self):
        self.process.stdin.write('\n')
        self.process.stdin.flush()


@pytest.fixture
def world(postgresql, worker):
    name = f'test_coverage_{worker}'
    with ExitStack() as stack:
        stack.callback(Server(postgresql).drop, name)
        yield World(postgresql, name)


def post_at_once(world, visits):
    "Both see what is left before one has posted, the second one waits"
    with ExitStack() as stack:
        first, second = [
            stack.enter_context(world.posting(v)) for v in visits]
        for posting in [first, second]:
            assert posting.hear() == 'began'
        first.go_on()
        assert first.hear() == 'posted'
        second.go_on()
        world.wait(world.waiting)
        first.go_on()
        results = [first.hear()]
        assert second.hear() == 'posted'
        second.go_on()
        results.append(second.hear())
    return results


def test_last_visit(world):
    "Only one of them is free, whoever lost the race was told nothing wrong"
    visits = world.build(1)
    assert post_at_once(world, visits) == [
        ['contract'],
        ['customer'],
        ]


def test_enough_visits(world):
    "Both are free when two are left"
    visits = world.build(2)
    assert post_at_once(world, visits) == [
        ['contract'],
        ['contract'],
        ]

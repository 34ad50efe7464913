# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What two do at once with one visit: one wins, nothing is there twice."""
from contextlib import ExitStack

import pytest

from bench.runner.cluster import Server
from tests.test_coverage_postgresql import World

pytestmark = pytest.mark.postgresql


class PostingWorld(World):
    "A database with a signed visit and money taken, and who is busy with them"
    jobs = 'tests.posting_jobs'


@pytest.fixture
def world(postgresql, worker):
    name = f'test_posting_{worker}'
    with ExitStack() as stack:
        stack.callback(Server(postgresql).drop, name)
        yield PostingWorld(postgresql, name)


def do_at_once(world, record, command):
    "Both have seen it before one has finished, the second one waits"
    with ExitStack() as stack:
        first, second = [
            stack.enter_context(world.posting(record, command))
            for _ in range(2)]
        for process in [first, second]:
            assert process.hear() == 'began'
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


def test_same_visit(world):
    visit, payment = world.build(None)
    posted = {
        'state': 'posted',
        'moves': [2.0],
        'hours': [1.0],
        'shares': ['160.00', '45.00'],
        }
    # The second one had to look again, and found it done.
    assert do_at_once(world, visit, 'post') == [[1, posted], [2, posted]]

    booked = {'state': 'handed_in', 'entries': 1}
    # The numbers of the books make both of them start again as well.
    assert [r for _, r in do_at_once(world, payment, 'hand_in')] == [
        booked, booked]

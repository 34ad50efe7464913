# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trytond.modules.batch.job import (
    Created, Job, Problem, Then, chunked, halves)


class Two(Job):
    model = 'party.party'
    phases = ('work', 'number')

    def work(self, run, keys):
        for key in keys:
            yield Problem('batch.msg_problem_warning', self.record(key))
        yield Created(keys)
        yield Then('number', keys)

    def number(self, run, keys):
        if keys == ['again']:
            return [Then('work', keys)]
        elif keys == ['text']:
            return ["something"]


@given(st.lists(st.integers()), st.integers(min_value=1, max_value=10))
def test_chunked(keys, size):
    "Chunks are full but the last, and together they are the keys in order"
    chunks = list(chunked(keys, size))
    assert [k for c in chunks for k in c] == keys
    assert all(len(c) == size for c in chunks[:-1])
    assert all(0 < len(c) <= size for c in chunks)


def test_chunked_nothing():
    with pytest.raises(ValueError, match="at least one key"):
        list(chunked([1], 0))


@given(st.lists(st.integers(), min_size=2))
def test_halves(keys):
    "Halves keep the order and differ by one at most"
    left, right = halves(keys)
    assert left + right == keys
    assert 0 <= len(left) - len(right) <= 1


@pytest.mark.parametrize('keys', [[], [1]])
def test_halves_nothing(keys):
    with pytest.raises(ValueError, match="nothing to cut"):
        halves(keys)


def test_perform():
    "A phase returns all that it told"
    first, created, then = Two().perform('work', None, [7])
    assert first.record == 'party.party,7'
    assert created == Created([7])
    assert then == Then('number', [7])
    assert Two().perform('number', None, [7]) == []


def test_perform_wrong():
    with pytest.raises(ValueError, match="no phase 'plan'"):
        Two().perform('plan', None, [])
    with pytest.raises(ValueError, match="'work' is not a phase after"):
        Two().perform('number', None, ['again'])
    with pytest.raises(TypeError, match="can not yield 'something'"):
        Two().perform('number', None, ['text'])


def test_record():
    "Only ids of a known model stand for a record"
    assert Job().record(7) is None
    assert Two().record('7') is None
    assert Two().record(7) == 'party.party,7'


@pytest.mark.parametrize('values', [
        {'code': 'msg_without_module'},
        {'code': 'batch.msg_problem_warning', 'severity': 'fatal'},
        ])
def test_problem_wrong(values):
    with pytest.raises(ValueError):
        Problem(**values)

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from trytond.modules.maintenance_equipment.timeline import (
    Overlap, Stay, at, overlaps)

DAY = dt.date(2026, 1, 1)


def day(number):
    return DAY + dt.timedelta(days=number)


@st.composite
def stays(draw):
    start = draw(st.integers(0, 20))
    length = draw(st.one_of(st.none(), st.integers(0, 10)))
    return (draw(st.integers(1, 2)), start,
        None if length is None else start + length)


stay_lists = st.lists(stays(), max_size=6).map(
    lambda rows: [
        Stay(key, subject, day(start), None if end is None else day(end))
        for key, (subject, start, end) in enumerate(rows)])


def share_a_day(first, second):
    return any(
        first.contains(day(n)) and second.contains(day(n))
        for n in range(40))


@given(stay_lists)
def test_overlaps_are_found_exactly_when_days_are_shared(rows):
    expected = any(
        a.subject == b.subject and share_a_day(a, b)
        for a, b in combinations(rows, 2))
    found = overlaps(rows)
    assert bool(found) == expected
    for overlap in found:
        assert share_a_day(overlap.first, overlap.second)


@given(stay_lists, st.integers(0, 30))
def test_without_overlap_a_subject_is_at_one_place(rows, number):
    if overlaps(rows):
        return
    here = [s for s in rows if s.contains(day(number))]
    assert sorted(s.key for s in here) == sorted(
        s.key for s in at(rows, day(number)).values())


def test_leaving_and_arriving_on_the_same_day():
    first = Stay(1, 1, day(0), day(5))
    second = Stay(2, 1, day(5))
    assert overlaps([first, second]) == []
    assert at([first, second], day(5)) == {1: second}
    assert at([first, second], day(4)) == {1: first}


def test_a_long_stay_hides_a_short_one():
    long, inside, after = (
        Stay(1, 1, day(0)), Stay(2, 1, day(2), day(3)), Stay(3, 1, day(8)))
    assert overlaps([inside, after, long]) == [
        Overlap(long, inside), Overlap(long, after)]


def test_empty_stay_holds_no_day():
    assert overlaps([Stay(1, 1, day(0)), Stay(2, 1, day(3), day(3))]) == []

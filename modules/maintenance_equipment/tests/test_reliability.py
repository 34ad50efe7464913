# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trytond.modules.maintenance_equipment.reliability import (
    ZERO, Figures, Span, Stop, figures, merge)

START = dt.datetime(2026, 1, 1)


def at(hour):
    return START + dt.timedelta(hours=hour)


def span(start, end=None):
    return Span(at(start), None if end is None else at(end))


def stop(start, end=None, planned=False):
    return Stop(at(start), None if end is None else at(end), planned)


YEAR = [span(0, 1000)]


@pytest.mark.parametrize(
    'stays,stops,period,service,down,planned,failures', [
        # Nothing happens.
        (YEAR, [], (0, 100), 100, 0, 0, 0),
        # Two failures, one of which begins before.
        (YEAR, [stop(40, 50), stop(90, 120)], (100, 200), 100, 20, 0, 0),
        (YEAR, [stop(110, 120), stop(130, 131)], (100, 200), 100, 11, 0, 2),
        # Overlapping and touching ones are one.
        (YEAR, [stop(10, 20), stop(15, 30), stop(30, 31)],
            (0, 100), 100, 21, 0, 1),
        # Planned is no failure, and what fails meanwhile is none the less.
        (YEAR, [stop(10, 20, True)], (0, 100), 100, 0, 10, 0),
        (YEAR, [stop(10, 20, True), stop(18, 24)], (0, 100), 100, 6, 8, 1),
        # Still standing: until now, which is hour 500.
        (YEAR, [stop(490)], (400, 900), 100, 10, 0, 1),
        # It comes in the middle of the period, goes and comes back.
        ([span(50, 60), span(80)], [stop(55, 85)], (0, 100), 30, 10, 0, 1),
        # Never there.
        ([], [stop(1, 2)], (0, 100), 0, 0, 0, 0),
        ([span(200, 300)], [stop(1, 2)], (0, 100), 0, 0, 0, 0),
        ])
def test_figures(stays, stops, period, service, down, planned, failures):
    found = figures(stays, stops, span(*period), at(500))
    assert (
        found.service, found.down, found.planned, found.failures) == (
        *(dt.timedelta(hours=h) for h in [service, down, planned]), failures)
    assert found.machines == bool(service)


def test_what_people_read():
    found = Figures(
        2, 4, dt.timedelta(hours=1000), dt.timedelta(hours=80),
        dt.timedelta(hours=200))
    assert found.availability == pytest.approx(0.9)
    assert found.mtbf == pytest.approx(180)
    assert found.mttr == pytest.approx(20)
    nothing = Figures()
    assert (nothing.availability, nothing.mtbf, nothing.mttr) == (
        None, None, None)


moments = st.integers(0, 400)
spans = st.lists(st.builds(span, moments, st.none() | moments), max_size=6)
stops = st.lists(
    st.builds(stop, moments, st.none() | moments, st.booleans()), max_size=8)
periods = st.tuples(moments, moments).map(sorted)


@given(spans, stops, periods, moments)
def test_bounds(stays, stopped, period, now):
    found = figures(stays, stopped, span(*period), at(now))
    assert ZERO <= found.down + found.planned <= found.service
    assert found.service <= at(period[1]) - at(period[0])
    assert found.failures <= sum(not s.planned for s in stopped)
    if found.availability is not None:
        assert 0 <= found.availability <= 1


@given(spans, stops, st.lists(moments, min_size=3, max_size=3), moments)
def test_periods_add_up(stays, stopped, days, now):
    first, middle, last = sorted(days)
    parts = [
        figures(stays, stopped, span(*p), at(now))
        for p in [(first, middle), (middle, last)]]
    whole = figures(stays, stopped, span(first, last), at(now))
    assert replace(parts[0] + parts[1], machines=0) == replace(
        whole, machines=0)


@given(spans, stops, periods, moments, st.randoms())
def test_how_it_is_written_down_does_not_matter(
        stays, stopped, period, now, random):
    expected = figures(stays, stopped, span(*period), at(now))
    # The same stop told twice, in another order, or in two parts that touch.
    told = stopped + stopped[:2]
    for whole in stopped:
        if whole.end is not None and whole.end > whole.start:
            half = whole.start + (whole.end - whole.start) / 2
            told.remove(whole)
            told += [replace(whole, end=half), replace(whole, start=half)]
            break
    random.shuffle(told)
    assert figures(stays, told, span(*period), at(now)) == expected


@given(spans, stops, periods, moments)
def test_what_is_open_lasts_until_now(stays, stopped, period, now):
    closed = [
        replace(s, end=max(s.start, at(now))) if s.end is None else s
        for s in stopped]
    assert (figures(stays, stopped, span(*period), at(now))
        == figures(stays, closed, span(*period), at(now)))


@given(spans, moments)
def test_merged_spans_are_apart_and_in_order(found, now):
    merged = merge(found, at(now))
    assert all(start < end <= at(now) for start, end in merged)
    assert all(a[1] < b[0] for a, b in zip(merged, merged[1:]))

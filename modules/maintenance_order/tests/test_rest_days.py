# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trytond.modules.maintenance_order.rest_days import (
    DAY, Rest, days_of, on_days, public, resolve)

MONDAY = dt.date(2026, 3, 9)
HOUR = dt.timedelta(hours=1)
times = st.datetimes(dt.datetime(2026, 1, 1), dt.datetime(2026, 2, 1))


@pytest.mark.parametrize('regions, day, rests', [
        pytest.param((), dt.date(2026, 12, 25), True, id="the country"),
        pytest.param((), dt.date(2026, 9, 11), False, id="no region"),
        pytest.param(('CT',), dt.date(2026, 9, 11), True, id="Catalonia"),
        pytest.param(('B', 'CT'), dt.date(2026, 9, 11), True, id="Barcelona"),
        pytest.param(('MD',), dt.date(2026, 9, 11), False, id="Madrid"),
        pytest.param(('ZZ',), dt.date(2026, 12, 25), True, id="unknown"),
        ])
def test_public(regions, day, rests):
    assert (day in public('ES', regions, 2026)) is rests


def test_country_without_holidays():
    assert public('ZZ', (), 2026) == {}


@pytest.mark.parametrize('own, expected', [
        pytest.param([], "Saint", id="by law"),
        pytest.param([Rest(MONDAY, "Fair")], "Fair", id="entered"),
        pytest.param([Rest(MONDAY, "-", works=True)], None, id="works"),
        pytest.param(
            [Rest(MONDAY, "-", works=True, nearness=2),
                Rest(MONDAY, "Fair", nearness=1)], None, id="site works"),
        pytest.param(
            [Rest(MONDAY, "Fair", nearness=2),
                Rest(MONDAY, "-", works=True, nearness=1)], "Fair",
            id="site rests"),
        ])
def test_nearest_counts(own, expected):
    assert resolve([{MONDAY: "Saint"}], own).get(MONDAY) == expected


@pytest.mark.parametrize('start, hours, expected', [
        pytest.param(20, 4, 0, id="until midnight"),
        pytest.param(20, 8, 4, id="into the feast"),
        pytest.param(20, 40, 24, id="over the feast"),
        pytest.param(24, 3, 3, id="on the feast"),
        pytest.param(48, 3, 0, id="after it"),
        ])
def test_on_days(start, hours, expected):
    begin = dt.datetime.combine(MONDAY, dt.time()) + start * HOUR
    assert on_days(
        begin, begin + hours * HOUR, {MONDAY + DAY: "Fair"}
        ) == expected * HOUR


@given(times, times)
def test_every_day_a_feast(start, end):
    start, end = min(start, end), max(start, end)
    days = days_of(start, end)
    assert days[0] == start.date()
    assert on_days(start, end, dict.fromkeys(days, "Feast")) == end - start
    assert on_days(start, end, {}) == dt.timedelta()

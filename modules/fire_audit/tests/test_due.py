# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trytond.modules.fire_audit.due import Due, Operation, dues, next_date

TODAY = dt.date(2026, 3, 2)


@pytest.mark.parametrize('period,last,base,expected', [
        (12, TODAY, dt.date(2010, 1, 1), dt.date(2027, 3, 2)),
        (3, dt.date(2026, 1, 31), None, dt.date(2026, 4, 30)),
        (12, dt.date(2024, 2, 29), None, dt.date(2025, 2, 28)),
        (60, None, dt.date(2020, 5, 1), dt.date(2025, 5, 1)),
        (60, None, None, dt.date(2031, 3, 2)),
        ])
def test_next_date(period, last, base, expected):
    assert next_date(Operation(1, period, last, base), TODAY) == expected


def test_dues_come_in_order_and_tell_what_is_late():
    assert dues([
            Operation(1, 12, TODAY),
            Operation(2, 60, None, dt.date(2020, 5, 1)),
            Operation(3, 3, TODAY),
            ], TODAY) == [
        Due(2, dt.date(2025, 5, 1), overdue=True),
        Due(3, dt.date(2026, 6, 2)),
        Due(1, dt.date(2027, 3, 2)),
        ]


days = st.dates(dt.date(2000, 1, 1), dt.date(2026, 3, 2))


@given(st.integers(1, 300), days, days)
def test_what_was_just_done_is_never_overdue(period, last, base):
    due, = dues([Operation(1, period, last, base)], last)
    assert not due.overdue
    assert due.date > last

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The days on which the European banks settle (TARGET calendar)."""
from __future__ import annotations

import datetime as dt
from functools import lru_cache

from dateutil.easter import easter

__all__ = ['add_days', 'closing_days', 'collection_date', 'is_open',
    'next_open', 'payment_day']

_DAY = dt.timedelta(days=1)


@lru_cache(maxsize=64)
def closing_days(year: int) -> frozenset[dt.date]:
    "Return the closing days of the year that are not week-ends"
    sunday = easter(year)
    return frozenset([
            dt.date(year, 1, 1),
            sunday - 2 * _DAY,
            sunday + _DAY,
            dt.date(year, 5, 1),
            dt.date(year, 12, 25),
            dt.date(year, 12, 26),
            ])


def is_open(date: dt.date) -> bool:
    return date.weekday() < 5 and date not in closing_days(date.year)


def next_open(date: dt.date) -> dt.date:
    "Return the date itself or the next day the banks are open"
    while not is_open(date):
        date += _DAY
    return date


def add_days(date: dt.date, number: int) -> dt.date:
    "Return the date that is so many open days after the date"
    date = next_open(date)
    for _ in range(number):
        date = next_open(date + _DAY)
    return date


def collection_date(
        wanted: dt.date | None, now: dt.datetime, lead_days: int = 1,
        cut_off: dt.time | None = None) -> dt.date:
    """Return the first open day on or after the wanted one that the bank
    can still make, if it gets the file now"""
    start = now.date()
    if cut_off is not None and is_open(start) and now.time() > cut_off:
        start += _DAY
    earliest = add_days(start, lead_days)
    if wanted is None or wanted < earliest:
        return earliest
    return next_open(wanted)


def payment_day(
        date: dt.date, days: tuple[int, ...] = (),
        closed_months: frozenset[int] = frozenset()) -> dt.date:
    """Return the first of the debtor's payment days on or after the date

    A month in which the debtor does not pay is passed over; a day that the
    month does not have is its last one.
    """
    if not days and date.month not in closed_months:
        return date
    if len(closed_months) >= 12:
        return date
    year, month = date.year, date.month
    while True:
        if month not in closed_months:
            if not days:
                return max(date, dt.date(year, month, 1))
            for day in sorted(days):
                found = _day_of(year, month, day)
                if found >= date:
                    return found
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)


def _day_of(year: int, month: int, day: int) -> dt.date:
    last = (dt.date(year + month // 12, month % 12 + 1, 1) - _DAY).day
    return dt.date(year, month, min(max(day, 1), last))

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What is left of the visits, hours or amounts a contract includes.

An allowance is so much for each calendar year, contract year or month, for
the twelve months up to the day, or for the whole contract.  What is left of a
period may be carried over to the next one, where it is used first and then
expires.

Nothing here knows the database: models gather and call.
"""
import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from .recurrence import DAY, Grid, add_months

ZERO = Decimal(0)

PERIODS = ('calendar_year', 'contract_year', 'month', 'rolling', 'contract')


@dataclass(frozen=True, slots=True)
class Allowance:
    "So much for each period; start is that of the contract"
    limit: Decimal
    period: str
    start: dt.date
    carry_over: bool = False


Use = tuple[dt.date, Decimal]


def window(allowance: Allowance, day: dt.date) -> tuple[dt.date, dt.date]:
    "Return the first and the last day of the period of the day"
    if allowance.period == 'month':
        first = day.replace(day=1)
        return first, add_months(first, 1) - DAY
    if allowance.period == 'calendar_year':
        return dt.date(day.year, 1, 1), dt.date(day.year, 12, 31)
    if allowance.period == 'rolling':
        return add_months(day, -12) + DAY, day
    if allowance.period == 'contract':
        return dt.date.min, dt.date.max
    grid = Grid.of(allowance.start, 12)
    number = day.year - allowance.start.year
    while grid.boundary(number) > day:
        number -= 1
    return grid.boundary(number), grid.boundary(number + 1) - DAY


def left(
        allowance: Allowance, day: dt.date, uses: Iterable[Use]) -> Decimal:
    "Return what is left on the day, which is less than nothing if overused"
    uses = list(uses)
    first, last = window(allowance, day)
    available = allowance.limit
    if allowance.carry_over and allowance.period in {
            'calendar_year', 'contract_year', 'month'}:
        available += _carried(allowance, first, uses)
    return available - _used(uses, first, last)


def _carried(
        allowance: Allowance, first: dt.date, uses: list[Use]) -> Decimal:
    "What the period before the day hands on"
    starts = []
    begin, _ = window(allowance, allowance.start)
    while begin < first:
        starts.append(begin)
        _, last = window(allowance, begin)
        begin = last + DAY
    carried = ZERO
    for begin in starts:
        _, last = window(allowance, begin)
        # What was handed on is used first and goes no further.
        own = max(ZERO, _used(uses, begin, last) - carried)
        carried = max(ZERO, allowance.limit - own)
    return carried


def _used(uses: Iterable[Use], first: dt.date, last: dt.date) -> Decimal:
    return sum((u for day, u in uses if first <= day <= last), ZERO)

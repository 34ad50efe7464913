# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Months counted from an anchor, so that month ends never drift.

A boundary is always computed from the anchor, never from the boundary before
it: the 31st of January is followed by the 28th or 29th of February and then
by the 31st of March.
"""
import calendar
import datetime as dt
from dataclasses import dataclass

DAY = dt.timedelta(days=1)
_LAST = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def add_months(
        day: dt.date, months: int, anchor_day: int | None = None) -> dt.date:
    "Return the same day so many months later, or the last of the month"
    return _day_of(
        day.year * 12 + day.month - 1 + months, anchor_day or day.day)


def end_of_months(start: dt.date, months: int) -> dt.date:
    "Return the last day of so many months"
    return add_months(start, months) - DAY


def renewed_end(start: dt.date, end: dt.date, months: int) -> dt.date:
    """Return the last day after a renewal

    As long as the end is whole months after the start, they are counted from
    the start: 36 months renewed by 12 end with month 48.
    """
    next_day = end + DAY
    done = _index(next_day) - _index(start)
    if done > 0 and add_months(start, done) == next_day:
        return end_of_months(start, done + months)
    return end_of_months(next_day, months)


@dataclass(frozen=True, slots=True)
class Grid:
    """The boundaries at which the periods of a line start

    index is the month of boundary 0, counted since year 0.
    """
    index: int
    day: int
    months: int

    @classmethod
    def of(cls, start: dt.date, months: int, anchor_day: int | None = None,
            anchor_month: int | None = None) -> 'Grid':
        "Return the grid whose boundary 0 is the first not before the start"
        if months < 1:
            raise ValueError("a period lasts at least one month")
        day = anchor_day or start.day
        index = _index(start)
        if anchor_month is not None:
            index = start.year * 12 + anchor_month - 1
            # Step back to the last boundary in or before the month of start.
            index -= ((index - _index(start)) // months) * months
            while index > _index(start):
                index -= months
        while _day_of(index, day) < start:
            index += 1 if anchor_month is None else months
        return cls(index, day, months)

    def boundary(self, number: int) -> dt.date:
        return _day_of(self.index + number * self.months, self.day)

    def days(self, number: int) -> int:
        "Return how many days the period has which starts at the boundary"
        return (self.boundary(number + 1) - self.boundary(number)).days


def _index(day: dt.date) -> int:
    return day.year * 12 + day.month - 1


def _day_of(index: int, day: int) -> dt.date:
    year, month = divmod(index, 12)
    last = _LAST[month]
    if month == 1 and calendar.isleap(year):
        last = 29
    return dt.date(year, month + 1, min(day, last))

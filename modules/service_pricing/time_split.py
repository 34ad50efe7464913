# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Which part of a time falls into which band: day, night, holiday.

A band is some days of the week from an hour to another one, which may be on
the next day.  Holidays belong to the bands that name them and to no other.
The first band that contains a minute has it.

Nothing here knows the database.
"""
import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

DAY = dt.timedelta(days=1)
MIDNIGHT = dt.time()


@dataclass(frozen=True, slots=True)
class Window:
    """Hours of a band; weekdays from 0 for Monday

    end before or at start is on the next day; both midnight is the whole day.
    """
    band: int
    weekdays: frozenset[int]
    start: dt.time = MIDNIGHT
    end: dt.time = MIDNIGHT
    holidays: Literal['include', 'exclude', 'only'] = 'exclude'

    def span(self, day: dt.date) -> tuple[dt.datetime, dt.datetime]:
        start = dt.datetime.combine(day, self.start)
        end = dt.datetime.combine(day, self.end)
        if end <= start:
            end += DAY
        return start, end

    def applies(self, day: dt.date, holidays: Collection[dt.date]) -> bool:
        if day in holidays:
            if self.holidays == 'exclude':
                return False
            if self.holidays == 'only':
                return True
        elif self.holidays == 'only':
            return False
        return day.weekday() in self.weekdays


def split(
        start: dt.datetime, end: dt.datetime, windows: Sequence[Window],
        holidays: Collection[dt.date] = ()
        ) -> list[tuple[int | None, dt.timedelta]]:
    "Return the time of each band, in the order in which they come"
    if end <= start:
        return []
    moments = {start, end}
    day = start.date() - DAY
    while day <= end.date():
        for window in windows:
            if window.applies(day, holidays):
                moments.update(window.span(day))
        day += DAY
    cuts = sorted(m for m in moments if start <= m <= end)
    result: list[tuple[int | None, dt.timedelta]] = []
    for begin, finish in zip(cuts, cuts[1:]):
        band = band_at(begin, windows, holidays)
        if result and result[-1][0] == band:
            result[-1] = (band, result[-1][1] + (finish - begin))
        else:
            result.append((band, finish - begin))
    return result


def band_at(
        moment: dt.datetime, windows: Sequence[Window],
        holidays: Collection[dt.date] = ()) -> int | None:
    "Return the first band that contains the moment"
    today = moment.date()
    for window in windows:
        for day in (today, today - DAY):
            if window.applies(day, holidays):
                begin, end = window.span(day)
                if begin <= moment < end:
                    return window.band
    return None

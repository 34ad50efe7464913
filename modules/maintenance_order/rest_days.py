# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The days on which a place rests.

The holidays of the country and its region are known; what a company, a zone
or a place celebrates or works besides comes on top, the nearest last.

Nothing here knows the database.
"""
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import holidays

DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Rest:
    """A day which somebody entered

    nearness tells whose word counts: the higher one is nearer to the place.
    """
    date: dt.date
    name: str
    works: bool = False
    nearness: int = 0


@lru_cache(maxsize=512)
def public(
        country: str, regions: tuple[str, ...], year: int
        ) -> Mapping[dt.date, str]:
    """Return the holidays of the country by law

    regions go from the smallest to the largest: the first which has holidays
    of its own counts.
    """
    for region in (*regions, None):
        try:
            return dict(holidays.country_holidays(
                    country, subdiv=region, years=[year]))
        except NotImplementedError:
            # Nobody knows the region, or not even the country.
            continue
    return {}


def resolve(
        known: Iterable[Mapping[dt.date, str]], own: Iterable[Rest]
        ) -> dict[dt.date, str]:
    "Return the days off with what is celebrated"
    found: dict[dt.date, str] = {}
    for days in known:
        found.update(days)
    for rest in sorted(own, key=lambda r: r.nearness):
        if rest.works:
            found.pop(rest.date, None)
        else:
            found[rest.date] = rest.name
    return found


def on_days(
        start: dt.datetime, end: dt.datetime, days: Mapping[dt.date, str]
        ) -> dt.timedelta:
    "Return how much of the time falls on the days"
    found = dt.timedelta()
    for day in days_of(start, end):
        if day in days:
            midnight = dt.datetime.combine(day, dt.time())
            found += min(end, midnight + DAY) - max(start, midnight)
    return found


def days_of(start: dt.datetime, end: dt.datetime) -> Sequence[dt.date]:
    "Return the days from start to end; midnight ends the day before"
    last = max(start, end - dt.timedelta(microseconds=1)).date()
    return [
        start.date() + number * DAY
        for number in range((last - start.date()).days + 1)]

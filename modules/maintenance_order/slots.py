# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Who could go, and when: a proposal with its reasons.

Each technician has the times at which he is busy and the places he goes to.
``propose`` finds the first free slot of each within the working hours, and
puts first who is free soonest, knows the place, has the zone on his way that
day and has least to do.  Who lacks a credential is not proposed, and nobody
on a day on which the place is closed.

Nothing here knows the database.
"""
import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Busy:
    start: dt.datetime
    end: dt.datetime
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class Technician:
    "known is whether he was at the place before"
    id: int
    busy: tuple[Busy, ...] = ()
    absent: tuple[tuple[dt.date, dt.date], ...] = ()
    credentials: frozenset[str] = frozenset()
    known: bool = False

    def away(self, day: dt.date) -> bool:
        return any(start <= day <= end for start, end in self.absent)


@dataclass(frozen=True, slots=True)
class Slot:
    """A time at which the technician could go

    reasons are codes: known (was there before), zone (is near that day) and
    load (how many minutes he is busy that day).
    """
    technician: int
    start: dt.datetime
    end: dt.datetime
    load: int
    reasons: tuple[str, ...] = ()


def propose(
        technicians: Iterable[Technician], after: dt.datetime,
        duration: dt.timedelta, required: frozenset[str] = frozenset(),
        zone: str | None = None, opens: dt.time = dt.time(8),
        closes: dt.time = dt.time(17), days: int = 10,
        closed: Collection[dt.date] = ()) -> list[Slot]:
    """Return a slot of each technician who can go, the best first

    All times are local.  Saturdays, Sundays and the days closed are left out.
    """
    slots = []
    for technician in technicians:
        if not required <= technician.credentials:
            continue
        slot = _first(
            technician, after, duration, zone, opens, closes, days, closed)
        if slot:
            slots.append(slot)
    return sorted(slots, key=_rank)


def _first(
        technician: Technician, after: dt.datetime, duration: dt.timedelta,
        zone: str | None, opens: dt.time, closes: dt.time, days: int,
        closed: Collection[dt.date]) -> Slot | None:
    for offset in range(days):
        day = after.date() + dt.timedelta(days=offset)
        if day.weekday() >= 5 or day in closed or technician.away(day):
            continue
        start = max(after, dt.datetime.combine(day, opens))
        limit = dt.datetime.combine(day, closes)
        own = sorted(
            (b for b in technician.busy
                if b.start < limit and b.end > dt.datetime.combine(day, opens)
                ), key=lambda b: b.start)
        for busy in own:
            if start + duration <= busy.start:
                break
            start = max(start, busy.end)
        if start + duration > limit:
            continue
        reasons = []
        if technician.known:
            reasons.append('known')
        if zone and any(b.zone == zone for b in own):
            reasons.append('zone')
        return Slot(
            technician.id, start, start + duration,
            _minutes(own), tuple(reasons))
    return None


def _minutes(busy: Sequence[Busy]) -> int:
    return sum(
        int((b.end - b.start).total_seconds() // 60) for b in busy)


def _rank(slot: Slot) -> tuple[dt.date, int, int, dt.datetime, int]:
    return (
        slot.start.date(), -len(slot.reasons), slot.load, slot.start,
        slot.technician)

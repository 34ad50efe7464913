# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Who could go, and when: a proposal with its reasons.

Each technician has the times at which he is busy and the places he goes to.
``propose`` finds the first free slots of each within the working hours, one on
a day, and puts first who is free soonest, knows the place, has the zone on his
way that day and has least to do.  Who lacks a credential is not proposed, and
nobody on a day on which the place is closed.

``stand_in`` says what becomes of the visits of who can not come: a colleague
who is free goes at the same time, or somebody goes later, or nobody can.

Nothing here knows the database.
"""
import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice


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


@dataclass(frozen=True, slots=True)
class Need:
    """A visit somebody else has to make

    technicians are who may be asked, as they are for the place.  It is not
    moved before after, and not at all if it is not movable.
    """
    visit: int
    start: dt.datetime
    end: dt.datetime
    technicians: tuple[Technician, ...] = ()
    required: frozenset[str] = frozenset()
    zone: str | None = None
    closed: frozenset[dt.date] = frozenset()
    after: dt.datetime = dt.datetime.min
    movable: bool = True


def propose(
        technicians: Iterable[Technician], after: dt.datetime,
        duration: dt.timedelta, required: frozenset[str] = frozenset(),
        zone: str | None = None, opens: dt.time = dt.time(8),
        closes: dt.time = dt.time(17), days: int = 10,
        closed: Collection[dt.date] = (), choices: int = 1) -> list[Slot]:
    """Return slots of each technician who can go, the best first

    All times are local.  Saturdays, Sundays and the days closed are left out.
    There are up to choices slots of each technician, on different days.
    """
    slots: list[Slot] = []
    for technician in technicians:
        if required <= technician.credentials:
            slots.extend(islice(_free(
                        technician, after, duration, zone, opens, closes,
                        days, closed), choices))
    return sorted(slots, key=_rank)


def stand_in(
        needs: Iterable[Need], opens: dt.time = dt.time(8),
        closes: dt.time = dt.time(17), days: int = 10) -> dict[int, Slot]:
    """Return by visit who makes it and when

    Nobody gets two visits at a time.  Those which keep their time are settled
    before others are moved; a visit nobody can make is left out.
    """
    found: dict[int, Slot] = {}
    taken: dict[int, list[Busy]] = {}

    def take(need: Need, slots: list[Slot]) -> None:
        if slots:
            found[need.visit] = slot = min(slots, key=_rank)
            taken.setdefault(slot.technician, []).append(
                Busy(slot.start, slot.end, need.zone))

    def now(technician: Technician) -> Technician:
        return replace(technician, busy=(
                *technician.busy, *taken.get(technician.id, [])))

    needs = sorted(needs, key=lambda n: (n.start, n.visit))
    for need in needs:
        take(need, [
                _slot(t, need.start, need.end, need.zone)
                for t in map(now, need.technicians)
                if need.required <= t.credentials
                and not t.away(need.start.date())
                and not any(
                    b.start < need.end and need.start < b.end
                    for b in t.busy)])
    for need in needs:
        if need.movable and need.visit not in found:
            take(need, propose(
                    map(now, need.technicians), max(need.start, need.after),
                    need.end - need.start, need.required, need.zone, opens,
                    closes, days, need.closed))
    return found


def _free(
        technician: Technician, after: dt.datetime, duration: dt.timedelta,
        zone: str | None, opens: dt.time, closes: dt.time, days: int,
        closed: Collection[dt.date]) -> Iterator[Slot]:
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
        if start + duration <= limit:
            yield _slot(technician, start, start + duration, zone)


def _slot(
        technician: Technician, start: dt.datetime, end: dt.datetime,
        zone: str | None) -> Slot:
    own = [b for b in technician.busy if b.start.date() <= start.date()
        and b.end.date() >= start.date()]
    reasons = []
    if technician.known:
        reasons.append('known')
    if zone and any(b.zone == zone for b in own):
        reasons.append('zone')
    return Slot(technician.id, start, end, _minutes(own), tuple(reasons))


def _minutes(busy: Sequence[Busy]) -> int:
    return sum(
        int((b.end - b.start).total_seconds() // 60) for b in busy)


def _rank(slot: Slot) -> tuple[dt.date, int, int, dt.datetime, int]:
    return (
        slot.start.date(), -len(slot.reasons), slot.load, slot.start,
        slot.technician)

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""How much a machine works and how often it fails.

A machine counts while it is in service somewhere. Stops that overlap are one;
one that has not ended lasts until now. A planned stop is no failure and is
taken out of the time the machine should work:

* availability: the share of the time it should work in which it could,
* MTBF: the time it worked, by failure,
* MTTR: the time it stood still, by failure.

A failure belongs to the period in which it begins, the time it lasts to every
period it touches: the figures of two periods add up to those of both.
"""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

ZERO = dt.timedelta()


@dataclass(frozen=True)
class Span:
    start: dt.datetime
    end: dt.datetime | None = None


@dataclass(frozen=True)
class Stop:
    start: dt.datetime
    end: dt.datetime | None = None
    planned: bool = False


@dataclass(frozen=True)
class Figures:
    machines: int = 0
    failures: int = 0
    service: dt.timedelta = ZERO
    down: dt.timedelta = ZERO
    planned: dt.timedelta = ZERO

    def __add__(self, other: Figures) -> Figures:
        return Figures(
            self.machines + other.machines, self.failures + other.failures,
            self.service + other.service, self.down + other.down,
            self.planned + other.planned)

    @property
    def availability(self) -> float | None:
        expected = self.service - self.planned
        return (expected - self.down) / expected if expected else None

    @property
    def mtbf(self) -> float | None:
        "Hours"
        if not self.failures:
            return None
        return hours(self.service - self.planned - self.down) / self.failures

    @property
    def mttr(self) -> float | None:
        "Hours"
        return hours(self.down) / self.failures if self.failures else None


def hours(duration: dt.timedelta) -> float:
    return duration.total_seconds() / 3600


_Pair = tuple[dt.datetime, dt.datetime]


def merge(spans: Iterable[Span | Stop], now: dt.datetime) -> list[_Pair]:
    "Return the spans until now, in order, those that touch as one"
    pairs = sorted(
        (s.start, now if s.end is None else min(s.end, now)) for s in spans)
    merged: list[_Pair] = []
    for start, end in pairs:
        if end <= start:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def figures(
        stays: Iterable[Span], stops: Iterable[Stop], period: Span,
        now: dt.datetime) -> Figures:
    "Return the figures of one machine in the period"
    stops = list(stops)
    service = _common(merge(stays, now), merge([period], now))
    if not service:
        return Figures()
    failed = merge((s for s in stops if not s.planned), now)
    stopped = merge(stops, now)
    down = _length(_common(failed, service))
    return Figures(
        machines=1,
        failures=sum(
            any(start <= f < end for start, end in service)
            for f, _ in failed),
        service=_length(service),
        down=down,
        planned=_length(_common(stopped, service)) - down)


def _common(first: list[_Pair], second: list[_Pair]) -> list[_Pair]:
    "Return what is in both of two lists in order"
    found = []
    i = j = 0
    while i < len(first) and j < len(second):
        start = max(first[i][0], second[j][0])
        end = min(first[i][1], second[j][1])
        if start < end:
            found.append((start, end))
        if first[i][1] < second[j][1]:
            i += 1
        else:
            j += 1
    return found


def _length(pairs: list[_Pair]) -> dt.timedelta:
    return sum((end - start for start, end in pairs), ZERO)

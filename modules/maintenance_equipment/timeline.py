# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Dated rows of a subject: which one counts on a day, which ones collide.

A stay counts from its start until the day before its end, so that a unit
which leaves one place arrives at the next on the same date.
"""
from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True)
class Stay:
    key: int | None
    subject: int
    start: dt.date
    end: dt.date | None = None

    @property
    def empty(self) -> bool:
        return self.end is not None and self.end <= self.start

    def contains(self, date: dt.date) -> bool:
        return self.start <= date and (self.end is None or date < self.end)


@dataclass(frozen=True)
class Overlap:
    first: Stay
    second: Stay


def overlaps(stays: Iterable[Stay]) -> list[Overlap]:
    "Return the pairs of stays of one subject that share a day"
    by_subject: dict[int, list[Stay]] = defaultdict(list)
    for stay in stays:
        # An empty stay holds no day: a unit moved twice on one date.
        if not stay.empty:
            by_subject[stay.subject].append(stay)
    found = []
    for subject_stays in by_subject.values():
        subject_stays.sort(
            key=lambda s: (s.start, s.end or dt.date.max, s.key or 0))
        widest = None
        for previous, stay in pairwise(subject_stays):
            if (widest is None
                    or (widest.end is not None
                        and (previous.end is None
                            or previous.end > widest.end))):
                widest = previous
            if widest.end is None or stay.start < widest.end:
                found.append(Overlap(widest, stay))
    return found


def at(stays: Iterable[Stay], date: dt.date) -> dict[int, Stay]:
    "Return the stay of each subject which contains the date"
    return {s.subject: s for s in stays if s.contains(date)}

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What warranties cover on a day, by labour, parts and travel."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from dateutil.relativedelta import relativedelta

PARTS = ('labour', 'parts', 'travel')


@dataclass(frozen=True)
class Term:
    "The share of one kind of cost that is covered until the end date"
    part: str
    rate: Decimal
    end: dt.date | None = None


@dataclass(frozen=True)
class Warranty:
    key: int
    start: dt.date
    terms: tuple[Term, ...] = ()


@dataclass(frozen=True)
class Cover:
    "What is covered, and by which warranty"
    rate: Decimal = Decimal(0)
    warranty: int | None = None
    end: dt.date | None = None


@dataclass(frozen=True)
class Problem:
    warranty: int
    code: str
    part: str


@dataclass(frozen=True)
class Coverage:
    labour: Cover = field(default_factory=Cover)
    parts: Cover = field(default_factory=Cover)
    travel: Cover = field(default_factory=Cover)

    def __bool__(self) -> bool:
        return any(c.rate for c in (self.labour, self.parts, self.travel))


def coverage(warranties: Iterable[Warranty], date: dt.date) -> Coverage:
    """Return the best cover of each part on the date.

    Both the first and the last day of a term are covered.  The higher share
    wins; between equal shares the one that lasts longer.
    """
    best: dict[str, Cover] = {}
    for warranty in warranties:
        if date < warranty.start:
            continue
        for term in warranty.terms:
            if not term.rate or (term.end is not None and date > term.end):
                continue
            cover = Cover(term.rate, warranty.key, term.end)
            current = best.get(term.part)
            if current is None or _rank(cover) > _rank(current):
                best[term.part] = cover
    return Coverage(**best)


def _rank(cover: Cover) -> tuple[Decimal, dt.date]:
    return cover.rate, cover.end or dt.date.max


def last_day(warranty: Warranty) -> dt.date | None:
    "Return the day after which nothing is covered, None if it never ends"
    ends = [t.end for t in warranty.terms if t.rate]
    if not ends:
        return warranty.start
    if any(end is None for end in ends):
        return None
    return max(end for end in ends if end is not None)


def after_months(start: dt.date, months: int) -> dt.date:
    "Return the last day of a term of so many months"
    return start + relativedelta(months=months) - dt.timedelta(days=1)


def problems(warranties: Iterable[Warranty]) -> list[Problem]:
    "Return what is wrong with the terms"
    found = []
    for warranty in warranties:
        for term in warranty.terms:
            if not 0 <= term.rate <= 1:
                found.append(Problem(warranty.key, 'rate', term.part))
            if term.end is not None and term.end < warranty.start:
                found.append(Problem(warranty.key, 'end', term.part))
    return found

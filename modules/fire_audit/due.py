# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""When the operations of a programme are due next."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from dateutil.relativedelta import relativedelta


@dataclass(frozen=True)
class Operation:
    "What the programme asks for, and when it was done the last time"
    key: int
    period: int
    last: dt.date | None = None
    base: dt.date | None = None


@dataclass(frozen=True)
class Due:
    key: int
    date: dt.date
    overdue: bool = False


def next_date(operation: Operation, today: dt.date) -> dt.date:
    """Return when the operation is due

    It counts from the last time; what was never done counts from the day
    the system was put into service, so that an old system is overdue.
    Without both it starts to count today.
    The law gives the longest time allowed: nothing is added to it.
    """
    start = operation.last or operation.base or today
    return start + relativedelta(months=operation.period)


def dues(operations: Iterable[Operation], today: dt.date) -> list[Due]:
    "Return the due date of each operation, the soonest first"
    result = [
        Due(o.key, date, date < today)
        for o in operations
        for date in [next_date(o, today)]]
    return sorted(result, key=lambda d: (d.date, d.key))

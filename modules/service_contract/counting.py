# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Which machines a line of a contract covers, and from when to when.

A cover names one machine, or all those of some places, of a category or of
both.  A machine that several covers of a line name counts once.  What is lent
or in the workshop counts where it belongs.

Nothing here knows the database: models gather and call.
"""
import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from .ledger import Counted
from .recurrence import DAY

Days = tuple[dt.date, dt.date]


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine, or a group of them

    part: it is a component or accessory of another machine.
    last: its last day of use.
    """
    id: int
    quantity: Decimal = Decimal(1)
    category: int | None = None
    part: bool = False
    last: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Stay:
    "Days on which a machine belongs to a site"
    machine: int
    site: int
    from_date: dt.date
    to_date: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Cover:
    """What is covered from when to when

    Without machine it is every machine of the sites.  categories limit them;
    None means any, but then the parts of machines do not count.
    """
    machine: int | None = None
    sites: frozenset[int] = frozenset()
    categories: frozenset[int] | None = None
    from_date: dt.date | None = None
    to_date: dt.date | None = None


class Park:
    "Where machines belong, ready to be asked"

    def __init__(
            self, machines: Iterable[Machine],
            stays: Iterable[Stay] = ()) -> None:
        self._machines = {m.id: m for m in machines}
        self._stays: dict[int, list[Stay]] = defaultdict(list)
        for stay in stays:
            self._stays[stay.site].append(stay)

    def counted(self, covers: Iterable[Cover]) -> list[Counted]:
        "Return the machines of the covers, each once, with their days"
        days: dict[int, list[Days]] = defaultdict(list)
        for cover in covers:
            for machine, from_date, to_date in self._covered(cover):
                last = machine.last or dt.date.max
                if from_date <= min(to_date, last):
                    days[machine.id].append((from_date, min(to_date, last)))
        return [
            Counted(
                self._machines[id_].quantity,
                None if from_date == dt.date.min else from_date,
                None if to_date == dt.date.max else to_date)
            for id_ in sorted(days)
            for from_date, to_date in join(days[id_])]

    def _covered(
            self, cover: Cover) -> Iterable[tuple[Machine, dt.date, dt.date]]:
        first = cover.from_date or dt.date.min
        last = cover.to_date or dt.date.max
        if cover.machine is not None:
            yield self._machines[cover.machine], first, last
            return
        for site in cover.sites:
            for stay in self._stays.get(site, ()):
                machine = self._machines[stay.machine]
                if cover.categories is None:
                    if machine.part:
                        continue
                elif machine.category not in cover.categories:
                    continue
                yield (
                    machine, max(first, stay.from_date),
                    min(last, stay.to_date or dt.date.max))


def join(days: Sequence[Days]) -> list[Days]:
    "Return the same days as stretches without overlap, in order"
    joined: list[Days] = []
    for from_date, to_date in sorted(days):
        if joined:
            before_from, before_to = joined[-1]
            if before_to == dt.date.max or from_date <= before_to + DAY:
                joined[-1] = before_from, max(before_to, to_date)
                continue
        joined.append((from_date, to_date))
    return joined

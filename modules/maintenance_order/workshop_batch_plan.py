# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Which order each unit of a batch belongs to, and which unit is lent for it.

A customer has one order for each of his places: what hangs on a floor or at a
point counts to the building, as long as that is his.

Nothing here knows the database.
"""
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine, or one to be lent

    places are where it stands and all above, each with its customer.
    """
    id: int
    category: int | None = None
    places: tuple[tuple[int, int | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done to take the machines in

    places and loans are by machine, orders by place; a missing place has no
    order yet.
    """
    places: dict[int, int]
    orders: dict[int, int]
    missing: tuple[int, ...]
    loans: dict[int, int]


def plan(
        machines: Sequence[Machine], orders: Mapping[int, int],
        loans: Sequence[Machine] = ()) -> Plan:
    "Return the plan, orders are those there are by place"
    places = {m.id: place_of(m) for m in machines}
    missing = [
        p for p in dict.fromkeys(places.values()) if p not in orders]
    left = list(loans)
    lent: dict[int, int] = {}
    for machine in machines:
        for loan in left:
            if loan.category == machine.category:
                lent[machine.id] = loan.id
                left.remove(loan)
                break
    return Plan(
        places, {p: orders[p] for p in places.values() if p in orders},
        tuple(missing), lent)


def place_of(machine: Machine) -> int:
    "Return the highest place of the same customer above the machine"
    (place, customer), *above = machine.places
    for higher, party in above:
        if party != customer:
            break
        place = higher
    return place

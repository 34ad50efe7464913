# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What becomes of the units that leave our stock for a customer.

A delivery names its unit by the lot. What is made of it depends on what the
product says and on whether the unit is already in the installed base.
"""
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

CREATE, PROPOSE = 'create', 'propose'


@dataclass(frozen=True)
class Known:
    "A unit of the installed base that has the lot"
    key: int
    state: str
    there: bool = False


@dataclass(frozen=True)
class Delivery:
    key: int
    lot: int
    quantity: float
    policy: str | None
    known: Known | None = None


@dataclass(frozen=True)
class Outcome:
    """What to do with a delivery

    The action is create (in service at once), propose (a draft), move (the
    unit came back to us before) or skip, with the reason.
    """
    delivery: Delivery
    action: str
    reason: str | None = None


def plan(
        deliveries: Iterable[Delivery], may_move: bool = True
        ) -> list[Outcome]:
    """Return the outcome of each delivery, in their order

    Of several deliveries of one lot the first counts. An old list of
    deliveries may not move what has been moved by hand since.
    """
    seen: set[int] = set()
    outcomes = []
    for delivery in deliveries:
        outcome = _outcome(delivery, may_move)
        if outcome.action != 'skip':
            if delivery.lot in seen:
                outcome = Outcome(delivery, 'skip', 'twice')
            seen.add(delivery.lot)
        outcomes.append(outcome)
    return outcomes


def _outcome(delivery: Delivery, may_move: bool) -> Outcome:
    if delivery.policy not in {CREATE, PROPOSE}:
        return Outcome(delivery, 'skip', 'policy')
    if units(delivery.quantity) is None:
        return Outcome(delivery, 'skip', 'fraction')
    known = delivery.known
    if known is None:
        return Outcome(delivery, delivery.policy)
    if known.state == 'retired':
        return Outcome(delivery, 'skip', 'retired')
    if known.there or not may_move:
        return Outcome(delivery, 'skip', 'exists')
    return Outcome(delivery, 'move')


def units(quantity: float) -> int | None:
    "Return how many units the quantity is, None if it is no whole number"
    whole = round(quantity)
    if whole < 1 or abs(quantity - whole) > 1e-6:
        return None
    return whole

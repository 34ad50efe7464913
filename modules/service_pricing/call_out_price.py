# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What coming costs: once, by time, by distance or by zone.

Several customers on one trip share it: each pays the way from the base, the
way that was driven to him, or an equal part of the whole trip.

Nothing here knows the database.
"""
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

ZERO = Decimal(0)

Kind = Literal['fixed', 'time', 'distance', 'zone']
Sharing = Literal['base', 'chain', 'equal']


@dataclass(frozen=True, slots=True)
class CallOut:
    """A formula; included are the minutes or kilometres that cost nothing

    amount is charged each time, price for each minute or kilometre more.
    """
    kind: Kind
    amount: Decimal = ZERO
    price: Decimal = ZERO
    included: Decimal = ZERO
    minimum: Decimal = ZERO
    zones: Mapping[int, Decimal] = field(default_factory=dict)
    sharing: Sharing = 'base'


@dataclass(frozen=True, slots=True)
class Stop:
    """A customer on a trip

    from_base is the way there and back from the base; driven what was driven
    to him from where the team was before.
    """
    id: int
    from_base: Decimal | None = None
    driven: Decimal | None = None


def share_trip(
        stops: Sequence[Stop], sharing: Sharing) -> dict[int, Decimal | None]:
    "Return the way that each stop is charged"
    if sharing == 'chain':
        return {
            s.id: s.from_base if s.driven is None else s.driven
            for s in stops}
    if sharing == 'equal':
        ways = [
            s.from_base if s.driven is None else s.driven for s in stops]
        known = [w for w in ways if w is not None]
        if not known:
            return {s.id: None for s in stops}
        # Nobody noted what was driven: the farthest was on the way of all.
        if all(s.driven is None for s in stops):
            whole = max(known)
        else:
            whole = sum(known, ZERO)
        part = (whole / len(stops)).quantize(Decimal('0.01'))
        result: dict[int, Decimal | None] = {s.id: part for s in stops}
        # What the rounding leaves goes to the first.
        result[stops[0].id] = whole - part * (len(stops) - 1)
        return result
    return {s.id: s.from_base for s in stops}


def price(
        call_out: CallOut, way: Decimal | None = None,
        zone: int | None = None) -> Decimal | None:
    """Return what the call-out costs, None when it can not be told

    way is in minutes or kilometres, as the kind needs.
    """
    if call_out.kind == 'fixed':
        return call_out.amount
    if call_out.kind == 'zone':
        if zone is None or zone not in call_out.zones:
            return None
        return call_out.amount + call_out.zones[zone]
    if way is None:
        return None
    charged = max(ZERO, way - call_out.included)
    return max(call_out.minimum, call_out.amount + charged * call_out.price)

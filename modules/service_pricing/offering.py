# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Which services a customer could be offered, and why.

Those which suit its classification or were rendered before, but for those
which a contract gives already.  Nothing here knows the database.
"""
import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Service:
    """Something to offer

    party_categories, equipment_categories and site_kinds say for whom it is;
    of what is given all have to suit.  Without any it is for everybody.
    """
    id: int
    product: int
    party_categories: frozenset[int] = frozenset()
    equipment_categories: frozenset[int] = frozenset()
    site_kinds: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Customer:
    """What is known of the customer

    The categories come with all above them.  under_contract are products,
    rendered tells when they were rendered last.
    """
    party_categories: frozenset[int] = frozenset()
    equipment_categories: frozenset[int] = frozenset()
    under_contract: frozenset[int] = frozenset()
    rendered: Mapping[int, dt.date] = field(default_factory=dict)
    site_kinds: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Offer:
    "A service with the reasons to offer it, and when it was rendered last"
    service: int
    reasons: tuple[str, ...]
    rendered: dt.date | None = None


def offers(services: Iterable[Service], customer: Customer) -> list[Offer]:
    """Return what to offer

    What the customer knows comes first, the latest on top, then what suits
    it best.
    """
    found = []
    for service in services:
        if service.product in customer.under_contract:
            continue
        reasons = _reasons(service, customer)
        rendered = customer.rendered.get(service.product)
        if rendered:
            reasons = ('rendered', *reasons)
        if reasons:
            found.append(Offer(service.id, reasons, rendered))
    return sorted(found, key=_rank)


def _reasons(service: Service, customer: Customer) -> tuple[str, ...]:
    suits = []
    if wanted := service.party_categories:
        suits.append(('activity', bool(wanted & customer.party_categories)))
    if wanted := service.equipment_categories:
        suits.append((
                'equipment', bool(wanted & customer.equipment_categories)))
    if kinds := service.site_kinds:
        suits.append(('site', bool(kinds & customer.site_kinds)))
    if not all(found for _, found in suits):
        return ()
    return tuple(code for code, _ in suits) or ('everybody',)


def _rank(offer: Offer) -> tuple[int, int]:
    days = -offer.rendered.toordinal() if offer.rendered else 0
    suits = sum(
        r in {'activity', 'equipment', 'site'} for r in offer.reasons)
    return days, -suits

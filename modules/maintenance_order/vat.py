# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Which value-added tax building work in Spain takes, and why.

``propose`` takes what is known of one operation, a job of which one party
pays a part, and answers *general*, *reduced* or *reverse* with the reasons as
codes: what spoke for it or, when a lower rate failed, what was missing.
People read the reasons in their language and may decide otherwise.

Reduced: renovation and repair of dwellings for who lives there or for the
community of owners, the building finished two years ago or more, the material
we bring not above 40 % of the base of the whole operation, and the customer's
declaration in writing (Ley 37/1992, art. 91.Uno.2.10).

Reverse charge: construction or rehabilitation work, subcontracted or for the
developer, who declares it in writing (art. 84.Uno.2.f).  The customer then
accounts for the tax and the invoice says so.

Nothing here knows the database.
"""
import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

ZERO = Decimal(0)
MATERIALS_LIMIT = Decimal('0.40')
YEARS = 2

RATES = ('general', 'reduced', 'reverse')
CUSTOMERS = ('private', 'community', 'business', 'contractor', 'public')
WORKS = ('repair', 'construction')

Reason = tuple[str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True, slots=True)
class Declaration:
    "What the customer declared in writing"
    kind: str  # dwelling, reverse
    date: dt.date
    to_date: dt.date | None = None

    def holds(self, date: dt.date) -> bool:
        return self.date <= date and (
            self.to_date is None or date <= self.to_date)


@dataclass(frozen=True, slots=True)
class Operation:
    """One job as the tax looks at it

    work is None when nothing is built, renovated or repaired in a building:
    a fee, a check, goods alone.  finished is when the building was finished.
    materials and total are of the whole operation, without tax.
    """
    date: dt.date
    country: str | None = 'ES'
    customer: str | None = None
    work: str | None = None
    dwelling: bool = False
    finished: dt.date | None = None
    materials: Decimal = ZERO
    total: Decimal = ZERO
    declarations: tuple[Declaration, ...] = ()

    def declared(self, kind: str) -> Declaration | None:
        "Return the newest declaration of the kind that holds"
        found = [
            d for d in self.declarations
            if d.kind == kind and d.holds(self.date)]
        return max(found, key=lambda d: d.date, default=None)

    @property
    def materials_share(self) -> Decimal:
        if self.total <= ZERO:
            return ZERO
        return self.materials / self.total


@dataclass(frozen=True, slots=True)
class Proposal:
    """The rate which is proposed

    missing are the reasons why a lower rate does not apply although the work
    looks as if it could, so that somebody can ask for the paper.
    """
    rate: str
    reasons: tuple[Reason, ...] = ()
    missing: tuple[Reason, ...] = ()


def propose(operation: Operation) -> Proposal:
    if operation.country != 'ES' or operation.work is None:
        return Proposal('general')
    reverse, lacking = _reverse(operation)
    if reverse:
        return Proposal('reverse', tuple(reverse))
    reduced, missing = _reduced(operation)
    if reduced:
        return Proposal('reduced', tuple(reduced))
    return Proposal('general', missing=(*lacking, *missing))


def _reverse(operation: Operation) -> tuple[list[Reason], list[Reason]]:
    if (operation.work != 'construction'
            or operation.customer != 'contractor'):
        return [], []
    declaration = operation.declared('reverse')
    if not declaration:
        return [], [('reverse_declaration', ())]
    return [('reverse', _arguments(date=declaration.date.isoformat()))], []


def _reduced(operation: Operation) -> tuple[list[Reason], list[Reason]]:
    # Who is no candidate at all is not told what he lacks.
    if (not operation.dwelling
            or operation.customer not in {'private', 'community'}):
        return [], []
    missing: list[Reason] = []
    if operation.finished is None:
        missing.append(('finished_unknown', ()))
    elif _years_after(operation.finished, YEARS) > operation.date:
        missing.append((
                'too_new',
                _arguments(date=operation.finished.isoformat())))
    share = operation.materials_share
    if share > MATERIALS_LIMIT:
        missing.append(('materials', _arguments(
                    percentage=_percentage(share),
                    limit=_percentage(MATERIALS_LIMIT))))
    declaration = operation.declared('dwelling')
    if not declaration:
        missing.append(('dwelling_declaration', ()))
    if missing or not declaration:
        return [], missing
    return [('reduced', _arguments(
                date=declaration.date.isoformat(),
                percentage=_percentage(share)))], []


def _years_after(date: dt.date, years: int) -> dt.date:
    try:
        return date.replace(year=date.year + years)
    except ValueError:  # 29 February
        return dt.date(date.year + years, 3, 1)


def _percentage(share: Decimal) -> str:
    return f'{(share * 100).quantize(Decimal("0.01")):f}'


def _arguments(**arguments: str) -> tuple[tuple[str, str], ...]:
    return tuple(arguments.items())


def share_of(parts: Iterable[tuple[bool, Decimal]]) -> tuple[Decimal, Decimal]:
    "Return materials and total of parts that say whether they are material"
    materials = total = ZERO
    for is_material, amount in parts:
        total += amount
        if is_material:
            materials += amount
    return materials, total

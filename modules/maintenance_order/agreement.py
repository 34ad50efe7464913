# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What was agreed beforehand, and what the customer does not agree with.

Both work on the shares that ``decision`` made.  An agreed price stands above
every list: a price for everything, a price by the hour, or an amount which is
not passed.  It changes what the customer is charged, never who pays what
others cover.

What the customer does not agree with is kept apart in shares of their own, so
that the rest can be invoiced.

Nothing here knows the database: models gather, call and store.
"""
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from .decision import ZERO, Share, Step, split

TIME_KINDS = frozenset(['work', 'wait', 'remote'])


@dataclass(frozen=True, slots=True)
class Agreement:
    """A price that was agreed with the payer of some lines

    kind is *fixed* (all in), *hourly* (for each hour of work) or *cap* (not
    above the amount).  used is what the payer was charged before for the same
    order, which counts for *fixed* and *cap*.
    """
    kind: str
    amount: Decimal
    payer: int
    lines: frozenset[int]
    label: str = ''
    used: Decimal = ZERO

    @property
    def left(self) -> Decimal:
        return max(self.amount - self.used, ZERO)

    def concerns(self, share: Share) -> bool:
        "Whether the share is charged to who agreed"
        return (share.line in self.lines
            and share.payer_kind == 'customer'
            and share.payer == self.payer)

    def step(self) -> Step:
        return (f'agreed_{self.kind}', (
                ('label', self.label),
                ('amount', str(self.amount)),
                ('used', str(self.used))))


def agree(
        shares: Sequence[Share], kinds: Mapping[int, str],
        agreements: Iterable[Agreement], digits: int,
        rounding: Callable[[Decimal], Decimal], price_digits: int = 4
        ) -> list[Share]:
    """Return the shares at the agreed prices

    kinds tells of each line what it is.  Order, quantities and list values
    stay; only what the payer who agreed is charged changes.
    """
    result = list(shares)
    for agreement in agreements:
        chosen = [
            i for i, share in enumerate(result) if agreement.concerns(share)]
        if agreement.kind == 'hourly':
            chosen = [
                i for i in chosen if kinds.get(result[i].line) in TIME_KINDS]
            amounts = [
                rounding(result[i].quantity * agreement.amount)
                for i in chosen]
        elif not chosen:
            continue
        else:
            total = sum((result[i].amount or ZERO for i in chosen), ZERO)
            if agreement.kind == 'cap' and total <= agreement.left:
                continue
            weights = [
                max(result[i].value or result[i].amount or ZERO, ZERO)
                for i in chosen]
            amounts = split(rounding(agreement.left), weights, digits)
        for i, amount in zip(chosen, amounts):
            share = result[i]
            price = agreement.amount
            if agreement.kind != 'hourly':
                price = amount
                if share.quantity:
                    price = round(amount / share.quantity, price_digits)
            result[i] = replace(
                share, unit_price=price, amount=amount,
                trace=(
                    *(s for s in share.trace if s[0] != 'no_price'),
                    agreement.step()))
    return result


def hold_back(
        shares: Iterable[Share], quantities: Mapping[int, Decimal],
        digits: int) -> list[Share]:
    """Keep apart what the customer does not agree with

    quantities tells of each line how much of it; what nobody is charged for
    can not be disputed.  The parts of a share add up to it exactly.
    """
    left: dict[int, Decimal] = defaultdict(Decimal, quantities)
    result = []
    for share in shares:
        charged = share.payer is not None and share.amount != ZERO
        taken = min(left[share.line], share.quantity)
        if not charged or taken <= ZERO:
            result.append(share)
            continue
        left[share.line] -= taken
        if taken == share.quantity:
            result.append(replace(share, disputed=True))
        else:
            result.extend(_parts(share, taken, digits))
    return result


def concede(share: Share, label: str = '') -> Share:
    "Return the share which nobody is charged for any more"
    return replace(
        share, payer_kind='goodwill', payer=None, unit_price=ZERO,
        amount=ZERO, disputed=False,
        trace=(*share.trace, ('conceded', (('label', label),))))


def _parts(share: Share, taken: Decimal, digits: int) -> list[Share]:
    weights = [share.quantity - taken, taken]
    values: list[Decimal | None] = [None, None]
    amounts: list[Decimal | None] = [None, None]
    if share.value is not None:
        values = [*split(share.value, weights, digits)]
    if share.amount is not None:
        amounts = [*split(share.amount, weights, digits)]
    agreed, disputed = (
        replace(share, quantity=quantity, value=value, amount=amount)
        for quantity, value, amount in zip(weights, values, amounts))
    return [agreed, replace(disputed, disputed=True, consumed=ZERO)]

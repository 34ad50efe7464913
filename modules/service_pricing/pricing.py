# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What one unit costs the customer, in layers, and why.

The list price is the ground.  Each layer that is switched on may hold a rule
for the case; the layers are asked from the base up to the contract.  A rule
computes its price from the cost, from the list price, from the price of the
layer below or from the call-out, or it says the price.  What a person typed
stands above all of them and is no matter of this engine.

Of the rules of one layer that match, the one that names most answers, then
the first in order.

Nothing here knows the database: models gather and call.
"""
import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

ZERO = Decimal(0)
ONE = Decimal(1)

Layer = Literal[
    'base', 'tariff_group', 'quote', 'party', 'site', 'contract']
LAYERS: tuple[Layer, ...] = (
    'base', 'tariff_group', 'quote', 'party', 'site', 'contract')
Basis = Literal['fixed', 'list', 'cost', 'lower', 'call_out']

Value = int | str
Argument = str | int | None
Step = tuple[str, tuple[tuple[str, Argument], ...]]

# The keys by which rules are found fastest, the rarest first.
_INDEX = ('contract', 'order', 'site', 'party', 'product', 'tariff_group')


@dataclass(frozen=True, slots=True)
class Rule:
    """A price for the cases it matches

    match tells for each key which values of the case will do; the price is
    basis × factor + amount, rounded to a multiple of round_to and not below
    the floor.
    """
    id: int
    layer: Layer
    match: tuple[tuple[str, frozenset[Value]], ...] = ()
    basis: Basis = 'list'
    factor: Decimal = ONE
    amount: Decimal = ZERO
    floor: Decimal | None = None
    round_to: Decimal | None = None
    from_date: dt.date | None = None
    to_date: dt.date | None = None
    quantity: Decimal | None = None
    sequence: int = 0
    label: str = ''

    def matches(self, case: 'Case') -> bool:
        if self.from_date and case.date < self.from_date:
            return False
        if self.to_date and case.date > self.to_date:
            return False
        if self.quantity is not None and case.quantity < self.quantity:
            return False
        for key, values in self.match:
            if not values & case.values.get(key, frozenset()):
                return False
        return True

    @property
    def rank(self) -> tuple[int, Decimal, int, int]:
        "The smallest answers: who names most, the larger quantity, the first"
        return (
            -len(self.match), -(self.quantity or ZERO), self.sequence,
            self.id)


@dataclass(frozen=True, slots=True)
class Case:
    """What is asked for a price

    values are what the rules may match, with everything above them: the site
    and those it is part of, the categories of the product.  call_out is what
    the call-out of the case amounts to, by its formula.
    """
    date: dt.date
    quantity: Decimal = ONE
    list_price: Decimal | None = None
    cost: Decimal | None = None
    values: Mapping[str, frozenset[Value]] = field(default_factory=dict)
    call_outs: Mapping[int, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Price:
    "The price and the steps that lead to it; rule is the last that answered"
    unit_price: Decimal | None
    rule: int | None
    steps: tuple[Step, ...]


class Tariff:
    "The rules of a company, ready to be asked"

    def __init__(
            self, rules: Iterable[Rule],
            layers: Iterable[Layer] = LAYERS) -> None:
        on = set(layers)
        self.layers = [layer for layer in LAYERS if layer in on]
        self._rules: dict[
            Layer, dict[tuple[str, Value] | None, list[Rule]]] = {
            layer: defaultdict(list) for layer in self.layers}
        for rule in rules:
            if rule.layer not in on:
                continue
            index = self._rules[rule.layer]
            match = dict(rule.match)
            for key in _INDEX:
                if key in match:
                    for value in match[key]:
                        index[key, value].append(rule)
                    break
            else:
                index[None].append(rule)
        for found in self._rules.values():
            for bucket in found.values():
                bucket.sort(key=lambda rule: rule.rank)

    def __bool__(self) -> bool:
        return any(self._rules.values())

    def price(self, case: Case, digits: int = 4) -> Price:
        "Return the price of one unit and what led to it"
        price = case.list_price
        steps: list[Step] = [_step('list', price=price)]
        last = None
        for layer in self.layers:
            rule = self._answer(layer, case)
            if rule is None:
                continue
            before = price
            found = _compute(rule, case, price)
            if found is None:
                steps.append(_step(
                        'no_basis', layer=layer, rule=rule.id,
                        basis=rule.basis))
                continue
            price = found.quantize(
                ONE.scaleb(-digits), rounding=ROUND_HALF_UP)
            last = rule.id
            steps.append(_step(
                    rule.basis, layer=layer, rule=rule.id,
                    factor=rule.factor, amount=rule.amount, before=before,
                    basis=_basis(rule, case, before), price=price))
        return Price(price, last, tuple(steps))

    def answers(self, case: Case) -> list[tuple[Layer, Rule | None]]:
        "Return which rule each layer would answer with"
        return [(layer, self._answer(layer, case)) for layer in self.layers]

    def _answer(self, layer: Layer, case: Case) -> Rule | None:
        index = self._rules[layer]
        buckets = [
            index.get((key, value), ()) for key in _INDEX
            for value in case.values.get(key, ())]
        buckets.append(index.get(None, ()))
        best: Rule | None = None
        for bucket in buckets:
            # Each is in order: the first that matches is the best of it.
            for rule in bucket:
                if rule.matches(case):
                    if best is None or rule.rank < best.rank:
                        best = rule
                    break
        return best


def _basis(rule: Rule, case: Case, lower: Decimal | None) -> Decimal | None:
    if rule.basis == 'list':
        return case.list_price
    if rule.basis == 'cost':
        return case.cost
    if rule.basis == 'lower':
        return lower
    if rule.basis == 'call_out':
        return case.call_outs.get(rule.id)
    return ZERO


def _compute(
        rule: Rule, case: Case, lower: Decimal | None) -> Decimal | None:
    basis = _basis(rule, case, lower)
    if basis is None:
        return None
    price = basis * rule.factor + rule.amount
    if rule.round_to:
        price = (price / rule.round_to).quantize(
            ONE, rounding=ROUND_HALF_UP) * rule.round_to
    if rule.floor is not None:
        price = max(price, rule.floor)
    return price


def _step(code: str, **arguments: Decimal | str | int | None) -> Step:
    return (code, tuple(
            (k, str(v) if isinstance(v, Decimal) else v)
            for k, v in arguments.items()))


@dataclass(frozen=True, slots=True)
class Measure:
    """How much of a quantity is charged

    free is taken off first, what is left is at least the minimum and goes up
    in steps.
    """
    minimum: Decimal = ZERO
    step: Decimal = ZERO
    free: Decimal = ZERO

    def charged(self, quantity: Decimal) -> Decimal:
        rest = max(ZERO, abs(quantity) - self.free)
        if not rest:
            return ZERO
        if self.minimum and rest <= self.minimum:
            rest = self.minimum
        elif self.step:
            over = rest - self.minimum
            steps = (over / self.step).to_integral_value('ROUND_CEILING')
            rest = self.minimum + steps * self.step
        return rest.copy_sign(quantity)


def charged_part(
        measure: Measure, quantities: Sequence[Decimal],
        people: Sequence[int] | None = None) -> Decimal:
    """Return how much of each unit of a group of quantities is charged

    The group is what counts together: a line, a visit, an order or a day.
    With people the quantities are those of so many at once, who count once.
    """
    total = sum(quantities, ZERO)
    if not total:
        return ONE
    if people is not None:
        total_once = sum((
                q / max(1, n) for q, n in zip(quantities, people)), ZERO)
        return measure.charged(total_once) / total
    return measure.charged(total) / total

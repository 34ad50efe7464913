# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""From what is to be charged to invoices, with lines, taxes and totals.

The standard computes the taxes of an invoice anew at each of its writes,
record by record.  Here the same computation runs once over plain rows: the tax
lines and the totals of a draft come out as the standard would give them, to
the cent, and in the same order.  The tests compare both on random invoices.

Nothing here knows the database: models gather, call and store.
"""
import datetime as dt
from collections.abc import (
    Callable, Hashable, Iterable, Iterator, Mapping, Sequence)
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Money:
    """How a currency rounds

    round and round_opposite are those of the currency, so that whoever changes
    how it rounds is followed.
    """
    unit: Decimal
    round: Callable[[Decimal], Decimal]
    round_opposite: Callable[[Decimal], Decimal]


@dataclass(frozen=True, slots=True)
class Tax:
    "A tax and the taxes it is made of"
    id: int
    type: str
    rate: Decimal | None = None
    amount: Decimal | None = None
    sequence: int | None = None
    start_date: dt.date | None = None
    end_date: dt.date | None = None
    update_unit_price: bool = False
    invoice_account: int | None = None
    credit_note_account: int | None = None
    children: tuple['Tax', ...] = ()

    def applies(self, date: dt.date) -> bool:
        return ((self.start_date or dt.date.min) <= date
            <= (self.end_date or dt.date.max))


@dataclass(frozen=True, slots=True)
class Item:
    """Something to invoice

    heading is what all lines of one invoice share; group keeps items apart
    that have the same heading (by site, contract, order…).  The amount is the
    truth: where the quantity, at most with the digits of its unit, at the unit
    price does not give it, the line is written as one at that amount.
    """
    origin: str
    heading: Hashable
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    account: int
    taxes: tuple[int, ...] = ()
    taxes_date: dt.date | None = None
    quantity_digits: int | None = None
    group: Hashable = None
    order: tuple[Hashable, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a draft

    lump is true when it says one at the amount in place of the stated quantity
    and price.
    """
    origin: str
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    account: int
    taxes: tuple[int, ...]
    taxes_date: dt.date | None
    lump: bool = False
    stated_quantity: Decimal = Decimal(1)
    stated_price: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class TaxLine:
    "A tax line of a draft, or its part for one line"
    tax: int
    account: int | None
    base: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Draft:
    "An invoice with all that is known before it is stored"
    heading: Hashable
    group: Hashable
    lines: tuple[Line, ...]
    taxes: tuple[TaxLine, ...]
    untaxed_amount: Decimal
    tax_amount: Decimal
    total_amount: Decimal

    @property
    def is_credit_note(self) -> bool:
        return (all(line.amount <= 0 for line in self.lines)
            and self.total_amount < 0)


def invoice_drafts(
        items: Iterable[Item], taxes: Mapping[int, Tax],
        money: Callable[[Hashable], Money], tax_date: dt.date,
        tax_rounding: str = 'document', price_digits: int = 4) -> list[Draft]:
    """Group the items into invoices

    money gives the rounding for a heading.  Invoices and lines keep the order
    in which the items come, unless the items have an order of their own.
    """
    grouped: dict[tuple[Hashable, Hashable], list[Item]] = {}
    for item in items:
        grouped.setdefault((item.heading, item.group), []).append(item)
    drafts = []
    for (heading, group), members in grouped.items():
        members.sort(key=lambda item: item.order)
        rounding = money(heading)
        lines = tuple(
            invoice_line(item, rounding, price_digits) for item in members)
        tax_lines = compute_taxes(
            lines, taxes, rounding, tax_date, tax_rounding)
        zero = rounding.round(ZERO)
        untaxed = sum((line.amount for line in lines), zero)
        tax = sum((line.amount for line in tax_lines), zero)
        drafts.append(Draft(
                heading=heading, group=group, lines=lines, taxes=tax_lines,
                untaxed_amount=untaxed, tax_amount=tax,
                total_amount=untaxed + tax))
    return drafts


def invoice_line(item: Item, money: Money, price_digits: int = 4) -> Line:
    "Return the line whose amount is that of the item"
    price = round(item.unit_price, price_digits)
    quantity = item.quantity
    amount = money.round(item.amount)
    lump = money.round(quantity * price) != amount or (
        item.quantity_digits is not None
        and round(quantity, item.quantity_digits) != quantity)
    return Line(
        origin=item.origin,
        quantity=Decimal(1) if lump else quantity,
        unit_price=amount if lump else price,
        amount=amount, account=item.account,
        taxes=tuple(sorted(set(item.taxes))), taxes_date=item.taxes_date,
        lump=lump, stated_quantity=quantity, stated_price=item.unit_price)


def compute_taxes(
        lines: Iterable[Line], taxes: Mapping[int, Tax], money: Money,
        tax_date: dt.date, tax_rounding: str = 'document',
        ) -> tuple[TaxLine, ...]:
    """Return the tax lines of an invoice

    Lines with the same taxes and sign are rounded together, what the rounding
    takes or gives is put back unit by unit.
    """
    together: dict[tuple[tuple[int, ...], bool], list[Line]] = {}
    for line in lines:
        positive = line.unit_price * line.quantity >= 0
        together.setdefault((line.taxes, positive), []).append(line)

    total: _TaxLines = {}
    for members in together.values():
        subtotal: _TaxLines = {}
        for line in members:
            current = _taxes_of(line, taxes, money, tax_date)
            if tax_rounding == 'line':
                _round_taxes(current, money)
            _add(subtotal, current)
        if tax_rounding == 'document':
            _round_taxes(subtotal, money)
        _add(total, subtotal)
    return tuple(
        TaxLine(tax=tax, account=account, base=base, amount=amount)
        for (account, tax, _), (base, amount) in total.items())


def line_bases(
        line: Line, taxes: Mapping[int, Tax], money: Money,
        tax_date: dt.date) -> tuple[TaxLine, ...]:
    "Return the bases that one line declares"
    return tuple(
        TaxLine(tax=tax, account=account, base=base, amount=amount)
        for (account, tax, _), (base, amount)
        in _taxes_of(line, taxes, money, tax_date).items())


# By account, tax and sign of the base: base and amount.
_TaxLines = dict[tuple[int | None, int, bool], tuple[Decimal, Decimal]]


def _taxes_of(
        line: Line, taxes: Mapping[int, Tax], money: Money,
        tax_date: dt.date) -> _TaxLines:
    result: _TaxLines = {}
    applicable = sorted(
        (taxes[tax] for tax in line.taxes),
        key=lambda t: (t.sequence is not None, t.sequence or 0, t.id))
    date = line.taxes_date or tax_date
    for tax, base, amount in _unit_taxes(applicable, line.unit_price, date):
        base *= line.quantity
        amount *= line.quantity
        if base >= 0:
            account = tax.invoice_account
        else:
            account = tax.credit_note_account
        # There is one tax line by line of invoice, so its base is rounded.
        base = money.round(base)
        result[account, tax.id, base >= 0] = (base, amount)
    return result


def _unit_taxes(
        taxes: Sequence[Tax], price: Decimal, date: dt.date,
        ) -> Iterator[tuple[Tax, Decimal, Decimal]]:
    for _, same_sequence in groupby(taxes, key=lambda t: t.sequence):
        variation = ZERO
        for tax in same_sequence:
            if not tax.applies(date):
                continue
            values = []
            if tax.type == 'percentage':
                values.append((tax, price, price * (tax.rate or ZERO)))
            elif tax.type == 'fixed':
                values.append((tax, price, tax.amount or ZERO))
            values.extend(_unit_taxes(tax.children, price, date))
            if tax.update_unit_price:
                variation += sum((amount for _, _, amount in values), ZERO)
            yield from values
        price += variation


def _add(total: _TaxLines, others: _TaxLines) -> None:
    for key, (base, amount) in others.items():
        if key in total:
            former_base, former_amount = total[key]
            base, amount = former_base + base, former_amount + amount
        total[key] = base, amount


def _round_taxes(lines: _TaxLines, money: Money) -> None:
    rounded = round_amounts([amount for _, amount in lines.values()], money)
    for (key, (base, _)), amount in zip(list(lines.items()), rounded):
        lines[key] = base, amount


def round_amounts(
        amounts: Sequence[Decimal], money: Money) -> list[Decimal]:
    """Round the taxes of one base so that their sum is rounded only once

    What rounding each of them gave or took is put back unit by unit, from the
    first on, to those which are not zero. Where all are zero there is nothing
    to put it to, and they stay so.
    """
    result = [money.round(amount) for amount in amounts]
    remainder = money.round_opposite(
        sum(result, ZERO) - sum(amounts, ZERO))
    offset = money.unit.copy_sign(remainder)
    while abs(remainder) >= money.unit:
        indexes = [i for i, amount in enumerate(result) if amount]
        if not indexes:
            break
        for i in indexes:
            result[i] -= offset
            remainder -= offset
            if abs(remainder) < money.unit:
                break
    return result

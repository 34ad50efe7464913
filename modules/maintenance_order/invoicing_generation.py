# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The short way of the invoices which a batch generates.

Between ``generation()`` and its end, and only where batch runs the code, the
invoices of the generation are stored and posted without computing their taxes
again and without evaluating the domains of what was built from checked values.
Everything else, and every other invoice, goes the way of the standard: posting
still runs through ``Invoice._post`` and all that other modules add to it.
"""
from contextlib import contextmanager
from contextvars import ContextVar

from trytond.transaction import Transaction

from .invoicing import Money, Tax

__all__ = ['Generation', 'generation', 'generated']

_current: ContextVar = ContextVar('generation', default=None)


class Generation:
    "What the invoices of a chunk have in common"

    def __init__(self):
        self.invoices = set()
        self.moves = set()
        # The totals of invoices and the amounts of their lines.
        self.totals = {}
        self.amounts = {}
        self.storing = False
        self.holding = False
        self._taxes = {}
        self._moneys = {}
        self._sequences = {}

    def has(self, invoices):
        return all(invoice.id in self.invoices for invoice in invoices)

    @contextmanager
    def store(self):
        "Trust what is created"
        self.storing = True
        try:
            yield
        finally:
            self.storing = False

    @contextmanager
    def hold(self):
        "Keep in memory what the standard would save at each of its steps"
        self.holding = True
        try:
            yield
        finally:
            self.holding = False

    def tax(self, tax):
        "Return the plain row of a tax"
        if tax.id not in self._taxes:
            self._taxes[tax.id] = plain_tax(tax)
        return self._taxes[tax.id]

    def taxes(self, taxes):
        return {tax.id: self.tax(tax) for tax in taxes}

    def known_taxes(self):
        return self._taxes

    def money(self, currency):
        "Return how the currency rounds"
        if currency.id not in self._moneys:
            self._moneys[currency.id] = plain_money(currency)
        return self._moneys[currency.id]

    def sequence(self, key, find):
        "Return what was found for the same key before"
        if key not in self._sequences:
            self._sequences[key] = find()
        return self._sequences[key]


@contextmanager
def generation():
    "Invoices of the block take the short way, if it is batch that runs it"
    value = Generation()
    if not Transaction().context.get('_generated'):
        # The values are of use on the long way too.
        yield value
        return
    token = _current.set(value)
    try:
        yield value
    finally:
        _current.reset(token)


def generated(invoices=None):
    "Return the generation to which all the invoices belong, if any"
    value = _current.get()
    if value is None or not Transaction().context.get('_generated'):
        return None
    if invoices is not None and not value.has(invoices):
        return None
    return value


def plain_tax(tax):
    return Tax(
        id=tax.id,
        type=tax.type,
        rate=tax.rate,
        amount=tax.amount,
        sequence=tax.sequence,
        start_date=tax.start_date,
        end_date=tax.end_date,
        update_unit_price=bool(tax.update_unit_price),
        invoice_account=(
            tax.invoice_account.id if tax.invoice_account else None),
        credit_note_account=(
            tax.credit_note_account.id if tax.credit_note_account else None),
        children=tuple(map(plain_tax, tax.childs)))


def plain_money(currency):
    def round_(amount):
        return currency.round(amount)

    def round_opposite(amount):
        return currency.round(amount, opposite=True)

    return Money(
        unit=currency.rounding, round=round_, round_opposite=round_opposite)

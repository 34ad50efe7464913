# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Ledgers for the tests, without a database."""
import datetime as dt
from dataclasses import replace
from decimal import Decimal

from hypothesis import strategies as st

from trytond.modules.service_contract.ledger import (
    Entry, Term, half_up, is_settled, to_decimal, update)

D = dt.date
CENTS = half_up(2)
FIRST = D(2024, 1, 1)
dates = st.dates(FIRST, D(2027, 12, 31))


def term(price, from_date=None, quantity=1, discount='0'):
    return Term(
        from_date, Decimal(quantity), Decimal(price), Decimal(discount))


def settle(proposals, first_id=1):
    return [
        Entry(
            first_id + i, p.kind, p.from_date, p.to_date, p.invoice_date,
            p.amount, corrects=p.corrects, payer=p.payer)
        for i, p in enumerate(proposals)]


class Ledger:
    "The stored periods of one line, as the models keep them"

    def __init__(self, line):
        self.line = line
        self.entries = {}
        self.next_id = 1

    def update(self, until, today=FIRST):
        changes = update(
            self.line, list(self.entries.values()), until, today)
        assert not changes.problems
        for id_ in changes.delete:
            del self.entries[id_]
        for id_, proposal in changes.write:
            self.entries[id_] = self._entry(
                id_, proposal, self.entries[id_].sequence)
        for proposal, sequence in changes.create:
            self.entries[self.next_id] = self._entry(
                self.next_id, proposal, sequence)
            self.next_id += 1
        return changes

    def _entry(self, id_, proposal, sequence):
        return Entry(
            id_, proposal.kind, proposal.from_date, proposal.to_date,
            proposal.invoice_date, proposal.amount, sequence,
            settled=proposal.kind == 'external', corrects=proposal.corrects,
            fraction=to_decimal(proposal.fraction).quantize(
                Decimal('1e-10')),
            quantity=proposal.quantity, unit_price=proposal.unit_price,
            payer=proposal.payer)

    def pending(self):
        return [
            e for e in self.entries.values()
            if not is_settled(self.line, e)]

    def invoice(self, until):
        for entry in self.pending():
            if entry.invoice_date <= until:
                self.entries[entry.id] = replace(entry, settled=True)

    def skip(self, entry):
        self.entries[entry.id] = replace(entry, settled=True, skipped=True)

    def credit(self, entry, again):
        """The invoice of the period is credited

        To be invoiced again, or settled for good: then the credit does not
        count.
        """
        self.entries[self.next_id] = Entry(
            self.next_id, 'credit', entry.from_date, entry.to_date,
            entry.invoice_date, -entry.amount, sequence=1 + max(
                e.sequence for e in self.entries.values()
                if e.from_date == entry.from_date),
            live=False, corrects=entry.id, payer=entry.payer)
        self.next_id += 1
        if again:
            self.entries[entry.id] = replace(entry, live=False)

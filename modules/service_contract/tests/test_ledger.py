# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
import os
import unittest
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trytond.modules.service_contract.ledger import (
    Counted, Entry, Line, Suspension, Term, expected, half_up, is_settled,
    propose, to_decimal, update)
from trytond.modules.service_contract.recurrence import (
    DAY, Grid, add_months, end_of_months, renewed_end)

# More contracts than each push can afford: OFICIO_CONTRACTS=20000 pytest …
EXAMPLES = max(1000, int(os.environ.get('OFICIO_CONTRACTS', 0)))
D = dt.date
CENTS = half_up(2)
FIRST = D(2024, 1, 1)
dates = st.dates(FIRST, D(2027, 12, 31))
payers = st.sampled_from([None, None, None, 7, 8])
prices = st.decimals(0, 500, places=2)
quantities = st.sampled_from(
    [Decimal(1), Decimal(3), Decimal('2.5'), Decimal(0)])


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


class RecurrenceTestCase(unittest.TestCase):
    "Test the months of the periods"

    def test_month_end(self):
        "Test the last day of the month never drifts"
        for start, expected_ in [
                (D(2024, 1, 31), [
                    D(2024, 1, 31), D(2024, 2, 29), D(2024, 3, 31),
                    D(2024, 4, 30), D(2024, 5, 31)]),
                (D(2025, 1, 31), [
                    D(2025, 1, 31), D(2025, 2, 28), D(2025, 3, 31),
                    D(2025, 4, 30), D(2025, 5, 31)]),
                (D(2025, 1, 30), [
                    D(2025, 1, 30), D(2025, 2, 28), D(2025, 3, 30),
                    D(2025, 4, 30), D(2025, 5, 30)]),
                ]:
            with self.subTest(start=start):
                grid = Grid.of(start, 1)
                self.assertEqual(
                    [grid.boundary(i) for i in range(5)], expected_)

    def test_anchor(self):
        "Test where the first full period starts"
        for start, months, day, month, expected_ in [
                (D(2026, 3, 17), 1, 1, None, D(2026, 4, 1)),
                (D(2026, 3, 1), 1, 1, None, D(2026, 3, 1)),
                (D(2026, 3, 17), 3, 1, 1, D(2026, 4, 1)),
                (D(2026, 3, 17), 3, 1, 3, D(2026, 6, 1)),
                (D(2026, 3, 17), 12, 1, 1, D(2027, 1, 1)),
                (D(2026, 1, 1), 12, 1, 1, D(2026, 1, 1)),
                (D(2026, 11, 15), 6, 31, 2, D(2027, 2, 28)),
                (D(2026, 2, 28), 1, 31, None, D(2026, 2, 28)),
                ]:
            with self.subTest(start=start, months=months, day=day):
                grid = Grid.of(start, months, day, month)
                self.assertEqual(grid.boundary(0), expected_)

    @given(
        dates, st.integers(1, 36), st.none() | st.integers(1, 31),
        st.none() | st.integers(1, 12))
    @settings(deadline=None)
    def test_grid(self, start, months, day, month):
        "Test the boundaries enclose the start and follow the calendar"
        grid = Grid.of(start, months, day, month)
        self.assertGreaterEqual(grid.boundary(0), start)
        self.assertLess(grid.boundary(-1), start)
        if month and (12 % months == 0 or months % 12 == 0):
            self.assertEqual((grid.boundary(0).month - month) % months % 12, 0)
        for number in range(40):
            boundary = grid.boundary(number)
            self.assertEqual(
                boundary,
                add_months(grid.boundary(0).replace(day=1),
                    number * months) + dt.timedelta(
                        days=min(
                            day or start.day,
                            (add_months(boundary.replace(day=1), 1)
                                - boundary.replace(day=1)).days) - 1))

    def test_renewal(self):
        "Test 36 months renewed by 12 end with month 48"
        for start, end in [
                (D(2024, 1, 1), D(2027, 12, 31)),
                (D(2024, 2, 29), D(2028, 2, 28)),
                (D(2024, 1, 31), D(2028, 1, 30)),
                ]:
            with self.subTest(start=start):
                first = end_of_months(start, 36)
                self.assertEqual(renewed_end(start, first, 12), end)

    @given(dates, st.integers(1, 48), st.lists(st.integers(1, 24)))
    @settings(deadline=None)
    def test_renewals(self, start, initial, renewals):
        "Test many renewals end like one contract of all the months"
        end = end_of_months(start, initial)
        for months in renewals:
            end = renewed_end(start, end, months)
        self.assertEqual(end, end_of_months(start, initial + sum(renewals)))


class LedgerTestCase(unittest.TestCase):
    "Test what is to be invoiced"

    def invoiced(self, line, until, entries=()):
        proposals, problems = propose(line, list(entries), until, FIRST)
        self.assertEqual(problems, [])
        return [
            (p.kind, p.from_date, p.to_date, p.invoice_date, p.amount)
            for p in proposals]

    def test_stubs(self):
        "Test a contract signed on the 17th, each way"
        line = Line(
            1, D(2026, 3, 17), (term(310),), end=D(2026, 5, 10),
            anchor_day=1)
        april = (
            'regular', D(2026, 4, 1), D(2026, 4, 30), D(2026, 4, 1),
            Decimal(310))
        may = (
            'regular', D(2026, 5, 1), D(2026, 5, 10), D(2026, 5, 1),
            Decimal(100))
        march = (
            'regular', D(2026, 3, 17), D(2026, 3, 31), D(2026, 3, 17))
        for stub, result in [
                ('prorate', [(*march, Decimal(150)), april, may]),
                ('free', [april, may]),
                ('full', [(*march, Decimal(310)), april, may]),
                ('next', [(
                            'regular', D(2026, 3, 17), D(2026, 4, 30),
                            D(2026, 3, 17), Decimal(460)), may]),
                ]:
            with self.subTest(stub=stub):
                self.assertEqual(
                    self.invoiced(
                        replace(line, first_stub=stub), D(2026, 12, 31)),
                    result)
        for stub, amount in [('full', 310), ('free', 0)]:
            with self.subTest(last_stub=stub):
                found = self.invoiced(
                    replace(line, last_stub=stub), D(2026, 12, 31))
                self.assertEqual(
                    [f[4] for f in found if f[1] == may[1]],
                    [amount] if amount else [])

    def test_stubs_added(self):
        "Test the days left at the end are charged with the period before"
        line = Line(
            1, D(2026, 3, 17), (term(310),), end=D(2026, 5, 10),
            anchor_day=1, last_stub='next')

        def found(**values):
            return [
                (f[1], f[2], f[3], f[4]) for f in self.invoiced(
                    replace(line, **values), D(2026, 12, 31))]
        march, april, may = D(2026, 3, 17), D(2026, 4, 1), D(2026, 5, 1)
        self.assertEqual(found(), [
                (march, D(2026, 3, 31), march, Decimal(150)),
                (april, D(2026, 5, 10), april, Decimal(410))])
        self.assertEqual(found(moment='arrears'), [
                (march, D(2026, 3, 31), D(2026, 3, 31), Decimal(150)),
                (april, D(2026, 5, 10), D(2026, 5, 10), Decimal(410))])
        # Both on the only full period.
        self.assertEqual(found(first_stub='next'), [
                (march, D(2026, 5, 10), march, Decimal(560))])
        # Nothing is left, or there is no full period to add it to.
        self.assertEqual(found(end=D(2026, 4, 30)), [
                (march, D(2026, 3, 31), march, Decimal(150)),
                (april, D(2026, 4, 30), april, Decimal(310))])
        self.assertEqual(found(end=D(2026, 4, 15)), [
                (march, D(2026, 3, 31), march, Decimal(150)),
                (april, D(2026, 4, 15), april, Decimal(155))])
        self.assertEqual(found(end=D(2026, 3, 20)), [
                (march, D(2026, 3, 20), march, Decimal(40))])
        self.assertEqual(found(end=None)[1:3], [
                (april, D(2026, 4, 30), april, Decimal(310)),
                (may, D(2026, 5, 31), may, Decimal(310))])
        # The end is told when the last full period is invoiced already.
        endless = replace(line, end=None)
        entries = settle(propose(endless, [], D(2026, 4, 1), FIRST)[0])
        self.assertEqual(
            self.invoiced(line, D(2026, 12, 31), entries), [
                ('regular', may, D(2026, 5, 10), april, Decimal(100))])

    def test_moment(self):
        "Test advance, arrears and offset"
        line = Line(
            1, D(2026, 1, 1), (term(30),), months=3, end=D(2026, 6, 30))
        for moment, offset, dates_ in [
                ('advance', 0, [D(2026, 1, 1), D(2026, 4, 1)]),
                ('arrears', 0, [D(2026, 3, 31), D(2026, 6, 30)]),
                ('advance', -15, [D(2025, 12, 17), D(2026, 3, 17)]),
                ('arrears', 5, [D(2026, 4, 5), D(2026, 7, 5)]),
                ]:
            with self.subTest(moment=moment, offset=offset):
                line = replace(line, moment=moment, offset=offset)
                found = self.invoiced(line, D(2026, 12, 31))
                self.assertEqual([f[3] for f in found], dates_)
                self.assertEqual(
                    len(self.invoiced(line, dates_[1] - DAY)), 1)

    def test_one_shot(self):
        "Test what is invoiced once"
        line = Line(
            1, D(2026, 5, 4), (term(80),), months=None, offset=10)
        self.assertEqual(self.invoiced(line, D(2026, 5, 13)), [])
        found = self.invoiced(line, D(2027, 1, 1))
        self.assertEqual(found, [(
                    'regular', D(2026, 5, 4), D(2026, 5, 4), D(2026, 5, 14),
                    Decimal(80))])
        entries = settle(propose(line, [], D(2027, 1, 1), FIRST)[0])
        self.assertEqual(self.invoiced(line, D(2030, 1, 1), entries), [])

    def test_discount_and_price_change(self):
        "Test a price that changes inside a period"
        line = Line(
            1, D(2026, 6, 1),
            (term(100, discount='0.1'), term(200, D(2026, 6, 16))))
        self.assertEqual(self.invoiced(line, D(2026, 6, 30)), [
                ('regular', D(2026, 6, 1), D(2026, 6, 15), D(2026, 6, 1),
                    Decimal(45)),
                ('regular', D(2026, 6, 16), D(2026, 6, 30), D(2026, 6, 1),
                    Decimal(100)),
                ])

    def test_counted(self):
        "Test a fee by machine, counted on the first day of each period"
        line = Line(
            1, D(2026, 1, 1), (term('3.20', quantity=99),), months=12,
            counted=(
                Counted(Decimal(40)),
                Counted(Decimal(1), D(2026, 5, 1)),
                Counted(Decimal(2), None, D(2026, 8, 1))))
        self.assertEqual(
            [f[4] for f in self.invoiced(line, D(2027, 1, 1))],
            [Decimal('134.40'), Decimal('131.20')])

    def test_counted_in_a_month(self):
        "Test a fee of each month, counted each January"
        line = Line(
            1, D(2025, 11, 1), (term('3.20', quantity=99),), months=1,
            count_month=1, counted=(
                Counted(Decimal(40)),
                Counted(Decimal(2), D(2025, 12, 15)),
                Counted(Decimal(5), D(2026, 5, 1))))
        self.assertEqual(
            [f[4] / Decimal('3.20') for f in self.invoiced(
                    line, D(2027, 1, 1))],
            [40] * 2 + [42] * 12 + [47])

    def test_payer(self):
        "Test who pays changes in the middle of a month and is adjusted"
        line = Line(1, D(2026, 6, 1), (
                term(300), Term(
                    D(2026, 6, 21), Decimal(1), Decimal(300), payer=7)))
        proposals, _ = propose(line, [], D(2026, 7, 1), FIRST)
        self.assertEqual(
            [(p.from_date, p.payer, p.amount) for p in proposals], [
                (D(2026, 6, 1), None, Decimal(200)),
                (D(2026, 6, 21), 7, Decimal(100)),
                (D(2026, 7, 1), 7, Decimal(300))])
        entries = settle(proposals)
        # The price falls for both: each gets his part back.
        cheaper = replace(line, terms=tuple(
                replace(t, unit_price=Decimal(240)) for t in line.terms))
        proposals, _ = propose(cheaper, entries, D(2026, 7, 1), FIRST)
        self.assertEqual(
            [(p.kind, p.payer, p.amount) for p in proposals], [
                ('adjustment', None, Decimal(-40)),
                ('adjustment', 7, Decimal(-80))])
        self.assertEqual(propose(
                cheaper, entries + settle(proposals, first_id=10),
                D(2026, 7, 1), FIRST), ([], []))

    def test_adjusted_then_credited(self):
        "Test what was adjusted and then credited is invoiced anew"
        line = Line(1, D(2026, 6, 1), (term(100),), end=D(2026, 6, 30))
        dearer = replace(line, terms=(term(110),))
        entries = settle(propose(line, [], D(2026, 6, 1), FIRST)[0])
        entries += settle(propose(
                dearer, entries, D(2026, 6, 1), FIRST)[0], first_id=2)
        entries[0] = replace(entries[0], live=False)
        proposals, _ = propose(dearer, entries, D(2026, 6, 1), FIRST)
        self.assertEqual(
            [(p.kind, p.amount, p.corrects) for p in proposals], [
                ('regular', Decimal(110), None),
                ('credit', Decimal(-10), 1)])

    def test_stop_in_the_middle(self):
        "Test the stop of an invoiced quarter credits the unused days"
        line = Line(1, D(2026, 1, 1), (term(90),), months=3)
        entries = settle(propose(line, [], D(2026, 1, 1), FIRST)[0])
        stopped = replace(line, end=D(2026, 2, 14))
        proposals, _ = propose(
            stopped, entries, D(2026, 12, 31), D(2026, 2, 10))
        credit, = proposals
        self.assertEqual(credit.kind, 'credit')
        self.assertEqual(
            (credit.from_date, credit.to_date, credit.invoice_date),
            (D(2026, 2, 15), D(2026, 3, 31), D(2026, 2, 10)))
        # 45 of 90 days
        self.assertEqual(credit.amount, Decimal('-45.00'))
        self.assertEqual(
            (credit.expected, credit.invoiced), (Decimal(45), Decimal(90)))
        self.assertEqual(credit.corrects, 1)
        self.assertEqual(
            self.invoiced(
                stopped, D(2026, 12, 31),
                entries + settle(proposals, first_id=10)), [])

    def test_back_dated_change(self):
        "Test a back-dated price gives one adjustment over all periods"
        line = Line(1, D(2026, 1, 1), (term(100),))
        entries = settle(propose(line, [], D(2026, 4, 1), FIRST)[0])
        self.assertEqual(len(entries), 4)
        changed = replace(
            line, terms=(term(100), term(110, D(2026, 2, 1))))
        proposals, _ = propose(
            changed, entries, D(2026, 4, 30), D(2026, 4, 20))
        adjustment, = proposals
        self.assertEqual(adjustment.kind, 'adjustment')
        self.assertEqual(adjustment.amount, Decimal(30))
        self.assertEqual(
            (adjustment.from_date, adjustment.to_date),
            (D(2026, 2, 1), D(2026, 4, 30)))
        self.assertEqual(
            (adjustment.expected, adjustment.invoiced),
            (Decimal(330), Decimal(300)))
        # And back again once it was invoiced.
        entries += settle(proposals, first_id=10)
        proposals, _ = propose(line, entries, D(2026, 4, 30), FIRST)
        self.assertEqual(
            [(p.kind, p.amount) for p in proposals],
            [('adjustment', Decimal(-30))])

    def test_suspension(self):
        "Test a suspension is a zero term, with credit or without"
        line = Line(1, D(2026, 6, 1), (term(300),), end=D(2026, 6, 30))
        entries = settle(propose(line, [], D(2026, 6, 1), FIRST)[0])
        suspended = replace(line, suspensions=(
                Suspension(D(2026, 6, 11), D(2026, 6, 20)),))
        proposals, _ = propose(suspended, entries, D(2026, 7, 1), FIRST)
        self.assertEqual(
            [(p.kind, p.amount) for p in proposals],
            [('credit', Decimal(-100))])
        self.assertEqual(
            [f[4] for f in self.invoiced(suspended, D(2026, 7, 1))],
            [Decimal(100), Decimal(100)])
        silent = replace(line, suspensions=(
                Suspension(D(2026, 6, 11), D(2026, 6, 20), credits=False),))
        self.assertEqual(
            self.invoiced(silent, D(2026, 7, 1), entries), [])

    def test_external(self):
        "Test the change-over from an old program in March"
        line = Line(
            1, D(2026, 1, 1), (term(365),), months=12,
            invoiced_until=D(2026, 12, 31))
        ledger = Ledger(line)
        ledger.update(D(2027, 1, 1))
        self.assertEqual(
            [(e.kind, e.from_date, e.amount)
                for e in ledger.entries.values()],
            [('external', D(2026, 1, 1), Decimal(365)),
                ('regular', D(2027, 1, 1), Decimal(365))])
        # It stops: the old program had invoiced the whole year.
        ledger.line = replace(line, end=D(2026, 6, 30))
        ledger.update(D(2027, 1, 1))
        self.assertEqual(
            [(e.kind, e.amount) for e in ledger.entries.values()],
            [('external', Decimal(365)), ('credit', Decimal(-184))])

    def test_external_corrected(self):
        "Test the date of the former program can be corrected"
        line = Line(
            1, D(2026, 1, 1), (term(10),), invoiced_until=D(2026, 6, 30))
        ledger = Ledger(line)
        ledger.update(D(2026, 6, 30))
        self.assertEqual(
            {e.kind for e in ledger.entries.values()}, {'external'})
        ledger.line = replace(line, invoiced_until=D(2026, 3, 31))
        ledger.update(D(2026, 6, 30))
        self.assertEqual(
            sorted((e.from_date.month, e.kind)
                for e in ledger.entries.values()),
            [(1, 'external'), (2, 'external'), (3, 'external'),
                (4, 'regular'), (5, 'regular'), (6, 'regular')])

    def test_external_late(self):
        "Test what both programs invoiced is given back once"
        line = Line(1, D(2026, 1, 1), (term(31),))
        ledger = Ledger(line)
        ledger.update(D(2026, 3, 1))
        ledger.invoice(D(2026, 3, 1))
        ledger.line = replace(line, invoiced_until=D(2026, 2, 28))
        ledger.update(D(2026, 4, 1))
        self.assertEqual(
            [(e.kind, e.from_date, e.amount) for e in ledger.pending()],
            [('regular', D(2026, 4, 1), Decimal(31)),
                ('credit', D(2026, 1, 1), Decimal(-62))])
        ledger.invoice(D(2026, 4, 1))
        ledger.line = line
        ledger.update(D(2026, 4, 1))
        self.assertEqual(
            [(e.kind, e.amount) for e in ledger.pending()],
            [('adjustment', Decimal(62))])

    def test_skipped_and_stopped(self):
        "Test nothing is given back of what nobody was charged for"
        line = Line(1, D(2026, 1, 1), (term(10),))
        ledger = Ledger(line)
        ledger.update(D(2026, 4, 1))
        ledger.invoice(D(2026, 2, 1))
        for entry in ledger.pending():
            ledger.skip(entry)
        ledger.line = replace(
            line, end=D(2026, 2, 28), terms=(
                term(10), term(99, D(2026, 3, 1))))
        ledger.update(D(2026, 4, 1))
        self.assertEqual(ledger.pending(), [])

    def test_credited_and_invoiced_again(self):
        "Test a credited period is invoiced again and keeps its history"
        ledger = Ledger(Line(1, D(2026, 1, 1), (term(100),)))
        ledger.update(D(2026, 1, 1))
        ledger.invoice(D(2026, 1, 1))
        first, = ledger.entries.values()
        ledger.credit(first, again=True)
        ledger.update(D(2026, 1, 1))
        self.assertEqual(
            [(e.kind, e.amount, e.sequence, e.live)
                for e in ledger.entries.values()], [
                ('regular', Decimal(100), 1, False),
                ('credit', Decimal(-100), 2, False),
                ('regular', Decimal(100), 3, True)])

    def test_credited_and_settled(self):
        "Test a credited period that is settled is not invoiced again"
        ledger = Ledger(Line(1, D(2026, 1, 1), (term(100),)))
        ledger.update(D(2026, 1, 1))
        ledger.invoice(D(2026, 1, 1))
        first, = ledger.entries.values()
        ledger.credit(first, again=False)
        changes = ledger.update(D(2026, 1, 1))
        self.assertFalse(changes.create or changes.write or changes.delete)

    def test_problems(self):
        "Test what can not be computed is named"
        line = Line(1, D(2026, 1, 1), (term(1),))
        entry = Entry(
            1, 'regular', D(2026, 1, 1), D(2026, 1, 31), FIRST, Decimal(1))
        for bad, entries, code in [
                (replace(line, terms=()), [], 'no_terms'),
                (replace(line, months=0), [], 'months'),
                (replace(line, anchor_day=32), [], 'anchor_day'),
                (line, [entry, replace(entry, id=2)], 'overlap'),
                ]:
            with self.subTest(code=code):
                proposals, problems = propose(bad, entries, FIRST, FIRST)
                self.assertEqual(proposals, [])
                self.assertEqual([p.code for p in problems], [code])


@st.composite
def terms(draw):
    first = Term(None, draw(quantities), draw(prices))
    later = draw(st.dictionaries(
            dates, st.tuples(quantities, prices, payers), max_size=3))
    return (first, *(
            Term(d, q, p, payer=payer)
            for d, (q, p, payer) in sorted(later.items())))


@st.composite
def lines(draw):
    start = draw(st.dates(FIRST, D(2025, 12, 31)))
    end = draw(st.none() | st.dates(start, D(2028, 12, 31)))
    return Line(
        1, start, draw(terms()), end=end,
        months=draw(st.sampled_from([None, 1, 2, 3, 6, 12, 24])),
        anchor_day=draw(st.none() | st.integers(1, 31)),
        anchor_month=draw(st.none() | st.integers(1, 12)),
        moment=draw(st.sampled_from(['advance', 'arrears'])),
        offset=draw(st.integers(-30, 30)),
        first_stub=draw(
            st.sampled_from(['prorate', 'free', 'full', 'next'])),
        last_stub=draw(
            st.sampled_from(['prorate', 'free', 'full', 'next'])),
        invoiced_until=draw(st.none() | st.dates(start, D(2026, 6, 30))))


changes = st.one_of(
    st.tuples(st.just('terms'), terms()),
    st.tuples(st.just('end'), st.none() | dates),
    st.tuples(st.just('suspensions'), st.lists(
            st.builds(
                lambda a, n: Suspension(a, a + dt.timedelta(days=n)),
                dates, st.integers(0, 200)),
            max_size=2).map(tuple)),
    st.tuples(st.just('counted'), st.none() | st.lists(
            st.builds(Counted, quantities, st.none() | dates),
            max_size=3).map(tuple)),
    st.tuples(st.just('count_month'), st.none() | st.integers(1, 12)),
    st.tuples(st.just('anchor_day'), st.none() | st.integers(1, 31)),
    st.tuples(st.just('months'), st.sampled_from([1, 3, 12])),
    st.tuples(st.just('invoiced_until'), st.none() | dates),
    st.tuples(st.sampled_from(['first_stub', 'last_stub']), st.sampled_from(
            ['prorate', 'free', 'full', 'next'])),
    st.tuples(st.just('invoice'), dates),
    st.tuples(st.just('credit'), st.integers(0, 50)),
    st.tuples(st.just('skip'), st.integers(0, 50)),
    )


class LedgerPropertyTestCase(unittest.TestCase):
    "Test what holds for every contract"

    @given(lines(), dates)
    @settings(deadline=None, max_examples=300)
    def test_no_gap_no_overlap(self, line, until):
        "Test the pieces follow each other from the start to the end"
        day = line.start
        for piece in expected(line, until, CENTS):
            self.assertEqual(piece.from_date, day)
            self.assertGreaterEqual(piece.to_date, piece.from_date)
            day = piece.to_date + DAY
        if line.end and line.months:
            pieces = expected(
                line, line.end + dt.timedelta(days=1200), CENTS)
            self.assertEqual(pieces[-1].to_date, line.end)

    @given(
        dates, st.sampled_from([1, 2, 3, 4, 6, 12]), terms(),
        st.lists(dates, max_size=20))
    @settings(deadline=None, max_examples=300)
    def test_full_year(self, start, months, terms, cuts):
        "Test the fractions of a full year add up exactly, however cut"
        line = Line(
            1, start, terms, end=end_of_months(start, 12), months=months)
        pieces = expected(line, line.end, CENTS, cuts)
        self.assertEqual(
            sum(p.fraction for p in pieces), Fraction(12, months))

    @given(lines())
    @settings(deadline=None, max_examples=300)
    def test_stub_added(self, line):
        "Test a stub that is added costs what it costs by days, on one paper"
        line = replace(
            line, end=line.end or D(2027, 3, 9), months=line.months or 1)
        until = line.end + dt.timedelta(days=1200)
        by_days = replace(line, first_stub='prorate', last_stub='prorate')
        added = replace(line, first_stub='next', last_stub='next')
        cuts = [p.from_date for p in expected(by_days, until, CENTS)]

        # One stretch is rounded as a whole: compare what is not rounded.
        def exact(line):
            return [
                (p.from_date, p.to_date, p.fraction, p.unit_price)
                for p in expected(line, until, CENTS, cuts)]
        self.assertEqual(exact(added), exact(by_days))
        grid = Grid.of(
            line.start, line.months, line.anchor_day, line.anchor_month)
        full = 0
        while grid.boundary(full + 1) - DAY <= line.end:
            full += 1
        self.assertEqual(
            len({p.stretch for p in expected(added, until, CENTS)}),
            max(1, full))

    @given(lines(), dates, st.lists(dates, max_size=10))
    @settings(deadline=None, max_examples=300)
    def test_cut_to_the_cent(self, line, until, cuts):
        "Test cutting the days does not change what they cost"
        self.assertEqual(
            sum(p.amount for p in expected(line, until, CENTS, cuts)),
            sum(p.amount for p in expected(line, until, CENTS)))

    @given(st.dates(FIRST, D(2025, 12, 31)), prices, st.data())
    @settings(deadline=None, max_examples=300)
    def test_stop(self, start, price, data):
        "Test a stop credits the unused days, no more and no less"
        line = Line(1, start, (term(price),), months=3)
        last = end_of_months(start, 3)
        stop = data.draw(st.dates(start, last - DAY))
        entries = settle(propose(line, [], start, FIRST)[0])
        proposals, _ = propose(
            replace(line, end=stop), entries, D(2030, 1, 1), FIRST)
        days = (last - start).days + 1
        used = CENTS(Fraction(price) * ((stop - start).days + 1) / days)
        self.assertEqual(
            sum(p.amount for p in proposals), used - Decimal(price))

    @given(lines(), st.lists(changes, max_size=12))
    @settings(
        deadline=None, max_examples=EXAMPLES,
        suppress_health_check=[HealthCheck.too_slow])
    def test_any_change(self, line, changes):
        """Test the ledger after every kind of change in any order

        Settled and pending add up to what is expected, nothing settled is
        touched, one adjustment at most for each payer, a second run makes
        nothing, and no day is invoiced twice.
        """
        ledger = Ledger(line)
        until = D(2026, 1, 1)
        for action, value in changes:
            if action == 'invoice':
                until = max(until, value)
                ledger.update(until)
                ledger.invoice(value)
            elif action == 'credit':
                invoiced = [
                    e for e in ledger.entries.values()
                    if e.settled and e.live and e.kind == 'regular'
                    and not e.skipped and not any(
                        c.corrects == e.id for c in ledger.entries.values())]
                if invoiced:
                    ledger.credit(
                        invoiced[value % len(invoiced)], again=True)
            elif action == 'skip':
                pending = [
                    e for e in ledger.pending() if e.kind == 'regular']
                if pending:
                    ledger.skip(pending[value % len(pending)])
            elif action == 'counted' and value == ():
                continue
            else:
                ledger.line = replace(ledger.line, **{action: value})
            self.check_ledger(ledger, until)

    def check_ledger(self, ledger, until):
        before = {
            e.id: e for e in ledger.entries.values()
            if is_settled(ledger.line, e)}
        ledger.update(until)
        entries = ledger.entries
        self.assertLessEqual(before.items(), entries.items())
        again = ledger.update(until)
        self.assertFalse(again.create or again.write or again.delete)

        live = sorted(
            (e for e in entries.values()
                if e.live and e.kind in {'regular', 'external'}),
            key=lambda e: e.from_date)
        for previous, entry in zip(live, live[1:]):
            self.assertLess(previous.to_date, entry.from_date)
        adjusted = [
            e.payer for e in ledger.pending() if e.kind != 'regular']
        self.assertEqual(len(adjusted), len(set(adjusted)))
        self.assertEqual(
            len({(e.from_date, e.sequence) for e in entries.values()}),
            len(entries))
        horizon = max([until, *(
                    e.invoice_date for e in ledger.pending()
                    if e.kind == 'regular')])
        covered = max(
            (e.to_date for e in before.values()
                if e.live and e.kind in {'regular', 'external'}),
            default=None)
        pieces = expected(
            ledger.line, horizon, CENTS, through=covered,
            cuts=[e.from_date for e in live]
            + [e.to_date + DAY for e in live])
        elsewhere = ledger.line.invoiced_until or dt.date.min
        settled = [
            e for e in before.values()
            if e.live and e.kind in {'regular', 'external'}]
        due = sum(
            p.amount for p in pieces
            if (p.invoice_date <= horizon or any(
                    e.from_date <= p.from_date <= e.to_date
                    for e in settled))
            # What both programs invoiced is due once, what was skipped not.
            and not any(
                e.kind == 'regular'
                and e.from_date <= p.from_date <= e.to_date
                and (e.skipped or p.to_date <= elsewhere)
                for e in settled))
        self.assertEqual(
            sum(e.amount for e in entries.values()
                if e.live and not e.skipped), due)

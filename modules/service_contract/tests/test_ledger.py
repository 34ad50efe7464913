# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
import unittest
from dataclasses import replace
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from trytond.modules.service_contract.ledger import (
    Counted, Entry, Line, Suspension, Term, propose)
from trytond.modules.service_contract.recurrence import (
    DAY, Grid, add_months, end_of_months, renewed_end)
from trytond.modules.service_contract.tests.ledgers import (
    FIRST, D, Ledger, dates, settle, term)


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

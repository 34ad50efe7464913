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
    Counted, Line, Suspension, Term, expected, is_settled, propose)
from trytond.modules.service_contract.recurrence import (
    DAY, Grid, end_of_months)
from trytond.modules.service_contract.tests.ledgers import (
    CENTS, FIRST, D, Ledger, dates, settle, term)

# More contracts than each push can afford: OFICIO_CONTRACTS=20000 pytest …
EXAMPLES = max(1000, int(os.environ.get('OFICIO_CONTRACTS', 0)))
payers = st.sampled_from([None, None, None, 7, 8])
prices = st.decimals(0, 500, places=2)
quantities = st.sampled_from(
    [Decimal(1), Decimal(3), Decimal('2.5'), Decimal(0)])


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

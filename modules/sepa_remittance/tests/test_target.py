# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
import unittest

from hypothesis import given
from hypothesis import strategies as st

from trytond.modules.sepa_remittance.target import (
    add_days, collection_date, is_open, next_open, payment_day)

dates = st.dates(dt.date(2020, 1, 1), dt.date(2060, 12, 31))


class TargetTestCase(unittest.TestCase):

    def test_closed(self):
        for date in [
                dt.date(2027, 1, 1), dt.date(2026, 4, 3),
                dt.date(2026, 4, 6), dt.date(2026, 5, 1),
                dt.date(2026, 12, 25), dt.date(2025, 12, 26),
                dt.date(2026, 11, 22)]:
            self.assertFalse(is_open(date), date)
        for date in [
                # Feasts of the countries are not those of the system.
                dt.date(2026, 12, 8), dt.date(2026, 12, 31),
                dt.date(2026, 4, 2), dt.date(2026, 4, 7)]:
            self.assertTrue(is_open(date), date)

    def test_collection_date(self):
        friday = dt.datetime(2026, 11, 20, 9)
        cut_off = dt.time(12)
        for wanted, now, lead, expected in [
                # Overdue: the first day the bank can make.
                (dt.date(2026, 1, 1), friday, 1, dt.date(2026, 11, 23)),
                (None, friday, 1, dt.date(2026, 11, 23)),
                # After the cut-off the file counts as of Monday.
                (None, friday.replace(hour=13), 1, dt.date(2026, 11, 24)),
                (None, friday, 0, dt.date(2026, 11, 20)),
                # A Sunday moves to Monday, never backwards.
                (dt.date(2026, 11, 29), friday, 1, dt.date(2026, 11, 30)),
                # Good Friday and Easter Monday.
                (dt.date(2026, 4, 3), dt.datetime(2026, 3, 20), 1,
                    dt.date(2026, 4, 7)),
                # The end of the year.
                (dt.date(2026, 12, 31), friday, 1, dt.date(2026, 12, 31)),
                (dt.date(2027, 1, 1), friday, 1, dt.date(2027, 1, 4)),
                (None, dt.datetime(2026, 12, 31, 13), 1,
                    dt.date(2027, 1, 5)),
                ]:
            with self.subTest(wanted=wanted, now=now):
                self.assertEqual(
                    collection_date(wanted, now, lead, cut_off), expected)

    @given(dates, dates, st.integers(0, 5))
    def test_never_early(self, wanted, today, lead):
        now = dt.datetime.combine(today, dt.time(9))
        found = collection_date(wanted, now, lead)
        self.assertTrue(is_open(found))
        self.assertGreaterEqual(found, wanted)
        self.assertGreaterEqual(found, add_days(today, lead))
        self.assertGreaterEqual(next_open(today), today)

    def test_payment_day(self):
        august = frozenset([8])
        for date, days, months, expected in [
                (dt.date(2026, 7, 3), (), frozenset(), dt.date(2026, 7, 3)),
                (dt.date(2026, 7, 3), (5, 20), frozenset(),
                    dt.date(2026, 7, 5)),
                (dt.date(2026, 7, 21), (5, 20), frozenset(),
                    dt.date(2026, 8, 5)),
                (dt.date(2026, 7, 21), (5, 20), august,
                    dt.date(2026, 9, 5)),
                (dt.date(2026, 8, 10), (), august, dt.date(2026, 9, 1)),
                (dt.date(2026, 2, 10), (31,), frozenset(),
                    dt.date(2026, 2, 28)),
                (dt.date(2026, 12, 21), (20,), frozenset(),
                    dt.date(2027, 1, 20)),
                ]:
            with self.subTest(date=date, days=days):
                self.assertEqual(payment_day(date, days, months), expected)

    @given(dates, st.lists(st.integers(1, 31), max_size=3),
        st.frozensets(st.integers(1, 12), max_size=11))
    def test_payment_day_never_early(self, date, days, months):
        found = payment_day(date, tuple(days), months)
        self.assertGreaterEqual(found, date)
        self.assertNotIn(found.month, months)

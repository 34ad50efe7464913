# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
import unittest
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from trytond.modules.service_contract.allowance import (
    PERIODS, Allowance, left, window)

D = dt.date
days = st.dates(D(2024, 1, 1), D(2028, 12, 31))


def allowance(period, limit=4, start=None, carry_over=False):
    return Allowance(
        Decimal(limit), period, start or D(2024, 2, 29), carry_over)


class AllowanceTestCase(unittest.TestCase):
    "Test what is left of what is included"

    def test_window(self):
        "Test the first and the last day of the periods"
        for period, day, expected in [
                ('month', D(2026, 2, 10), (D(2026, 2, 1), D(2026, 2, 28))),
                ('calendar_year', D(2026, 2, 10),
                    (D(2026, 1, 1), D(2026, 12, 31))),
                ('contract_year', D(2026, 2, 27),
                    (D(2025, 2, 28), D(2026, 2, 27))),
                ('contract_year', D(2026, 2, 28),
                    (D(2026, 2, 28), D(2027, 2, 27))),
                ('rolling', D(2026, 2, 28), (D(2025, 3, 1), D(2026, 2, 28))),
                ('contract', D(2026, 2, 28), (D.min, D.max)),
                ]:
            with self.subTest(period=period, day=day):
                self.assertEqual(window(allowance(period), day), expected)

    def test_left(self):
        "Test uses count in their own period"
        uses = [(D(2025, 12, 31), Decimal(1)), (D(2026, 1, 1), Decimal(3))]
        for period, day, expected in [
                ('calendar_year', D(2025, 6, 1), 3),
                ('calendar_year', D(2026, 6, 1), 1),
                ('rolling', D(2026, 6, 1), 0),
                ('rolling', D(2026, 12, 31), 1),
                ('contract', D(2030, 1, 1), 0),
                ('month', D(2026, 2, 1), 4),
                ]:
            with self.subTest(period=period, day=day):
                self.assertEqual(
                    left(allowance(period), day, uses), expected)

    def test_carry_over(self):
        "Test what is left goes to the next year and no further"
        included = allowance(
            'calendar_year', start=D(2024, 1, 1), carry_over=True)
        self.assertEqual(left(included, D(2024, 5, 1), []), 4)
        self.assertEqual(left(included, D(2025, 5, 1), []), 8)
        self.assertEqual(left(included, D(2026, 5, 1), []), 8)
        # In 2025 five are used: the four carried over, and one of its own.
        uses = [(D(2025, 3, 1), Decimal(5))]
        self.assertEqual(left(included, D(2025, 5, 1), uses), 3)
        self.assertEqual(left(included, D(2026, 5, 1), uses), 7)

    @given(
        st.sampled_from(PERIODS), days, days, st.booleans(),
        st.lists(st.tuples(days, st.integers(0, 3).map(Decimal))))
    def test_bounds(self, period, start, day, carry_over, uses):
        "Test the day is in its period and never more is left than twice"
        included = allowance(period, start=start, carry_over=carry_over)
        first, last = window(included, day)
        self.assertTrue(first <= day <= last)
        self.assertLessEqual(left(included, day, uses), 8)
        more = [*uses, (day, Decimal(1))]
        self.assertLessEqual(
            left(included, day, more), left(included, day, uses))

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import decimal
import unittest
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from trytond.modules.currency_half_up.rounding import precision

amounts = st.decimals(allow_nan=False, allow_infinity=False, places=40,
    min_value=-10 ** 12, max_value=10 ** 12)
factors = st.sampled_from(
    [Decimal(x) for x in ('0.01', '0.001', '0.05', '1', '0.03', '5', '0.25')])


def exact(amount, factor):
    "Round half away from zero with fractions, without any decimal context"
    quotient = Fraction(amount) / Fraction(factor)
    units = int(abs(quotient) + Fraction(1, 2))
    return Fraction(factor) * (units if quotient >= 0 else -units)


def rounded(amount, factor):
    with decimal.localcontext() as context:
        context.prec = max(context.prec, precision(amount, factor))
        return (amount / factor).quantize(
            Decimal(1), rounding=decimal.ROUND_HALF_UP) * factor


class PrecisionTestCase(unittest.TestCase):
    "Test the digits kept before rounding"

    @given(amounts, factors)
    def test_equals_fractions(self, amount, factor):
        "Any amount is rounded as with exact fractions"
        self.assertEqual(
            Fraction(rounded(amount, factor)), exact(amount, factor))

    @given(st.integers(-10 ** 30, 10 ** 30), factors)
    def test_ties(self, units, factor):
        "Ties leave zero, and what is a hair below them does not"
        with decimal.localcontext() as context:
            context.prec = 100
            tie = (units + (Decimal('0.5') if units >= 0 else Decimal('-0.5'))
                ) * factor
            below = tie - (
                Decimal('1e-50') if units >= 0 else Decimal('-1e-50'))
            down = units * factor
            up = (units + (1 if units >= 0 else -1)) * factor
        self.assertEqual(Fraction(rounded(tie, factor)), Fraction(up))
        self.assertEqual(
            Fraction(rounded(below, factor)), Fraction(down))

    def test_not_finite(self):
        "What has no digits needs none"
        for amount in ['NaN', 'Infinity', '-Infinity']:
            with self.subTest(amount=amount):
                self.assertEqual(
                    precision(Decimal(amount), Decimal('0.01')), 0)
        self.assertEqual(precision(Decimal('1'), Decimal('0')), 0)

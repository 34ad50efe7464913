# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import decimal
from decimal import Decimal

from trytond.modules.currency.tests import add_currency_rate, create_currency
from trytond.pool import Pool
from trytond.tests.test_tryton import ModuleTestCase, with_transaction


class CurrencyHalfUpTestCase(ModuleTestCase):
    "Test currency_half_up module"
    module = 'currency_half_up'

    @with_transaction()
    def test_half_up(self):
        "Test amounts are rounded half up, away from zero"
        Currency = Pool().get('currency.currency')
        for amount, rounding, result in [
                (Decimal('52.50') * Decimal('0.21'), '0.01', '11.03'),
                (Decimal('-52.50') * Decimal('0.21'), '0.01', '-11.03'),
                (Decimal('0.005'), '0.01', '0.01'),
                (Decimal('-0.005'), '0.01', '-0.01'),
                (Decimal('0.0049999'), '0.01', '0.00'),
                (Decimal('0.015'), '0.01', '0.02'),
                (Decimal('2.675'), '0.01', '2.68'),
                (Decimal('0'), '0.01', '0.00'),
                (Decimal('-0.001'), '0.01', '0'),
                (Decimal('1.025'), '0.05', '1.05'),
                (Decimal('1.024'), '0.05', '1.00'),
                (Decimal('2.5'), '1', '3'),
                (Decimal('-2.5'), '1', '-3'),
                (Decimal('0.0125'), '0.001', '0.013'),
                (Decimal('1E+3'), '0.01', '1000'),
                (Decimal('99999999999999999999999999999.995'), '0.01',
                    '100000000000000000000000000000.00'),
                # 36 digits: a context of 28 would make a tie of it
                (Decimal('0.00499999999999999999999999999999999999'),
                    '0.01', '0'),
                ]:
            with self.subTest(amount=amount, rounding=rounding):
                currency = Currency(rounding=Decimal(rounding))
                self.assertEqual(currency.round(amount), Decimal(result))

    @with_transaction()
    def test_explicit(self):
        "Test an explicit rounding is kept"
        Currency = Pool().get('currency.currency')
        currency = Currency(rounding=Decimal('0.01'))
        amount = Decimal('11.025')
        for rounding, result in [
                (decimal.ROUND_HALF_EVEN, '11.02'),
                (decimal.ROUND_HALF_DOWN, '11.02'),
                (decimal.ROUND_HALF_UP, '11.03'),
                (decimal.ROUND_DOWN, '11.02'),
                (decimal.ROUND_UP, '11.03'),
                (decimal.ROUND_FLOOR, '11.02'),
                (decimal.ROUND_CEILING, '11.03'),
                ]:
            with self.subTest(rounding=rounding):
                self.assertEqual(
                    currency.round(amount, rounding=rounding),
                    Decimal(result))
                self.assertEqual(
                    currency.round(amount, rounding), Decimal(result))

    @with_transaction()
    def test_opposite(self):
        "Test the opposite of half up is half down"
        Currency = Pool().get('currency.currency')
        currency = Currency(rounding=Decimal('0.01'))
        self.assertEqual(
            currency.round(Decimal('11.025'), opposite=True),
            Decimal('11.02'))
        self.assertEqual(
            currency.round(
                Decimal('11.021'), decimal.ROUND_UP, opposite=True),
            Decimal('11.02'))

    @with_transaction()
    def test_no_rounding(self):
        "Test a currency without rounding factor leaves the amount"
        Currency = Pool().get('currency.currency')
        currency = Currency(rounding=None)
        self.assertEqual(
            currency.round(Decimal('1.23456')), Decimal('1.23456'))

    @with_transaction()
    def test_compute(self):
        "Test conversion between currencies rounds half up"
        Currency = Pool().get('currency.currency')
        euro = create_currency('eur')
        other = create_currency('oth')
        add_currency_rate(euro, Decimal('1'))
        add_currency_rate(other, Decimal('0.21'))
        self.assertEqual(
            Currency.compute(euro, Decimal('52.50'), other),
            Decimal('11.03'))
        self.assertEqual(
            Currency.compute(euro, Decimal('11.025'), euro),
            Decimal('11.03'))

    @with_transaction()
    def test_is_zero(self):
        "Test half a cent is worth a cent"
        Currency = Pool().get('currency.currency')
        currency = Currency(rounding=Decimal('0.01'))
        self.assertFalse(currency.is_zero(Decimal('0.005')))
        self.assertTrue(currency.is_zero(Decimal('0.0049')))


del ModuleTestCase

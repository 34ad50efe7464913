# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What will be invoiced in the coming months."""
import datetime as dt
import unittest
from decimal import Decimal

from trytond.modules.company.tests import create_company, set_company
from trytond.modules.service_contract.tests.contracts import (
    EXTRAS, ContractsMixin)
from trytond.modules.service_contract.tests.tools import today_is
from trytond.pool import Pool
from trytond.tests.test_tryton import activate_module, with_transaction


class ForecastTestCase(ContractsMixin, unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        activate_module(['service_contract', *EXTRAS])
        super().setUpClass()

    def last_month(self, contract):
        pool = Pool()
        Period = pool.get('service.contract.period')
        return max(
            p.invoice_date for p in Period.search([
                    ('contract', '=', contract.id)]))

    @with_transaction()
    def test_looks_ahead(self):
        "Test the scheduler keeps twelve months proposed, of running ones"
        pool = Pool()
        Contract = pool.get('service.contract')
        Cron = pool.get('ir.cron')
        company = create_company()
        with set_company(company):
            with today_is(dt.date(2026, 1, 10)):
                runs, closed = self.create_contracts(2)
            self.assertEqual(self.last_month(runs), dt.date(2027, 1, 1))
            Contract.write([closed], {'state': 'closed'})
        cron, = Cron.search([
                ('method', '=', 'service.contract|propose_periods')])
        cron.companies = [company]
        cron.save()
        with today_is(dt.date(2026, 7, 10)):
            Cron.run_once([cron])
        with set_company(company):
            self.assertEqual(self.last_month(runs), dt.date(2027, 7, 1))
            self.assertEqual(self.last_month(closed), dt.date(2027, 1, 1))

    @with_transaction()
    def test_other_company(self):
        "Test the scheduler of one company leaves the others alone"
        pool = Pool()
        Contract = pool.get('service.contract')
        company = create_company()
        other = create_company(name="Other")
        with set_company(company), today_is(dt.date(2026, 1, 10)):
            contract, = self.create_contracts()
        with set_company(other), today_is(dt.date(2026, 7, 10)):
            Contract.propose_periods()
        with set_company(company):
            self.assertEqual(self.last_month(contract), dt.date(2027, 1, 1))

    @with_transaction()
    def test_by_month(self):
        "Test each month tells what was invoiced and what is to come"
        pool = Pool()
        Contract = pool.get('service.contract')
        Month = pool.get('service.contract.period.month')
        Period = pool.get('service.contract.period')
        with set_company(create_company()):
            with today_is(dt.date(2026, 1, 10)):
                monthly, = self.create_contracts(price='10.00')
                quarterly, = self.create_contracts(
                    price='25.00', line={'months': 3})
            skipped, = Period.search([
                    ('contract', '=', monthly.id),
                    ('from_date', '=', dt.date(2026, 4, 1)),
                    ])
            Period.skip([skipped])

            def months():
                return [
                    (m.invoiced, m.pending) for m in Month.search([
                            ('month', '>=', dt.date(2026, 1, 1)),
                            ('month', '<=', dt.date(2026, 4, 1)),
                            ])]
            self.assertEqual(months(), [
                    (Decimal(0), Decimal('35.00')),
                    (Decimal(0), Decimal('10.00')),
                    (Decimal(0), Decimal('10.00')),
                    (Decimal(0), Decimal('25.00')),
                    ])
            with today_is(dt.date(2026, 2, 20)):
                Contract.stop([monthly], dt.date(2026, 2, 28))
            self.assertEqual(
                [pending for _, pending in months()],
                [Decimal('35.00'), Decimal('10.00'), Decimal('25.00')])

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Contracts for the tests of models."""
import datetime as dt
from decimal import Decimal

from trytond.pool import Pool
from trytond.transaction import Transaction

EXTRAS = [
    'account_invoice_defer', 'maintenance_ticket', 'sale', 'service_pricing']


class ContractsMixin:
    "Make contracts and ask for their periods"

    def create_contracts(self, number=1, price='100.00', **values):
        "Create running contracts without product accounts in one go"
        pool = Pool()
        Contract = pool.get('service.contract')
        Party = pool.get('party.party')
        party = Party(name="Customer")
        party.save()
        line = {
            'months': 1,
            'terms': [('create', [{'unit_price': Decimal(price)}])],
            }
        line.update(values.pop('line', {}))
        contracts = Contract.create([{
                    'party': party.id,
                    'start_date': dt.date(2026, 1, 1),
                    'lines': [('create', [line])],
                    **values,
                    } for _ in range(number)])
        Contract.write(contracts, {'state': 'running'})
        return contracts

    def get_periods(self, contract):
        pool = Pool()
        Period = pool.get('service.contract.period')
        return Period.search([
                ('contract', '=', contract.id),
                ('to_date', '<=', dt.date(2026, 12, 31)),
                ], order=[('from_date', 'ASC'), ('id', 'ASC')])


class count_statements:
    "Count the statements sent to the database"

    def __enter__(self):
        self.statements = []
        self.connection = Transaction().connection
        self.connection.set_trace_callback(self._count)
        return self

    def _count(self, statement):
        self.statements.append(statement)

    @property
    def value(self):
        return len(self.statements)

    def __exit__(self, *args):
        self.connection.set_trace_callback(None)

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import unittest
from contextlib import contextmanager
from decimal import Decimal

from trytond.modules.account.tests import create_chart, get_fiscalyear
from trytond.modules.company.tests import create_company, set_company
from trytond.modules.currency.tests import create_currency
from trytond.modules.sepa_remittance.tests.tools import spanish_iban
from trytond.pool import Pool
from trytond.tests.test_tryton import (
    activate_module, drop_db, with_transaction)
from trytond.transaction import Transaction

__all__ = ['ReceiptsTestCase', 'today']


def today():
    return Pool().get('ir.date').today()


class ReceiptsTestCase(unittest.TestCase):
    """Customers with mandates and due receipts, made in few statements

    The company, its chart and its journal at the bank are made once for all
    the tests of a class.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        activate_module('sepa_remittance')
        cls._setup_company()

    @classmethod
    def tearDownClass(cls):
        drop_db()
        super().tearDownClass()

    @classmethod
    @with_transaction()
    def _setup_company(cls):
        company = create_company(currency=create_currency('EUR'))
        with set_company(company):
            cls.journal = cls._setup_journal(company).id
        Transaction().commit()

    @classmethod
    def _setup_journal(cls, company):
        "Give the company its books and a journal at the bank"
        pool = Pool()
        BankAccount = pool.get('bank.account')
        Identifier = pool.get('party.identifier')
        Journal = pool.get('account.payment.journal')

        create_chart(company)
        fiscalyear = get_fiscalyear(company)
        fiscalyear.save()
        fiscalyear.create_period([fiscalyear])
        Identifier.create([{
                    'party': company.party.id,
                    'type': 'es_vat',
                    'code': 'B85626240',
                    }])
        own, = BankAccount.create([{
                    'owners': [('add', [company.party.id])],
                    'numbers': [('create', [{
                                    'type': 'iban',
                                    'number': spanish_iban(9_999_999),
                                    }])],
                    }])
        journal, = Journal.create([{
                    'name': "Bank",
                    'company': company.id,
                    'currency': company.currency.id,
                    'process_method': 'sepa',
                    'sepa_bank_account_number': own.numbers[0].id,
                    }])
        return journal

    @contextmanager
    def receipts(self, number):
        "Work in a company that has so many, and give its journal"
        pool = Pool()
        Journal = pool.get('account.payment.journal')
        journal = Journal(self.journal)
        with set_company(journal.company):
            self._setup_receipts(journal, number)
            yield journal

    def remit(self, journal, **values):
        "Put all that is due into a remittance"
        pool = Pool()
        Remittance = pool.get('sepa.remittance')
        chosen, _ = Remittance.choose(journal)
        remittance, = Remittance.create_from_lines(journal, chosen, **values)
        return remittance

    def _setup_receipts(self, journal, number):
        "Make that many customers with a mandate and a due receipt"
        for start in range(0, number, 250):
            self._setup_some_receipts(
                journal, range(start, min(start + 250, number)))

    def _setup_some_receipts(self, journal, numbers):
        pool = Pool()
        Account = pool.get('account.account')
        AccountJournal = pool.get('account.journal')
        BankAccount = pool.get('bank.account')
        Mandate = pool.get('account.payment.sepa.mandate')
        Move = pool.get('account.move')
        Party = pool.get('party.party')
        Period = pool.get('account.period')

        company = journal.company
        own = journal.sepa_bank_account_number.account
        period, = Period.search([], limit=1, order=[('start_date', 'ASC')])
        receivable, = Account.search([
                ('type.receivable', '=', True),
                ('party_required', '=', True),
                ('closed', '!=', True),
                ('company', '=', company.id),
                ], limit=1)
        revenue, = Account.search([
                ('type.revenue', '=', True),
                ('closed', '!=', True),
                ('company', '=', company.id),
                ], limit=1)
        parties = Party.create([{
                    'name': f"Customer {i}",
                    'addresses': [('create', [{'city': "Elche"}])],
                    } for i in numbers])
        for start in range(0, len(numbers), 20):
            BankAccount.create([{
                        'bank': own.bank.id,
                        'owners': [('add', [party.id])],
                        'numbers': [('create', [{
                                        'type': 'iban',
                                        'number': spanish_iban(i),
                                        }])],
                        } for i, party in zip(
                        numbers[start:start + 20],
                        parties[start:start + 20])])
        Mandate.create([{
                    'company': company.id,
                    'party': party.id,
                    'address': party.addresses[0].id,
                    'account_number': party.bank_accounts[0].numbers[0].id,
                    'identification': f'M{i}',
                    'signature_date': Pool().get('ir.date').today(),
                    'state': 'validated',
                    } for i, party in zip(numbers, parties)])
        revenue_journal, = AccountJournal.search([('code', '=', 'REV')])
        lines = [{
                'account': receivable.id,
                'party': party.id,
                'debit': Decimal(100),
                'maturity_date': period.start_date,
                } for party in parties]
        lines.append({
                'account': revenue.id,
                'credit': Decimal(100) * len(numbers),
                })
        move, = Move.create([{
                    'company': company.id,
                    'journal': revenue_journal.id,
                    'period': period.id,
                    'date': period.start_date,
                    'lines': [('create', lines)],
                    }])
        Move.post([move])

    def run_job(self, name, **params):
        pool = Pool()
        Run = pool.get('batch.run')
        return Run.execute(
            Run.start(f'sepa_remittance.{name}', params=params))

    def setup_clearing(self, journal):
        "Let the journal book what the bank does"
        pool = Pool()
        Account = pool.get('account.account')
        AccountJournal = pool.get('account.journal')
        cash, = Account.search([
                ('code', '=', '1.1.1'),
                ('company', '=', journal.company.id),
                ])
        journal.clearing_account = cash
        journal.clearing_journal, = AccountJournal.search(
            [('code', '=', 'CASH')])
        journal.save()

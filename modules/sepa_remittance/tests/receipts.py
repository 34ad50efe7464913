# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from decimal import Decimal

from trytond.modules.account.tests import create_chart, get_fiscalyear
from trytond.modules.sepa_remittance.tests.tools import spanish_iban
from trytond.pool import Pool

__all__ = ['ReceiptsMixin']


class ReceiptsMixin:
    "Customers with mandates and due receipts, made in few statements"

    def setup_receipts(self, company, number):
        "Make that many customers with a mandate and a due receipt"
        pool = Pool()
        Account = pool.get('account.account')
        AccountJournal = pool.get('account.journal')
        BankAccount = pool.get('bank.account')
        Identifier = pool.get('party.identifier')
        Journal = pool.get('account.payment.journal')
        Mandate = pool.get('account.payment.sepa.mandate')
        Move = pool.get('account.move')
        Party = pool.get('party.party')

        create_chart(company)
        fiscalyear = get_fiscalyear(company)
        fiscalyear.save()
        fiscalyear.create_period([fiscalyear])
        period = fiscalyear.periods[0]
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
        parties = Party.create([{
                    'name': f"Customer {i}",
                    'addresses': [('create', [{'city': "Elche"}])],
                    } for i in range(number)])
        for start in range(0, number, 20):
            BankAccount.create([{
                        'bank': own.bank.id,
                        'owners': [('add', [party.id])],
                        'numbers': [('create', [{
                                        'type': 'iban',
                                        'number': spanish_iban(start + i),
                                        }])],
                        } for i, party in enumerate(
                        parties[start:start + 20])])
        Mandate.create([{
                    'company': company.id,
                    'party': party.id,
                    'address': party.addresses[0].id,
                    'account_number': party.bank_accounts[0].numbers[0].id,
                    'identification': f'M{i}',
                    'signature_date': Pool().get('ir.date').today(),
                    'state': 'validated',
                    } for i, party in enumerate(parties)])
        revenue_journal, = AccountJournal.search([('code', '=', 'REV')])
        lines = [{
                'account': receivable.id,
                'party': party.id,
                'debit': Decimal(100),
                'maturity_date': period.start_date,
                } for party in parties]
        lines.append({
                'account': revenue.id,
                'credit': Decimal(100) * number,
                })
        move, = Move.create([{
                    'company': company.id,
                    'journal': revenue_journal.id,
                    'period': period.id,
                    'date': period.start_date,
                    'lines': [('create', lines)],
                    }])
        Move.post([move])
        return journal

    def run_job(self, name, company, **params):
        pool = Pool()
        Run = pool.get('batch.run')
        return Run.execute(Run.start(
                f'sepa_remittance.{name}', params=params, company=company))

    def setup_clearing(self, company, journal):
        "Let the journal book what the bank does"
        pool = Pool()
        Account = pool.get('account.account')
        AccountJournal = pool.get('account.journal')
        cash, = Account.search([
                ('code', '=', '1.1.1'),
                ('company', '=', company.id),
                ])
        journal.clearing_account = cash
        journal.clearing_journal, = AccountJournal.search(
            [('code', '=', 'CASH')])
        journal.save()

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
from decimal import Decimal
from io import BytesIO
from unittest.mock import patch

from pypdf import PdfReader

from trytond.modules.account.tests import create_chart, get_fiscalyear
from trytond.modules.company.tests import (
    CompanyTestMixin, PartyCompanyCheckEraseMixin, create_company, set_company)
from trytond.modules.currency.tests import create_currency
from trytond.modules.sepa_remittance import notice
from trytond.modules.sepa_remittance.tests.tools import spanish_iban
from trytond.pool import Pool
from trytond.tests.test_tryton import ModuleTestCase, with_transaction
from trytond.transaction import Transaction


def today():
    return Pool().get('ir.date').today()


class SepaRemittanceTestCase(
        PartyCompanyCheckEraseMixin, CompanyTestMixin, ModuleTestCase):
    "Test sepa_remittance module"
    module = 'sepa_remittance'

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
                ], limit=1)
        revenue, = Account.search([
                ('type.revenue', '=', True),
                ('closed', '!=', True),
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
                    'signature_date': today(),
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

    @with_transaction()
    def test_batch_of_many(self):
        "Test a remittance of many receipts through the batch"
        pool = Pool()
        Payment = pool.get('account.payment')
        Remittance = pool.get('sepa.remittance')
        company = create_company(currency=create_currency('EUR'))
        with set_company(company):
            journal = self.setup_receipts(company, 30)
            run = self.run_job(
                'choose', company, journal=journal.id, kind='receivable')
            self.assertEqual(run.state, 'done')
            remittance, = Remittance.search([])
            self.assertEqual(remittance.debit_count, 30)
            self.assertEqual(remittance.amount, Decimal(3000))
            self.assertEqual(Payment.search([
                        ('line.payment_amount', '=', 0),
                        ], count=True), 30)

            # A second run takes nothing twice and says why.
            again = self.run_job(
                'choose', company, journal=journal.id, kind='receivable')
            self.assertEqual(Remittance.search([], count=True), 1)
            self.assertEqual(len(again.problems), 30)

            run = self.run_job(
                'generate', company, remittances=[remittance.id])
            self.assertFalse(run.problems)
            self.assertEqual(remittance.state, 'generated')
            self.assertEqual(
                remittance.messages[0].transaction_count, 30)

    @with_transaction()
    def test_files_split(self):
        "Test a remittance longer than the bank takes"
        pool = Pool()
        Remittance = pool.get('sepa.remittance')
        company = create_company(currency=create_currency('EUR'))
        with set_company(company):
            journal = self.setup_receipts(company, 7)
            journal.sepa_maximum = 3
            journal.save()
            chosen, _ = Remittance.choose(journal)
            remittance, = Remittance.create_from_lines(journal, chosen)
            Remittance.process([remittance])
            self.assertEqual(
                [m.transaction_count for m in remittance.messages],
                [3, 3, 1])
            identifications = {
                m.message_identification for m in remittance.messages}
            self.assertEqual(len(identifications), 3)

    @with_transaction()
    def test_mandate_expires(self):
        "Test mandates are cancelled 36 months after their last use"
        pool = Pool()
        Mandate = pool.get('account.payment.sepa.mandate')
        Remittance = pool.get('sepa.remittance')
        company = create_company(currency=create_currency('EUR'))
        with set_company(company):
            journal = self.setup_receipts(company, 2)
            first, second = Mandate.search([], order=[('id', 'ASC')])
            long_ago = dt.date(2015, 1, 1)
            Mandate.write([first, second], {'signature_date': long_ago})
            chosen, refused = Remittance.choose(journal)
            self.assertEqual(
                [r.code for r in refused], ['mandate_expired'] * 2)

            Mandate.write([first], {'signature_date': today()})
            with Transaction().set_context(company=company.id):
                found = Mandate.search([('expiry_date', '<', today())])
                self.assertEqual(found, [second])
                Mandate.expire()
            self.assertEqual(first.state, 'validated')
            self.assertEqual(second.state, 'cancelled')

    @with_transaction()
    def test_list_printed(self):
        "Test the list of a remittance is a PDF with its rows"
        pool = Pool()
        Remittance = pool.get('sepa.remittance')
        Report = pool.get('sepa.remittance.report', type='report')
        company = create_company(currency=create_currency('EUR'))
        with set_company(company):
            journal = self.setup_receipts(company, 2)
            chosen, _ = Remittance.choose(journal)
            remittance, = Remittance.create_from_lines(journal, chosen)
            extension, content, _, _ = Report.execute([remittance.id], {})
        self.assertEqual(extension, 'pdf')
        text = PdfReader(BytesIO(content)).pages[0].extract_text()
        self.assertIn("Customer 1", text)
        self.assertIn("200.00", text)
        self.assertIn("**** ****", text)

    @with_transaction()
    def test_notices(self):
        "Test debtors are told once before they are debited"
        pool = Pool()
        Configuration = pool.get('account.configuration')
        Party = pool.get('party.party')
        Remittance = pool.get('sepa.remittance')
        company = create_company(currency=create_currency('EUR'))
        with set_company(company):
            journal = self.setup_receipts(company, 2)
            told, _ = Party.search([('name', 'like', 'Customer%')])
            Party.write([told], {
                    'contact_mechanisms': [('create', [{
                                    'type': 'email',
                                    'value': 'told@example.com',
                                    }])],
                    })
            configuration = Configuration(1)
            configuration.sepa_notice = 'changed'
            configuration.save()
            chosen, _ = Remittance.choose(journal)
            Remittance.create_from_lines(journal, chosen)
            with patch.object(notice, 'send_message_transactional') as send:
                debits = Remittance.send_notices()
                self.assertEqual([d.party for d in debits], [told])
                (message,), _ = send.call_args
                self.assertEqual(message['To'], 'told@example.com')
                attachment, = message.iter_attachments()
                self.assertTrue(
                    attachment.get_content().startswith(b'%PDF'))
                self.assertEqual(Remittance.send_notices(), [])

    @with_transaction()
    def test_statements_grow_slowly(self):
        "Test the number of SQL statements hardly grows with the receipts"
        pool = Pool()
        Remittance = pool.get('sepa.remittance')
        company = create_company(currency=create_currency('EUR'))
        with set_company(company):
            journal = self.setup_receipts(company, 60)
            counts = []
            for start, stop in [(0, 20), (20, 60)]:
                chosen, _ = Remittance.choose(journal)
                items = chosen[:stop - start]
                remittance, = Remittance.create_from_lines(journal, items)
                with self.count_statements() as count:
                    Remittance.process([remittance])
                counts.append(len(count))
            few, many = counts
            # Twice as many receipts more, far from twice the statements.
            self.assertLess(many, few + 40)

    def count_statements(self):
        return StatementCount()


class StatementCount:
    "Count the statements that a transaction executes"

    def __enter__(self):
        self.statements = []
        connection = Transaction().connection
        connection.set_trace_callback(self.statements.append)
        return self.statements

    def __exit__(self, *exception):
        Transaction().connection.set_trace_callback(None)


del ModuleTestCase

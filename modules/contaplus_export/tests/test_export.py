# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Exports of a company, which is made once for all of them."""
import datetime as dt
import io
import unittest
import zipfile
from contextlib import contextmanager
from decimal import Decimal
from unittest.mock import patch

from trytond import backend
from trytond.model.exceptions import AccessButtonError, AccessError
from trytond.modules.account.tests import create_chart, get_fiscalyear
from trytond.modules.company.tests import create_company, set_company
from trytond.modules.contaplus_export.books import BookReader
from trytond.modules.contaplus_export.exceptions import (
    CodeError, ControlError, CurrencyError, EmailMissingError, ProfileError,
    QuestionAnswerError)
from trytond.modules.contaplus_export.making import Maker
from trytond.modules.currency.tests import create_currency
from trytond.pool import Pool
from trytond.tests.test_tryton import (
    activate_module, drop_db, with_transaction)
from trytond.transaction import Transaction


def post_copies(move, number):
    "Post copies of a move"
    Move = Pool().get('account.move')
    moves = Move.copy([move] * number)
    Move.post(moves)
    return moves


class ExportTestCase(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        activate_module('contaplus_export')
        cls._setup_books()

    @classmethod
    def tearDownClass(cls):
        drop_db()
        super().tearDownClass()

    @classmethod
    @with_transaction()
    def _setup_books(cls):
        company = create_company(currency=create_currency('EUR'))
        with set_company(company):
            profile, move = cls._post_collection(company)
            cls.profile, cls.move = profile.id, move.id
        Transaction().commit()

    @classmethod
    def _post_collection(cls, company):
        "Post a collection in a company with its chart"
        pool = Pool()
        Account = pool.get('account.account')
        Journal = pool.get('account.journal')
        Move = pool.get('account.move')
        Party = pool.get('party.party')
        Profile = pool.get('contaplus.profile')
        create_chart(company, chart='account.account_template_root_en')
        year = get_fiscalyear(company)
        year.save()
        pool.get('account.fiscalyear').create_period([year])
        receivable, = Account.search([
                ('type.receivable', '=', True),
                ('party_required', '=', True),
                ('company', '=', company.id)], limit=1)
        cash, = Account.search([
                ('code', '=', '1.1.1'), ('company', '=', company.id)])
        Account.write(
            [receivable], {'code': '4300'}, [cash], {'code': '572'})
        customer = Party(name="Hotel")
        customer.save()
        journal, = Journal.search([('type', '=', 'cash')], limit=1)
        period = year.periods[0]
        move, = Move.create([{
                    'company': company.id,
                    'journal': journal.id,
                    'period': period.id,
                    'date': period.start_date,
                    'lines': [('create', [
                                {'account': cash.id, 'debit': Decimal(10)},
                                {'account': receivable.id,
                                    'party': customer.id,
                                    'credit': Decimal(10)},
                                ])],
                    }])
        Move.post([move])
        profile = Profile(name="Asesoría", company=company)
        profile.save()
        return profile, move

    @contextmanager
    def _books(self):
        "Work in a company that has a profile and a move, and give them"
        pool = Pool()
        Move = pool.get('account.move')
        Profile = pool.get('contaplus.profile')
        profile = Profile(self.profile)
        with set_company(profile.company):
            yield profile, Move(self.move)

    def _make(self, profile, move):
        Export = Pool().get('contaplus.export')
        return Export.make(profile, move.date, move.date)

    @with_transaction()
    def test_sent_once(self):
        "Test an entry is sent once and can be found by its export"
        pool = Pool()
        Move = pool.get('account.move')
        with self._books() as (profile, move):
            self.assertEqual(
                Move.search([('contaplus_exports', '=', None)]), [move])
            export = self._make(profile, move)
            self.assertEqual(export.state, 'done')
            self.assertEqual(export.number_of_lines, 2)
            self.assertEqual(move.contaplus_exports, (export,))
            self.assertEqual(
                Move.search([('contaplus_exports', '=', export.id)]), [move])
            self.assertEqual(
                self._make(profile, move).number_of_entries, 0)

            export.cancel([export])
            move = Move(move.id)
            self.assertEqual(move.contaplus_exports, ())
            self.assertEqual(
                self._make(profile, move).number_of_entries, 1)

    @with_transaction()
    def test_returned(self):
        "Test money that went back is told by who booked it"
        with self._books() as (profile, move):
            reader = BookReader(profile)
            found, = reader.read([move.id])
            self.assertEqual((found.kind, found.returned), ('receipts', False))
            self._write_sql(move, origin='sepa.return,1')
            found, = reader.read([move.id])
            self.assertEqual((found.kind, found.returned), ('receipts', True))

    @with_transaction()
    def test_control(self):
        "Test files that differ from the books are not kept"
        with self._books() as (profile, move):
            with patch.object(Maker, '_sums', return_value=({}, {})):
                with self.assertRaises(ControlError):
                    self._make(profile, move)

    @with_transaction()
    def test_control_of_period(self):
        "Test the sheet tells what became of each entry of the period"
        pool = Pool()
        Journal = pool.get('account.journal')
        with self._books() as (profile, move):
            sent, adviser, other, journal, left = post_copies(move, 5)
            adviser.mark_from_contaplus([adviser])
            bank, = [
                li.account for li in move.lines if not li.party]
            # Not of the books kept here, of a journal that is not sent, and
            # of an account that cannot be written.
            misc, = Journal.search([('type', '=', 'general')], limit=1)
            self._write_sql(other, journal=misc)
            expense, = Journal.search([('type', '=', 'expense')], limit=1)
            self._write_sql(journal, journal=expense)
            wrong = bank.copy([bank], default={'code': '1.1.9'})[0]
            for line in left.lines:
                if not line.party:
                    self._write_sql(line, account=wrong)
            profile.books = ['receipts']
            profile.journals = [move.journal, misc]
            profile.save()
            export = self._make(profile, move)
            self.assertEqual(export.state, 'done')
            self.assertEqual(export.sheet['moves'], [
                    ['books', 6], ['sent', 2], ['left_out', 1],
                    ['elsewhere', 2], ['adviser', 1]])
            # Debit and credit of the books, what was sent of the balance.
            self.assertEqual(
                {a[0]: a[2:] for a in export.sheet['accounts']}, {
                    '572': ['50.00', '0.00', '20.00', '30.00'],
                    '1.1.9': ['10.00', '0.00', '0.00', '10.00'],
                    '4300': ['0.00', '60.00', '-20.00', '-40.00'],
                    })

    @with_transaction()
    def test_control_of_period_refuses(self):
        "Test an entry of the period that nobody accounts for stops it"
        with self._books() as (profile, move):
            post_copies(move, 1)
            reader = 'trytond.modules.contaplus_export.books.BookReader'
            with patch(f'{reader}.move_ids', return_value=[move.id]):
                with self.assertRaisesRegex(ControlError, '572'):
                    self._make(profile, move)

    def _write_sql(self, record, **values):
        "Change what is posted, as no user can"
        table = record.__table__()
        Transaction().connection.cursor().execute(*table.update(
                [getattr(table, n) for n in values],
                [getattr(v, 'id', v) for v in values.values()],
                where=table.id == record.id))
        transaction = Transaction()
        transaction.counter += 1
        for cache in transaction.cache.values():
            cache.pop(record.__name__, None)

    @with_transaction()
    def test_sent_again(self):
        "Test what is sent again is counted and says so"
        pool = Pool()
        Export = pool.get('contaplus.export')
        with self._books() as (profile, move):
            first = self._make(profile, move)
            self.assertEqual(first.number_sent_again, 0)
            post_copies(move, 1)
            again = Export.make(profile, move.date, move.date, again=True)
            self.assertEqual(
                (again.number_of_entries, again.number_sent_again), (2, 1))
            self.assertEqual(
                {(e.move == move, e.again) for e in again.entries},
                {(True, True), (False, False)})
            control, = [f for f in again.files if f.kind == 'control']
            self.assertIn(b'Sent again;1', control.data)

    @with_transaction()
    def test_subaccounts(self):
        "Test subaccounts go when new, when changed, or all"
        pool = Pool()
        Export = pool.get('contaplus.export')
        Move = pool.get('account.move')
        with self._books() as (profile, move):

            def codes(**values):
                export = Export.make(
                    profile, move.date, move.date, **values)
                files = [f for f in export.files if f.kind == 'subaccounts']
                return [
                    line.split() for f in files
                    for line in bytes(f.data)[:-2].decode().split('\r\n')]

            self.assertEqual(
                [c[:2] for c in codes()],
                [['43000001', 'Hotel'], ['57200000', 'Cash']])
            self.assertEqual(codes(), [])
            customer, = [
                li.party for li in Move(move.id).lines if li.party]
            customer.name = "Hotel Miramar"
            customer.save()
            self.assertEqual(
                [c[:3] for c in codes()],
                [['43000001', 'Hotel', 'Miramar']])
            self.assertEqual(codes(), [])
            self.assertEqual(
                [c[0] for c in codes(accounts='all')],
                ['43000001', '57200000'])

    @with_transaction()
    def test_characters(self):
        "Test what the files cannot hold is replaced and reported by name"
        with self._books() as (profile, move):
            customer, = [li.party for li in move.lines if li.party]
            customer.name = "Łódź 漢"
            customer.save()
            export = self._make(profile, move)
            problem, = export.problems
            self.assertEqual(
                (problem.code, problem.severity, problem.record),
                ('characters', 'warning', customer))
            self.assertIn('漢', problem.text)
            self.assertEqual(export.number_of_entries, 1)
            file, = [f for f in export.files if f.kind == 'subaccounts']
            self.assertIn("43000001    Lódz ?".encode('cp1252'), file.data)

    @with_transaction()
    def test_currency(self):
        "Test the books must be in euros"
        with self._books() as (profile, move):
            self._write_sql(
                profile.company, currency=create_currency('USD'))
            with self.assertRaises(CurrencyError):
                self._make(profile, move)

    @with_transaction()
    def test_other_company(self):
        "Test the entries of another company are not sent"
        with self._books() as (profile, move):
            other = create_company(
                "Other", currency=profile.company.currency)
        with set_company(other):
            Profile = Pool().get('contaplus.profile')
            Export = Pool().get('contaplus.export')
            Code = Pool().get('contaplus.account_code')
            create_chart(other, chart='account.account_template_root_en')
            Account = Pool().get('account.account')
            account, = Account.search([
                    ('company', '=', other.id),
                    ('type.expense', '=', True)], limit=1)
            Code.create([{
                        'company': other.id, 'account': account.id,
                        'code': '60000000'}])
            mine = Profile(name="Mine", company=other)
            mine.save()
            export = Export.make(mine, move.date, move.date)
            self.assertEqual(export.number_of_entries, 0)

    @with_transaction()
    def test_send(self):
        "Test the files go to the adviser by e-mail"
        pool = Pool()
        Export = pool.get('contaplus.export')
        Party = pool.get('party.party')
        with self._books() as (profile, move):
            export = self._make(profile, move)
            with self.assertRaises(EmailMissingError):
                Export.send([export])
            spanish, = pool.get('ir.lang').search([('code', '=', 'es')])
            adviser = Party(name="Asesoría Ruiz", lang=spanish)
            adviser.contact_mechanisms = [
                {'type': 'email', 'value': 'ruiz@example.com'}]
            adviser.save()
            profile.adviser = adviser
            profile.save()
            with patch('trytond.modules.contaplus_export.export'
                    '.send_message_transactional') as send:
                Export.send([export])
            message, = send.call_args.args
            self.assertEqual(message['To'], 'ruiz@example.com')
            # In the words of who gets it, without what there is none of.
            self.assertIn(f'{move.date:%d/%m/%Y}', message['Subject'])
            self.assertEqual(len(
                    message.get_body().get_content().split('\n\n')), 1)
            self.assertEqual(
                sorted(a.get_filename() for a in message.iter_attachments()),
                ['CONTROL.CSV', 'CONTROL.PDF', 'XDIARIO.TXT', 'XSUBCTA.TXT'])
            self.assertIsNone(message['Cc'])
            self.assertTrue(Export(export.id).sent_at)

    @with_transaction()
    def test_send_much(self):
        "Test files that are too big for a mail are packed"
        pool = Pool()
        Export = pool.get('contaplus.export')
        Party = pool.get('party.party')
        with self._books() as (profile, move):
            adviser = Party(name="Asesoría Ruiz")
            office = profile.company.party
            for party in [adviser, office]:
                party.contact_mechanisms = [
                    {'type': 'email', 'value': f'{party.name[:4]}@x.test'}]
                party.save()
            profile.adviser = adviser
            profile.save()
            export = self._make(profile, move)
            with patch('trytond.modules.contaplus_export.mailing.LIMIT', 0), \
                    patch('trytond.modules.contaplus_export.export'
                        '.send_message_transactional') as send:
                Export.send([export])
            message, = send.call_args.args
            self.assertEqual(message['Cc'], 'Dund@x.test')
            packed, sheet = message.iter_attachments()
            self.assertEqual(packed.get_content_type(), 'application/zip')
            self.assertEqual(sheet.get_content_type(), 'application/pdf')
            with zipfile.ZipFile(io.BytesIO(packed.get_content())) as files:
                self.assertEqual(
                    {n: files.read(n) for n in files.namelist()},
                    {f.name: bytes(f.data) for f in export.files})

    @with_transaction()
    def test_monthly(self):
        "Test the cron makes and sends the files of the month before"
        pool = Pool()
        Date = pool.get('ir.date')
        Export = pool.get('contaplus.export')
        Profile = pool.get('contaplus.profile')
        Queue = pool.get('ir.queue')
        with self._books() as (profile, move):
            profile.automatic = True
            profile.save()
            Profile(name="By hand", company=profile.company).save()
            next_month = move.date + dt.timedelta(days=31)
            with patch.object(Date, 'today', return_value=next_month), \
                    patch.object(Export, 'send') as send:
                Profile.make_and_send([profile])
            # Nobody to send it to: it waits among those to send.
            send.assert_not_called()
            export, = Export.search([('sent_at', '=', None)])
            self.assertEqual(export.state, 'done')
            export.cancel([export])
            profile.adviser = profile.company.party
            profile.adviser.contact_mechanisms = [
                {'type': 'email', 'value': 'ruiz@example.com'}]
            profile.adviser.save()
            profile.save()
            with patch.object(Date, 'today', return_value=next_month), \
                    patch('trytond.modules.contaplus_export.export'
                        '.send_message_transactional') as send:
                Profile.make_and_send([profile])
            export, = Export.search([('sent_at', '!=', None)])
            self.assertEqual(export.start_date, move.date.replace(day=1))
            self.assertEqual(export.number_of_entries, 1)
            message, = send.call_args.args
            self.assertEqual(message['To'], 'ruiz@example.com')
            entries, = [f for f in export.files if f.kind == 'entries']
            attached = {
                a.get_filename(): a.get_content()
                for a in message.iter_attachments()}
            self.assertEqual(attached['XDIARIO.TXT'], bytes(entries.data))
            self.assertEqual(attached['CONTROL.PDF'][:4], b'%PDF')
            with patch.object(Queue, 'caller') as caller:
                Profile.send_monthly()
            make = caller.return_value.make_and_send
            make.assert_called_once_with([profile])

    @with_transaction()
    def test_adviser(self):
        "Test the adviser reads, asks and changes nothing"
        pool = Pool()
        Group = pool.get('res.group')
        ModelAccess = pool.get('ir.model.access')
        ModelData = pool.get('ir.model.data')
        Question = pool.get('contaplus.question')
        User = pool.get('res.user')
        with self._books() as (profile, move):
            company = profile.company
            export = self._make(profile, move)
            user = User(name="Adviser", login='adviser')
            user.groups = [Group(ModelData.get_id(
                        'contaplus_export', 'group_adviser'))]
            user.companies = [company]
            user.company = company
            user.save()
            move_id, export_id = move.id, export.id
            with Transaction().set_user(user.id), \
                    Transaction().set_context(
                        _check_access=True, company=company.id,
                        companies=[company.id]):
                Export = pool.get('contaplus.export')
                Move = pool.get('account.move')
                export = Export(export_id)
                self.assertEqual(len(export.files), 3)
                sheet = pool.get(
                    'contaplus.export.control_sheet', type='report')
                extension, content, _, _ = sheet.execute(
                    [export_id], {'model': 'contaplus.export'})
                self.assertEqual((extension, content[:4]), ('pdf', b'%PDF'))
                self.assertTrue(export.files[0].data)
                move = Move(move_id)
                self.assertEqual(len(move.lines), 2)
                # The ledger of the books too, and nothing can be changed.
                with Transaction().set_context(
                        from_date=move.date, to_date=move.date):
                    self.assertEqual(
                        {a.account.code: a.debit - a.credit
                            for a in pool.get(
                                'account.general_ledger.account').search([])
                            if a.debit or a.credit},
                        {'572': 10, '4300': -10})
                for name in [
                        'account.general_ledger.line',
                        'account.general_ledger.account.party',
                        'account.aged_balance']:
                    self.assertTrue(ModelAccess.check(
                            name, 'read', raise_exception=False))
                    self.assertFalse(ModelAccess.check(
                            name, 'write', raise_exception=False))
                self._check_menu(user)
                with self.assertRaises(AccessButtonError):
                    Export.cancel([export])
                with self.assertRaises(AccessError):
                    Move.write([move], {'description': "Changed"})
                question, = Question.create([{
                            'move': move_id, 'text': "What is this?"}])
                with self.assertRaises(AccessButtonError):
                    Question.close([question])
                with self.assertRaises(AccessError):
                    Question.write([question], {'answer': "Mine."})
                Channel = pool.get('ir.chat.channel')
                # The clients call it so: the channel asks for the question.
                with Transaction().set_context(_check_access=False):
                    Channel.post(str(question), "It has no customer.")
                    self.assertEqual(
                        [m['content'] for m in Channel.get(str(question))],
                        ["It has no customer."])
            question = Question(question.id)
            self.assertEqual(question.asked_by, user)
            with self.assertRaises(QuestionAnswerError):
                Question.close([question])
            question.answer = "A receipt."
            question.save()
            Question.close([question])
            self.assertEqual(Question(question.id).state, 'answered')

    def _check_menu(self, user):
        "Whatever the menu of the adviser shows can be opened"
        pool = Pool()
        Menu = pool.get('ir.ui.menu')
        menus = Menu.search([])
        names = {m.complete_name for m in menus}
        self.assertLessEqual({
                'Adviser / Exports', 'Adviser / General Ledger',
                'Adviser / Questions of the Adviser'}, names)
        self.assertFalse([n for n in names if n.startswith('Financial')])
        for menu in menus:
            if menu.action and menu.action.type != 'ir.action.act_window':
                with self.subTest(menu=menu.complete_name):
                    self.assertTrue(
                        not menu.action.groups
                        or set(menu.action.groups) & set(user.groups))

    @with_transaction()
    def test_codes(self):
        "Test a party has one subaccount for an account, of digits"
        pool = Pool()
        Code = pool.get('contaplus.account_code')
        with self._books() as (profile, move):
            company = profile.company
            line, = [li for li in move.lines if li.party]

            def create(code):
                return Code.create([{
                            'company': company.id,
                            'account': line.account.id,
                            'code': code,
                            'parties': [('add', [line.party.id])],
                            }])
            create('43000001')
            with self.assertRaises(CodeError):
                create('43000002')
            with self.assertRaisesRegex(CodeError, '43000A'):
                create('43000A')

    @with_transaction()
    def test_profile_rates(self):
        "Test the rates of a profile are numbers"
        Profile = Pool().get('contaplus.profile')
        with self._books() as (profile, _):
            with self.assertRaises(ProfileError):
                Profile.create([{
                            'name': "Wrong", 'company': profile.company.id,
                            'rates': "21 x"}])

    @with_transaction()
    def test_statements_grow_slowly(self):
        "Test ten times the entries do not take ten times the statements"
        pool = Pool()
        Move = pool.get('account.move')
        counts = []
        with self._books() as (profile, move):
            for number in [2, 20]:
                moves = Move.copy([move] * number)
                Move.post(moves)
                counts.append(self._statements(profile, move))
        self.assertLess(counts[1], counts[0] + 12)

    def _statements(self, profile, move):
        if backend.name != 'sqlite':
            self.skipTest("Only SQLite traces its statements")
        statements = []
        connection = Transaction().connection
        connection.set_trace_callback(statements.append)
        try:
            self._make(profile, move)
        finally:
            connection.set_trace_callback(None)
        return len(statements)

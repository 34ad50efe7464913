# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What the bank and the mandates do by themselves: tasks and files."""
import datetime as dt
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from dateutil.relativedelta import relativedelta
from pypdf import PdfReader

import trytond.config as config
from trytond.modules.sepa_remittance import notice
from trytond.modules.sepa_remittance.exceptions import (
    BankMessageFormatError, BankMessageSizeError, BankMessageTwiceError,
    ReturnDebitError)
from trytond.modules.sepa_remittance.tests.receipts import (
    ReceiptsTestCase, today)
from trytond.modules.sepa_remittance.tests.tools import (
    camt054_returns, norma43, pain002_rejections, spanish_iban)
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction
from trytond.transaction import Transaction


class BankTestCase(ReceiptsTestCase):

    @with_transaction()
    def test_mandate_expires(self):
        "Test mandates are cancelled 36 months after their last use"
        pool = Pool()
        Mandate = pool.get('account.payment.sepa.mandate')
        Remittance = pool.get('sepa.remittance')
        with self.receipts(2) as journal:
            first, second = Mandate.search([], order=[('id', 'ASC')])
            long_ago = dt.date(2015, 1, 1)
            Mandate.write([first, second], {'signature_date': long_ago})
            chosen, refused = Remittance.choose(journal)
            self.assertEqual(
                [r.code for r in refused], ['mandate_expired'] * 2)

            Mandate.write([first], {'signature_date': today()})
            found = Mandate.search([('expiry_date', '<', today())])
            self.assertEqual(found, [second])
            Mandate.expire()
            self.assertEqual(first.state, 'validated')
            self.assertEqual(second.state, 'cancelled')

    @with_transaction()
    def test_mandate_warning(self):
        "Test people are told once of mandates that end soon"
        pool = Pool()
        Cron = pool.get('ir.cron')
        Mandate = pool.get('account.payment.sepa.mandate')
        Notification = pool.get('res.notification')
        User = pool.get('res.user')
        with self.receipts(3):
            soon, later, gone = Mandate.search([], order=[('id', 'ASC')])
            for mandate, days in [(soon, 59), (later, 61), (gone, -1)]:
                mandate.signature_date = (
                    today() + dt.timedelta(days=days)
                    - relativedelta(months=36))
            Mandate.save([soon, later, gone])
            method = 'account.payment.sepa.mandate|expire'
            self.assertIn(method, dict(Cron.notifications()))
            user = User(Transaction().user)
            user.notifications = [method]
            user.save()
            with Transaction().set_context(_cron=method):
                self.assertEqual(Mandate.expire(), [gone])
                Mandate.expire()
            notification, = Notification.search([
                    ('user', '=', user.id),
                    ('icon', '=', 'tryton-warning')])
            self.assertEqual(
                notification.description,
                "Mandates that end in the next 60 days: 1 (Customer 0).")
            self.assertEqual(soon.warned_of, soon.expiry_date)
            self.assertIsNone(later.warned_of)

    @with_transaction()
    def test_mandate_printed(self):
        "Test the mandate is a PDF that can be signed"
        pool = Pool()
        Mandate = pool.get('account.payment.sepa.mandate')
        Report = pool.get('sepa.remittance.mandate', type='report')
        with self.receipts(2) as journal:
            core, business = Mandate.search([], order=[('id', 'ASC')])
            business.scheme = 'B2B'
            business.save()
            texts = []
            for mandate in [core, business]:
                extension, content, _, _ = Report.execute([mandate.id], {})
                self.assertEqual(extension, 'pdf')
                pages = PdfReader(BytesIO(content)).pages
                self.assertEqual(len(pages), 1)
                texts.append(' '.join(pages[0].extract_text().split()))
            for text, name in zip(texts, ["Customer 0", "Customer 1"]):
                self.assertIn('ES77000B85626240', text)
                self.assertIn(name, text)
                self.assertIn(
                    f"you authorise {journal.company.party.name} to send",
                    text)
                self.assertIn("Signature of the debtor", text)
            self.assertIn("within eight weeks", texts[0])
            self.assertIn("not entitled to a refund", texts[1])
            for mandate, text in zip([core, business], texts):
                self.assertIn(mandate.identification, text)

            # What comes back signed stays with the mandate, not with another.
            core.document = content
            core.document_name = 'signed.pdf'
            core.save()
            core = Mandate(core.id)
            self.assertEqual(core.document, content)
            self.assertEqual(core.document_name, 'signed.pdf')
            copy, = Mandate.copy([core])
            self.assertFalse(copy.document)

    @with_transaction()
    def test_notices(self):
        "Test debtors are told once before they are debited"
        pool = Pool()
        Configuration = pool.get('account.configuration')
        Debit = pool.get('sepa.remittance.debit')
        Party = pool.get('party.party')
        Remittance = pool.get('sepa.remittance')
        with self.receipts(2) as journal:
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
                # Who has no e-mail is not passed over: he gets a letter.
                letter, = Debit.search([('letter_due', '=', True)])
                self.assertNotEqual(letter.party, told)
                Debit.letter_sent([letter])
                self.assertFalse(letter.letter_due)
                self.assertTrue(letter.notified_at)

    @with_transaction()
    def test_notices_of_what_is_new(self):
        "Test what is collected every month is told once, or always"
        pool = Pool()
        Configuration = pool.get('account.configuration')
        Remittance = pool.get('sepa.remittance')
        with self.receipts(1) as journal:
            (item,), _ = Remittance.choose(journal)
            party, = {item.receipt.party}
            pool.get('party.contact_mechanism').create([{
                        'party': party,
                        'type': 'email',
                        'value': 'told@example.com',
                        }])
            configuration = Configuration(1)
            debits = []
            for amount, days in [(30, 5), (30, 40), (20, 75), (20, 75)]:
                remittance, = Remittance.create_from_lines(
                    journal, [item.receipt.line],
                    date=today() + dt.timedelta(days=days),
                    amounts={item.receipt.line: Decimal(amount)})
                Remittance.process([remittance])
                debits.extend(remittance.debits)
            with patch.object(notice, 'send_message_transactional'):
                for policy, days, told in [
                        ('never', 100, []),
                        # Nobody has to know so early.
                        ('always', 0, []),
                        ('changed', 100, [debits[0], *debits[2:]]),
                        ('always', 100, [debits[1]])]:
                    configuration.sepa_notice = policy
                    configuration.save()
                    debits[0].mandate.notice_days = days
                    debits[0].mandate.save()
                    self.assertEqual(
                        sorted(Remittance.send_notices()), sorted(told))

    @with_transaction()
    def test_folder(self):
        "Test files of a folder are read, and the bad ones are kept too"
        pool = Pool()
        Debit = pool.get('sepa.remittance.debit')
        Message = pool.get('sepa.bank_message')
        Remittance = pool.get('sepa.remittance')
        with self.receipts(2) as journal, TemporaryDirectory() as folder:
            self.setup_clearing(journal)
            remittance = self.remit(journal)
            Remittance.process([remittance])
            inbox = Path(folder) / str(journal.company.id)
            inbox.mkdir()
            iban = journal.sepa_bank_account_number.number
            good = camt054_returns(iban, today(), [
                    (remittance.debits[0].end_to_end_id, '100.00', 'AM04',
                        '0')])
            (inbox / '1.xml').write_bytes(good[:300])
            (inbox / '2.xml').write_bytes(b'PK')
            (inbox / '3.xml').write_bytes(camt054_returns(
                    spanish_iban(55), today(), [
                        ('X', '100.00', 'AM04', '0')], message='OTHER'))
            with open(inbox / '3b.xml', 'wb') as file:
                file.truncate(50 * 1024 ** 2)
            (inbox / '4.xml').write_bytes(good)
            config.add_section('sepa_remittance')
            config.set('sepa_remittance', 'inbox', folder)
            self.addCleanup(config.remove_section, 'sepa_remittance')
            messages = Message.fetch_folder()
            self.assertEqual(
                [bool(m.problem) for m in messages], [True] * 4 + [False])
            self.assertEqual(
                [m.state for m in messages], ['draft'] * 4 + ['done'])
            self.assertIn('ES', messages[2].problem)
            # It is not even read.
            self.assertIn('50 MB', messages[3].problem)
            self.assertIsNone(messages[3].content)
            self.assertEqual(
                sorted(p.name for p in inbox.iterdir()), ['done'])

            # The bank knows the remittance: it was sent, and it has
            # collected what it does not give back.
            self.assertEqual(remittance.state, 'settled')
            self.assertEqual(
                sorted(d.state for d in Debit.browse(remittance.debits)),
                ['failed', 'succeeded'])
            (inbox / '5.xml').write_bytes(good)
            again, = Message.fetch_folder()
            self.assertEqual(again, messages[4])
            config.set('sepa_remittance', 'max_size', '1')
            with self.assertRaises(BankMessageSizeError):
                Message.receive(
                    [('large.xml', bytes(1024 ** 2 + 1))], journal.company)

    @with_transaction()
    def test_matched_otherwise(self):
        "Test a return is found by its instruction, or mandate and amount"
        pool = Pool()
        Message = pool.get('sepa.bank_message')
        Remittance = pool.get('sepa.remittance')
        with self.receipts(3) as journal:
            remittance = self.remit(journal)
            Remittance.process([remittance])
            instruction, mandate, other = remittance.debits

            def told(id_, **references):
                content = camt054_returns(
                    journal.sepa_bank_account_number.number, today(),
                    [(id_, '100.00', 'AM04', '0')], message=id_).decode()
                for tag, value in references.items():
                    content = content.replace(
                        '</Refs>', f'<{tag}>{value}</{tag}></Refs>')
                return content.replace(
                    '<InstrId>NOTPROVIDED</InstrId>', '').encode()
            messages = Message.receive([
                    ('1.xml', told(
                            'LOST', InstrId=instruction.end_to_end_id)),
                    ('2.xml', told(
                            'NOTPROVIDED',
                            MndtId=mandate.mandate.identification)),
                    ('3.xml', told('NONREF', MndtId='NOBODY')),
                    ], journal.company)
            self.assertEqual(
                [line.debit for m in messages for line in m.lines],
                [instruction, mandate, None])
            self.assertEqual(
                [m.state for m in messages], ['done', 'done', 'read'])
            self.assertEqual(
                [d.state for d in remittance.debits],
                ['failed', 'failed', other.state])
            self.assertNotEqual(other.state, 'failed')

    @with_transaction()
    def test_other_amount(self):
        "Test what is not the amount of the debit waits for a person"
        pool = Pool()
        Message = pool.get('sepa.bank_message')
        Remittance = pool.get('sepa.remittance')
        with self.receipts(3) as journal:
            remittance = self.remit(journal)
            Remittance.process([remittance])
            part, whole, apart = remittance.debits
            iban = journal.sepa_bank_account_number.number
            content = camt054_returns(iban, today(), [
                    (part.end_to_end_id, '30.00', 'AM04', '0'),
                    # The bank may add its fee, or not.
                    (whole.end_to_end_id, '103.5', 'AM04', '3.5'),
                    (apart.end_to_end_id, '96.5', 'AM04', '3.5'),
                    ])
            message, = Message.receive(
                [('1.xml', content)], journal.company)
            self.assertEqual(
                [line.state for line in message.lines],
                ['pending', 'done', 'done'])
            self.assertEqual(
                [d.state for d in remittance.debits],
                ['succeeded', 'failed', 'failed'])
            line, *others = message.lines
            self.assertEqual(line.debit, part)
            self.assertIn('30.00', line.problem)
            self.assertIn('100.00', line.problem)
            self.assertFalse([o for o in others if o.problem])
            # Nobody books a part of it by mistake.
            line.apply_match([line])
            self.assertEqual(line.state, 'pending')
            line.ignore([line])
            Message.match([message])
            self.assertEqual(message.state, 'done')

            # Saved by an editor it is the same message of the bank.
            with self.assertRaisesRegex(BankMessageTwiceError, 'CAMT-1'):
                Message.receive(
                    [('2.xml', content + b'\n')], journal.company)

    @with_transaction()
    def test_told_twice(self):
        "Test what is told by two files, or of both attempts, counts once"
        pool = Pool()
        Message = pool.get('sepa.bank_message')
        Remittance = pool.get('sepa.remittance')
        Return = pool.get('sepa.return')
        ReturnLine = pool.get('sepa.return.line')
        with self.receipts(1) as journal:
            self.setup_clearing(journal)
            remittance = self.remit(journal)
            Remittance.process([remittance])
            debit, = remittance.debits
            iban = journal.sepa_bank_account_number.number

            def tell(name, debit):
                message, = Message.receive([(name, camt054_returns(
                                iban, today(), [
                                    (debit.end_to_end_id, '100.00', 'AM04',
                                        '0')], message=name))],
                    journal.company)
                self.assertEqual(message.state, 'done')
                return ReturnLine.search([], count=True)
            self.assertEqual(tell('first', debit), 1)
            self.assertEqual(tell('statement', debit), 1)
            with self.assertRaisesRegex(
                    ReturnDebitError, debit.end_to_end_id):
                Return.create_from_debits([debit])
            Return.delete(Return.search([('state', '=', 'draft')]))
            again, = Remittance.represent([debit])
            Remittance.process([again])
            # The old debit is nothing to the new one.
            self.assertEqual(tell('late', debit), 1)
            new, = again.debits
            self.assertEqual(new.state, 'processing')
            other, = journal.copy([journal], default={'name': "Other"})
            by_hand, = Return.create([{
                        'company': journal.company.id,
                        'journal': other.id,
                        'lines': [('create', [{'debit': new.id}])],
                        }])
            self.assertEqual(by_hand.amount, Decimal(100))
            with self.assertRaisesRegex(ReturnDebitError, journal.name):
                Return.post([by_hand])
            Return.delete([by_hand])
            self.assertEqual(tell('second', new), 2)
            self.assertEqual((new.state, new.attempt), ('failed', 2))

    @with_transaction()
    def test_returned_to_an_account(self):
        "Test what came back is owed on the account of returned receipts"
        pool = Pool()
        Account = pool.get('account.account')
        Line = pool.get('account.move.line')
        Remittance = pool.get('sepa.remittance')
        Return = pool.get('sepa.return')
        with self.receipts(1) as journal:
            self.setup_clearing(journal)
            receipt, = Line.search([('maturity_date', '!=', None)])
            returned, = Account.copy(
                [receipt.account], default={'name': "Returned"})
            journal.sepa_returned_account = returned
            journal.save()

            def collect(remittance):
                Remittance.process([remittance])
                Remittance.send([remittance])
                Remittance.settle([remittance])
                debit, = remittance.debits
                self.assertEqual(debit.state, 'succeeded')
                return debit

            def owed():
                return [
                    (li.account, li.debit) for li in Line.search([
                            ('party', '=', receipt.party.id),
                            ('reconciliation', '=', None),
                            ])]
            debit = collect(self.remit(journal))
            self.assertEqual(owed(), [])
            for attempt in [2, 3]:
                Return.create_from_debits([debit], reason_code='AM04')
                # The invoice stays paid.
                self.assertTrue(Line(receipt.id).reconciliation)
                self.assertEqual(owed(), [(returned, Decimal(100))])
                again, = Remittance.represent([debit])
                debit = collect(again)
                self.assertEqual(debit.attempt, attempt)
                self.assertEqual(owed(), [])

    @with_transaction()
    def test_rejected_after_the_advance(self):
        "Test the bank takes its advance back for what it does not collect"
        pool = Pool()
        Account = pool.get('account.account')
        Batch = pool.get('sepa.remittance.batch')
        Line = pool.get('account.move.line')
        Remittance = pool.get('sepa.remittance')
        Return = pool.get('sepa.return')
        with self.receipts(2) as journal:
            self.setup_clearing(journal)
            bank = journal.clearing_account
            portfolio, advance = Account.copy([bank, bank], default={
                    'name': "With the Bank",
                    'reconcile': True,
                    })
            journal.sepa_flow = 'discount'
            journal.sepa_portfolio_account = portfolio
            journal.sepa_advance_account = advance
            journal.save()

            def balances():
                return [
                    sum(li.debit - li.credit for li in Line.search(
                            [('account', '=', account.id)]))
                    for account in [bank, portfolio, advance]]
            remittance = self.remit(journal, financed=True)
            Remittance.process([remittance])
            Remittance.send([remittance])
            Batch.book_advance(list(remittance.batches), today())
            self.assertEqual(balances(), [200, 200, -200])
            rejected, _ = remittance.debits
            return_, = Return.create([{
                        'company': journal.company.id,
                        'journal': journal.id,
                        'lines': [('create', [{
                                        'debit': rejected.id,
                                        'rejected': True,
                                        }])],
                        }])
            Return.post([return_])
            self.assertEqual(balances(), [100, 100, -100])
            Remittance.settle([remittance])
            self.assertEqual(balances(), [100, 0, 0])
            self.assertFalse(Line.search([
                        ('account', 'in', [portfolio.id, advance.id]),
                        ('reconciliation', '=', None),
                        ]))

    @with_transaction()
    def test_refund_of_several(self):
        "Test a debit of several receipts is given back with all of them"
        pool = Pool()
        Line = pool.get('account.move.line')
        Message = pool.get('sepa.bank_message')
        Remittance = pool.get('sepa.remittance')
        with self.receipts(2) as journal:
            self.setup_clearing(journal)
            lines = Line.search(
                [('maturity_date', '!=', None)], order=[('id', 'ASC')])
            table = Line.__table__()
            Transaction().connection.cursor().execute(*table.update(
                    [table.party], [lines[0].party.id],
                    where=table.id == lines[1].id))
            Transaction().cache.clear()
            remittance = self.remit(journal, group=True)
            Remittance.process([remittance])
            Remittance.send([remittance])
            Remittance.settle([remittance])
            debit, = remittance.debits
            self.assertEqual(debit.amount, Decimal(200))
            self.assertTrue(
                all(li.reconciliation for li in Line.browse(lines)))
            message, = Message.receive([('1.xml', camt054_returns(
                            journal.sepa_bank_account_number.number, today(),
                            [(debit.end_to_end_id, '200.00', 'MD06', '0')]))],
                journal.company)
            self.assertEqual(message.state, 'done')
            lines = Line.browse(lines)
            self.assertEqual(
                [(li.reconciliation, li.payment_amount) for li in lines],
                [(None, Decimal(100))] * 2)

    @with_transaction()
    def test_file_refused(self):
        "Test a refused file takes back what is in it, and no more"
        pool = Pool()
        Message = pool.get('sepa.bank_message')
        Remittance = pool.get('sepa.remittance')

        def refuse(original, number, rows=()):
            message, = Message.receive([(f'{number}.xml', pain002_rejections(
                            today(), original, rows,
                            message=f'STATUS-{number}'))], journal.company)
            return message
        with self.receipts(5) as journal:
            journal.sepa_maximum = 3
            journal.save()
            remittance = self.remit(journal)
            Remittance.process([remittance])
            first, second = remittance.messages
            message = refuse(second.message_identification, 1)
            self.assertEqual(message.state, 'done')
            # The bank has the other file.
            self.assertEqual(remittance.state, 'sent')
            self.assertEqual(
                [d.state for d in remittance.debits],
                ['processing'] * 3 + ['failed'] * 2)
            self.assertTrue(
                all(li.rejected for r in message.returns for li in r.lines))

            # Made again as one file, the old one is nothing any more.
            journal.sepa_maximum = None
            journal.save()
            again, = Remittance.represent(remittance.debits[3:])
            Remittance.process([again])
            file, = again.messages
            refuse(file.message_identification, 2)
            self.assertEqual(again.state, 'rejected')
            Remittance.draft([again])
            Remittance.process([again])
            refuse(file.message_identification, 3)
            self.assertEqual(again.state, 'generated')

            # Another company calls its debits the same.
            debit = again.debits[0]
            content = pain002_rejections(
                today(), 'OTHER-F1', [(debit.end_to_end_id, 'AC04')],
                message='STATUS-4').decode().replace(
                'X</OrgnlPmtInfId>',
                f'{debit.batch.payment_info_id}</OrgnlPmtInfId>'
                '<PmtInfSts>RJCT</PmtInfSts>')
            message, = Message.receive(
                [('4.xml', content.encode())], journal.company)
            self.assertEqual(
                (message.state, message.pending_count), ('read', 2))
            line, batch = message.lines
            self.assertEqual(
                (batch.kind, line.debit, batch.batch),
                ('batch_rejected', None, None))
            self.assertEqual(debit.state, 'processing')
            # A person may know better.
            line.debit = debit
            line.save()
            line.apply_match([line])
            self.assertEqual(
                (line.state, debit.state), ('done', 'failed'))

    @with_transaction()
    def test_total_of_extract(self):
        "Test a line of Norma 43 with the total collects the batch"
        pool = Pool()
        Message = pool.get('sepa.bank_message')
        Remittance = pool.get('sepa.remittance')
        with self.receipts(3) as journal:
            self.setup_clearing(journal)
            remittance = self.remit(journal)
            Remittance.process([remittance])
            Remittance.send([remittance])
            date = remittance.batches[0].date
            content = norma43(
                journal.sepa_bank_account_number.compact_iban, date, [
                    ('300.00', f'REMESA {remittance.number}'),
                    ('123.45', '')])
            message, = Message.receive(
                [('n43.txt', content)], journal.company)
            self.assertEqual(
                [line.state for line in message.lines], ['done', 'pending'])
            self.assertEqual(message.state, 'read')
            self.assertEqual(remittance.state, 'settled')

            # What is none of ours is put aside, and the message is closed.
            _, other = message.lines
            other.ignore([other])
            Message.match([message])
            self.assertEqual(message.state, 'done')

            # So is what another company's bank says.
            with self.assertRaisesRegex(BankMessageFormatError, '0005'):
                Message.receive([('n43.txt', norma43(
                                spanish_iban(5), date, [('300.00', '')]))],
                    journal.company)


del ReceiptsTestCase

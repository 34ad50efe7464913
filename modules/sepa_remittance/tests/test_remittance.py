# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""From due receipts to the file, and what is seen on the way."""
import datetime as dt
import zipfile
from decimal import Decimal
from io import BytesIO

from dateutil.relativedelta import relativedelta
from pypdf import PdfReader
from sql.operators import Concat

from trytond.modules.sepa_remittance import target
from trytond.modules.sepa_remittance.exceptions import RemittanceFileError
from trytond.modules.sepa_remittance.tests.receipts import (
    ReceiptsTestCase, today)
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction
from trytond.transaction import Transaction


class RemittanceTestCase(ReceiptsTestCase):

    @with_transaction()
    def test_batch_of_many(self):
        "Test a remittance of many receipts through the batch"
        pool = Pool()
        Payment = pool.get('account.payment')
        Remittance = pool.get('sepa.remittance')
        with self.receipts(8) as journal:
            run = self.run_job(
                'choose', journal=journal.id, kind='receivable')
            self.assertEqual(run.state, 'done')
            remittance, = Remittance.search([])
            self.assertEqual(remittance.debit_count, 8)
            self.assertEqual(remittance.amount, Decimal(800))
            self.assertEqual(Payment.search([
                        ('line.payment_amount', '=', 0),
                        ], count=True), 8)

            # A second run takes nothing twice and says why.
            again = self.run_job(
                'choose', journal=journal.id, kind='receivable')
            self.assertEqual(Remittance.search([], count=True), 1)
            self.assertEqual(len(again.problems), 8)

            run = self.run_job(
                'generate', remittances=[remittance.id])
            self.assertFalse(run.problems)
            self.assertEqual(remittance.state, 'generated')
            self.assertEqual(
                remittance.messages[0].transaction_count, 8)

    @with_transaction()
    def test_more_than_a_statement_takes(self):
        "Test more receipts than SQLite takes conditions in a statement"
        number = 1100
        with self.receipts(number) as journal:
            remittance = self.remit(journal)
            self.assertEqual(remittance.debit_count, number)
            remittance.process([remittance])
            self.assertEqual(remittance.state, 'generated')
            self.assertEqual(
                remittance.messages[0].transaction_count, number)

    @with_transaction()
    def test_files_split(self):
        "Test a remittance longer than the bank takes"
        pool = Pool()
        Remittance = pool.get('sepa.remittance')
        with self.receipts(7) as journal:
            journal.sepa_maximum = 3
            journal.save()
            remittance = self.remit(journal)
            Remittance.process([remittance])
            self.assertEqual(
                [m.transaction_count for m in remittance.messages],
                [3, 3, 1])
            identifications = {
                m.message_identification for m in remittance.messages}
            self.assertEqual(len(identifications), 3)

    @with_transaction()
    def test_list_printed(self):
        "Test the list of a remittance is a PDF with its rows"
        pool = Pool()
        Report = pool.get('sepa.remittance.report', type='report')
        with self.receipts(2) as journal:
            remittance = self.remit(journal)
            extension, content, _, _ = Report.execute([remittance.id], {})
        self.assertEqual(extension, 'pdf')
        text = PdfReader(BytesIO(content)).pages[0].extract_text()
        self.assertIn("Customer 1", text)
        self.assertIn("200.00", text)
        self.assertIn("**** ****", text)

    @with_transaction()
    def test_totals(self):
        "Test a draft tells the totals by date and type that its file has"
        pool = Pool()
        Mandate = pool.get('account.payment.sepa.mandate')
        Remittance = pool.get('sepa.remittance')
        Return = pool.get('sepa.return')

        def totals(records):
            return [
                (r.date, r.sequence_type, r.debit_count, r.amount)
                for r in records]
        with self.receipts(5) as journal:
            one_off, first, *_ = Mandate.search([], order=[('id', 'ASC')])
            Mandate.write(
                [one_off], {'type': 'one-off'},
                [first], {'sequence_type_rcur': False})
            remittance = self.remit(journal)
            debit, *_, late = remittance.debits[1:]
            date = late.date
            late.date = target.next_open(date + dt.timedelta(days=7))
            late.save()
            expected = [
                (date, 'FRST', 1, Decimal(100)),
                (date, 'OOFF', 1, Decimal(100)),
                (date, 'RCUR', 2, Decimal(200)),
                (late.date, 'RCUR', 1, Decimal(100)),
                ]
            self.assertEqual(sorted(totals(remittance.totals)), expected)
            Remittance.process([remittance])
            remittance = Remittance(remittance.id)
            self.assertFalse(remittance.totals)
            self.assertEqual(
                sorted(totals(remittance.batches)), expected)

            # It was the first, though the bank gives no word to its return.
            Remittance.send([remittance])
            Return.create_from_debits([debit])
            self.assertEqual(
                [t[1:] for t in totals(self.remit(journal).totals)],
                [('RCUR', 1, Decimal(100))])

    @with_transaction()
    def test_statements_grow_slowly(self):
        "Test the number of SQL statements hardly grows with the receipts"
        pool = Pool()
        Remittance = pool.get('sepa.remittance')
        with self.receipts(28) as journal:
            counts = []
            for number in [4, 6, 18]:
                chosen, _ = Remittance.choose(journal)
                remittance, = Remittance.create_from_lines(
                    journal, chosen[:number])
                with self.count_statements() as count:
                    Remittance.process([remittance])
                counts.append(len(count))
            # The first reads what the others find in the cache.
            _, few, many = counts
            # Twelve receipts more, far from twelve statements more.
            self.assertLess(many, few + 6)

    @with_transaction()
    def test_what_is_listed(self):
        "Test receipts are found by due date, amount and payment means"
        pool = Pool()
        Line = pool.get('account.move.line')
        Remittance = pool.get('sepa.remittance')
        with self.receipts(3) as journal:
            lines = Line.search(
                [('maturity_date', '!=', None)], order=[('id', 'ASC')])
            day = lines[0].maturity_date
            Line.write(lines[:1], {
                    'maturity_date': day - dt.timedelta(days=30),
                    })

            def found(**values):
                chosen, refused = Remittance.choose(journal, **values)
                return (
                    [item.receipt.line for item in chosen],
                    {r.code for r in refused})
            ids = [line.id for line in lines]
            self.assertEqual(found(), (ids, set()))
            self.assertEqual(found(since=day), (ids[1:], set()))
            self.assertEqual(
                found(until=day - dt.timedelta(days=1)), (ids[:1], set()))
            self.assertEqual(
                found(maximum=Decimal(99)), ([], {'amount_maximum'}))
            # None of them is paid by an instrument of an invoice.
            self.assertEqual(
                found(means=['party.party.reception_direct_debit']),
                ([], set()))

    @with_transaction()
    def test_what_stays_behind(self):
        "Test who is owed more than he owes, or is blocked, is not debited"
        pool = Pool()
        Line = pool.get('account.move.line')
        Mandate = pool.get('account.payment.sepa.mandate')
        Move = pool.get('account.move')
        Remittance = pool.get('sepa.remittance')
        with self.receipts(4) as journal:
            credited, blocked, business, _ = Line.search(
                [('maturity_date', '!=', None)], order=[('id', 'ASC')])
            move = credited.move
            income, = [li for li in move.lines if not li.party]
            back, = Move.create([{
                        'company': move.company.id,
                        'journal': move.journal.id,
                        'period': move.period.id,
                        'date': move.date,
                        'lines': [('create', [{
                                        'account': credited.account.id,
                                        'party': credited.party.id,
                                        'credit': Decimal(150),
                                        'maturity_date': move.date,
                                        }, {
                                        'account': income.account.id,
                                        'debit': Decimal(150),
                                        }])],
                        }])
            Move.post([back])
            Line.write([blocked], {'payment_blocked': True})
            mandate, = Mandate.search([('party', '=', business.party.id)])
            mandate.scheme = 'B2B'
            mandate.save()
            chosen, refused = Remittance.choose(journal)
            self.assertEqual(
                {r.receipt.line: r.code for r in refused},
                {credited.id: 'credit_balance', blocked.id: 'blocked'})

            # What is owed to a customer is none of his receipts.
            self.assertEqual(
                [c.receipt.amount for c in chosen], [Decimal(100)] * 2)

            # One file has one scheme.
            remittances = Remittance.create_from_lines(journal, chosen)
            self.assertEqual(
                [(r.scheme, r.debit_count) for r in remittances],
                [('B2B', 1), ('CORE', 1)])
            self.assertEqual(remittances[0].debits[0].mandate, mandate)

    @with_transaction()
    def test_cancelled(self):
        "Test a remittance that is given up leaves no trace on its receipts"
        pool = Pool()
        Line = pool.get('account.move.line')
        Payment = pool.get('account.payment')
        Remittance = pool.get('sepa.remittance')
        with self.receipts(2) as journal:
            remittance = self.remit(journal)
            Remittance.process([remittance])
            Remittance.cancel([remittance])
            self.assertEqual(remittance.state, 'cancelled')
            self.assertEqual(remittance.messages[0].state, 'cancelled')
            self.assertFalse(Payment.search([]))
            self.assertEqual(
                [li.payment_amount for li in Line.search(
                        [('maturity_date', '!=', None)])],
                [Decimal(100)] * 2)
            chosen, _ = Remittance.choose(journal)
            self.assertEqual(len(chosen), 2)

    @with_transaction()
    def test_who_presents(self):
        "Test the file has the suffix and the presenter of its journal"
        pool = Pool()
        Remittance = pool.get('sepa.remittance')
        with self.receipts(1) as journal:
            journal.sepa_creditor_suffix = '002'
            journal.sepa_presenter_kind = 'organisation'
            journal.sepa_presenter_identifier = 'B85626240002'
            journal.save()
            remittance = self.remit(journal)
            Remittance.process([remittance])
            xml = bytes(remittance.messages[0].message)
            self.assertIn(b'<Id>ES77002B85626240</Id>', xml)
            self.assertIn(
                b'<OrgId><Othr><Id>B85626240002</Id>', xml)

    @with_transaction()
    def test_parts(self):
        "Test a receipt is collected in parts, and what is kept waits"
        pool = Pool()
        Line = pool.get('account.move.line')
        Remittance = pool.get('sepa.remittance')
        with self.receipts(2) as journal:
            first, kept = Line.search(
                [('maturity_date', '!=', None)], order=[('id', 'ASC')])
            Line.write([kept], {'guarantee_retention': True})
            for amount, rest in [(30, 70), (30, 40)]:
                Remittance.create_from_lines(
                    journal, [first], amounts={first.id: Decimal(amount)})
                self.assertEqual(first.payment_amount, Decimal(rest))
            chosen, refused = Remittance.choose(journal)
            self.assertEqual(
                [item.amount for item in chosen], [Decimal(40)])
            self.assertEqual([r.code for r in refused], ['retention'])

    @with_transaction()
    def test_payment_days(self):
        "Test the collection waits for the day on which a customer pays"
        pool = Pool()
        Party = pool.get('party.party')
        with self.receipts(2) as journal:
            free, bound = Party.search(
                [('name', 'like', 'Customer%')], order=[('id', 'ASC')])
            wanted = today() + dt.timedelta(days=20)
            bound.direct_debit_days = str(wanted.day)
            bound.save()
            free.direct_debit_closed_months = [
                f'{month:02}' for month in range(1, 13)
                if month != (today().month + 5) % 12 + 1]
            free.save()
            remittance = self.remit(journal)
            dates = {d.party: d.date for d in remittance.debits}
            self.assertEqual(
                dates[bound], target.next_open(wanted))
            # Six months from now is the only one that is open.
            self.assertEqual(
                dates[free], target.next_open(
                    today() + relativedelta(months=6, day=1)))
            # Who is late for a day of a customer waits for the next one.
            debit, = [d for d in remittance.debits if d.party == bound]
            debit.date = today() - dt.timedelta(days=1)
            debit.save()
            rows, _, _ = remittance._debit_rows()
            self.assertIn(
                (bound.id, target.next_open(wanted)), [
                    (row['party'], date) for date, _, part in
                    remittance._plan_batches(rows, remittance._now())
                    for row in part])

            # One date for all counts more, and is given up again.
            for date, expected in [
                    (wanted + dt.timedelta(days=1), None),
                    (None, target.next_open(wanted))]:
                remittance.date = date
                remittance.save()
                debit, = [d for d in remittance.debits if d.party == bound]
                self.assertEqual(
                    debit.date, expected or target.next_open(date))

    @with_transaction()
    def test_readable_concept(self):
        "Test many receipts in one debit are told without cutting any"
        pool = Pool()
        Line = pool.get('account.move.line')
        Mandate = pool.get('account.payment.sepa.mandate')
        Remittance = pool.get('sepa.remittance')
        with self.receipts(30) as journal:
            lines = Line.search(
                [('maturity_date', '!=', None)], order=[('id', 'ASC')])
            party, mandate = lines[0].party, Mandate.search(
                [('party', '=', lines[0].party.id)])
            table = Line.__table__()
            Transaction().connection.cursor().execute(*table.update(
                    [table.party, table.description],
                    [party.id, Concat('2026-00', table.id)],
                    where=table.id.in_([line.id for line in lines])))
            Transaction().cache.clear()
            chosen, _ = Remittance.choose(journal)
            self.assertEqual({c.mandate.id for c in chosen}, {mandate[0].id})
            remittance, = Remittance.create_from_lines(
                journal, chosen, group=True)
            debit, = remittance.debits
            self.assertEqual(len(debit.payments), 30)
            self.assertEqual(
                {p.line.id for p in debit.payments},
                {line.id for line in lines})
            self.assertLessEqual(len(debit.concept), 140)
            *names, more = debit.concept.replace(' +', ', +').split(', ')
            self.assertEqual(len(names) + int(more), 30)
            self.assertEqual(len(set(map(len, names))), 1)

    @with_transaction()
    def test_files_downloaded(self):
        "Test one file is given as it is, several in an archive"
        pool = Pool()
        Remittance = pool.get('sepa.remittance')
        Report = pool.get('sepa.remittance.file', type='report')
        with self.receipts(4) as journal:
            journal.sepa_maximum = 2
            journal.sepa_file_name = 'A_{date}_{number}_{sequence}.xml'
            journal.save()
            remittance = self.remit(journal)
            with self.assertRaises(RemittanceFileError):
                Report.execute([remittance.id], {})
            action = Remittance.process([remittance])
            self.assertEqual(
                pool.get('ir.action')(action).type, 'ir.action.report')
            extension, content, _, _ = Report.execute([remittance.id], {})
            self.assertEqual(extension, 'zip')
            with zipfile.ZipFile(BytesIO(content)) as archive:
                self.assertEqual(archive.namelist(), [
                        m.file_name for m in remittance.messages])
                self.assertEqual(
                    archive.read(archive.namelist()[1]),
                    bytes(remittance.messages[1].message))
            self.assertTrue(
                remittance.messages[0].file_name.startswith('A_20'))

            # Refused and made again, the old files are not given any more.
            Remittance.reject([remittance])
            Remittance.draft([remittance])
            journal.sepa_maximum = None
            journal.save()
            Remittance.process([remittance])
            extension, content, _, name = Report.execute(
                [remittance.id], {})
            self.assertEqual(extension, 'xml')
            self.assertEqual(
                name, remittance.messages[-1].file_name.removesuffix('.xml'))
            self.assertIn('-2_1', name)

    @with_transaction()
    def test_faults_shown(self):
        "Test the button shows what keeps the file from being made"
        pool = Pool()
        Party = pool.get('party.party')
        Remittance = pool.get('sepa.remittance')
        with self.receipts(3) as journal:
            customers = Party.search(
                [('name', 'like', 'Customer%')], order=[('id', 'ASC')])
            emoji, cyrillic, _ = customers
            Party.write([emoji], {'name': "\N{GRINNING FACE}"})
            Party.write([cyrillic], {'name': "Иван Петров"})
            remittance = self.remit(journal)
            action = Remittance.process([remittance])
            self.assertEqual(
                pool.get('ir.action')(action).type, 'ir.action.act_window')
            self.assertEqual(remittance.state, 'approved')
            self.assertFalse(remittance.messages)
            fault, = remittance.faults
            self.assertEqual((fault.party, fault.field), (emoji, 'name'))

            # Without the receipt the file is made.
            remittance.debits = [
                d for d in remittance.debits if d.party != emoji]
            remittance.save()
            Remittance.generate([remittance])
            self.assertEqual(remittance.state, 'generated')
            message, = remittance.messages
            self.assertIn(b'<Nm>Ivan Petrov</Nm>', bytes(message.message))

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


del ReceiptsTestCase

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The letter after visits in vain, and asking for order numbers."""
import datetime as dt
import io
from unittest import TestCase
from unittest.mock import patch

from pypdf import PdfReader

from trytond.model.exceptions import AccessError
from trytond.model.modelview import AccessButtonError
from trytond.modules.company.tests import (
    create_company, create_employee, set_company)
from trytond.modules.maintenance_order.exceptions import (
    AttemptLetterError, ReferenceReminderError, ReferenceReminderWarning)
from trytond.modules.maintenance_order.tests.test_module import (
    DAY, Acting, create_order, create_product, create_user, create_visits)
from trytond.modules.maintenance_order.tests.test_visit import (
    add_work, configure)
from trytond.pool import Pool
from trytond.tests.test_tryton import activate_module, with_transaction
from trytond.transaction import without_check_access

SEND = 'trytond.modules.maintenance_order.%s.send_message_transactional'
SEND_LETTER = SEND % 'attempt_letter'
SEND_REMINDER = SEND % 'reference_reminder'
ONE_DAY = dt.timedelta(days=1)


def fail(order, employee, day, reason='absent'):
    pool = Pool()
    Visit = pool.get('maintenance.visit')
    visit, = create_visits([order], employee)
    Visit.write([visit], {'date': day, 'failed_reason': reason})
    Visit.fail([Visit(visit.id)])
    return Visit(visit.id)


def create_email(party, value):
    pool = Pool()
    Mechanism = pool.get('party.contact_mechanism')
    Mechanism.create([{'party': party.id, 'type': 'email', 'value': value}])


def read_paper(content):
    return ' '.join(' '.join(
            p.extract_text()
            for p in PdfReader(io.BytesIO(content)).pages).split())


class LettersTestCase(TestCase):
    "Test what is written to customers who keep us waiting"

    @classmethod
    def setUpClass(cls):
        activate_module('maintenance_order')
        super().setUpClass()

    @with_transaction()
    def test_letter_after_three_attempts(self):
        "Test three visits in vain propose one letter, sent once"
        pool = Pool()
        Letter = pool.get('maintenance.attempt_letter')
        Order = pool.get('maintenance.order')
        Report = pool.get('maintenance.attempt_letter', type='report')

        company = create_company()
        with set_company(company):
            ana = create_employee(company, name="Ana")
            order = create_order("Mrs Vega", description="Boiler")
            fail(order, ana, DAY)
            fail(order, ana, DAY + ONE_DAY, 'no_access')
            # That was our own fault.
            fail(order, ana, DAY + 2 * ONE_DAY, 'wrong_part')
            fail(create_order("Other"), ana, DAY)
            self.assertEqual(Letter.search([]), [])
            fail(order, ana, DAY + 3 * ONE_DAY)
            letter, = Letter.search([])
            self.assertEqual(
                (letter.party, letter.attempts, letter.state, letter.date),
                (order.party, 3, 'to_send', DAY + 3 * ONE_DAY))
            self.assertEqual(
                [v.date for v in letter.visits],
                [DAY, DAY + ONE_DAY, DAY + 3 * ONE_DAY])
            fail(order, ana, DAY + 4 * ONE_DAY)
            self.assertEqual(Letter.search([]), [letter])

            text = read_paper(Report.execute([letter.id], {})[1])
            for word in ["Mrs Vega", "Boiler", "03/10/2026", "Ana"]:
                self.assertIn(word, text)
            with self.assertRaises(AttemptLetterError):
                Letter.mail([Letter(letter.id)])
            create_email(order.party, 'vega@example.com')
            with patch(SEND_LETTER) as send:
                Letter.mail([Letter(letter.id)])
                # The second click does nothing.
                Letter.mail([Letter(letter.id)])
            message, = [c.args[0] for c in send.mock_calls]
            self.assertIn('vega@example.com', message['To'])
            self.assertIn(order.number, message['Subject'])
            attachment, = message.iter_attachments()
            letter = Letter(letter.id)
            self.assertEqual(attachment.get_content(), bytes(letter.paper))
            self.assertEqual((letter.state, letter.means), ('sent', 'email'))

            # It stays as it was sent.
            Order.write([order], {'description': "Oven"})
            text = read_paper(Report.execute([letter.id], {})[1])
            self.assertIn("Boiler", text)

    @with_transaction()
    def test_letter_by_post(self):
        "Test a letter is printed in the language of the customer, or dropped"
        pool = Pool()
        Lang = pool.get('ir.lang')
        Letter = pool.get('maintenance.attempt_letter')
        Party = pool.get('party.party')
        Task = pool.get('maintenance.order.task')

        company = create_company()
        with set_company(company):
            configure(letter_attempts=1)
            ana, eva = [
                create_employee(company, name=n) for n in ["Ana", "Eva"]]
            order, other = create_order("Hotel"), create_order("Bar")
            spanish, = Lang.search([('code', '=', 'es')])
            Party.write([order.party], {'lang': spanish.id})
            fail(order, ana, DAY)
            fail(other, ana, DAY)
            other_letter, letter = Letter.search([])
            technician = create_user('ana', 'group_technician', ana)
            dispatcher = create_user('eva', 'group_dispatcher', eva)
            with Acting(technician), self.assertRaises(AccessError):
                Letter.read([letter.id], ['party'])
            billing = create_user('billing', 'group_billing', eva)
            with Acting(billing), self.assertRaises(AccessButtonError):
                Letter.print_([Letter(letter.id)])
            with Acting(dispatcher):
                with self.assertRaises(AccessError):
                    Letter.write([Letter(letter.id)], {'state': 'sent'})
                Letter.print_([Letter(letter.id)])
                # He was there meanwhile.
                Task.do(Task.browse(list(other.tasks)))
                with self.assertRaises(AttemptLetterError):
                    Letter.print_([Letter(other_letter.id)])
                Letter.cancel([Letter(other_letter.id)])
            letter = Letter(letter.id)
            self.assertEqual((letter.state, letter.means), ('sent', 'post'))
            self.assertIn("10/03/2026", read_paper(bytes(letter.paper)))
            self.assertEqual(Letter(other_letter.id).state, 'cancelled')

            configure(letter_attempts=None)
            fail(create_order("Inn"), ana, DAY)
            self.assertEqual(len(Letter.search([])), 2)

    def _work(self, employee, name, reference=None, required=True):
        "Post a visit, for a customer who insists on his order number"
        pool = Pool()
        Party = pool.get('party.party')
        Visit = pool.get('maintenance.visit')
        order = create_order(
            name, customer_reference=reference, description=f"Work at {name}")
        Party.write([order.party], {'work_reference_required': required})
        visit, = create_visits([order], employee, state='in_progress')
        add_work(visit, create_product("Labour"))
        Visit.finish([Visit(visit.id)])
        Visit.post([Visit(visit.id)])
        return order

    @with_transaction()
    def test_order_number_missing(self):
        "Test work which waits for an order number is listed and asked for"
        pool = Pool()
        Order = pool.get('maintenance.order')
        Reminder = pool.get('maintenance.reference.reminder')
        Share = pool.get('maintenance.visit.share')
        Warning = pool.get('res.user.warning')

        company = create_company()
        with set_company(company):
            ana, eva = [
                create_employee(company, name=n) for n in ["Ana", "Eva"]]
            bar = self._work(ana, "Bar")
            inn = self._work(ana, "Inn")
            self._work(ana, "Hotel", reference='PO-1')
            self._work(ana, "House", required=False)
            waiting = [('reference_missing', '=', True)]
            shares = Share.search(waiting)
            self.assertEqual(
                {s.payer for s in shares}, {bar.party, inn.party})
            self.assertEqual(
                len(Share.search([('reference_missing', '=', False)])), 2)
            self.assertEqual(
                {s.reference_missing for s in shares}, {True})

            unreachable = [('reference_unreachable', '=', True)]
            self.assertEqual(Share.search(unreachable), shares)
            create_email(bar.party, 'bar@example.com')
            self.assertEqual(
                {s.payer for s in Share.search(unreachable)}, {inn.party})
            self.assertEqual(
                {s.payer for s in Share.browse(shares)
                    if s.reference_unreachable}, {inn.party})
            self.assertEqual(
                len(Share.search([('reference_unreachable', '=', False)])), 3)
            billing = create_user('eva', 'group_billing', eva)
            of_bar = [s for s in shares if s.payer == bar.party]
            of_inn = [s for s in shares if s.payer == inn.party]
            with Acting(billing), patch(SEND_REMINDER) as send:
                with self.assertRaises(ReferenceReminderError):
                    Share.ask_reference(of_inn)
                with self.assertRaises(ReferenceReminderWarning):
                    Share.ask_reference(shares)
                Share.ask_reference(of_bar)
                # Again on the same day only if somebody insists.
                with self.assertRaises(ReferenceReminderWarning) as warning:
                    Share.ask_reference(of_bar)
                with without_check_access():
                    Warning.create([{
                                'user': billing.id,
                                'name': warning.exception.name}])
                Share.ask_reference(of_bar)
            first, _ = [c.args[0] for c in send.mock_calls]
            self.assertEqual(first['To'], 'bar@example.com')
            for word in [bar.number, "Work at Bar"]:
                self.assertIn(word, first.get_content())
            self.assertNotIn(inn.number, first.get_content())
            self.assertEqual(
                [(r.party, r.email) for r in Reminder.search([])],
                [(bar.party, 'bar@example.com')] * 2)
            self.assertTrue(Share(of_bar[0].id).reference_asked_at)
            self.assertEqual(len(bar.party.reference_reminders), 2)

            Order.write([bar], {'customer_reference': 'B-12'})
            self.assertEqual(
                {s.payer for s in Share.search(waiting)}, {inn.party})

    @with_transaction()
    def test_asked_every_week(self):
        "Test the cron asks once in a period, each company its customers"
        pool = Pool()
        Reminder = pool.get('maintenance.reference.reminder')

        company = create_company()
        with set_company(company):
            ana = create_employee(company)
            bar = self._work(ana, "Bar")
            self._work(ana, "Without address")
            create_email(bar.party, 'bar@example.com')
            with patch(SEND_REMINDER) as send:
                Reminder.remind_due()
                self.assertEqual(send.mock_calls, [])
                configure(reference_reminder_days=7)
                with self.assertLogs(
                        'trytond.modules.maintenance_order',
                        'WARNING') as log:
                    Reminder.remind_due()
                self.assertIn("Without address", log.output[0])
                self.assertNotIn("Bar", log.output[0])
                Reminder.remind_due()
                self.assertEqual(len(send.mock_calls), 1)
                reminder, = Reminder.search([])
                Reminder.write([reminder], {
                        'sent_at': reminder.sent_at - 7 * ONE_DAY})
                Reminder.remind_due()
                self.assertEqual(len(send.mock_calls), 2)
        other = create_company("Other", company.currency)
        with set_company(other), patch(SEND_REMINDER) as send:
            configure(reference_reminder_days=1)
            Reminder.remind_due()
            self.assertEqual(send.mock_calls, [])

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What visits leave behind: stock, attempts, who decided, and the plan."""
import datetime as dt
import io
import json
from decimal import Decimal
from unittest import TestCase
from unittest.mock import patch

from pypdf import PdfReader

from trytond.model.exceptions import AccessError
from trytond.model.modelview import AccessButtonError
from trytond.modules.company.tests import (
    create_company, create_employee, set_company)
from trytond.modules.maintenance_order.exceptions import (
    AbsenceDateError, PlanSiteError, VisitTaskError)
from trytond.modules.maintenance_order.tests.test_module import (
    DAY, Acting, create_order, create_product, create_user, create_visits)
from trytond.modules.maintenance_order.tests.test_visit import (
    add_work, brief, configure)
from trytond.pool import Pool
from trytond.tests.test_tryton import activate_module, with_transaction
from trytond.transaction import Transaction, without_check_access

D = Decimal
HOUR = dt.timedelta(hours=1)
SEND = (
    'trytond.modules.maintenance_order.visit_mail'
    '.send_message_transactional')


def create_van(name="Van"):
    pool = Pool()
    Location = pool.get('stock.location')
    ModelData = pool.get('ir.model.data')
    van = Location(
        name=name, type='storage',
        parent=ModelData.get_id('stock', 'location_storage'))
    van.save()
    return van


def create_driver(company, name="Ana", **values):
    "Return an employee with a van"
    Employee = Pool().get('company.employee')
    employee = create_employee(company, name=name)
    Employee.write([employee], {
            'vehicle': create_van(f"Van of {name}").id, **values})
    return Employee(employee.id)


def add_part(visit, product, quantity=1):
    Line = Pool().get('maintenance.visit.line')
    line, = Line.create([{
                'visit': visit.id, 'kind': 'material', 'product': product.id,
                'unit': product.default_uom.id, 'quantity': quantity}])
    return line


def fail(visit, reason='absent'):
    Visit = Pool().get('maintenance.visit')
    Visit.write([visit], {'failed_reason': reason})
    Visit.fail([Visit(visit.id)])


class VisitSettlingTestCase(TestCase):
    "Test what visits leave behind"

    @classmethod
    def setUpClass(cls):
        activate_module('maintenance_order')
        super().setUpClass()

    @with_transaction()
    def test_planning_starts_with_the_best_slot(self):
        "Test the planning opens filled in, and keeps the length"
        pool = Pool()
        Plan = pool.get('maintenance.order.plan_visit', type='wizard')
        Start = pool.get('maintenance.order.plan_visit.start')

        company = create_company()
        with set_company(company):
            order = create_order("Hotel")
            nobody = Plan._best_slot(company, order.site, order.tasks)
            self.assertIsNone(nobody['leader'])
            self.assertIsNone(nobody['planned_start'])
            self.assertIn("Nobody", nobody['proposal'])

            ana = create_driver(company)
            found = Plan._best_slot(company, order.site, order.tasks)
            self.assertEqual(found['leader'], ana.id)
            self.assertEqual(
                found['planned_end'] - found['planned_start'],
                dt.timedelta(hours=1))
            self.assertEqual(found['tasks'], [t.id for t in order.tasks])

            chosen, other = json.loads(found['slots'])[:2]
            self.assertEqual(found['slot'], chosen[0])
            start = Start(slots=found['slots'], slot=other[0])
            self.assertIn(other[0], dict(start.get_slots()))
            start.on_change_slot()
            self.assertEqual(start.leader, ana)
            self.assertGreater(
                start.planned_start.date(), found['planned_start'].date())
            self.assertEqual(
                (start.planned_end - start.planned_start, start.slot),
                (HOUR, other[0]))
            # What is typed is no longer the slot.
            start.planned_start += HOUR
            start.on_change_planned_start()
            self.assertIsNone(start.slot)

            start = Start(
                planned_start=found['planned_start'],
                planned_end=found['planned_start'] + dt.timedelta(hours=3))
            start.on_change_planned_end()
            start.planned_start += dt.timedelta(days=1)
            start.on_change_planned_start()
            self.assertEqual(
                start.planned_end - start.planned_start,
                dt.timedelta(hours=3))

    def _run(self, name, records, values=None, state=None):
        "Open a wizard on records, and take a step with what it shows"
        Wizard = Pool().get(name, type='wizard')
        with Transaction().set_context(
                active_model=records[0].__name__, active_id=records[0].id,
                active_ids=[r.id for r in records]):
            session_id, first, _ = Wizard.create()
            try:
                view = Wizard.execute(session_id, {}, first)['view']
                shown = {
                    k: v for k, v in view['defaults'].items() if '.' not in k}
                if state:
                    Wizard.execute(session_id, {
                            first: {**shown, **(values or {})}}, state)
                return shown
            finally:
                Wizard.delete(session_id)

    @with_transaction()
    def test_tasks_are_planned_where_they_are_listed(self):
        "Test the tasks of a site make one visit, those of two sites none"
        pool = Pool()
        Task = pool.get('maintenance.order.task')

        company = create_company()
        with set_company(company):
            ana = create_driver(company)
            hotel, bar = create_order("Hotel"), create_order("Bar")
            other = create_order("Other")
            other.site = hotel.site
            other.party = hotel.party
            other.save()
            tasks = [hotel.tasks[0], Task(other.tasks[0].id)]
            name = 'maintenance.order.task.plan_visit'
            with self.assertRaises(PlanSiteError) as caught:
                self._run(name, [tasks[0], bar.tasks[0]])
            self.assertIn("Bar", str(caught.exception))
            self._run(name, tasks, state='plan')
            visit, = {v for t in Task.browse(tasks) for v in t.visits}
            self.assertEqual(
                (visit.leader, set(visit.tasks)), (ana, set(tasks)))
            self.assertFalse(Task(tasks[0].id).to_plan)
            Task.write([bar.tasks[0]], {'state': 'done'})
            with self.assertRaises(VisitTaskError):
                self._run(name, [bar.tasks[0]])

    @with_transaction()
    def test_visit_is_moved(self):
        "Test a visit goes to another slot with its promise, and it is told"
        pool = Pool()
        Mechanism = pool.get('party.contact_mechanism')
        Visit = pool.get('maintenance.visit')

        company = create_company()
        with set_company(company):
            ana = create_driver(company, "Ana")
            leo = create_driver(company, "Leo")
            start = dt.datetime.combine(
                pool.get('ir.date').today() + dt.timedelta(days=7),
                dt.time(9))
            visit, = create_visits(
                [create_order("Hotel")], ana, planned_start=start,
                planned_end=start + 2 * HOUR, promised_from=start,
                promised_to=start + 3 * HOUR, vehicle=ana.vehicle.id)
            name = 'maintenance.visit.move'
            self.assertFalse(self._run(name, [visit])['tell'])
            Visit.write([visit], {'confirmed_at': start - 48 * HOUR})
            Mechanism.create([{
                        'party': visit.party.id, 'type': 'email',
                        'value': 'desk@example.com'}])
            shown = self._run(name, [visit])
            self.assertTrue(shown['tell'])
            self.assertGreater(shown['planned_start'].date(), start.date())
            self.assertEqual(
                shown['planned_end'] - shown['planned_start'], 2 * HOUR)
            new = start + 49 * HOUR
            with patch(SEND) as send:
                self._run(name, [visit], {
                        'leader': leo.id, 'planned_start': new,
                        'planned_end': new + HOUR}, 'move')
            visit = Visit(visit.id)
            self.assertEqual(
                (visit.leader, visit.vehicle, list(visit.employees)),
                (leo, leo.vehicle, [leo]))
            self.assertEqual(
                (visit.planned_start, visit.planned_end, visit.promised_from,
                    visit.promised_to),
                (new, new + HOUR, new, new + 3 * HOUR))
            message = send.mock_calls[0].args[0]
            self.assertIn("Our visit moves to", message['Subject'])
            self.assertIn(
                "Who comes: Leo.", message.get_body().get_content())
            Visit.arrive([visit])
            with self.assertRaises(VisitTaskError):
                self._run(name, [visit])

    @with_transaction()
    def test_material_of_failed_visit(self):
        "Test what was used on a visit that failed left the van"
        pool = Pool()
        Move = pool.get('stock.move')

        company = create_company()
        with set_company(company):
            ana = create_driver(company)
            visit, = create_visits(
                [create_order()], ana, state='in_progress',
                vehicle=ana.vehicle.id)
            part = create_product("Part", 'goods', 'uom_unit', '80.00')
            line = add_part(visit, part, 2)
            fail(visit, 'unsafe')
            move, = Move.search([('origin', '=', str(line))])
            self.assertEqual(
                (move.state, move.quantity, move.from_location),
                ('done', 2, ana.vehicle))
            self.assertEqual(brief(visit), [('goodwill', None, D(0))])

    @with_transaction()
    def test_attempts_by_date(self):
        "Test the attempts count by the days of the visits"
        pool = Pool()
        Visit = pool.get('maintenance.visit')

        company = create_company()
        with set_company(company):
            order = create_order()
            ana = create_employee(company)
            later, = create_visits(
                [order], ana, date=DAY + dt.timedelta(days=2))
            earlier, = create_visits([order], ana)
            undated, = create_visits([order], ana, date=None)
            fail(earlier)
            self.assertEqual(
                [v.attempt for v in Visit.browse([earlier, later, undated])],
                [1, 2, 2])
            fail(later)
            self.assertEqual(
                [v.attempt for v in Visit.browse([earlier, later, undated])],
                [1, 2, 3])

    @with_transaction()
    def test_try_again(self):
        "Test what failed is tried again once, with what is left of it"
        pool = Pool()
        Task = pool.get('maintenance.order.task')
        Visit = pool.get('maintenance.visit')

        company = create_company()
        with set_company(company):
            order = create_order(tasks=2)
            visit, = create_visits([order], create_employee(company))
            fail(visit)
            first, second = order.tasks
            Task.do([first])
            again = Visit(visit.id)._try_again()
            again.save()
            self.assertEqual(list(again.tasks), [second])
            with self.assertRaises(VisitTaskError):
                Visit(visit.id)._try_again()
            Visit.cancel([again])
            Task.do([Task(second.id)])
            with self.assertRaises(VisitTaskError):
                Visit(visit.id)._try_again()

    @with_transaction()
    def test_failed_always(self):
        "Test the way is charged by rule, and the note says that we came"
        pool = Pool()
        Note = pool.get('maintenance.visit.failed_note', type='report')
        Visit = pool.get('maintenance.visit')

        company = create_company()
        with set_company(company):
            configure(
                call_out_product=create_product(
                    "Call-Out", unit='uom_unit', price='30'),
                distance_product=create_product(
                    "Distance", unit='uom_kilometer', price='0.50'),
                failed_charge='always')
            order = create_order("Hotel Sol", description="Leak")
            visit, = create_visits(
                [order], create_employee(company, name="Ana"),
                state='in_progress', distance=24)
            Visit.write([visit], {'work_done': "Rang the bell twice."})
            fail(visit, 'no_access')
            self.assertEqual(brief(visit), [
                    ('customer', "Hotel Sol", D(30)),
                    ('customer', "Hotel Sol", D(12))])
            extension, content, _, _ = Note.execute([visit.id], {})
            self.assertEqual(extension, 'pdf')
            text = PdfReader(io.BytesIO(content)).pages[0].extract_text()
            for words in [
                    visit.number, "Hotel Sol", "No Access", "Ana",
                    "Rang the bell twice.", "Leak"]:
                self.assertIn(words, text)

    @with_transaction()
    def test_refill(self):
        "Test the van gets what it lacks, however often it was written down"
        pool = Pool()
        Line = pool.get('maintenance.visit.line')
        Refill = pool.get('maintenance.van.refill')
        Report = pool.get('maintenance.van.refill.list', type='report')
        Visit = pool.get('maintenance.visit')

        company = create_company()
        with set_company(company):
            ana = create_driver(company)
            part = create_product("Part", 'goods', 'uom_unit', '80.00')

            def visit(quantity, product=part):
                visit, = create_visits(
                    [create_order()], ana, state='in_progress',
                    vehicle=ana.vehicle.id)
                add_part(visit, product, quantity)
                Visit.finish([visit])
                Visit.post([Visit(visit.id)])
                return Visit(visit.id)

            def refill():
                return [
                    (r.location, r.date, r.product, r.quantity)
                    for r in Refill.search([])]

            wrong = visit(3)
            self.assertEqual(refill(), [(ana.vehicle, DAY, part, 3)])
            right = wrong.correction()
            Line.write(list(right.lines), {'quantity': 2})
            Visit.finish([right])
            self.assertEqual(refill(), [(ana.vehicle, DAY, part, 3)])
            Visit.post([Visit(right.id)])
            self.assertEqual(refill(), [(ana.vehicle, DAY, part, 2)])
            hose = create_product("Hose", 'goods', 'uom_unit', '12.00')
            visit(1, hose)
            rows = Refill.search([('product', '=', part.id)])
            paper = PdfReader(io.BytesIO(
                    Report.execute([r.id for r in rows], {})[1]))
            self.assertEqual(len(paper.pages), 1)
            words = ' '.join(paper.pages[0].extract_text().split())
            for word in [
                    ana.vehicle.name, ana.rec_name, "03/10/2026",
                    "Part 2", "Hose 1"]:
                self.assertIn(word, words)
            visit(-1, hose)
            visit(-1)
            self.assertEqual(refill(), [(ana.vehicle, DAY, part, 1)])
            visit(-1)
            self.assertEqual(refill(), [])

    @with_transaction()
    def test_closed_period(self):
        "Test the stock of a closed period is moved today"
        pool = Pool()
        Date = pool.get('ir.date')
        Move = pool.get('stock.move')
        Period = pool.get('stock.period')
        Visit = pool.get('maintenance.visit')

        company = create_company()
        with set_company(company):
            today = Date.today()
            van = create_van()
            part = create_product("Part", 'goods', 'uom_unit', '80.00')
            visit, late = create_visits(
                [create_order(), create_order()], create_employee(company),
                state='in_progress', vehicle=van.id)
            for record in [visit, late]:
                add_part(record, part)
            Visit.finish([visit, late])
            Visit.post([Visit(visit.id)])
            self.assertEqual(
                [m.effective_date for m in Move.search([])], [DAY])
            period, = Period.create([{'date': DAY, 'company': company.id}])
            Period.close([period])

            Visit.post([Visit(late.id)])
            correction = Visit(visit.id).correction()
            Visit.finish([correction])
            Visit.post([Visit(correction.id)])
            moves = Move.search([], order=[('id', 'ASC')])
            self.assertEqual(
                [m.effective_date for m in moves],
                [DAY, today, today, today])
            self.assertEqual({m.state for m in moves}, {'done'})

    @with_transaction()
    def test_who_decided(self):
        "Test a decision by hand keeps who decided, when decided anew too"
        pool = Pool()
        Line = pool.get('maintenance.visit.line')
        Share = pool.get('maintenance.visit.share')
        Visit = pool.get('maintenance.visit')

        company = create_company()
        with set_company(company):
            ana, max_ = [
                create_employee(company, name=n) for n in ["Ana", "Max"]]
            visit, = create_visits(
                [create_order()], ana, state='in_progress')
            line = add_work(visit, create_product("Labour"))
            Visit.finish([visit])
            manager = create_user('max', 'group_service_manager', max_)
            with Acting(manager), without_check_access():
                Share.override([Line(line.id)], 'goodwill', "Our mistake")
            for _ in range(2):
                share, = Line(line.id).shares
                self.assertEqual(
                    (share.override_reason, share.override_by),
                    ("Our mistake", max_))
                Visit.decide([Visit(visit.id)])
            Visit.post([Visit(visit.id)])
            share, = Line(line.id).shares
            self.assertEqual(share.override_by, max_)

    def _not_available(self, employee, change=None, **values):
        "Run the wizard for the day and return the lines it proposed"
        pool = Pool()
        Wizard = pool.get('maintenance.not_available', type='wizard')
        session_id, _, _ = Wizard.create()
        start = {
            'employee': employee.id, 'kind': 'illness', 'from_date': DAY,
            'to_date': DAY, 'note': None, **values}
        result = Wizard.execute(session_id, {'start': start}, 'visits')
        lines = result['view']['defaults']['lines']
        Wizard.execute(session_id, {'start': start, 'visits': {
                    'lines': [
                        {k: v for k, v in {**line, **(change or {})}.items()
                            if '.' not in k}
                        for line in lines]}}, 'change')
        Wizard.delete(session_id)
        return lines

    @with_transaction()
    def test_nobody_who_left_stands_in(self):
        "Test who left, or has not begun, is not proposed"
        pool = Pool()
        Employee = pool.get('company.employee')
        Visit = pool.get('maintenance.visit')

        company = create_company()
        with set_company(company):
            ana = create_driver(company, "Ana")
            left = create_driver(
                company, "Leo", end_date=DAY - dt.timedelta(days=1))
            create_driver(
                company, "Noa", start_date=DAY + dt.timedelta(days=1))
            visit, = create_visits(
                [create_order()], ana,
                planned_start=dt.datetime(2026, 3, 10, 9),
                planned_end=dt.datetime(2026, 3, 10, 10))
            line, = self._not_available(ana, tell=False, change={
                    'leader': None, 'new_start': None})
            self.assertNotEqual(line['leader'], left.id)
            self.assertGreater(line['new_start'], line['planned_start'])
            self.assertEqual(Visit(visit.id).state, 'cancelled')

            Employee.write([left], {'end_date': DAY})
            visit, = create_visits(
                [create_order()], ana,
                planned_start=dt.datetime(2026, 3, 10, 9),
                planned_end=dt.datetime(2026, 3, 10, 10))
            line, = self._not_available(ana, tell=False)
            self.assertEqual(line['outcome'], "Leo goes instead.")
            visit = Visit(visit.id)
            self.assertEqual(
                (visit.state, visit.leader, visit.vehicle),
                ('planned', left, left.vehicle))

    @with_transaction()
    def test_end_before_start_is_told(self):
        "Test the error names who can not be away on such days"
        company = create_company()
        with set_company(company):
            ana = create_driver(company, "Ana")
            with self.assertRaises(AbsenceDateError) as caught:
                self._not_available(
                    ana, tell=False, to_date=DAY - dt.timedelta(days=1))
            self.assertIn("Ana", str(caught.exception))

    @with_transaction()
    def test_two_visits_with_one_stand_in(self):
        "Test who stands in has no two visits at a time, and all are told"
        pool = Pool()
        Mechanism = pool.get('party.contact_mechanism')
        Visit = pool.get('maintenance.visit')

        company = create_company()
        with set_company(company):
            ana, leo = [create_driver(company, n) for n in ["Ana", "Leo"]]
            start = dt.datetime(2026, 3, 10, 9)
            visits = create_visits(
                [create_order("Hotel"), create_order("Bar")], ana,
                planned_start=start, planned_end=start + HOUR,
                promised_from=start, promised_to=start + HOUR)
            Visit.write(visits, {'confirmed_at': start - 24 * HOUR})
            Mechanism.create([{
                        'party': v.party.id, 'type': 'email',
                        'value': f'{v.number}@example.com'} for v in visits])
            with patch(SEND) as send:
                kept, moved = self._not_available(ana, tell=True)
            self.assertEqual(
                (kept['leader'], kept['new_start']), (leo.id, None))
            self.assertIn("agree it", moved['outcome'])
            first, second = Visit.browse(visits)
            self.assertEqual(
                (first.leader, first.planned_start), (leo, start))
            self.assertEqual(second.planned_start, moved['new_start'])
            self.assertEqual(
                second.promised_to, moved['new_start'] + HOUR)
            self.assertGreater(second.planned_start, start)
            subjects = [c.args[0]['Subject'] for c in send.mock_calls]
            self.assertIn("Our visit on 03/10/2026", subjects[0])
            self.assertIn("Our visit moves to", subjects[1])
            message = send.mock_calls[1].args[0]
            text = message.get_body().get_content()
            self.assertIn("we told you, 03/10/2026 09:00", text)
            calendar, = message.iter_attachments()
            self.assertEqual(calendar.get_content_charset(), 'utf-8')
            self.assertIn(
                f'DTSTART:{second.planned_start:%Y%m%dT%H%M%SZ}',
                calendar.get_content())

    @with_transaction()
    def test_language_of_customer(self):
        "Test customers read their own language, whoever works for them"
        pool = Pool()
        Lang = pool.get('ir.lang')
        Mechanism = pool.get('party.contact_mechanism')
        Message = pool.get('ir.message')
        ModelData = pool.get('ir.model.data')
        Translation = pool.get('ir.translation')
        Visit = pool.get('maintenance.visit')

        def translate(name, text):
            message = Message(ModelData.get_id('maintenance_order', name))
            Translation.create([{
                        'lang': 'it', 'type': 'model', 'fuzzy': False,
                        'name': 'ir.message,text', 'res_id': message.id,
                        'src': message.text, 'value': text,
                        'module': 'maintenance_order'}])

        translate('msg_mail_confirmation_subject', "Uscita del %(date)s")
        translate('msg_visit_event', "Uscita di %(company)s")
        translate(
            'msg_invoice_line_visit', "Uscita %(visit)s %(date)s %(site)s")
        italian, = Lang.search([('code', '=', 'it')])
        company = create_company()
        with set_company(company):
            ana = create_driver(company)
            start = dt.datetime(2026, 3, 10, 9)
            visit, = create_visits(
                [create_order("Hotel")], ana, date=DAY,
                planned_start=start, planned_end=start + HOUR)
            visit.party.lang = italian
            visit.party.save()
            Mechanism.create([{
                        'party': visit.party.id, 'type': 'email',
                        'value': 'hotel@example.com'}])
            with patch(SEND) as send:
                Visit.confirm([visit])
            message = send.mock_calls[0].args[0]
            self.assertEqual(message['Subject'], "Uscita del 10/03/2026")
            calendar, = message.iter_attachments()
            self.assertIn("SUMMARY:Uscita di", calendar.get_content())
            self.assertTrue(visit.invoicing_text('it').startswith("Uscita"))
            self.assertTrue(visit.invoicing_text().startswith("Visit"))

    @with_transaction()
    def test_cancelled_is_told(self):
        "Test the customer of a cancelled visit is told that nobody comes"
        pool = Pool()
        Mechanism = pool.get('party.contact_mechanism')

        company = create_company()
        with set_company(company):
            ana = create_driver(company)
            planned = {
                'planned_start': dt.datetime(2026, 3, 10, 9),
                'planned_end': dt.datetime(2026, 3, 10, 10),
                }
            hotel, bar = create_visits(
                [create_order("Hotel"), create_order("Bar")], ana, **planned)
            type(hotel).write([hotel], {
                    'confirmed_at': dt.datetime(2026, 3, 1)})
            # The bar has no address: nobody can be told.
            Mechanism.create([{
                        'party': hotel.party.id, 'type': 'email',
                        'value': 'desk@example.com'}])
            with patch(SEND) as send:
                self._not_available(ana, tell=True, change={
                        'leader': None, 'new_start': None})
            message, = [c.args[0] for c in send.mock_calls]
            self.assertIn('desk@example.com', message['To'])
            self.assertIn('03/10/2026', message['Subject'])
            calendar, = message.iter_attachments()
            text = calendar.get_content()
            self.assertIn('METHOD:CANCEL', text)
            self.assertIn('STATUS:CANCELLED', text)
            self.assertIn(f'UID:{hotel.uuid}@oficio', text)
            self.assertEqual({v.state for v in type(hotel).browse(
                        [hotel, bar])}, {'cancelled'})

    @with_transaction()
    def test_money_is_locked(self):
        "Test who has the money is told by the buttons only, and then stays"
        pool = Pool()
        Payment = pool.get('maintenance.visit.payment')

        company = create_company()
        with set_company(company):
            ana, eva = [
                create_employee(company, name=n) for n in ["Ana", "Eva"]]
            visit, = create_visits(
                [create_order()], ana, state='in_progress')
            technician = create_user('ana', 'group_technician', ana)
            dispatcher = create_user('eva', 'group_dispatcher', eva)
            values = {'visit': visit.id, 'amount': D(20)}
            with Acting(technician):
                with self.assertRaises(AccessError):
                    Payment.create([{**values, 'state': 'handed_in'}])
                payment, = Payment.create([values])
                Payment.write([payment], {'amount': D(25)})
                for change in [
                        {'state': 'handed_in'}, {'handed_in_to': ana.id}]:
                    with self.assertRaises(AccessError):
                        Payment.write([payment], change)
                with self.assertRaises(AccessButtonError):
                    Payment.hand_in([payment])
            with Acting(dispatcher):
                Payment.hand_in([Payment(payment.id)])
                with self.assertRaises(AccessError):
                    Payment.write([Payment(payment.id)], {'amount': D(15)})
                with self.assertRaises(AccessError):
                    Payment.delete([Payment(payment.id)])
            payment = Payment(payment.id)
            self.assertEqual(
                (payment.state, payment.amount, payment.handed_in_to),
                ('handed_in', D(25), eva))
            # Scripts of the server are no exception.
            with self.assertRaises(AccessError):
                Payment.write([payment], {'amount': D(15)})

    @with_transaction()
    def test_order_stays_open(self):
        "Test an order is not closed while a line without task is to invoice"
        pool = Pool()
        Order = pool.get('maintenance.order')
        Share = pool.get('maintenance.visit.share')
        Visit = pool.get('maintenance.visit')

        company = create_company()
        with set_company(company):
            visit, = create_visits(
                [create_order()], create_employee(company),
                state='in_progress')
            line = add_work(visit, create_product("Labour"))
            self.assertIsNone(line.task)
            Visit.finish([visit])
            Visit.post([Visit(visit.id)])
            order, = Visit(visit.id).orders
            Order.close_settled([order])
            self.assertEqual(Order(order.id).state, 'done')
            Share.override([line], 'goodwill', "A gift")
            Order.close_settled([order])
            self.assertEqual(Order(order.id).state, 'closed')

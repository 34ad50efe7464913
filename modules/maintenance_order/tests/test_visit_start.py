# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What is settled before the work: the prices, and since when it stands."""
import datetime as dt
import io
from unittest import TestCase
from unittest.mock import patch

from pypdf import PdfReader

from trytond.model.exceptions import AccessError
from trytond.modules.company.tests import (
    create_company, create_employee, set_company)
from trytond.modules.maintenance_order.decision import (
    PRIORITY_PRICE, Candidate)
from trytond.modules.maintenance_order.exceptions import (
    PriceSheetError, VisitDateError)
from trytond.modules.maintenance_order.tests.test_module import (
    Acting, create_order, create_product, create_user, create_visits)
from trytond.modules.maintenance_order.tests.test_visit import (
    D, add_work, configure)
from trytond.modules.maintenance_order.tests.tools import SIGNATURE
from trytond.pool import Pool
from trytond.tests.test_tryton import activate_module, with_transaction
from trytond.transaction import Transaction


def accept(visit, signature=SIGNATURE, prices=None):
    "Show the prices, and let the customer sign them"
    Wizard = Pool().get('maintenance.visit.accept_prices', type='wizard')
    with Transaction().set_context(
            active_model=visit.__name__, active_id=visit.id,
            active_ids=[visit.id]):
        session_id, state, _ = Wizard.create()
        result = Wizard.execute(session_id, {}, state)
        shown = result['view']['defaults']['prices']
        Wizard.execute(session_id, {'start': {
                    'prices': prices or shown, 'signer': "Ana Roca",
                    'signature': signature}}, 'accept')
        Wizard.delete(session_id)
    return shown


class VisitStartTestCase(TestCase):
    "Test the prices accepted before the work"

    @classmethod
    def setUpClass(cls):
        activate_module('maintenance_order')
        super().setUpClass()

    def _visit(self, **values):
        company = create_company()
        with set_company(company):
            configure(
                labour_product=create_product("Labour"),
                travel_product=create_product("Travel", price='40'),
                call_out_product=create_product(
                    "Call-Out", unit='uom_unit', price='30'))
            self.order = create_order(**values)
            self.ana = create_employee(company)
            visit, = create_visits(
                [self.order], self.ana, state='in_progress')
            self.technician = create_user(
                'ana', 'group_technician', self.ana)
        return visit

    @with_transaction()
    def test_accepted(self):
        "Test the technician shows the prices, and the report has them"
        pool = Pool()
        Report = pool.get('maintenance.visit.work_report', type='report')
        Visit = pool.get('maintenance.visit')
        visit = self._visit()
        with Acting(self.technician):
            shown = accept(visit)
            self.assertEqual(shown.split('\n'), [
                    "Call-Out: usd30.00 / Unit",
                    "Travel: usd40.00 / Hour",
                    "Work: usd45.00 / Hour",
                    "Taxes not included."])
            self.assertEqual(Visit(visit.id).lines, ())
            with self.assertRaises(PriceSheetError):
                accept(visit)
            for change in [
                    {'start_prices': "Work: $900"},
                    {'start_signed_at': None}]:
                with self.assertRaises(AccessError):
                    Visit.write([Visit(visit.id)], change)
        visit = Visit(visit.id)
        self.assertEqual(visit.start_prices, shown)
        self.assertEqual(visit.start_signer, "Ana Roca")
        self.assertTrue(visit.start_signed_at)
        Visit.finish([visit])
        Visit.write([visit], {
                'signer': "Ana Roca", 'signature': SIGNATURE})
        Visit.sign([Visit(visit.id)])
        _, paper, _, _ = Report.execute([visit.id], {})
        words = '\n'.join(
            p.extract_text() for p in PdfReader(io.BytesIO(paper)).pages)
        self.assertIn("Call-Out: usd30.00", words)
        correction = Visit(visit.id).correction()
        self.assertEqual(correction.start_prices, shown)
        copy, = Visit.copy([Visit(visit.id)])
        self.assertIsNone(copy.start_signed_at)

    @with_transaction()
    def test_nobody_signs_what_he_did_not_read(self):
        "Test there is a signature, under the prices as they are"
        visit = self._visit()
        with Acting(self.technician):
            with self.assertRaises(PriceSheetError):
                accept(visit, signature=None)
            with self.assertRaises(PriceSheetError):
                accept(visit, prices="Work: $1.00 / Hour")
        self.assertIsNone(visit.start_signed_at)

    @with_transaction()
    def test_as_decided(self):
        "Test the sheet tells what the sources of prices would charge"
        pool = Pool()
        Visit = pool.get('maintenance.visit')
        visit = self._visit()
        original = Visit._decision_candidates

        def candidates(visits):
            found = original(visits)
            for visit in visits:
                for line in visit.lines:
                    if line.kind == 'work':
                        found[visit.id].append(Candidate(
                                'customer', priority=PRIORITY_PRICE,
                                unit_price=D(90), lines=frozenset([line.id])))
            return found

        with patch.object(
                Visit, '_decision_candidates', side_effect=candidates):
            self.assertIn("Work: usd90.00 / Hour", visit.price_sheet())
        task, = visit.tasks

        def covered(visits):
            found = original(visits)
            for visit in visits:
                lines = frozenset(
                    l.id for l in visit.lines if l.task == task)
                if lines:
                    found[visit.id].append(Candidate('contract', lines=lines))
            return found

        with patch.object(Visit, '_decision_candidates', side_effect=covered):
            self.assertIn(
                "Work: included\n", Visit(visit.id).price_sheet())
        # What is free for one of two tasks is paid for the other.
        other, = task.copy([task])
        Visit.write([visit], {'tasks': [('add', [other.id])]})
        with patch.object(Visit, '_decision_candidates', side_effect=covered):
            self.assertIn(
                "Work: usd45.00 / Hour", Visit(visit.id).price_sheet())

    @with_transaction()
    def test_agreed_price(self):
        "Test what was agreed stands above the prices"
        visit = self._visit(agreed_kind='fixed', agreed_amount=D(150))
        self.assertEqual(visit.price_sheet().split('\n'), [
                f"Agreed for order {self.order.number}: All In usd150.00",
                "Taxes not included."])
        self.order.agreed_kind = 'hourly'
        self.order.agreed_amount = D(60)
        self.order.save()
        sheet = visit.__class__(visit.id).price_sheet()
        self.assertIn("By the Hour usd60.00", sheet)
        self.assertIn("Work: usd60.00 / Hour", sheet)
        self.assertIn("Call-Out: usd30.00", sheet)

    @with_transaction()
    def test_no_prices(self):
        "Test who has no price to show is told what to do"
        with set_company(create_company()):
            visit, = create_visits([create_order()])
            with self.assertRaises(PriceSheetError):
                visit.price_sheet()


class VisitDowntimeTestCase(TestCase):
    "Test the time in which machines stood still"

    @classmethod
    def setUpClass(cls):
        activate_module('maintenance_order')
        super().setUpClass()

    def _repair(self, machine, day, since=None, **values):
        "Repair the machine from 8 to 10 o'clock of the day, and post it"
        pool = Pool()
        Visit = pool.get('maintenance.visit')
        order = create_order()
        task, = order.tasks
        task.equipment = machine
        task.save()
        visit, = create_visits(
            [order], create_employee(self.company), state='in_progress')
        add_work(visit, self.labour)
        visit.arrived_at = dt.datetime(2026, 3, day, 8)
        visit.finished_at = dt.datetime(2026, 3, day, 10)
        visit.stopped_since = since
        for name, value in values.items():
            setattr(visit, name, value)
        visit.save()
        Visit.finish([visit])
        Visit.post([Visit(visit.id)])
        return Visit(visit.id)

    def _machine(self):
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')
        self.company = create_company()
        with set_company(self.company):
            self.labour = create_product("Labour")
            machine = Equipment(name="Lift")
            machine.save()
        return machine

    def _spans(self, machine):
        Downtime = Pool().get('maintenance.downtime')
        return [
            (d.start.day, d.start.hour, d.end.day if d.end else None,
                d.origin.__name__ if d.origin else None)
            for d in Downtime.search(
                [('equipment', '=', machine.id)], order=[('start', 'ASC')])]

    @with_transaction()
    def test_written(self):
        "Test a repair writes since when, and a second one writes the end"
        machine = self._machine()
        with set_company(self.company):
            self._repair(machine, 9)
            self.assertEqual(self._spans(machine), [])
            self._repair(machine, 10, dt.datetime(2026, 3, 9, 18))
            self.assertEqual(
                self._spans(machine), [(9, 18, 10, 'maintenance.visit')])
            self._repair(
                machine, 12, dt.datetime(2026, 3, 12, 6),
                another_visit_needed=True)
            self.assertEqual(
                self._spans(machine)[1], (12, 6, None, 'maintenance.visit'))
            self._repair(machine, 13)
            self.assertEqual(
                self._spans(machine)[1], (12, 6, 13, 'maintenance.visit'))

    @with_transaction()
    def test_no_doubles(self):
        "Test what a ticket told stays the only one, and ends with the repair"
        pool = Pool()
        Downtime = pool.get('maintenance.downtime')
        machine = self._machine()
        with set_company(self.company):
            told, = Downtime.create([{
                        'equipment': machine.id,
                        'start': dt.datetime(2026, 3, 9, 17)}])
            # It says nothing of standing still: somebody else ends it.
            self._repair(machine, 10)
            self.assertIsNone(Downtime(told.id).end)
            self._repair(machine, 10, dt.datetime(2026, 3, 9, 18))
            self.assertEqual(self._spans(machine), [(9, 17, 10, None)])

    @with_transaction()
    def test_corrected(self):
        "Test a correction writes it anew, and only what is possible"
        pool = Pool()
        Visit = pool.get('maintenance.visit')
        machine = self._machine()
        with set_company(self.company):
            visit = self._repair(machine, 10, dt.datetime(2026, 3, 9, 18))
            correction = visit.correction()
            self.assertEqual(
                correction.stopped_since, dt.datetime(2026, 3, 9, 18))
            with self.assertRaises(VisitDateError):
                Visit.write([correction], {
                        'stopped_since': dt.datetime(2026, 3, 11)})
            Visit.write([correction], {
                    'stopped_since': dt.datetime(2026, 3, 9, 20)})
            Visit.finish([correction])
            Visit.post([Visit(correction.id)])
            self.assertEqual(
                self._spans(machine), [(9, 20, 10, 'maintenance.visit')])


class SearchTestCase(TestCase):
    "Test what is found by order, machine and description"

    @classmethod
    def setUpClass(cls):
        activate_module('maintenance_order')
        super().setUpClass()

    @with_transaction()
    def test_found_by(self):
        "Test units, tasks and material are found by what people know"
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')
        Material = pool.get('maintenance.order.material')
        Task = pool.get('maintenance.order.task')
        Unit = pool.get('maintenance.workshop.unit')
        with set_company(create_company()):
            machine = Equipment(name="Copier")
            machine.save()
            order = create_order(kind='workshop')
            other = create_order()
            task, = order.tasks
            task.equipment = machine
            task.description = "Jams"
            task.save()
            unit, = Unit.create([{
                        'order': order.id, 'equipment': machine.id,
                        'description': "Jams", 'company': order.company.id}])
            material, = Material.create([{
                        'order': order.id, 'task': task.id,
                        'product': create_product(
                            "Roller", 'goods', 'uom_unit').id,
                        'quantity': 1}])
            for record, words in [
                    (task, [order.number, "Copier", "Jams"]),
                    (unit, [order.number, "Copier", "Jams"]),
                    (material, [order.number, "Copier", "Roller"]),
                    ]:
                Model = record.__class__
                for word in words:
                    with self.subTest(model=Model.__name__, word=word):
                        self.assertEqual(
                            Model.search([('rec_name', 'ilike', f'%{word}%')]),
                            [record])
            self.assertEqual(
                Task.search([('rec_name', 'not ilike', "%Copier%")]),
                list(other.tasks))

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
import io
from decimal import Decimal
from unittest import TestCase

from pypdf import PdfReader

from trytond.modules.company.tests import (
    create_company, create_employee, set_company)
from trytond.pool import Pool
from trytond.tests.test_tryton import activate_module, with_transaction

from .test_module import (
    DAY, Acting, create_order, create_product, create_user, create_visits)
from .test_reporting import create_machine

NOON = dt.datetime.combine(DAY, dt.time(12))


def create_meter(machine):
    Meter = Pool().get('maintenance.meter')
    meter, = Meter.create([{'equipment': machine.id, 'name': "Hours"}])
    return meter


def create_reading(meter, visit, value, when=NOON):
    Reading = Pool().get('maintenance.meter.reading')
    reading, = Reading.create([{
                'meter': meter.id, 'when': when, 'value': Decimal(value),
                'origin': str(visit),
                }])
    return reading


def post(visit):
    "Finish the visit with a line, and post it"
    pool = Pool()
    Line = pool.get('maintenance.visit.line')
    Visit = pool.get('maintenance.visit')
    if not visit.lines:
        Line.create([{
                    'visit': visit.id, 'kind': 'fixed',
                    'description': "Check", 'list_price': Decimal(50),
                    }])
    Visit.finish([visit])
    Visit.post([visit])


def paper(visit):
    Report = Pool().get('maintenance.visit.work_report', type='report')
    _, content, _, _ = Report.execute([visit.id], {})
    return ' '.join(
        ' '.join(p.extract_text() for p in PdfReader(
                io.BytesIO(content)).pages).split())


class VisitMachineTestCase(TestCase):
    "Test what a visit does to machines"

    @classmethod
    def setUpClass(cls):
        activate_module('maintenance_order')

    @with_transaction()
    def test_readings(self):
        "Test readings count when posted, what can not be waits"
        pool = Pool()
        Reading = pool.get('maintenance.meter.reading')
        company = create_company()
        with set_company(company):
            ana = create_employee(company, name="Ana")
            order = create_order()
            meter = create_meter(create_machine(order))
            before = Reading.at(meter, DAY - dt.timedelta(days=9), 100)
            before.save()
            Reading.confirm([before])
            visit, = create_visits([order], ana, state='in_progress')
            impossible = create_reading(
                meter, visit, '90', NOON - dt.timedelta(hours=1))
            good = create_reading(meter, visit, '150')

            post(visit)

            self.assertEqual(visit.state, 'posted')
            self.assertEqual(good.state, 'valid')
            self.assertEqual(good.consumption, 50)
            self.assertEqual(impossible.state, 'draft')
            text = paper(visit)
            self.assertIn("Hours 150", text)

    @with_transaction()
    def test_component(self):
        "Test a new component takes the place of the old, once"
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')
        Line = pool.get('maintenance.visit.line')
        Location = pool.get('stock.location')
        Move = pool.get('stock.move')
        company = create_company()
        with set_company(company):
            ana = create_employee(company, name="Ana")
            order = create_order()
            machine = create_machine(order)
            board = create_product("Board", 'goods', 'uom_unit', '80.00')
            motor = create_product("Motor", 'goods', 'uom_unit', '200.00')
            storage, = Location.search([('code', '=', 'STO')])
            old, loose = Equipment.create([{
                        'name': "Board", 'kind': 'component',
                        'parent': machine.id, 'site': order.site.id,
                        'product': board.id, 'serial': "B-1",
                        }, {
                        'name': "Motor", 'kind': 'component',
                        'parent': machine.id, 'product': motor.id,
                        }])
            Equipment.put_in_service([old])
            visit, = create_visits([order], ana, state='in_progress')
            line, loose_line = Line.create([{
                        'visit': visit.id, 'kind': 'material',
                        'product': product.id,
                        'unit': product.default_uom.id,
                        'from_location': storage.id,
                        'component': component.id,
                        'component_fate': fate,
                        } for product, component, fate in [
                        (board, old, 'recovered'), (motor, loose, 'left')]])

            post(visit)

            for old_, line_, state in [
                    (old, line, 'retired'), (loose, loose_line, 'cancelled')]:
                new = Line(line_.id).new_component
                self.assertEqual(Equipment(old_.id).state, state)
                self.assertEqual(new.state, 'in_service')
                self.assertEqual(new.parent, machine)
                self.assertEqual(new.product, line_.product)
            new = Line(line.id).new_component
            self.assertEqual(new.site, order.site)
            self.assertEqual(new.replaces, old)
            recovered, = Move.search([('to_location', '=', storage.id)])
            self.assertEqual(recovered.product, board)
            self.assertEqual(recovered.state, 'done')
            self.assertIn("In place of Board No. B-1: Taken Along", paper(
                    visit))

            # A correction does not replace it twice.
            correction = visit.correction()
            post(correction)
            self.assertEqual(
                correction.lines[0].new_component, new)
            self.assertEqual(
                Equipment.search([('name', '=', "Board")], count=True), 2)

    @with_transaction()
    def test_checklist(self):
        "Test the checklists of the tasks are there on arrival"
        pool = Pool()
        Answer = pool.get('checklist.answer')
        Checklist = pool.get('checklist.checklist')
        Task = pool.get('maintenance.order.task')
        Template = pool.get('checklist.template')
        Version = pool.get('checklist.version')
        company = create_company()
        with set_company(company):
            ana = create_employee(company, name="Ana")
            order = create_order(tasks=2)
            machine = create_machine(order)
            template, = Template.create([{'name': "Yearly"}])
            version, = Version.create([{
                        'template': template.id,
                        'questions': [('create', [{
                                        'code': 'leak',
                                        'text': "Is it tight?",
                                        'answer_type': 'pass_fail',
                                        }])],
                        }])
            Version.publish([version])
            Task.write(list(order.tasks), {'checklist': template.id})
            technician = create_user('ana', 'group_technician', ana)
            visit, = create_visits([order], ana)
            with Acting(technician):
                visit.__class__.arrive([visit])
            checklist, = visit.checklists
            element, = checklist.elements
            self.assertEqual(element.equipment, machine)
            Answer.create([{
                        'element': element.id,
                        'question': version.questions[0].id,
                        'result': 'fail',
                        }])
            Checklist.complete([checklist])

            post(visit)

            self.assertIn("Is it tight?", paper(visit))

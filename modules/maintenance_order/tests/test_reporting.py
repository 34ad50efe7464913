# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal
from unittest import TestCase

from trytond.model.exceptions import AccessError
from trytond.modules.company.tests import (
    create_company, create_employee, set_company)
from trytond.pool import Pool
from trytond.tests.test_tryton import activate_module, with_transaction
from trytond.transaction import Transaction

from .test_module import (
    DAY, Acting, create_order, create_product, create_user, create_visits)

HOUR = dt.timedelta(hours=1)


def create_employees(company, *names):
    "Create employees whose hour costs 20"
    pool = Pool()
    CostPrice = pool.get('company.employee_cost_price')
    employees = [create_employee(company, name=n) for n in names]
    CostPrice.create([{
                'employee': e.id,
                'date': dt.date(2020, 1, 1),
                'cost_price': Decimal(20),
                } for e in employees])
    return employees


def create_machine(order):
    pool = Pool()
    Equipment = pool.get('maintenance.equipment')
    Task = pool.get('maintenance.order.task')
    machine, = Equipment.create([{'name': "Pump", 'site': order.site.id}])
    Task.write(list(order.tasks), {'equipment': machine.id})
    return machine


def work(visits, product, hours=2, **values):
    "Report hours of work on the visits, and post them"
    pool = Pool()
    Line = pool.get('maintenance.visit.line')
    Visit = pool.get('maintenance.visit')
    lines = Line.create([{
                'visit': v.id, 'kind': 'work', 'product': product.id,
                'unit': product.default_uom.id, 'duration': hours * HOUR,
                **values,
                } for v in visits])
    Visit.finish(visits)
    Visit.post(visits)
    return lines


class ReportingTestCase(TestCase):
    "Test the reports of maintenance_order"

    @classmethod
    def setUpClass(cls):
        activate_module('maintenance_order')

    def rows(self, name, company, **context):
        Report = Pool().get(f'maintenance.reporting.{name}')
        with Transaction().set_context(company=company.id, **context):
            return Report.search([])

    @with_transaction()
    def test_technician(self):
        "Test what the technicians worked, charged, and mended at once"
        pool = Pool()
        TimesheetLine = pool.get('timesheet.line')
        Visit = pool.get('maintenance.visit')
        company = create_company()
        with set_company(company):
            ana, luis = create_employees(company, "Ana", "Luis")
            labour = create_product("Labour")
            paid, free, twice = [
                create_order(f"Customer {i}") for i in range(3)]
            paid_visit, twice_visit = create_visits(
                [paid, twice], ana, state='in_progress')
            free_visit, = create_visits([free], luis, state='in_progress')
            Visit.write([free_visit], {'no_charge_reason': "A present"})
            Visit.write([twice_visit], {'another_visit_needed': True})
            work([paid_visit, twice_visit, free_visit], labour)
            second, = create_visits([twice], luis, state='in_progress')
            work([second], labour, hours=1)
            # What is no visit is paid too.
            TimesheetLine.create([{
                        'employee': ana.id, 'date': DAY, 'duration': 4 * HOUR,
                        'work': paid.timesheet_work.id,
                        }])

            rows = {
                r.employee.party.name: (
                    r.paid, r.billed, r.billed_rate, r.faults, r.first_fixed,
                    r.first_fix_rate)
                for r in self.rows('technician', company)}
            self.assertEqual(rows, {
                    "Ana": (8 * HOUR, 4 * HOUR, 0.5, 2, 1, 0.5),
                    "Luis": (3 * HOUR, 1 * HOUR, 0.3333, 1, 1, 1.0),
                    })
            self.assertEqual(
                [(r.paid_hours, r.billed_hours)
                    for r in self.rows('technician', company)],
                [(8, 4), (3, 1)])
            self.assertFalse(self.rows(
                    'technician', company,
                    from_date=DAY + dt.timedelta(days=1)))

    @with_transaction()
    def test_repeat(self):
        "Test a machine which fails again within the days is a repeat"
        pool = Pool()
        Order = pool.get('maintenance.order')
        company = create_company()
        with set_company(company):
            ana, = create_employees(company, "Ana")
            order = create_order("Customer")
            machine = create_machine(order)
            visit, = create_visits([order], ana, state='in_progress')
            work([visit], create_product("Labour"))
            orders = Order.create([{
                        'party': order.party.id,
                        'site': order.site.id,
                        'date': DAY + dt.timedelta(days=days),
                        'kind': kind,
                        'tasks': [('create', [{'equipment': machine.id}])],
                        } for days, kind in [
                        (10, 'corrective'), (40, 'corrective'),
                        (5, 'preventive')]])

            repeat, = self.rows('repeat', company)
            self.assertEqual(repeat.order, orders[0])
            self.assertEqual(repeat.equipment, machine)
            self.assertEqual(repeat.visit, visit)
            self.assertEqual(repeat.employee, ana)
            self.assertEqual(repeat.days, 10)
            self.assertEqual(orders[0].repeats, visit)
            self.assertIsNone(orders[1].repeats)
            self.assertIsNone(orders[2].repeats)
            self.assertEqual(
                [r.days for r in self.rows('repeat', company, days=60)],
                [40, 10])
            technician, = self.rows('technician', company)
            self.assertEqual(technician.repeats, 1)
            Order.cancel([orders[0]])
            self.assertFalse(self.rows('repeat', company))

    @with_transaction()
    def test_order_state(self):
        "Test orders are counted by kind and state"
        company = create_company()
        with set_company(company):
            create_order("A")
            create_order("B", date=DAY - dt.timedelta(days=3))
            create_order("C", kind='preventive')
            rows = {
                (r.kind, r.state): (r.number, r.oldest)
                for r in self.rows('order_state', company)}
            self.assertEqual(rows, {
                    ('corrective', 'draft'): (2, DAY - dt.timedelta(days=3)),
                    ('preventive', 'draft'): (1, DAY),
                    })

    @with_transaction()
    def test_margin(self):
        "Test what an order and a machine cost and bring"
        pool = Pool()
        Line = pool.get('maintenance.visit.line')
        Location = pool.get('stock.location')
        Party = pool.get('party.party')
        Visit = pool.get('maintenance.visit')
        company = create_company()
        with set_company(company):
            ana, = create_employees(company, "Ana")
            order = create_order("Customer")
            machine = create_machine(order)
            other = create_order("Other")
            storage, = Location.search([('code', '=', 'STO')])
            part = create_product("Seal", 'goods', 'uom_unit', '80.00')
            part.cost_price = Decimal(50)
            part.save()
            visit, other_visit = create_visits(
                [order, other], ana, state='in_progress')
            partner = Party(name="Partner")
            partner.save()
            Visit.write([visit], {
                    'performer': partner.id, 'performer_cost': Decimal(35)})
            Line.create([{
                        'visit': visit.id, 'kind': 'material',
                        'product': part.id, 'unit': part.default_uom.id,
                        'quantity': 2, 'from_location': storage.id,
                        }, {
                        'visit': visit.id, 'kind': 'expense',
                        'description': "Parking", 'quantity': 1,
                        'cost': Decimal('7.50'), 'list_price': Decimal(8),
                        }])
            labour = create_product("Labour")
            work([visit, other_visit], labour)

            # The time of a subcontractor is not counted.
            self.assertEqual(order.cost, Decimal('142.50'))
            self.assertEqual(order.revenue, Decimal('258.00'))
            self.assertEqual(order.margin, Decimal('115.50'))
            self.assertEqual(other.cost, Decimal('40.00'))
            self.assertEqual(other.margin, Decimal('50.00'))
            row, = self.rows('equipment', company)
            self.assertEqual(row.equipment, machine)
            self.assertEqual(
                (row.visits, row.cost, row.revenue, row.margin),
                (1, Decimal('142.50'), Decimal('258.00'), Decimal('115.50')))

            # The report is corrected: what it cost is told once.
            correction = visit.correction()
            work([correction], labour, hours=1)
            self.assertEqual(
                order.__class__(order.id).cost, Decimal('142.50'))

    @with_transaction()
    def test_margin_roles(self):
        "Test only service managers and billing see what work costs"
        pool = Pool()
        Order = pool.get('maintenance.order')
        Report = pool.get('maintenance.reporting.equipment')
        company = create_company()
        with set_company(company):
            ana, eva = create_employees(company, "Ana", "Eva")
            order = create_order("Customer")
            create_visits([order], ana)
            for group, allowed in [
                    ('group_technician', False),
                    ('group_dispatcher', False),
                    ('group_sales_view', False),
                    ('group_service_manager', True),
                    ('group_billing', True),
                    ]:
                user = create_user(
                    group, group, ana if 'technician' in group else eva)
                for name in ['cost', 'revenue', 'margin']:
                    with self.subTest(group=group, name=name), Acting(user):
                        if allowed:
                            Order.read([order.id], [name])
                        else:
                            with self.assertRaises(AccessError):
                                Order.read([order.id], [name])
                with self.subTest(group=group), Acting(user):
                    if allowed:
                        self.assertEqual(Report.search([]), [])
                    else:
                        with self.assertRaises(AccessError):
                            Report.search([])

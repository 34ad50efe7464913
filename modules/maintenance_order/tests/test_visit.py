# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal
from unittest import TestCase
from unittest.mock import patch

from trytond.modules.company.tests import (
    create_company, create_employee, set_company)
from trytond.modules.maintenance_order.exceptions import (
    DisputeError, NoChargeLimitError, OrderShipError, VisitCorrectionError)
from trytond.modules.maintenance_order.tests.test_module import (
    DAY, Acting, create_order, create_product, create_user, create_visits)
from trytond.pool import Pool
from trytond.tests.test_tryton import activate_module, with_transaction

D = Decimal


def add_work(visit, product, hours=2, **values):
    Line = Pool().get('maintenance.visit.line')
    line, = Line.create([{
                'visit': visit.id, 'kind': 'work', 'product': product.id,
                'unit': product.default_uom.id,
                'duration': dt.timedelta(hours=hours), **values}])
    return line


def configure(**values):
    Configuration = Pool().get('maintenance.configuration')
    configuration = Configuration(1)
    for name, value in values.items():
        setattr(configuration, name, value)
    configuration.save()


def brief(visit):
    Visit = Pool().get('maintenance.visit')
    return [
        (s.payer_kind, s.payer.name if s.payer else None, s.amount)
        for s in Visit(visit.id).shares]


class VisitTestCase(TestCase):
    "Test what happens around a work report"

    @classmethod
    def setUpClass(cls):
        activate_module('maintenance_order')
        super().setUpClass()

    @with_transaction()
    def test_failed_visit(self):
        "Test nobody at home is charged from the second time on"
        pool = Pool()
        Visit = pool.get('maintenance.visit')
        Task = pool.get('maintenance.order.task')

        company = create_company()
        with set_company(company):
            call_out = create_product("Call-Out", unit='uom_unit', price='30')
            configure(call_out_product=call_out, failed_charge='second')
            order = create_order()
            ana = create_employee(company)
            for number, expected in enumerate([
                        ('goodwill', None, D(0)),
                        ('customer', "Customer", D(30))], 1):
                visit, = create_visits([order], ana)
                self.assertEqual(visit.attempt, number)
                Visit.write([visit], {'failed_reason': 'absent'})
                Visit.fail([visit])
                self.assertEqual(brief(visit), [expected])
                self.assertEqual(Visit(visit.id).shares[0].state, 'decided')
            self.assertTrue(Task(order.tasks[0].id).to_plan)

            visit, = create_visits([order], ana)
            Visit.write([visit], {'failed_reason': 'wrong_part'})
            Visit.fail([visit])
            self.assertEqual(brief(visit), [('goodwill', None, D(0))])

    @with_transaction()
    def test_dispute(self):
        "Test what the customer does not agree with waits to be solved"
        pool = Pool()
        Share = pool.get('maintenance.visit.share')
        Visit = pool.get('maintenance.visit')

        company = create_company()
        with set_company(company):
            labour = create_product("Labour")
            visit, = create_visits(
                [create_order()], create_employee(company),
                state='in_progress')
            add_work(
                visit, labour, hours=5, disputed_quantity=2,
                dispute_reason="Three hours were enough")
            Visit.finish([visit])
            Visit.post([Visit(visit.id)])

            due = Share.search([Share.pending_domain()])
            self.assertEqual([s.amount for s in due], [D(135)])
            disputed, = Share.search([('disputed', '=', True)])
            self.assertEqual(disputed.amount, D(90))
            self.assertIn(disputed, Share.search(Share.unsettled_domain()))
            self.assertIn(
                "Customer does not agree with",
                Visit(visit.id).summary.splitlines()[-1])
            with self.assertRaises(DisputeError):
                Share.solve_dispute(due, 'conceded', "No")

            Share.solve_dispute([disputed], 'conceded', "He was right")
            for _ in range(2):
                self.assertEqual(brief(visit), [
                        ('customer', "Customer", D(135)),
                        ('goodwill', None, D(0))])
                # A new decision comes to the same.
                Visit.decide([Visit(visit.id)])
            self.assertIn(
                "He was right", Visit(visit.id).shares[1].explanation)

    @with_transaction()
    def test_correction(self):
        "Test a corrected report takes back stock, time and charge"
        pool = Pool()
        Line = pool.get('maintenance.visit.line')
        Location = pool.get('stock.location')
        ModelData = pool.get('ir.model.data')
        Move = pool.get('stock.move')
        Share = pool.get('maintenance.visit.share')
        TimesheetLine = pool.get('timesheet.line')
        Visit = pool.get('maintenance.visit')

        company = create_company()
        with set_company(company):
            labour = create_product("Labour")
            part = create_product("Part", 'goods', 'uom_unit', '80.00')
            van = Location(
                name="Van", type='storage',
                parent=ModelData.get_id('stock', 'location_storage'))
            van.save()
            visit, = create_visits(
                [create_order()], create_employee(company),
                state='in_progress', vehicle=van.id)
            add_work(visit, labour, hours=3)
            Line.create([{
                        'visit': visit.id, 'kind': 'material',
                        'product': part.id, 'unit': part.default_uom.id,
                        'quantity': 2}])
            Visit.finish([visit])
            Visit.post([Visit(visit.id)])

            new = Visit(visit.id).correction()
            self.assertEqual(new.corrects, visit)
            self.assertEqual(new.state, 'in_progress')
            with self.assertRaises(VisitCorrectionError):
                Visit(visit.id).correction()
            self.assertEqual(
                sorted(l.quantity for l in new.lines), [2, 3])
            work, = [l for l in new.lines if l.kind == 'work']
            Line.write([work], {'duration': dt.timedelta(hours=2)})
            Visit.finish([new])
            Visit.post([Visit(new.id)])

            taken = sum(
                m.quantity if m.from_location == van else -m.quantity
                for m in Move.search([('state', '=', 'done')]))
            self.assertEqual(taken, 2)
            self.assertEqual(
                [t.duration for t in TimesheetLine.search([])],
                [dt.timedelta(hours=2)])
            self.assertEqual(
                sum(s.amount for s in Share.search([Share.pending_domain()])),
                D(90) + D(160))
            old = Visit(visit.id)
            self.assertIn(new.number, old.summary)
            Visit.decide([old])
            self.assertEqual({s.amount for s in old.shares}, {D(0)})

    @with_transaction()
    def test_agreed_price_and_payers(self):
        "Test a price on the phone, and the insurer who pays a half"
        pool = Pool()
        Order = pool.get('maintenance.order')
        Party = pool.get('party.party')
        Visit = pool.get('maintenance.visit')

        company = create_company()
        with set_company(company):
            labour = create_product("Labour")
            insurer, = Party.create([{'name': "Insurer"}])
            ana = create_employee(company)
            order = create_order(
                agreed_kind='fixed', agreed_amount=D(180))
            visit, = create_visits([order], ana, state='in_progress')
            add_work(visit, labour, hours=2)
            add_work(visit, labour, hours=4)
            Visit.finish([visit])
            self.assertEqual(brief(visit), [
                    ('customer', "Customer", D(60)),
                    ('customer', "Customer", D(120))])
            Visit.post([Visit(visit.id)])
            again, = create_visits([order], ana, state='in_progress')
            add_work(again, labour)
            Visit.finish([again])
            self.assertEqual(
                brief(again), [('customer', "Customer", D(0))])

            order = create_order(
                agreed_kind='cap', agreed_amount=D(300),
                payers=[('create', [{
                                'party': insurer.id, 'rate': D('0.5'),
                                'limit': D(50)}])])
            visit, = create_visits([order], ana, state='in_progress')
            add_work(visit, labour, hours=6)
            Visit.finish([visit])
            shares = brief(visit)
            self.assertEqual(
                [s[1] for s in shares], ["Insurer", "Customer"])
            self.assertEqual(sum(s[2] for s in shares), D(270))
            self.assertLessEqual(shares[0][2], D(50))
            self.assertNotIn('300', Visit(visit.id).summary)
            Order.write([order], {'agreed_amount': D(230)})
            Visit.decide([visit])
            self.assertIn('230', Visit(visit.id).summary)

    @with_transaction()
    def test_free_return(self):
        "Test the second repair of a machine by the same cause is free"
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')
        Code = pool.get('maintenance.fault.code')
        Order = pool.get('maintenance.order')
        Task = pool.get('maintenance.order.task')
        Visit = pool.get('maintenance.visit')

        company = create_company()
        with set_company(company):
            configure(free_return_days=10)
            labour = create_product("Labour")
            ana = create_employee(company)
            leak, worn = Code.create([
                    {'kind': 'cause', 'name': n} for n in ["Leak", "Worn"]])
            machine = Equipment(name="Pump")
            machine.save()

            def repair(day, cause):
                order = create_order()
                Task.write(list(order.tasks), {'equipment': machine.id})
                visit, = create_visits([order], ana, state='in_progress')
                Visit.write([visit], {'date': day, 'cause': cause.id})
                add_work(visit, labour, hours=1)
                Visit.finish([visit])
                Visit.post([Visit(visit.id)])
                return brief(visit)[0][0]

            self.assertEqual(repair(DAY, leak), 'customer')
            self.assertEqual(
                repair(DAY + dt.timedelta(days=3), worn), 'customer')
            self.assertEqual(
                repair(DAY + dt.timedelta(days=10), leak), 'goodwill')
            self.assertEqual(
                repair(DAY + dt.timedelta(days=21), leak), 'customer')
            self.assertEqual(len(Order.search([])), 4)

    @with_transaction()
    def test_no_charge_limit(self):
        "Test a dispatcher gives away up to the limit, a manager anything"
        pool = Pool()
        Visit = pool.get('maintenance.visit')

        company = create_company()
        with set_company(company):
            labour = create_product("Labour")
            ana, eva, max_ = [
                create_employee(company, name=n) for n in ["A", "E", "M"]]
            visits = create_visits(
                [create_order() for _ in range(2)], ana, state='in_progress')
            for visit, hours in zip(visits, [1, 2]):
                add_work(visit, labour, hours=hours)
            Visit.finish(visits)
            configure(no_charge_limit=D(45))
            with Acting(create_user('eva', 'group_dispatcher', eva)):
                Visit.give_away([Visit(visits[0].id)], "A small thing")
                with self.assertRaises(NoChargeLimitError):
                    Visit.give_away([Visit(visits[1].id)], "Too much")
            with Acting(create_user('max', 'group_service_manager', max_)):
                Visit.give_away([Visit(visits[1].id)], "Our mistake")
            for visit in visits:
                self.assertEqual(brief(visit), [('goodwill', None, D(0))])

    @with_transaction()
    def test_leaks_and_left_out(self):
        "Test what is left out is not due, and old work is on the radar"
        pool = Pool()
        Leak = pool.get('maintenance.leak')
        Share = pool.get('maintenance.visit.share')
        Visit = pool.get('maintenance.visit')

        company = create_company()
        with set_company(company):
            labour = create_product("Labour")
            visit, = create_visits(
                [create_order()], create_employee(company),
                state='in_progress')
            add_work(visit, labour)
            Visit.finish([visit])
            # Both of one day: their ids say which is first.
            self.assertEqual(
                sorted(l.kind for l in Leak.search([])),
                ['unchecked', 'unposted'])
            Visit.post([Visit(visit.id)])
            self.assertCountEqual(
                [(l.kind, l.amount) for l in Leak.search([])],
                [('uninvoiced', D(90)), ('unchecked', None)])

            share, = Share.search([])
            Share.hold([share], "Waits for the insurer")
            self.assertFalse(Share.due_shares(company))
            Share.take_in([share])
            self.assertEqual(Share.due_shares(company), [share])

    @with_transaction()
    def test_confirmation_and_report_by_mail(self):
        "Test the customer gets the time and then the signed paper"
        pool = Pool()
        Visit = pool.get('maintenance.visit')
        name = (
            'trytond.modules.maintenance_order.visit_mail'
            '.send_message_transactional')

        company = create_company()
        with set_company(company):
            visit, = create_visits(
                [create_order()], create_employee(company),
                planned_start=dt.datetime(2026, 3, 10, 8),
                planned_end=dt.datetime(2026, 3, 10, 9),
                report_email='hotel@example.com')
            Mechanism = pool.get('party.contact_mechanism')
            Mechanism.create([{
                        'party': visit.party.id, 'type': 'email',
                        'value': 'desk@example.com'}])
            with patch(name) as send:
                Visit.confirm([Visit(visit.id)])
                Visit.mail_report([Visit(visit.id)])
            confirmation, report = [c.args[0] for c in send.mock_calls]
            self.assertIn('desk@example.com', confirmation['To'])
            calendar, = confirmation.iter_attachments()
            self.assertIn('DTSTART:20260310T080000Z', calendar.get_content())
            self.assertEqual(report['To'], 'hotel@example.com')
            self.assertTrue(Visit(visit.id).confirmed_at)

    @with_transaction()
    def test_tax_proposed(self):
        "Test a repair at home takes the reduced tax once it is declared"
        pool = Pool()
        Declaration = pool.get('maintenance.vat.declaration')
        Order = pool.get('maintenance.order')
        Party = pool.get('party.party')
        Site = pool.get('maintenance.site')

        with set_company(create_company()):
            order = create_order(building_work='repair')
            Party.write([order.party], {'vat_kind': 'private'})
            Site.write([order.site], {
                    'dwelling': 'yes',
                    'building_finished': dt.date(1998, 5, 1)})
            order = Order(order.id)
            self.assertEqual(order.vat_proposal, 'general')
            self.assertIn("declaration", order.vat_explanation)
            Declaration.create([{
                        'party': order.party.id, 'site': order.site.id,
                        'kind': 'dwelling', 'date': dt.date(2026, 1, 1)}])
            order = Order(order.id)
            self.assertEqual(order.vat_proposal, 'reduced')
            Order.write([order], {
                    'vat_rate': 'general', 'vat_reason': "She says so"})
            self.assertEqual(
                Order(order.id).vat_applied(order.party), 'general')

    @with_transaction()
    def test_planning_warnings(self):
        "Test overlap, absence and credential are told, never refused"
        pool = Pool()
        Absence = pool.get('maintenance.absence')
        Credential = pool.get('maintenance.credential')
        Site = pool.get('maintenance.site')
        Visit = pool.get('maintenance.visit')

        company = create_company()
        with set_company(company):
            ana = create_employee(company)
            start = dt.datetime(2026, 3, 10, 8)
            visit, other = create_visits(
                [create_order(), create_order()], ana, planned_start=start)
            self.assertIn(other.number, visit.warnings)
            Visit.write([other], {
                    'planned_start': start + dt.timedelta(hours=3)})
            self.assertFalse(Visit(visit.id).warnings)

            Site.write([visit.site], {'credentials': ['f_gas']})
            missing = Visit(visit.id).warnings
            for word in [
                    ana.party.name, "F-Gas", visit.site.name, "not on record"]:
                self.assertIn(word, missing)
            credential, = Credential.create([{
                        'employee': ana.id, 'kind': 'f_gas',
                        'until': dt.date(2026, 3, 9)}])
            self.assertIn(
                "counts only until 03/09/2026", Visit(visit.id).warnings)
            Credential.write([credential], {'until': DAY})
            self.assertFalse(Visit(visit.id).warnings)
            Absence.create([{
                        'employee': ana.id, 'kind': 'illness',
                        'from_date': DAY, 'to_date': DAY}])
            self.assertIn("Illness", Visit(visit.id).warnings)

    @with_transaction()
    def test_material(self):
        "Test a task waits for its part, which posting the visit fits"
        pool = Pool()
        Line = pool.get('maintenance.visit.line')
        Material = pool.get('maintenance.order.material')
        Task = pool.get('maintenance.order.task')
        Visit = pool.get('maintenance.visit')

        company = create_company()
        with set_company(company):
            part = create_product("Part", 'goods', 'uom_unit', '80.00')
            order = create_order()
            material, = Material.create([{
                        'order': order.id, 'product': part.id,
                        'quantity': 1, 'expected': dt.date(2026, 3, 19)}])
            task = Task(order.tasks[0].id)
            self.assertIn("Part", task.waiting_for)
            self.assertEqual(
                Task.search([('waiting_for', '!=', None)]), [task])
            Material.receive([material])
            self.assertFalse(Task(task.id).waiting_for)
            self.assertEqual(Task.search([('waiting_for', '!=', None)]), [])

            visit, = create_visits(
                [order], create_employee(company), state='in_progress')
            Line.create([{
                        'visit': visit.id, 'kind': 'material',
                        'product': part.id, 'unit': part.default_uom.id,
                        'quantity': 1}])
            Visit.finish([visit])
            Visit.post([Visit(visit.id)])
            self.assertEqual(Material(material.id).state, 'fitted')

    @with_transaction()
    def test_supply_order(self):
        "Test goods by courier are fitted, charged and done without a visit"
        pool = Pool()
        Location = pool.get('stock.location')
        Material = pool.get('maintenance.order.material')
        ModelData = pool.get('ir.model.data')
        Order = pool.get('maintenance.order')

        company = create_company()
        with set_company(company):
            configure(
                call_out_product=create_product(
                    "Call-Out", unit='uom_unit', price='30'),
                signature_required=True)
            part = create_product("Part", 'goods', 'uom_unit', '80.00')
            order = create_order(kind='supply')
            storage = Location(
                ModelData.get_id('stock', 'location_storage'))
            with self.assertRaises(OrderShipError):
                order.ship_materials(storage, "Courier 4711")
            material, = Material.create([{
                        'order': order.id, 'product': part.id,
                        'quantity': 2}])
            visit = Order(order.id).ship_materials(storage, "Courier 4711")
            # Nobody went, so nobody is charged for it.
            self.assertEqual(
                brief(visit), [('customer', "Customer", D(160))])
            move, = visit.lines[0].moves
            self.assertEqual(
                (move.state, move.from_location, move.to_location),
                ('done', storage, order.party.customer_location))
            self.assertEqual(
                (visit.state, visit.unsigned_reason),
                ('posted', "Courier 4711"))
            self.assertEqual(Material(material.id).state, 'fitted')
            order = Order(order.id)
            self.assertEqual(
                (order.state, order.tasks[0].state), ('done', 'done'))
            with self.assertRaises(OrderShipError):
                order.ship_materials(storage, "Courier 4712")

    @with_transaction()
    def test_expense(self):
        "Test what was bought on the way waits for its price, not for its cost"
        pool = Pool()
        Line = pool.get('maintenance.visit.line')
        Order = pool.get('maintenance.order')
        Visit = pool.get('maintenance.visit')

        company = create_company()
        with set_company(company):
            configure(post_signed=True)
            visit, = create_visits(
                [create_order()], create_employee(company),
                state='in_progress', signature_kind='paper')
            parking, = Line.create([{
                        'visit': visit.id, 'kind': 'expense',
                        'description': "Parking", 'cost': D(12),
                        'paid_by': 'employee', 'receipt': b'picture'}])
            Visit.finish([visit])
            Visit.sign([Visit(visit.id)])
            visit = Visit(visit.id)
            # The customer signed, the office says what he pays for it.
            self.assertEqual(visit.state, 'done')
            self.assertEqual(
                brief(visit), [('customer', "Customer", None)])
            Line.write([parking], {'list_price': D(15)})
            Visit.decide([visit])
            Visit.post([Visit(visit.id)])
            self.assertEqual(
                brief(visit), [('customer', "Customer", D(15))])
            order = Order(visit.orders[0].id)
            self.assertEqual(
                (order.cost, order.revenue, order.margin),
                (D(12), D(15), D(3)))

    @with_transaction()
    def test_materials_of_the_whole_work(self):
        "Test the limit of materials is that of the work, whoever pays them"
        pool = Pool()
        Declaration = pool.get('maintenance.vat.declaration')
        Line = pool.get('maintenance.visit.line')
        Order = pool.get('maintenance.order')
        Party = pool.get('party.party')
        Site = pool.get('maintenance.site')
        Visit = pool.get('maintenance.visit')

        company = create_company()
        with set_company(company):
            insurer, = Party.create([{'name': "Insurer"}])
            order = create_order(
                building_work='repair', payers=[('create', [{
                                'party': insurer.id,
                                'line_kind': 'material'}])])
            Party.write([order.party], {'vat_kind': 'private'})
            Site.write([order.site], {
                    'dwelling': 'yes',
                    'building_finished': dt.date(1998, 5, 1)})
            Declaration.create([{
                        'party': order.party.id, 'site': order.site.id,
                        'kind': 'dwelling', 'date': dt.date(2026, 1, 1)}])
            visit, = create_visits(
                [order], create_employee(company), state='in_progress')
            add_work(visit, create_product("Labour"), hours=3)
            part = create_product("Part", 'goods', 'uom_unit', '60.00')
            Line.create([{
                        'visit': visit.id, 'kind': 'material',
                        'product': part.id, 'unit': part.default_uom.id,
                        'quantity': 2}])
            Visit.finish([visit])
            Visit.post([Visit(visit.id)])
            self.assertEqual(brief(visit), [
                    ('customer', "Customer", D(135)),
                    ('customer', "Insurer", D(120))])
            order = Order(order.id)
            proposal = order.vat_proposed(order.party)
            self.assertEqual(proposal.rate, 'general')
            (code, arguments), = proposal.missing
            self.assertEqual(
                (code, dict(arguments)['percentage']),
                ('materials', '47.06'))

            # Until the correction is posted the first report counts alone.
            new = Visit(visit.id).correction()
            work, = [l for l in new.lines if l.kind == 'work']
            Line.write([work], {'duration': dt.timedelta(hours=4)})
            Visit.finish([new])
            self.assertEqual(
                Order(order.id).vat_proposed(order.party).rate, 'general')
            Visit.post([Visit(new.id)])
            proposal = Order(order.id).vat_proposed(order.party)
            self.assertEqual(proposal.rate, 'reduced')
            (_, arguments), = proposal.reasons
            self.assertEqual(dict(arguments)['percentage'], '40.00')

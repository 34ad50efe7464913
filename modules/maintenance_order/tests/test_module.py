# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal
from unittest import skipIf

from trytond import backend
from trytond.model.exceptions import AccessError
from trytond.model.modelview import AccessButtonError
from trytond.modules.company.tests import (
    CompanyTestMixin, PartyCompanyCheckEraseMixin, create_company,
    create_employee, set_company)
from trytond.modules.maintenance_order.exceptions import (
    OrderTaskError, TaskReasonError, VisitDateError, VisitFailedReasonError,
    VisitLineDurationError, VisitPostedError, VisitTaskError)
from trytond.modules.party.tests import PartyCheckReplaceMixin
from trytond.pool import Pool
from trytond.tests.test_tryton import ModuleTestCase, with_transaction
from trytond.transaction import Transaction

DAY = dt.date(2026, 3, 10)


def create_product(name, type_='service', unit='uom_hour', price='45.00'):
    pool = Pool()
    Template = pool.get('product.template')
    ModelData = pool.get('ir.model.data')
    template = Template(
        name=name, type=type_, list_price=Decimal(price),
        default_uom=ModelData.get_id('product', unit))
    template.products = [{}]
    template.save()
    return template.products[0]


def create_order(name="Customer", tasks=1, **values):
    "Create an order with tasks at a site of a new customer"
    pool = Pool()
    Order = pool.get('maintenance.order')
    Party = pool.get('party.party')
    Site = pool.get('maintenance.site')
    party = Party(name=name)
    party.save()
    site = Site(name=name, party=party)
    site.save()
    order, = Order.create([{
                'party': party.id,
                'site': site.id,
                'date': DAY,
                'tasks': [('create', [{} for _ in range(tasks)])],
                **values,
                }])
    return order


def create_visits(orders, employee=None, state='planned', **values):
    "Create a visit for each order"
    pool = Pool()
    Visit = pool.get('maintenance.visit')
    visits = Visit.create([{
                'site': o.site.id,
                'party': o.party.id,
                'tasks': [('add', [t.id for t in o.tasks])],
                'leader': employee.id if employee else None,
                'employees': [('add', [employee.id])] if employee else None,
                'date': DAY,
                **values,
                } for o in orders])
    if state != 'planned':
        Visit.arrive(visits)
        Visit.write(visits, {'date': DAY})
    return visits


def create_user(login, group, employee=None):
    pool = Pool()
    Group = pool.get('res.group')
    ModelData = pool.get('ir.model.data')
    User = pool.get('res.user')
    group = Group(ModelData.get_id('maintenance_equipment', group))
    user = User(name=login, login=login)
    user.groups = [group]
    if employee:
        user.companies = [employee.company]
        user.company = employee.company
        user.employees = [employee]
        user.employee = employee
    user.save()
    return user


class Acting:
    "Act as the user, with his rights"

    def __init__(self, user):
        self.user = user

    def __enter__(self):
        pool = Pool()
        User = pool.get('res.user')
        transaction = Transaction()
        self.outer = transaction.set_user(self.user.id)
        self.outer.__enter__()
        self.inner = transaction.set_context(
            User.get_preferences(context_only=True), _check_access=True)
        self.inner.__enter__()

    def __exit__(self, *args):
        self.inner.__exit__(*args)
        self.outer.__exit__(*args)


class MaintenanceOrderTestCase(
        PartyCompanyCheckEraseMixin, PartyCheckReplaceMixin, CompanyTestMixin,
        ModuleTestCase):
    "Test maintenance_order module"
    module = 'maintenance_order'
    extras = ['purchase', 'sale']

    @with_transaction()
    def test_technician_sees_his_own(self):
        "Test a technician sees his visits and orders, the dispatcher all"
        pool = Pool()
        Order = pool.get('maintenance.order')
        Task = pool.get('maintenance.order.task')
        Visit = pool.get('maintenance.visit')
        Share = pool.get('maintenance.visit.share')
        Line = pool.get('maintenance.visit.line')

        company = create_company()
        with set_company(company):
            ana, luis, eva = [
                create_employee(company, name=n)
                for n in ["Ana", "Luis", "Eva"]]
            labour = create_product("Labour")
            mine, other, team, unplanned = orders = [
                create_order(f"Customer {i}") for i in range(4)]
            my_visit, = create_visits([mine], ana, state='in_progress')
            other_visit, = create_visits([other], luis)
            team_visit, = create_visits(
                [team], luis, employees=[('add', [luis.id, ana.id])])
            Line.create([{
                        'visit': v.id, 'kind': 'work',
                        'product': labour.id,
                        'unit': labour.default_uom.id,
                        'duration': dt.timedelta(hours=1),
                        } for v in [my_visit, other_visit]])
            Visit.decide([my_visit, other_visit])
            technician = create_user('ana', 'group_technician', ana)
            dispatcher = create_user('eva', 'group_dispatcher', eva)

        with Acting(technician):
            self.assertEqual(
                set(Visit.search([])), {my_visit, team_visit})
            self.assertEqual(set(Order.search([])), {mine, team})
            self.assertEqual(
                {t.order for t in Task.search([])}, {mine, team})
            self.assertEqual(
                {l.visit for l in Line.search([])}, {my_visit})
            self.assertEqual(
                {s.visit for s in Share.search([])}, {my_visit})
            with self.assertRaises(AccessError):
                Visit.read([other_visit.id], ['number'])
            with self.assertRaises(AccessError):
                Visit.write([Visit(other_visit.id)], {'work_done': "Mine"})
            with self.assertRaises(AccessError):
                Visit.create([{
                            'site': mine.site.id, 'party': mine.party.id}])
            with self.assertRaises(AccessButtonError):
                Visit.no_charge([Visit(my_visit.id)])
            Visit.finish([Visit(my_visit.id)])
            Visit.post([Visit(my_visit.id)])
        self.assertEqual(Visit(my_visit.id).state, 'posted')
        self.assertEqual(Visit(my_visit.id).posted_by, ana)

        with Acting(dispatcher):
            self.assertEqual(set(Order.search([])), set(orders))
            self.assertEqual(
                set(Visit.search([])), {my_visit, other_visit, team_visit})
            with self.assertRaises(AccessButtonError):
                Visit.no_charge([Visit(other_visit.id)])

    @with_transaction()
    def test_who_quotes_recommendations(self):
        "Test a technician recommends, who plans or sells quotes"
        pool = Pool()
        Quote = pool.get('maintenance.recommendation.quote', type='wizard')
        Group = pool.get('res.group')
        ModelData = pool.get('ir.model.data')
        Recommendation = pool.get('maintenance.recommendation')
        Sale = pool.get('sale.sale')
        Visit = pool.get('maintenance.visit')

        def quote(recommendation):
            with Transaction().set_context(
                    active_model=Recommendation.__name__,
                    active_id=recommendation.id,
                    active_ids=[recommendation.id]):
                session_id, state, _ = Quote.create()
                result = Quote.execute(session_id, {}, state)
                Quote.delete(session_id)
            return [a for a, _ in result.get('actions', [])]

        company = create_company()
        with set_company(company):
            ana, luis, eva, sam = [
                create_employee(company, name=n)
                for n in ["Ana", "Luis", "Eva", "Sam"]]
            mine, other = orders = [
                create_order(f"Customer {i}") for i in range(2)]
            my_visit, other_visit = [
                create_visits(
                    [o], e, state='in_progress',
                    recommendations="New valve\nNew filter")[0]
                for o, e in zip(orders, [ana, luis])]
            Visit.finish([other_visit])
            Visit.post([other_visit])
            technician = create_user('ana', 'group_technician', ana)
            dispatcher = create_user('eva', 'group_dispatcher', eva)
            seller = create_user('sam', 'group_sales_view', sam)
            seller.groups = [Group(ModelData.get_id('sale', 'group_sale'))]
            seller.save()

        with Acting(technician):
            self.assertEqual(Recommendation.search([]), [])
            Visit.finish([Visit(my_visit.id)])
            Visit.post([Visit(my_visit.id)])
            found = Recommendation.search([])
            self.assertEqual({r.visit for r in found}, {my_visit})
            self.assertEqual(
                {r.description for r in found}, {"New valve", "New filter"})
            with self.assertRaises(AccessError):
                Recommendation.write(found, {'description': "Mine"})
            with self.assertRaises(AccessButtonError):
                Recommendation.refuse(found)
            with self.assertRaises(AccessError):
                quote(found[0])
        self.assertEqual(Sale.search([]), [])

        with Acting(dispatcher):
            self.assertEqual(len(Recommendation.search([])), 4)
            # Who plans need not see the sales.
            self.assertEqual(quote(found[0]), [])
            with self.assertRaises(AccessError):
                Sale.search([])
        self.assertEqual(Recommendation(found[0].id).state, 'quoted')
        sale, = Sale.search([])
        self.assertEqual(sale.party, mine.party)
        self.assertEqual(sale.lines[0].description, found[0].description)

        with Acting(seller):
            action, = quote(found[1])
            self.assertEqual(action['res_model'], 'sale.sale')
            self.assertEqual(len(Sale.search([])), 2)
            found = Recommendation.search([
                    ('party', '=', other.party.id)])
            Recommendation.refuse(found)
        self.assertEqual(
            {r.state for r in Recommendation.browse(found)}, {'refused'})

    @with_transaction()
    def test_technician_reaches_no_other_visit(self):
        "Test nobody lets himself into the visits and orders of others"
        pool = Pool()
        Line = pool.get('maintenance.visit.line')
        LineEmployee = pool.get('maintenance.visit.line-company.employee')
        Task = pool.get('maintenance.order.task')
        Visit = pool.get('maintenance.visit')
        VisitEmployee = pool.get('maintenance.visit-company.employee')
        VisitTask = pool.get('maintenance.visit-maintenance.order.task')

        company = create_company()
        with set_company(company):
            ana, luis, eva = [
                create_employee(company, name=n)
                for n in ["Ana", "Luis", "Eva"]]
            labour = create_product("Labour")
            mine, other = [create_order(f"Customer {i}") for i in range(2)]
            my_visit, = create_visits([mine], ana, state='in_progress')
            other_visit, = create_visits([other], luis)
            my_line, other_line = Line.create([{
                        'visit': v.id, 'kind': 'work',
                        'product': labour.id,
                        'unit': labour.default_uom.id,
                        'duration': dt.timedelta(hours=1),
                        } for v in [my_visit, other_visit]])
            member, = VisitEmployee.search([('visit', '=', my_visit.id)])
            task, = VisitTask.search([('visit', '=', my_visit.id)])
            technician = create_user('ana', 'group_technician', ana)
            dispatcher = create_user('eva', 'group_dispatcher', eva)
            seller = create_user('max', 'group_sales_view', eva)

        with Acting(technician):
            for Model, record, values in [
                    (VisitEmployee, member, {
                            'visit': other_visit.id, 'employee': ana.id}),
                    (VisitTask, task, {
                            'visit': my_visit.id,
                            'task': other.tasks[0].id}),
                    ]:
                with self.subTest(model=Model.__name__):
                    with self.assertRaises(AccessError):
                        Model.create([values])
                    with self.assertRaises(AccessError):
                        Model.write([Model(record.id)], values)
            with self.assertRaises(AccessError):
                Visit.write([Visit(my_visit.id)], {
                        'tasks': [('add', [other.tasks[0].id])]})
            with self.assertRaises(AccessError):
                Task.write([Task(mine.tasks[0].id)], {'order': other.id})
            Task.write([Task(mine.tasks[0].id)], {'description': "Noise"})
            # Who worked is his to say, on what he did.
            Line.write([Line(my_line.id)], {
                    'employees': [('add', [luis.id])]})
            with self.assertRaises(AccessError):
                LineEmployee.create([{
                            'line': other_line.id, 'employee': ana.id}])
        with Acting(seller):
            for Model in [VisitEmployee, VisitTask]:
                self.assertEqual(len(Model.search([])), 2)
                with self.assertRaises(AccessError):
                    Model.delete(Model.search([]))
        with Acting(dispatcher):
            Visit.write([Visit(other_visit.id)], {
                    'employees': [('add', [ana.id])]})
        with Acting(technician):
            self.assertIn(other_visit, Visit.search([]))

    @with_transaction()
    def test_money_of_visits(self):
        "Test who writes the report says not who pays, nor sees sales money"
        pool = Pool()
        Line = pool.get('maintenance.visit.line')
        Payment = pool.get('maintenance.visit.payment')
        Share = pool.get('maintenance.visit.share')
        Visit = pool.get('maintenance.visit')

        company = create_company()
        with set_company(company):
            ana, eva = [create_employee(company, n) for n in ["Ana", "Eva"]]
            labour = create_product("Labour")
            mine = create_order("Customer")
            visit, = create_visits([mine], ana, state='in_progress')
            line, = Line.create([{
                        'visit': visit.id, 'kind': 'work',
                        'product': labour.id,
                        'unit': labour.default_uom.id,
                        'duration': dt.timedelta(hours=1),
                        }])
            Visit.decide([visit])
            share, = Share.search([])
            users = {
                name: create_user(
                    name, f'group_{name}',
                    ana if name == 'technician' else eva)
                for name in [
                    'technician', 'dispatcher', 'billing', 'sales_view',
                    'auditor']}

        for wizard, record, allowed in [
                ('maintenance.visit.no_charge', visit, {'dispatcher'}),
                ('maintenance.visit.line.change_payer', line, set()),
                ('maintenance.visit.share.solve', share, {'billing'}),
                ('maintenance.visit.share.leave_out', share, {'billing'}),
                ('maintenance.visit.correct', visit, {'dispatcher'}),
                ('maintenance.visit.try_again', visit, {'dispatcher'}),
                ('maintenance.order.plan_visit', mine, {'dispatcher'}),
                ('maintenance.order.task.plan_visit', mine.tasks[0], {
                        'dispatcher'}),
                ('maintenance.visit.move', visit, {'dispatcher'}),
                ('maintenance.order.ship', mine, {'dispatcher'}),
                ]:
            Wizard = pool.get(wizard, type='wizard')
            for name, user in users.items():
                with self.subTest(wizard=wizard, group=name), \
                        Acting(user), Transaction().set_context(
                            active_model=record.__name__,
                            active_id=record.id, active_ids=[record.id]):
                    if name in allowed:
                        Wizard.create()
                    else:
                        with self.assertRaises(AccessError):
                            Wizard.create()

        for name, user in users.items():
            with self.subTest(group=name), Acting(user):
                for change in [
                        {'no_charge_reason': "-"}, {'state': 'posted'}]:
                    with self.assertRaises(AccessError):
                        Visit.write([Visit(visit.id)], change)
                self.assertEqual(Share.search([]), [share])
                with self.assertRaises(AccessError):
                    Share.write(
                        [Share(share.id)], {'unit_price': Decimal(0)})
                with self.assertRaises(AccessError):
                    Share.delete([Share(share.id)])
                if name in {'sales_view', 'auditor'}:
                    with self.assertRaises(AccessError):
                        Line.read([line.id], ['cost'])
                else:
                    Line.read([line.id], ['cost'])
                if name == 'sales_view':
                    with self.assertRaises(AccessError):
                        Payment.search([])
                else:
                    self.assertEqual(Payment.search([]), [])

        visit.signed_at = dt.datetime(2026, 3, 10, 12)
        visit.save()
        for name in ['technician', 'dispatcher']:
            with self.subTest(group=name), Acting(users[name]):
                for change in [
                        {'work_done': "More"}, {'date': DAY},
                        {'site': visit.site.id}, {'leader': None}]:
                    with self.assertRaises(VisitPostedError):
                        Visit.write([Visit(visit.id)], change)
                with self.assertRaises(AccessError):
                    Visit.create([{
                                'site': visit.site.id,
                                'party': visit.party.id,
                                'date': DAY,
                                'state': 'posted',
                                }])

    @with_transaction()
    def test_key_codes_of_the_week(self):
        "Test codes are shown to who has a visit there this week"
        pool = Pool()
        Date = pool.get('ir.date')
        Key = pool.get('maintenance.site.key')
        Site = pool.get('maintenance.site')

        company = create_company()
        with set_company(company):
            today = Date.today()
            employees = [create_employee(company, n) for n in ["Eva", "Leo"]]
            users = [
                create_user(e.party.name, 'group_technician', e)
                for e in employees]
            this_week, last_week = create_order("Bank"), create_order("Shop")
            create_visits([this_week], employees[0], date=today)
            create_visits(
                [last_week], employees[0], date=today - dt.timedelta(days=7))
            room = Site(
                name="Vault", kind='room', parent=this_week.site,
                party=this_week.party)
            room.save()
            keys = Key.create([{
                        'site': site.id,
                        'label': "Alarm",
                        'code': "4711",
                        } for site in [
                            this_week.site, room, last_week.site]])
        for user, codes in [
                (users[0], ["4711", "4711", None]),
                (users[1], [None, None, None])]:
            with Acting(user):
                self.assertEqual(
                    [k.code for k in Key.browse([k.id for k in keys])],
                    codes)

    @with_transaction()
    def test_batch_of_old_database(self):
        "Test batches are numbered where the configuration is of before them"
        pool = Pool()
        Batch = pool.get('maintenance.workshop.batch')
        Configuration = pool.get('maintenance.configuration')
        Value = pool.get('maintenance.configuration.sequence')
        with set_company(create_company()):
            Value.create([{}])
            table = Value.__table__()
            Transaction().connection.cursor().execute(*table.update(
                    [table.workshop_batch_sequence], [None]))
            batch, = Batch.create([{'description': "Test"}])
            self.assertRegex(batch.number, r'^LT\d+$')
            self.assertEqual(
                Configuration(1).workshop_batch_sequence.name,
                "Workshop Batch")

    @with_transaction()
    def test_to_plan(self):
        "Test a task is to plan when no planned visit serves it"
        pool = Pool()
        Task = pool.get('maintenance.order.task')
        Visit = pool.get('maintenance.visit')

        with set_company(create_company()):
            free, planned, failed = [create_order() for _ in range(3)]
            visit, failed_visit = create_visits([planned, failed])
            with self.assertRaises(VisitFailedReasonError):
                Visit.fail([failed_visit])
            Visit.write([failed_visit], {'failed_reason': 'absent'})
            Visit.fail([failed_visit])

            self.assertEqual(
                {t.order for t in Task.search([('to_plan', '=', True)])},
                {free, failed})
            self.assertEqual(
                {t.order for t in Task.search([('to_plan', '=', False)])},
                {planned})
            self.assertEqual(
                [t.to_plan for o in [free, planned, failed]
                    for t in Task.browse(o.tasks)],
                [True, False, True])
            self.assertEqual(
                [o.state for o in type(free).browse([free, planned, failed])],
                ['draft', 'planned', 'draft'])

    @with_transaction()
    def test_another_visit_needed(self):
        "Test a partial visit leaves its tasks open and the order in progress"
        pool = Pool()
        Visit = pool.get('maintenance.visit')
        Order = pool.get('maintenance.order')

        company = create_company()
        with set_company(company):
            order = create_order()
            ana = create_employee(company)
            visit, = create_visits([order], ana, state='in_progress')
            Visit.write([visit], {'another_visit_needed': True})
            Visit.finish([visit])
            Visit.post([visit])
            self.assertEqual(Order(order.id).tasks[0].state, 'open')
            self.assertEqual(Order(order.id).state, 'in_progress')

            visit, = create_visits([order], ana, state='in_progress')
            Visit.finish([visit])
            self.assertEqual(Order(order.id).state, 'done')

    @with_transaction()
    def test_impossible_data(self):
        "Test only what is impossible is refused"
        pool = Pool()
        Line = pool.get('maintenance.visit.line')
        Order = pool.get('maintenance.order')
        Task = pool.get('maintenance.order.task')
        Visit = pool.get('maintenance.visit')

        with set_company(create_company()):
            order = create_order()
            visit, = create_visits([order], state='in_progress')
            with self.assertRaises(VisitDateError):
                Visit.write([visit], {
                        'finished_at': visit.arrived_at
                        - dt.timedelta(hours=1)})
            with self.assertRaises(VisitLineDurationError):
                Line.create([{
                            'visit': visit.id, 'kind': 'work',
                            'description': "Work",
                            'start': dt.time(9), 'end': dt.time(10),
                            'pause': dt.timedelta(hours=2)}])
            with self.assertRaises(TaskReasonError):
                Task.leave(order.tasks)
            with self.assertRaises(OrderTaskError):
                Order.write([order], {'state': 'planned'})
                Order.cancel([Order(order.id)])
            Visit.write([visit], {
                    'tasks': [('remove', [t.id for t in order.tasks])]})
            with self.assertRaises(VisitTaskError):
                Visit.finish([Visit(visit.id)])

    @with_transaction()
    def test_time_past_midnight(self):
        "Test 22:30 to 01:30 is three hours of each person"
        pool = Pool()
        Line = pool.get('maintenance.visit.line')
        Visit = pool.get('maintenance.visit')

        company = create_company()
        with set_company(company):
            ana, luis = [create_employee(company, name=n) for n in 'AL']
            visit, = create_visits([create_order()], ana)
            line, alone = Line.create([{
                        'visit': visit.id, 'kind': 'work',
                        'description': "Night",
                        'start': dt.time(22, 30), 'end': dt.time(1, 30),
                        }, {
                        'visit': visit.id, 'kind': 'work',
                        'description': "Alone",
                        'duration': dt.timedelta(minutes=140),
                        'employees': [('add', [luis.id])],
                        }])
            self.assertEqual(line.duration, dt.timedelta(hours=3))
            self.assertEqual(line.quantity, 3)
            self.assertEqual(alone.quantity, 2.33)

            Visit.write([visit], {'employees': [('add', [luis.id])]})
            self.assertEqual(Line(line.id).quantity, 6)
            self.assertEqual(Line(alone.id).quantity, 2.33)

    @with_transaction()
    def test_no_charge_and_override(self):
        "Test a gift and a decision by hand are kept with reason"
        pool = Pool()
        Line = pool.get('maintenance.visit.line')
        Order = pool.get('maintenance.order')
        Party = pool.get('party.party')
        Share = pool.get('maintenance.visit.share')
        Visit = pool.get('maintenance.visit')

        company = create_company()
        with set_company(company):
            labour = create_product("Labour")
            insurer = Party(name="Insurer")
            insurer.save()
            order = create_order()
            visit, = create_visits(
                [order], create_employee(company), state='in_progress')
            line, other = Line.create([{
                        'visit': visit.id, 'kind': 'work',
                        'product': labour.id,
                        'unit': labour.default_uom.id,
                        'duration': dt.timedelta(hours=h)} for h in [1, 2]])
            Visit.finish([visit])
            Share.override(
                [Line(line.id)], 'customer', "Their insurer said so",
                payer=insurer, unit_price=Decimal('40.00'))

            share, = Line(line.id).shares
            self.assertEqual(
                (share.payer, share.amount), (insurer, Decimal('40.00')))
            self.assertIn("Their insurer said so", share.explanation)
            self.assertEqual(Line(other.id).shares[0].payer, order.party)

            Visit.post([Visit(visit.id)])
            share, = Line(line.id).shares
            self.assertEqual(
                (share.payer, share.state), (insurer, 'decided'))
            self.assertEqual(Order(order.id).state, 'done')

            Visit.give_away([Visit(visit.id)], "Our mistake")
            self.assertEqual(
                {(s.payer_kind, s.amount) for s in Visit(visit.id).shares},
                {('goodwill', Decimal(0))})
            self.assertEqual(
                sum(s.list_amount for s in Visit(visit.id).shares), 135)

    @skipIf(backend.name != 'sqlite', "statements are counted on SQLite")
    @with_transaction()
    def test_posting_statements(self):
        "Test the statements of posting do not grow with each visit"
        pool = Pool()
        Line = pool.get('maintenance.visit.line')
        Location = pool.get('stock.location')
        ModelData = pool.get('ir.model.data')
        Visit = pool.get('maintenance.visit')

        company = create_company()
        with set_company(company):
            ana = create_employee(company)
            labour = create_product("Labour")
            part = create_product("Part", 'goods', 'uom_unit', '80.00')
            van = Location(
                name="Van", type='storage',
                parent=ModelData.get_id('stock', 'location_storage'))
            van.save()

            def post(count):
                orders = [create_order() for _ in range(count)]
                visits = create_visits(
                    orders, ana, state='in_progress', vehicle=van.id)
                Line.create([{
                            'visit': v.id, 'kind': 'work',
                            'product': labour.id,
                            'unit': labour.default_uom.id,
                            'duration': dt.timedelta(hours=1),
                            } for v in visits])
                Line.create([{
                            'visit': v.id, 'kind': 'material',
                            'product': part.id, 'unit': part.default_uom.id,
                            'quantity': 1,
                            } for v in visits])
                Visit.finish(visits)
                statements = []
                connection = Transaction().connection
                connection.set_trace_callback(statements.append)
                try:
                    Visit.post(Visit.browse(visits))
                finally:
                    connection.set_trace_callback(None)
                self.assertEqual(
                    {v.state for v in Visit.browse(visits)}, {'posted'})
                return len(statements)

            post(1)
            few, many = post(5), post(10)
            # What is left per visit: one insert per row, and the transition
            # of its order.
            self.assertLess((many - few) / 5, 40)


del ModuleTestCase

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What the login of a subcontractor sees and may do."""
import datetime as dt
import io
from decimal import Decimal

from pypdf import PdfReader

from trytond.model import ModelStorage
from trytond.model.exceptions import AccessError
from trytond.model.modelview import AccessButtonError
from trytond.modules.checklist.tests.test_module import create_version
from trytond.modules.company.tests import (
    create_company, create_employee, set_company)
from trytond.modules.maintenance_order.tests.test_module import (
    Acting, create_order, create_product, create_visits)
from trytond.modules.maintenance_order.tests.tools import SIGNATURE
from trytond.pool import Pool
from trytond.tests.test_tryton import (
    TestCase, activate_module, with_transaction)

# Of these the rules tell which records, and some have no record of his.
READABLE = {
    'checklist.answer',
    'checklist.checklist',
    'checklist.element',
    'checklist.photo',
    'checklist.question',
    'checklist.question.choice',
    'checklist.template',
    'checklist.version',
    'maintenance.equipment',
    'maintenance.equipment.category',
    'maintenance.fault.code',
    'maintenance.order',
    'maintenance.order.task',
    'maintenance.site',
    'maintenance.visit',
    'maintenance.visit-company.employee',
    'maintenance.visit-maintenance.order.task',
    'maintenance.visit.line',
    'maintenance.visit.line-company.employee',
    'maintenance.visit.photo',
    }
ALONG = {
    'maintenance.configuration',
    'maintenance.configuration.label',
    'maintenance.configuration.order',
    'maintenance.configuration.sequence',
    'maintenance.configuration.site',
    'maintenance.downtime',
    'maintenance.equipment.attribute',
    'maintenance.equipment.category.attribute',
    'maintenance.equipment.history',
    'maintenance.equipment.photo',
    'maintenance.equipment.placement',
    'maintenance.equipment.reliability',
    'maintenance.meter',
    'maintenance.meter.reading',
    'maintenance.order.material',
    'maintenance.order.payer',
    'maintenance.site.party',
    }


def create_login(login, performer, company):
    pool = Pool()
    Group = pool.get('res.group')
    ModelData = pool.get('ir.model.data')
    User = pool.get('res.user')
    user = User(name=login, login=login, performer=performer)
    user.groups = [Group(ModelData.get_id(
                'maintenance_order', 'group_subcontractor'))]
    user.companies = [company]
    user.company = company
    user.save()
    return user


class SubcontractorTestCase(TestCase):
    "Test the login of a subcontractor"

    @classmethod
    def setUpClass(cls):
        activate_module(['bank', 'maintenance_order', 'purchase', 'sale'])
        super().setUpClass()

    def _world(self):
        "Return two visits of Frío Norte and Frío Sur to a hotel and a bar"
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')
        Payer = pool.get('maintenance.order.payer')
        Party = pool.get('party.party')
        self.company = create_company()
        with set_company(self.company):
            self.eva = create_employee(self.company, "Eva")
            self.labour = create_product("Labour")
            self.norte, self.sur = Party.create([
                    {'name': "Frío Norte"}, {'name': "Frío Sur"}])
            self.hotel, self.bar = [create_order(n) for n in ["Hotel", "Bar"]]
            machines = []
            for order in [self.hotel, self.bar]:
                machine = Equipment(name="Chiller")
                machine.save()
                Equipment.move([machine], order.site, date=dt.date(2026, 1, 1))
                task, = order.tasks
                task.equipment = machine
                task.save()
                machines.append(machine)
            self.machines = machines
            self.payer, = Payer.create([{
                        'order': self.hotel.id, 'party': self.sur.id,
                        'rate': Decimal('0.5')}])
            self.mine, = create_visits(
                [self.hotel], self.eva, performer=self.norte.id,
                performer_cost=Decimal('120.00'))
            self.other, = create_visits(
                [self.bar], self.eva, performer=self.sur.id)
            self.login = create_login('norte', self.norte, self.company)

    @with_transaction()
    def test_sees_his_own(self):
        "Test he sees what his visits need, and no other customer"
        pool = Pool()
        self._world()
        with Acting(self.login):
            for name, mine, other in [
                    ('maintenance.visit', self.mine, self.other),
                    ('maintenance.order', self.hotel, self.bar),
                    ('maintenance.order.task', *(
                            o.tasks[0] for o in [self.hotel, self.bar])),
                    ('maintenance.site', self.hotel.site, self.bar.site),
                    ('maintenance.equipment', *self.machines),
                    ]:
                Model = pool.get(name)
                with self.subTest(model=name):
                    self.assertEqual(Model.search([]), [mine])
                    Model.read([mine.id], ['rec_name'])
                    with self.assertRaises(AccessError):
                        Model.read([other.id], ['rec_name'])
            Party = pool.get('party.party')
            self.assertEqual(
                set(Party.search([])), {
                    self.norte, self.hotel.party, self.company.party,
                    self.eva.party})
            for name in ['party.address', 'party.contact_mechanism']:
                self.assertLessEqual(
                    {r.party for r in pool.get(name).search([])},
                    set(Party.search([])))
            with self.assertRaises(AccessError):
                Party.read([self.bar.party.id], ['name'])

    @with_transaction()
    def test_models(self):
        "Test which of our models he reads at all"
        pool = Pool()
        Access = pool.get('ir.model.access')
        Model = pool.get('ir.model')
        self._world()
        names = [
            m.name for m in Model.search([
                    ('module', 'in', [
                            'checklist', 'maintenance_equipment',
                            'maintenance_order']),
                    ])
            if issubclass(pool.get(m.name), ModelStorage)]
        with Acting(self.login):
            readable = {
                n for n, access in Access.get_access(names).items()
                if access['read']}
            for name in readable - READABLE:
                # What comes along with a machine, a site or an order.
                self.assertIn(name, ALONG)
                for field, mine in [
                        ('equipment', self.machines[0]),
                        ('site', self.hotel.site),
                        ('order', self.hotel)]:
                    if field in pool.get(name)._fields:
                        with self.subTest(model=name, field=field):
                            self.assertFalse(pool.get(name).search([
                                        (field, '!=', mine.id),
                                        (field, '!=', None)]))
        self.assertLessEqual(READABLE, readable)

    @with_transaction()
    def test_who_works_for_nobody(self):
        "Test who works for no subcontractor sees nothing"
        pool = Pool()
        Visit = pool.get('maintenance.visit')
        User = pool.get('res.user')
        self._world()
        with Acting(self.login):
            self.assertEqual(Visit.search([]), [self.mine])
        User.write([User(self.login.id)], {'performer': self.sur.id})
        with Acting(self.login):
            self.assertEqual(Visit.search([]), [self.other])
        User.write([User(self.login.id)], {'performer': None})
        with Acting(self.login):
            self.assertEqual(Visit.search([]), [])

    @with_transaction()
    def test_menu(self):
        "Test he finds his jobs in the menu, and nothing else of ours"
        pool = Pool()
        Menu = pool.get('ir.ui.menu')
        ModelData = pool.get('ir.model.data')
        self._world()
        jobs = ModelData.get_id(
            'maintenance_order', 'menu_visit_subcontractor')
        maintenance = ModelData.get_id(
            'maintenance_equipment', 'menu_maintenance')
        with Acting(self.login):
            found = {m.id for m in Menu.search([('parent', '=', None)])}
        self.assertIn(jobs, found)
        self.assertNotIn(maintenance, found)

    @with_transaction()
    def test_no_prices(self):
        "Test he reads no price, margin, payer or invoice"
        pool = Pool()
        self._world()
        Account = pool.get('bank.account')
        Account.create([{
                    'owners': [('add', [self.hotel.party.id])],
                    'numbers': [('create', [{
                                    'type': 'other', 'number': "1234"}])],
                    }])
        Product = pool.get('product.product')
        with Acting(self.login):
            for name, record, names in [
                    ('maintenance.visit', self.mine, [
                            'summary', 'start_prices', 'report']),
                    ('maintenance.order', self.hotel, [
                            'agreed_amount', 'revenue', 'cost', 'margin']),
                    ('product.product', self.labour, [
                            'list_price', 'list_price_used', 'cost_price']),
                    ('product.template', self.labour.template, [
                            'list_price', 'cost_price']),
                    ('party.party', self.hotel.party, ['receivable']),
                    ('maintenance.order.payer', self.payer, [
                            'party', 'rate', 'rec_name']),
                    ]:
                Model = pool.get(name)
                for field in names:
                    with self.subTest(model=name, field=field), \
                            self.assertRaises(AccessError):
                        Model.read([record.id], [field])
            for name in [
                    'maintenance.order.payer', 'bank.account',
                    'bank.account.number']:
                with self.subTest(model=name):
                    self.assertEqual(pool.get(name).search([]), [])
            for name in [
                    'maintenance.visit.share', 'maintenance.visit.payment',
                    'account.invoice', 'account.move', 'sale.sale',
                    'purchase.purchase']:
                with self.subTest(model=name), self.assertRaises(AccessError):
                    pool.get(name).search([])
            view = pool.get('maintenance.visit').fields_view_get(
                view_type='form')
            self.assertNotIn('name="shares"', view['arch'])
            self.assertNotIn('name="summary"', view['arch'])
            self.assertTrue(Product.search([], limit=1))

    @with_transaction()
    def test_checks_and_reads(self):
        "Test he fills in the checklist and reads the meters of his visit"
        pool = Pool()
        Answer = pool.get('checklist.answer')
        Checklist = pool.get('checklist.checklist')
        Element = pool.get('checklist.element')
        Meter = pool.get('maintenance.meter')
        Question = pool.get('checklist.question')
        Reading = pool.get('maintenance.meter.reading')
        Visit = pool.get('maintenance.visit')
        self._world()
        with set_company(self.company):
            version = create_version()
            meters = Meter.create([{
                        'equipment': m.id, 'name': "Hours"}
                    for m in self.machines])
            for order in [self.hotel, self.bar]:
                task, = order.tasks
                task.checklist = version.template
                task.save()
            Visit.arrive([self.other])
            before, = Reading.create([{
                        'meter': meters[0].id, 'value': Decimal(90),
                        'when': dt.datetime(2026, 3, 1, 8)}])
        with Acting(self.login):
            Visit.arrive([Visit(self.mine.id)])
            checklist, = Checklist.search([])
            self.assertEqual(checklist.subject, self.mine)
            element, = Element.search([])
            question, pressure = checklist.version.questions
            Answer.create([{
                        'element': element.id, 'question': question.id,
                        'result': 'fail', 'note': "Dusty",
                        }, {
                        'element': element.id, 'question': pressure.id,
                        'number': Decimal(5)}])
            Element.pass_rest([element])
            Visit.write([Visit(self.mine.id)], {
                    'checklists': [('write', [checklist.id], {
                                'date': dt.date(2026, 3, 10)})],
                    'readings': [('create', [{
                                    'meter': meters[0].id,
                                    'value': Decimal(100)}])],
                    })
            Checklist.complete([Checklist(checklist.id)])
            self.assertEqual(
                {r.value for r in Reading.search([])}, {90, 100})
            mine, = Visit(self.mine.id).readings
            Reading.write([mine], {'value': Decimal(101)})
            theirs, = self.other.checklists
            for name, write in [
                    ('their checklist', lambda: Checklist.write(
                            [theirs], {'date': dt.date(2026, 1, 1)})),
                    ('their element', lambda: Element.read(
                            [theirs.elements[0].id], ['note'])),
                    ('a checklist', lambda: Checklist.create([{
                                    'version': version.id}])),
                    ('open again', lambda: Checklist.reopen(
                            [Checklist(checklist.id)])),
                    ('the questions', lambda: Question.write(
                            [question], {'text': "Nothing"})),
                    ('our reading', lambda: Reading.write(
                            [Reading(before.id)], {'value': Decimal(1)})),
                    ('a reading of its own', lambda: Reading.create([{
                                    'meter': meters[0].id,
                                    'value': Decimal(5)}])),
                    ('their meter', lambda: Reading.create([{
                                    'meter': meters[1].id,
                                    'value': Decimal(5),
                                    'origin': str(self.mine)}])),
                    ]:
                with self.subTest(name), \
                        self.assertRaises((AccessError, AccessButtonError)):
                    write()
        checklist = Checklist(checklist.id)
        self.assertEqual(checklist.state, 'completed')
        self.assertEqual(checklist.elements[0].number_of_findings, 1)

    @with_transaction()
    def test_reports_his_work(self):
        "Test he records, finishes and signs, and changes nothing else"
        pool = Pool()
        Attachment = pool.get('ir.attachment')
        Line = pool.get('maintenance.visit.line')
        Report = pool.get('maintenance.visit.work_report', type='report')
        Visit = pool.get('maintenance.visit')
        self._world()
        mine, other = self.mine, self.other
        with Acting(self.login):
            Visit.arrive([Visit(mine.id)])
            Visit.write([Visit(mine.id)], {
                    'work_done': "Gas filled", 'date': dt.date(2026, 3, 10)})
            line, = Line.create([{
                        'visit': mine.id, 'kind': 'work',
                        'product': self.labour.id,
                        'unit': self.labour.default_uom.id,
                        'duration': dt.timedelta(hours=2),
                        }])
            with self.assertRaises(AccessError):
                Line.write([line], {'list_price': Decimal(1)})
            with self.assertRaises(AccessError):
                Line.create([{
                            'visit': other.id, 'kind': 'work',
                            'description': "Theirs", 'quantity': 1}])
            for change in [
                    {'performer_cost': Decimal('999')},
                    {'performer': self.sur.id},
                    {'leader': None},
                    {'state': 'posted'},
                    ]:
                with self.subTest(change=change), \
                        self.assertRaises(AccessError):
                    Visit.write([Visit(mine.id)], change)
            for button in [
                    Visit.post, Visit.cancel, Visit.charge,
                    Visit.accept_prices]:
                with self.subTest(button=button.__name__), \
                        self.assertRaises(AccessButtonError):
                    button([Visit(mine.id)])
            with self.assertRaises(AccessError):
                Visit.create([{
                            'site': mine.site.id, 'party': mine.party.id}])
            # His own papers are kept at the visit, where the customer's
            # mail does not take them from.
            Attachment.create([{
                        'name': "Delivery note", 'resource': str(mine)}])
            with self.assertRaises(AccessError):
                Attachment.create([{
                            'name': "Theirs", 'resource': str(other)}])
            Visit.write([Visit(mine.id)], {
                    'signer': "Ana", 'signature': SIGNATURE})
            Visit.finish([Visit(mine.id)])
            Visit.sign([Visit(mine.id)])
            _, paper, _, _ = Report.execute([mine.id], {})
        visit = Visit(mine.id)
        self.assertTrue(visit.signed_at)
        self.assertEqual(sum(s.amount for s in visit.shares), Decimal('90.00'))
        self.assertNotIn("45.00", text(paper))
        self.assertNotIn("Frío Norte", text(visit.report))
        self.assertIn("45.00", text(visit.report))


def text(paper):
    return '\n'.join(
        p.extract_text() for p in PdfReader(io.BytesIO(bytes(paper))).pages)

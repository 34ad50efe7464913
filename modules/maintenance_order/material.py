# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The material of an order, from the wish to the machine."""
import json
from collections import defaultdict

from sql import Null

from trytond.i18n import gettext
from trytond.model import (
    Index, ModelSQL, ModelView, Workflow, fields, sequence_ordered)
from trytond.model.exceptions import AccessError
from trytond.modules.report_html.workflow import ButtonWorkflow
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval, If
from trytond.transaction import Transaction, without_check_access
from trytond.wizard import Button, StateAction, StateView, Wizard

from .exceptions import OrderShipError
from .searching import FoundByMixin

# What is still missing, and what is there to be fitted.
MISSING = ['planned', 'requested', 'ordered']
THERE = ['received', 'reserved', 'in_van']


class OrderMaterial(
        FoundByMixin, ButtonWorkflow, sequence_ordered(), ModelSQL,
        ModelView):
    """A part that an order needs

    While one is missing its task waits; when it arrives the task is to plan.
    """
    __name__ = 'maintenance.order.material'
    _found_by = [
        'order.rec_name', 'task.equipment.rec_name', 'product.rec_name']

    _states = {
        'readonly': ~Eval('state').in_(['planned', 'requested']),
        }

    order = fields.Many2One(
        'maintenance.order', "Order", required=True, ondelete='CASCADE',
        states={
            'readonly': Eval('id', -1) >= 0,
            },
        help="The order which needs it.")
    company = fields.Many2One(
        'company.company', "Company", required=True, readonly=True,
        help="The company which does the work.")
    task = fields.Many2One(
        'maintenance.order.task', "Task", ondelete='RESTRICT',
        domain=[
            ('order', '=', Eval('order', -1)),
            ],
        states=_states,
        help="The task it is for.")
    product = fields.Many2One(
        'product.product', "Product", required=True, ondelete='RESTRICT',
        domain=[
            ('type', 'in', ['goods', 'assets']),
            ],
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        states=_states,
        help="What is needed.")
    unit = fields.Function(
        fields.Many2One(
            'product.uom', "Unit",
            help="The unit of the quantity."),
        'on_change_with_unit')
    quantity = fields.Float(
        "Quantity", digits='unit', required=True, states=_states,
        domain=[
            ('quantity', '>', 0),
            ],
        help="How much is needed.")
    supplier = fields.Many2One(
        'party.party', "Supplier", ondelete='RESTRICT',
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        states={
            'readonly': ~Eval('state').in_(MISSING),
            },
        help="Where it is bought, if it is not on stock.")
    purchase_reference = fields.Char(
        "Purchase Reference",
        states={
            'readonly': Eval('state').in_(['fitted', 'returned']),
            },
        help="The number of the purchase.")
    expected = fields.Date(
        "Expected",
        states={
            'readonly': ~Eval('state').in_(MISSING),
            },
        help="When it should arrive. The customer can be told.")
    state = fields.Selection([
            ('planned', "Planned"),
            ('requested', "Requested"),
            ('ordered', "Ordered"),
            ('received', "Received"),
            ('reserved', "Reserved"),
            ('in_van', "In the Van"),
            ('fitted', "Fitted"),
            ('returned', "Returned"),
            ('cancelled', "Cancelled"),
            ], "State", readonly=True, required=True, sort=False,
        help="Where it is on its way.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('order')
        t = cls.__table__()
        cls._sql_indexes.update({
                Index(t, (t.order, Index.Range())),
                Index(
                    t,
                    (t.state, Index.Equality(cardinality='low')),
                    where=t.state.in_([*MISSING, *THERE])),
                })
        steps = [*MISSING, *THERE]
        cls._transitions |= {
            (a, b) for i, a in enumerate(steps) for b in steps[i + 1:]}
        cls._transitions |= {(state, 'fitted') for state in steps}
        cls._transitions |= {(state, 'returned') for state in THERE}
        cls._transitions |= {(state, 'cancelled') for state in MISSING}
        cls._transitions |= {
            ('cancelled', 'planned'),
            ('fitted', 'returned'),
            }

        def button(states, icon):
            return {
                'invisible': ~Eval('state').in_(states),
                'icon': icon,
                'depends': ['state'],
                }

        cls._buttons.update({
                'request': button(['planned'], 'tryton-forward'),
                'buy': button(['planned', 'requested'], 'tryton-forward'),
                'receive': button(MISSING, 'tryton-ok'),
                'reserve': button(['received'], 'tryton-forward'),
                'load': button(['received', 'reserved'], 'tryton-forward'),
                'give_back': button(THERE, 'tryton-back'),
                'cancel': button(MISSING, 'tryton-cancel'),
                'plan': button(['cancelled'], 'tryton-undo'),
                })

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_quantity(cls):
        return 1

    @classmethod
    def default_state(cls):
        return 'planned'

    @fields.depends('product')
    def on_change_with_unit(self, name=None):
        return self.product.default_uom if self.product else None

    def get_rec_name(self, name):
        return f'{self.order.number} · {self.product.rec_name}'

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual',
                If(Eval('state').in_(['fitted', 'returned', 'cancelled']),
                    'muted',
                    If(Eval('state').in_(THERE), 'success', ''))),
            ]

    @classmethod
    def preprocess_values(cls, mode, values):
        pool = Pool()
        Order = pool.get('maintenance.order')
        values = super().preprocess_values(mode, values)
        if mode == 'create' and values.get('order'):
            values['company'] = Order(values['order']).company.id
        return values

    @classmethod
    def check_modification(cls, mode, materials, values=None, external=False):
        super().check_modification(
            mode, materials, values=values, external=external)
        if mode == 'delete':
            for material in materials:
                if material.state not in {'planned', 'cancelled'}:
                    raise AccessError(gettext(
                            'maintenance_order.msg_material_delete',
                            material=material.rec_name))

    @classmethod
    def copy(cls, materials, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('purchase_reference')
        default.setdefault('expected')
        default.setdefault('state', 'planned')
        return super().copy(materials, default=default)

    @classmethod
    @ModelView.button
    @Workflow.transition('planned')
    def plan(cls, materials):
        pass

    @classmethod
    @ModelView.button
    @Workflow.transition('requested')
    def request(cls, materials):
        pass

    @classmethod
    @ModelView.button
    @Workflow.transition('ordered')
    def buy(cls, materials):
        pass

    @classmethod
    @ModelView.button
    @Workflow.transition('received')
    def receive(cls, materials):
        cls._tell_arrival(materials)

    @classmethod
    @without_check_access
    def _tell_arrival(cls, materials):
        "Tell who asked for it that it is here, and what is still missing"
        pool = Pool()
        Notification = pool.get('res.notification')
        transaction = Transaction()
        arrived = defaultdict(list)
        for material in materials:
            for user in {material.create_uid, material.order.create_uid}:
                if user and user.active and user.id != transaction.user:
                    arrived[user, material.order].append(material)
        for (user, order), found in arrived.items():
            missing = [
                m for m in order.materials
                if m.state in MISSING and m not in materials]
            with transaction.set_context(
                    language=user.language.code if user.language
                    else transaction.language):
                if missing:
                    text = gettext(
                        'maintenance_order.msg_material_missing',
                        products=_products(missing))
                else:
                    text = gettext('maintenance_order.msg_material_complete')
                transaction.user_notifications.append(Notification(
                        user=user,
                        label=gettext(
                            'maintenance_order.msg_material_arrived',
                            order=order.number, products=_products(found)),
                        description=text,
                        icon='maintenance_order-order',
                        unread=True,
                        model=order.__name__,
                        records=json.dumps([order.id])))

    @classmethod
    @ModelView.button
    @Workflow.transition('reserved')
    def reserve(cls, materials):
        pass

    @classmethod
    @ModelView.button
    @Workflow.transition('in_van')
    def load(cls, materials):
        pass

    @classmethod
    @Workflow.transition('fitted')
    def fit(cls, materials):
        pass

    @classmethod
    @ModelView.button
    @Workflow.transition('returned')
    def give_back(cls, materials):
        pass

    @classmethod
    @ModelView.button
    @Workflow.transition('cancelled')
    def cancel(cls, materials):
        pass


def _products(materials):
    return ', '.join(m.product.rec_name for m in materials)


class Order(metaclass=PoolMeta):
    __name__ = 'maintenance.order'

    materials = fields.One2Many(
        'maintenance.order.material', 'order', "Material",
        states={
            'readonly': Eval('state').in_(['closed', 'cancelled']),
            },
        help="What the work needs.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons.update({
                'ship': {
                    'invisible': (
                        (Eval('kind') != 'supply')
                        | ~Eval('state').in_(
                            ['draft', 'planned', 'in_progress'])),
                    'icon': 'tryton-forward',
                    'depends': ['kind', 'state'],
                    },
                })

    @classmethod
    @ModelView.button_action('maintenance_order.wizard_order_ship')
    def ship(cls, orders):
        pass

    @without_check_access
    def ship_materials(self, from_location, courier):
        """Send the material by courier and return the posted visit

        Nobody goes: the visit only tells what was sent, so that it is decided
        and invoiced as everything else.
        """
        pool = Pool()
        Line = pool.get('maintenance.visit.line')
        Task = pool.get('maintenance.order.task')
        Visit = pool.get('maintenance.visit')
        materials = [
            m for m in self.materials if m.state in {*MISSING, *THERE}]
        if not materials:
            raise OrderShipError(gettext(
                    'maintenance_order.msg_order_ship',
                    order=self.rec_name))
        tasks = [t for t in self.tasks if t.state == 'open']
        if not tasks:
            task = Task(order=self, company=self.company, kind=self.kind)
            task.description = self.description
            task.save()
            tasks = [task]
        visit = Visit(
            company=self.company, site=self.site, party=self.party)
        visit.tasks = tasks
        visit.signature_kind = 'none'
        visit.unsigned_reason = courier
        visit.save()
        Visit.arrive([visit])
        Line.save([
                Line(
                    visit=visit, company=self.company, kind='material',
                    product=m.product, unit=m.unit, quantity=m.quantity,
                    from_location=from_location, task=m.task or tasks[0])
                for m in materials])
        visit = Visit(visit.id)
        Visit.finish([visit])
        Visit.post([Visit(visit.id)])
        return Visit(visit.id)


class Task(metaclass=PoolMeta):
    __name__ = 'maintenance.order.task'

    waiting_for = fields.Function(
        fields.Char(
            "Waiting for",
            help="The material that has not arrived, and when it should."),
        'get_waiting_for', searcher='search_waiting_for')

    @classmethod
    def get_waiting_for(cls, tasks, name):
        pool = Pool()
        Lang = pool.get('ir.lang')
        Material = pool.get('maintenance.order.material')
        lang = Lang.get()
        missing = defaultdict(list)
        for material in Material.search([
                    ('order', 'in', list({t.order.id for t in tasks})),
                    ('state', 'in', MISSING),
                    ]):
            text = material.product.name
            if material.expected:
                text += f' ({lang.strftime(material.expected)})'
            missing[material.order, material.task].append(text)
        return {
            t.id: ', '.join(
                missing.get((t.order, t), []) + missing.get(
                    (t.order, None), [])) or None
            for t in tasks}

    @classmethod
    def search_waiting_for(cls, name, clause):
        pool = Pool()
        Material = pool.get('maintenance.order.material')
        _, operator, value = clause
        material = Material.__table__()
        task = cls.__table__()
        waiting = (material
            .join(task, condition=(task.order == material.order)
                & ((material.task == task.id)
                    | (material.task == Null)))
            .select(task.id, where=material.state.in_(MISSING)))
        positive = (operator == '!=') if value is None else True
        return [('id', 'in' if positive else 'not in', waiting)]


class Visit(metaclass=PoolMeta):
    __name__ = 'maintenance.visit'

    @classmethod
    def _post(cls, visits):
        super()._post(visits)
        cls._fit_materials(cls.browse(visits))

    @classmethod
    @without_check_access
    def _fit_materials(cls, visits):
        "What the lines took is fitted"
        pool = Pool()
        Material = pool.get('maintenance.order.material')
        orders = {o for v in visits for o in v.orders}
        if not orders:
            return
        waiting = Material.search([
                ('order', 'in', [o.id for o in orders]),
                ('state', 'in', [*MISSING, *THERE]),
                ])
        if not waiting:
            return
        left = defaultdict(float)
        for visit in visits:
            for line in visit.lines:
                if line.kind == 'material' and line.product and line.the_task:
                    left[line.the_task.order, line.product] += line.quantity
        fitted = []
        for material in waiting:
            key = material.order, material.product
            if left[key] >= material.quantity:
                left[key] -= material.quantity
                fitted.append(material)
        Material.fit(fitted)


class ShipOrder(Wizard):
    __name__ = 'maintenance.order.ship'

    start = StateView(
        'maintenance.order.ship.start',
        'maintenance_order.order_ship_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Send", 'ship', 'tryton-ok', default=True),
            ])
    ship = StateAction('maintenance_order.act_visit_form')

    def default_start(self, fields):
        pool = Pool()
        Location = pool.get('stock.location')
        warehouses = Location.search([('type', '=', 'warehouse')], limit=2)
        if len(warehouses) == 1:
            warehouse, = warehouses
            return {'from_location': warehouse.storage_location.id}
        return {}

    def do_ship(self, action):
        visit = self.record.ship_materials(
            self.start.from_location, self.start.courier)
        action['views'].reverse()
        return action, {'res_id': [visit.id]}


class ShipOrderStart(ModelView):
    __name__ = 'maintenance.order.ship.start'

    from_location = fields.Many2One(
        'stock.location', "From", required=True,
        domain=[
            ('type', '=', 'storage'),
            ],
        help="Where the material is taken.")
    courier = fields.Char(
        "Courier", required=True,
        help="Who brings it, and the number to follow it.")

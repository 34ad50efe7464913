# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Units of several customers which go through one test together."""
from collections import defaultdict
from decimal import Decimal

from trytond.i18n import gettext
from trytond.model import Index, ModelSQL, ModelView, Unique, Workflow, fields
from trytond.model.exceptions import AccessError
from trytond.modules.company.model import employee_field, set_employee
from trytond.modules.maintenance_equipment.numbering import NumberingMixin
from trytond.modules.report_html.workflow import ButtonWorkflow
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval, If
from trytond.transaction import Transaction, without_check_access

from .configuration import _sequence
from .exceptions import WorkshopBatchError
from .workshop import HERE, state_button
from .workshop_batch_plan import Machine, plan

_batch_sequence = _sequence(
    "Workshop Batch Sequence", 'sequence_type_workshop_batch',
    "Used to generate the number of the workshop batches.")


class Configuration(metaclass=PoolMeta):
    __name__ = 'maintenance.configuration'

    workshop_batch_sequence = fields.MultiValue(_batch_sequence)

    @classmethod
    def default_workshop_batch_sequence(cls, **pattern):
        return cls.multivalue_model(
            'workshop_batch_sequence').default_workshop_batch_sequence()

    @classmethod
    def multivalue_model(cls, field):
        pool = Pool()
        if field == 'workshop_batch_sequence':
            return pool.get('maintenance.configuration.sequence')
        return super().multivalue_model(field)

    def get_multivalue(self, name, **pattern):
        pool = Pool()
        Sequence = pool.get('ir.sequence')
        value = super().get_multivalue(name, **pattern)
        if name == 'workshop_batch_sequence' and not value:
            # Databases of before the batches have values without it.
            default = self.default_workshop_batch_sequence()
            if default is not None:
                value = Sequence(default)
        return value


class ConfigurationSequence(metaclass=PoolMeta):
    __name__ = 'maintenance.configuration.sequence'

    workshop_batch_sequence = _batch_sequence

    @classmethod
    def default_workshop_batch_sequence(cls):
        return cls._default_order_sequence('sequence_workshop_batch')


class WorkshopBatch(
        NumberingMixin, ButtonWorkflow, ModelSQL, ModelView):
    """Units of several customers which are collected and tested together

    Each customer has an order of his own, whose report says what was done to
    his units, so that each pays his own.  Each unit has its own result.
    """
    __name__ = 'maintenance.workshop.batch'
    _rec_name = 'number'
    _number_sequence = 'workshop_batch_sequence'

    _states = {
        'readonly': ~Eval('state').in_(['draft', 'collected']),
        }

    number = fields.Char(
        "Number", readonly=True,
        help="The main identification of the batch.")
    company = fields.Many2One(
        'company.company', "Company", required=True,
        states={
            'readonly': Eval('id', -1) >= 0,
            },
        help="The company which tests the units.")
    description = fields.Char(
        "Test", required=True, states=_states,
        help="What is done to the units, as the customers read it.")
    product = fields.Many2One(
        'product.product', "Charged Service", ondelete='RESTRICT',
        domain=[
            ('type', '=', 'service'),
            ],
        states=_states,
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="What each unit costs its customer, if nobody else covers it.\n"
        "Leave empty to let the office decide.")
    employee = fields.Many2One(
        'company.employee', "Collected by", ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        states=_states,
        help="Who goes round to fetch the units, and answers for the test.")
    collected_on = fields.Date(
        "Collected on", required=True,
        states={
            'readonly': (Eval('state') != 'draft') | Eval('units', [0]),
            },
        help="When the units leave the customers.")
    units = fields.One2Many(
        'maintenance.workshop.unit', 'batch', "Units",
        states={
            'readonly': ~Eval('state').in_(['draft', 'collected', 'tested']),
            },
        help="The units of the batch, each with its result.")
    number_of_units = fields.Function(
        fields.Integer(
            "Number of Units",
            help="How many units the batch has."),
        'get_count')
    number_of_customers = fields.Function(
        fields.Integer(
            "Number of Customers",
            help="How many customers the units belong to."),
        'get_count')
    number_of_open = fields.Function(
        fields.Integer(
            "Without Result",
            help="How many units have no result yet."),
        'get_count')
    tested_on = fields.Date(
        "Tested on",
        states={
            'readonly': Eval('state') != 'collected',
            'invisible': Eval('state') == 'draft',
            },
        help="When the units were tested. "
        "It is today unless you say otherwise.")
    tested_by = employee_field(
        "Tested by", states=['tested', 'delivered'])
    delivered_on = fields.Date(
        "Delivered on", readonly=True,
        states={
            'invisible': ~Eval('delivered_on'),
            },
        help="When the last unit was back.")
    state = fields.Selection([
            ('draft', "Collecting"),
            ('collected', "Collected"),
            ('tested', "Tested"),
            ('delivered', "Delivered"),
            ('cancelled', "Cancelled"),
            ], "State", readonly=True, required=True, sort=False,
        help="How far the batch has come.")

    @classmethod
    def __setup__(cls):
        cls.number.search_unaccented = False
        super().__setup__()
        cls.tested_by.help = "Who wrote the results."
        t = cls.__table__()
        cls._sql_constraints += [
            ('number_unique', Unique(t, t.company, t.number),
                'maintenance_order.msg_workshop_batch_number_unique'),
            ]
        cls._sql_indexes.update({
                Index(t, (t.number, Index.Similarity())),
                Index(
                    t,
                    (t.state, Index.Equality(cardinality='low')),
                    where=t.state.in_(['draft', 'collected', 'tested'])),
                })
        cls._order = [
            ('collected_on', 'DESC'),
            ('id', 'DESC'),
            ]
        cls._transitions |= {
            ('draft', 'collected'),
            ('draft', 'cancelled'),
            ('collected', 'tested'),
            ('collected', 'cancelled'),
            ('tested', 'delivered'),
            }
        cls._buttons.update({
                # The client saves a new batch before it asks for its units.
                'add_units': {
                    **state_button(['draft'], 'tryton-add'),
                    'invisible': Eval('state') != 'draft',
                    },
                'collect': state_button(['draft'], 'tryton-forward'),
                'pass_all': state_button(['collected'], 'tryton-ok'),
                'test': state_button(['collected'], 'tryton-forward'),
                'deliver': state_button(['tested'], 'tryton-ok'),
                'cancel': state_button(
                    ['draft', 'collected'], 'tryton-cancel'),
                })

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_description(cls):
        return gettext('maintenance_order.msg_workshop_batch_description')

    @classmethod
    def default_employee(cls):
        return Transaction().context.get('employee')

    @classmethod
    def default_collected_on(cls):
        return Pool().get('ir.date').today()

    @classmethod
    def default_state(cls):
        return 'draft'

    @classmethod
    def get_count(cls, batches, names):
        counts = {name: {} for name in names}
        for batch in batches:
            live = batch.live_units
            for name, found in [
                    ('number_of_units', live),
                    ('number_of_customers', {u.party for u in live}),
                    ('number_of_open', [u for u in live if not u.result]),
                    ]:
                if name in counts:
                    counts[name][batch.id] = len(found)
        return counts

    @property
    def live_units(self):
        "The units which take part"
        return [u for u in self.units if u.state != 'cancelled']

    @property
    def by_customer(self):
        "The units of each customer, in the order in which to fetch them"
        found = defaultdict(list)
        for unit in sorted(
                self.live_units, key=lambda u: (
                    u.party.name or '', u.home.rec_name, u.id)):
            found[unit.party].append(unit)
        return list(found.items())

    def get_rec_name(self, name):
        return ' · '.join(filter(None, [self.number, self.description]))

    @classmethod
    def search_rec_name(cls, name, clause):
        _, operator, operand = clause[:3]
        bool_op = 'AND' if operator.startswith(('!', 'not ')) else 'OR'
        return [bool_op,
            ('number', operator, operand),
            ('description', operator, operand),
            ]

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual',
                If(Eval('state').in_(['delivered', 'cancelled']), 'muted',
                    If(Eval('state') == 'tested', 'success', ''))),
            ]

    @classmethod
    def check_modification(cls, mode, batches, values=None, external=False):
        super().check_modification(
            mode, batches, values=values, external=external)
        if mode == 'delete':
            for batch in batches:
                if batch.live_units:
                    raise AccessError(gettext(
                            'maintenance_order.msg_workshop_batch_delete',
                            batch=batch.rec_name))

    @classmethod
    def on_modification(cls, mode, batches, field_names=None):
        super().on_modification(mode, batches, field_names=field_names)
        if mode == 'write' and 'state' in field_names:
            cls.update_state(batches)

    @classmethod
    def copy(cls, batches, default=None):
        default = default.copy() if default is not None else {}
        for name in [
                'number', 'units', 'tested_on', 'tested_by', 'delivered_on']:
            default.setdefault(name)
        return super().copy(batches, default=default)

    @classmethod
    @ModelView.button_action('maintenance_order.wizard_workshop_batch_add')
    def add_units(cls, batches):
        pass

    @classmethod
    @ModelView.button
    @Workflow.transition('collected')
    def collect(cls, batches):
        "The units are here, and the loan units hang in their places"
        pool = Pool()
        Unit = pool.get('maintenance.workshop.unit')
        for batch in batches:
            if not batch.live_units:
                raise WorkshopBatchError(gettext(
                        'maintenance_order.msg_workshop_batch_empty',
                        batch=batch.rec_name))
        with Transaction().set_context(_skip_warnings=True):
            Unit.lend([
                    u for b in batches for u in b.live_units
                    if u.loan and not u.lent_on])

    @classmethod
    @ModelView.button
    def pass_all(cls, batches):
        "Let what has no result pass, the exceptions are written before"
        pool = Pool()
        Unit = pool.get('maintenance.workshop.unit')
        Unit.write([
                u for b in batches if b.state == 'collected'
                for u in b.live_units if not u.result],
            {'result': 'passed'})

    @classmethod
    @ModelView.button
    @Workflow.transition('tested')
    @set_employee('tested_by')
    def test(cls, batches):
        pool = Pool()
        Unit = pool.get('maintenance.workshop.unit')
        for batch in batches:
            batch._check_results()
            if not batch.tested_on:
                batch.tested_on = batch._today()
        cls.save(batches)
        for batch in batches:
            batch._report()
            units = [u for u in batch.live_units if u.state == 'received']
            Unit.finish([u for u in units if u.result == 'passed'])
            Unit.repair_failed([u for u in units if u.result == 'failed'])
            Unit.scrap([u for u in units if u.result == 'scrapped'])

    def _check_results(self):
        missing = [u for u in self.live_units if not u.result]
        if missing:
            raise WorkshopBatchError(gettext(
                    'maintenance_order.msg_workshop_batch_result',
                    batch=self.rec_name,
                    units=_names(missing)))
        missing = [
            u for u in self.live_units
            if u.result != 'passed' and not u.result_reason]
        if missing:
            raise WorkshopBatchError(gettext(
                    'maintenance_order.msg_workshop_batch_reason',
                    batch=self.rec_name,
                    units=_names(missing)))

    @without_check_access
    def _report(self):
        "Report to each customer what was done to his units"
        pool = Pool()
        Visit = pool.get('maintenance.visit')
        orders = defaultdict(list)
        for unit in self.live_units:
            orders[unit.order].append(unit)
        visits = []
        for order, units in orders.items():
            visit = self._visit(order, units)
            if visit:
                visits.append(visit)
        Visit.save(visits)
        Visit.arrive(visits)
        for visit in visits:
            # Nobody came to the customer: there is a day, but no hour.
            visit.arrived_at = None
            visit.date = self.tested_on
        Visit.save(visits)
        self._report_lines(visits, orders)
        visits = Visit.browse([v.id for v in visits])
        Visit.finish(visits)
        Visit.sign(visits)

    def _visit(self, order, units):
        pool = Pool()
        Visit = pool.get('maintenance.visit')
        tasks = [
            t for u in units for t in order.tasks
            if t.equipment == u.equipment and t.state == 'open']
        if not tasks:
            return
        employee = self.tested_by or self.employee
        visit = Visit(
            company=self.company, site=order.site, party=order.party,
            leader=employee, employees=[employee] if employee else [],
            tasks=tasks, date=self.tested_on)
        visit.work_done = '\n'.join(u.result_text for u in units)
        visit.recommendations = '\n'.join(
            gettext('maintenance_order.msg_workshop_batch_replace',
                unit=u.what, reason=u.result_reason)
            for u in units if u.result == 'scrapped') or None
        visit.signature_kind = 'none'
        visit.unsigned_reason = gettext(
            'maintenance_order.msg_workshop_batch_unsigned',
            batch=self.number)
        return visit

    def _report_lines(self, visits, orders):
        pool = Pool()
        Line = pool.get('maintenance.visit.line')
        lines = []
        for visit in visits:
            for task in visit.tasks:
                unit, = [
                    u for u in orders[task.order]
                    if u.equipment == task.equipment]
                line = Line(
                    visit=visit, company=self.company, task=task,
                    kind='fixed', product=self.product, quantity=1,
                    description=f'{self.description}: {unit.what}')
                line.on_change_product()
                if not unit.charged:
                    line.discount = Decimal(1)
                lines.append(line)
        Line.save(lines)

    @classmethod
    @ModelView.button
    def deliver(cls, batches):
        """Hand over what is ready, and bring back what was lent for it

        What failed stays until it is repaired or refused.
        """
        pool = Pool()
        Unit = pool.get('maintenance.workshop.unit')
        units = [
            u for b in batches if b.state == 'tested' for u in b.live_units
            if u.state in {'ready', 'refused'}]
        if not units:
            for batch in batches:
                raise WorkshopBatchError(gettext(
                        'maintenance_order.msg_workshop_batch_nothing',
                        batch=batch.rec_name))
        for unit in units:
            if not unit.handed_over_to:
                unit.handed_over_to = unit.brought_by or unit.party.name
        Unit.save(units)
        Unit.hand_over(units)

    @classmethod
    @Workflow.transition('delivered')
    def _finish(cls, batches):
        for batch in batches:
            batch.delivered_on = batch._today()
        cls.save(batches)

    @classmethod
    @without_check_access
    def update_state(cls, batches):
        "The batch ends with its last unit"
        cls._finish([
                b for b in cls.browse(batches) if b.state == 'tested'
                and not any(u.state in HERE for u in b.units)])

    @classmethod
    @ModelView.button
    @Workflow.transition('cancelled')
    def cancel(cls, batches):
        "The units go home as they are, and nothing was ordered"
        pool = Pool()
        Order = pool.get('maintenance.order')
        Unit = pool.get('maintenance.workshop.unit')
        units = [
            u for b in batches for u in b.units if u.state == 'received']
        Unit.cancel(units)
        with without_check_access():
            Order.cancel(Order.browse(list({
                            u.order.id for u in units
                            if not u.order.visits
                            and all(
                                x.state == 'cancelled'
                                for x in u.order.workshop_units)})))

    @without_check_access
    def take_in(self, equipments, loans=()):
        """Add the machines, with an order for each customer and site

        The loan units go where a unit of their category was.
        """
        pool = Pool()
        Unit = pool.get('maintenance.workshop.unit')
        self._check_equipments(equipments)
        planned = plan(
            [_machine(e) for e in equipments],
            {u.order.site.id: u.order.id for u in self.live_units
                if u.state == 'received'},
            [_machine(e) for e in loans])
        orders = self._orders(planned)
        units = [
            Unit(
                batch=self, order=orders[planned.places[equipment.id]],
                company=self.company, equipment=equipment,
                received_on=self.collected_on, received_by=self.employee,
                loan=planned.loans.get(equipment.id))
            for equipment in equipments]
        Unit.save(units)
        return units

    def _check_equipments(self, equipments):
        pool = Pool()
        Unit = pool.get('maintenance.workshop.unit')
        away = Unit.search([
                ('equipment', 'in', [e.id for e in equipments]),
                ('state', 'in', HERE),
                ])
        wrong = {
            *(u.equipment for u in away),
            *(e for e in equipments
                if not e.site or e.state in {'retired', 'cancelled'}
                or e.placement_role == 'loan'),
            }
        if wrong:
            raise WorkshopBatchError(gettext(
                    'maintenance_order.msg_workshop_batch_equipment',
                    batch=self.rec_name,
                    units=', '.join(sorted(e.rec_name for e in wrong))))

    def _orders(self, planned):
        "Return by place the order of its units, and make what is missing"
        pool = Pool()
        Order = pool.get('maintenance.order')
        Site = pool.get('maintenance.site')
        Task = pool.get('maintenance.order.task')
        orders = dict(planned.orders)
        sites = Site.browse(planned.missing)
        for site, order in zip(sites, Order.create([{
                        'company': self.company.id,
                        'kind': 'workshop',
                        'party': site.party.id,
                        'site': site.id,
                        'date': self.collected_on,
                        'description': f'{self.description} ({self.number})',
                        } for site in sites])):
            orders[site.id] = order.id
        Task.create([{
                    'order': orders[place],
                    'kind': 'inspection',
                    'equipment': equipment,
                    'description': self.description,
                    } for equipment, place in planned.places.items()])
        return orders

    def _today(self):
        pool = Pool()
        Date = pool.get('ir.date')
        with Transaction().set_context(company=self.company.id):
            return Date.today()


def _names(units, number=5):
    names = [u.what for u in units[:number]]
    return ', '.join(names) + ('…' if len(units) > number else '')


def _machine(equipment):
    "Return the machine as the engine knows it"
    places = []
    site = equipment.site
    while site:
        places.append((site.id, site.party.id if site.party else None))
        site = site.parent
    category = equipment.category
    return Machine(
        equipment.id, category.id if category else None, tuple(places))

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Units which customers bring: taken in, estimated, repaired, handed over."""
from decimal import Decimal

from trytond.i18n import gettext
from trytond.model import Index, ModelSQL, ModelView, Workflow, fields
from trytond.model.exceptions import AccessError
from trytond.modules.company.model import employee_field, set_employee
from trytond.modules.currency.fields import Monetary
from trytond.modules.report_html.declaration import Text
from trytond.modules.report_html.report import HTMLReport
from trytond.modules.report_html.workflow import ButtonWorkflow
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Bool, Eval, If
from trytond.transaction import Transaction, without_check_access

from .exceptions import WorkshopError
from .searching import FoundByMixin

HERE = ['received', 'estimated', 'accepted', 'refused', 'ready']


def state_button(states, icon):
    "Return a button which is there in the states, once the record is saved"
    return {
        'invisible': (Eval('id', -1) < 0) | ~Eval('state').in_(states),
        'icon': icon,
        'depends': ['state'],
        }


class WorkshopUnit(FoundByMixin, ButtonWorkflow, ModelSQL, ModelView):
    """A unit which a customer left in the workshop

    The receipt tells how it came; what he accepts of the estimate becomes the
    agreed price of the order, and the work is reported on visits as always.
    """
    __name__ = 'maintenance.workshop.unit'

    _states = {
        'readonly': Eval('state') != 'received',
        }
    _here_states = {
        'readonly': ~Eval('state').in_(HERE),
        }
    _intake_states = {
        'readonly': Bool(Eval('order')) | (Eval('id', -1) >= 0),
        'required': ~Eval('order'),
        }

    order = fields.Many2One(
        'maintenance.order', "Order", ondelete='RESTRICT',
        domain=[
            ('kind', '=', 'workshop'),
            ('company', '=', Eval('company', -1)),
            ],
        states={
            'readonly': Eval('id', -1) >= 0,
            'required': Eval('id', -1) >= 0,
            },
        help="The order to repair it.\n"
        "Leave empty to let one be made.")
    company = fields.Many2One(
        'company.company', "Company", required=True,
        states={
            'readonly': Bool(Eval('order')),
            },
        help="The company which repairs it.")
    party = fields.Function(
        fields.Many2One(
            'party.party', "Customer",
            states=_intake_states,
            context={
                'company': Eval('company', -1),
                },
            depends={'company'},
            help="Whose unit it is."),
        'get_order_value', setter='set_order_value',
        searcher='search_party')
    equipment = fields.Many2One(
        'maintenance.equipment', "Equipment", ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        states=_states,
        help="The unit, which goes to the workshop until it is handed over.")
    home = fields.Function(
        fields.Many2One(
            'maintenance.site', "Home",
            domain=[
                ('company', '=', Eval('company', -1)),
                ],
            states={
                'readonly': _intake_states['readonly'],
                },
            help="Where the unit belongs and a loan unit takes its place.\n"
            "Leave empty if the customer is only known at the counter."),
        'get_order_value', setter='set_order_value')
    description = fields.Char(
        "Description",
        states={
            'readonly': Eval('state') != 'received',
            'required': ~Eval('equipment'),
            },
        help="What it is, and its serial number, if we do not know it yet.")
    condition = fields.Text(
        "Condition", states=_states,
        help="How it came and what the customer says about it, "
        "as printed on the receipt.")
    accessories = fields.Char(
        "Accessories", states=_states,
        help="What came along and has to go back.")
    brought_by = fields.Char(
        "Brought by", states=_states,
        help="Who left it.")
    received_on = fields.Date(
        "Received on", required=True, states=_states,
        help="When it was left.")
    received_by = employee_field(
        "Received by", states=[*HERE, 'handed_over', 'cancelled'])
    shelf = fields.Char(
        "Shelf", states=_here_states,
        help="Where it lies.")
    currency = fields.Function(
        fields.Many2One(
            'currency.currency', "Currency",
            help="The currency of the estimate."),
        'on_change_with_currency')
    estimate = Monetary(
        "Estimate", currency='currency', digits='currency',
        domain=['OR',
            ('estimate', '=', None),
            ('estimate', '>=', 0),
            ],
        states={
            'readonly': Eval('state') != 'received',
            'required': Eval('state').in_(
                ['estimated', 'accepted', 'refused']),
            },
        help="What the repair costs for everything, without taxes.")
    diagnosis = fields.Text(
        "Diagnosis", states=_states,
        help="What was found and what is to be done, "
        "as the customer reads it.")
    answered_by = fields.Char(
        "Answered by",
        states={
            'readonly': Eval('state') != 'estimated',
            'invisible': Eval('state') == 'received',
            },
        help="Who answered the estimate for the customer.")
    answered_on = fields.Date(
        "Answered on",
        states={
            'readonly': Eval('state') != 'estimated',
            'invisible': Eval('state') == 'received',
            },
        help="When the estimate was answered. "
        "It is today unless you say otherwise.")
    loan = fields.Many2One(
        'maintenance.equipment', "Loan Unit", ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ('id', '!=', Eval('equipment', -1)),
            ],
        states={
            'readonly': (
                ~Eval('state').in_(HERE) | Bool(Eval('lent_on'))),
            },
        help="The unit of ours which the customer has meanwhile.")
    lent_on = fields.Date(
        "Lent on", readonly=True,
        states={
            'invisible': ~Eval('lent_on'),
            },
        help="When the customer took the loan unit.")
    loan_back_on = fields.Date(
        "Loan Unit back on", readonly=True,
        states={
            'invisible': ~Eval('loan_back_on'),
            },
        help="When the loan unit came back.")
    handed_over_on = fields.Date(
        "Handed over on",
        states={
            'readonly': ~Eval('state').in_(['ready', 'refused']),
            'invisible': ~Eval('state').in_(
                ['ready', 'refused', 'handed_over']),
            },
        help="When the customer took it back. "
        "It is today unless you say otherwise.")
    handed_over_to = fields.Char(
        "Handed over to",
        states={
            'readonly': ~Eval('state').in_(['ready', 'refused']),
            'invisible': ~Eval('state').in_(
                ['ready', 'refused', 'handed_over']),
            'required': Eval('state') == 'handed_over',
            },
        help="Who took it back.")
    handed_over_by = employee_field(
        "Handed over by", states=[*HERE, 'handed_over', 'cancelled'])
    state = fields.Selection([
            ('received', "Received"),
            ('estimated', "Estimated"),
            ('accepted', "Accepted"),
            ('refused', "Refused"),
            ('ready', "Ready"),
            ('scrapped', "Scrapped"),
            ('handed_over', "Handed over"),
            ('cancelled', "Cancelled"),
            ], "State", readonly=True, required=True, sort=False,
        help="How far the unit has come.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.received_by.help = "Who took it in."
        cls.handed_over_by.help = "Who gave it back."
        t = cls.__table__()
        cls._sql_indexes.update({
                Index(t, (t.order, Index.Range())),
                Index(t, (t.equipment, Index.Range())),
                Index(
                    t,
                    (t.state, Index.Equality(cardinality='low')),
                    where=t.state.in_(HERE)),
                })
        cls._order = [
            ('received_on', 'DESC'),
            ('id', 'DESC'),
            ]
        cls._transitions |= {
            ('received', 'estimated'),
            ('received', 'ready'),
            ('received', 'scrapped'),
            ('received', 'cancelled'),
            ('estimated', 'received'),
            ('estimated', 'accepted'),
            ('estimated', 'refused'),
            ('accepted', 'ready'),
            ('refused', 'handed_over'),
            ('ready', 'handed_over'),
            }
        cls._buttons.update({
                'to_estimate': state_button(['received'], 'tryton-forward'),
                'revise': state_button(['estimated'], 'tryton-back'),
                'accept': state_button(['estimated'], 'tryton-ok'),
                'refuse': state_button(['estimated'], 'tryton-clear'),
                'lend': {
                    'invisible': (
                        (Eval('id', -1) < 0)
                        | ~Eval('state').in_(HERE) | Bool(Eval('lent_on'))),
                    'readonly': ~Eval('loan'),
                    'icon': 'maintenance_order-gift',
                    'depends': ['state', 'lent_on', 'loan'],
                    },
                'take_loan_back': {
                    'invisible': (
                        (Eval('state') != 'scrapped')
                        | ~Bool(Eval('lent_on'))
                        | Bool(Eval('loan_back_on'))),
                    'icon': 'tryton-undo',
                    'depends': ['state', 'lent_on', 'loan_back_on'],
                    },
                'finish': state_button(
                    ['received', 'accepted'], 'tryton-ok'),
                'hand_over': state_button(['ready', 'refused'], 'tryton-ok'),
                'cancel': state_button(['received'], 'tryton-cancel'),
                })

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_received_on(cls):
        return Pool().get('ir.date').today()

    @classmethod
    def default_received_by(cls):
        return Transaction().context.get('employee')

    @classmethod
    def default_state(cls):
        return 'received'

    @fields.depends(
        'order', 'equipment', '_parent_order.company', '_parent_order.tasks',
        '_parent_order.party', methods=['on_change_equipment'])
    def on_change_order(self):
        if self.order:
            self.company = self.order.company
            self.party = self.order.party
            machines = [
                t.equipment for t in self.order.tasks or [] if t.equipment]
            if len(machines) == 1 and not self.equipment:
                self.equipment, = machines
            self.on_change_equipment()

    @fields.depends(
        'equipment', 'order', '_parent_order.site', 'home',
        methods=['on_change_home'])
    def on_change_equipment(self):
        self.home = self._get_home() or self.home
        self.on_change_home()

    @fields.depends('home', 'party', 'order', '_parent_order.id')
    def on_change_home(self):
        if self.home and not self.party and not self.order:
            self.party = self.home.party

    @fields.depends('party', 'home', 'order', '_parent_order.id', 'company')
    def on_change_party(self):
        "A customer with one site is not asked about it"
        pool = Pool()
        Site = pool.get('maintenance.site')
        if self.party and not self.home and not self.order:
            sites = Site.search([
                    ('party', '=', self.party.id),
                    ('company', '=', self.company.id if self.company else -1),
                    ('parent', '=', None),
                    ], limit=2)
            if len(sites) == 1:
                self.home, = sites

    def get_order_value(self, name):
        return self.order.party.id if name == 'party' else (
            self._get_home().id)

    @classmethod
    def set_order_value(cls, units, name, value):
        "The order has it already: it was made before its unit"

    @classmethod
    def search_party(cls, name, clause):
        return [('order.' + clause[0], *clause[1:])]

    @fields.depends('company')
    def on_change_with_currency(self, name=None):
        return self.company.currency if self.company else None

    def _get_home(self):
        home = self.equipment.home if self.equipment else None
        if not home and self.equipment:
            # What was scrapped belongs nowhere any more.
            placement = _last_own(self.equipment)
            home = placement.site if placement else None
        return home or (self.order.site if self.order else None)

    @property
    def what(self):
        "The unit in words"
        return self.equipment.rec_name if self.equipment else self.description

    def get_rec_name(self, name):
        return f'{self.order.number} · {self.what}'

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual',
                If(
                    Eval('state').in_(
                        ['scrapped', 'handed_over', 'cancelled']),
                    'muted',
                    If(Eval('state') == 'ready', 'success',
                        If(Eval('state') == 'refused', 'warning', '')))),
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
    def check_modification(cls, mode, units, values=None, external=False):
        super().check_modification(
            mode, units, values=values, external=external)
        if mode == 'delete':
            for unit in units:
                if unit.state != 'cancelled':
                    raise AccessError(gettext(
                            'maintenance_order.msg_workshop_delete',
                            unit=unit.rec_name))

    @classmethod
    def validate_fields(cls, units, field_names):
        super().validate_fields(units, field_names)
        cls._check_once(units, field_names)

    @classmethod
    @without_check_access
    def _check_once(cls, units, field_names=None):
        "A machine is in the workshop once"
        if field_names and not (field_names & {'equipment', 'state'}):
            return
        here = {}
        equipments = {
            u.equipment.id for u in units if u.equipment and u.state in HERE}
        for unit in cls.search([
                    ('equipment', 'in', list(equipments)),
                    ('state', 'in', HERE),
                    ], order=[('id', 'ASC')]):
            first = here.setdefault(unit.equipment, unit)
            if first != unit:
                raise WorkshopError(gettext(
                        'maintenance_order.msg_workshop_twice',
                        equipment=unit.equipment.rec_name,
                        unit=first.rec_name))

    @classmethod
    @without_check_access
    def on_modification(cls, mode, units, field_names=None):
        super().on_modification(mode, units, field_names=field_names)
        if mode == 'create':
            for unit in units:
                if unit.equipment:
                    unit._bring(
                        unit.equipment, unit._workshop, unit.received_on,
                        role='in_workshop')

    @classmethod
    def copy(cls, units, default=None):
        default = default.copy() if default is not None else {}
        for name in [
                'estimate', 'diagnosis', 'answered_by', 'answered_on',
                'loan', 'lent_on', 'loan_back_on', 'handed_over_on',
                'handed_over_to', 'handed_over_by', 'shelf']:
            default.setdefault(name)
        return super().copy(units, default=default)

    @classmethod
    @ModelView.button
    @Workflow.transition('estimated')
    def to_estimate(cls, units):
        for unit in units:
            if unit.estimate is None:
                raise WorkshopError(gettext(
                        'maintenance_order.msg_workshop_estimate',
                        unit=unit.rec_name))

    @classmethod
    @ModelView.button
    @Workflow.transition('received')
    def revise(cls, units):
        cls.write(units, {'answered_by': None, 'answered_on': None})

    @classmethod
    @ModelView.button
    @Workflow.transition('accepted')
    def accept(cls, units):
        "What was accepted is the agreed price of the order"
        pool = Pool()
        Order = pool.get('maintenance.order')
        cls._answer(units)
        args = []
        for order in {u.order for u in units}:
            mine = [u for u in units if u.order == order]
            accepted = [
                u for u in order.workshop_units
                if u.state in {'accepted', 'ready', 'handed_over'}
                and u.estimate and u.answered_on and u not in mine]
            args.extend([[order], {
                        'agreed_kind': 'fixed',
                        'agreed_amount': sum(
                            (u.estimate for u in [*accepted, *mine]),
                            Decimal(0)),
                        'agreed_with': mine[-1].answered_by,
                        'agreed_on': cls(mine[-1].id).answered_on,
                        }])
        if args:
            Order.write(*args)

    @classmethod
    @ModelView.button
    @Workflow.transition('refused')
    def refuse(cls, units):
        cls._answer(units)

    @classmethod
    def _answer(cls, units):
        for unit in units:
            if not unit.answered_by:
                raise WorkshopError(gettext(
                        'maintenance_order.msg_workshop_answer',
                        unit=unit.rec_name))
            if not unit.answered_on:
                cls.write([unit], {'answered_on': unit._today()})

    @classmethod
    @ModelView.button
    def lend(cls, units):
        for unit in units:
            if not unit.loan or unit.lent_on:
                continue
            if not unit.home or unit.home == unit._workshop:
                raise WorkshopError(gettext(
                        'maintenance_order.msg_workshop_loan_home',
                        loan=unit.loan.rec_name,
                        unit=unit.rec_name,
                        order=unit.order.rec_name))
            others = cls.search([
                    ('loan', '=', unit.loan.id),
                    ('lent_on', '!=', None),
                    ('loan_back_on', '=', None),
                    ('state', 'in', [*HERE, 'scrapped']),
                    ], limit=1)
            if others:
                raise WorkshopError(gettext(
                        'maintenance_order.msg_workshop_lent',
                        loan=unit.loan.rec_name,
                        unit=others[0].rec_name))
            today = unit._today()
            unit._bring(
                unit.loan, unit.home, today, role='loan',
                owner=unit.company.party)
            unit.lent_on = today
        cls.save(units)

    @classmethod
    @ModelView.button
    @Workflow.transition('ready')
    def finish(cls, units):
        pass

    @classmethod
    @ModelView.button
    @Workflow.transition('handed_over')
    @set_employee('handed_over_by')
    def hand_over(cls, units):
        "The unit goes home, and the loan unit comes back"
        for unit in units:
            if not unit.handed_over_to:
                raise WorkshopError(gettext(
                        'maintenance_order.msg_workshop_hand_over',
                        unit=unit.rec_name))
            if not unit.handed_over_on:
                unit.handed_over_on = unit._today()
        cls.save(units)
        cls._send_home(units, lambda u: u.handed_over_on)

    @classmethod
    @ModelView.button
    @Workflow.transition('cancelled')
    def cancel(cls, units):
        cls._send_home(units, lambda u: u.received_on)

    @classmethod
    @without_check_access
    @Workflow.transition('scrapped')
    def scrap(cls, units):
        """The unit is retired

        What was lent for it stays until the customer has a new one.
        """
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')
        Equipment.retire([u.equipment for u in units if u.equipment])

    @classmethod
    @ModelView.button
    def take_loan_back(cls, units):
        cls._bring_loans_back([
                u for u in units if u.state == 'scrapped'
                and u.lent_on and not u.loan_back_on], cls._today)

    @classmethod
    def _send_home(cls, units, date):
        for unit in units:
            equipment = unit.equipment
            if equipment and equipment.placement_role == 'in_workshop':
                unit._bring(
                    equipment, equipment.home or unit.order.site, date(unit),
                    **_holders(equipment))
        cls._bring_loans_back([u for u in units if u.lent_on], date)

    @classmethod
    def _bring_loans_back(cls, units, date):
        for unit in units:
            loan = unit.loan
            unit.loan_back_on = max(date(unit), unit.lent_on)
            unit._bring(
                loan, loan.home or unit._workshop, unit.loan_back_on)
        cls.save(units)

    def _bring(self, equipment, site, date, **values):
        "Place the unit, if it is known where it stood"
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')
        equipment = Equipment(equipment.id)
        if site and (
                equipment.site
                or values.get('role', 'own') in {'own', 'loan'}):
            Equipment.move(
                [equipment], site, date=date, reason=self.order.number,
                **values)

    @property
    def _workshop(self):
        return self._get_workshop(self.company)

    @classmethod
    def _get_workshop(cls, company):
        pool = Pool()
        Configuration = pool.get('maintenance.configuration')
        return Configuration(1).get_multivalue(
            'workshop', company=int(company))

    def _today(self):
        pool = Pool()
        Date = pool.get('ir.date')
        with Transaction().set_context(company=self.company.id):
            return Date.today()


def _holders(equipment):
    "Return who had the unit at the place where it belongs"
    placement = _last_own(equipment)
    if not placement:
        return {}
    return {'owner': placement.owner, 'user': placement.user}


def _last_own(equipment):
    "Return the last placement where the unit belonged"
    pool = Pool()
    Placement = pool.get('maintenance.equipment.placement')
    placements = Placement.search([
            ('equipment', '=', equipment.id),
            ('role', '=', 'own'),
            ], order=[('from_date', 'DESC'), ('id', 'DESC')], limit=1)
    return placements[0] if placements else None


class Order(metaclass=PoolMeta):
    __name__ = 'maintenance.order'

    workshop_units = fields.One2Many(
        'maintenance.workshop.unit', 'order', "Units in the Workshop",
        states={
            'invisible': Eval('kind') != 'workshop',
            'readonly': Eval('state').in_(['closed', 'cancelled']),
            },
        help="What the customer left to be repaired.")

    @classmethod
    def copy(cls, orders, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('workshop_units')
        return super().copy(orders, default=default)


class WorkshopReceipt(HTMLReport):
    """What the customer takes with him when he leaves a unit

    Printed later it is the estimate, and then the note of the hand-over.
    """
    __name__ = 'maintenance.workshop.receipt'

    texts = [
        Text('title', 'maintenance_order.msg_text_title',
            'maintenance_order.msg_receipt_title_default'),
        Text('conditions', 'maintenance_order.msg_text_conditions',
            'maintenance_order.msg_receipt_conditions_default'),
        ]
    placeholders = {
        'number': 'order.number',
        'customer': 'party.name',
        }

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt

from sql import Literal
from sql.conditionals import Case
from sql.functions import CharLength

from trytond.i18n import gettext
from trytond.model import (
    ChatMixin, Index, ModelSQL, ModelView, Unique, Workflow, fields)
from trytond.model.exceptions import AccessError
from trytond.modules.company.model import employee_field, set_employee
from trytond.modules.maintenance_equipment.numbering import NumberingMixin
from trytond.modules.report_html.workflow import ButtonWorkflow
from trytond.pool import Pool
from trytond.pyson import Eval, If
from trytond.transaction import Transaction

from .exceptions import TicketCustomerError, TicketSiteError, TicketWorkError
from .request_type import PRIORITIES

CLOSED = ['resolved', 'closed', 'cancelled']


def now():
    return dt.datetime.now(dt.timezone.utc).replace(
        tzinfo=None, microsecond=0)


class Ticket(NumberingMixin, ButtonWorkflow, ChatMixin, ModelSQL, ModelView):
    """What a customer told us, until it is solved

    A ticket waits as received while a person must say who it is from.  Work
    is done by the tasks of orders; the ticket follows them.
    """
    __name__ = 'maintenance.ticket'
    _rec_name = 'number'
    _number_sequence = 'ticket_sequence'

    _states = {
        'readonly': Eval('state').in_(['closed', 'cancelled']),
        }

    number = fields.Char(
        "Number", readonly=True,
        help="The main identification of the ticket.")
    company = fields.Many2One(
        'company.company', "Company", required=True,
        states={
            'readonly': (Eval('state') != 'received') | Eval('party', 0),
            },
        help="The company which answers the ticket.")
    subject = fields.Char(
        "Subject", required=True, states=_states,
        help="What it is about, in a few words.")
    party = fields.Many2One(
        'party.party', "Customer", ondelete='RESTRICT',
        states={
            'readonly': (
                Eval('state').in_(['closed', 'cancelled'])
                | Eval('tasks', [0])),
            'required': ~Eval('state').in_(['received', 'cancelled']),
            },
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="Whose trouble it is.")
    requester = fields.Many2One(
        'party.party', "Requester", ondelete='RESTRICT', states=_states,
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="Who told us, if other than the customer.")
    site = fields.Many2One(
        'maintenance.site', "Site", ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        states={
            'readonly': (
                Eval('state').in_(['closed', 'cancelled'])
                | Eval('tasks', [0])),
            },
        help="Where the trouble is.")
    equipments = fields.Many2Many(
        'maintenance.ticket-maintenance.equipment', 'ticket', 'equipment',
        "Equipment", states=_states,
        domain=[
            ('company', '=', Eval('company', -1)),
            If(Eval('site', 0),
                ('site', 'child_of', [Eval('site', -1)], 'parent'),
                ()),
            ],
        help="The machines it is about.")
    callers = fields.One2Many(
        'maintenance.ticket.caller', 'ticket', "Callers", states=_states,
        help="Everybody who told us, to be told when it is solved.")
    type = fields.Many2One(
        'maintenance.request.type', "Type", required=True,
        ondelete='RESTRICT',
        domain=[
            ('company', 'in', [Eval('company', -1), None]),
            ],
        states=_states,
        help="What the customer asks for.")
    priority = fields.Selection(
        PRIORITIES, "Priority", required=True, sort=False, states=_states,
        help="How much it presses.")
    channel = fields.Selection([
            ('phone', "Phone"),
            ('email', "E-Mail"),
            ('portal', "Portal"),
            ('person', "In Person"),
            ('internal', "Internal"),
            ], "Channel", required=True, sort=False, states=_states,
        help="By which way it reached us.")
    description = fields.Text(
        "Description", states=_states,
        help="What the customer says.")
    public_note = fields.Text(
        "Public Note", states=_states,
        help="What the customer may read about it.")
    employee = fields.Many2One(
        'company.employee', "Employee", ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        states=_states,
        help="Who takes care of it.")
    respond_by = fields.Timestamp(
        "Respond by", states=_states,
        help="Until when the customer was promised an answer.")
    received_at = fields.Timestamp(
        "Received at", required=True, readonly=True,
        help="When it reached us.")
    resolved_at = fields.Timestamp(
        "Resolved at", readonly=True,
        help="When it was solved.")
    tasks = fields.One2Many(
        'maintenance.order.task', 'origin', "Tasks", readonly=True,
        help="What is done about it.")
    resolved_by = employee_field(
        "Resolved By", states=['resolved', 'closed'])
    closed_by = employee_field("Closed By", states=['closed'])
    state = fields.Selection([
            ('received', "Received"),
            ('pending', "Pending"),
            ('in_progress', "In Progress"),
            ('resolved', "Resolved"),
            ('closed', "Closed"),
            ('cancelled', "Cancelled"),
            ], "State", readonly=True, required=True, sort=False,
        help="The current state of the ticket.")

    @classmethod
    def __setup__(cls):
        cls.number.search_unaccented = False
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints += [
            ('number_unique', Unique(t, t.company, t.number),
                'maintenance_ticket.msg_ticket_number_unique'),
            ]
        cls._sql_indexes.update({
                Index(t, (t.number, Index.Similarity())),
                Index(t, (t.subject, Index.Similarity())),
                Index(
                    t,
                    (t.party, Index.Range()),
                    (t.received_at, Index.Range(order='DESC'))),
                Index(t, (t.site, Index.Range())),
                Index(
                    t,
                    (t.state, Index.Equality(cardinality='low')),
                    (t.received_at, Index.Range(order='DESC')),
                    where=~t.state.in_(CLOSED)),
                })
        cls._order = [
            ('received_at', 'DESC'),
            ('id', 'DESC'),
            ]
        cls._transitions |= {
            ('received', 'pending'),
            ('received', 'cancelled'),
            ('pending', 'in_progress'),
            ('pending', 'resolved'),
            ('pending', 'cancelled'),
            ('in_progress', 'pending'),
            ('in_progress', 'resolved'),
            ('resolved', 'pending'),
            ('resolved', 'in_progress'),
            ('resolved', 'closed'),
            ('closed', 'pending'),
            ('cancelled', 'received'),
            }
        open_ = Eval('state').in_(['pending', 'in_progress'])
        cls._buttons.update({
                'confirm': {
                    'invisible': Eval('state') != 'received',
                    'icon': 'tryton-ok',
                    'depends': ['state'],
                    },
                'plan_visit': {
                    'invisible': ~open_,
                    'icon': 'maintenance_order-visit',
                    'depends': ['state'],
                    },
                'make_orders': {
                    'invisible': ~open_ | Eval('tasks', [0]),
                    'icon': 'maintenance_order-order',
                    'depends': ['state', 'tasks'],
                    },
                'resolve': {
                    'invisible': ~open_,
                    'icon': 'tryton-forward',
                    'depends': ['state'],
                    },
                'close': {
                    'invisible': Eval('state') != 'resolved',
                    'icon': 'tryton-archive',
                    'depends': ['state'],
                    },
                'reopen': {
                    'invisible': ~Eval('state').in_(
                        ['resolved', 'closed', 'cancelled']),
                    'icon': 'tryton-undo',
                    'depends': ['state'],
                    },
                'cancel': {
                    'invisible': ~Eval('state').in_(['received', 'pending']),
                    'icon': 'tryton-cancel',
                    'depends': ['state'],
                    },
                })

    @classmethod
    def order_number(cls, tables):
        table, _ = tables[None]
        return [CharLength(table.number), table.number]

    @classmethod
    def order_priority(cls, tables):
        table, _ = tables[None]
        rank = {key: n for n, (key, _) in enumerate(PRIORITIES)}
        return [Case(
                *((table.priority == key, n) for key, n in rank.items()),
                else_=Literal(0))]

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_type(cls):
        pool = Pool()
        Type = pool.get('maintenance.request.type')
        types = Type.search([
                ('company', 'in', [cls.default_company(), None]),
                ], limit=1)
        return types[0].id if types else None

    @classmethod
    def default_priority(cls):
        pool = Pool()
        Type = pool.get('maintenance.request.type')
        if type_ := cls.default_type():
            return Type(type_).priority
        return 'normal'

    @classmethod
    def default_channel(cls):
        return 'phone'

    @classmethod
    def default_received_at(cls):
        return now()

    @classmethod
    def default_state(cls):
        return 'received'

    @fields.depends('type')
    def on_change_type(self):
        if self.type:
            self.priority = self.type.priority

    @fields.depends('party', 'site', 'company')
    def on_change_party(self):
        if self.party and not self.site and self.company:
            self.site = self.only_site(self.party, self.company)

    @fields.depends('site', 'party')
    def on_change_site(self):
        if self.site and not self.party:
            self.party = self.site.party

    @fields.depends('equipments', 'site', 'party')
    def on_change_equipments(self):
        if not self.site:
            sites = {e.site for e in self.equipments or [] if e.site}
            if len(sites) == 1:
                self.site, = sites
                self.on_change_site()

    @classmethod
    def only_site(cls, party, company):
        "Return the site of the party when there is no choice"
        pool = Pool()
        Site = pool.get('maintenance.site')
        sites = Site.search([
                ('company', '=', company),
                ('party', '=', party),
                ('parent', '=', None),
                ], limit=2)
        return sites[0] if len(sites) == 1 else None

    def get_rec_name(self, name):
        return f'[#{self.number}] {self.subject}'

    @classmethod
    def search_rec_name(cls, name, clause):
        _, operator, operand = clause[:3]
        bool_op = 'AND' if operator.startswith(('!', 'not ')) else 'OR'
        return [bool_op,
            ('number', operator, operand),
            ('subject', operator, operand),
            ('party.rec_name', operator, operand),
            ('site.rec_name', operator, operand),
            ('equipments.rec_name', operator, operand),
            ('callers.name', operator, operand),
            ('callers.phone', operator, operand),
            ('callers.email', operator, operand),
            ]

    def chat_language(self, audience='internal'):
        language = super().chat_language(audience=audience)
        if audience == 'public' and self.party and self.party.lang:
            language = self.party.lang.code
        return language

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual',
                If(Eval('state').in_(CLOSED), 'muted',
                    If(Eval('priority') == 'urgent', 'danger',
                        If((Eval('priority') == 'high')
                            | (Eval('state') == 'received'), 'warning', '')))),
            ]

    @classmethod
    def validate_fields(cls, tickets, field_names):
        super().validate_fields(tickets, field_names)
        cls.check_customer(tickets, field_names)

    @classmethod
    def check_customer(cls, tickets, field_names=None):
        "The site must be one that the customer has a part in"
        if field_names and not (field_names & {'party', 'site'}):
            return
        for ticket in tickets:
            if not ticket.party or not ticket.site:
                continue
            site = ticket.site
            parties = set()
            while site:
                parties.add(site.party)
                parties.update(p.party for p in site.parties)
                site = site.parent
            if ticket.party not in parties:
                raise TicketCustomerError(gettext(
                        'maintenance_ticket.msg_ticket_customer_site',
                        ticket=ticket.rec_name,
                        party=ticket.party.rec_name,
                        site=ticket.site.rec_name))

    @classmethod
    def check_modification(cls, mode, tickets, values=None, external=False):
        super().check_modification(
            mode, tickets, values=values, external=external)
        if mode == 'delete':
            for ticket in tickets:
                if ticket.state not in {'received', 'cancelled'}:
                    raise AccessError(gettext(
                            'maintenance_ticket.msg_ticket_delete',
                            ticket=ticket.rec_name))

    @classmethod
    def copy(cls, tickets, default=None):
        default = default.copy() if default is not None else {}
        for name in [
                'number', 'tasks', 'received_at', 'resolved_at',
                'resolved_by', 'closed_by', 'respond_by']:
            default.setdefault(name)
        default['received_at'] = cls.default_received_at()
        return super().copy(tickets, default=default)

    @classmethod
    @ModelView.button
    @Workflow.transition('pending')
    def confirm(cls, tickets):
        for ticket in tickets:
            if not ticket.party:
                raise TicketCustomerError(gettext(
                        'maintenance_ticket.msg_ticket_party',
                        ticket=ticket.rec_name))

    @classmethod
    @ModelView.button_action('maintenance_ticket.wizard_plan_visit')
    def plan_visit(cls, tickets):
        pass

    @classmethod
    @ModelView.button
    def make_orders(cls, tickets):
        "Make the order of each ticket which has none, with a task a machine"
        pool = Pool()
        Order = pool.get('maintenance.order')
        orders = []
        for ticket in tickets:
            if ticket.tasks:
                continue
            orders.append(ticket._get_order())
        Order.save(orders)
        return orders

    def _get_order(self):
        pool = Pool()
        Order = pool.get('maintenance.order')
        Task = pool.get('maintenance.order.task')
        if not self.site:
            raise TicketSiteError(gettext(
                    'maintenance_ticket.msg_ticket_site',
                    ticket=self.rec_name))
        kind = self.type.order_kind or Order.default_kind()
        order = Order(
            company=self.company, party=self.site.party, site=self.site,
            kind=kind, description=self.subject)
        order.tasks = [
            Task(
                company=self.company, kind=kind, equipment=equipment,
                origin=self, description=self.description or self.subject)
            for equipment in (self.equipments or [None])]
        return order

    @classmethod
    @Workflow.transition('in_progress')
    def start(cls, tickets):
        pass

    @classmethod
    @Workflow.transition('pending')
    def wait(cls, tickets):
        pass

    @classmethod
    @ModelView.button
    @Workflow.transition('resolved')
    @set_employee('resolved_by')
    def resolve(cls, tickets):
        for ticket in tickets:
            for task in ticket.tasks:
                if task.state == 'open':
                    raise TicketWorkError(gettext(
                            'maintenance_ticket.msg_ticket_open_task',
                            ticket=ticket.rec_name,
                            task=task.rec_name))
        cls.write(tickets, {'resolved_at': now()})

    @classmethod
    @ModelView.button
    @Workflow.transition('closed')
    @set_employee('closed_by')
    def close(cls, tickets):
        pass

    @classmethod
    @ModelView.button
    def reopen(cls, tickets):
        cancelled = [t for t in tickets if t.state == 'cancelled']
        others = [t for t in tickets if t.state != 'cancelled']
        if cancelled:
            cls._receive(cancelled)
        if others:
            cls.wait(others)
        cls.write(tickets, {
                'resolved_at': None, 'resolved_by': None, 'closed_by': None})

    @classmethod
    @Workflow.transition('received')
    def _receive(cls, tickets):
        pass

    @classmethod
    @ModelView.button
    @Workflow.transition('cancelled')
    def cancel(cls, tickets):
        for ticket in tickets:
            for task in ticket.tasks:
                if task.state != 'cancelled':
                    raise TicketWorkError(gettext(
                            'maintenance_ticket.msg_ticket_cancel_task',
                            ticket=ticket.rec_name,
                            task=task.rec_name))

    @classmethod
    def follow_tasks(cls, tickets):
        "Bring the tickets to the state that their tasks and visits tell"
        to_start, to_wait, to_resolve = [], [], []
        for ticket in cls.browse(tickets):
            if ticket.state not in {'pending', 'in_progress', 'resolved'}:
                continue
            tasks = [t for t in ticket.tasks if t.state != 'cancelled']
            if not tasks:
                continue
            if all(t.state == 'done' for t in tasks):
                if ticket.state != 'resolved':
                    to_resolve.append(ticket)
            elif any(
                    v.state in {'in_progress', 'done', 'posted'}
                    for t in tasks for v in t.visits):
                if ticket.state != 'in_progress':
                    to_start.append(ticket)
            elif ticket.state != 'pending':
                to_wait.append(ticket)
        for move, moved in [
                (cls.start, to_start), (cls.wait, to_wait),
                (cls.resolve, to_resolve)]:
            if moved:
                move(moved)


class TicketEquipment(ModelSQL):
    __name__ = 'maintenance.ticket-maintenance.equipment'

    ticket = fields.Many2One(
        'maintenance.ticket', "Ticket", required=True, ondelete='CASCADE',
        help="The ticket about the machine.")
    equipment = fields.Many2One(
        'maintenance.equipment', "Equipment", required=True,
        ondelete='RESTRICT',
        help="The machine the ticket is about.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('ticket')


class Caller(ModelSQL, ModelView):
    "Somebody who told us, as written down at the phone"
    __name__ = 'maintenance.ticket.caller'
    _rec_name = 'name'

    ticket = fields.Many2One(
        'maintenance.ticket', "Ticket", required=True, ondelete='CASCADE',
        help="What the person told us.")
    name = fields.Char(
        "Name",
        help="Who called or wrote.")
    phone = fields.Char(
        "Phone",
        help="Where to call back.")
    email = fields.Char(
        "E-Mail",
        help="Where to write back.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('ticket')
        t = cls.__table__()
        cls._sql_indexes.add(Index(t, (t.ticket, Index.Range())))

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from collections import defaultdict

from sql.functions import CharLength

from trytond.i18n import gettext
from trytond.model import (
    ChatMixin, Index, ModelSQL, ModelView, Unique, Workflow, fields)
from trytond.model.exceptions import AccessError
from trytond.modules.company.model import employee_field, set_employee
from trytond.modules.maintenance_equipment.numbering import NumberingMixin
from trytond.modules.report_html.workflow import ButtonWorkflow
from trytond.pool import Pool
from trytond.pyson import Bool, Eval, If
from trytond.tools import grouped_slice
from trytond.transaction import (
    Transaction, record_cache_size, without_check_access)

from .exceptions import OrderTaskError

KINDS = [
    ('corrective', "Corrective"),
    ('preventive', "Preventive"),
    ('installation', "Installation"),
    ('commissioning', "Commissioning"),
    ('repair', "Repair"),
    ('inspection', "Inspection"),
    ('workshop', "Workshop"),
    ('supply', "Supply"),
    ]


class Order(
        NumberingMixin, ButtonWorkflow, ChatMixin, ModelSQL, ModelView):
    """An order to work at a site of a customer

    What is to be done stands in its tasks; visits serve tasks, of one order or
    of several orders of the same site.  The order follows its tasks and
    visits: ``update_state`` moves it, people only hold, cancel and close it.
    """
    __name__ = 'maintenance.order'
    _rec_name = 'number'
    _number_sequence = 'order_sequence'

    _states = {
        'readonly': Eval('state').in_(['done', 'closed', 'cancelled']),
        }

    number = fields.Char(
        "Number", readonly=True,
        help="The main identification of the order.")
    kind = fields.Selection(
        KINDS, "Kind", required=True, sort=False, states=_states,
        help="What the work is for. "
        "Coverage by contract or warranty depends on it.")
    company = fields.Many2One(
        'company.company', "Company", required=True,
        states={
            'readonly': (
                (Eval('state') != 'draft')
                | Eval('tasks', [0])),
            },
        help="The company which does the work.")
    party = fields.Many2One(
        'party.party', "Customer", required=True, ondelete='RESTRICT',
        states=_states,
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="The party who orders the work.")
    invoice_party = fields.Many2One(
        'party.party', "Invoice Party", ondelete='RESTRICT', states=_states,
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="The party who pays what nothing else covers.\n"
        "Leave empty to charge the customer.")
    site = fields.Many2One(
        'maintenance.site', "Site", required=True, ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        states=_states,
        help="Where the work is done.")
    customer_reference = fields.Char(
        "Customer Reference", states=_states,
        help="The order number of the customer, printed on the invoice.")
    description = fields.Char(
        "Description", states=_states,
        help="What the order is about, in a few words.")
    date = fields.Date(
        "Date", required=True, states=_states,
        help="When the work was ordered.")
    tasks = fields.One2Many(
        'maintenance.order.task', 'order', "Tasks",
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        states=_states,
        help="What is to be done.")
    visits = fields.Function(
        fields.Many2Many(
            'maintenance.visit', None, None, "Visits",
            help="The visits which serve the tasks of the order."),
        'get_visits', searcher='search_visits')
    timesheet_works = fields.One2Many(
        'timesheet.work', 'origin', "Timesheet Works", readonly=True,
        help="The work on which the time of the technicians is counted.")
    timesheet_work = fields.Function(
        fields.Many2One(
            'timesheet.work', "Timesheet Work",
            help="The work on which the time of the technicians is counted."),
        'get_timesheet_work')
    on_hold = fields.Boolean(
        "On Hold", readonly=True,
        states={
            'invisible': ~Eval('on_hold'),
            },
        help="The order waits for something.")
    on_hold_reason = fields.Char(
        "Hold Reason",
        states={
            'invisible': (
                ~Eval('on_hold')
                & Eval('state').in_(['done', 'closed', 'cancelled'])),
            'readonly': Eval('state').in_(['done', 'closed', 'cancelled']),
            },
        help="What the order waits for.")
    closed_by = employee_field(
        "Closed By", states=['draft', 'planned', 'in_progress', 'done',
            'closed', 'cancelled'])
    closed_at = fields.Timestamp(
        "Closed at", readonly=True,
        help="When every part of the order had its outcome.")
    state = fields.Selection([
            ('draft', "Draft"),
            ('planned', "Planned"),
            ('in_progress', "In Progress"),
            ('done', "Done"),
            ('closed', "Closed"),
            ('cancelled', "Cancelled"),
            ], "State", readonly=True, required=True, sort=False,
        help="The current state of the order.")

    @classmethod
    def __setup__(cls):
        cls.number.search_unaccented = False
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints += [
            ('number_unique', Unique(t, t.company, t.number),
                'maintenance_order.msg_order_number_unique'),
            ]
        cls._sql_indexes.update({
                Index(t, (t.number, Index.Similarity())),
                Index(t, (t.customer_reference, Index.Similarity())),
                Index(
                    t,
                    (t.party, Index.Range()),
                    (t.company, Index.Range())),
                Index(t, (t.site, Index.Range())),
                Index(
                    t,
                    (t.state, Index.Equality(cardinality='low')),
                    where=t.state.in_(
                        ['draft', 'planned', 'in_progress', 'done'])),
                })
        cls._order = [
            ('date', 'DESC'),
            ('id', 'DESC'),
            ]
        cls._transitions |= {
            ('draft', 'planned'),
            ('draft', 'in_progress'),
            ('draft', 'done'),
            ('planned', 'draft'),
            ('planned', 'in_progress'),
            ('planned', 'done'),
            ('in_progress', 'draft'),
            ('in_progress', 'planned'),
            ('in_progress', 'done'),
            ('done', 'in_progress'),
            ('done', 'planned'),
            ('done', 'draft'),
            ('done', 'closed'),
            ('closed', 'done'),
            ('draft', 'cancelled'),
            ('planned', 'cancelled'),
            ('cancelled', 'draft'),
            }
        cls._buttons.update({
                'plan_visit': {
                    'invisible': ~Eval('state').in_(
                        ['draft', 'planned', 'in_progress']),
                    'icon': 'maintenance_order-visit',
                    'depends': ['state'],
                    },
                'hold': {
                    'invisible': (
                        Eval('on_hold')
                        | ~Eval('state').in_(
                            ['draft', 'planned', 'in_progress'])),
                    'icon': 'maintenance_order-hold',
                    'depends': ['state', 'on_hold'],
                    },
                'resume': {
                    'invisible': ~Eval('on_hold'),
                    'icon': 'tryton-forward',
                    'depends': ['on_hold'],
                    },
                'close': {
                    'invisible': Eval('state') != 'done',
                    'icon': 'tryton-ok',
                    'depends': ['state'],
                    },
                'reopen': {
                    'invisible': Eval('state') != 'cancelled',
                    'icon': 'tryton-undo',
                    'depends': ['state'],
                    },
                'cancel': {
                    'invisible': ~Eval('state').in_(['draft', 'planned']),
                    'icon': 'tryton-cancel',
                    'depends': ['state'],
                    },
                })

    @classmethod
    def order_number(cls, tables):
        table, _ = tables[None]
        return [CharLength(table.number), table.number]

    @classmethod
    def default_kind(cls):
        return 'corrective'

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_date(cls):
        return Pool().get('ir.date').today()

    @classmethod
    def default_on_hold(cls):
        return False

    @classmethod
    def default_state(cls):
        return 'draft'

    @fields.depends('site', 'party')
    def on_change_site(self):
        if self.site and not self.party:
            self.party = self.site.party

    @classmethod
    def get_visits(cls, orders, name):
        pool = Pool()
        Task = pool.get('maintenance.order.task')
        Visit_Task = pool.get('maintenance.visit-maintenance.order.task')
        cursor = Transaction().connection.cursor()
        task = Task.__table__()
        link = Visit_Task.__table__()
        visits = defaultdict(list)
        for sub_orders in grouped_slice(
                orders, record_cache_size(Transaction())):
            cursor.execute(*task.join(link, condition=link.task == task.id)
                .select(
                    task.order, link.visit,
                    where=fields.SQL_OPERATORS['in'](
                        task.order, [o.id for o in sub_orders]),
                    group_by=[task.order, link.visit],
                    order_by=[link.visit]))
            for order_id, visit_id in cursor:
                visits[order_id].append(visit_id)
        return visits

    @classmethod
    def search_visits(cls, name, clause):
        nested = clause[0][len(name):]
        return [('tasks.visits' + nested, *clause[1:])]

    @classmethod
    def get_timesheet_work(cls, orders, name):
        return {
            o.id: o.timesheet_works[0].id if o.timesheet_works else None
            for o in orders}

    @property
    def payer(self):
        "Who pays what nothing else covers"
        return self.invoice_party or self.party

    @classmethod
    def search_rec_name(cls, name, clause):
        _, operator, operand = clause[:3]
        bool_op = 'AND' if operator.startswith(('!', 'not ')) else 'OR'
        return [bool_op,
            ('number', operator, operand),
            ('customer_reference', operator, operand),
            ('party.rec_name', operator, operand),
            ('site.rec_name', operator, operand),
            ]

    def get_rec_name(self, name):
        return ' '.join(filter(None, [self.number, self.description]))

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual',
                If(Eval('state').in_(['closed', 'cancelled']), 'muted',
                    If(Bool(Eval('on_hold')), 'warning', ''))),
            ]

    @classmethod
    def check_modification(cls, mode, orders, values=None, external=False):
        super().check_modification(
            mode, orders, values=values, external=external)
        if mode == 'delete':
            for order in orders:
                if order.state not in {'draft', 'cancelled'} or order.visits:
                    raise AccessError(gettext(
                            'maintenance_order.msg_order_delete',
                            order=order.rec_name))

    @classmethod
    def on_modification(cls, mode, orders, field_names=None):
        super().on_modification(mode, orders, field_names=field_names)
        if mode == 'create':
            cls._create_timesheet_works(orders)

    @classmethod
    def on_delete(cls, orders):
        pool = Pool()
        Work = pool.get('timesheet.work')
        callback = super().on_delete(orders)
        works = Work.search([
                ('origin', 'in', [str(o) for o in orders]),
                ])
        if works:
            callback.append(lambda: Work.delete(works))
        return callback

    @classmethod
    def copy(cls, orders, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('number')
        default.setdefault('timesheet_works')
        default.setdefault('on_hold')
        default.setdefault('on_hold_reason')
        default.setdefault('closed_by')
        default.setdefault('closed_at')
        return super().copy(orders, default=default)

    @classmethod
    @ModelView.button_action('maintenance_order.wizard_plan_visit')
    def plan_visit(cls, orders):
        pass

    @classmethod
    @ModelView.button
    def hold(cls, orders):
        cls.write(orders, {'on_hold': True})

    @classmethod
    @ModelView.button
    def resume(cls, orders):
        cls.write(orders, {'on_hold': False, 'on_hold_reason': None})

    @classmethod
    @Workflow.transition('planned')
    def plan(cls, orders):
        pass

    @classmethod
    @Workflow.transition('in_progress')
    def start(cls, orders):
        pass

    @classmethod
    @Workflow.transition('done')
    def do(cls, orders):
        pass

    @classmethod
    @ModelView.button
    @Workflow.transition('closed')
    @set_employee('closed_by')
    def close(cls, orders):
        cls.write(orders, {
                'closed_at': dt.datetime.now(dt.timezone.utc).replace(
                    tzinfo=None),
                })

    @classmethod
    @ModelView.button
    @Workflow.transition('draft')
    def reopen(cls, orders):
        pool = Pool()
        Task = pool.get('maintenance.order.task')
        Task.write(
            [t for o in orders for t in o.tasks if t.state == 'cancelled'],
            {'state': 'open'})

    @classmethod
    @Workflow.transition('draft')
    def draft(cls, orders):
        pass

    @classmethod
    @ModelView.button
    @Workflow.transition('cancelled')
    def cancel(cls, orders):
        pool = Pool()
        Task = pool.get('maintenance.order.task')
        for order in orders:
            for visit in order.visits:
                if visit.state in {'planned', 'in_progress'}:
                    raise OrderTaskError(gettext(
                            'maintenance_order.msg_order_cancel_visit',
                            order=order.rec_name,
                            visit=visit.rec_name))
        Task.write(
            [t for o in orders for t in o.tasks if t.state == 'open'],
            {'state': 'cancelled'})

    @classmethod
    @without_check_access
    def update_state(cls, orders):
        """Move the orders to where their tasks and visits are

        To be called with the orders of tasks or visits which changed.
        """
        transitions = {
            'draft': cls.draft,
            'planned': cls.plan,
            'in_progress': cls.start,
            'done': cls.do,
            }
        to_move = defaultdict(list)
        for order in cls.browse(orders):
            if order.state in {'closed', 'cancelled'}:
                continue
            state = order._work_state()
            if state != order.state:
                to_move[state].append(order)
        for state, sub_orders in to_move.items():
            transitions[state](sub_orders)

    def _work_state(self):
        tasks = {t.state for t in self.tasks} - {'cancelled'}
        visits = {v.state for v in self.visits} - {'cancelled'}
        worked = visits & {'in_progress', 'done', 'posted'}
        if tasks and 'open' not in tasks and not (
                visits & {'planned', 'in_progress'}):
            return 'done'
        if worked:
            return 'in_progress'
        if 'planned' in visits:
            return 'planned'
        return 'draft'

    @classmethod
    def close_settled(cls, orders):
        """Close the orders of which every share has its outcome

        Called after posting visits and after invoicing shares.
        """
        pool = Pool()
        Share = pool.get('maintenance.visit.share')
        candidates = [
            o for o in cls.browse(orders)
            if o.state == 'done'
            and all(
                v.state in {'posted', 'failed', 'cancelled'}
                for v in o.visits)]
        if not candidates:
            return
        open_ = set()
        # A line may name no task, so the visits are asked.
        visits = list({v.id for o in candidates for v in o.visits})
        for sub_visits in grouped_slice(
                visits, record_cache_size(Transaction())):
            tasks = {
                s.line.the_task for s in Share.search([
                        ('visit', 'in', list(sub_visits)),
                        Share.unsettled_domain(),
                        ])}
            open_.update(t.order.id for t in tasks if t)
        cls.close([o for o in candidates if o.id not in open_])

    @classmethod
    def _create_timesheet_works(cls, orders):
        pool = Pool()
        Work = pool.get('timesheet.work')
        Work.create([{
                    'origin': str(order),
                    'company': order.company.id,
                    } for order in orders if not order.timesheet_works])

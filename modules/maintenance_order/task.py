# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.i18n import gettext
from trytond.model import (
    Index, ModelSQL, ModelView, Workflow, fields, sequence_ordered)
from trytond.model.exceptions import AccessError
from trytond.modules.report_html.workflow import ButtonWorkflow
from trytond.pool import Pool
from trytond.pyson import Eval, If
from trytond.transaction import Transaction

from .exceptions import TaskReasonError
from .order import KINDS
from .searching import FoundByMixin


class Task(
        FoundByMixin, ButtonWorkflow, sequence_ordered(), ModelSQL,
        ModelView):
    """One thing to be done, at one machine or at the site

    A visit serves tasks; its lines name the task they belong to, because kind,
    machine and payer of the task decide who pays the line.  ``origin`` tells
    what asked for the task: upper modules extend ``_get_origin``.
    """
    __name__ = 'maintenance.order.task'

    _states = {
        'readonly': Eval('state') != 'open',
        }

    order = fields.Many2One(
        'maintenance.order', "Order", required=True, ondelete='CASCADE',
        states={
            'readonly': Eval('id', -1) >= 0,
            },
        help="The order the task belongs to.")
    company = fields.Many2One(
        'company.company', "Company", required=True, readonly=True,
        help="The company which does the work.")
    site = fields.Function(
        fields.Many2One(
            'maintenance.site', "Site",
            help="Where the task is done."),
        'on_change_with_site', searcher='search_order_field')
    party = fields.Function(
        fields.Many2One(
            'party.party', "Customer",
            context={
                'company': Eval('company', -1),
                },
            depends={'company'},
            help="The party who orders the work."),
        'on_change_with_party', searcher='search_order_field')
    kind = fields.Selection(
        KINDS, "Kind", required=True, sort=False, states=_states,
        help="What the task is for. "
        "Coverage by contract or warranty depends on it.")
    kind_string = kind.translated('kind')
    equipment = fields.Many2One(
        'maintenance.equipment', "Equipment", ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        states=_states,
        help="The machine to work on.")
    origin = fields.Reference(
        "Origin", selection='get_origin', readonly=True,
        help="What asked for the task.")
    customer_reference = fields.Char(
        "Customer Reference", states=_states,
        help="The order number of the customer for this task, "
        "if other than that of the order.")
    invoice_party = fields.Many2One(
        'party.party', "Invoice Party", ondelete='RESTRICT', states=_states,
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="The party who pays what nothing else covers of this task.\n"
        "Leave empty for the one of the order.")
    description = fields.Text(
        "Description", states=_states,
        help="What is to be done.")
    reason = fields.Char(
        "Reason",
        states={
            'invisible': ~Eval('state').in_(['open', 'not_done']),
            'readonly': Eval('state') != 'open',
            },
        help="Why the task was not done.")
    visits = fields.Many2Many(
        'maintenance.visit-maintenance.order.task', 'task', 'visit',
        "Visits", readonly=True,
        help="The visits which serve the task.")
    to_plan = fields.Function(
        fields.Boolean(
            "To Plan",
            help="The task is open and no planned visit serves it."),
        'on_change_with_to_plan', searcher='search_to_plan')
    state = fields.Selection([
            ('open', "Open"),
            ('done', "Done"),
            ('not_done', "Not Done"),
            ('cancelled', "Cancelled"),
            ], "State", readonly=True, required=True, sort=False,
        help="The current state of the task.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('order')
        t = cls.__table__()
        cls._sql_indexes.update({
                Index(t, (t.order, Index.Range())),
                Index(t, (t.equipment, Index.Range())),
                Index(
                    t,
                    (t.state, Index.Equality(cardinality='low')),
                    where=t.state == 'open'),
                })
        cls._transitions |= {
            ('open', 'done'),
            ('open', 'not_done'),
            ('open', 'cancelled'),
            ('done', 'open'),
            ('not_done', 'open'),
            ('cancelled', 'open'),
            }
        cls._buttons.update({
                'do': {
                    'invisible': Eval('state') != 'open',
                    'icon': 'tryton-ok',
                    'depends': ['state'],
                    },
                'leave': {
                    'invisible': Eval('state') != 'open',
                    'icon': 'tryton-clear',
                    'depends': ['state'],
                    },
                'open': {
                    'invisible': Eval('state') == 'open',
                    'icon': 'tryton-undo',
                    'depends': ['state'],
                    },
                })

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_kind(cls):
        return 'corrective'

    @classmethod
    def default_state(cls):
        return 'open'

    @fields.depends('order', '_parent_order.kind', '_parent_order.company')
    def on_change_order(self):
        if self.order:
            if self.order.kind:
                self.kind = self.order.kind
            if self.order.company:
                self.company = self.order.company

    @fields.depends('order', '_parent_order.site')
    def on_change_with_site(self, name=None):
        return self.order.site if self.order else None

    @fields.depends('order', '_parent_order.party')
    def on_change_with_party(self, name=None):
        return self.order.party if self.order else None

    @classmethod
    def search_order_field(cls, name, clause):
        return [('order.' + clause[0],) + tuple(clause[1:])]

    @classmethod
    def _get_origin(cls):
        "Return the names of the models which may ask for a task"
        return [cls.__name__]

    @classmethod
    def get_origin(cls):
        pool = Pool()
        Model = pool.get('ir.model')
        get_name = Model.get_name
        return [(None, "")] + [(m, get_name(m)) for m in cls._get_origin()]

    @fields.depends('state', 'visits')
    def on_change_with_to_plan(self, name=None):
        return self.state == 'open' and not any(
            v.state in {'planned', 'in_progress'} for v in self.visits or [])

    @classmethod
    def search_to_plan(cls, name, clause):
        _, operator, value = clause
        open_ = [
            ('state', '=', 'open'),
            ('order.state', 'not in', ['closed', 'cancelled']),
            ]
        planned = ('visits', 'where', [
                ('state', 'in', ['planned', 'in_progress'])])
        visits = cls.search([*open_, planned], query=True)
        if (operator == '=') == bool(value):
            return [*open_, ('id', 'not in', visits)]
        return ['OR',
            ('state', '!=', 'open'),
            ('order.state', 'in', ['closed', 'cancelled']),
            ('id', 'in', visits),
            ]

    @property
    def payer(self):
        "Who pays what nothing else covers"
        return self.invoice_party or self.order.payer

    @property
    def reference(self):
        return self.customer_reference or self.order.customer_reference

    def get_rec_name(self, name):
        what = self.equipment.rec_name if self.equipment else (
            (self.description or '').strip().split('\n')[0][:60]
            or self.order.description or self.kind_string)
        return f'{self.order.number} · {what}'

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual',
                If(Eval('state') == 'cancelled', 'muted',
                    If(Eval('state') == 'not_done', 'warning', ''))),
            ]

    @classmethod
    def preprocess_values(cls, mode, values):
        pool = Pool()
        Order = pool.get('maintenance.order')
        values = super().preprocess_values(mode, values)
        if mode == 'create' and values.get('order'):
            order = Order(values['order'])
            values.setdefault('kind', order.kind)
            values['company'] = order.company.id
        return values

    @classmethod
    def check_modification(cls, mode, tasks, values=None, external=False):
        super().check_modification(
            mode, tasks, values=values, external=external)
        if mode == 'delete':
            for task in tasks:
                if task.visits:
                    raise AccessError(gettext(
                            'maintenance_order.msg_task_delete_visit',
                            task=task.rec_name))

    @classmethod
    def on_modification(cls, mode, tasks, field_names=None):
        pool = Pool()
        Order = pool.get('maintenance.order')
        super().on_modification(mode, tasks, field_names=field_names)
        if mode == 'create' or (mode == 'write' and 'state' in field_names):
            Order.update_state(list({t.order for t in tasks}))

    @classmethod
    def copy(cls, tasks, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('visits')
        default.setdefault('origin')
        default.setdefault('reason')
        default.setdefault('state', 'open')
        return super().copy(tasks, default=default)

    @classmethod
    @ModelView.button
    @Workflow.transition('done')
    def do(cls, tasks):
        pass

    @classmethod
    @ModelView.button
    @Workflow.transition('not_done')
    def leave(cls, tasks):
        for task in tasks:
            if not task.reason:
                raise TaskReasonError(gettext(
                        'maintenance_order.msg_task_reason',
                        task=task.rec_name))

    @classmethod
    @ModelView.button
    @Workflow.transition('open')
    def open(cls, tasks):
        pass

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
import uuid

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
from trytond.tools import timezone as tz
from trytond.transaction import Transaction

from .exceptions import VisitDateError, VisitFailedReasonError, VisitTaskError
from .visit_decision import DecisionMixin
from .visit_posting import PostingMixin
from .visit_signing import CLOSED, PLANNED, READONLY, REPORTED, SignedMixin


class Visit(
        SignedMixin, NumberingMixin, DecisionMixin, PostingMixin,
        ButtonWorkflow, ChatMixin, ModelSQL, ModelView):
    """A visit of a team to a site; signed, it is the work report

    It serves tasks of one or several orders of the site.  Its lines say what
    was done and used, their shares who pays it (``visit_decision``); the
    customer signs it (``visit_signing``); posting (``visit_posting``) moves
    the stock, counts the time and leaves the shares to invoice.  After
    signing, a change is a new visit which corrects this.
    """
    __name__ = 'maintenance.visit'
    _rec_name = 'number'
    _number_sequence = 'visit_sequence'

    number = fields.Char(
        "Number", readonly=True,
        help="The main identification of the visit and of its work report.")
    company = fields.Many2One(
        'company.company', "Company", required=True,
        states={
            'readonly': Eval('id', -1) >= 0,
            },
        help="The company which makes the visit.")
    site = fields.Many2One(
        'maintenance.site', "Site", required=True, ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        states={
            'readonly': READONLY | Eval('tasks', [0]),
            },
        help="Where the team goes.")
    party = fields.Many2One(
        'party.party', "Customer", required=True, ondelete='RESTRICT',
        states=PLANNED,
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="The party who is visited, "
        "and who pays the lines which belong to no task.")
    tasks = fields.Many2Many(
        'maintenance.visit-maintenance.order.task', 'visit', 'task', "Tasks",
        domain=[
            ('company', '=', Eval('company', -1)),
            If(Eval('state') == 'planned',
                ('site', '=', Eval('site', -1)),
                ()),
            ],
        states=PLANNED,
        help="What the visit is for. Several orders of a site may share it.")
    orders = fields.Function(
        fields.Many2Many(
            'maintenance.order', None, None, "Orders",
            help="The orders whose tasks the visit serves."),
        'get_orders', searcher='search_orders')
    employees = fields.Many2Many(
        'maintenance.visit-company.employee', 'visit', 'employee', "Team",
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        states=PLANNED,
        help="Who goes. Work without names counts for all of them.")
    leader = fields.Many2One(
        'company.employee', "Technician", ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        states=PLANNED,
        help="Who leads the team and answers for the report.")
    vehicle = fields.Many2One(
        'stock.location', "Van", ondelete='RESTRICT',
        domain=[
            ('type', 'in', ['storage', 'view']),
            ],
        states=PLANNED,
        help="The stock location the material comes from.\n"
        "It is the van of the technician unless you say otherwise.")
    planned_start = fields.DateTime(
        "Planned Start", states=PLANNED,
        help="When the team is expected.")
    planned_end = fields.DateTime(
        "Planned End", states=PLANNED,
        help="When the team is expected to leave.")
    promised_from = fields.DateTime(
        "Promised from", states=PLANNED,
        help="The customer was told that nobody comes before.")
    promised_to = fields.DateTime(
        "Promised to", states=PLANNED,
        help="The customer was told that somebody comes before.")
    date = fields.Date(
        "Date",
        states={
            'required': Eval('state').in_(['done', 'posted']),
            'readonly': READONLY,
            },
        help="The day of the visit, which decides prices and coverage.\n"
        "It is the day of arrival unless you say otherwise.")
    arrived_at = fields.DateTime(
        "Arrived at", states=REPORTED,
        help="When the team began.")
    finished_at = fields.DateTime(
        "Finished at", states=REPORTED,
        help="When the team left.")
    distance = fields.Float(
        "Distance", digits=(6, 1), states=REPORTED,
        domain=['OR',
            ('distance', '=', None),
            ('distance', '>=', 0),
            ],
        help="Kilometres driven for the visit.")
    work_done = fields.Text(
        "Work Done", states=REPORTED,
        help="What was found and done, as the customer reads it.")
    recommendations = fields.Text(
        "Recommendations", states=REPORTED,
        help="What the customer should have done next, one thing on each "
        "line.")
    lines = fields.One2Many(
        'maintenance.visit.line', 'visit', "Lines",
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        states=REPORTED,
        help="The hours, material, call-out and kilometres of the visit.")
    shares = fields.One2Many(
        'maintenance.visit.share', 'visit', "Shares", readonly=True,
        help="Who pays each line, and why.")
    another_visit_needed = fields.Boolean(
        "Another Visit Needed", states=REPORTED,
        help="Check to keep the tasks open, so that they are planned again.")
    cause = fields.Many2One(
        'maintenance.fault.code', "Cause", ondelete='RESTRICT',
        domain=[
            ('kind', '=', 'cause'),
            ],
        states=REPORTED,
        help="Why it failed, to be counted.")
    remedy = fields.Many2One(
        'maintenance.fault.code', "Remedy", ondelete='RESTRICT',
        domain=[
            ('kind', '=', 'remedy'),
            ],
        states=REPORTED,
        help="How it was put right, to be counted.")
    failed_reason = fields.Selection([
            (None, ""),
            ('absent', "Nobody There"),
            ('no_access', "No Access"),
            ('wrong_part', "Wrong Part"),
            ('unsafe', "Unsafe"),
            ], "Failed because", sort=False,
        states={
            'readonly': Eval('state').in_(CLOSED),
            'invisible': Eval('state').in_(['done', 'posted', 'cancelled']),
            'required': Eval('state') == 'failed',
            },
        help="Why the team could not work.")
    failed_reason_string = failed_reason.translated('failed_reason')
    no_charge_reason = fields.Char(
        "Free because", readonly=True,
        states={
            'invisible': ~Eval('no_charge_reason'),
            },
        help="Why the whole visit is not charged.")
    no_charge_by = employee_field(
        "Free by", states=['planned', 'in_progress', 'done', 'posted',
            'failed', 'cancelled'])
    corrects = fields.Many2One(
        'maintenance.visit', "Corrects", readonly=True, ondelete='RESTRICT',
        states={
            'invisible': ~Eval('corrects'),
            },
        help="The signed visit whose report this one corrects.")
    corrected_by = fields.One2Many(
        'maintenance.visit', 'corrects', "Corrected by", readonly=True,
        states={
            'invisible': ~Eval('corrected_by', [0]),
            },
        help="The visits which correct this one.")
    summary = fields.Function(
        fields.Text(
            "Who Pays",
            help="Who pays what, and why, in words."),
        'get_summary')
    color = fields.Function(
        fields.Char(
            "Color",
            help="The colour of the visit in the calendar, by its state."),
        'on_change_with_color')
    uuid = fields.Char(
        "UUID", readonly=True, strip=False,
        help="The identifier made on the device of the technician.")
    posted_by = employee_field(
        "Posted by", states=['planned', 'in_progress', 'done', 'posted',
            'failed', 'cancelled'])
    posted_at = fields.Timestamp(
        "Posted at", readonly=True,
        states={
            'invisible': ~Eval('posted_at'),
            },
        help="When stock and time were counted.")
    state = fields.Selection([
            ('planned', "Planned"),
            ('in_progress', "In Progress"),
            ('done', "Done"),
            ('posted', "Posted"),
            ('failed', "Failed"),
            ('cancelled', "Cancelled"),
            ], "State", readonly=True, required=True, sort=False,
        help="The current state of the visit.")

    @classmethod
    def __setup__(cls):
        cls.number.search_unaccented = False
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints += [
            ('number_unique', Unique(t, t.company, t.number),
                'maintenance_order.msg_visit_number_unique'),
            ('uuid_unique', Unique(t, t.uuid),
                'maintenance_order.msg_visit_uuid_unique'),
            ]
        cls._sql_indexes.update({
                Index(t, (t.number, Index.Similarity())),
                Index(t, (t.site, Index.Range())),
                Index(t, (t.planned_start, Index.Range())),
                Index(
                    t,
                    (t.leader, Index.Range()),
                    (t.planned_start, Index.Range())),
                Index(
                    t,
                    (t.state, Index.Equality(cardinality='low')),
                    where=t.state.in_(['planned', 'in_progress', 'done'])),
                })
        cls._order = [
            ('planned_start', 'DESC NULLS FIRST'),
            ('id', 'DESC'),
            ]
        cls.no_charge_by.help = "Who decided that the visit is free."
        cls.posted_by.help = "Who posted the visit."
        cls._transitions |= {
            ('planned', 'in_progress'),
            ('planned', 'failed'),
            ('planned', 'cancelled'),
            ('in_progress', 'done'),
            ('in_progress', 'failed'),
            ('in_progress', 'planned'),
            ('done', 'in_progress'),
            ('done', 'posted'),
            ('cancelled', 'planned'),
            }
        unsigned = ~Bool(Eval('signed_at'))
        cls._buttons.update({
                'arrive': {
                    'invisible': Eval('state') != 'planned',
                    'icon': 'tryton-forward',
                    'depends': ['state'],
                    },
                'finish': {
                    'invisible': Eval('state') != 'in_progress',
                    'icon': 'tryton-ok',
                    'depends': ['state'],
                    },
                'preview': {
                    'invisible': ~Eval('state').in_(['in_progress', 'done']),
                    'icon': 'maintenance_order-payer',
                    'depends': ['state'],
                    },
                'sign': {
                    'invisible': ~((Eval('state') == 'done') & unsigned),
                    'icon': 'maintenance_order-sign',
                    'depends': ['state', 'signed_at'],
                    },
                'post': {
                    'invisible': Eval('state') != 'done',
                    'icon': 'tryton-ok',
                    'depends': ['state'],
                    },
                'no_charge': {
                    'invisible': (
                        ~Eval('state').in_(
                            ['in_progress', 'done', 'posted', 'failed'])
                        | Bool(Eval('no_charge_reason'))),
                    'icon': 'maintenance_order-gift',
                    'depends': ['state', 'no_charge_reason'],
                    },
                'charge': {
                    'invisible': (
                        ~Eval('state').in_(
                            ['in_progress', 'done', 'posted', 'failed'])
                        | ~Bool(Eval('no_charge_reason'))),
                    'icon': 'tryton-undo',
                    'depends': ['state', 'no_charge_reason'],
                    },
                'fail': {
                    'invisible': ~Eval('state').in_(
                        ['planned', 'in_progress']),
                    'icon': 'tryton-warning',
                    'depends': ['state'],
                    },
                'plan_again': {
                    'invisible': Eval('state') != 'cancelled',
                    'icon': 'tryton-undo',
                    'depends': ['state'],
                    },
                'continue_': {
                    'invisible': ~((Eval('state') == 'done') & unsigned),
                    'icon': 'tryton-back',
                    'depends': ['state', 'signed_at'],
                    },
                'cancel': {
                    'invisible': Eval('state') != 'planned',
                    'icon': 'tryton-cancel',
                    'depends': ['state'],
                    },
                })

    @classmethod
    def order_number(cls, tables):
        table, _ = tables[None]
        return [CharLength(table.number), table.number]

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_another_visit_needed(cls):
        return False

    @classmethod
    def default_leader(cls):
        return Transaction().context.get('employee')

    @classmethod
    def default_state(cls):
        return 'planned'

    @fields.depends('site', 'party')
    def on_change_site(self):
        if self.site:
            self.party = self.site.party

    @fields.depends('tasks', 'site', methods=['on_change_site'])
    def on_change_tasks(self):
        for task in self.tasks or []:
            if not self.site and task.order:
                self.site = task.order.site
                self.on_change_site()

    @fields.depends('leader', 'employees', 'vehicle')
    def on_change_leader(self):
        if self.leader:
            if self.leader not in (self.employees or []):
                self.employees = [*(self.employees or []), self.leader]
            if self.leader.vehicle:
                self.vehicle = self.leader.vehicle

    @fields.depends('planned_start', 'planned_end')
    def on_change_planned_start(self):
        if self.planned_start and not self.planned_end:
            self.planned_end = self.planned_start + dt.timedelta(hours=1)

    @fields.depends('state')
    def on_change_with_color(self, name=None):
        return {
            'planned': '#4a90d9',
            'in_progress': '#f5a623',
            'done': '#7ed321',
            'posted': '#8a9199',
            'failed': '#d0021b',
            'cancelled': '#c8ccd0',
            }.get(self.state)

    @classmethod
    def get_orders(cls, visits, name):
        return {
            v.id: list(dict.fromkeys(t.order.id for t in v.tasks))
            for v in visits}

    @classmethod
    def search_orders(cls, name, clause):
        if clause[0] == name and clause[1].endswith('where'):
            return [('tasks.order', *clause[1:])]
        return [('tasks.order' + clause[0][len(name):], *clause[1:])]

    @classmethod
    def search_rec_name(cls, name, clause):
        _, operator, operand = clause[:3]
        bool_op = 'AND' if operator.startswith(('!', 'not ')) else 'OR'
        return [bool_op,
            ('number', operator, operand),
            ('site.rec_name', operator, operand),
            ('party.rec_name', operator, operand),
            ]

    def get_rec_name(self, name):
        return f'{self.number} · {self.site.rec_name}'

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual',
                If(Eval('state') == 'failed', 'danger',
                    If(Eval('state').in_(['posted', 'cancelled']),
                        'muted', ''))),
            ]

    @classmethod
    def validate_fields(cls, visits, field_names):
        super().validate_fields(visits, field_names)
        cls.check_dates(visits, field_names)

    @classmethod
    def check_dates(cls, visits, field_names=None):
        pairs = [
            ('planned_start', 'planned_end'),
            ('promised_from', 'promised_to'),
            ('arrived_at', 'finished_at'),
            ]
        for start_name, end_name in pairs:
            if field_names and not (field_names & {start_name, end_name}):
                continue
            for visit in visits:
                start = getattr(visit, start_name)
                end = getattr(visit, end_name)
                if start and end and end < start:
                    raise VisitDateError(gettext(
                            'maintenance_order.msg_visit_dates',
                            visit=visit.rec_name,
                            **cls.__names__(field=end_name)))

    def compute_fields(self, field_names=None):
        values = super().compute_fields(field_names=field_names)
        if field_names is None or 'planned_start' in field_names:
            start = getattr(self, 'planned_start', None)
            date = getattr(self, 'date', None)
            follows = getattr(self, 'state', None) in {None, 'planned'}
            if start and follows and getattr(self, 'company', None):
                planned = self._local(start).date()
                if date != planned and (
                        field_names is None or 'date' not in field_names):
                    values['date'] = planned
        return values

    @classmethod
    def preprocess_values(cls, mode, values):
        values = super().preprocess_values(mode, values)
        if mode == 'create' and not values.get('uuid'):
            values['uuid'] = str(uuid.uuid4())
        return values

    @classmethod
    def check_modification(cls, mode, visits, values=None, external=False):
        super().check_modification(
            mode, visits, values=values, external=external)
        if mode == 'delete':
            for visit in visits:
                if visit.state not in {'planned', 'cancelled'}:
                    raise AccessError(gettext(
                            'maintenance_order.msg_visit_delete',
                            visit=visit.rec_name))

    @classmethod
    def on_modification(cls, mode, visits, field_names=None):
        pool = Pool()
        Order = pool.get('maintenance.order')
        Line = pool.get('maintenance.visit.line')
        super().on_modification(mode, visits, field_names=field_names)
        if mode == 'write' and 'employees' in field_names:
            Line.update_quantity([
                    l for v in visits for l in v.lines if not l.employees])
        if mode == 'create' or (
                mode == 'write' and field_names & {'state', 'tasks'}):
            Order.update_state(list({o for v in visits for o in v.orders}))

    @classmethod
    def copy(cls, visits, default=None):
        default = default.copy() if default is not None else {}
        for name in [
                'number', 'uuid', 'shares', 'signature_kind', 'signer',
                'signer_identifier', 'signature', 'unsigned_reason',
                'signed_at', 'report', 'report_file_id', 'report_sha256',
                'no_charge_reason', 'no_charge_by', 'corrects',
                'corrected_by', 'posted_by', 'posted_at', 'arrived_at',
                'finished_at', 'failed_reason', 'cause', 'remedy']:
            default.setdefault(name)
        return super().copy(visits, default=default)

    def _local(self, timestamp):
        "Return the timestamp in the time of the company"
        timezone = tz.get_tzinfo(self.company.timezone or 'UTC')
        return timestamp.replace(tzinfo=tz.UTC).astimezone(timezone)

    @property
    def team(self):
        return list(self.employees) or ([self.leader] if self.leader else [])

    @classmethod
    @ModelView.button
    @Workflow.transition('in_progress')
    def arrive(cls, visits):
        now = dt.datetime.now(dt.timezone.utc).replace(
            tzinfo=None, microsecond=0)
        for visit in visits:
            if not visit.arrived_at:
                visit.arrived_at = now
            visit.date = visit._local(visit.arrived_at).date()
            if not visit.vehicle and visit.leader:
                visit.vehicle = visit.leader.vehicle
        cls.save(visits)

    @classmethod
    @ModelView.button
    @Workflow.transition('done')
    def finish(cls, visits):
        pool = Pool()
        Task = pool.get('maintenance.order.task')
        Line = pool.get('maintenance.visit.line')
        now = dt.datetime.now(dt.timezone.utc).replace(
            tzinfo=None, microsecond=0)
        lines = []
        for visit in visits:
            if not visit.tasks:
                raise VisitTaskError(gettext(
                        'maintenance_order.msg_visit_task',
                        visit=visit.rec_name))
            visit.failed_reason = None
            if not visit.finished_at:
                visit.finished_at = max(now, visit.arrived_at or now)
            if not visit.date:
                visit.date = visit._local(visit.finished_at).date()
            if not visit.lines:
                lines.extend(visit._propose_lines())
        cls.save(visits)
        Line.save(lines)
        Task.do([
                t for v in visits if not v.another_visit_needed
                for t in v.tasks if t.state == 'open'])
        cls.decide(cls.browse(visits))

    @classmethod
    @ModelView.button
    @Workflow.transition('in_progress')
    def continue_(cls, visits):
        pass

    @classmethod
    @ModelView.button
    def preview(cls, visits):
        cls.decide(visits)

    @classmethod
    @ModelView.button
    def sign(cls, visits):
        for visit in visits:
            visit._check_signature(required=True)
        cls.decide(visits)
        cls._sign(visits)
        cls.post([v for v in cls.browse(visits) if v._posts_itself()])

    @classmethod
    @ModelView.button
    @Workflow.transition('posted')
    @set_employee('posted_by')
    def post(cls, visits):
        visits = cls.browse(visits)
        for visit in visits:
            visit._check_signature(required=visit.signature_required)
        cls._post(visits)
        cls.write(visits, {
                'posted_at': dt.datetime.now(dt.timezone.utc).replace(
                    tzinfo=None),
                })

    @classmethod
    @ModelView.button_action('maintenance_order.wizard_visit_no_charge')
    def no_charge(cls, visits):
        pass

    @classmethod
    @ModelView.button
    def charge(cls, visits):
        cls.write(visits, {'no_charge_reason': None, 'no_charge_by': None})
        cls.decide(visits)

    @classmethod
    @ModelView.button
    @Workflow.transition('failed')
    def fail(cls, visits):
        for visit in visits:
            if not visit.failed_reason:
                raise VisitFailedReasonError(gettext(
                        'maintenance_order.msg_visit_failed_reason',
                        visit=visit.rec_name))
        cls._settle_failed(visits)

    @classmethod
    @ModelView.button
    @Workflow.transition('planned')
    def plan_again(cls, visits):
        pass

    @classmethod
    @ModelView.button
    @Workflow.transition('cancelled')
    def cancel(cls, visits):
        pass


class Visit_Task(ModelSQL):
    __name__ = 'maintenance.visit-maintenance.order.task'

    visit = fields.Many2One(
        'maintenance.visit', "Visit", required=True, ondelete='CASCADE',
        help="The visit which serves the task.")
    task = fields.Many2One(
        'maintenance.order.task', "Task", required=True, ondelete='CASCADE',
        help="The task which the visit serves.")


class Visit_Employee(ModelSQL):
    __name__ = 'maintenance.visit-company.employee'

    visit = fields.Many2One(
        'maintenance.visit', "Visit", required=True, ondelete='CASCADE',
        help="The visit of the team.")
    employee = fields.Many2One(
        'company.employee', "Employee", required=True, ondelete='RESTRICT',
        help="Who goes.")

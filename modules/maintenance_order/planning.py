# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt

from trytond.model import ModelView, fields
from trytond.pool import Pool
from trytond.pyson import Bool, Eval, If
from trytond.wizard import (
    Button, StateAction, StateTransition, StateView, Wizard)

HOUR = dt.timedelta(hours=1)


class PlanVisit(Wizard):
    __name__ = 'maintenance.order.plan_visit'

    start = StateView(
        'maintenance.order.plan_visit.start',
        'maintenance_order.plan_visit_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Propose", 'propose', 'tryton-search', validate=False),
            Button("Plan", 'plan', 'tryton-ok', default=True),
            ])
    propose = StateTransition()
    plan = StateAction('maintenance_order.act_visit_form')

    def default_start(self, fields):
        "Start with the best slot, so that it only needs a yes"
        return self._best_slot(
            self.record.company, self.record.site,
            [t for t in self.record.tasks if t.state == 'open'])

    @classmethod
    def _best_slot(cls, company, site, tasks, leader=None):
        pool = Pool()
        Start = pool.get('maintenance.order.plan_visit.start')
        start = Start(
            company=company, site=site, tasks=tasks, leader=None,
            employees=[], planned_start=None, planned_end=None)
        start.propose(preferred=leader.id if leader else None)
        return {
            'company': company.id,
            'site': site.id,
            **cls._slot(start),
            }

    def value_start(self, fields):
        if not (getattr(self.start, 'slots', None)
                or getattr(self.start, 'proposal', None)):
            return {}
        return self._slot(self.start)

    @classmethod
    def _slot(cls, start):
        return {
            'leader': start.leader.id if start.leader else None,
            'employees': [e.id for e in start.employees or []],
            'tasks': [t.id for t in start.tasks or []],
            'planned_start': start.planned_start,
            'planned_end': start.planned_end,
            'slot': start.slot,
            'slots': start.slots,
            'proposal': start.proposal,
            }

    def transition_propose(self):
        self.start.propose()
        return 'start'

    def _order(self):
        "Return the order the visit is made for"
        return self.record

    def do_plan(self, action):
        visit = self.start.get_visit(self._order())
        visit.save()
        action['views'].sort(key=lambda view: view[1] != 'form')
        return action, {'res_id': [visit.id]}

    def transition_plan(self):
        return 'end'


class PlanVisitStart(ModelView):
    __name__ = 'maintenance.order.plan_visit.start'

    company = fields.Many2One(
        'company.company', "Company", readonly=True,
        help="The company which makes the visit.")
    site = fields.Many2One(
        'maintenance.site', "Site", readonly=True,
        help="Where the team goes.")
    leader = fields.Many2One(
        'company.employee', "Technician", required=True,
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        help="Who leads the team. The material comes from his van.")
    employees = fields.Many2Many(
        'company.employee', None, None, "Team",
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        help="Who else goes.")
    planned_start = fields.DateTime(
        "Planned Start", required=True,
        help="When the team is expected.")
    planned_end = fields.DateTime(
        "Planned End",
        domain=[
            If(Bool(Eval('planned_start')) & Bool(Eval('planned_end')),
                ('planned_end', '>=', Eval('planned_start', dt.datetime.min)),
                ()),
            ],
        help="When the team is expected to leave.")
    length = fields.TimeDelta(
        "Length",
        states={
            'invisible': True,
            },
        help="How long the visit takes. It stays when the start changes.")
    tasks = fields.Many2Many(
        'maintenance.order.task', None, None, "Tasks",
        domain=[
            ('site', '=', Eval('site', -1)),
            ('state', '=', 'open'),
            ],
        help="What the visit is for. "
        "Add the tasks of other orders of the site to save a trip.")

    @fields.depends('planned_start', 'planned_end', 'length')
    def on_change_planned_start(self):
        if self.planned_start and self.planned_end:
            length = self.length or HOUR
            self.planned_end = self.planned_start + length

    @fields.depends('planned_start', 'planned_end')
    def on_change_planned_end(self):
        if (self.planned_start and self.planned_end
                and self.planned_end > self.planned_start):
            self.length = self.planned_end - self.planned_start
        else:
            self.length = None

    def get_visit(self, order):
        pool = Pool()
        Task = pool.get('maintenance.order.task')
        Visit = pool.get('maintenance.visit')
        tasks = list(self.tasks)
        if not tasks and not order.tasks:
            task = Task(order=order, company=order.company, kind=order.kind)
            task.description = order.description
            task.save()
            tasks = [task]
        visit = Visit(
            company=order.company, site=order.site, party=order.party,
            leader=self.leader, employees=list(self.employees))
        visit.on_change_leader()
        visit.tasks = tasks
        visit.planned_start = self.planned_start
        visit.planned_end = self.planned_end
        visit.on_change_planned_start()
        return visit


class VisitNoCharge(Wizard):
    __name__ = 'maintenance.visit.no_charge'

    start = StateView(
        'maintenance.visit.no_charge.start',
        'maintenance_order.visit_no_charge_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Charge Nothing", 'give', 'tryton-ok', default=True),
            ])
    give = StateTransition()

    def transition_give(self):
        self.model.give_away(self.records, self.start.reason)
        return 'end'


class VisitNoChargeStart(ModelView):
    __name__ = 'maintenance.visit.no_charge.start'

    reason = fields.Char(
        "Reason", required=True,
        help="Why nothing is charged. It is kept with your name.")


class ChangePayer(Wizard):
    __name__ = 'maintenance.visit.line.change_payer'

    start = StateView(
        'maintenance.visit.line.change_payer.start',
        'maintenance_order.line_change_payer_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Change", 'change', 'tryton-ok', default=True),
            ])
    change = StateTransition()

    def default_start(self, fields):
        line = self.record
        task = line.the_task
        payer = task.payer if task else line.visit.party
        return {
            'company': line.company.id,
            'payer_kind': 'customer',
            'payer': payer.id,
            'unit_price': line.get_list_price(),
            }

    def transition_change(self):
        pool = Pool()
        Share = pool.get('maintenance.visit.share')
        Share.override(
            self.records, self.start.payer_kind, self.start.reason,
            payer=self.start.payer if self.start.charged else None,
            unit_price=(
                self.start.unit_price if self.start.charged else None))
        return 'end'


class ChangePayerStart(ModelView):
    __name__ = 'maintenance.visit.line.change_payer.start'

    company = fields.Many2One(
        'company.company', "Company", readonly=True,
        help="The company which made the visit.")
    payer_kind = fields.Selection(
        'get_payer_kinds', "Who Pays", required=True, sort=False,
        help="Who takes the cost.")
    charged = fields.Function(
        fields.Boolean(
            "Charged",
            help="Somebody gets an invoice."),
        'on_change_with_charged')
    payer = fields.Many2One(
        'party.party', "Payer",
        states={
            'invisible': ~Eval('charged'),
            'required': Eval('payer_kind') == 'customer',
            },
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="The party to invoice.")
    unit_price = fields.Numeric(
        "Unit Price", digits=(16, 4),
        states={
            'invisible': ~Eval('charged'),
            'required': Eval('payer_kind') == 'customer',
            },
        help="What the payer is charged for one unit.")
    reason = fields.Char(
        "Reason", required=True,
        help="Why it is decided by hand. It is kept with your name.")

    @classmethod
    def get_payer_kinds(cls):
        pool = Pool()
        Share = pool.get('maintenance.visit.share')
        kinds = Share.fields_get(['payer_kind'])['payer_kind']['selection']
        return [k for k in kinds if k[0] not in {'contract', 'bank'}]

    @fields.depends('payer_kind')
    def on_change_with_charged(self, name=None):
        return self.payer_kind in {'customer', 'warranty'}

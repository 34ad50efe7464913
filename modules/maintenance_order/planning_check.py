# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What speaks against the plan of a visit, and a better one."""
import datetime as dt
from collections import defaultdict

from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.tools import timezone as tz
from trytond.transaction import Transaction, without_check_access
from trytond.wizard import Button, StateTransition, StateView, Wizard

from .roster import CREDENTIALS
from .slots import Busy, Technician, propose

DEFAULT_LENGTH = dt.timedelta(hours=1)


class Visit(metaclass=PoolMeta):
    __name__ = 'maintenance.visit'

    performer = fields.Many2One(
        'party.party', "Subcontractor", ondelete='RESTRICT',
        states={
            'readonly': Eval('state').in_(['posted', 'failed', 'cancelled']),
            },
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="Who makes the visit in our name. "
        "The time of a subcontractor is not counted.")
    performer_cost = fields.Numeric(
        "Agreed Cost", digits=(16, 2),
        states={
            'invisible': ~Eval('performer'),
            'readonly': Eval('state').in_(['posted', 'failed', 'cancelled']),
            },
        help="What the subcontractor gets for the visit, without taxes.")
    warnings = fields.Function(
        fields.Text(
            "Warnings",
            states={
                'invisible': ~Eval('warnings'),
                },
            help="What speaks against the plan."),
        'get_warnings')

    @classmethod
    def get_warnings(cls, visits, name):
        return {
            v.id: '\n'.join(v.planning_warnings())
            if v.state == 'planned' and v.planned_start else None
            for v in visits}

    @without_check_access
    def planning_warnings(self):
        "Return in words what speaks against the plan"
        return [
            *self._overlaps(), *self._absences(), *self._credentials(),
            *self._promise()]

    def _overlaps(self):
        cls = self.__class__
        ids = [e.id for e in self.team]
        if not ids:
            return
        start = self.planned_start
        end = self.planned_end or start + DEFAULT_LENGTH
        others = cls.search([
                ('company', '=', self.company.id),
                ('id', '!=', self.id if self.id and self.id >= 0 else -1),
                ('state', 'in', ['planned', 'in_progress']),
                ('planned_start', '<', end),
                ['OR',
                    ('planned_end', '>', start),
                    [
                        ('planned_end', '=', None),
                        ('planned_start', '>', start - DEFAULT_LENGTH),
                        ],
                    ],
                ['OR',
                    ('leader', 'in', ids),
                    ('employees', 'in', ids),
                    ],
                ], limit=5)
        for other in others:
            who = [e for e in other.team if e in self.team]
            yield gettext(
                'maintenance_order.msg_planning_overlap',
                employee=', '.join(e.party.name for e in who),
                visit=other.rec_name)

    def _absences(self):
        pool = Pool()
        Absence = pool.get('maintenance.absence')
        day = self._local(self.planned_start).date()
        for absence in Absence.search([
                    ('employee', 'in', [e.id for e in self.team]),
                    ('from_date', '<=', day),
                    ('to_date', '>=', day),
                    ]):
            yield gettext(
                'maintenance_order.msg_planning_absence',
                employee=absence.employee.party.name,
                kind=absence.kind_string)

    def _credentials(self):
        required = self.credentials_required
        if not required:
            return
        day = self._local(self.planned_start).date()
        held = _credentials(self.team, self.site, day)
        labels = dict(Pool().get('maintenance.credential').fields_get(
                ['kind'])['kind']['selection'])
        for employee in self.team:
            for kind, _ in CREDENTIALS:
                if kind in required - held[employee.id]:
                    yield gettext(
                        'maintenance_order.msg_planning_credential',
                        employee=employee.party.name,
                        kind=labels[kind])

    def _promise(self):
        start = self.planned_start
        if ((self.promised_from and start < self.promised_from)
                or (self.promised_to and start > self.promised_to)):
            yield gettext('maintenance_order.msg_planning_promise')

    @classmethod
    @without_check_access
    def propose_slots(
            cls, company, site, employees, after, duration, tasks=()):
        """Return who could go and when, the best first

        after and the times of the slots are in UTC.
        """
        pool = Pool()
        Absence = pool.get('maintenance.absence')
        zone = tz.get_tzinfo(company.timezone or 'UTC')

        def local(value):
            return value.replace(tzinfo=tz.UTC).astimezone(zone).replace(
                tzinfo=None)

        def utc(value):
            return value.replace(tzinfo=zone).astimezone(tz.UTC).replace(
                tzinfo=None)

        ids = [e.id for e in employees]
        visits = cls.search([
                ('company', '=', company.id),
                ('state', 'in', ['planned', 'in_progress']),
                ('planned_start', '>=', after - dt.timedelta(days=1)),
                ('planned_start', '<=', after + dt.timedelta(days=15)),
                ['OR', ('leader', 'in', ids), ('employees', 'in', ids)],
                ])
        busy, absent, known = (
            defaultdict(list), defaultdict(list), set())
        for visit in visits:
            end = visit.planned_end or visit.planned_start + DEFAULT_LENGTH
            for employee in visit.team:
                busy[employee.id].append(Busy(
                        local(visit.planned_start), local(end),
                        _zone(visit.site)))
        for absence in Absence.search([('employee', 'in', ids)]):
            absent[absence.employee.id].append(
                (absence.from_date, absence.to_date))
        for visit in cls.search([
                    ('site', '=', site.id),
                    ('state', '=', 'posted'),
                    ], limit=20, order=[('date', 'DESC'), ('id', 'DESC')]):
            known.update(e.id for e in visit.team)
        held = _credentials(employees, site, local(after).date())
        slots = propose([
                Technician(
                    e.id, tuple(busy[e.id]), tuple(absent[e.id]),
                    frozenset(held[e.id]), e.id in known)
                for e in employees],
            local(after), duration, cls.credentials_for(site, tasks),
            _zone(site), closed=cls._closed(company, site, local(after)))
        return [
            (slot, utc(slot.start), utc(slot.end)) for slot in slots]


class VisitLine(metaclass=PoolMeta):
    __name__ = 'maintenance.visit.line'

    def _timesheet_values(self):
        if self.visit.performer:
            return []
        return super()._timesheet_values()


class PlanVisitStart(metaclass=PoolMeta):
    __name__ = 'maintenance.order.plan_visit.start'

    proposal = fields.Text(
        "Who Could Go", readonly=True,
        states={
            'invisible': ~Eval('proposal'),
            },
        help="Who is free and when, the best first, and why.")
    warnings = fields.Function(
        fields.Text(
            "Warnings",
            states={
                'invisible': ~Eval('warnings'),
                },
            help="What speaks against the plan."),
        'on_change_with_warnings')

    @fields.depends(
        'company', 'site', 'leader', 'employees', 'planned_start',
        'planned_end', 'tasks')
    def on_change_with_warnings(self, name=None):
        pool = Pool()
        Visit = pool.get('maintenance.visit')
        if not (self.company and self.site and self.leader
                and self.planned_start):
            return None
        visit = Visit(
            company=self.company, site=self.site, leader=self.leader,
            employees=list({self.leader, *(self.employees or [])}),
            planned_start=self.planned_start, planned_end=self.planned_end,
            promised_from=None, promised_to=None,
            tasks=list(self.tasks or []))
        return '\n'.join(visit.planning_warnings())

    def propose(self):
        "Take the best slot, and tell who else could go"
        pool = Pool()
        Employee = pool.get('company.employee')
        Visit = pool.get('maintenance.visit')
        now = dt.datetime.now(dt.timezone.utc).replace(
            tzinfo=None, second=0, microsecond=0)
        after = max(getattr(self, 'planned_start', None) or now, now)
        end = getattr(self, 'planned_end', None)
        start = getattr(self, 'planned_start', None)
        duration = end - start if start and end else DEFAULT_LENGTH
        employees = _who_can_go(
            self.company, Visit(company=self.company)._local(after))
        slots = Visit.propose_slots(
            self.company, self.site, employees, after, duration,
            tasks=self.tasks or [])
        if not slots:
            self.proposal = gettext('maintenance_order.msg_planning_nobody')
            return
        slot, start, end = slots[0]
        self.leader = Employee(slot.technician)
        self.planned_start, self.planned_end = start, end
        self.proposal = '\n'.join(_slot_text(s) for s, _, _ in slots[:5])


class NotAvailable(Wizard):
    __name__ = 'maintenance.not_available'

    start = StateView(
        'maintenance.not_available.start',
        'maintenance_order.not_available_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Continue", 'visits', 'tryton-forward', default=True),
            ])
    visits = StateView(
        'maintenance.not_available.visits',
        'maintenance_order.not_available_visits_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Back", 'start', 'tryton-back'),
            Button("Change", 'change', 'tryton-ok', default=True),
            ])
    change = StateTransition()

    def default_visits(self, fields):
        pool = Pool()
        Line = pool.get('maintenance.not_available.line')
        Visit = pool.get('maintenance.visit')
        lines = []
        for visit in Visit.search([
                    ('company', '=', self.start.employee.company.id),
                    ('state', '=', 'planned'),
                    ['OR',
                        ('leader', '=', self.start.employee.id),
                        ('employees', '=', self.start.employee.id),
                        ],
                    ('planned_start', '!=', None),
                    ], order=[('planned_start', 'ASC'), ('id', 'ASC')]):
            day = visit._local(visit.planned_start).date()
            if self.start.from_date <= day <= self.start.to_date:
                line = Line(
                    visit=visit, employee=self.start.employee,
                    leader=self._stand_in(visit))
                lines.append({
                        'company': visit.company.id,
                        'visit': visit.id,
                        'employee': line.employee.id,
                        'planned_start': visit.planned_start,
                        'promised': bool(visit.promised_from),
                        'leader': line.leader.id if line.leader else None,
                        'outcome': line.on_change_with_outcome(),
                        })
        return {'lines': lines}

    def _stand_in(self, visit):
        "Return who could make the visit at the same time"
        pool = Pool()
        Visit = pool.get('maintenance.visit')
        employees = [
            e for e in _who_can_go(
                visit.company, visit._local(visit.planned_start))
            if e != self.start.employee]
        end = visit.planned_end or visit.planned_start + DEFAULT_LENGTH
        for slot, start, _ in Visit.propose_slots(
                visit.company, visit.site, employees, visit.planned_start,
                end - visit.planned_start, tasks=visit.tasks):
            if start == visit.planned_start:
                return slot.technician
        return None

    def transition_change(self):
        pool = Pool()
        Absence = pool.get('maintenance.absence')
        Visit = pool.get('maintenance.visit')
        start = self.start
        Absence.create([{
                    'employee': start.employee.id,
                    'company': start.employee.company.id,
                    'kind': start.kind,
                    'from_date': start.from_date,
                    'to_date': start.to_date,
                    'note': start.note,
                    }])
        moved, dropped = [], []
        for line in self.visits.lines:
            visit = line.visit
            team = _others(visit, start.employee)
            if line.leader:
                if visit.leader == start.employee:
                    visit.leader = line.leader
                    visit.vehicle = line.leader.vehicle
                if line.leader not in team:
                    team.append(line.leader)
                visit.employees = team
                moved.append(visit)
            elif team:
                # The others of the team go alone.
                if visit.leader == start.employee:
                    visit.leader = team[0]
                    visit.vehicle = team[0].vehicle
                visit.employees = team
                moved.append(visit)
            else:
                dropped.append(visit)
        Visit.save(moved)
        Visit.cancel(dropped)
        if start.tell:
            Visit.confirm([
                    v for v in moved if v._addresses('tickets')])
            Visit.tell_cancelled(dropped)
        return 'end'


class NotAvailableStart(ModelView):
    __name__ = 'maintenance.not_available.start'

    employee = fields.Many2One(
        'company.employee', "Employee", required=True,
        domain=[
            ('company', '=', Eval('context', {}).get('company', -1)),
            ],
        help="Who can not come.")
    kind = fields.Selection([
            ('illness', "Illness"),
            ('holiday', "Holiday"),
            ('training', "Training"),
            ('other', "Other"),
            ], "Kind", required=True, sort=False,
        help="Why the employee is away.")
    from_date = fields.Date(
        "From", required=True,
        help="The first day away.")
    to_date = fields.Date(
        "To", required=True,
        domain=[
            ('to_date', '>=', Eval('from_date', dt.date.min)),
            ],
        help="The last day away.")
    note = fields.Char(
        "Note",
        help="What else is to be known.")
    tell = fields.Boolean(
        "Tell the Customers",
        help="Check to confirm the visits by mail with their new technician, "
        "and to tell which ones are cancelled.")

    @classmethod
    def default_kind(cls):
        return 'illness'

    @classmethod
    def default_from_date(cls):
        return Pool().get('ir.date').today()

    @classmethod
    def default_to_date(cls):
        return Pool().get('ir.date').today()


class NotAvailableVisits(ModelView):
    __name__ = 'maintenance.not_available.visits'

    lines = fields.One2Many(
        'maintenance.not_available.line', None, "Visits",
        help="The visits which have to change.")


class NotAvailableLine(ModelView):
    __name__ = 'maintenance.not_available.line'

    company = fields.Many2One(
        'company.company', "Company", readonly=True,
        help="The company which makes the visit.")
    visit = fields.Many2One(
        'maintenance.visit', "Visit", readonly=True,
        help="The visit which has to change.")
    planned_start = fields.DateTime(
        "Planned Start", readonly=True,
        help="When the team is expected.")
    promised = fields.Boolean(
        "Promised", readonly=True,
        help="The customer was told a time.")
    leader = fields.Many2One(
        'company.employee', "Technician",
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        help="Who goes instead, proposed if somebody is free at that time.\n"
        "Leave empty to cancel the visit, so that its tasks are planned "
        "again, unless others of the team can go.")
    employee = fields.Many2One(
        'company.employee', "Employee", readonly=True,
        help="Who can not come.")
    outcome = fields.Char(
        "Outcome", readonly=True,
        help="What becomes of the visit.")

    @fields.depends('visit', 'employee', 'leader')
    def on_change_with_outcome(self):
        if not self.visit:
            return None
        if self.leader:
            code, people = 'instead', [self.leader]
        else:
            people = _others(self.visit, self.employee)
            code = 'alone' if people else 'nobody'
        return gettext(
            f'maintenance_order.msg_not_available_{code}',
            people=', '.join(e.party.name for e in people))


def _others(visit, employee):
    "Return the team of the visit without the employee"
    return [e for e in visit.employees if e != employee]


def _who_can_go(company, when):
    "Return who has a van and works for the company then, if not today"
    pool = Pool()
    Employee = pool.get('company.employee')
    day = when.date()
    with Transaction().set_context(active_test=False):
        employees = Employee.search([
                ('company', '=', company.id),
                ('vehicle', '!=', None),
                ['OR', ('start_date', '=', None), ('start_date', '<=', day)],
                ['OR', ('end_date', '=', None), ('end_date', '>=', day)],
                ])
    return Employee.browse(employees)


def _zone(site):
    "Return what tells that two sites are near each other"
    place = site
    while place:
        if place.zone:
            return str(place.zone)
        place = place.parent
    address = site.get_full_address()
    return address.postal_code if address else None


def _credentials(employees, site, date):
    "Return by employee what they may do at the site on the day"
    pool = Pool()
    Credential = pool.get('maintenance.credential')
    held = defaultdict(set)
    for credential in Credential.search([
                ('employee', 'in', [e.id for e in employees]),
                ]):
        if credential.holds(site, date):
            held[credential.employee.id].add(credential.kind)
    return held


def _slot_text(slot):
    pool = Pool()
    Employee = pool.get('company.employee')
    Lang = pool.get('ir.lang')
    lang = Lang.get()
    reasons = [
        gettext(f'maintenance_order.msg_planning_{r}') for r in slot.reasons]
    reasons.append(gettext(
            'maintenance_order.msg_planning_load',
            hours=lang.format_number(round(slot.load / 60, 1), digits=1)))
    return gettext(
        'maintenance_order.msg_planning_slot',
        employee=Employee(slot.technician).party.name,
        date=lang.strftime(slot.start.date()),
        time=slot.start.strftime('%H:%M'),
        reasons=', '.join(reasons))

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What speaks against the plan of a visit, and a better one."""
import datetime as dt
import json
from collections import defaultdict

from trytond.i18n import gettext
from trytond.model import fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Bool, Eval
from trytond.tools import timezone as tz
from trytond.transaction import Transaction, without_check_access

from .roster import CREDENTIALS
from .slots import Busy, Technician, propose

ONE_DAY = dt.timedelta(days=1)
DEFAULT_LENGTH = dt.timedelta(hours=1)
# How many slots there are to choose from.
CHOICES = 8


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
        lang = Pool().get('ir.lang').get()
        day = self._local(self.planned_start).date()
        for absence in Absence.search([
                    ('employee', 'in', [e.id for e in self.team]),
                    ('from_date', '<=', day),
                    ('to_date', '>=', day),
                    ]):
            yield gettext(
                'maintenance_order.msg_planning_absence',
                employee=absence.employee.party.name,
                kind=absence.kind_string,
                until=lang.strftime(absence.to_date))

    def _credentials(self):
        required = self.credentials_required
        if not required:
            return
        lang = Pool().get('ir.lang').get()
        day = self._local(self.planned_start).date()
        held, ended = _credentials(self.team, self.site, day)
        labels = dict(Pool().get('maintenance.credential').fields_get(
                ['kind'])['kind']['selection'])
        for employee in self.team:
            for kind, _ in CREDENTIALS:
                if kind not in required - held[employee.id]:
                    continue
                until = ended.get((employee.id, kind))
                yield gettext(
                    'maintenance_order.msg_planning_credential'
                    + ('_ended' if until else ''),
                    employee=employee.party.name,
                    site=self.site.name,
                    kind=labels[kind],
                    until=lang.strftime(until) if until else '')

    def _promise(self):
        start = self.planned_start
        if ((self.promised_from and start < self.promised_from)
                or (self.promised_to and start > self.promised_to)):
            lang = Pool().get('ir.lang').get()
            window = [
                f'{lang.strftime(time.date())} {time:%H:%M}'
                for time in map(self._local, filter(
                    None, [self.promised_from, self.promised_to]))]
            yield gettext(
                'maintenance_order.msg_planning_promise',
                window=' – '.join(window))

    def move(self, start, end=None):
        "Plan it for another time, and what was promised with it"
        if not end and self.planned_end:
            end = start + (self.planned_end - self.planned_start)
        if self.planned_start:
            delta = start - self.planned_start
            for name in ['promised_from', 'promised_to']:
                if value := getattr(self, name):
                    setattr(self, name, value + delta)
        self.planned_start, self.planned_end = start, end

    @classmethod
    @without_check_access
    def propose_slots(
            cls, company, site, employees, after, duration, tasks=(),
            choices=1, without=()):
        """Return who could go and when, the best first

        after and the times of the slots are in UTC.  The visits without which
        the plan is made keep nobody busy.
        """
        local, utc = clock(company)
        slots = propose(
            cls.technicians_for(
                company, site, employees, after, without=without),
            local(after), duration, cls.credentials_for(site, tasks),
            zone_of(site), closed=cls._closed(company, site, local(after)),
            choices=choices)
        return [
            (slot, utc(slot.start), utc(slot.end)) for slot in slots]

    @classmethod
    @without_check_access
    def technicians_for(cls, company, site, employees, after, without=()):
        "Return what is known of the employees who could go to the site"
        pool = Pool()
        Absence = pool.get('maintenance.absence')
        local, _ = clock(company)
        ids = [e.id for e in employees]
        visits = cls.search([
                ('company', '=', company.id),
                ('id', 'not in', [v.id for v in without]),
                ('state', 'in', ['planned', 'in_progress']),
                ('planned_start', '>=', after - ONE_DAY),
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
                        zone_of(visit.site)))
        for absence in Absence.search([('employee', 'in', ids)]):
            absent[absence.employee.id].append(
                (absence.from_date, absence.to_date))
        for employee in employees:
            if employee.start_date:
                absent[employee.id].append(
                    (dt.date.min, employee.start_date - ONE_DAY))
            if employee.end_date:
                absent[employee.id].append(
                    (employee.end_date + ONE_DAY, dt.date.max))
        for visit in cls.search([
                    ('site', '=', site.id),
                    ('state', '=', 'posted'),
                    ], limit=20, order=[('date', 'DESC'), ('id', 'DESC')]):
            known.update(e.id for e in visit.team)
        held, _ = _credentials(employees, site, local(after).date())
        return tuple(
            Technician(
                e.id, tuple(busy[e.id]), tuple(absent[e.id]),
                frozenset(held[e.id]), e.id in known)
            for e in employees)


class VisitLine(metaclass=PoolMeta):
    __name__ = 'maintenance.visit.line'

    def _timesheet_values(self):
        if self.visit.performer:
            return []
        return super()._timesheet_values()


class PlanVisitStart(metaclass=PoolMeta):
    __name__ = 'maintenance.order.plan_visit.start'

    visit = fields.Many2One(
        'maintenance.visit', "Visit", readonly=True,
        states={
            'invisible': ~Eval('visit'),
            },
        help="The visit which is moved.")
    slot = fields.Selection(
        'get_slots', "Who Could Go", sort=False,
        states={
            'invisible': ~Eval('slots'),
            },
        help="Who is free and when, the best first, and why.\n"
        "Choose one to take its technician and its time.")
    slots = fields.Text(
        "Slots", readonly=True,
        states={
            'invisible': True,
            },
        help="What was proposed, to choose from.")
    proposal = fields.Text(
        "Proposal", readonly=True,
        states={
            'invisible': ~Eval('proposal'),
            },
        help="Why nobody is proposed.")
    tell = fields.Boolean(
        "Tell the Customer",
        states={
            'invisible': ~Eval('visit'),
            },
        help="Check to send the new time by mail.")
    warnings = fields.Function(
        fields.Text(
            "Warnings",
            states={
                'invisible': ~Eval('warnings'),
                },
            help="What speaks against the plan."),
        'on_change_with_warnings')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.tasks.states['invisible'] = Bool(Eval('visit'))

    @fields.depends(
        'company', 'site', 'leader', 'employees', 'planned_start',
        'planned_end', 'tasks', 'visit')
    def on_change_with_warnings(self, name=None):
        pool = Pool()
        Visit = pool.get('maintenance.visit')
        if not (self.company and self.site and self.leader
                and self.planned_start):
            return None
        visit = Visit(
            self.visit.id if self.visit else None,
            company=self.company, site=self.site, leader=self.leader,
            employees=list({self.leader, *(self.employees or [])}),
            planned_start=self.planned_start, planned_end=self.planned_end,
            promised_from=None, promised_to=None,
            tasks=list(self.tasks or []))
        return '\n'.join(visit.planning_warnings())

    @fields.depends('slots')
    def get_slots(self):
        return [(None, ""), *json.loads(self.slots or '[]')]

    @fields.depends('slot', methods=['on_change_planned_end'])
    def on_change_slot(self):
        if self.slot:
            employee, start, end = self.slot.split()
            self.leader = int(employee)
            self.planned_start = dt.datetime.fromisoformat(start)
            self.planned_end = dt.datetime.fromisoformat(end)
            self.on_change_planned_end()

    @fields.depends(
        'leader', 'planned_start', 'planned_end', methods=['get_slots'])
    def _match_slot(self):
        "Choose the slot which is written, if it is one"
        slot = None
        if self.leader and self.planned_start and self.planned_end:
            slot = _slot_key(
                self.leader.id, self.planned_start, self.planned_end)
        self.slot = slot if slot in dict(self.get_slots()) else None

    @fields.depends(methods=['_match_slot'])
    def on_change_leader(self):
        self._match_slot()

    @fields.depends(methods=['_match_slot'])
    def on_change_planned_start(self):
        super().on_change_planned_start()
        self._match_slot()

    @fields.depends(methods=['_match_slot'])
    def on_change_planned_end(self):
        super().on_change_planned_end()
        self._match_slot()

    def propose(self, preferred=None):
        "Take the best slot, and tell who else could go and when"
        pool = Pool()
        Employee = pool.get('company.employee')
        Visit = pool.get('maintenance.visit')
        now = dt.datetime.now(dt.timezone.utc).replace(
            tzinfo=None, second=0, microsecond=0)
        after = max(getattr(self, 'planned_start', None) or now, now)
        end = getattr(self, 'planned_end', None)
        start = getattr(self, 'planned_start', None)
        duration = end - start if start and end else DEFAULT_LENGTH
        visit = getattr(self, 'visit', None)
        employees = who_can_go(
            self.company, Visit(company=self.company)._local(after))
        slots = Visit.propose_slots(
            self.company, self.site, employees, after, duration,
            tasks=self.tasks or [], choices=2,
            without=[visit] if visit else [])
        if not slots:
            self.slot = self.slots = None
            self.proposal = gettext('maintenance_order.msg_planning_nobody')
            return
        best = next(
            (s for s in slots if s[0].technician == preferred), slots[0])
        slots = [best, *(s for s in slots if s != best)][:CHOICES]
        slot, start, end = best
        self.leader = Employee(slot.technician)
        self.planned_start, self.planned_end = start, end
        self.slot = _slot_key(slot.technician, start, end)
        self.slots = json.dumps([
                (_slot_key(s.technician, start, end), _slot_text(s))
                for s, start, end in slots])
        self.proposal = None


def who_can_go(company, when):
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


def zone_of(site):
    "Return what tells that two sites are near each other"
    place = site
    while place:
        if place.zone:
            return str(place.zone)
        place = place.parent
    address = site.get_full_address()
    return address.postal_code if address else None


def _credentials(employees, site, date):
    """Return by employee what they may do at the site on the day

    And by employee and kind, on which day ended what they might do there.
    """
    pool = Pool()
    Credential = pool.get('maintenance.credential')
    held, ended = defaultdict(set), {}
    for credential in Credential.search([
                ('employee', 'in', [e.id for e in employees]),
                ]):
        employee, kind = credential.employee.id, credential.kind
        if credential.holds(site, date):
            held[employee].add(kind)
        elif credential.until and credential.holds(site, credential.until):
            ended[employee, kind] = max(
                credential.until, ended.get((employee, kind), dt.date.min))
    return held, ended


def _slot_key(technician, start, end):
    "Return what tells a slot from others, its times in UTC"
    return f'{technician} {start.isoformat()} {end.isoformat()}'


def _slot_text(slot):
    pool = Pool()
    Employee = pool.get('company.employee')
    Lang = pool.get('ir.lang')
    lang = Lang.get()
    reasons = [
        gettext(f'maintenance_order.msg_planning_{r}') for r in slot.reasons]
    if slot.load:
        reasons.append(gettext(
                'maintenance_order.msg_planning_load',
                hours=lang.format_number(round(slot.load / 60, 1), digits=1)))
    else:
        reasons.append(gettext('maintenance_order.msg_planning_idle'))
    return gettext(
        'maintenance_order.msg_planning_slot',
        employee=Employee(slot.technician).party.name,
        date=lang.strftime(slot.start.date(), f'%a {lang.date}'),
        time=slot.start.strftime('%H:%M'),
        reasons=', '.join(reasons))


def clock(company):
    "Return what gives the local time of the company, and the UTC of it"
    zone = tz.get_tzinfo(company.timezone or 'UTC')

    def local(value):
        return value.replace(tzinfo=tz.UTC).astimezone(zone).replace(
            tzinfo=None)

    def utc(value):
        return value.replace(tzinfo=zone).astimezone(tz.UTC).replace(
            tzinfo=None)

    return local, utc

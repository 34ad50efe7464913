# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What becomes of the visits of who can not come."""
import datetime as dt
from dataclasses import replace

from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.transaction import without_check_access
from trytond.wizard import Button, StateTransition, StateView, Wizard

from .exceptions import AbsenceDateError
from .planning_check import DEFAULT_LENGTH, clock, who_can_go, zone_of
from .slots import Need, stand_in


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
        self._check_dates()
        Line = pool.get('maintenance.not_available.line')
        visits = self._visits()
        found = self._stand_ins(visits)
        lines = []
        for visit in visits:
            leader, start = found.get(visit.id, (None, None))
            line = Line(
                visit=visit, employee=self.start.employee, leader=leader,
                planned_start=visit.planned_start, new_start=start)
            lines.append({
                    'company': visit.company.id,
                    'visit': visit.id,
                    'employee': line.employee.id,
                    'planned_start': visit.planned_start,
                    'promised': bool(visit.promised_from),
                    'leader': leader,
                    'new_start': start,
                    'outcome': line.on_change_with_outcome(),
                    })
        return {'lines': lines}

    def _check_dates(self):
        "Tell whose days are wrong, which the domain of a wizard can not"
        start = self.start
        if start.to_date < start.from_date:
            lang = Pool().get('ir.lang').get()
            raise AbsenceDateError(gettext(
                    'maintenance_order.msg_not_available_dates',
                    employee=start.employee.party.name,
                    start=lang.strftime(start.from_date),
                    end=lang.strftime(start.to_date)))

    def _visits(self):
        pool = Pool()
        Visit = pool.get('maintenance.visit')
        employee = self.start.employee
        visits = Visit.search([
                ('company', '=', employee.company.id),
                ('state', '=', 'planned'),
                ['OR',
                    ('leader', '=', employee.id),
                    ('employees', '=', employee.id),
                    ],
                ('planned_start', '!=', None),
                ], order=[('planned_start', 'ASC'), ('id', 'ASC')])
        return [
            v for v in visits
            if self.start.from_date
            <= v._local(v.planned_start).date()
            <= self.start.to_date]

    @without_check_access
    def _stand_ins(self, visits):
        "Return by visit who makes it, and its new start if it is moved"
        local, utc = clock(self.start.employee.company)
        found = stand_in(self._need(v, local) for v in visits)
        return {
            v.id: (
                found[v.id].technician,
                None if found[v.id].start == local(v.planned_start)
                else utc(found[v.id].start))
            for v in visits if v.id in found}

    def _need(self, visit, local):
        pool = Pool()
        Visit = pool.get('maintenance.visit')
        absent = self.start.employee
        start = local(visit.planned_start)
        end = visit.planned_end or visit.planned_start + DEFAULT_LENGTH
        technicians = Visit.technicians_for(
            visit.company, visit.site, who_can_go(visit.company, start),
            visit.planned_start)
        away = (self.start.from_date, self.start.to_date)
        return Need(
            visit.id, start, local(end),
            tuple(
                replace(t, absent=(*t.absent, away))
                if t.id == absent.id else t for t in technicians),
            frozenset(Visit.credentials_for(visit.site, visit.tasks)),
            zone_of(visit.site),
            Visit._closed(visit.company, visit.site, start),
            local(dt.datetime.now(dt.timezone.utc)).replace(
                second=0, microsecond=0),
            # The others of a team go without who is away.
            movable=not _others(visit, absent))

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
        changed, dropped = [], []
        before = {}
        for line in self.visits.lines:
            visit = line.visit
            team = _others(visit, start.employee)
            if line.leader:
                if line.new_start and line.new_start != visit.planned_start:
                    before[visit.id] = visit.told()
                    visit.move(line.new_start)
                if visit.leader == start.employee:
                    visit.leader = line.leader
                    visit.vehicle = line.leader.vehicle
                if line.leader not in team:
                    team.append(line.leader)
                visit.employees = team
                changed.append(visit)
            elif team:
                # The others of the team go alone.
                if visit.leader == start.employee:
                    visit.leader = team[0]
                    visit.vehicle = team[0].vehicle
                visit.employees = team
                changed.append(visit)
            else:
                dropped.append(visit)
        Visit.save(changed)
        Visit.cancel(dropped)
        if start.tell:
            Visit.tell_plan([
                    v for v in changed if v._addresses('tickets')], before)
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
    new_start = fields.DateTime(
        "New Start",
        states={
            'readonly': ~Eval('leader'),
            },
        help="When the visit is made instead, as nobody is free at its time.\n"
        "Leave empty to keep its time.")
    employee = fields.Many2One(
        'company.employee', "Employee", readonly=True,
        help="Who can not come.")
    outcome = fields.Char(
        "Outcome", readonly=True,
        help="What becomes of the visit.")

    @fields.depends(
        'visit', 'employee', 'leader', 'new_start', 'planned_start')
    def on_change_with_outcome(self):
        if not self.visit:
            return None
        if self.leader:
            moved = (
                self.new_start and self.new_start != self.planned_start)
            code = 'moved' if moved else 'instead'
            people = [self.leader]
        else:
            people = _others(self.visit, self.employee)
            code = 'alone' if people else 'nobody'
        return gettext(
            f'maintenance_order.msg_not_available_{code}',
            people=', '.join(e.party.name for e in people))


def _others(visit, employee):
    "Return the team of the visit without the employee"
    return [e for e in visit.employees if e != employee]

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The way to a visit, and what looks wrong in what was reported."""
import datetime as dt
from collections import defaultdict

from trytond.i18n import gettext
from trytond.model import fields
from trytond.modules.maintenance_equipment import travel
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.transaction import without_check_access

DAY = dt.timedelta(days=1)


class Visit(metaclass=PoolMeta):
    __name__ = 'maintenance.visit'

    way = fields.Function(
        fields.Char(
            "Way",
            states={
                'invisible': ~Eval('way'),
                },
            help="From where the technician comes, and how long it takes.\n"
            "It is known where the sites have a position."),
        'get_way')

    @classmethod
    @without_check_access
    def get_way(cls, visits, name):
        return {
            v.id: v._way() if v.state == 'planned' and v.planned_start
            else None for v in cls.browse(visits)}

    def _way(self):
        "Return in words how the technician gets from the visit before"
        pool = Pool()
        Lang = pool.get('ir.lang')
        before = self._before()
        site = before.site if before else self._base()
        trip = self._trip(site) if site else None
        if not trip:
            return None
        lang = Lang.get()
        return gettext(
            'maintenance_order.msg_visit_way', site=site.rec_name,
            minutes=lang.format_number(
                int(trip.time.total_seconds() // 60), digits=0),
            distance=lang.format_number(trip.distance, digits=1))

    def _before(self):
        "Return the visit which the technician makes before on that day"
        if not self.leader:
            return None
        midnight = self._local(self.planned_start).replace(
            hour=0, minute=0, second=0, microsecond=0)
        begin = midnight.astimezone(dt.timezone.utc).replace(tzinfo=None)
        visits = self.search([
                ('company', '=', self.company.id),
                ('id', '!=', self.id),
                ('state', 'not in', ['failed', 'cancelled']),
                ('planned_start', '>=', begin),
                ('planned_start', '<', self.planned_start),
                ['OR',
                    ('leader', '=', self.leader.id),
                    ('employees', '=', self.leader.id),
                    ],
                ], order=[('planned_start', 'DESC'), ('id', 'DESC')], limit=1)
        return visits[0] if visits else None

    def _base(self):
        pool = Pool()
        Configuration = pool.get('maintenance.configuration')
        return Configuration(1).get_multivalue(
            'base', company=self.company.id)

    def _trip(self, site):
        "Return the trip from the site, if both have a position"
        pool = Pool()
        Configuration = pool.get('maintenance.configuration')
        start, end = site.get_position(), self.site.get_position()
        if not start or not end:
            return None
        configuration = Configuration(1)
        return travel.estimate(
            start, end, *(
                configuration.get_multivalue(name, company=self.company.id)
                for name in ['road_factor', 'road_speed']))

    @classmethod
    def get_warnings(cls, visits, name):
        warnings = super().get_warnings(visits, name)
        for visit in visits:
            if visit.state in {'planned', 'in_progress', 'done'}:
                warnings[visit.id] = '\n'.join(
                    filter(None, [
                            warnings[visit.id], *visit.report_warnings()])
                    ) or None
        return warnings

    @without_check_access
    def report_warnings(self):
        "Return in words what looks wrong, which is accepted all the same"
        return [
            *self._retired_machines(), *self._long_days(),
            *self._odd_lines()]

    def _retired_machines(self):
        machines = dict.fromkeys(
            [t.equipment for t in self.tasks]
            + [l.equipment for l in self.lines])
        for equipment in filter(None, machines):
            if equipment.state == 'retired':
                yield gettext(
                    'maintenance_order.msg_visit_retired',
                    equipment=equipment.rec_name)

    def _odd_lines(self):
        "Tell of lines which are for nothing, or for less"
        for line in self.lines:
            name = line.description or (
                line.product.rec_name if line.product else line.kind_string)
            # A part which was recovered comes back.
            if not line.quantity or (
                    line.quantity < 0 and line.kind != 'material'):
                yield gettext(
                    'maintenance_order.msg_visit_line_quantity', line=name)
            if line.cost is not None and line.cost < 0:
                yield gettext(
                    'maintenance_order.msg_visit_line_cost', line=name)

    def _long_days(self):
        "Tell who is said to have worked more hours than the day has"
        pool = Pool()
        Lang = pool.get('ir.lang')
        Line = pool.get('maintenance.visit.line')
        people = [
            p for l in self.lines if l.duration for p in l.people]
        if self.state == 'planned' or not people or not self.date:
            return
        lang = Lang.get()
        hours = defaultdict(dt.timedelta)
        for line in Line.search([
                    ('company', '=', self.company.id),
                    ('visit.date', '=', self.date),
                    ('visit.state', 'not in', ['planned', 'cancelled']),
                    # A report counts as it was corrected.
                    ('visit.corrected_by', '=', None),
                    ('duration', '!=', None),
                    ]):
            for employee in line.people:
                hours[employee] += line.duration
        for employee in dict.fromkeys(people):
            if hours[employee] > DAY:
                yield gettext(
                    'maintenance_order.msg_visit_long_day',
                    employee=employee.party.name,
                    hours=lang.format_number(
                        hours[employee].total_seconds() / 3600, digits=1),
                    date=lang.strftime(self.date))

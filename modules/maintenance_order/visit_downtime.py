# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""How long the machines which a visit repaired stood still."""
from trytond.i18n import gettext
from trytond.model import fields
from trytond.pool import Pool, PoolMeta
from trytond.transaction import without_check_access

from .exceptions import VisitDateError
from .order_agreement import REPAIRS
from .visit_signing import REPORTED


class Downtime(metaclass=PoolMeta):
    __name__ = 'maintenance.downtime'

    @classmethod
    def _get_origins(cls):
        return [*super()._get_origins(), 'maintenance.visit']


class Visit(metaclass=PoolMeta):
    __name__ = 'maintenance.visit'

    stopped_since = fields.DateTime(
        "Stopped since", states=REPORTED,
        help="Since when the repaired machines stood still.\n"
        "They count as stopped until the visit was finished, "
        "or until the next one if another is needed.")

    @classmethod
    def copy(cls, visits, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('stopped_since')
        return super().copy(visits, default=default)

    def correction(self):
        visit = super().correction()
        if self.stopped_since:
            visit.stopped_since = self.stopped_since
            visit.save()
        return visit

    @classmethod
    def validate_fields(cls, visits, field_names):
        super().validate_fields(visits, field_names)
        cls.check_stopped_since(visits, field_names)

    @classmethod
    def check_stopped_since(cls, visits, field_names=None):
        if field_names and not (
                field_names & {'stopped_since', 'finished_at'}):
            return
        for visit in visits:
            if (visit.stopped_since and visit.finished_at
                    and visit.stopped_since > visit.finished_at):
                raise VisitDateError(gettext(
                        'maintenance_order.msg_visit_dates',
                        visit=visit.rec_name,
                        **cls.__names__(field='finished_at')))

    @property
    def _repaired(self):
        "The machines which the visit repaired"
        tasks = [t for t in self.tasks if t.equipment]
        repairs = [t for t in tasks if t.kind in REPAIRS]
        return list(dict.fromkeys(t.equipment for t in repairs or tasks))

    @classmethod
    def _post(cls, visits):
        super()._post(visits)
        cls._write_downtime(visits)

    @classmethod
    @without_check_access
    def _write_downtime(cls, visits):
        """Write down how long the machines stood still, once

        What a ticket or somebody else wrote of the same time stays, and ends
        with the repair if nobody had said when.  A correction writes anew what
        the report before had written.
        """
        pool = Pool()
        Downtime = pool.get('maintenance.downtime')
        for visit in cls.browse(visits):
            mine, corrected = [], visit.corrects
            while corrected:
                mine.append(str(corrected))
                corrected = corrected.corrects
            if mine:
                Downtime.delete(Downtime.search([('origin', 'in', mine)]))
            machines = visit._repaired
            if not machines:
                continue
            end = None if visit.another_visit_needed else visit.finished_at
            known = Downtime.search([
                    ('equipment', 'in', [m.id for m in machines]),
                    ['OR',
                        ('end', '=', None),
                        ('end', '>', visit.stopped_since or visit.finished_at),
                        ],
                    ('start', '<=', visit.finished_at),
                    ('planned', '=', False),
                    ])
            if end:
                ended = [
                    d for d in known if not d.end and (
                        visit.stopped_since
                        or (d.origin and d.origin.__name__ == cls.__name__))]
                for downtime in ended:
                    downtime.end = end
                Downtime.save(ended)
            if visit.stopped_since:
                told = {d.equipment for d in known}
                Downtime.create([{
                            'equipment': machine.id,
                            'start': visit.stopped_since,
                            'end': end,
                            'reason': visit._stop_reason(machine),
                            'origin': str(visit),
                            } for machine in machines if machine not in told])

    def _stop_reason(self, machine):
        for task in self.tasks:
            if task.equipment == machine:
                text = task.description or task.order.description or ''
                return text.strip().split('\n')[0] or None

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""A visit on which nobody could work: the way there was made all the same."""
from collections import defaultdict

from sql import Null

from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.tools import grouped_slice
from trytond.transaction import Transaction, record_cache_size
from trytond.wizard import StateAction, Wizard

from .decision import PRIORITY_NO_CHARGE, Candidate
from .exceptions import VisitTaskError
from .visit_posting import wait_for

# What the customer answers for: the others are our own.
CUSTOMERS_FAULT = {'absent', 'no_access'}


class Visit(metaclass=PoolMeta):
    __name__ = 'maintenance.visit'

    attempt = fields.Function(
        fields.Integer(
            "Attempt",
            states={
                'invisible': Eval('attempt', 0) <= 1,
                },
            help="Which try it is to do these tasks: "
            "one more than the visits that failed before."),
        'get_attempt')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons.update({
                'try_again': {
                    'invisible': Eval('state') != 'failed',
                    'icon': 'tryton-undo',
                    'depends': ['state'],
                    },
                })

    @classmethod
    def get_attempt(cls, visits, name):
        pool = Pool()
        Visit_Task = pool.get('maintenance.visit-maintenance.order.task')
        mine = Visit_Task.__table__()
        other = Visit_Task.__table__()
        visit = cls.__table__()
        earlier = cls.__table__()
        cursor = Transaction().connection.cursor()
        # As they are decided: by date, then by number.
        before = (
            (visit.date == Null)
            | (earlier.date < visit.date)
            | ((earlier.date == visit.date) & (earlier.id < visit.id)))
        failed = defaultdict(set)
        for sub_visits in grouped_slice(
                visits, record_cache_size(Transaction())):
            cursor.execute(*mine
                .join(other, condition=(mine.task == other.task)
                    & (other.visit != mine.visit))
                .join(visit, condition=mine.visit == visit.id)
                .join(earlier, condition=other.visit == earlier.id)
                .select(
                    mine.visit, other.visit,
                    where=fields.SQL_OPERATORS['in'](
                        mine.visit, [v.id for v in sub_visits])
                    & (earlier.state == 'failed') & before))
            for visit_id, failed_id in cursor:
                failed[visit_id].add(failed_id)
        return {v.id: len(failed[v.id]) + 1 for v in visits}

    def _failure_charged(self):
        "Whether the customer pays for a visit that failed"
        pool = Pool()
        Configuration = pool.get('maintenance.configuration')
        rule = Configuration(1).get_multivalue(
            'failed_charge', company=self.company.id)
        if self.failed_reason not in CUSTOMERS_FAULT:
            return False
        return rule == 'always' or (rule == 'second' and self.attempt > 1)

    @classmethod
    def _decision_candidates(cls, visits):
        candidates = super()._decision_candidates(visits)
        for visit in visits:
            if visit.failed_reason and not visit._failure_charged():
                candidates.setdefault(visit.id, []).append(Candidate(
                        'goodwill', source=str(visit),
                        label=visit.failed_reason_string,
                        priority=PRIORITY_NO_CHARGE))
        return candidates

    @classmethod
    def _settle_failed(cls, visits):
        "Keep the way that was made, what was used, and who pays it"
        pool = Pool()
        Line = pool.get('maintenance.visit.line')
        wait_for(cls, visits)
        cls._set_date(visits)
        lines = []
        for visit in visits:
            if not visit.lines:
                lines.extend(visit._propose_failed_lines())
        Line.save(lines)
        visits = cls.browse(visits)
        cls.decide(visits, state='decided')
        visits = cls.browse(visits)
        cls._post_stock(visits)
        cls._post_time(visits)

    def _propose_failed_lines(self):
        pool = Pool()
        Configuration = pool.get('maintenance.configuration')
        configuration = Configuration(1)
        kinds = []
        if configuration.get_multivalue(
                'call_out_product', company=self.company.id):
            kinds.append('call_out')
        if self.distance and configuration.get_multivalue(
                'distance_product', company=self.company.id):
            kinds.append('distance')
        return [self._propose_line(kind) for kind in kinds]

    @classmethod
    @ModelView.button_action('maintenance_order.wizard_visit_try_again')
    def try_again(cls, visits):
        pass

    def _try_again(self):
        "Return a new visit for the tasks which this one left open"
        cls = self.__class__
        visit = cls(company=self.company, site=self.site, party=self.party)
        visit.tasks = [t for t in self.tasks if t.to_plan]
        if not visit.tasks:
            raise VisitTaskError(gettext(
                    'maintenance_order.msg_visit_try_again',
                    visit=self.rec_name))
        visit.leader = self.leader
        visit.employees = list(self.employees)
        visit.vehicle = self.vehicle
        return visit


class TryAgain(Wizard):
    __name__ = 'maintenance.visit.try_again'

    start = StateAction('maintenance_order.act_visit_form')

    def do_start(self, action):
        pool = Pool()
        Visit = pool.get('maintenance.visit')
        visits = [v._try_again() for v in self.records]
        Visit.save(visits)
        action['views'].reverse()
        return action, {'res_id': [v.id for v in visits]}

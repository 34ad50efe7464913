# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Plan tasks where they are listed, and move a visit to another slot."""
import datetime as dt

from trytond.i18n import gettext
from trytond.model import ModelView
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Bool, Eval
from trytond.wizard import Button, StateTransition

from .exceptions import PlanSiteError, VisitTaskError
from .planning import PlanVisit
from .planning_check import clock


class Task(metaclass=PoolMeta):
    __name__ = 'maintenance.order.task'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons.update({
                'plan_visit': {
                    'invisible': ~Eval('to_plan'),
                    'icon': 'maintenance_order-visit',
                    'depends': ['to_plan'],
                    },
                })

    @classmethod
    @ModelView.button_action('maintenance_order.wizard_task_plan_visit')
    def plan_visit(cls, tasks):
        pass


class Visit(metaclass=PoolMeta):
    __name__ = 'maintenance.visit'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons.update({
                'propose': {
                    'invisible': (
                        (Eval('state') != 'planned')
                        | ~Bool(Eval('planned_start'))),
                    'icon': 'tryton-calendar',
                    'depends': ['state', 'planned_start'],
                    },
                })

    @classmethod
    @ModelView.button_action('maintenance_order.wizard_visit_move')
    def propose(cls, visits):
        pass


class PlanTasks(PlanVisit):
    "Plan one visit for the tasks of a site"
    __name__ = 'maintenance.order.task.plan_visit'

    def default_start(self, fields):
        first = self.records[0]
        for task in self.records:
            if task.state != 'open':
                raise VisitTaskError(gettext(
                        'maintenance_order.msg_plan_task_state',
                        task=task.rec_name))
            if (task.company, task.site) != (first.company, first.site):
                raise PlanSiteError(gettext(
                        'maintenance_order.msg_plan_task_site',
                        task=task.rec_name, site=task.site.rec_name,
                        other=first.rec_name,
                        other_site=first.site.rec_name))
        return self._best_slot(first.company, first.site, self.records)

    def _order(self):
        return self.records[0].order


class MoveVisit(PlanVisit):
    "Propose when else a visit could be made, and move it there"
    __name__ = 'maintenance.visit.move'

    move = StateTransition()

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.start.buttons = [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Propose", 'propose', 'tryton-search', validate=False),
            Button("Move", 'move', 'tryton-ok', default=True),
            ]

    def default_start(self, fields):
        pool = Pool()
        Start = pool.get('maintenance.order.plan_visit.start')
        visit = self.record
        self._check(visit)
        # The customer can not that day: the next is the first to ask for.
        local, utc = clock(visit.company)
        day = local(visit.planned_start).date() + dt.timedelta(days=1)
        after = utc(dt.datetime.combine(day, dt.time()))
        length = (
            visit.planned_end - visit.planned_start
            if visit.planned_end else dt.timedelta(hours=1))
        leader = visit.leader
        start = Start(
            visit=visit, company=visit.company, site=visit.site,
            tasks=visit.tasks, leader=leader,
            employees=[e for e in visit.employees if e != leader],
            planned_start=after, planned_end=after + length)
        start.propose(preferred=leader.id if leader else None)
        return {
            'company': visit.company.id,
            'site': visit.site.id,
            'visit': visit.id,
            'tell': bool(visit.confirmed_at and visit._addresses('tickets')),
            **self._slot(start),
            }

    def transition_move(self):
        pool = Pool()
        Visit = pool.get('maintenance.visit')
        start, visit = self.start, self.record
        self._check(visit)
        told = visit.told()
        visit.move(start.planned_start, start.planned_end)
        visit.employees = list(start.employees)
        visit.leader = start.leader
        visit.on_change_leader()
        visit.on_change_planned_start()
        visit.save()
        if start.tell:
            Visit.tell_plan([visit], {visit.id: told})
        return 'end'

    @staticmethod
    def _check(visit):
        if visit.state != 'planned' or not visit.planned_start:
            raise VisitTaskError(gettext(
                    'maintenance_order.msg_visit_move_state',
                    visit=visit.rec_name))

    def end(self):
        return 'reload'

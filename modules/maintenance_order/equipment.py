# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from sql.conditionals import Coalesce

from trytond.pool import Pool, PoolMeta


class History(metaclass=PoolMeta):
    __name__ = 'maintenance.equipment.history'

    @classmethod
    def sources(cls):
        return {
            **super().sources(),
            'maintenance.visit': cls._visits,
            }

    @classmethod
    def _visits(cls, table):
        "The visits that have begun, one row for each task on the machine"
        pool = Pool()
        Task = pool.get('maintenance.order.task')
        Visit_Task = pool.get('maintenance.visit-maintenance.order.task')

        task = Task.__table__()
        relation = Visit_Task.__table__()
        from_ = (
            table
            .join(relation, condition=relation.visit == table.id)
            .join(task, condition=relation.task == task.id))
        return (
            from_, relation.id, task.equipment,
            Coalesce(
                table.arrived_at, table.finished_at, table.planned_start),
            Coalesce(table.work_done, task.description),
            table.state.in_(['in_progress', 'done', 'posted', 'failed']))

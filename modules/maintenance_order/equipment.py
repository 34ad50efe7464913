# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from sql.aggregate import Min
from sql.conditionals import Coalesce

from trytond.pool import Pool, PoolMeta


class History(metaclass=PoolMeta):
    __name__ = 'maintenance.equipment.history'

    @classmethod
    def sources(cls):
        return {
            **super().sources(),
            'maintenance.visit': cls._visits,
            'account.invoice': cls._invoices,
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

    @classmethod
    def _invoices(cls, table):
        "The invoices which charge work on the machine"
        pool = Pool()
        InvoiceLine = pool.get('account.invoice.line')
        Line = pool.get('maintenance.visit.line')
        Share = pool.get('maintenance.visit.share')
        Task = pool.get('maintenance.order.task')
        Visit_Task = pool.get('maintenance.visit-maintenance.order.task')

        invoice_line = InvoiceLine.__table__()
        line = Line.__table__()
        share = Share.__table__()
        task = Task.__table__()
        relation = Visit_Task.__table__()
        # What names no task belongs to the first one of the visit.
        first = relation.select(
            relation.visit, Min(relation.task).as_('task'),
            group_by=[relation.visit])
        equipment = Coalesce(line.equipment, task.equipment)
        charged = (
            share
            .join(invoice_line,
                condition=share.invoice_line == invoice_line.id)
            .join(line, condition=share.line == line.id)
            .join(first, 'LEFT', condition=first.visit == line.visit)
            .join(task, 'LEFT', condition=(
                    task.id == Coalesce(line.task, first.task)))
            .select(
                Min(share.id).as_('id'), invoice_line.invoice,
                equipment.as_('equipment'),
                group_by=[invoice_line.invoice, equipment]))
        from_ = table.join(charged, condition=charged.invoice == table.id)
        return (
            from_, charged.id, charged.equipment, table.invoice_date,
            table.number, table.state.in_(['posted', 'paid']))

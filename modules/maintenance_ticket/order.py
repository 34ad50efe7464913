# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.pool import Pool, PoolMeta


def tickets_of(tasks):
    pool = Pool()
    Ticket = pool.get('maintenance.ticket')
    return list({t.origin for t in tasks if isinstance(t.origin, Ticket)})


class Task(metaclass=PoolMeta):
    __name__ = 'maintenance.order.task'

    @classmethod
    def _get_origin(cls):
        return [*super()._get_origin(), 'maintenance.ticket']

    @classmethod
    def on_modification(cls, mode, tasks, field_names=None):
        pool = Pool()
        Ticket = pool.get('maintenance.ticket')
        super().on_modification(mode, tasks, field_names=field_names)
        if mode == 'create' or (mode == 'write' and 'state' in field_names):
            if tickets := tickets_of(tasks):
                Ticket.follow_tasks(tickets)


class Visit(metaclass=PoolMeta):
    __name__ = 'maintenance.visit'

    @classmethod
    def on_modification(cls, mode, visits, field_names=None):
        pool = Pool()
        Ticket = pool.get('maintenance.ticket')
        super().on_modification(mode, visits, field_names=field_names)
        if mode == 'write' and 'state' in field_names:
            if tickets := tickets_of({t for v in visits for t in v.tasks}):
                Ticket.follow_tasks(tickets)

    @property
    def signature_required(self):
        return super().signature_required or any(
            t.type.signature_required for t in tickets_of(self.tasks))

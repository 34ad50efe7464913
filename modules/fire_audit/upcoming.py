# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from sql.aggregate import Max, Min

from trytond.pool import Pool, PoolMeta


class Upcoming(metaclass=PoolMeta):
    __name__ = 'maintenance.upcoming'

    @classmethod
    def sources(cls):
        return {
            **super().sources(),
            'fire.system': cls._systems,
            }

    @classmethod
    def _systems(cls, table):
        "The first date on which something of the system is due again"
        pool = Pool()
        Audit = pool.get('fire.audit')
        Due = pool.get('fire.audit.due')

        audit = Audit.__table__()
        due = Due.__table__()
        # A later audit says when the same is due after it.
        last = due.join(audit, condition=due.audit == audit.id).select(
            due.system.as_('system'),
            Max(due.date).as_('date'),
            where=audit.state == 'issued',
            group_by=[due.system, due.line])
        first = last.select(
            last.system.as_('system'),
            Min(last.date).as_('date'),
            group_by=[last.system])
        from_ = table.join(first, condition=first.system == table.id)
        return (
            from_, table.id, table.site, None, first.date, table.name,
            table.active)

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from sql.aggregate import Min

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
        Due = pool.get('fire.audit.due')

        due = Due.current_query('system', 'date')
        first = due.select(
            due.system.as_('system'),
            Min(due.date).as_('date'),
            group_by=[due.system])
        from_ = table.join(first, condition=first.system == table.id)
        return (
            from_, table.id, table.site, None, first.date, table.name,
            table.active)

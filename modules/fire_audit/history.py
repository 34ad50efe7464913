# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from sql import Cast
from sql.operators import Concat

from trytond.pool import Pool, PoolMeta


class History(metaclass=PoolMeta):
    __name__ = 'maintenance.equipment.history'

    @classmethod
    def sources(cls):
        return {
            **super().sources(),
            'fire.audit': cls._audits,
            }

    @classmethod
    def _audits(cls, table):
        "The audits that are done, one row for each checklist of the machine"
        pool = Pool()
        Checklist = pool.get('checklist.checklist')
        Element = pool.get('checklist.element')

        checklist = Checklist.__table__()
        element = Element.__table__()
        subject = Concat('fire.audit,', Cast(table.id, 'VARCHAR'))
        from_ = (
            table
            .join(checklist, condition=checklist.subject == subject)
            .join(element, condition=element.checklist == checklist.id))
        return (
            from_, element.id, element.equipment, table.date, table.number,
            table.state.in_(['completed', 'issued']))

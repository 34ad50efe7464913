# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.pool import PoolMeta


class Upcoming(metaclass=PoolMeta):
    __name__ = 'maintenance.upcoming'

    @classmethod
    def sources(cls):
        return {
            **super().sources(),
            'maintenance.visit': cls._visits,
            }

    @classmethod
    def _visits(cls, table):
        return (
            table, table.id, table.site, None, table.planned_start,
            table.number, table.state.in_(['planned', 'in_progress']))

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.pool import PoolMeta


class Task(metaclass=PoolMeta):
    __name__ = 'maintenance.order.task'

    @classmethod
    def _get_origin(cls):
        return [*super()._get_origin(), 'fire.finding']

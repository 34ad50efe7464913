# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from sql import Null

from trytond.model import Index, fields
from trytond.pool import PoolMeta


class Work(metaclass=PoolMeta):
    __name__ = 'timesheet.work'

    @classmethod
    def _get_origin(cls):
        return super()._get_origin() + ['maintenance.order']


class Line(metaclass=PoolMeta):
    __name__ = 'timesheet.line'

    visit_line = fields.Many2One(
        'maintenance.visit.line', "Visit Line", readonly=True,
        ondelete='SET NULL',
        help="The line of the work report which tells the time.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.add(
            Index(
                t,
                (t.visit_line, Index.Range()),
                where=t.visit_line != Null))

    @classmethod
    def copy(cls, lines, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('visit_line')
        return super().copy(lines, default=default)

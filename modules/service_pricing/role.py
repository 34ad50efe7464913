# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.model import DeactivableMixin, ModelSQL, ModelView, fields
from trytond.pool import PoolMeta


class Role(DeactivableMixin, ModelSQL, ModelView):
    __name__ = 'service.role'

    name = fields.Char(
        "Name", required=True, translate=True,
        help="What the people are, for example Officer or Helper.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [
            ('name', 'ASC'),
            ('id', 'ASC'),
            ]


class Employee(metaclass=PoolMeta):
    __name__ = 'company.employee'

    price_role = fields.Many2One(
        'service.role', "Role", ondelete='RESTRICT',
        help="As what the employee is charged to the customers.")

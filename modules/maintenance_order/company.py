# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.model import fields
from trytond.pool import PoolMeta


class Employee(metaclass=PoolMeta):
    __name__ = 'company.employee'

    vehicle = fields.Many2One(
        'stock.location', "Van", ondelete='RESTRICT',
        domain=[
            ('type', '=', 'storage'),
            ],
        help="The stock location of the van the employee drives.")

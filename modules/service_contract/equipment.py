# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.model import fields
from trytond.pool import PoolMeta


class Equipment(metaclass=PoolMeta):
    __name__ = 'maintenance.equipment'

    contract_covers = fields.One2Many(
        'service.contract.line.equipment', 'equipment', "Contracts",
        readonly=True,
        help="The contracts which cover the machine by name.")

    @classmethod
    def copy(cls, equipments, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('contract_covers')
        return super().copy(equipments, default=default)

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Fees of longer periods are earned month by month."""
from trytond.model import fields
from trytond.pool import PoolMeta
from trytond.pyson import Eval

from .recurrence import add_months


class ContractLine(metaclass=PoolMeta):
    __name__ = 'service.contract.line'

    defer = fields.Boolean(
        "Defer Revenue",
        states={
            'readonly': Eval('contract_state').in_(['closed', 'cancelled']),
            'invisible': Eval('kind') == 'one_shot',
            },
        help="Check to spread what is invoiced over the months of the "
        "period, if it lasts more than one.")


class Period(metaclass=PoolMeta):
    __name__ = 'service.contract.period'

    def _invoice_values(self):
        values = super()._invoice_values()
        if (self.line.defer and self.kind == 'regular'
                and self.to_date >= add_months(self.from_date, 1)):
            values['defer_from'] = self.from_date
            values['defer_to'] = self.to_date
        return values

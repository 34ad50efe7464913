# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What lines of invoices tell of periods, and what keeps these apart."""
from dataclasses import dataclass

from trytond.model import fields
from trytond.modules.maintenance_order.invoicing_billing import Heading
from trytond.pool import PoolMeta
from trytond.pyson import Eval, If

_states = {
    'readonly': Eval('invoice_state') != 'draft',
    'invisible': Eval('type') != 'line',
    }


@dataclass(frozen=True)
class ApartHeading(Heading):
    "The periods for which it is not the same share no invoice"
    apart: str | None = None


class Period(metaclass=PoolMeta):
    __name__ = 'service.contract.period'

    def _invoice_values(self, date):
        values = super()._invoice_values(date)
        values['service_from'] = self.from_date
        values['service_to'] = self.to_date
        return values


class InvoiceLine(metaclass=PoolMeta):
    __name__ = 'account.invoice.line'

    service_from = fields.Date(
        "Service From", states=_states,
        domain=[
            If(Eval('service_from', None) & Eval('service_to', None),
                ('service_from', '<=', Eval('service_to', None)),
                ()),
            ],
        help="The first day which the line charges, as electronic invoices "
        "tell it.")
    service_to = fields.Date(
        "Service To", states=_states,
        domain=[
            If(Eval('service_from', None) & Eval('service_to', None),
                ('service_to', '>=', Eval('service_from', None)),
                ()),
            ],
        help="The last day which the line charges, as electronic invoices "
        "tell it.")

    def _credit(self):
        line = super()._credit()
        line.service_from = self.service_from
        line.service_to = self.service_to
        return line

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.model import fields
from trytond.modules.maintenance_order.invoicing_wizard import (
    InvoicingStart, InvoicingWizard)
from trytond.pyson import Eval
from trytond.wizard import Button, StateView


class InvoiceContractsStart(InvoicingStart):
    __name__ = 'service.contract.invoice.start'

    contracts = fields.Many2Many(
        'service.contract', None, None, "Contracts",
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        states={
            'invisible': ~Eval('contracts'),
            },
        help="Only these contracts are invoiced.")


class InvoiceContracts(InvoicingWizard):
    __name__ = 'service.contract.invoice'

    start = StateView(
        'service.contract.invoice.start',
        'service_contract.invoice_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Preview", 'preview', 'tryton-search'),
            Button("Invoice", 'run', 'tryton-ok', default=True),
            ])

    _job = 'service_contract.invoice'

    def default_start(self, fields):
        if self.model and self.model.__name__ == 'service.contract':
            return {'contracts': [r.id for r in self.records]}
        elif self.model and self.model.__name__ == 'party.party':
            return {'parties': [r.id for r in self.records]}
        return {}

    def _params(self):
        contracts = [c.id for c in self.start.contracts or []]
        return {**super()._params(), 'contracts': contracts or None}

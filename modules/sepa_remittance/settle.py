# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.model import ModelView, fields
from trytond.pool import Pool
from trytond.wizard import Button, StateTransition, StateView, Wizard


class Settle(Wizard):
    __name__ = 'sepa.remittance.settle'

    start = StateView(
        'sepa.remittance.settle.start',
        'sepa_remittance.settle_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Collected", 'settle', 'tryton-ok', default=True),
            ])
    settle = StateTransition()

    def default_start(self, fields):
        dates = [d.date for r in self.records for d in r.batches]
        return {'date': max(dates, default=None)}

    def transition_settle(self):
        self.model.settle(self.records, date=self.start.date)
        return 'end'


class SettleStart(ModelView):
    __name__ = 'sepa.remittance.settle.start'

    date = fields.Date(
        "Date", required=True,
        help="When the bank booked the amount. Batches for a later date "
        "stay open.")

    @classmethod
    def default_date(cls):
        return Pool().get('ir.date').today()

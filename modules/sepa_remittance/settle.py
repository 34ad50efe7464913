# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from decimal import Decimal

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


class Advance(Wizard):
    __name__ = 'sepa.remittance.advance'

    start = StateView(
        'sepa.remittance.advance.start',
        'sepa_remittance.advance_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Advanced", 'book', 'tryton-ok', default=True),
            ])
    book = StateTransition()

    def transition_book(self):
        pool = Pool()
        Batch = pool.get('sepa.remittance.batch')
        for remittance in self.records:
            Batch.book_advance(
                list(remittance.batches), self.start.date,
                fee=self.start.fee or Decimal(0),
                interest=self.start.interest or Decimal(0))
        return 'end'


class AdvanceStart(ModelView):
    __name__ = 'sepa.remittance.advance.start'

    date = fields.Date(
        "Date", required=True,
        help="When the bank paid its advance.")
    fee = fields.Numeric(
        "Fee", digits=(16, 2),
        help="What the bank charged for it.")
    interest = fields.Numeric(
        "Interest", digits=(16, 2),
        help="The interest that the bank kept.")

    @classmethod
    def default_date(cls):
        return Pool().get('ir.date').today()


class SettleStart(ModelView):
    __name__ = 'sepa.remittance.settle.start'

    date = fields.Date(
        "Date", required=True,
        help="When the bank booked the amount. Batches for a later date "
        "stay open.")

    @classmethod
    def default_date(cls):
        return Pool().get('ir.date').today()

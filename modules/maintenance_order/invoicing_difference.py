# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from sql import Null, Union
from sql.aggregate import Sum
from sql.conditionals import Coalesce
from sql.functions import Abs

from trytond.model import ModelSQL, ModelView, fields
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.pyson import Eval


class InvoicingDifference(ModelSQL, ModelView):
    """Invoice lines which do not say what is marked as invoiced

    Empty when all is well.  Upper modules which mark something else as
    invoiced add it to ``_marks`` and ``_origins``.
    """
    __name__ = 'maintenance.invoicing.difference'
    company = fields.Many2One(
        'company.company', "Company",
        help="The company which invoices.")
    invoice = fields.Many2One(
        'account.invoice', "Invoice",
        help="The posted invoice.")
    party = fields.Many2One(
        'party.party', "Customer",
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="Who is invoiced.")
    invoice_line = fields.Many2One(
        'account.invoice.line', "Invoice Line",
        help="The line which differs.")
    currency = fields.Many2One(
        'currency.currency', "Currency",
        help="The currency of the amounts.")
    marked_amount = Monetary(
        "Marked", currency='currency', digits='currency',
        help="What is marked as invoiced by the line.")
    invoiced_amount = Monetary(
        "Invoiced", currency='currency', digits=None,
        help="The quantity of the line at its price.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [('invoice', 'DESC'), ('id', 'ASC')]

    @classmethod
    def _marks(cls):
        "Return queries of invoice line and amount"
        pool = Pool()
        Share = pool.get('maintenance.visit.share')
        share = Share.__table__()
        return [share.select(
                share.invoice_line.as_('line'),
                share.amount.as_('amount'),
                where=share.invoice_line != Null)]

    @classmethod
    def _origins(cls):
        "Return the names of the models which the lines charge"
        return ['maintenance.visit.share']

    def get_rec_name(self, name):
        return self.invoice_line.rec_name if self.invoice_line else ''

    @classmethod
    def table_query(cls):
        pool = Pool()
        Currency = pool.get('currency.currency')
        Invoice = pool.get('account.invoice')
        Line = pool.get('account.invoice.line')
        line = Line.__table__()
        invoice = Invoice.__table__()
        currency = Currency.__table__()
        queries = cls._marks()
        marks = Union(*queries, all_=True) if len(queries) > 1 else queries[0]
        marked = marks.select(
            marks.line.as_('line'), Sum(marks.amount).as_('amount'),
            group_by=marks.line)
        charges = None
        for origin in cls._origins():
            clause = line.origin.like(f'{origin},%')
            charges = clause if charges is None else charges | clause
        invoiced = line.quantity * line.unit_price
        # What is marked has the digits of the currency, so half a unit tells
        # apart what rounds to it, however the currency rounds.
        differs = (
            Abs(Coalesce(marked.amount, 0) - invoiced)
            > currency.rounding * 0.5001)
        return (line
            .join(invoice, condition=line.invoice == invoice.id)
            .join(currency, condition=invoice.currency == currency.id)
            .join(marked, 'LEFT', condition=marked.line == line.id)
            .select(
                line.id.as_('id'),
                invoice.company.as_('company'),
                invoice.id.as_('invoice'),
                invoice.party.as_('party'),
                line.id.as_('invoice_line'),
                invoice.currency.as_('currency'),
                Coalesce(marked.amount, 0).as_('marked_amount'),
                invoiced.as_('invoiced_amount'),
                where=differs & (
                    (invoice.state.in_(['posted', 'paid'])
                        & (charges | (marked.line != Null)))
                    | ((invoice.state == 'cancelled')
                        & (marked.line != Null)))))

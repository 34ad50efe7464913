# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from decimal import Decimal

from sql.aggregate import Count, Sum

from trytond import backend
from trytond.model import Index, ModelSQL, ModelView, fields
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.tools import sqlite_apply_types
from trytond.transaction import Transaction

from .booking import BookingMixin
from .debit import SEQUENCE_TYPES


class RemittanceBatch(BookingMixin, ModelSQL, ModelView):
    "The debits of one date and sequence type: one line at the bank"
    __name__ = 'sepa.remittance.batch'
    _rec_name = 'payment_info_id'

    remittance = fields.Many2One(
        'sepa.remittance', "Remittance", required=True, ondelete='CASCADE',
        help="The remittance that has the batch.")
    company = fields.Many2One(
        'company.company', "Company", required=True,
        help="The company that collects or pays.")
    payment_info_id = fields.Char(
        "Payment Information ID", size=35, required=True,
        help="The identification of the batch at the bank.")
    message = fields.Many2One(
        'account.payment.sepa.message', "File", ondelete='SET NULL',
        help="The file that has the batch.")
    date = fields.Date(
        "Date", required=True,
        help="When the bank is asked to collect or to pay.")
    sequence_type = fields.Selection(
        SEQUENCE_TYPES, "Sequence Type", sort=False,
        help="How the debits stand in the life of their mandates.")
    debit_count = fields.Function(
        fields.Integer(
            "Debits",
            help="The number of debits in the batch."),
        'get_totals')
    amount = fields.Function(
        Monetary(
            "Amount", currency='currency', digits='currency',
            help="The sum of the debits in the batch."),
        'get_totals')
    currency = fields.Function(
        fields.Many2One(
            'currency.currency', "Currency",
            help="The currency of the batch."),
        'on_change_with_currency')
    debits = fields.One2Many(
        'sepa.remittance.debit', 'batch', "Debits", readonly=True,
        help="The debits of the batch.")
    sent_move = fields.Many2One(
        'account.move', "Move at Sending", readonly=True,
        ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        help="The move that puts the receipts into the portfolio.")
    advance_move = fields.Many2One(
        'account.move', "Move of the Advance", readonly=True,
        ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        help="The move of what the bank has advanced.")
    collected_move = fields.Many2One(
        'account.move', "Move at Collection", readonly=True,
        ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        help="The move of what the bank has collected.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._order = [('date', 'ASC'), ('id', 'ASC')]
        cls._sql_indexes.add(
            Index(t, (t.payment_info_id, Index.Equality())))
        cls.__access__.add('remittance')

    @fields.depends('remittance', '_parent_remittance.journal')
    def on_change_with_currency(self, name=None):
        if self.remittance and self.remittance.journal:
            return self.remittance.journal.currency

    @classmethod
    def get_totals(cls, batches, names):
        pool = Pool()
        Debit = pool.get('sepa.remittance.debit')
        return totals(Debit, 'batch', batches, names)


def totals(Debit, column, records, names):
    "Return count and amount of the debits by record in one query"
    debit = Debit.__table__()
    cursor = Transaction().connection.cursor()
    key = getattr(debit, column)
    result = {name: {} for name in names}
    for record in records:
        for name in names:
            result[name][record.id] = (
                0 if name == 'debit_count' else Decimal(0))
    query = debit.select(
        key.as_('record'), Count(debit.id).as_('count'),
        Sum(debit.amount).as_('amount'),
        where=key.in_([r.id for r in records]), group_by=key)
    if backend.name == 'sqlite':
        sqlite_apply_types(query, [None, None, 'NUMERIC'])
    cursor.execute(*query)
    by_id = {record.id: record for record in records}
    for id_, count, amount in cursor:
        if 'debit_count' in result:
            result['debit_count'][id_] = count
        if 'amount' in result:
            result['amount'][id_] = by_id[id_].currency.round(amount)
    return result

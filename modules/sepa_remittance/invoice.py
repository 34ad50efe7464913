# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from sql import Literal, Null
from sql.aggregate import Max

from trytond import backend
from trytond.model import fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.tools import grouped_slice, sqlite_apply_types
from trytond.transaction import Transaction

from .debit import REFUND


class Invoice(metaclass=PoolMeta):
    __name__ = 'account.invoice'

    sepa_refundable_until = fields.Function(
        fields.Date(
            "Refundable Until",
            states={
                'invisible': ~Eval('sepa_refundable_until'),
                },
            help="The invoice was collected by direct debit: until this day "
            "the customer may ask his money back without giving a reason."),
        'get_sepa_refundable_until')

    @classmethod
    def get_sepa_refundable_until(cls, invoices, name):
        pool = Pool()
        Debit = pool.get('sepa.remittance.debit')
        Line = pool.get('account.move.line')
        Mandate = pool.get('account.payment.sepa.mandate')
        Payment = pool.get('account.payment')
        debit, line = Debit.__table__(), Line.__table__()
        mandate, payment = Mandate.__table__(), Payment.__table__()
        invoice = cls.__table__()
        cursor = Transaction().connection.cursor()
        result = dict.fromkeys(i.id for i in invoices)
        query = (invoice
            .join(line, condition=line.move == invoice.move)
            .join(payment, condition=payment.line == line.id)
            .join(debit, condition=payment.sepa_debit == debit.id)
            .join(mandate, condition=debit.mandate == mandate.id)
            .select(
                invoice.id.as_('invoice'), Max(debit.date).as_('date'),
                group_by=invoice.id))
        if backend.name == 'sqlite':
            sqlite_apply_types(query, [None, 'DATE'])
        for sub in grouped_slice(invoices, 500):
            query.where = (
                invoice.id.in_([i.id for i in sub])
                & (invoice.move != Null)
                & (payment.state == Literal('succeeded'))
                & (mandate.scheme == Literal('CORE')))
            cursor.execute(*query)
            result.update((id_, date + REFUND) for id_, date in cursor)
        return result

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from sql import Literal, Null
from sql.aggregate import Count, Min, Sum
from sql.conditionals import Case, Coalesce
from sql.operators import Exists

from trytond.model import ModelSQL, ModelView, fields
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool

from .debit import SEQUENCE_TYPES


class RemittanceTotal(ModelSQL, ModelView):
    """What one date and sequence type of a remittance will come to

    Once the file is made its batches tell the same.
    """
    __name__ = 'sepa.remittance.total'

    remittance = fields.Many2One(
        'sepa.remittance', "Remittance", required=True,
        help="The remittance that has the debits.")
    company = fields.Many2One(
        'company.company', "Company",
        help="The company that collects or pays.")
    date = fields.Date(
        "Date",
        help="When the bank is asked to collect or to pay.")
    sequence_type = fields.Selection(
        SEQUENCE_TYPES, "Sequence Type", sort=False,
        help="How the debits stand in the life of their mandates.")
    debit_count = fields.Integer(
        "Transactions",
        help="The number of debits or transfers.")
    amount = Monetary(
        "Amount", currency='currency', digits='currency',
        help="The sum of the debits or transfers.")
    currency = fields.Many2One(
        'currency.currency', "Currency",
        help="The currency of the journal.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [('date', 'ASC'), ('sequence_type', 'ASC'), ('id', 'ASC')]
        cls.__access__.add('remittance')

    @classmethod
    def table_query(cls):
        pool = Pool()
        Debit = pool.get('sepa.remittance.debit')
        Journal = pool.get('account.payment.journal')
        Mandate = pool.get('account.payment.sepa.mandate')
        Remittance = pool.get('sepa.remittance')
        debit, mandate = Debit.__table__(), Mandate.__table__()
        remittance, journal = Remittance.__table__(), Journal.__table__()
        row = (debit
            .join(remittance, condition=debit.remittance == remittance.id)
            .join(journal, condition=remittance.journal == journal.id)
            .join(mandate, 'LEFT', condition=debit.mandate == mandate.id)
            .select(
                debit.id, debit.remittance, debit.company, debit.date,
                debit.amount, journal.currency,
                cls._sequence_type(debit, mandate).as_('sequence_type'),
                # The others have their batches.
                where=remittance.state.in_(
                    ['draft', 'approved', 'rejected'])))
        return row.select(
            Min(row.id).as_('id'), row.remittance, row.company, row.date,
            row.sequence_type, row.currency,
            Count(row.id).as_('debit_count'),
            cls.amount.sql_cast(Sum(row.amount)).as_('amount'),
            group_by=[
                row.remittance, row.company, row.date, row.sequence_type,
                row.currency])

    @classmethod
    def _sequence_type(cls, debit, mandate):
        "Return the expression of what the file will say of the debit"
        pool = Pool()
        Debit = pool.get('sepa.remittance.debit')
        Mandate = pool.get('account.payment.sepa.mandate')
        Payment = pool.get('account.payment')
        other, payment = Debit.__table__(), Payment.__table__()
        earlier = other.select(
            Literal(1),
            where=(other.remittance == debit.remittance)
            & (other.mandate == debit.mandate)
            & ((other.date < debit.date)
                | ((other.date == debit.date)
                    & (other.number < debit.number))))
        used = payment.select(
            Literal(1),
            where=(payment.sepa_mandate == mandate.id)
            & Mandate.sql_sequenced(payment))
        return Case(
            (mandate.id == Null, Null),
            (mandate.type == 'one-off', 'OOFF'),
            (Coalesce(mandate.sequence_type_rcur, Literal(False))
                | Exists(earlier) | Exists(used), 'RCUR'),
            else_='FRST')

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from sql import Null
from sql.aggregate import Min, Sum
from sql.conditionals import Case
from sql.functions import DateTrunc

from trytond.model import ModelSQL, ModelView, fields
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool


class PeriodMonth(ModelSQL, ModelView):
    __name__ = 'service.contract.period.month'

    company = fields.Many2One(
        'company.company', "Company",
        help="The company which invoices.")
    currency = fields.Many2One(
        'currency.currency', "Currency",
        help="The currency of the amounts.")
    month = fields.Date(
        "Month",
        help="The month in which the periods are invoiced.")
    invoiced = Monetary(
        "Invoiced", currency='currency', digits='currency',
        help="The fees already invoiced.")
    pending = Monetary(
        "To Invoice", currency='currency', digits='currency',
        help="The fees of the running contracts which are to come.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [
            ('month', 'ASC'),
            ('id', 'ASC'),
            ]

    @classmethod
    def table_query(cls):
        pool = Pool()
        Contract = pool.get('service.contract')
        Period = pool.get('service.contract.period')
        contract = Contract.__table__()
        period = Period.__table__()
        month = cls.month.sql_cast(DateTrunc('month', period.invoice_date))
        invoiced = Case((period.invoice_line != Null, period.amount), else_=0)
        pending = Case(
            (Period.pending_clause(period), period.amount), else_=0)
        return (period
            .join(contract, condition=period.contract == contract.id)
            .select(
                Min(period.id).as_('id'),
                period.company.as_('company'),
                contract.currency.as_('currency'),
                month.as_('month'),
                cls.invoiced.sql_cast(Sum(invoiced)).as_('invoiced'),
                cls.pending.sql_cast(Sum(pending)).as_('pending'),
                group_by=[period.company, contract.currency, month]))

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from dateutil.relativedelta import relativedelta
from sql import Null
from sql.aggregate import Count, Sum
from sql.conditionals import Case

from trytond.i18n import gettext
from trytond.model import ModelSQL, fields
from trytond.modules.company.model import CompanyValueMixin
from trytond.modules.party.exceptions import EraseError
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.tools import grouped_slice
from trytond.transaction import Transaction

_MONTHS = [(f'{i:02}', name) for i, name in enumerate([
            "January", "February", "March", "April", "May", "June", "July",
            "August", "September", "October", "November", "December"], 1)]

_stopped = fields.Boolean(
    "No Direct Debit",
    help="Check to keep the receipts of the party out of remittances.")
_days = fields.Char(
    "Payment Days",
    help="The days of the month on which the party pays, as 5, 20.")
_months = fields.MultiSelection(
    _MONTHS, "Closed Months", sort=False,
    help="The months in which the party does not pay.")
_VALUES = {
    'direct_debit_stopped', 'direct_debit_days', 'direct_debit_closed_months'}


class Party(metaclass=PoolMeta):
    __name__ = 'party.party'

    direct_debit_stopped = fields.MultiValue(_stopped)
    direct_debit_days = fields.MultiValue(_days)
    direct_debit_closed_months = fields.MultiValue(_months)
    direct_debit_settings = fields.One2Many(
        'party.party.direct_debit', 'party', "Direct Debit Settings",
        help="How the receipts of the party are collected, by company.")

    direct_debit_return_rate = fields.Function(
        fields.Float(
            "Return Rate", digits=(1, 4),
            help="The part of the debits of the last year that came back."),
        'get_direct_debit_return_rate')

    @classmethod
    def get_direct_debit_return_rate(cls, parties, name):
        pool = Pool()
        Date = pool.get('ir.date')
        Payment = pool.get('account.payment')
        payment = Payment.__table__()
        cursor = Transaction().connection.cursor()
        result = dict.fromkeys(p.id for p in parties)
        since = Date.today() - relativedelta(years=1)
        company = Transaction().context.get('company')
        for sub in grouped_slice(parties, 500):
            failed = Case((payment.state == 'failed', 1), else_=0)
            cursor.execute(*payment.select(
                    payment.party, Count(payment.id), Sum(failed),
                    where=payment.party.in_([p.id for p in sub])
                    & (payment.company == company)
                    & (payment.sepa_debit != Null)
                    & payment.state.in_(['succeeded', 'failed'])
                    & (payment.date >= since),
                    group_by=payment.party))
            for party, count, number in cursor:
                result[party] = round(number / count, 4)
        return result

    @classmethod
    def multivalue_model(cls, field):
        pool = Pool()
        if field in _VALUES:
            return pool.get('party.party.direct_debit')
        return super().multivalue_model(field)

    @classmethod
    def copy(cls, parties, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('direct_debit_settings')
        return super().copy(parties, default=default)


class PartyDirectDebit(ModelSQL, CompanyValueMixin):
    __name__ = 'party.party.direct_debit'

    party = fields.Many2One(
        'party.party', "Party", ondelete='CASCADE',
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="The party whose receipts are collected.")
    direct_debit_stopped = _stopped
    direct_debit_days = _days
    direct_debit_closed_months = _months


class Replace(metaclass=PoolMeta):
    __name__ = 'party.replace'

    @classmethod
    def fields_to_replace(cls):
        return super().fields_to_replace() + [
            ('sepa.remittance.debit', 'party'),
            ('sepa.return.line', 'party'),
            ]


class Erase(metaclass=PoolMeta):
    __name__ = 'party.erase'

    def check_erase_company(self, party, company):
        pool = Pool()
        Debit = pool.get('sepa.remittance.debit')
        super().check_erase_company(party, company)
        if Debit.search([
                    ('party', '=', party.id),
                    ('company', '=', company.id),
                    ('remittance.state', 'in', [
                            'draft', 'approved', 'generated', 'sent']),
                    ], limit=1):
            raise EraseError(gettext(
                    'sepa_remittance.msg_erase_party_remittance',
                    party=party.rec_name, company=company.rec_name))

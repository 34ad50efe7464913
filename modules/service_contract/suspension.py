# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt

from trytond.i18n import gettext
from trytond.model import Index, ModelSQL, ModelView, fields
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.tools import grouped_slice

from .contract_check import refuse
from .exceptions import SuspensionDateError
from .refresh import RefreshMixin


class Suspension(RefreshMixin, ModelSQL, ModelView):
    __name__ = 'service.contract.suspension'
    _refresh_fields = frozenset([
            'contract', 'from_date', 'to_date', 'credits'])

    contract = fields.Many2One(
        'service.contract', "Contract", required=True, ondelete='CASCADE',
        help="The contract which rests.")
    company = fields.Function(fields.Many2One(
            'company.company', "Company",
            help="The company of the contract."),
        'on_change_with_company', searcher='search_company')
    from_date = fields.Date(
        "From", required=True,
        help="The first day without service.")
    to_date = fields.Date(
        "To",
        help="The last day without service. "
        "Leave empty as long as nobody knows.")
    reason = fields.Selection([
            ('request', "Asked by the Customer"),
            ('closed', "Closed Season or Works"),
            ('unpaid', "Not Paid"),
            ('other', "Other"),
            ], "Reason", required=True, sort=False,
        help="Why the contract rests.")
    reason_string = reason.translated('reason')
    credits = fields.Boolean(
        "Costs Nothing",
        help="Check to charge nothing for these days, and to give back what "
        "was already invoiced for them.")
    keeps_coverage = fields.Boolean(
        "Keeps the Coverage",
        help="Check to let the contract pay the work of these days.")
    amendment = fields.Many2One(
        'service.contract.amendment', "Amendment", ondelete='RESTRICT',
        domain=[
            ('contract', '=', Eval('contract', -1)),
            ],
        help="The change of the contract by which it rests.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls.__access__.add('contract')
        cls._sql_indexes.add(
            Index(
                t, (t.contract, Index.Equality()),
                (t.from_date, Index.Range())))
        cls._order = [
            ('from_date', 'DESC'),
            ('id', 'DESC'),
            ]

    @classmethod
    def default_from_date(cls):
        return Pool().get('ir.date').today()

    @staticmethod
    def default_reason():
        return 'request'

    @staticmethod
    def default_credits():
        return True

    @staticmethod
    def default_keeps_coverage():
        return False

    @fields.depends('contract', '_parent_contract.company')
    def on_change_with_company(self, name=None):
        return self.contract.company if self.contract else None

    @classmethod
    def search_company(cls, name, clause):
        return [('contract.' + clause[0], *clause[1:])]

    @property
    def the_contract(self):
        return self.contract

    def includes(self, date):
        return self.from_date <= date and (
            not self.to_date or date <= self.to_date)

    def get_rec_name(self, name):
        return f'{self.reason_string} {self.from_date}'

    @classmethod
    def validate_fields(cls, suspensions, field_names):
        super().validate_fields(suspensions, field_names)
        cls.check_dates(suspensions, field_names)

    @classmethod
    def check_dates(cls, suspensions, field_names=None):
        "A suspension ends after it starts and meets no other"
        if field_names and not (
                field_names & {'contract', 'from_date', 'to_date'}):
            return
        refuse(
            SuspensionDateError(gettext(
                    'service_contract.msg_suspension_dates',
                    contract=suspension.contract.rec_name))
            for suspension in suspensions
            if suspension.to_date
            and suspension.to_date < suspension.from_date)
        contracts = list({s.contract.id for s in suspensions})
        for sub_contracts in grouped_slice(contracts, 500):
            previous = None
            for suspension in cls.search([
                        ('contract', 'in', list(sub_contracts)),
                        ],
                    order=[('contract', 'ASC'), ('from_date', 'ASC')]):
                if (previous and previous.contract == suspension.contract
                        and suspension.from_date
                        <= (previous.to_date or dt.date.max)):
                    raise SuspensionDateError(gettext(
                            'service_contract.msg_suspension_overlap',
                            contract=suspension.contract.rec_name,
                            first=previous.rec_name,
                            second=suspension.rec_name))
                previous = suspension

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.model import Index, ModelSQL, ModelView, fields
from trytond.pool import Pool
from trytond.pyson import Eval


class Amendment(ModelSQL, ModelView):
    __name__ = 'service.contract.amendment'

    contract = fields.Many2One(
        'service.contract', "Contract", required=True, ondelete='CASCADE',
        help="The contract which is changed.")
    company = fields.Function(fields.Many2One(
            'company.company', "Company",
            help="The company of the contract."),
        'on_change_with_company', searcher='search_company')
    date = fields.Date(
        "Date", required=True,
        help="The first day on which the change counts.")
    reason = fields.Selection([
            ('initial', "Initial"),
            ('amendment', "Amendment"),
            ('renewal', "Renewal"),
            ('revaluation', "Revaluation"),
            ('transfer', "Transfer"),
            ('termination', "Termination"),
            ], "Reason", required=True, sort=False,
        help="Why the contract is changed.")
    reason_string = reason.translated('reason')
    description = fields.Text(
        "Description",
        help="What is changed, in words.")
    document = fields.Many2One(
        'ir.attachment', "Document", ondelete='RESTRICT',
        domain=[
            ('resource.id', '=', Eval('contract', -1), 'service.contract'),
            ],
        help="The signed paper, among the attachments of the contract.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls.__access__.add('contract')
        cls._sql_indexes.add(Index(t, (t.contract, Index.Equality())))
        cls._order = [
            ('date', 'DESC'),
            ('id', 'DESC'),
            ]

    @staticmethod
    def default_reason():
        return 'amendment'

    @classmethod
    def default_date(cls):
        return Pool().get('ir.date').today()

    @fields.depends('contract', '_parent_contract.company')
    def on_change_with_company(self, name=None):
        return self.contract.company if self.contract else None

    @classmethod
    def search_company(cls, name, clause):
        return [('contract.' + clause[0], *clause[1:])]

    def get_rec_name(self, name):
        return f'{self.reason_string} {self.date}'

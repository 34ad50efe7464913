# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.model import DeactivableMixin, ModelSQL, ModelView, fields
from trytond.pyson import Eval, Id
from trytond.transaction import Transaction


class Type(DeactivableMixin, ModelSQL, ModelView):
    __name__ = 'service.contract.type'

    name = fields.Char(
        "Name", required=True, translate=True,
        help="How the kind of contract is called.")
    company = fields.Many2One(
        'company.company', "Company", required=True,
        help="The company which uses the type.")
    sequence = fields.Many2One(
        'ir.sequence', "Number Sequence", ondelete='RESTRICT',
        domain=[
            ('company', 'in', [Eval('company', -1), None]),
            ('sequence_type', '=',
                Id('service_contract', 'sequence_type_contract')),
            ],
        help="Numbers the contracts of this type. "
        "Leave empty for the sequence of the configuration.")
    initial_months = fields.Integer(
        "Initial Months",
        help="How many months the contracts last at first.")
    renewal_months = fields.Integer(
        "Renewal Months",
        help="By how many months the contracts are renewed.")
    tacit = fields.Boolean(
        "Tacit Renewal",
        help="Check if the contracts are renewed without asking.")
    notice_days = fields.Integer(
        "Notice Days",
        help="How many days before the end the notice must arrive.")
    payment_term = fields.Many2One(
        'account.invoice.payment_term', "Payment Term", ondelete='RESTRICT',
        help="When the invoices are due, if the party has no other term.")
    grouping = fields.Selection([
            (None, ""),
            ('contract', "One invoice per contract"),
            ('party', "With other contracts of the customer"),
            ], "Grouping", sort=False,
        help="How the periods due on the same day are put on invoices.")
    coverage = fields.Many2One(
        'service.contract.coverage', "Coverage", ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        help="Which work the lines of these contracts usually pay.")
    description = fields.Text(
        "Description", translate=True,
        help="What the contracts are about, as it is printed.")
    clauses = fields.Text(
        "Clauses", translate=True,
        help="The clauses as they are printed on the contracts.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [
            ('name', 'ASC'),
            ('id', 'ASC'),
            ]

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

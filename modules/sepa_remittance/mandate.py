# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from sql import Null
from sql.conditionals import Coalesce

from trytond.model import fields
from trytond.pool import PoolMeta
from trytond.pyson import Eval


class Mandate(metaclass=PoolMeta):
    __name__ = 'account.payment.sepa.mandate'

    blocked = fields.Boolean(
        "Blocked",
        help="Check to collect nothing with the mandate, as after a return "
        "for a wrong account.")
    amendment = fields.Selection([
            (None, ""),
            ('account', "Account"),
            ], "Amendment", readonly=True, sort=False,
        help="What changed since the last collection. It is told to the "
        "bank once, with the next one.")
    previous_account_number = fields.Many2One(
        'bank.account.number', "Previous Account", readonly=True,
        ondelete='RESTRICT',
        help="The account that was debited before the change.")
    notice_days = fields.Integer(
        "Notice Days",
        domain=['OR',
            ('notice_days', '=', None),
            ('notice_days', '>=', 0),
            ],
        help="How many days before a collection the debtor wants to know.\n"
        "Leave empty to use the days of the company.")
    document = fields.Binary(
        "Signed Document", filename='document_name',
        help="The mandate as the debtor signed it.")
    document_name = fields.Char(
        "Document Name",
        help="The name of the file of the signed document.")
    debits = fields.One2Many(
        'sepa.remittance.debit', 'mandate', "Debits", readonly=True,
        order=[('date', 'DESC'), ('id', 'DESC')],
        states={
            'invisible': ~Eval('debits'),
            },
        help="What was collected with the mandate.")

    @classmethod
    def default_sequence_type_rcur(cls):
        return True

    @classmethod
    def default_blocked(cls):
        return False

    @classmethod
    def sql_presented(cls, payment):
        """Return the expression of payments that count as a use

        What the bank rejected before the settlement never happened.
        """
        rejected = ((payment.state == 'failed')
            & (Coalesce(payment.sepa_return_reason_information, '')
                == '/RTYP/RJCT'))
        return (payment.sepa_mandate != Null) & ~rejected

    @classmethod
    def copy(cls, mandates, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('debits')
        default.setdefault('amendment')
        default.setdefault('previous_account_number')
        default.setdefault('document')
        default.setdefault('document_name')
        default.setdefault('blocked', False)
        return super().copy(mandates, default=default)

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Who signed the contract, when and on which paper."""
from trytond.model import fields
from trytond.pyson import Eval


class SignedMixin:
    __slots__ = ()

    _states_signed = {
        'readonly': Eval('state').in_(['closed', 'cancelled']),
        }

    signed_on = fields.Date(
        "Signed On", states=_states_signed,
        help="The day on which the customer signed.")
    signer = fields.Char(
        "Signer", states=_states_signed,
        help="The name of who signed for the customer.")
    signature = fields.Binary(
        "Signature", states=_states_signed,
        help="The signature as a picture, printed on the contract.")
    signed_copy = fields.Many2One(
        'ir.attachment', "Signed Copy", ondelete='RESTRICT',
        domain=[
            ('resource.id', '=', Eval('id', -1), 'service.contract'),
            ],
        help="The scanned contract, among the attachments.")

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.model import (
    DeactivableMixin, ModelSQL, ModelView, fields, sequence_ordered)
from trytond.modules.maintenance_order.order import KINDS
from trytond.pyson import Eval

PRIORITIES = [
    ('low', "Low"),
    ('normal', "Normal"),
    ('high', "High"),
    ('urgent', "Urgent"),
    ]


class RequestType(
        DeactivableMixin, sequence_ordered(), ModelSQL, ModelView):
    "What customers ask for, and what becomes of it"
    __name__ = 'maintenance.request.type'

    name = fields.Char(
        "Name", required=True, translate=True,
        help="What the customer asks for.")
    company = fields.Many2One(
        'company.company', "Company",
        help="The only company which uses the type.\n"
        "Leave empty for all companies.")
    outcome = fields.Selection([
            ('order', "Order"),
            ('answer', "Answer"),
            ], "Outcome", required=True, sort=False,
        help="What a ticket of this type leads to.")
    order_kind = fields.Selection(
        [(None, "")] + KINDS, "Order Kind", sort=False,
        states={
            'invisible': Eval('outcome') != 'order',
            'required': Eval('outcome') == 'order',
            },
        help="The kind of the orders made from the tickets.")
    priority = fields.Selection(
        PRIORITIES, "Priority", required=True, sort=False,
        help="The priority of new tickets.")
    signature_required = fields.Boolean(
        "Signature Required",
        states={
            'invisible': Eval('outcome') != 'order',
            },
        help="Check to refuse the posting of visits for these tickets "
        "which nobody signed.")

    @classmethod
    def default_outcome(cls):
        return 'order'

    @classmethod
    def default_order_kind(cls):
        return 'corrective'

    @classmethod
    def default_priority(cls):
        return 'normal'

    @classmethod
    def default_signature_required(cls):
        return False

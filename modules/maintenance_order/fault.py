# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.model import DeactivableMixin, ModelSQL, ModelView, fields
from trytond.pyson import Eval, If


class FaultCode(DeactivableMixin, ModelSQL, ModelView):
    """Why something failed or how it was put right, to be counted

    Words tell the customer; codes tell which machines fail by what.
    """
    __name__ = 'maintenance.fault.code'

    kind = fields.Selection([
            ('cause', "Cause"),
            ('remedy', "Remedy"),
            ], "Kind", required=True, sort=False,
        help="Whether it says why, or what was done about it.")
    code = fields.Char(
        "Code",
        help="A short code, if you use one.")
    name = fields.Char(
        "Name", required=True, translate=True,
        help="The cause or the remedy in a few words.")
    category = fields.Many2One(
        'maintenance.equipment.category', "Equipment Category",
        ondelete='RESTRICT',
        help="The machines it is for. Leave empty for all.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [
            ('kind', 'ASC'),
            ('code', 'ASC NULLS LAST'),
            ('name', 'ASC'),
            ('id', 'ASC'),
            ]

    def get_rec_name(self, name):
        return f'{self.code} · {self.name}' if self.code else self.name

    @classmethod
    def search_rec_name(cls, name, clause):
        _, operator, operand = clause[:3]
        bool_op = 'AND' if operator.startswith(('!', 'not ')) else 'OR'
        return [bool_op,
            ('code', operator, operand),
            ('name', operator, operand),
            ]

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual', If(~Eval('active', True), 'muted', '')),
            ]

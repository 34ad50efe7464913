# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.model import (
    DeactivableMixin, Index, ModelSQL, ModelView, fields, tree)
from trytond.pyson import Eval
from trytond.transaction import Transaction

SEPARATOR = ' / '


class Category(
        DeactivableMixin, tree(separator=SEPARATOR), ModelSQL, ModelView):
    __name__ = 'maintenance.equipment.category'

    name = fields.Char(
        "Name", required=True, translate=True,
        help="What this kind of equipment is called.")
    code = fields.Char(
        "Code",
        help="A short name for imports and programmes, for example EXT.")
    company = fields.Many2One(
        'company.company', "Company",
        help="The company which uses the category.\n"
        "Leave empty to share it between all.")
    parent = fields.Many2One(
        'maintenance.equipment.category', "Parent", ondelete='RESTRICT',
        domain=[
            ('company', 'in', [Eval('company', -1), None]),
            ],
        help="The wider category this one is part of.")
    children = fields.One2Many(
        'maintenance.equipment.category', 'parent', "Children",
        help="The narrower categories.")

    @classmethod
    def __setup__(cls):
        cls.code.search_unaccented = False
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.add(
            Index(t, (t.code, Index.Equality(cardinality='high'))))
        cls._order = [
            ('name', 'ASC'),
            ('id', 'ASC'),
            ]

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def search_rec_name(cls, name, clause):
        _, operator, operand = clause[:3]
        if operator.startswith('!') or operator.startswith('not '):
            bool_op = 'AND'
        else:
            bool_op = 'OR'
        return [bool_op,
            super().search_rec_name(name, clause),
            ('code', operator, operand),
            ]

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.cache import Cache
from trytond.model import (
    DeactivableMixin, Index, ModelSQL, ModelView, fields, tree)
from trytond.pyson import Eval
from trytond.transaction import Transaction

from .category_load import ReadyMadeMixin
from .naming import SEPARATOR, TreeNameMixin


def _months(string, name, help):
    return fields.Integer(
        string,
        domain=['OR',
            (name, '=', None),
            (name, '>=', 0),
            ],
        states={
            'invisible': ~Eval('warranty_basis'),
            },
        help=help)


class Category(
        ReadyMadeMixin, DeactivableMixin, TreeNameMixin,
        tree(separator=SEPARATOR), ModelSQL, ModelView):
    __name__ = 'maintenance.equipment.category'
    _defaults_cache = Cache(
        'maintenance.equipment.category.defaults', context=False)

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
    attributes = fields.One2Many(
        'maintenance.equipment.category.attribute', 'category', "Attributes",
        help="What to write down about the equipment of the category, "
        "besides what the wider categories ask.")
    warranty_basis = fields.Selection([
            (None, ""),
            ('sale', "Sale"),
            ('delivery', "Delivery"),
            ('installation', "Installation"),
            ('commissioning', "Commissioning"),
            ], "Warranty Counts from", sort=False,
        help="The event from which our warranty runs.\n"
        "Leave empty to promise what the wider category does.")
    warranty_labour = _months(
        "Labour", 'warranty_labour', "How many months labour is covered.")
    warranty_parts = _months(
        "Parts", 'warranty_parts', "How many months parts are covered.")
    warranty_travel = _months(
        "Travel", 'warranty_travel', "How many months travel is covered.")

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

    @classmethod
    def on_modification(cls, mode, categories, field_names=None):
        super().on_modification(mode, categories, field_names=field_names)
        cls.clear_defaults()

    @classmethod
    def clear_defaults(cls):
        cls._defaults_cache.clear()

    def get_default_attributes(self):
        "Return by name what the equipment has unless somebody says otherwise"
        defaults = self._defaults_cache.get(self.id)
        if defaults is None:
            defaults = {
                row.attribute.name: row.get_default()
                for row in self.get_attributes() if row.default}
            self._defaults_cache.set(self.id, defaults)
        return dict(defaults)

    def get_warranty_category(self):
        "Return the category whose warranty terms count"
        category = self
        while category and not category.warranty_basis:
            category = category.parent
        return category

    def get_attributes(self):
        "Return what the category and the wider ones ask, the widest first"
        found, names = [], set()
        category = self
        while category:
            rows = [a for a in category.attributes
                if a.attribute.name not in names]
            names |= {a.attribute.name for a in rows}
            found = rows + found
            category = category.parent
        return found

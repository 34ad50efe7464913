# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from contextlib import ExitStack

from trytond.model import ModelView, fields
from trytond.pool import Pool
from trytond.tools import file_open
from trytond.transaction import Transaction, inactive_records
from trytond.wizard import Button, StateAction, StateView, Wizard

from . import category_sets, import_values

FILES = ['categories', 'attributes', 'category_attributes']


def read_sets():
    "Return the ready-made categories"
    with ExitStack() as stack:
        return category_sets.read(*[
                stack.enter_context(file_open(
                        f'maintenance_equipment/data/{name}.csv',
                        mode='r', encoding='utf-8'))
                for name in FILES])


class ReadyMadeMixin:
    "Categories with the data sheet that the trade knows"
    __slots__ = ()

    @classmethod
    def load_sets(cls, codes=None):
        """Return the ready-made categories of the codes, all without any

        What is there already is left as it is and gets what it lacks, which
        is never required: its equipment is in service without.
        """
        pool = Pool()
        CategoryAttribute = pool.get(
            'maintenance.equipment.category.attribute')

        sets = [s for s in read_sets() if not codes or s.code in codes]
        attributes = cls._load_attributes(sets)
        there = cls._get_loaded([s.code for s in sets])
        cls.write(
            [c for c in there.values() if not c.active], {'active': True})
        missing = [s for s in sets if s.code not in there]
        with Transaction().set_context(language='en'):
            made = cls.create([
                    {'code': s.code, 'name': s.name['en']} for s in missing])
        _translate([(c, 'name', s.name) for c, s in zip(made, missing)])
        categories = {**there, **{c.code: c for c in made}}
        rows = []
        for set_ in sets:
            category = categories[set_.code]
            asked = {a.attribute.name for a in category.attributes}
            for sequence, row in enumerate(set_.rows, 1):
                if row.attribute.name in asked:
                    continue
                attribute = attributes[row.attribute.name]
                rows.append(CategoryAttribute(
                        category=category,
                        attribute=attribute,
                        sequence=sequence * 10,
                        required=row.required and set_.code not in there,
                        default=_get_default(attribute, row.default)))
        CategoryAttribute.save(rows)
        return cls.browse([categories[s.code] for s in sets])

    @classmethod
    def _get_loaded(cls, codes):
        "Return by code the categories there, that of the company rather"
        company_id = Transaction().context.get('company')
        with inactive_records():
            categories = cls.search([
                    ('code', 'in', codes),
                    ('company', 'in', [company_id, None]),
                    ])
        return {
            c.code: c for c in sorted(
                categories, key=lambda c: (bool(c.company), c.active, -c.id))}

    @classmethod
    def _load_attributes(cls, sets):
        "Return by name the attributes of the sets, made when missing"
        pool = Pool()
        Attribute = pool.get('maintenance.equipment.attribute')

        asked = {r.attribute.name: r.attribute for s in sets for r in s.rows}
        found = {
            a.name: a for a in Attribute.search([('name', 'in', list(asked))])}
        missing = [a for n, a in asked.items() if n not in found]
        with Transaction().set_context(language='en'):
            made = Attribute.create([{
                        'name': a.name,
                        'type_': a.type_,
                        'digits': a.digits,
                        'unit': a.unit,
                        'string': a.string['en'],
                        'selection': a.selection['en'] or None,
                        'selection_sorted': False,
                        } for a in missing])
        for record, attribute in zip(made, missing):
            _translate([(record, 'string', attribute.string)])
            if attribute.selection['en']:
                _translate([(record, 'selection', attribute.selection)])
        return {**found, **{a.name: a for a in made}}


def _translate(texts):
    "Write the texts of the records in the other languages"
    for language in category_sets.LANGUAGES[1:]:
        with Transaction().set_context(language=language):
            for record, name, text in texts:
                record.__class__.write(
                    [record.__class__(record.id)], {name: text[language]})


def _get_default(attribute, default):
    "Return the default unless the attribute of the user cannot be it"
    column = attribute.get_column()
    try:
        if default:
            import_values.parse(
                default, column.kind, selection=column.selection)
    except import_values.CellError:
        return None
    return default


class LoadCategories(Wizard):
    __name__ = 'maintenance.equipment.category.load'

    start = StateView(
        'maintenance.equipment.category.load.start',
        'maintenance_equipment.equipment_category_load_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Load", 'load', 'tryton-ok', default=True),
            ])
    load = StateAction('maintenance_equipment.act_equipment_category_tree')

    def do_load(self, action):
        pool = Pool()
        Category = pool.get('maintenance.equipment.category')
        Category.load_sets(self.start.categories)
        return action, {}


class LoadCategoriesStart(ModelView):
    __name__ = 'maintenance.equipment.category.load.start'

    categories = fields.MultiSelection(
        'get_categories', "Categories", required=True, sort=False,
        help="The ready-made categories to load, each with its data sheet.\n"
        "Those which are there already are not made again.")

    @classmethod
    def get_categories(cls):
        language = Transaction().language
        return [
            (s.code, s.name.get(language, s.name['en'])) for s in read_sets()]

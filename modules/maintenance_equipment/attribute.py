# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from decimal import Decimal

from trytond.i18n import gettext
from trytond.model import (
    DictSchemaMixin, ModelSQL, ModelView, Unique, fields, sequence_ordered)
from trytond.pool import Pool
from trytond.pyson import Bool, Eval

from . import import_values, refrigerant
from .exceptions import AttributeDefaultError, EquipmentAttributeError


class AttributeMixin(DictSchemaMixin):
    "What somebody wants to know besides, found by its name"
    __slots__ = ()

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints += [
            ('name_unique', Unique(t, t.name),
                'maintenance_equipment.msg_attribute_name_unique'),
            ]
        cls._order = [
            ('string', 'ASC'),
            ('id', 'ASC'),
            ]

    def write_value(self, value):
        "Return the value as people read it"
        if self.type_ == 'boolean':
            # The standard says it in English to Italians.
            return gettext('maintenance_equipment.msg_yes' if value
                else 'maintenance_equipment.msg_no')
        return str(self.format(value))

    @staticmethod
    def written(values):
        "Return the values which somebody wrote down"
        return {
            n: v for n, v in (values or {}).items()
            if v is not None and v != ''}


class Attribute(AttributeMixin, ModelSQL, ModelView):
    __name__ = 'maintenance.equipment.attribute'

    unit = fields.Char(
        "Unit",
        help="What its number counts, for example kg. It is shown behind the "
        "name.")

    @classmethod
    def get_keys(cls, records):
        keys = super().get_keys(records)
        for key, record in zip(keys, records):
            key['string'] = record.get_label()
        return keys

    def get_label(self):
        return f'{self.string} ({self.unit})' if self.unit else self.string

    @classmethod
    def on_modification(cls, mode, attributes, field_names=None):
        pool = Pool()
        Category = pool.get('maintenance.equipment.category')
        super().on_modification(mode, attributes, field_names=field_names)
        Category.clear_defaults()

    def get_column(self):
        "Return the attribute as a column of a table"
        key, = self.get_keys([self])
        return import_values.Column(
            self.string, self.name, self.type_,
            selection=tuple(tuple(s) for s in key.get('selection', ())))


class CategoryAttribute(sequence_ordered(), ModelSQL, ModelView):
    __name__ = 'maintenance.equipment.category.attribute'

    category = fields.Many2One(
        'maintenance.equipment.category', "Category", required=True,
        ondelete='CASCADE',
        help="What has the attribute, with all its narrower categories.")
    attribute = fields.Many2One(
        'maintenance.equipment.attribute', "Attribute", required=True,
        ondelete='CASCADE',
        help="What is written down about the equipment.")
    required = fields.Boolean(
        "Required",
        help="Check to ask for it before the equipment is put in service.")
    default = fields.Char(
        "Default",
        help="What it is unless somebody says otherwise.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls.__access__.add('category')
        cls._sql_constraints += [
            ('attribute_unique', Unique(t, t.category, t.attribute),
                'maintenance_equipment.msg_category_attribute_unique'),
            ]

    def get_rec_name(self, name):
        return f'{self.category.rec_name}: {self.attribute.rec_name}'

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('attribute.rec_name',) + tuple(clause[1:])]

    @classmethod
    def validate_fields(cls, records, field_names):
        super().validate_fields(records, field_names)
        cls.check_default(records)

    @classmethod
    def check_default(cls, records):
        for record in records:
            try:
                record.get_default()
            except import_values.CellError as error:
                raise AttributeDefaultError(gettext(
                        'maintenance_equipment.msg_attribute_default',
                        default=record.default,
                        attribute=record.attribute.rec_name)) from error

    @classmethod
    def on_modification(cls, mode, records, field_names=None):
        pool = Pool()
        Category = pool.get('maintenance.equipment.category')
        super().on_modification(mode, records, field_names=field_names)
        Category.clear_defaults()

    def get_default(self):
        "Return the default as a value"
        if not self.default:
            return None
        column = self.attribute.get_column()
        return import_values.parse(
            self.default, column.kind, selection=column.selection)


class DataSheetMixin:
    "What the category asks to write down about the equipment"
    __slots__ = ()

    attributes = fields.Dict(
        'maintenance.equipment.attribute', "Data Sheet",
        domain=[
            ('id', 'in', Eval('available_attributes', [])),
            ],
        states={
            'readonly': Eval('state').in_(['retired', 'cancelled']),
            'invisible': ~Bool(Eval('available_attributes', [])),
            },
        help="What the category asks to know about the equipment.")
    available_attributes = fields.Function(
        fields.Many2Many(
            'maintenance.equipment.attribute', None, None,
            "Available Attributes",
            help="What the category asks to know."),
        'on_change_with_available_attributes')
    photos = fields.One2Many(
        'maintenance.equipment.photo', 'equipment', "Photos",
        help="What the equipment looks like, and its plate.")

    @fields.depends('attributes')
    def on_change_attributes(self):
        self.attributes = self.complete_attributes(self.attributes)

    @classmethod
    def complete_attributes(cls, attributes):
        "Return the attributes with what follows from the others"
        pool = Pool()
        Attribute = pool.get('maintenance.equipment.attribute')
        gas = attributes and attributes.get('refrigerant')
        charge = attributes and attributes.get('refrigerant_charge')
        if (not gas or charge is None
                or 'co2_equivalent' not in Attribute.get_relation_fields()):
            return attributes
        tonnes = refrigerant.co2_equivalent(gas, Decimal(str(charge)))
        if tonnes is None:
            return attributes
        return {**attributes, 'co2_equivalent': tonnes}

    @classmethod
    def preprocess_values(cls, mode, values):
        pool = Pool()
        Category = pool.get('maintenance.equipment.category')
        values = super().preprocess_values(mode, values)
        if mode == 'create' and values.get('category'):
            attributes = {
                **Category(values['category']).get_default_attributes(),
                **(values.get('attributes') or {}),
                }
            if attributes:
                values['attributes'] = attributes
        if values.get('attributes'):
            values['attributes'] = cls.complete_attributes(
                values['attributes'])
        return values

    @fields.depends('category')
    def on_change_with_available_attributes(self, name=None):
        if not self.category:
            return []
        return [a.attribute.id for a in self.category.get_attributes()]

    def get_data_sheet(self):
        "Return pairs of label and value of what is written down"
        pool = Pool()
        Attribute = pool.get('maintenance.equipment.attribute')
        values = Attribute.written(self.attributes)
        if not values:
            return []
        asked = [
            r.attribute for r in (
                self.category.get_attributes() if self.category else [])
            if r.attribute.name in values]
        others = Attribute.search([
                ('name', 'in', list(values)),
                ('id', 'not in', [a.id for a in asked]),
                ])
        return [
            (a.get_label(), a.write_value(values[a.name]))
            for a in [*asked, *others]]

    @fields.depends('attributes', 'category')
    def set_default_attributes(self):
        "Show what the category asks, keeping what is written already"
        values = dict(self.attributes or {})
        for row in (self.category.get_attributes() if self.category else []):
            values.setdefault(row.attribute.name, row.get_default())
        self.attributes = values or None

    @classmethod
    def check_attributes(cls, equipments):
        "Raise if something required is missing of what is in use"
        required = {}
        for equipment in equipments:
            category = equipment.category
            if (not category
                    or equipment.state not in {
                        'in_service', 'out_of_service'}):
                continue
            if category not in required:
                required[category] = [
                    a.attribute for a in category.get_attributes()
                    if a.required]
            missing = [
                a for a in required[category]
                if (equipment.attributes or {}).get(a.name) in {None, ''}]
            if missing:
                raise EquipmentAttributeError(gettext(
                        'maintenance_equipment.msg_equipment_attribute',
                        equipment=equipment.rec_name,
                        attributes=", ".join(a.rec_name for a in missing)))


class Photo(sequence_ordered(), ModelSQL, ModelView):
    __name__ = 'maintenance.equipment.photo'

    equipment = fields.Many2One(
        'maintenance.equipment', "Equipment", required=True,
        ondelete='CASCADE',
        help="What the photo shows.")
    company = fields.Function(
        fields.Many2One(
            'company.company', "Company",
            help="The company which attends the equipment."),
        'on_change_with_company', searcher='search_company')
    image = fields.Binary(
        "Image", file_id='image_id', required=True,
        help="The picture.")
    image_id = fields.Char(
        "Image ID", readonly=True,
        help="Where the picture is stored.")
    caption = fields.Char(
        "Caption",
        help="What the photo shows, for example \"Plate\".")
    date = fields.Date(
        "Date",
        help="When it was taken.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('equipment')

    @classmethod
    def default_date(cls):
        pool = Pool()
        Date = pool.get('ir.date')
        return Date.today()

    @fields.depends('equipment', '_parent_equipment.company')
    def on_change_with_company(self, name=None):
        return self.equipment.company if self.equipment else None

    @classmethod
    def search_company(cls, name, clause):
        return [('equipment.' + clause[0],) + tuple(clause[1:])]

    def get_rec_name(self, name):
        return self.caption or self.equipment.rec_name

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('caption',) + tuple(clause[1:])]

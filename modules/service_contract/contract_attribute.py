# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What a kind of contract asks to write down besides."""
from trytond.i18n import gettext
from trytond.model import DictSchemaMixin, ModelSQL, ModelView, Unique, fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Bool, Eval


class Attribute(DictSchemaMixin, ModelSQL, ModelView):
    __name__ = 'service.contract.attribute'

    printed = fields.Boolean(
        "Printed",
        help="Check to print it on the contract.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints += [
            ('name_unique', Unique(t, t.name),
                'service_contract.msg_attribute_name_unique'),
            ]
        cls._order = [
            ('string', 'ASC'),
            ('id', 'ASC'),
            ]

    @staticmethod
    def default_printed():
        return True

    def write_value(self, value):
        "Return the value as people read it"
        if self.type_ == 'boolean':
            # The standard says it in English to Italians.
            return gettext('maintenance_equipment.msg_yes' if value
                else 'maintenance_equipment.msg_no')
        return str(self.format(value))


class Type(metaclass=PoolMeta):
    __name__ = 'service.contract.type'

    attributes = fields.Many2Many(
        'service.contract.type-service.contract.attribute', 'type',
        'attribute', "Data",
        help="What is written down in the contracts of this type besides.")


class Type_Attribute(ModelSQL):
    __name__ = 'service.contract.type-service.contract.attribute'

    type = fields.Many2One(
        'service.contract.type', "Type", required=True, ondelete='CASCADE',
        help="The kind of contract which asks for it.")
    attribute = fields.Many2One(
        'service.contract.attribute', "Attribute", required=True,
        ondelete='CASCADE',
        help="What is written down.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('type')


class Contract(metaclass=PoolMeta):
    __name__ = 'service.contract'

    attributes = fields.Dict(
        'service.contract.attribute', "Data",
        domain=[
            ('id', 'in', Eval('available_attributes', [])),
            ],
        states={
            'readonly': Eval('state').in_(['closed', 'cancelled']),
            'invisible': ~Bool(Eval('available_attributes', [])),
            },
        help="What the type of the contract asks to write down.")
    available_attributes = fields.Function(fields.Many2Many(
            'service.contract.attribute', None, None, "Available Data",
            help="What the type of the contract asks to write down."),
        'on_change_with_available_attributes')

    @fields.depends('type', 'attributes')
    def on_change_type(self):
        super().on_change_type()
        if self.type and self.type.attributes:
            self.attributes = {
                **{a.name: None for a in self.type.attributes},
                **(self.attributes or {})}

    @fields.depends('type')
    def on_change_with_available_attributes(self, name=None):
        return [a.id for a in self.type.attributes] if self.type else []

    def get_data(self):
        "Return name and value, as people read them, of what is printed"
        pool = Pool()
        Attribute = pool.get('service.contract.attribute')
        values = {
            n: v for n, v in (self.attributes or {}).items()
            if v is not None and v != ''}
        return [
            (a.string, a.write_value(values[a.name]))
            for a in Attribute.search([
                    ('name', 'in', list(values)),
                    ('printed', '=', True),
                    ])]

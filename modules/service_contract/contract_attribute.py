# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What a kind of contract asks to write down besides."""
from trytond.model import ModelSQL, ModelView, fields
from trytond.modules.maintenance_equipment.attribute import AttributeMixin
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Bool, Eval


class Attribute(AttributeMixin, ModelSQL, ModelView):
    __name__ = 'service.contract.attribute'

    printed = fields.Boolean(
        "Printed",
        help="Check to print it on the contract.")

    @staticmethod
    def default_printed():
        return True


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
        values = Attribute.written(self.attributes)
        return [
            (a.string, a.write_value(values[a.name]))
            for a in Attribute.search([
                    ('name', 'in', list(values)),
                    ('printed', '=', True),
                    ])]

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.model import fields
from trytond.pool import PoolMeta

POLICIES = [
    (None, ""),
    ('propose', "Propose"),
    ('create', "Put in Service"),
    ('ignore', "Nothing"),
    ]


class DeliveredMixin:
    "What a delivered unit becomes in the installed base"
    __slots__ = ()

    equipment_category = fields.Many2One(
        'maintenance.equipment.category', "Category of Equipment",
        ondelete='RESTRICT',
        help="The category which the delivered units get.")


class Template(DeliveredMixin, metaclass=PoolMeta):
    __name__ = 'product.template'

    equipment_policy = fields.Selection(
        POLICIES, "On Delivery", sort=False,
        help="What a delivered unit with a lot becomes: a draft for the "
        "office to complete, equipment in service at once, or nothing.\n"
        "Leave empty to do as the categories of the product say.")

    def get_equipment_setting(self, name):
        "Return the setting of the product, or of the nearest category"
        if value := getattr(self, name):
            return value
        for category in self.categories:
            while category:
                if value := getattr(category, name):
                    return value
                category = category.parent
        return None


class Category(DeliveredMixin, metaclass=PoolMeta):
    __name__ = 'product.category'

    equipment_policy = fields.Selection(
        POLICIES, "On Delivery", sort=False,
        help="What a delivered unit with a lot becomes: a draft for the "
        "office to complete, equipment in service at once, or nothing.")

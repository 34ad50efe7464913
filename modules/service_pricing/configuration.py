# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.model import ModelSingleton, ModelSQL, ModelView, fields
from trytond.modules.company.model import (
    CompanyMultiValueMixin, CompanyValueMixin)
from trytond.pool import Pool
from trytond.pyson import Eval


def _layer(string, help):
    return fields.Boolean(string, help=help)


_price_list = fields.Many2One(
    'product.price_list', "Price List", ondelete='RESTRICT',
    domain=[
        ('company', '=', Eval('context', {}).get('company', -1)),
        ],
    help="Gives the list price on which the layers stand. "
    "Leave empty for the list price of the products.")
_layer_base = _layer(
    "Base", "Check to use the rules which are for everybody.")
_layer_tariff_group = _layer(
    "Tariff Groups", "Check to use the rules of groups of customers.")
_layer_quote = _layer(
    "Quotes", "Check to use the prices agreed for one order.")
_layer_party = _layer(
    "Customers", "Check to use the rules of one customer.")
_layer_site = _layer(
    "Sites", "Check to use the rules of one site.")
_layer_contract = _layer(
    "Contracts", "Check to use the prices agreed in contracts.")

LAYERS = ['base', 'tariff_group', 'quote', 'party', 'site', 'contract']
SETTINGS = ['price_list'] + [f'layer_{layer}' for layer in LAYERS]


class Configuration(
        ModelSingleton, CompanyMultiValueMixin, ModelSQL, ModelView):
    __name__ = 'service.pricing.configuration'

    price_list = fields.MultiValue(_price_list)
    layer_base = fields.MultiValue(_layer_base)
    layer_tariff_group = fields.MultiValue(_layer_tariff_group)
    layer_quote = fields.MultiValue(_layer_quote)
    layer_party = fields.MultiValue(_layer_party)
    layer_site = fields.MultiValue(_layer_site)
    layer_contract = fields.MultiValue(_layer_contract)

    @classmethod
    def multivalue_model(cls, field):
        pool = Pool()
        if field in SETTINGS:
            return pool.get('service.pricing.configuration.company')
        return super().multivalue_model(field)

    @classmethod
    def default_layer_base(cls, **pattern):
        return True

    @classmethod
    def default_layer_tariff_group(cls, **pattern):
        return True

    @classmethod
    def default_layer_quote(cls, **pattern):
        return True

    @classmethod
    def default_layer_party(cls, **pattern):
        return True

    @classmethod
    def default_layer_site(cls, **pattern):
        return True

    @classmethod
    def default_layer_contract(cls, **pattern):
        return True

    @classmethod
    def layers_on(cls, company):
        "Return the layers which the company uses, from the lowest"
        configuration = cls(1)
        return [
            layer for layer in LAYERS
            if configuration.get_multivalue(
                f'layer_{layer}', company=company.id)]


class ConfigurationPricing(ModelSQL, CompanyValueMixin):
    __name__ = 'service.pricing.configuration.company'

    price_list = _price_list
    layer_base = _layer_base
    layer_tariff_group = _layer_tariff_group
    layer_quote = _layer_quote
    layer_party = _layer_party
    layer_site = _layer_site
    layer_contract = _layer_contract

    @classmethod
    def on_modification(cls, mode, records, field_names=None):
        pool = Pool()
        PriceRule = pool.get('service.price.rule')
        super().on_modification(mode, records, field_names=field_names)
        PriceRule._tariff_cache.clear()

    @staticmethod
    def default_layer_base():
        return True

    @staticmethod
    def default_layer_tariff_group():
        return True

    @staticmethod
    def default_layer_quote():
        return True

    @staticmethod
    def default_layer_party():
        return True

    @staticmethod
    def default_layer_site():
        return True

    @staticmethod
    def default_layer_contract():
        return True

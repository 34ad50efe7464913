# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Quote by a prepared concept what a technician recommends."""
from decimal import Decimal

from trytond.model import fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.transaction import without_check_access

from .recognising import recognise


class Recommendation(metaclass=PoolMeta):
    __name__ = 'maintenance.recommendation'

    concept = fields.Many2One(
        'service.concept', "Concept", ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        states={
            'readonly': Eval('state') != 'open',
            },
        help="The prepared concept that is quoted, with its price.\n"
        "It is recognised when its words stand in the description.")

    @fields.depends('concept', 'product', 'description')
    def on_change_concept(self):
        if self.concept:
            self.product = self.concept.product
            if not self.description:
                self.description = self.concept.name

    @fields.depends('concept', '_parent_concept.product', 'product')
    def on_change_product(self):
        if self.concept and self.concept.product != self.product:
            self.concept = None

    @classmethod
    @without_check_access
    def preprocess_values(cls, mode, values):
        pool = Pool()
        Concept = pool.get('service.concept')
        values = super().preprocess_values(mode, values)
        if mode == 'create' and not values.get('product'):
            concept = values.get('concept')
            if not concept and values.get('description'):
                company = values.get('company') or cls.default_company()
                concept = recognise(values['description'], {
                        c.id: c.words or c.name
                        for c in cls._get_concepts(company)})
            if concept:
                values['concept'] = concept
                values['product'] = Concept(concept).product.id
        return values

    @classmethod
    def _get_concepts(cls, company):
        "Return what can be recognised"
        pool = Pool()
        Concept = pool.get('service.concept')
        return Concept.search([('company', '=', company)])


class RecommendationSale(metaclass=PoolMeta):
    __name__ = 'maintenance.recommendation'

    @classmethod
    def _get_concepts(cls, company):
        return [
            c for c in super()._get_concepts(company) if c.product.salable]

    def _sale_line(self, sale):
        line = super()._sale_line(sale)
        if self.concept:
            line.concept = self.concept
            line.unit_price = line.compute_unit_price()
            if line.unit_price is None:
                line.unit_price = Decimal(0)
            line.description = '\n'.join(
                filter(None, [line.description, self.concept.specification]))
        return line

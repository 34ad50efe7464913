# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.model import fields
from trytond.pool import Pool, PoolMeta


class Party(metaclass=PoolMeta):
    __name__ = 'party.party'

    tariff_group = fields.Many2One(
        'service.tariff_group', "Tariff Group", ondelete='RESTRICT',
        help="The group of customers whose prices the party has.")


class Replace(metaclass=PoolMeta):
    __name__ = 'party.replace'

    @classmethod
    def fields_to_replace(cls):
        return super().fields_to_replace() + [
            ('service.price.rule', 'party'),
            ]

    def transition_replace(self):
        pool = Pool()
        PriceRule = pool.get('service.price.rule')
        result = super().transition_replace()
        # The rules are changed behind their back.
        PriceRule._tariff_cache.clear()
        return result

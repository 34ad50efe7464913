# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.model import fields
from trytond.pool import PoolMeta
from trytond.pyson import Eval


class Site(metaclass=PoolMeta):
    __name__ = 'maintenance.site'

    price_zone = fields.Many2One(
        'service.zone', "Price Zone", ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        help="The zone which tells what coming here costs. "
        "Leave empty for the zone of the place it is part of.")

    @property
    def price_zone_used(self):
        site = self
        while site and not site.price_zone:
            site = site.parent
        return site.price_zone if site else None

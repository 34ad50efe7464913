# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.model import fields
from trytond.pool import PoolMeta


class Site(metaclass=PoolMeta):
    __name__ = 'maintenance.site'

    signature_required = fields.Selection([
            (None, "As Configured"),
            ('yes', "Required"),
            ('no', "Not Required"),
            ], "Signature", sort=False,
        help="Whether a visit must be signed before it is posted.")

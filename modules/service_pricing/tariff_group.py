# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.model import DeactivableMixin, ModelSQL, ModelView, fields


class TariffGroup(DeactivableMixin, ModelSQL, ModelView):
    __name__ = 'service.tariff_group'

    name = fields.Char(
        "Name", required=True, translate=True,
        help="How the group of customers is called.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [
            ('name', 'ASC'),
            ('id', 'ASC'),
            ]

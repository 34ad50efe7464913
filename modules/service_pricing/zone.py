# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.model import DeactivableMixin, ModelSQL, ModelView, fields
from trytond.transaction import Transaction


class Zone(DeactivableMixin, ModelSQL, ModelView):
    __name__ = 'service.zone'

    name = fields.Char(
        "Name", required=True, translate=True,
        help="How the zone is called.")
    company = fields.Many2One(
        'company.company', "Company", required=True,
        help="The company which charges by zones.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [
            ('name', 'ASC'),
            ('id', 'ASC'),
            ]

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

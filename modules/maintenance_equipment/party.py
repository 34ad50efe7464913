# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.i18n import gettext
from trytond.model import fields
from trytond.modules.party.exceptions import EraseError
from trytond.pool import Pool, PoolMeta


class Party(metaclass=PoolMeta):
    __name__ = 'party.party'

    maintenance_sites = fields.One2Many(
        'maintenance.site', 'party', "Sites",
        filter=[
            ('parent', '=', None),
            ],
        help="The places of the party which we attend.")
    maintenance_equipments = fields.Function(
        fields.Many2Many(
            'maintenance.equipment', None, None, "Equipment",
            help="What stands at the sites of the party now."),
        'get_maintenance_equipments')

    @classmethod
    def get_maintenance_equipments(cls, parties, name):
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')

        result = {p.id: [] for p in parties}
        equipments = Equipment.search([
                ('customer', 'in', list(result)),
                ])
        for equipment in equipments:
            result[equipment.customer.id].append(equipment.id)
        return result

    @classmethod
    def copy(cls, parties, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('maintenance_sites')
        return super().copy(parties, default=default)


class Replace(metaclass=PoolMeta):
    __name__ = 'party.replace'

    @classmethod
    def fields_to_replace(cls):
        return super().fields_to_replace() + [
            ('maintenance.site', 'party'),
            ('maintenance.site.party', 'party'),
            ('maintenance.site.key', 'holder'),
            ('maintenance.site.key.log', 'party'),
            ('maintenance.equipment.placement', 'customer'),
            ('maintenance.equipment.placement', 'owner'),
            ('maintenance.equipment.placement', 'user'),
            ('maintenance.warranty', 'provider'),
            ('party.relation', 'from_'),
            ('party.relation', 'to'),
            ]


class Erase(metaclass=PoolMeta):
    __name__ = 'party.erase'

    def check_erase_company(self, party, company):
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')

        super().check_erase_company(party, company)

        equipments = Equipment.search([
                ('company', '=', company.id),
                ('state', 'in', ['in_service', 'out_of_service']),
                ['OR',
                    ('customer', '=', party.id),
                    ('owner', '=', party.id),
                    ('user', '=', party.id),
                    ],
                ], limit=1)
        if equipments:
            equipment, = equipments
            raise EraseError(gettext(
                    'maintenance_equipment.msg_erase_party_equipment',
                    party=party.rec_name,
                    company=company.rec_name,
                    equipment=equipment.rec_name))

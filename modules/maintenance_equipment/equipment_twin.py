# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from collections import defaultdict

from trytond.i18n import gettext
from trytond.pool import Pool
from trytond.transaction import without_check_access

from .exceptions import EquipmentTwinWarning
from .warning_key import warning_key

_SERIALS = ['serial', 'manufacturer_serial']


class TwinMixin:
    """Ask when a machine is there already

    The database keeps the serials of a product unique.  Without product two
    models of a maker may have the same serial, but seldom do.
    """
    __slots__ = ()

    @classmethod
    def validate_fields(cls, equipments, field_names):
        super().validate_fields(equipments, field_names)
        if not field_names or (
                field_names & {'product', 'manufacturer', *_SERIALS}):
            cls.check_twins(equipments)

    @classmethod
    def check_twins(cls, equipments):
        pool = Pool()
        Warning = pool.get('res.user.warning')

        found = cls.find_twins(equipments)
        if not found:
            return
        key = warning_key('equipment_twin', [
                value for e, twin, serial in found
                for value in [e.name, twin.name, serial]])
        if Warning.check(key):
            raise EquipmentTwinWarning(key, gettext(
                    'maintenance_equipment.msg_equipment_twin',
                    equipments=", ".join(
                        f'{e.rec_name} = {twin.rec_name} ({serial})'
                        for e, twin, serial in found[:5])))

    @classmethod
    @without_check_access
    def find_twins(cls, equipments):
        "Return those of a maker whose serial another has, with it"
        by_key = defaultdict(list)
        for equipment in equipments:
            for key in equipment._twin_keys():
                by_key[key].append(equipment)
        if not by_key:
            return []
        serials = list({serial for *_, serial in by_key})
        others = cls.search([
                ('company', 'in', list({company for company, *_ in by_key})),
                ('product', '=', None),
                ('state', '!=', 'cancelled'),
                ['OR', *((name, 'in', serials) for name in _SERIALS)],
                ], order=[('id', 'ASC')])
        return [
            (equipment, other, key[-1])
            for other in others for key in other._twin_keys()
            for equipment in by_key.get(key, []) if equipment.id > other.id
            or (equipment != other and other not in equipments)]

    def _twin_keys(self):
        "Return what tells the machine from all others"
        if self.product or not self.manufacturer or self.state == 'cancelled':
            return set()
        return {
            (self.company.id, self.manufacturer.casefold(), serial)
            for serial in (getattr(self, name) for name in _SERIALS) if serial}

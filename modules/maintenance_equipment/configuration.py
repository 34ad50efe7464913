# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.model import ModelSingleton, ModelSQL, ModelView, fields
from trytond.modules.company.model import (
    CompanyMultiValueMixin, CompanyValueMixin)
from trytond.pool import Pool
from trytond.pyson import Eval, Id


def _sequence(string, type_, help):
    return fields.Many2One(
        'ir.sequence', string, required=True,
        domain=[
            ('company', 'in', [
                    Eval('context', {}).get('company', -1), None]),
            ('sequence_type', '=', Id('maintenance_equipment', type_)),
            ],
        help=help)


_site_sequence = _sequence(
    "Site Sequence", 'sequence_type_site',
    "Used to generate the code of the sites.")
_equipment_sequence = _sequence(
    "Equipment Sequence", 'sequence_type_equipment',
    "Used to generate the number of the equipment.")


class Configuration(
        ModelSingleton, CompanyMultiValueMixin, ModelSQL, ModelView):
    __name__ = 'maintenance.configuration'

    site_sequence = fields.MultiValue(_site_sequence)
    equipment_sequence = fields.MultiValue(_equipment_sequence)

    @classmethod
    def multivalue_model(cls, field):
        pool = Pool()
        if field in {'site_sequence', 'equipment_sequence'}:
            return pool.get('maintenance.configuration.sequence')
        return super().multivalue_model(field)

    @classmethod
    def default_site_sequence(cls, **pattern):
        return cls.multivalue_model('site_sequence').default_site_sequence()

    @classmethod
    def default_equipment_sequence(cls, **pattern):
        return cls.multivalue_model(
            'equipment_sequence').default_equipment_sequence()


class ConfigurationSequence(ModelSQL, CompanyValueMixin):
    __name__ = 'maintenance.configuration.sequence'

    site_sequence = _site_sequence
    equipment_sequence = _equipment_sequence

    @classmethod
    def default_site_sequence(cls):
        return cls._default_sequence('sequence_site')

    @classmethod
    def default_equipment_sequence(cls):
        return cls._default_sequence('sequence_equipment')

    @classmethod
    def _default_sequence(cls, fs_id):
        pool = Pool()
        ModelData = pool.get('ir.model.data')
        try:
            return ModelData.get_id('maintenance_equipment', fs_id)
        except KeyError:
            return None

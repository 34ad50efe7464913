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


_base = fields.Many2One(
    'maintenance.site', "Base", ondelete='RESTRICT',
    domain=[
        ('company', '=', Eval('context', {}).get('company', -1)),
        ],
    help="The site of ours from which the technicians start.")
_workshop = fields.Many2One(
    'maintenance.site', "Workshop", ondelete='RESTRICT',
    domain=[
        ('company', '=', Eval('context', {}).get('company', -1)),
        ],
    help="The site of ours where units are repaired.")
_road_factor = fields.Float(
    "Road Factor", digits=(2, 2), required=True,
    domain=[
        ('road_factor', '>=', 1),
        ],
    help="How much longer roads are than the straight line.")
_road_speed = fields.Float(
    "Road Speed", digits=(3, 0), required=True,
    domain=[
        ('road_speed', '>', 0),
        ],
    help="The usual speed in kilometres an hour, for the travel time.")

SEQUENCES = {'site_sequence', 'equipment_sequence'}
SITES = {'base', 'workshop', 'road_factor', 'road_speed'}


class Configuration(
        ModelSingleton, CompanyMultiValueMixin, ModelSQL, ModelView):
    __name__ = 'maintenance.configuration'

    site_sequence = fields.MultiValue(_site_sequence)
    equipment_sequence = fields.MultiValue(_equipment_sequence)
    base = fields.MultiValue(_base)
    workshop = fields.MultiValue(_workshop)
    road_factor = fields.MultiValue(_road_factor)
    road_speed = fields.MultiValue(_road_speed)

    @classmethod
    def multivalue_model(cls, field):
        pool = Pool()
        if field in SEQUENCES:
            return pool.get('maintenance.configuration.sequence')
        if field in SITES:
            return pool.get('maintenance.configuration.site')
        return super().multivalue_model(field)

    @classmethod
    def default_site_sequence(cls, **pattern):
        return cls.multivalue_model('site_sequence').default_site_sequence()

    @classmethod
    def default_equipment_sequence(cls, **pattern):
        return cls.multivalue_model(
            'equipment_sequence').default_equipment_sequence()

    @classmethod
    def default_road_factor(cls, **pattern):
        return cls.multivalue_model('road_factor').default_road_factor()

    @classmethod
    def default_road_speed(cls, **pattern):
        return cls.multivalue_model('road_speed').default_road_speed()


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


class ConfigurationSite(ModelSQL, CompanyValueMixin):
    __name__ = 'maintenance.configuration.site'

    base = _base
    workshop = _workshop
    road_factor = _road_factor
    road_speed = _road_speed

    @classmethod
    def default_road_factor(cls):
        return 1.3

    @classmethod
    def default_road_speed(cls):
        return 50

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.model import ModelSQL, fields
from trytond.modules.company.model import CompanyValueMixin
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval, Id

_fire_audit_sequence = fields.Many2One(
    'ir.sequence', "Audit Sequence", required=True,
    domain=[
        ('company', 'in', [
                Eval('context', {}).get('company', -1), None]),
        ('sequence_type', '=', Id('fire_audit', 'sequence_type_audit')),
        ],
    help="Used to generate the number of the audits.")
_fire_registry_number = fields.Char(
    "Registry Number",
    help="The number under which the authority lists the company as "
    "maintainer of fire protection.")
_fire_technical_manager = fields.Many2One(
    'company.employee', "Technical Manager", ondelete='RESTRICT',
    domain=[
        ('company', '=', Eval('context', {}).get('company', -1)),
        ],
    help="Who signs the certificates.")

SETTINGS = ['fire_registry_number', 'fire_technical_manager']


class Configuration(metaclass=PoolMeta):
    __name__ = 'maintenance.configuration'

    fire_audit_sequence = fields.MultiValue(_fire_audit_sequence)
    fire_registry_number = fields.MultiValue(_fire_registry_number)
    fire_technical_manager = fields.MultiValue(_fire_technical_manager)

    @classmethod
    def multivalue_model(cls, field):
        pool = Pool()
        if field == 'fire_audit_sequence':
            return pool.get('maintenance.configuration.sequence')
        elif field in SETTINGS:
            return pool.get('maintenance.configuration.fire')
        return super().multivalue_model(field)

    @classmethod
    def default_fire_audit_sequence(cls, **pattern):
        return cls.multivalue_model(
            'fire_audit_sequence').default_fire_audit_sequence()


class ConfigurationSequence(metaclass=PoolMeta):
    __name__ = 'maintenance.configuration.sequence'

    fire_audit_sequence = _fire_audit_sequence

    @classmethod
    def default_fire_audit_sequence(cls):
        pool = Pool()
        ModelData = pool.get('ir.model.data')
        try:
            return ModelData.get_id('fire_audit', 'sequence_audit')
        except KeyError:
            return None


class ConfigurationFire(ModelSQL, CompanyValueMixin):
    __name__ = 'maintenance.configuration.fire'

    fire_registry_number = _fire_registry_number
    fire_technical_manager = _fire_technical_manager

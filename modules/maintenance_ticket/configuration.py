# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.model import fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval, Id

_ticket_sequence = fields.Many2One(
    'ir.sequence', "Ticket Sequence", required=True,
    domain=[
        ('company', 'in', [
                Eval('context', {}).get('company', -1), None]),
        ('sequence_type', '=', Id(
                'maintenance_ticket', 'sequence_type_ticket')),
        ],
    help="Used to generate the number of the tickets.")


class Configuration(metaclass=PoolMeta):
    __name__ = 'maintenance.configuration'

    ticket_sequence = fields.MultiValue(_ticket_sequence)

    @classmethod
    def default_ticket_sequence(cls, **pattern):
        return cls.multivalue_model(
            'ticket_sequence').default_ticket_sequence()

    @classmethod
    def multivalue_model(cls, field):
        pool = Pool()
        if field == 'ticket_sequence':
            return pool.get('maintenance.configuration.sequence')
        return super().multivalue_model(field)


class ConfigurationSequence(metaclass=PoolMeta):
    __name__ = 'maintenance.configuration.sequence'

    ticket_sequence = _ticket_sequence

    @classmethod
    def default_ticket_sequence(cls):
        pool = Pool()
        ModelData = pool.get('ir.model.data')
        try:
            return ModelData.get_id('maintenance_ticket', 'sequence_ticket')
        except KeyError:
            return None

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.pool import Pool, PoolMeta


class History(metaclass=PoolMeta):
    __name__ = 'maintenance.equipment.history'

    @classmethod
    def sources(cls):
        return {
            **super().sources(),
            'maintenance.ticket': cls._tickets,
            }

    @classmethod
    def _tickets(cls, table):
        pool = Pool()
        TicketEquipment = pool.get('maintenance.ticket-maintenance.equipment')
        relation = TicketEquipment.__table__()
        from_ = table.join(relation, condition=relation.ticket == table.id)
        return (
            from_, relation.id, relation.equipment, table.received_at,
            table.subject, table.state != 'cancelled')


class Downtime(metaclass=PoolMeta):
    __name__ = 'maintenance.downtime'

    @classmethod
    def _get_origins(cls):
        return [*super()._get_origins(), 'maintenance.ticket']

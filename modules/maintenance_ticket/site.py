# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.model import fields
from trytond.pool import Pool, PoolMeta
from trytond.transaction import check_access

from .ticket import CLOSED


class Site(metaclass=PoolMeta):
    __name__ = 'maintenance.site'

    open_tickets = fields.Function(
        fields.Many2Many(
            'maintenance.ticket', None, None, "Open Tickets",
            help="What is to be solved there and in all places inside."),
        'get_open_tickets')

    @classmethod
    @check_access
    def get_open_tickets(cls, sites, name):
        pool = Pool()
        Ticket = pool.get('maintenance.ticket')

        result = {s.id: [] for s in sites}
        tickets = Ticket.search([
                ('site', 'child_of', list(result), 'parent'),
                ('state', 'not in', CLOSED),
                ])
        for ticket in tickets:
            place = ticket.site
            while place:
                if place.id in result:
                    result[place.id].append(ticket.id)
                place = place.parent
        return result


class ChangeHolder(metaclass=PoolMeta):
    __name__ = 'maintenance.site.change_holder'

    def get_lines(self, sites):
        pool = Pool()
        Ticket = pool.get('maintenance.ticket')

        # What is worked at was ordered by the old holder and stays his.
        tickets = Ticket.search([
                ('site', 'in', [s.id for s in sites]),
                ('party', 'in', list({s.party.id for s in sites})),
                ('state', 'not in', CLOSED),
                ('tasks', '=', None),
                ], order=[('received_at', 'ASC'), ('id', 'ASC')])
        return super().get_lines(sites) + [
            (ticket, ticket.site.rec_name) for ticket in tickets]

    def change_records(self, records):
        pool = Pool()
        Ticket = pool.get('maintenance.ticket')

        super().change_records(records)
        Ticket.write(
            records['maintenance.ticket'], {'party': self.start.party.id})


class ChangeHolderLine(metaclass=PoolMeta):
    __name__ = 'maintenance.site.change_holder.line'

    @classmethod
    def _get_models(cls):
        return [*super()._get_models(), 'maintenance.ticket']

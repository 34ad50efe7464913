# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.i18n import gettext
from trytond.modules.party.exceptions import EraseError
from trytond.pool import Pool, PoolMeta


class Replace(metaclass=PoolMeta):
    __name__ = 'party.replace'

    @classmethod
    def fields_to_replace(cls):
        return super().fields_to_replace() + [
            ('maintenance.ticket', 'party'),
            ('maintenance.ticket', 'requester'),
            ]


class Erase(metaclass=PoolMeta):
    __name__ = 'party.erase'

    def check_erase_company(self, party, company):
        pool = Pool()
        Ticket = pool.get('maintenance.ticket')
        super().check_erase_company(party, company)
        tickets = Ticket.search([
                ('company', '=', company.id),
                ['OR', ('party', '=', party.id), ('requester', '=', party.id)],
                ('state', 'not in', ['resolved', 'closed', 'cancelled']),
                ], limit=1)
        if tickets:
            raise EraseError(gettext(
                    'maintenance_ticket.msg_erase_party_ticket',
                    party=party.rec_name,
                    ticket=tickets[0].rec_name,
                    company=company.rec_name))

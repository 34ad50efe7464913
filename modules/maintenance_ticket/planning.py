# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.i18n import gettext
from trytond.modules.maintenance_order.planning import PlanVisit
from trytond.pool import Pool

from .exceptions import TicketSiteError


class PlanTicketVisit(PlanVisit):
    "Make order and visit of a ticket in one step"
    __name__ = 'maintenance.ticket.plan_visit'

    def default_start(self, fields):
        ticket = self.record
        if not ticket.site:
            raise TicketSiteError(gettext(
                    'maintenance_ticket.msg_ticket_site',
                    ticket=ticket.rec_name))
        tasks = [t for t in ticket.tasks if t.state == 'open']
        return self._best_slot(
            ticket.company, ticket.site, tasks, leader=ticket.employee)

    def do_plan(self, action):
        pool = Pool()
        Ticket = pool.get('maintenance.ticket')
        ticket = self.record
        Ticket.make_orders([ticket])
        ticket = Ticket(ticket.id)
        own = [t for t in ticket.tasks if t.state == 'open']
        chosen = list(self.start.tasks)
        self.start.tasks = chosen + [t for t in own if t not in chosen]
        order = (own or list(ticket.tasks))[0].order
        visit = self.start.get_visit(order)
        visit.save()
        action['views'].sort(key=lambda view: view[1] != 'form')
        return action, {'res_id': [visit.id]}

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.pool import Pool, PoolMeta


class Finding(metaclass=PoolMeta):
    __name__ = 'fire.finding'

    ticket = fields.Many2One(
        'maintenance.ticket', "Ticket", readonly=True, ondelete='SET NULL',
        help="The ticket which asks for the repair.")

    @classmethod
    def get_proposed(cls, findings, name):
        proposed = super().get_proposed(findings, name)
        for finding in findings:
            if finding.ticket and finding.ticket.state != 'cancelled':
                proposed[finding.id] = True
        return proposed

    @classmethod
    @ModelView.button
    def propose(cls, findings):
        "Make one ticket for each audit, the help desk plans the work"
        pool = Pool()
        Ticket = pool.get('maintenance.ticket')

        by_audit = {}
        for finding in findings:
            if finding.state == 'open' and not finding.proposed:
                by_audit.setdefault(finding.audit, []).append(finding)
        tickets = []
        for audit, audit_findings in by_audit.items():
            ticket = cls._get_ticket(audit, audit_findings)
            tickets.append(ticket)
            for finding in audit_findings:
                finding.ticket = ticket
        Ticket.save(tickets)
        cls.save([f for fs in by_audit.values() for f in fs])
        Ticket.confirm([t for t in tickets if t.state == 'received'])

    @classmethod
    def _get_ticket(cls, audit, findings):
        pool = Pool()
        Ticket = pool.get('maintenance.ticket')

        return Ticket(
            company=audit.company, party=audit.party, site=audit.site,
            equipments=list({
                    f.equipment for f in findings if f.equipment}),
            subject=gettext('fire_audit.msg_repair_of', audit=audit.number),
            channel='internal',
            priority=('high' if any(
                    f.severity == 'critical' for f in findings)
                else Ticket.default_priority()),
            description='\n'.join(
                f'- {f.severity_string}: {f.rec_name}'
                + (f' ({f.description})' if f.description else '')
                for f in findings))


class Ticket(metaclass=PoolMeta):
    __name__ = 'maintenance.ticket'

    fire_findings = fields.One2Many(
        'fire.finding', 'ticket', "Findings", readonly=True,
        help="The findings of audits the ticket is about.")

    @classmethod
    def copy(cls, tickets, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('fire_findings')
        return super().copy(tickets, default=default)

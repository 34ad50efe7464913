# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Alarm who is on duty when a customer writes outside working hours."""
from email.message import EmailMessage
from email.utils import formataddr

import trytond.config as config
from trytond.i18n import gettext
from trytond.model import fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.sendmail import send_message_transactional
from trytond.tools.email_ import set_from_header

from .inbound_email import ACTION


class Rule(metaclass=PoolMeta):
    __name__ = 'inbound.email.rule'

    ticket_alarm = fields.Boolean(
        "Alarm who is on Duty",
        states={
            'invisible': Eval('action') != ACTION,
            },
        help="Check to send the mails of customers on to who is on duty when "
        "they come in.\n"
        "Nobody is on duty during working hours.")

    @classmethod
    def default_ticket_alarm(cls):
        return True


class Ticket(metaclass=PoolMeta):
    __name__ = 'maintenance.ticket'

    @classmethod
    def _mail_came_in(cls, ticket, rule):
        super()._mail_came_in(ticket, rule)
        if rule.ticket_alarm:
            ticket.alarm()

    def alarm(self):
        """Send the ticket to who is on duty, and keep who was told

        Where nobody is on duty it waits for the office.
        """
        pool = Pool()
        Duty = pool.get('maintenance.duty')
        told = []
        for duty in Duty.on_duty(self.company):
            party = duty.employee.party
            mechanism = party.contact_mechanism_get('email')
            if mechanism and party not in told:
                send_message_transactional(self._alarm_message(
                        party, formataddr(
                            (mechanism.name or party.name, mechanism.email))))
                told.append(party)
        if told:
            self._note_alarm(told)

    def _alarm_message(self, party, address):
        pool = Pool()
        Lang = pool.get('ir.lang')
        lang = party.lang or Lang.get()
        arguments = {
            'ticket': self.rec_name,
            'employee': party.name,
            'company': self.company.party.name,
            'customer': self.party.name if self.party else '?',
            }
        message = EmailMessage()
        set_from_header(
            message, config.get('email', 'from'),
            config.get('email', 'from'))
        message['To'] = address
        message['Subject'] = gettext(
            'maintenance_ticket.msg_mail_duty_subject',
            lang.code, **arguments)
        message.set_content('\n\n'.join(filter(None, [
                        gettext(
                            'maintenance_ticket.msg_mail_duty',
                            lang.code, **arguments),
                        self._alarm_facts(),
                        self.description,
                        ])))
        return message

    def _alarm_facts(self):
        "Return where it is, at which machine, and whom to call"
        facts = []
        if self.site:
            address = self.site.get_full_address()
            facts.append(', '.join(filter(None, [
                            self.site.rec_name,
                            address.full_address.replace('\n', ', ')
                            if address else None])))
        facts.extend(e.rec_name for e in self.equipments)
        facts.extend(
            ', '.join(filter(None, [c.name, c.phone, c.email]))
            for c in self.callers)
        if self.party:
            facts.extend(
                m.value for m in self.party.contact_mechanisms
                if m.type in {'phone', 'mobile'})
        return '\n'.join(facts)

    def _note_alarm(self, told):
        pool = Pool()
        Channel = pool.get('ir.chat.channel')
        Channel.post(self, gettext(
                'maintenance_ticket.msg_ticket_alarm',
                employees=', '.join(p.name for p in told)))

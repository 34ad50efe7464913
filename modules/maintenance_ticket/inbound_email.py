# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import json
import re
from email.message import EmailMessage

from trytond.i18n import gettext
from trytond.model import fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.transaction import Transaction

from . import mail
from .exceptions import RuleCompanyError

ACTION = 'maintenance.ticket|from_inbound_email'


class Email(metaclass=PoolMeta):
    __name__ = 'inbound.email'

    @property
    def raw(self):
        "The bytes of the mail, whatever brought it"
        if self.data_type == 'raw':
            return bytes(self.data)
        payload = json.loads(self.data)
        for key in ['raw_msg', 'raw', 'email', 'RawEmail']:
            if payload.get(key):
                return payload[key].encode('utf-8', 'surrogateescape')
        return self._rebuild().as_bytes()

    def _rebuild(self):
        "Some services hand over the parts only"
        parts = self.as_dict()
        message = EmailMessage()
        headers = parts.get('headers', {})
        for name in [
                'Message-ID', 'References', 'In-Reply-To', 'Auto-Submitted',
                'Precedence']:
            if name in headers:
                message[name] = headers[name]
        message['From'] = parts.get('from', '')
        message['To'] = ', '.join(parts.get('to', []))
        message['Subject'] = parts.get('subject', '')
        if 'text' in parts:
            message.set_content(parts['text'])
        elif 'html' in parts:
            message.set_content(parts['html'], subtype='html')
        for attachment in parts.get('attachments', []):
            maintype, _, subtype = attachment['type'].partition('/')
            message.add_attachment(
                attachment['data'], maintype=maintype,
                subtype=subtype or 'octet-stream',
                filename=attachment['filename'])
        return message


class Rule(metaclass=PoolMeta):
    __name__ = 'inbound.email.rule'

    ticket_company = fields.Many2One(
        'company.company', "Company",
        states={
            'invisible': Eval('action') != ACTION,
            'required': Eval('action') == ACTION,
            },
        help="The company which answers the tickets.")
    ticket_type = fields.Many2One(
        'maintenance.request.type', "Request Type",
        domain=[
            ('company', 'in', [Eval('ticket_company', -1), None]),
            ],
        states={
            'invisible': Eval('action') != ACTION,
            },
        help="The type of the new tickets.\n"
        "Leave empty for the first type.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.action.selection.append((ACTION, "Make Ticket"))

    @classmethod
    def validate_fields(cls, rules, field_names):
        super().validate_fields(rules, field_names)
        for rule in rules:
            if rule.action == ACTION and not rule.ticket_company:
                raise RuleCompanyError(gettext(
                        'maintenance_ticket.msg_rule_company',
                        rule=rule.rec_name))


class Ticket(metaclass=PoolMeta):
    __name__ = 'maintenance.ticket'

    @classmethod
    def from_inbound_email(cls, email, rule):
        """Return the ticket that the mail belongs to, or is from now on

        The same mail twice gives the same ticket, an answer goes to the chat
        of its ticket, and what no person wrote makes nothing.
        """
        # The mail comes in by a route, which has no user and no company.
        with Transaction().set_context(company=rule.ticket_company.id):
            message = mail.read(email.raw)
            known = cls._message_of(message.message_id)
            if known:
                return known.channel.resource
            ticket = cls._ticket_of(message, rule.ticket_company)
            if ticket is None:
                if message.automatic:
                    return None
                ticket = cls._from_mail(message, rule)
                ticket.save()
                if ticket.party:
                    cls.confirm([ticket])
            elif ticket.state in {'resolved', 'closed'} and (
                    not message.automatic):
                cls.reopen([ticket])
            ticket._post_mail(message)
            if not message.automatic:
                cls._mail_came_in(ticket, rule)
            return ticket

    @classmethod
    def _mail_came_in(cls, ticket, rule):
        "Do what has to be done at once when a customer writes"

    @classmethod
    def _message_of(cls, reference):
        pool = Pool()
        Message = pool.get('ir.chat.message')
        if not reference:
            return None
        messages = Message.search([
                ('reference', '=', reference),
                ('channel.resource', 'like', f'{cls.__name__},%'),
                ], limit=1)
        return messages[0] if messages else None

    @classmethod
    def _ticket_of(cls, message, company):
        "Return the ticket that the mail answers"
        for reference in message.references:
            if answered := cls._message_of(reference):
                return answered.channel.resource
        if not message.ticket_number:
            return None
        tickets = cls.search([
                ('company', '=', company),
                ('number', '=', message.ticket_number),
                ])
        # A number in a subject can be guessed: the sender must belong to it.
        for ticket in tickets:
            if message.sender in ticket._addresses():
                return ticket
        return None

    def _addresses(self):
        addresses = {(c.email or '').lower() for c in self.callers}
        for party in filter(None, [self.party, self.requester]):
            addresses.update(
                m.value.lower() for m in party.contact_mechanisms
                if m.type == 'email')
        return addresses

    @classmethod
    def _from_mail(cls, message, rule):
        pool = Pool()
        Caller = pool.get('maintenance.ticket.caller')
        company = rule.ticket_company
        ticket = cls(
            company=company, channel='email',
            subject=(message.title or gettext(
                    'maintenance_ticket.msg_ticket_no_subject'))[:250],
            description=message.new_text)
        ticket.type = rule.ticket_type or cls.default_type()
        ticket.on_change_type()
        ticket.callers = [Caller(
                name=message.sender_name, email=message.sender)]
        ticket.party = cls._party_of(message.sender)
        if ticket.party:
            ticket.equipments = cls._equipments_in(
                f'{message.subject} {message.new_text}', ticket.party,
                company)
            ticket.on_change_equipments()
            ticket.on_change_party()
        return ticket

    @classmethod
    def _party_of(cls, address):
        "Return the party with the address, when it is only one"
        pool = Pool()
        Mechanism = pool.get('party.contact_mechanism')
        if not address:
            return None
        # An underscore in an address is no wildcard.
        pattern = re.sub(r'([\\%_])', r'\\\1', address)
        parties = {m.party for m in Mechanism.search([
                    ('type', '=', 'email'),
                    ('value', 'ilike', pattern),
                    ('party.active', '=', True),
                    ])}
        return parties.pop() if len(parties) == 1 else None

    @classmethod
    def _equipments_in(cls, text, party, company):
        "Return the machines of the party whose number the text names"
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')
        words = {
            w.strip('.,;:()[]#"\'').upper() for w in text.split()}
        # A short number is any number: four characters at least.
        words = [w for w in words if len(w) >= 4 and any(
                c.isdigit() for c in w)][:200]
        if not words:
            return []
        return Equipment.search([
                ('company', '=', company),
                ('site.party', '=', party),
                ['OR',
                    ('number', 'in', words),
                    ('serial', 'in', words),
                    ('manufacturer_serial', 'in', words),
                    ],
                ])

    def _post_mail(self, message):
        pool = Pool()
        Attachment = pool.get('ir.attachment')
        Channel = pool.get('ir.chat.channel')
        Follower = pool.get('ir.chat.follower')
        Message = pool.get('ir.chat.message')
        channel = Channel._get_channel(self)
        if message.sender and not message.automatic:
            # Our public answers go back to who wrote.
            Follower.add_email(channel, message.sender)
        posted = Message(
            channel=channel, email=message.sender, audience='public',
            content=message.new_text or message.title,
            reference=message.message_id or None)
        posted.save()
        Channel.dispatch_message(posted, lambda who: who == message.sender)
        Attachment.save([
                Attachment(
                    resource=self, name=attachment.name, data=attachment.data)
                for attachment in message.attachments])

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from email.message import EmailMessage

from proteus import Model
from proteus.config import get_config

from trytond.modules.company.tests.tools import get_company

__all__ = ['create_mailbox', 'create_ticket', 'receive', 'write_mail']


def create_ticket(
        party=None, subject="It does not work", site=None, config=None,
        **values):
    "Create a ticket"
    Ticket = Model.get('maintenance.ticket', config=config)
    ticket = Ticket(
        company=get_company(config=config), subject=subject, party=party,
        **values)
    if site:
        ticket.site = site
    ticket.save()
    return ticket


def create_mailbox(config=None):
    "Create an inbox whose mails become tickets"
    Inbox = Model.get('inbound.email.inbox', config=config)
    inbox = Inbox(name="Help Desk")
    rule = inbox.rules.new()
    rule.action = 'maintenance.ticket|from_inbound_email'
    rule.ticket_company = get_company(config=config)
    inbox.save()
    return inbox


def write_mail(
        sender, subject, text, message_id=None, attachments=(), **headers):
    "Return the bytes of a mail"
    message = EmailMessage()
    message['From'] = sender
    message['To'] = 'avisos@levante.example'
    message['Subject'] = subject
    if message_id:
        message['Message-ID'] = message_id
    for name, value in headers.items():
        message[name.replace('_', '-')] = value
    message.set_content(text)
    for name, data in attachments:
        message.add_attachment(
            data, maintype='image', subtype='png', filename=name)
    return message.as_bytes()


def receive(inbox, raw, config=None):
    "Let the mail come in as the route does and return what it became"
    from trytond.pool import Pool
    from trytond.transaction import Transaction
    config = config or get_config()
    with Transaction().start(config.database_name, 0):
        pool = Pool()
        Email = pool.get('inbound.email')
        Inbox = pool.get('inbound.email.inbox')
        emails = Email.from_webhook(Inbox(inbox.id), raw, 'raw')
        for email in emails:
            email.inbox.process(email)
        Email.save(emails)
        email, = emails
        result = email.result.id if email.result else None
    if result is not None:
        Ticket = Model.get('maintenance.ticket', config=config)
        return Ticket(result)

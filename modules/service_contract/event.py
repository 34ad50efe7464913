# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What has to be decided or done about contracts, and until when."""
import datetime as dt
from email.message import EmailMessage

from sql import Literal, Null, Union

import trytond.config as config
from trytond.i18n import gettext
from trytond.model import ModelSQL, ModelView, fields
from trytond.pool import Pool
from trytond.pyson import Date, Eval, If
from trytond.sendmail import send_message_transactional
from trytond.tools.email_ import set_from_header
from trytond.transaction import Transaction

# Each kind of event of a contract has an id of its own.
KINDS = [
    ('notice', "Last Day of Notice"),
    ('renewal', "Tacit Renewal"),
    ('end', "End"),
    ('resume', "End of Suspension"),
    ('quotation', "Quotation Waiting"),
    ]


class Event(ModelSQL, ModelView):
    __name__ = 'service.contract.event'

    company = fields.Many2One(
        'company.company', "Company",
        help="The company of the contract.")
    contract = fields.Many2One(
        'service.contract', "Contract",
        help="The contract it is about.")
    party = fields.Many2One(
        'party.party', "Party",
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="The customer of the contract.")
    kind = fields.Selection(
        KINDS, "Event", sort=False,
        help="What happens.")
    kind_string = kind.translated('kind')
    date = fields.Date(
        "Date",
        help="When it happens.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [
            ('date', 'ASC'),
            ('id', 'ASC'),
            ]

    @classmethod
    def table_query(cls):
        pool = Pool()
        Contract = pool.get('service.contract')
        Suspension = pool.get('service.contract.suspension')
        contract = Contract.__table__()
        suspension = Suspension.__table__()

        def events(kind, date, where, table=contract, id_=None):
            number = [k for k, _ in KINDS].index(kind)
            return table.select(
                ((id_ or contract.id) * len(KINDS) + number).as_('id'),
                contract.company.as_('company'),
                contract.id.as_('contract'),
                contract.party.as_('party'),
                cls.kind.sql_cast(Literal(kind)).as_('kind'),
                date.as_('date'),
                where=where & (date != Null))

        running = contract.state == 'running'
        goes_on = (contract.tacit == Literal(True)) & (
            contract.terminated_on == Null)
        return Union(
            events(
                'notice', contract.notice_date,
                running & (contract.terminated_on == Null)
                & (contract.notice_days > 0)),
            events('renewal', contract.end_date, running & goes_on),
            events('end', contract.end_date, running & ~goes_on),
            events(
                'quotation', contract.start_date,
                contract.state == 'quotation'),
            events(
                'resume', suspension.to_date, running,
                table=suspension.join(
                    contract, condition=suspension.contract == contract.id),
                id_=suspension.id),
            all_=True)

    def get_rec_name(self, name):
        return f'{self.kind_string} {self.contract.rec_name}'

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('contract.' + clause[0], *clause[1:])]

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual', If(
                    Eval('date', Date()) < Date(), 'danger',
                    If(Eval('date', Date()) <= Date(delta_days=7),
                        'warning', ''))),
            ]

    @classmethod
    def send_due(cls):
        "Tell by mail what has come near since yesterday"
        pool = Pool()
        Company = pool.get('company.company')
        Configuration = pool.get('service.contract.configuration')
        Contract = pool.get('service.contract')
        company_id = Transaction().context.get('company')
        address = Configuration(1).get_multivalue(
            'event_email', company=company_id)
        days = Configuration(1).get_multivalue(
            'event_days', company=company_id)
        if not address:
            return
        day = Contract._today(company_id) + dt.timedelta(days=days or 0)
        events = cls.search([
                ('company', '=', company_id),
                ('date', '=', day),
                ])
        if events:
            send_message_transactional(
                cls._message(Company(company_id), address, day, events))

    @classmethod
    def _message(cls, company, address, day, events):
        pool = Pool()
        Lang = pool.get('ir.lang')
        language = company.party.lang
        with Transaction().set_context(
                language=language.code if language else None):
            lang = Lang.get()
            events = cls.browse(events)
            message = EmailMessage()
            message['Subject'] = gettext(
                'service_contract.msg_event_subject',
                number=len(events), date=lang.strftime(day))
            message.set_content('\n'.join(e.rec_name for e in events))
        message['To'] = address
        from_ = config.get('email', 'from')
        set_from_header(message, from_, from_)
        return message

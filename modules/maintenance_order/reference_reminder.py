# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Work which waits for the order number of the customer, and asking for it."""
import datetime as dt
import logging
from collections import defaultdict

from sql.aggregate import Max

from trytond.i18n import gettext
from trytond.model import Index, ModelSQL, ModelView, fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.sendmail import send_message_transactional
from trytond.transaction import Transaction, without_check_access

from .exceptions import ReferenceReminderError, ReferenceReminderWarning
from .visit_mail import company_message

logger = logging.getLogger(__name__)


class ReferenceReminder(ModelSQL, ModelView):
    "A mail which asked a customer for his order numbers"
    __name__ = 'maintenance.reference.reminder'

    party = fields.Many2One(
        'party.party', "Customer", required=True, readonly=True,
        ondelete='CASCADE',
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="Who was asked.")
    company = fields.Many2One(
        'company.company', "Company", required=True, readonly=True,
        help="The company which asked.")
    sent_at = fields.DateTime(
        "Sent at", required=True, readonly=True,
        help="When the mail was sent.")
    email = fields.Char(
        "E-Mail", required=True, readonly=True,
        help="Where the mail was sent to.")
    works = fields.Text(
        "Works", required=True, readonly=True,
        help="The works for which the order number was missing.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.add(
            Index(t, (t.party, Index.Range()), (t.sent_at, Index.Range())))
        cls._order = [
            ('sent_at', 'DESC'),
            ('id', 'DESC'),
            ]

    def get_rec_name(self, name):
        return f'{self.party.rec_name} · {self.sent_at:%Y-%m-%d}'

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('party.rec_name', *clause[1:])]

    @classmethod
    def last_sent(cls, company, parties):
        "Return by id of the party when it was last asked"
        table = cls.__table__()
        cursor = Transaction().connection.cursor()
        found = {}
        cursor.execute(*table.select(
                table.party, Max(table.sent_at),
                where=(table.company == company.id)
                & fields.SQL_OPERATORS['in'](
                    table.party, [int(p) for p in parties]),
                group_by=table.party))
        for party, when in cursor:
            # SQLite has no type for what a function returns.
            if isinstance(when, str):
                when = dt.datetime.fromisoformat(when)
            found[party] = when
        return found

    @classmethod
    @without_check_access
    def remind(cls, company, parties):
        """Ask the parties by mail for the order numbers of their works

        Return who has no e-mail address and is left out.
        """
        pool = Pool()
        Share = pool.get('maintenance.visit.share')
        shares = Share.search([
                ('company', '=', company.id),
                ('payer', 'in', [p.id for p in parties]),
                ('reference_missing', '=', True),
                ], order=[('visit', 'ASC'), ('id', 'ASC')])
        by_payer = defaultdict(dict)
        for share in shares:
            by_payer[share.payer][share._reference_work()] = None
        to_create, left_out = [], []
        now = _now()
        for party, works in by_payer.items():
            email = cls.address(party)
            if not email:
                left_out.append(party)
                continue
            lang = cls._language(party)
            text = '\n'.join(
                cls._work(visit, order, lang) for visit, order in works)
            message = company_message(
                company, [email], 'reference', lang,
                party=party.name, works=text)
            send_message_transactional(message)
            to_create.append({
                    'party': party.id,
                    'company': company.id,
                    'sent_at': now,
                    'email': email,
                    'works': text,
                    })
        if to_create:
            cls.create(to_create)
        return left_out

    @classmethod
    def address(cls, party):
        "Return where to ask the party, if it has an e-mail address"
        mechanism = party.contact_mechanism_get('email', usage='invoice')
        return mechanism.email if mechanism else None

    @classmethod
    def _language(cls, party):
        pool = Pool()
        Lang = pool.get('ir.lang')
        return party.lang or Lang.get()

    @classmethod
    def _work(cls, visit, order, lang):
        "Tell which work waits"
        return ' · '.join(filter(None, [
                    order.number if order else None,
                    order.description if order else None,
                    visit.site.rec_name,
                    gettext(
                        'maintenance_order.msg_reference_visit',
                        lang.code, visit=visit.number,
                        date=lang.strftime(visit.date)),
                    ]))

    @classmethod
    def remind_due(cls):
        "Ask who was not asked within the days of the configuration"
        pool = Pool()
        Company = pool.get('company.company')
        Configuration = pool.get('maintenance.configuration')
        Share = pool.get('maintenance.visit.share')
        company_id = Transaction().context.get('company')
        if company_id is None:
            return
        company = Company(company_id)
        days = Configuration(1).get_multivalue(
            'reference_reminder_days', company=company.id)
        if not days:
            return
        parties = {s.payer for s in Share.search([
                    ('company', '=', company.id),
                    ('reference_missing', '=', True),
                    ])}
        last = cls.last_sent(company, parties)
        limit = _now() - dt.timedelta(days=days)
        left_out = cls.remind(company, [
                p for p in sorted(parties, key=lambda p: p.id)
                if p.id not in last or last[p.id] <= limit])
        if left_out:
            # The office finds them in a tab of what waits for invoices.
            logger.warning(
                "not asked for order numbers, without e-mail address: %s",
                ', '.join(p.rec_name for p in left_out))


class VisitShare(metaclass=PoolMeta):
    __name__ = 'maintenance.visit.share'

    reference_missing = fields.Function(
        fields.Boolean(
            "Order Number Missing",
            help="It is not invoiced before the customer tells his order "
            "number."),
        'get_reference_missing', searcher='search_reference_missing')
    reference_unreachable = fields.Function(
        fields.Boolean(
            "Cannot Be Asked",
            help="The order number is missing, and the customer has no "
            "e-mail address to ask for it: call him, or add one."),
        'get_reference_unreachable', searcher='search_reference_unreachable')
    reference_asked_at = fields.Function(
        fields.DateTime(
            "Order Number Asked at",
            states={
                'invisible': ~Eval('reference_missing'),
                },
            help="When the customer was last asked for his order number."),
        'get_reference_asked_at')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons.update({
                'ask_reference': {
                    'invisible': ~Eval('reference_missing', False),
                    'icon': 'tryton-email',
                    'depends': ['reference_missing'],
                    },
                })

    @classmethod
    def _reference_domain(cls):
        "Return the domain of what may wait for an order number"
        return [
            cls.pending_domain(),
            ('payer.work_reference_required', '=', True),
            ]

    @property
    def _lacks_reference(self):
        task = self.line.the_task
        return not task or not task.reference

    @classmethod
    @without_check_access
    def get_reference_missing(cls, shares, name):
        waiting = set(cls.search([
                    ('id', 'in', [s.id for s in shares]),
                    cls._reference_domain(),
                    ]))
        return {
            s.id: s in waiting and s._lacks_reference
            for s in cls.browse(shares)}

    @classmethod
    @without_check_access
    def search_reference_missing(cls, name, clause):
        _, operator, value = clause
        ids = [
            s.id for s in cls.search(cls._reference_domain())
            if s._lacks_reference]
        positive = (operator == '=') == bool(value)
        return [('id', 'in' if positive else 'not in', ids)]

    @classmethod
    @without_check_access
    def get_reference_unreachable(cls, shares, name):
        missing = cls.get_reference_missing(shares, name)
        unreached = cls._without_address(
            {s.payer for s in cls.browse(shares) if missing[s.id]})
        return {
            s.id: missing[s.id] and s.payer in unreached
            for s in cls.browse(shares)}

    @classmethod
    @without_check_access
    def search_reference_unreachable(cls, name, clause):
        _, operator, value = clause
        shares = cls.search([('reference_missing', '=', True)])
        unreached = cls._without_address({s.payer for s in shares})
        ids = [s.id for s in shares if s.payer in unreached]
        positive = (operator == '=') == bool(value)
        return [('id', 'in' if positive else 'not in', ids)]

    @classmethod
    def _without_address(cls, parties):
        pool = Pool()
        Reminder = pool.get('maintenance.reference.reminder')
        return {p for p in parties if not Reminder.address(p)}

    @classmethod
    @without_check_access
    def get_reference_asked_at(cls, shares, name):
        pool = Pool()
        Reminder = pool.get('maintenance.reference.reminder')
        by_company = defaultdict(list)
        for share in shares:
            if share.payer:
                by_company[share.company].append(share)
        result = dict.fromkeys(s.id for s in shares)
        for company, found in by_company.items():
            last = Reminder.last_sent(company, {s.payer for s in found})
            result.update((s.id, last.get(s.payer.id)) for s in found)
        return result

    def _reference_work(self):
        "Return visit and order for which the number is missing"
        task = self.line.the_task
        return self.visit, task.order if task else None

    @classmethod
    @ModelView.button
    def ask_reference(cls, shares):
        by_company = defaultdict(set)
        for share in shares:
            by_company[share.company].add(share.payer)
        for company, parties in by_company.items():
            _ask(company, sorted(parties, key=lambda p: p.id))


class Party(metaclass=PoolMeta):
    __name__ = 'party.party'

    reference_reminders = fields.One2Many(
        'maintenance.reference.reminder', 'party', "Asked for Order Numbers",
        readonly=True,
        states={
            'invisible': ~Eval('work_reference_required'),
            },
        help="When the customer was asked for the order numbers of works.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons.update({
                'ask_reference': {
                    'invisible': ~Eval('work_reference_required', False),
                    'icon': 'tryton-email',
                    'depends': ['work_reference_required'],
                    },
                })

    @classmethod
    def copy(cls, parties, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('reference_reminders')
        return super().copy(parties, default=default)

    @classmethod
    @ModelView.button
    def ask_reference(cls, parties):
        pool = Pool()
        Company = pool.get('company.company')
        company_id = Transaction().context.get('company')
        if parties and company_id is not None:
            _ask(Company(company_id), parties)


def _ask(company, parties):
    "Ask now, whoever was asked lately only if the user insists"
    pool = Pool()
    Configuration = pool.get('maintenance.configuration')
    Lang = pool.get('ir.lang')
    Reminder = pool.get('maintenance.reference.reminder')
    Warning = pool.get('res.user.warning')
    days = Configuration(1).get_multivalue(
        'reference_reminder_days', company=company.id) or 1
    lately = _now() - dt.timedelta(days=days)
    for party_id, when in Reminder.last_sent(company, parties).items():
        if when <= lately:
            continue
        party, = [p for p in parties if p.id == party_id]
        key = Warning.format('ask_reference', [party])
        if Warning.check(key):
            raise ReferenceReminderWarning(key, gettext(
                    'maintenance_order.msg_reference_asked',
                    party=party.rec_name,
                    date=Lang.get().strftime(when.date())))
    unreached = [p for p in parties if not Reminder.address(p)]
    if unreached:
        names = ', '.join(p.rec_name for p in unreached)
        if len(unreached) == len(parties):
            raise ReferenceReminderError(gettext(
                    'maintenance_order.msg_reference_address', party=names))
        key = Warning.format('ask_reference_address', unreached)
        if Warning.check(key):
            raise ReferenceReminderWarning(key, gettext(
                    'maintenance_order.msg_reference_left_out', party=names))
    Reminder.remind(company, parties)


def _now():
    return dt.datetime.now(dt.timezone.utc).replace(
        tzinfo=None, microsecond=0)

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt

from sql import Null
from sql.aggregate import Max
from sql.conditionals import Case, Coalesce

from trytond import backend
from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Date, Eval, If
from trytond.tools import grouped_slice, sqlite_apply_types
from trytond.transaction import Transaction
from trytond.wizard import Button, StateTransition, StateView, Wizard

from .exceptions import MandateAmendmentError
from .selection import LIFE

# How long before its end a mandate is told of.
WARNING = dt.timedelta(days=60)


class Mandate(metaclass=PoolMeta):
    __name__ = 'account.payment.sepa.mandate'

    blocked = fields.Boolean(
        "Blocked",
        help="Check to collect nothing with the mandate, as after a return "
        "for a wrong account.")
    amendment = fields.Selection([
            (None, ""),
            ('account', "Account"),
            ], "Amendment", readonly=True, sort=False,
        help="What changed since the last collection. It is told to the "
        "bank once, with the next one.")
    previous_account_number = fields.Many2One(
        'bank.account.number', "Previous Account", readonly=True,
        ondelete='RESTRICT',
        help="The account that was debited before the change.")
    notice_days = fields.Integer(
        "Notice Days",
        domain=['OR',
            ('notice_days', '=', None),
            ('notice_days', '>=', 0),
            ],
        help="How many days before a collection the debtor wants to know.\n"
        "Leave empty to use the days of the company.")
    document = fields.Binary(
        "Signed Document", filename='document_name',
        help="The mandate as the debtor signed it.")
    document_name = fields.Char(
        "Document Name",
        help="The name of the file of the signed document.")
    debits = fields.One2Many(
        'sepa.remittance.debit', 'mandate', "Debits", readonly=True,
        order=[('date', 'DESC'), ('id', 'DESC')],
        states={
            'invisible': ~Eval('debits'),
            },
        help="What was collected with the mandate.")

    last_collection = fields.Function(
        fields.Date(
            "Last Collection",
            help="When the mandate was last used."),
        'get_dates')
    expiry_date = fields.Function(
        fields.Date(
            "Expires On",
            help="The day after which the mandate can not be used any "
            "more: 36 months after the last collection."),
        'get_dates', searcher='search_expiry_date')

    warned_of = fields.Date(
        "Warned Of", readonly=True,
        states={
            'invisible': ~Eval('warned_of'),
            },
        help="The end of the mandate that people were told of.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons.update({
                'change_account_wizard': {
                    'invisible': Eval('state') != 'validated',
                    'depends': ['state'],
                    },
                })

    @classmethod
    def default_sequence_type_rcur(cls):
        return True

    @classmethod
    def default_blocked(cls):
        return False

    @classmethod
    def _last_use(cls):
        "Return the query of mandate and date of its last collection"
        pool = Pool()
        Payment = pool.get('account.payment')
        payment = Payment.__table__()
        return payment.select(
            payment.sepa_mandate.as_('mandate'),
            Max(payment.date).as_('date'),
            where=cls.sql_presented(payment) & (payment.state != 'draft'),
            group_by=payment.sepa_mandate)

    @classmethod
    def get_dates(cls, mandates, names):
        cursor = Transaction().connection.cursor()
        result = {
            name: dict.fromkeys(m.id for m in mandates) for name in names}
        used = {}
        for sub in grouped_slice(mandates, 500):
            query = cls._last_use()
            query.where &= query.columns[0].expression.in_(
                [m.id for m in sub])
            if backend.name == 'sqlite':
                sqlite_apply_types(query, [None, 'DATE'])
            cursor.execute(*query)
            used.update(cursor)
        for mandate in mandates:
            dates = [d for d in (
                    used.get(mandate.id), mandate.signature_date) if d]
            if 'last_collection' in result:
                result['last_collection'][mandate.id] = used.get(mandate.id)
            if 'expiry_date' in result and dates:
                result['expiry_date'][mandate.id] = max(dates) + LIFE
        return result

    @classmethod
    def search_expiry_date(cls, name, clause):
        _, operator, value = clause
        if operator not in {'<', '<=', '>', '>='} or value is None:
            mandates = cls.search([])
            compare = {'=': lambda a: a == value}.get(
                operator, lambda a: a != value)
            return [('id', 'in', [
                        m.id for m in mandates if compare(m.expiry_date)])]
        Operator = fields.SQL_OPERATORS[operator]
        mandate = cls.__table__()
        use = cls._last_use()
        limit = value - LIFE
        last = Case(
            (Coalesce(use.date, dt.date.min) > mandate.signature_date,
                use.date),
            else_=mandate.signature_date)
        return [('id', 'in', mandate
                .join(use, 'LEFT', condition=use.mandate == mandate.id)
                .select(mandate.id, where=Operator(last, limit)))]

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual',
                If(Eval('state') == 'cancelled', 'muted',
                    If(Eval('blocked', False), 'danger',
                        If((Eval('state') == 'validated')
                            & (Eval('expiry_date', dt.date.max)
                                <= Date(delta_days=WARNING.days)),
                            'warning', '')))),
            ]

    @classmethod
    @ModelView.button_action('sepa_remittance.wizard_change_account')
    def change_account_wizard(cls, mandates):
        pass

    def change_account(self, number):
        """Debit another account of the same debtor

        The bank is told with the next collection, if there was any before.
        """
        if (self.state != 'validated'
                or self.party not in number.account.owners):
            raise MandateAmendmentError(gettext(
                    'sepa_remittance.msg_mandate_amendment',
                    mandate=self.rec_name, account=number.rec_name))
        if number == self.account_number:
            return
        if self.last_collection:
            self.amendment = 'account'
            self.previous_account_number = self.account_number
        self.account_number = number
        self.blocked = False
        self.save()

    @classmethod
    def expire(cls, date=None):
        """Cancel the mandates that were not used for 36 months

        Those that end soon are told of, once, to who wants to know.
        """
        pool = Pool()
        Today = pool.get('ir.date')
        company = Transaction().context.get('company')
        if date is None:
            date = Today.today()
        cls._warn(date, company)
        mandates = cls.search([
                ('state', '=', 'validated'),
                ('company', '=', company),
                ('expiry_date', '<', date),
                ])
        cls.cancel(mandates)
        return mandates

    @classmethod
    def _warn(cls, date, company):
        "Tell the subscribers of the task what ends in the next 60 days"
        pool = Pool()
        Cron = pool.get('ir.cron')
        mandates = [
            m for m in cls.search([
                    ('state', '=', 'validated'),
                    ('company', '=', company),
                    ('expiry_date', '>=', date),
                    ('expiry_date', '<=', date + WARNING),
                    ])
            if m.warned_of != m.expiry_date]
        if not mandates:
            return []
        for mandate in mandates:
            mandate.warned_of = mandate.expiry_date
        cls.save(mandates)
        names = ', '.join(m.party.rec_name for m in mandates[:3])
        Cron.notify(
            'tryton-warning', 'account_payment_sepa.act_mandate_form', None,
            'sepa_remittance.msg_mandates_expire',
            number=len(mandates), parties=names)
        return mandates

    @classmethod
    def get_is_first_payment(cls, mandates, name):
        "As the standard, for which a return without words never was"
        pool = Pool()
        Payment = pool.get('account.payment')
        payment = Payment.__table__()
        cursor = Transaction().connection.cursor()
        result = dict.fromkeys(map(int, mandates), True)
        for sub in grouped_slice(mandates, 500):
            cursor.execute(*payment.select(
                    payment.sepa_mandate,
                    where=payment.sepa_mandate.in_(list(map(int, sub)))
                    & cls.sql_sequenced(payment),
                    group_by=payment.sepa_mandate))
            result.update((id_, False) for id_, in cursor)
        return result

    @classmethod
    def sql_sequenced(cls, payment):
        "Return the expression of payments after which none is the first"
        return (cls.sql_presented(payment)
            & (payment.sepa_mandate_sequence_type != Null))

    @classmethod
    def sql_presented(cls, payment):
        """Return the expression of payments that count as a use

        What the bank rejected before the settlement never happened.
        """
        rejected = ((payment.state == 'failed')
            & (Coalesce(payment.sepa_return_reason_information, '')
                == '/RTYP/RJCT'))
        return (payment.sepa_mandate != Null) & ~rejected

    @classmethod
    def copy(cls, mandates, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('debits')
        default.setdefault('amendment')
        default.setdefault('previous_account_number')
        default.setdefault('warned_of')
        default.setdefault('document')
        default.setdefault('document_name')
        default.setdefault('blocked', False)
        return super().copy(mandates, default=default)


class ChangeAccount(Wizard):
    __name__ = 'account.payment.sepa.mandate.change_account'

    start = StateView(
        'account.payment.sepa.mandate.change_account.start',
        'sepa_remittance.change_account_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Change", 'change', 'tryton-ok', default=True),
            ])
    change = StateTransition()

    def default_start(self, fields):
        return {'party': self.record.party.id}

    def transition_change(self):
        self.record.change_account(self.start.account_number)
        return 'end'


class ChangeAccountStart(ModelView):
    __name__ = 'account.payment.sepa.mandate.change_account.start'

    party = fields.Many2One(
        'party.party', "Party", readonly=True,
        help="Whose account is changed.")
    account_number = fields.Many2One(
        'bank.account.number', "New Account", required=True,
        domain=[
            ('type', '=', 'iban'),
            ('account.owners', '=', Eval('party', -1)),
            ],
        help="The account that is debited from now on.")

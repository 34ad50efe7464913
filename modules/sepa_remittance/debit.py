# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt

from sql import Literal, Null
from sql.aggregate import Max, Min
from sql.conditionals import Case

from trytond.i18n import gettext
from trytond.model import Index, ModelSQL, ModelView, Unique, fields
from trytond.model.exceptions import AccessError
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.pyson import Eval, If
from trytond.tools import grouped_slice
from trytond.transaction import Transaction

from .exceptions import DebitMandateError, DebitSentError
from .generation import utc_now

# Of the CORE scheme: eight weeks.
REFUND = dt.timedelta(weeks=8)
SEQUENCE_TYPES = [
    (None, ""),
    ('FRST', "First"),
    ('RCUR', "Recurrent"),
    ('OOFF', "One-off"),
    ('FNAL', "Final"),
    ]
STATES = [
    ('draft', "Draft"),
    ('processing', "At the Bank"),
    ('succeeded', "Collected"),
    ('failed', "Returned"),
    ]


class RemittanceDebit(ModelSQL, ModelView):
    __name__ = 'sepa.remittance.debit'
    _rec_name = 'end_to_end_id'

    _states = {
        'readonly': Eval('remittance_state') != 'draft',
        }

    remittance = fields.Many2One(
        'sepa.remittance', "Remittance", required=True, readonly=True,
        ondelete='CASCADE',
        help="The remittance that carries the debit.")
    company = fields.Many2One(
        'company.company', "Company", required=True, readonly=True,
        help="The company that collects.")
    number = fields.Integer(
        "Number", required=True, readonly=True,
        help="The place of the debit in the remittance.")
    end_to_end_id = fields.Char(
        "End to End ID", size=35, required=True, readonly=True,
        help="The identification by which the bank tells what became of "
        "the debit.")
    party = fields.Many2One(
        'party.party', "Party", required=True, readonly=True,
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="The party that is debited or paid.")
    mandate = fields.Many2One(
        'account.payment.sepa.mandate', "Mandate", ondelete='RESTRICT',
        domain=[
            ('party', '=', Eval('party', -1)),
            ('company', '=', Eval('company', -1)),
            ],
        states={
            'readonly': Eval('remittance_state') != 'draft',
            'required': Eval('kind') == 'receivable',
            'invisible': Eval('kind') == 'payable',
            },
        help="The order of the debtor to debit his account.")
    iban = fields.Char(
        "IBAN", size=34, required=True, readonly=True,
        help="The account as it is written in the file.")
    original_date = fields.Date(
        "Due Date", readonly=True,
        help="When the receipts are due.")
    date = fields.Date(
        "Collection Date", required=True, states=_states,
        help="When the bank is asked to collect: never before the due date, "
        "on a day the banks are open.")
    amount = Monetary(
        "Amount", currency='currency', digits='currency', required=True,
        readonly=True,
        help="The sum of the receipts.")
    currency = fields.Function(
        fields.Many2One(
            'currency.currency', "Currency",
            help="The currency of the journal."),
        'on_change_with_currency')
    concept = fields.Char(
        "Concept", states=_states,
        help="What the debtor reads on his statement.")
    sequence_type = fields.Selection(
        SEQUENCE_TYPES, "Sequence Type", readonly=True, sort=False,
        help="How the debit stands in the life of the mandate.")
    amendment = fields.Selection([
            (None, ""),
            ('account', "Account"),
            ], "Amendment", readonly=True, sort=False,
        help="The change of the mandate that this debit tells the bank.")
    batch = fields.Many2One(
        'sepa.remittance.batch', "Batch", readonly=True,
        ondelete='SET NULL',
        help="The part of the file with the same date and sequence type.")
    attempt = fields.Integer(
        "Attempt", readonly=True,
        help="How many times the receipts were presented, this one "
        "included.")
    represents = fields.Many2One(
        'sepa.remittance.debit', "Represents", readonly=True,
        ondelete='SET NULL',
        help="The returned debit that is presented again.")
    notified_at = fields.Timestamp(
        "Notified At", readonly=True,
        help="When the debtor was told of the collection.")
    letter_due = fields.Boolean(
        "Letter to Send", readonly=True,
        states={
            'invisible': ~Eval('letter_due'),
            },
        help="Checked when the debtor is to be told of the collection and "
        "has no e-mail: print his notice and send it.")
    represented = fields.Boolean(
        "Presented Again", readonly=True,
        help="Checked when the receipts of the debit were presented again.")
    payments = fields.One2Many(
        'account.payment', 'sepa_debit', "Receipts", readonly=True,
        help="The receipts that are collected together.")
    refundable_until = fields.Function(
        fields.Date(
            "Refundable Until",
            states={
                'invisible': Eval('state') != 'succeeded',
                },
            help="Until when the debtor may ask his money back without "
            "giving a reason."),
        'get_refundable_until')
    kind = fields.Function(
        fields.Selection([
                ('receivable', "Receivable"),
                ('payable', "Payable"),
                ], "Kind",
            help="Whether it is money in or out."),
        'on_change_with_kind')
    remittance_state = fields.Function(
        fields.Selection(
            'get_remittance_states', "Remittance State",
            help="The state of the remittance."),
        'on_change_with_remittance_state')
    state = fields.Function(
        fields.Selection(
            STATES, "State", sort=False,
            help="What became of the debit."),
        'get_state', searcher='search_state')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints += [
            ('end_to_end_id_unique', Unique(t, t.company, t.end_to_end_id),
                'sepa_remittance.msg_debit_end_to_end_id_unique'),
            ]
        # The identifiers of a remittance differ in their last digits only: by
        # trigrams each is found among thousands. The unique one is enough.
        cls._sql_indexes.discard(
            Index(t, (t.end_to_end_id, Index.Similarity())))
        cls._sql_indexes.add(
            Index(
                t,
                (t.party, Index.Equality()),
                (t.date, Index.Range())))
        cls._order = [('remittance', 'DESC'), ('number', 'ASC'),
            ('id', 'ASC')]
        cls.__access__.add('remittance')
        cls._buttons.update({
                'letter_sent': {
                    'invisible': ~Eval('letter_due'),
                    'icon': 'tryton-ok',
                    'depends': ['letter_due'],
                    },
                'represent': {
                    'invisible': (
                        (Eval('state') != 'failed')
                        | Eval('represented', False)),
                    'icon': 'tryton-refresh',
                    'depends': ['state', 'represented'],
                    },
                })

    @fields.depends('remittance', '_parent_remittance.journal')
    def on_change_with_currency(self, name=None):
        if self.remittance and self.remittance.journal:
            return self.remittance.journal.currency

    @fields.depends('remittance', '_parent_remittance.kind')
    def on_change_with_kind(self, name=None):
        return self.remittance.kind if self.remittance else None

    @classmethod
    def get_remittance_states(cls):
        pool = Pool()
        Remittance = pool.get('sepa.remittance')
        return Remittance.fields_get(['state'])['state']['selection']

    @fields.depends('remittance', '_parent_remittance.state')
    def on_change_with_remittance_state(self, name=None):
        return self.remittance.state if self.remittance else 'draft'

    @classmethod
    def _sql_state(cls, payment):
        "Return the state of a debit as an aggregate of its payments"
        pending = ['draft', 'submitted', 'approved']
        rank = Case(
            (payment.state == 'failed', 3),
            (payment.state == 'processing', 1),
            (payment.state.in_(pending), 0),
            else_=2)
        return Min(rank), Max(rank)

    @classmethod
    def get_state(cls, debits, name):
        pool = Pool()
        Payment = pool.get('account.payment')
        payment = Payment.__table__()
        cursor = Transaction().connection.cursor()
        names = [state for state, _ in STATES]
        result = dict.fromkeys((d.id for d in debits), 'draft')
        for sub in grouped_slice(debits, 500):
            low, _ = cls._sql_state(payment)
            cursor.execute(*payment.select(
                    payment.sepa_debit, low,
                    where=payment.sepa_debit.in_([d.id for d in sub]),
                    group_by=payment.sepa_debit))
            result.update((id_, names[rank]) for id_, rank in cursor)
        return result

    @classmethod
    def search_state(cls, name, clause):
        pool = Pool()
        Payment = pool.get('account.payment')
        payment = Payment.__table__()
        _, operator, value = clause
        Operator = fields.SQL_OPERATORS[operator]
        low, _ = cls._sql_state(payment)
        label = Case(
            *[(low == i, Literal(state))
                for i, (state, _) in enumerate(STATES)])
        query = payment.select(
            payment.sepa_debit,
            where=payment.sepa_debit != Null,
            group_by=payment.sepa_debit,
            having=Operator(label, value))
        return [('id', 'in', query)]

    def get_refundable_until(self, name):
        if (self.kind == 'receivable' and self.mandate
                and self.mandate.scheme == 'CORE'):
            return self.date + REFUND

    def get_rec_name(self, name):
        return f'{self.end_to_end_id} {self.party.rec_name}'

    @classmethod
    def search_rec_name(cls, name, clause):
        _, operator, value = clause
        if operator.startswith('!') or operator.startswith('not '):
            bool_op = 'AND'
        else:
            bool_op = 'OR'
        return [bool_op,
            ('end_to_end_id', operator, value),
            ('party.rec_name', operator, value),
            ]

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual',
                If(Eval('state') == 'failed', 'danger',
                    If(Eval('state') == 'succeeded', 'muted', ''))),
            ('/tree/field[@name="date"]', 'visual',
                If(Eval('date', None) != Eval('original_date', None),
                    'warning', '')),
            ]

    @classmethod
    def _validate(cls, records, field_names=None):
        # The engine of the choice has checked what is made in a batch.
        if not Transaction().context.get('_sepa_remittance'):
            super()._validate(records, field_names=field_names)

    @classmethod
    def validate_fields(cls, debits, field_names):
        super().validate_fields(debits, field_names)
        cls.check_mandate(debits, field_names)

    @classmethod
    def check_mandate(cls, debits, field_names=None):
        if field_names and not (field_names & {'mandate', 'remittance'}):
            return
        for debit in debits:
            if debit.kind != 'receivable':
                continue
            if debit.mandate and debit.mandate.party != debit.party:
                raise DebitMandateError(gettext(
                        'sepa_remittance.msg_debit_mandate_party',
                        debit=debit.rec_name,
                        mandate=debit.mandate.rec_name))
            if (debit.mandate
                    and debit.mandate.scheme != debit.remittance.scheme):
                raise DebitMandateError(gettext(
                        'sepa_remittance.msg_debit_mandate_scheme',
                        debit=debit.rec_name,
                        mandate=debit.mandate.rec_name,
                        scheme=debit.remittance.scheme))

    @classmethod
    def check_modification(cls, mode, debits, values=None, external=False):
        super().check_modification(
            mode, debits, values=values, external=external)
        if mode == 'create' and external:
            raise AccessError(gettext('sepa_remittance.msg_debit_create'))
        if mode == 'delete':
            for debit in debits:
                if debit.remittance.state not in {
                        'draft', 'approved', 'rejected', 'cancelled'}:
                    raise DebitSentError(gettext(
                            'sepa_remittance.msg_debit_delete',
                            debit=debit.rec_name,
                            remittance=debit.remittance.rec_name))

    @classmethod
    def on_modification(cls, mode, debits, field_names=None):
        pool = Pool()
        Payment = pool.get('account.payment')
        super().on_modification(mode, debits, field_names=field_names)
        if (mode == 'write' and field_names
                and field_names & {'mandate', 'date'}
                and not Transaction().context.get('_sepa_remittance')):
            args = []
            for debit in debits:
                if debit.remittance.state != 'draft':
                    continue
                args.extend([list(debit.payments), {
                            'sepa_mandate': (
                                debit.mandate.id if debit.mandate else None),
                            'date': debit.date,
                            }])
                if debit.mandate and debit.mandate.account_number:
                    number = debit.mandate.account_number
                    if debit.iban != number.compact_iban:
                        debit.iban = number.compact_iban
            cls.save(debits)
            if args:
                Payment.write(*args)
        elif mode == 'delete':
            payments = [
                p for d in debits for p in d.payments if p.state == 'draft']
            with Transaction().set_context(_sepa_remittance_free=True):
                Payment.delete(payments)

    @classmethod
    def copy(cls, debits, default=None):
        if debits:
            raise AccessError(gettext('sepa_remittance.msg_debit_create'))
        return []

    @classmethod
    @ModelView.button
    def letter_sent(cls, debits):
        "The notices of the debits went by letter"
        cls.write(debits, {
                'letter_due': False,
                'notified_at': utc_now(),
                })

    @classmethod
    @ModelView.button
    def represent(cls, debits):
        "Put the receipts of returned debits into remittances again"
        pool = Pool()
        Remittance = pool.get('sepa.remittance')
        if debits:
            Remittance.represent(debits)

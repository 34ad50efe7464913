# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from collections import defaultdict
from decimal import Decimal

from sql import Null

from trytond.i18n import gettext
from trytond.model import Index, ModelSQL, ModelView, Unique, Workflow, fields
from trytond.modules.currency.fields import Monetary
from trytond.modules.report_html.workflow import ButtonWorkflow
from trytond.pool import Pool
from trytond.pyson import Bool, Eval, If
from trytond.transaction import Transaction

from . import reason
from .exceptions import ReturnPostedError
from .generation import utc_now
from .return_booking import ReturnBookingMixin


class Return(ReturnBookingMixin, ButtonWorkflow, ModelSQL, ModelView):
    __name__ = 'sepa.return'
    _rec_name = 'number'

    _states = {
        'readonly': Eval('state') != 'draft',
        }

    number = fields.Char(
        "Number", readonly=True,
        help="The main identification of the return.")
    company = fields.Many2One(
        'company.company', "Company", required=True, states=_states,
        help="The company whose debits came back.")
    journal = fields.Many2One(
        'account.payment.journal', "Journal", required=True,
        domain=[
            ('company', '=', Eval('company', -1)),
            ('process_method', '=', 'sepa'),
            ],
        states=_states,
        help="The account at the bank.")
    date = fields.Date(
        "Date", required=True, states=_states,
        help="When the bank booked the returns.")
    message = fields.Many2One(
        'sepa.bank_message', "Bank Message", readonly=True,
        ondelete='RESTRICT',
        states={
            'invisible': ~Eval('message'),
            },
        help="The file that told the returns.")
    lines = fields.One2Many(
        'sepa.return.line', 'return_', "Lines", states=_states,
        help="What came back.")
    amount = fields.Function(
        Monetary(
            "Amount", currency='currency', digits='currency',
            help="The sum of what came back."),
        'get_amount')
    currency = fields.Function(
        fields.Many2One(
            'currency.currency', "Currency",
            help="The currency of the journal."),
        'on_change_with_currency')
    move = fields.Many2One(
        'account.move', "Move", readonly=True, ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        states={
            'invisible': ~Eval('move'),
            },
        help="How the returns are booked.")
    state = fields.Selection([
            ('draft', "Draft"),
            ('posted', "Posted"),
            ], "State", required=True, readonly=True, sort=False,
        help="The current state of the returns.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [('date', 'DESC'), ('id', 'DESC')]
        cls._transitions |= {
            ('draft', 'posted'),
            }
        cls._buttons.update({
                'post': {
                    'invisible': Eval('state') != 'draft',
                    'icon': 'tryton-ok',
                    'depends': ['state'],
                    },
                })

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_date(cls):
        return Pool().get('ir.date').today()

    @classmethod
    def default_state(cls):
        return 'draft'

    @fields.depends('journal')
    def on_change_with_currency(self, name=None):
        return self.journal.currency if self.journal else None

    def get_amount(self, name):
        return sum((line.amount for line in self.lines), Decimal(0))

    def get_rec_name(self, name):
        return self.number or f'({self.id})'

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual', If(Eval('state') == 'posted', 'muted', '')),
            ]

    @classmethod
    def preprocess_values(cls, mode, values):
        pool = Pool()
        Configuration = pool.get('account.configuration')
        values = super().preprocess_values(mode, values)
        if mode == 'create' and not values.get('number'):
            company_id = values.get('company', cls.default_company())
            sequence = Configuration(1).get_multivalue(
                'sepa_return_sequence', company=company_id)
            if sequence:
                values['number'] = sequence.get()
        return values

    @classmethod
    def check_modification(cls, mode, returns, values=None, external=False):
        super().check_modification(
            mode, returns, values=values, external=external)
        if mode == 'delete':
            for return_ in returns:
                if return_.state == 'posted':
                    raise ReturnPostedError(gettext(
                            'sepa_remittance.msg_return_posted',
                            **{'return': return_.rec_name}))

    @classmethod
    def copy(cls, returns, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('number')
        default.setdefault('message')
        default.setdefault('move')
        return super().copy(returns, default=default)

    @classmethod
    def create_from_lines(cls, message, pairs):
        "Make and post the returns of (line of a bank message, debit)"
        pool = Pool()
        Line = pool.get('sepa.return.line')
        Date = pool.get('ir.date')
        by_key = defaultdict(list)
        seen = set()
        for line, debit in pairs:
            if debit in seen:
                continue
            seen.add(debit)
            date = line.date or Date.today()
            by_key[debit.remittance.journal, date].append((line, debit))
        returns = []
        for (journal, date), rows in by_key.items():
            return_, = cls.create([{
                        'company': message.company.id,
                        'journal': journal.id,
                        'date': date,
                        'message': message.id,
                        }])
            values = []
            for line, debit in rows:
                rejected = line.kind != 'returned'
                values.append({
                        'return_': return_.id,
                        'company': message.company.id,
                        'debit': debit.id,
                        'party': debit.party.id,
                        'amount': debit.amount,
                        'reason': line.reason,
                        'information': line.information,
                        'rejected': rejected,
                        'fee': (
                            line.fee or (Decimal(0) if rejected
                                else journal.sepa_fee_amount)
                            or Decimal(0)),
                        'action': reason.action_for(line.reason or ''),
                        'responsible': _responsible(journal),
                        })
            Line.create(values)
            returns.append(return_)
        cls.post(cls.browse(returns))
        return returns

    @classmethod
    def create_from_debits(cls, debits, date=None, reason_code=None):
        "Make and post the returns of debits that a person knows of"
        pool = Pool()
        Line = pool.get('sepa.return.line')
        Date = pool.get('ir.date')
        by_journal = defaultdict(list)
        for debit in debits:
            by_journal[debit.remittance.journal].append(debit)
        returns = []
        for journal, sub in by_journal.items():
            return_, = cls.create([{
                        'company': journal.company.id,
                        'journal': journal.id,
                        'date': date or Date.today(),
                        }])
            Line.create([{
                        'return_': return_.id,
                        'company': journal.company.id,
                        'debit': debit.id,
                        'amount': debit.amount,
                        'fee': journal.sepa_fee_amount or Decimal(0),
                        'reason': reason_code,
                        'action': reason.action_for(reason_code or ''),
                        'responsible': _responsible(journal),
                        } for debit in sub])
            returns.append(return_)
        cls.post(cls.browse(returns))
        return returns

    @classmethod
    @ModelView.button
    @Workflow.transition('posted')
    def post(cls, returns):
        for return_ in returns:
            return_._post()
        cls.save(returns)


def _amount_by_action(string, help):
    return fields.Function(
        Monetary(
            string, currency='currency', digits='currency', help=help),
        'get_amount_by_action')


class ReturnLine(ModelSQL, ModelView):
    __name__ = 'sepa.return.line'
    _rec_name = 'reason'

    _states = {
        'readonly': Eval('return_state') == 'posted',
        }

    return_ = fields.Many2One(
        'sepa.return', "Return", required=True, ondelete='CASCADE',
        states=_states,
        help="The return that has the line.")
    company = fields.Many2One(
        'company.company', "Company", required=True, states=_states,
        help="The company whose debit came back.")
    debit = fields.Many2One(
        'sepa.remittance.debit', "Debit", required=True,
        ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        states=_states,
        help="The debit that came back.")
    party = fields.Many2One(
        'party.party', "Party", readonly=True,
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="Whose account was debited.")
    date = fields.Function(
        fields.Date(
            "Date",
            help="When the bank booked the return."),
        'on_change_with_date', searcher='search_return')
    month = fields.Function(
        fields.Date(
            "Month",
            help="The month of the return."),
        'on_change_with_month')
    amount = Monetary(
        "Amount", currency='currency', digits='currency', required=True,
        readonly=True,
        help="What came back: a debit comes back as a whole.")
    # A graph draws fields: one for each action.
    amount_represent = _amount_by_action(
        "Present Again", "What came back to be presented again.")
    amount_block = _amount_by_action(
        "Mandate or Account",
        "What came back for the mandate or the account.")
    amount_mend = _amount_by_action(
        "Our Data", "What came back for our own data.")
    amount_look = _amount_by_action(
        "Other", "What came back for another reason.")
    fee = Monetary(
        "Fee", currency='currency', digits='currency', states=_states,
        help="What the bank charges for the return.")
    currency = fields.Function(
        fields.Many2One(
            'currency.currency', "Currency",
            help="The currency of the company."),
        'on_change_with_currency')
    rejected = fields.Boolean(
        "Rejected", states=_states,
        help="Checked if the bank refused the debit before any money moved.")
    reason = fields.Char(
        "Reason", states=_states,
        help="The code of the bank.")
    reason_text = fields.Function(
        fields.Char(
            "Meaning",
            help="What the code means."),
        'on_change_with_reason_text')
    information = fields.Char(
        "Information", states=_states,
        help="What the bank adds to the reason.")
    action = fields.Selection([
            ('represent', "Present again"),
            ('block', "Mend mandate or account"),
            ('mend', "Mend our data"),
            ('look', "Look into it"),
            ], "Action", required=True, sort=False, states=_states,
        help="What the reason asks for.")
    invoice = fields.Many2One(
        'account.invoice', "Charge", readonly=True, ondelete='SET NULL',
        states={
            'invisible': ~Eval('invoice'),
            },
        help="The invoice that charges the fee to the customer.")
    responsible = fields.Many2One(
        'res.user', "Responsible", ondelete='SET NULL',
        help="Who does what the reason asks for.")
    handled_at = fields.Timestamp(
        "Handled At", readonly=True,
        states={
            'invisible': ~Eval('handled_at'),
            },
        help="When nothing was left to do.")
    attempt = fields.Function(
        fields.Integer(
            "Attempt",
            help="How many times the receipts were presented."),
        'on_change_with_attempt')
    represented = fields.Function(
        fields.Boolean(
            "Presented Again",
            help="Checked when the receipts were presented again."),
        'on_change_with_represented')
    return_state = fields.Function(
        fields.Selection(
            'get_return_states', "Return State",
            help="The state of the return."),
        'on_change_with_return_state')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints += [
            ('debit_unique', Unique(t, t.return_, t.debit),
                'sepa_remittance.msg_return_line_debit_unique'),
            ]
        cls._order = [('return_', 'DESC'), ('id', 'ASC')]
        cls.__access__.add('return_')
        cls._sql_indexes.update({
                Index(
                    t, (t.party, Index.Equality()),
                    (t.return_, Index.Equality())),
                Index(
                    t, (t.responsible, Index.Equality()),
                    where=t.handled_at == Null),
                })
        pending = ((Eval('return_state') == 'posted')
            & ~Eval('handled_at', None))
        cls._buttons.update({
                'represent': {
                    'invisible': ~pending | Eval('represented', False),
                    'icon': 'tryton-refresh',
                    'depends': [
                        'return_state', 'handled_at', 'represented'],
                    },
                'handle': {
                    'invisible': ~pending,
                    'icon': 'tryton-ok',
                    'depends': ['return_state', 'handled_at'],
                    },
                })

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_action(cls):
        return 'look'

    @classmethod
    def default_fee(cls):
        return Decimal(0)

    @classmethod
    def get_return_states(cls):
        pool = Pool()
        Return = pool.get('sepa.return')
        return Return.fields_get(['state'])['state']['selection']

    @fields.depends('return_', '_parent_return_.state')
    def on_change_with_return_state(self, name=None):
        return self.return_.state if self.return_ else 'draft'

    @fields.depends('return_', '_parent_return_.date')
    def on_change_with_date(self, name=None):
        return self.return_.date if self.return_ else None

    @fields.depends(methods=['on_change_with_date'])
    def on_change_with_month(self, name=None):
        date = self.on_change_with_date()
        return date.replace(day=1) if date else None

    @classmethod
    def get_amount_by_action(cls, lines, names):
        return {
            name: {
                line.id: (
                    line.amount if name == f'amount_{line.action}'
                    else Decimal(0))
                for line in lines}
            for name in names}

    @fields.depends('debit', '_parent_debit.attempt')
    def on_change_with_attempt(self, name=None):
        return self.debit.attempt if self.debit else None

    @fields.depends('debit', '_parent_debit.represented')
    def on_change_with_represented(self, name=None):
        return bool(self.debit and self.debit.represented)

    @classmethod
    def search_return(cls, name, clause):
        return [('return_.' + clause[0], *clause[1:])]

    @fields.depends('company')
    def on_change_with_currency(self, name=None):
        return self.company.currency if self.company else None

    @fields.depends('reason')
    def on_change_with_reason_text(self, name=None):
        if self.reason:
            name = f'msg_reason_{self.reason.upper()}'
            if name in _KNOWN:
                return gettext(f'sepa_remittance.{name}')

    def get_rec_name(self, name):
        return self.debit.rec_name

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('debit.rec_name', *clause[1:])]

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual', If(Bool(Eval('handled_at')), 'muted', '')),
            ]

    @fields.depends('debit')
    def on_change_debit(self):
        if self.debit:
            self.party = self.debit.party
            self.amount = self.debit.amount

    @fields.depends('reason')
    def on_change_reason(self):
        self.action = reason.action_for(self.reason or '')

    @classmethod
    def preprocess_values(cls, mode, values):
        pool = Pool()
        Debit = pool.get('sepa.remittance.debit')
        values = super().preprocess_values(mode, values)
        if mode == 'create' and values.get('debit'):
            debit = Debit(values['debit'])
            if values.get('party') is None:
                values['party'] = debit.party.id
            values['amount'] = debit.amount
        return values

    @classmethod
    def copy(cls, lines, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('invoice')
        default.setdefault('handled_at')
        return super().copy(lines, default=default)

    @classmethod
    @ModelView.button
    def represent(cls, lines):
        "Present what came back again"
        pool = Pool()
        Debit = pool.get('sepa.remittance.debit')
        Debit.represent(list({line.debit for line in lines}))

    @classmethod
    @ModelView.button
    def handle(cls, lines):
        "Note that nothing is left to do"
        cls.write(lines, {'handled_at': utc_now()})

    @classmethod
    def handle_debits(cls, debits):
        "Note that the receipts of the debits are on their way again"
        cls.handle(cls.search([
                    ('debit', 'in', [d.id for d in debits]),
                    ('handled_at', '=', None),
                    ]))


def _responsible(journal):
    user = journal.sepa_return_user
    return user.id if user else None


_KNOWN = {
    f'msg_reason_{code}' for code in [
        'AC01', 'AC04', 'AC06', 'AC13', 'AG01', 'AG02', 'AM04', 'AM05',
        'BE01', 'BE05', 'CNOR', 'DNOR', 'FF01', 'FF05', 'FOCR', 'MD01',
        'MD02', 'MD06', 'MD07', 'MS02', 'MS03', 'RC01', 'RR01', 'RR02',
        'RR03', 'RR04', 'SL01', 'TM01']}

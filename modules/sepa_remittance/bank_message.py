# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import hashlib
import logging
from decimal import Decimal
from pathlib import Path

import trytond.config as config
from trytond.exceptions import UserError
from trytond.i18n import gettext
from trytond.model import Index, ModelSQL, ModelView, Unique, Workflow, fields
from trytond.modules.batch.savepoint import savepoint
from trytond.modules.currency.fields import Monetary
from trytond.modules.report_html.workflow import ButtonWorkflow
from trytond.pool import Pool
from trytond.pyson import Bool, Eval, If
from trytond.tools import grouped_slice
from trytond.transaction import Transaction

from . import answer
from .exceptions import (
    BankMessageDeleteError, BankMessageFormatError, BankMessageSizeError,
    BankMessageTwiceError)
from .matching import MatchingMixin
from .saying import Damaged, UnknownFormat

logger = logging.getLogger(__name__)
_SLICE = 500
_MEGABYTE = 1024 ** 2


class BankMessage(MatchingMixin, ButtonWorkflow, ModelSQL, ModelView):
    __name__ = 'sepa.bank_message'
    _rec_name = 'name'

    name = fields.Char(
        "Name", required=True,
        states={
            'readonly': Eval('state') != 'draft',
            },
        help="The name of the file.")
    company = fields.Many2One(
        'company.company', "Company", required=True,
        states={
            'readonly': Eval('state') != 'draft',
            },
        help="The company that the bank writes to.")
    content = fields.Binary(
        "File", filename='name',
        states={
            'readonly': Eval('state') != 'draft',
            'required': ~Eval('problem'),
            },
        help="The file as it came from the bank.")
    digest = fields.Char(
        "Digest", readonly=True,
        help="The fingerprint by which the same file is recognised.")
    format = fields.Char(
        "Format", readonly=True,
        help="The name of the message.")
    identification = fields.Char(
        "Identification", readonly=True,
        help="The number that the bank gave to the message.")
    accounts = fields.Char(
        "Accounts", readonly=True,
        help="The accounts that the message speaks of.")
    problem = fields.Char(
        "Problem", readonly=True,
        states={
            'invisible': ~Eval('problem'),
            },
        help="Why the file could not be read when it came.")
    lines = fields.One2Many(
        'sepa.bank_message.line', 'message', "Lines",
        states={
            'readonly': Eval('state') != 'read',
            },
        help="What the bank says, one row for each payment or batch.")
    pending_count = fields.Function(
        fields.Integer(
            "Unmatched",
            help="The number of lines that nothing was found for."),
        'get_pending_count')
    returns = fields.One2Many(
        'sepa.return', 'message', "Returns", readonly=True,
        states={
            'invisible': ~Eval('returns'),
            },
        help="The returns that the message told.")
    state = fields.Selection([
            ('draft', "Draft"),
            ('read', "Read"),
            ('done', "Done"),
            ], "State", required=True, readonly=True, sort=False,
        help="The current state of the message.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints += [
            ('digest_unique', Unique(t, t.company, t.digest),
                'sepa_remittance.msg_bank_message_digest_unique'),
            ]
        cls._order = [('id', 'DESC')]
        cls._transitions |= {
            ('draft', 'read'),
            ('read', 'done'),
            }
        cls._buttons.update({
                'process': {
                    'invisible': Eval('state') != 'draft',
                    'icon': 'tryton-launch',
                    'depends': ['state'],
                    },
                'match': {
                    'invisible': Eval('state') != 'read',
                    'icon': 'tryton-refresh',
                    'depends': ['state'],
                    },
                'do': {
                    'invisible': Eval('state') != 'read',
                    'icon': 'tryton-ok',
                    'depends': ['state'],
                    },
                })

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_state(cls):
        return 'draft'

    @classmethod
    def get_pending_count(cls, messages, name):
        pool = Pool()
        Line = pool.get('sepa.bank_message.line')
        result = dict.fromkeys((m.id for m in messages), 0)
        for line in Line.search([
                    ('message', 'in', [m.id for m in messages]),
                    ('state', '=', 'pending'),
                    ]):
            result[line.message.id] += 1
        return result

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual',
                If(Bool(Eval('problem')), 'danger',
                    If(Eval('pending_count', 0) > 0, 'warning',
                        If(Eval('state') == 'done', 'muted', '')))),
            ]

    @classmethod
    def preprocess_values(cls, mode, values):
        values = super().preprocess_values(mode, values)
        if content := values.get('content'):
            cls._check_size(values.get('name'), len(content))
            values['digest'] = hashlib.sha256(content).hexdigest()
        return values

    @classmethod
    def _check_size(cls, name, size):
        "Refuse what is too large to be held in memory, before it is"
        maximum = config.getint('sepa_remittance', 'max_size', default=32)
        if size > maximum * _MEGABYTE:
            raise BankMessageSizeError(gettext(
                    'sepa_remittance.msg_bank_message_size',
                    message=name or '', size=-(-size // _MEGABYTE),
                    maximum=maximum))

    @classmethod
    def check_modification(
            cls, mode, messages, values=None, external=False):
        super().check_modification(
            mode, messages, values=values, external=external)
        if mode == 'delete':
            for message in messages:
                if message.state != 'draft':
                    raise BankMessageDeleteError(gettext(
                            'sepa_remittance.msg_bank_message_delete',
                            message=message.rec_name))

    @classmethod
    def copy(cls, messages, default=None):
        default = default.copy() if default is not None else {}
        for name in ['digest', 'format', 'identification', 'accounts',
                'problem', 'lines', 'returns']:
            default.setdefault(name)
        return super().copy(messages, default=default)

    @classmethod
    def receive(cls, files, company):
        """Take (name, content) of files and return their messages

        A file that came before gives the message it gave then.
        """
        result = []
        for name, content in files:
            digest = hashlib.sha256(content).hexdigest()
            found = cls.search([
                    ('company', '=', int(company)),
                    ('digest', '=', digest),
                    ])
            if not found:
                found = cls.create([{
                            'name': name,
                            'content': content,
                            'company': int(company),
                            }])
            result.extend(found)
        cls.process([m for m in result if m.state == 'draft'])
        return result

    @classmethod
    def fetch_folder(cls):
        """Read the files that were dropped in the folder of the company

        The folder is the one of the section sepa_remittance, with a folder
        for each company named by its id. What can not be read becomes a
        draft that says why, and who wants to know is told.
        """
        pool = Pool()
        Cron = pool.get('ir.cron')
        company = Transaction().context.get('company')
        inbox = config.get('sepa_remittance', 'inbox')
        if not inbox or company is None:
            return []
        folder = Path(inbox) / str(company)
        done = folder / 'done'
        messages = []
        for path in sorted(folder.glob('*')):
            if not path.is_file() or path.name.startswith('.'):
                continue
            messages.extend(cls._receive_file(path, company))
            done.mkdir(exist_ok=True)
            path.rename(done / path.name)
        problems = [m for m in messages if m.problem]
        if problems:
            Cron.notify(
                'tryton-warning', 'sepa_remittance.act_bank_message_form',
                None, 'sepa_remittance.msg_bank_messages_problem',
                number=len(problems),
                names=', '.join(m.name for m in problems[:3]))
        return messages

    @classmethod
    def _receive_file(cls, path, company):
        """Receive a file, which is kept whatever is wrong with it

        One that is too large stays in the folder only.
        """
        content = None
        try:
            cls._check_size(path.name, path.stat().st_size)
            content = path.read_bytes()
            with savepoint():
                return cls.receive([(path.name, content)], company)
        except UserError as error:
            logger.warning("bank message %s: %s", path.name, error.message)
            return cls.create([{
                        'name': path.name,
                        'content': content,
                        'company': int(company),
                        'problem': error.message,
                        }])

    @classmethod
    @ModelView.button
    def process(cls, messages):
        "Read the files and look for what they speak of"
        for message in messages:
            message._read()
        cls.save(messages)
        cls._to_read(messages)
        cls.match(messages)

    @classmethod
    @Workflow.transition('read')
    def _to_read(cls, messages):
        pass

    @classmethod
    @ModelView.button
    def match(cls, messages):
        """Look for what was not found, and book what is

        Messages of which nothing is left are closed.
        """
        cls._match(messages)
        for message in messages:
            message._apply()
        cls.do([m for m in cls.browse(messages) if not m.pending_count])

    @classmethod
    @ModelView.button
    @Workflow.transition('done')
    def do(cls, messages):
        "Close the messages: what is unmatched stays in the list"

    def _read(self):
        pool = Pool()
        Line = pool.get('sepa.bank_message.line')
        try:
            report = answer.read(self.content or b'')
        except UnknownFormat as error:
            raise BankMessageFormatError(gettext(
                    'sepa_remittance.msg_bank_message_format',
                    message=self.name, format=str(error))) from error
        except Damaged as error:
            raise BankMessageFormatError(gettext(
                    'sepa_remittance.msg_bank_message_damaged',
                    message=self.name, error=str(error)[:200])) from error
        self._check_company(report)
        self.problem = None
        self.format = report.format
        self.identification = report.identification
        self.accounts = ', '.join(report.accounts)
        if report.identification and self.__class__.search([
                    ('company', '=', self.company.id),
                    ('identification', '=', report.identification),
                    ('format', '=', report.format),
                    ('accounts', '=', self.accounts),
                    ('id', '!=', self.id),
                    ], limit=1):
            raise BankMessageTwiceError(gettext(
                    'sepa_remittance.msg_bank_message_twice',
                    message=self.name,
                    identification=report.identification))
        paid = {
            b.amount for b in self._batches(self.company)
            if b.remittance.kind == 'payable'}
        sayings = [
            s for s in report.sayings
            if s.kind != 'other' or s.amount in paid]
        for sub in grouped_slice(sayings, _SLICE):
            Line.create([
                    Line.values_from(self, saying) for saying in sub])

    def _check_company(self, report):
        "The bank must speak of an account of this company"
        pool = Pool()
        Number = pool.get('bank.account.number')
        if not report.accounts:
            return
        own = {
            n.number_compact for n in Number.search([
                    ('type', '=', 'iban'),
                    ('account.owners', '=', self.company.party.id),
                    ])}
        if report.format == 'norma43':
            # It tells bank, branch and account, without check digits.
            own = {n[4:12] + n[14:] for n in own if n.startswith('ES')}
        if not own.intersection(report.accounts):
            raise BankMessageFormatError(gettext(
                    'sepa_remittance.msg_bank_message_company',
                    message=self.name,
                    accounts=', '.join(report.accounts),
                    company=self.company.rec_name))


class BankMessageLine(ModelSQL, ModelView):
    __name__ = 'sepa.bank_message.line'
    _rec_name = 'end_to_end_id'

    _states = {
        'readonly': Eval('state') != 'pending',
        }

    message = fields.Many2One(
        'sepa.bank_message', "Message", required=True, readonly=True,
        ondelete='CASCADE',
        help="The message that has the line.")
    company = fields.Many2One(
        'company.company', "Company", required=True, readonly=True,
        help="The company that the bank writes to.")
    kind = fields.Selection([
            ('collected', "Collected"),
            ('returned', "Returned"),
            ('rejected', "Rejected"),
            ('batch_rejected', "Batch Rejected"),
            ('file_rejected', "File Rejected"),
            ('accepted', "Accepted"),
            ], "Kind", required=True, sort=False, states=_states,
        help="What the bank says happened.")
    end_to_end_id = fields.Char(
        "End to End ID", readonly=True,
        help="Our identification of the debit.")
    instruction_id = fields.Char(
        "Instruction ID", readonly=True,
        help="Our identification of the order.")
    mandate = fields.Char(
        "Mandate", readonly=True,
        help="The identification of the mandate.")
    message_id = fields.Char(
        "Message ID", readonly=True,
        help="The identification of our file.")
    payment_info_id = fields.Char(
        "Payment Information ID", readonly=True,
        help="The identification of our batch.")
    name = fields.Char(
        "Name", readonly=True,
        help="The name of the debtor.")
    amount = Monetary(
        "Amount", currency='currency', digits='currency', readonly=True,
        help="The amount that the bank speaks of.")
    fee = Monetary(
        "Fee", currency='currency', digits='currency', readonly=True,
        help="What the bank charges.")
    credit = fields.Boolean(
        "Credit", readonly=True,
        help="Checked if the money came in.")
    currency = fields.Function(
        fields.Many2One(
            'currency.currency', "Currency",
            help="The currency of the company."),
        'on_change_with_currency')
    date = fields.Date(
        "Date", readonly=True,
        help="When the bank booked it.")
    reason = fields.Char(
        "Reason", readonly=True,
        help="The code of the reason.")
    information = fields.Char(
        "Information", readonly=True,
        help="What the bank adds to the reason.")
    description = fields.Char(
        "Description", readonly=True,
        help="The words of the bank.")
    debit = fields.Many2One(
        'sepa.remittance.debit', "Debit", ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        states=_states,
        help="The debit that the bank means.")
    batch = fields.Many2One(
        'sepa.remittance.batch', "Batch", ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        states=_states,
        help="The batch that the bank means.")
    remittance = fields.Many2One(
        'sepa.remittance', "Remittance", ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        states=_states,
        help="The remittance that the bank means.")
    problem = fields.Function(
        fields.Char(
            "Problem",
            states={
                'invisible': ~Eval('problem'),
                },
            help="Why the line is not booked though its debit is known."),
        'on_change_with_problem')
    state = fields.Selection([
            ('pending', "Unmatched"),
            ('matched', "Matched"),
            ('done', "Done"),
            ('ignored', "Ignored"),
            ], "State", required=True, readonly=True, sort=False,
        help="The current state of the line.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.add(
            Index(
                t, (t.state, Index.Equality(cardinality='low')),
                where=t.state.in_(['pending', 'matched'])))
        cls._order = [('message', 'DESC'), ('id', 'ASC')]
        cls._buttons.update({
                'ignore': {
                    'invisible': Eval('state') != 'pending',
                    'icon': 'tryton-clear',
                    'depends': ['state'],
                    },
                'apply_match': {
                    'invisible': Eval('state') != 'pending',
                    'icon': 'tryton-ok',
                    'depends': ['state'],
                    },
                })

    @classmethod
    def default_state(cls):
        return 'pending'

    @fields.depends('company')
    def on_change_with_currency(self, name=None):
        return self.company.currency if self.company else None

    @fields.depends(
        'state', 'debit', '_parent_debit.amount', 'amount', 'fee', 'currency')
    def on_change_with_problem(self, name=None):
        pool = Pool()
        Lang = pool.get('ir.lang')
        if (self.state == 'pending' and self.debit
                and not self.fits(self.debit)):
            lang = Lang.get()
            return gettext(
                'sepa_remittance.msg_bank_message_line_amount',
                amount=lang.currency(self.amount, self.currency),
                debit=lang.currency(self.debit.amount, self.currency))

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual',
                If(Eval('state') == 'pending', 'warning',
                    If(Eval('state').in_(['done', 'ignored']),
                        'muted', ''))),
            ]

    @classmethod
    def values_from(cls, message, saying):
        return {
            'message': message.id,
            'company': message.company.id,
            'kind': (
                'collected' if saying.kind == 'other' else saying.kind),
            'credit': bool(saying.credit),
            'end_to_end_id': saying.end_to_end_id or None,
            'instruction_id': saying.instruction_id or None,
            'mandate': saying.mandate or None,
            'message_id': saying.message_id or None,
            'payment_info_id': saying.payment_info_id or None,
            'name': saying.name or None,
            'amount': saying.amount,
            'fee': saying.fee or Decimal(0),
            'date': saying.date,
            'reason': saying.reason or None,
            'information': saying.information or None,
            'description': saying.description or None,
            # That it was taken asks for nothing.
            'state': 'done' if saying.kind == 'accepted' else 'pending',
            }

    def fits(self, debit):
        "Tell if the amount is the debit's, be the fee in it or not"
        if self.amount is None:
            return True
        fee = self.fee or Decimal(0)
        return debit.amount in {
            self.amount, self.amount - fee, self.amount + fee}

    def kind_of(self, debit):
        """Return what the line says of the debit

        Money that goes the other way came back, even without a reason.
        """
        if (self.kind == 'collected'
                and self.credit != (debit.kind == 'receivable')):
            return 'returned'
        return self.kind

    @classmethod
    @ModelView.button
    def ignore(cls, lines):
        cls.write(lines, {'state': 'ignored'})

    @classmethod
    @ModelView.button
    def apply_match(cls, lines):
        "Book what a person has matched"
        pool = Pool()
        Message = pool.get('sepa.bank_message')
        Message.match(list({line.message for line in lines}))

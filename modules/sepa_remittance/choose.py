# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from decimal import Decimal

from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.pyson import Bool, Eval, If
from trytond.transaction import Transaction
from trytond.wizard import Button, StateAction, StateView, Wizard

from .exceptions import NothingToRemitError


class Choose(Wizard):
    "Put due receipts into remittances, and say why some stay behind"
    __name__ = 'sepa.remittance.choose'

    start = StateView(
        'sepa.remittance.choose.start',
        'sepa_remittance.choose_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("In the Background", 'launch', 'tryton-launch'),
            Button("Show", 'preview', 'tryton-forward', default=True),
            ])
    preview = StateView(
        'sepa.remittance.choose.preview',
        'sepa_remittance.choose_preview_view_form', [
            Button("Back", 'start', 'tryton-back'),
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Create", 'create_', 'tryton-ok', default=True),
            ])
    create_ = StateAction('sepa_remittance.act_remittance_form')
    launch = StateAction('batch.act_run_form')

    def default_start(self, fields):
        pool = Pool()
        Journal = pool.get('account.payment.journal')
        values = {}
        journals = Journal.search([
                ('company', '=', Transaction().context.get('company')),
                ('process_method', '=', 'sepa'),
                ], limit=2)
        if len(journals) == 1:
            journal, = journals
            values['journal'] = journal.id
            values['group'] = bool(journal.sepa_group_lines)
            values['financed'] = bool(journal.sepa_financed)
        name = self.model.__name__ if self.model else None
        if name == 'account.invoice':
            values['lines'] = [
                line.id for invoice in self.records
                for line in invoice.lines_to_pay if not line.reconciliation]
            values['until'] = None
            if {i.type for i in self.records} == {'in'}:
                values['kind'] = 'payable'
        elif name == 'account.move.line':
            values['lines'] = [line.id for line in self.records]
            values['until'] = None
        elif name == 'party.party':
            values['parties'] = [p.id for p in self.records]
        return values

    def _arguments(self):
        start = self.start
        return {
            'kind': start.kind,
            'since': start.since,
            'until': start.until,
            'date': start.date,
            'minimum': start.minimum,
            'maximum': start.maximum,
            'means': [start.mean] if start.mean else None,
            'scheme': start.scheme,
            'parties': [p.id for p in start.parties] or None,
            'lines': [line.id for line in start.lines] or None,
            }

    def default_preview(self, fields):
        pool = Pool()
        Remittance = pool.get('sepa.remittance')
        chosen, refused = Remittance.choose(
            self.start.journal, **self._arguments())
        currency = self.start.journal.currency.id
        return {
            'chosen': [{
                    'line': item.receipt.line,
                    'party': item.receipt.party,
                    'maturity': item.receipt.maturity,
                    'reference': item.receipt.reference,
                    'amount': item.amount,
                    'due': item.receipt.amount,
                    'mandate': item.mandate.id if item.mandate else None,
                    'take': True,
                    'currency': currency,
                    } for item in chosen],
            'refused': [{
                    'line': refusal.receipt.line,
                    'party': refusal.receipt.party,
                    'maturity': refusal.receipt.maturity,
                    'reference': refusal.receipt.reference,
                    'due': refusal.receipt.amount,
                    'reason': Remittance.refusal_text(refusal),
                    'currency': currency,
                    } for refusal in refused],
            'currency': currency,
            'amount': sum((item.amount for item in chosen), Decimal(0)),
            'count': len(chosen),
            }

    def do_create_(self, action):
        pool = Pool()
        Remittance = pool.get('sepa.remittance')
        rows = [row for row in self.preview.chosen if row.take]
        if not rows:
            raise NothingToRemitError(gettext(
                    'sepa_remittance.msg_nothing_chosen'))
        remittances = Remittance.create_from_lines(
            self.start.journal, [row.line for row in rows],
            kind=self.start.kind, date=self.start.date,
            group=bool(self.start.group),
            financed=bool(self.start.financed), scheme=self.start.scheme,
            # Whoever took a small amount has seen it.
            minimum=Decimal(0),
            amounts={row.line.id: row.amount for row in rows})
        if len(remittances) == 1:
            action['views'].reverse()
        return action, {'res_id': [r.id for r in remittances]}

    def do_launch(self, action):
        pool = Pool()
        Run = pool.get('batch.run')
        start = self.start
        params = {
            name: value for name, value in self._arguments().items()
            if value is not None}
        params.update({
                'journal': start.journal.id,
                'group': bool(start.group),
                'financed': bool(start.financed),
                })
        run = Run.start(
            'sepa_remittance.choose', params=params,
            company=start.journal.company)
        return action, {'res_id': [run.id]}


class ChooseStart(ModelView):
    __name__ = 'sepa.remittance.choose.start'

    company = fields.Many2One(
        'company.company', "Company", required=True, readonly=True,
        help="The company that collects or pays.")
    kind = fields.Selection([
            ('receivable', "Direct Debits"),
            ('payable', "Transfers"),
            ], "Kind", required=True, sort=False,
        help="Whether customers are debited or suppliers are paid.")
    journal = fields.Many2One(
        'account.payment.journal', "Journal", required=True,
        domain=[
            ('company', '=', Eval('company', -1)),
            ('process_method', '=', 'sepa'),
            ],
        help="The account at the bank and how it wants its files.")
    scheme = fields.Selection([
            (None, "All"),
            ('CORE', "Core"),
            ('B2B', "Business to Business"),
            ], "Scheme", sort=False,
        states={
            'invisible': Eval('kind') == 'payable',
            },
        help="Leave empty to make one remittance for each scheme.")
    since = fields.Date(
        "Due Since",
        domain=[If(Bool(Eval('since')) & Bool(Eval('until')),
                ('since', '<=', Eval('until')),
                ())],
        states={
            'invisible': Bool(Eval('lines')),
            },
        help="The first due date of the receipts.\n"
        "Leave empty to take what is overdue as well.")
    until = fields.Date(
        "Due Until",
        states={
            'invisible': Bool(Eval('lines')),
            },
        help="The last due date of the receipts.")
    mean = fields.Selection(
        'get_means', "Payment Means",
        help="How the invoices are paid.\n"
        "Leave empty to take the receipts of all.")
    date = fields.Date(
        "Wanted Date",
        help="When all is collected or paid.\n"
        "Leave empty to use the due date of each receipt.")
    minimum = fields.Numeric(
        "Minimum Amount", digits=(16, 2),
        help="Receipts below this amount are left out.")
    maximum = fields.Numeric(
        "Maximum Amount", digits=(16, 2),
        help="Receipts above this amount are left out.")
    parties = fields.Many2Many(
        'party.party', None, None, "Parties",
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="Leave empty to take all of them.")
    lines = fields.Many2Many(
        'account.move.line', None, None, "Receipts", readonly=True,
        states={
            'invisible': ~Eval('lines'),
            },
        help="The receipts the wizard was opened on.")
    group = fields.Boolean(
        "Group Receipts",
        help="Check to make one transaction of all receipts of the same "
        "mandate and date.")
    financed = fields.Boolean(
        "Financed",
        states={
            'invisible': Eval('kind') == 'payable',
            },
        help="Check if the bank advances the amount.")

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_kind(cls):
        return 'receivable'

    @classmethod
    def default_until(cls):
        return Pool().get('ir.date').today()

    @classmethod
    def get_means(cls):
        pool = Pool()
        Mean = pool.get('account.invoice.payment.mean')
        return [(None, "")] + [
            (name, label) for name, label in Mean.get_instruments() if name]

    @fields.depends('journal')
    def on_change_journal(self):
        if self.journal:
            self.group = bool(self.journal.sepa_group_lines)
            self.financed = bool(self.journal.sepa_financed)


class ChoosePreview(ModelView):
    __name__ = 'sepa.remittance.choose.preview'

    chosen = fields.One2Many(
        'sepa.remittance.choose.line', None, "Can Go",
        help="The receipts that can be collected or paid.")
    refused = fields.One2Many(
        'sepa.remittance.choose.refusal', None, "Stays Behind",
        readonly=True,
        help="The receipts that can not go, and why.")
    count = fields.Integer(
        "Receipts", readonly=True,
        help="How many receipts are taken.")
    amount = Monetary(
        "Amount", currency='currency', digits='currency', readonly=True,
        help="The sum of what is taken.")
    currency = fields.Many2One(
        'currency.currency', "Currency", readonly=True,
        help="The currency of the journal.")

    @fields.depends('chosen')
    def on_change_chosen(self):
        taken = [row for row in self.chosen if row.take and row.amount]
        self.count = len(taken)
        self.amount = sum((row.amount for row in taken), Decimal(0))


class ChooseLine(ModelView):
    __name__ = 'sepa.remittance.choose.line'

    take = fields.Boolean(
        "Take",
        help="Uncheck to leave the receipt behind.")
    line = fields.Many2One(
        'account.move.line', "Line", readonly=True,
        help="The accounting line of the receipt.")
    party = fields.Many2One(
        'party.party', "Party", readonly=True,
        help="Who pays or is paid.")
    reference = fields.Char(
        "Reference", readonly=True,
        help="What is paid.")
    maturity = fields.Date(
        "Due Date", readonly=True,
        help="When the receipt is due.")
    due = Monetary(
        "Due Amount", currency='currency', digits='currency', readonly=True,
        help="What is still open.")
    amount = Monetary(
        "Amount", currency='currency', digits='currency',
        domain=[
            ('amount', '>', 0),
            ('amount', '<=', Eval('due', 0)),
            ],
        help="What is collected or paid: all of it or a part.")
    mandate = fields.Many2One(
        'account.payment.sepa.mandate', "Mandate", readonly=True,
        help="The mandate that is used.")
    currency = fields.Many2One(
        'currency.currency', "Currency", readonly=True,
        help="The currency of the journal.")


class ChooseRefusal(ModelView):
    __name__ = 'sepa.remittance.choose.refusal'

    line = fields.Many2One(
        'account.move.line', "Line", readonly=True,
        help="The accounting line of the receipt.")
    party = fields.Many2One(
        'party.party', "Party", readonly=True,
        help="Who owes or is owed.")
    reference = fields.Char(
        "Reference", readonly=True,
        help="What is open.")
    maturity = fields.Date(
        "Due Date", readonly=True,
        help="When the receipt is due.")
    due = Monetary(
        "Due Amount", currency='currency', digits='currency', readonly=True,
        help="What is still open.")
    reason = fields.Char(
        "Reason", readonly=True,
        help="Why the receipt can not go, and what to do.")
    currency = fields.Many2One(
        'currency.currency', "Currency", readonly=True,
        help="The currency of the journal.")

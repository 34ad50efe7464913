# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from sql import Literal
from sql.functions import CharLength

from trytond.i18n import gettext
from trytond.model import (
    ChatMixin, Index, ModelSQL, ModelView, Unique, Workflow, fields)
from trytond.modules.company.model import (
    employee_field, reset_employee, set_employee)
from trytond.modules.currency.fields import Monetary
from trytond.modules.report_html.workflow import ButtonWorkflow
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval, If
from trytond.tools import grouped_slice
from trytond.transaction import Transaction

from .building import BuildingMixin
from .choosing import ChoosingMixin
from .exceptions import (
    RemittanceCollectedError, RemittanceDeleteError, RemittanceEmptyError,
    RemittanceModificationError, RemittanceSequenceError)
from .generation import GenerationMixin
from .notice import NoticeMixin
from .remittance_batch import totals


class Remittance(
        ChoosingMixin, BuildingMixin, GenerationMixin, NoticeMixin,
        ButtonWorkflow, ModelSQL, ModelView, ChatMixin):
    __name__ = 'sepa.remittance'
    _rec_name = 'number'

    _states = {
        'readonly': Eval('state') != 'draft',
        }

    number = fields.Char(
        "Number", required=True, readonly=True,
        help="The main identification of the remittance.")
    company = fields.Many2One(
        'company.company', "Company", required=True, readonly=True,
        help="The company that collects or pays.")
    kind = fields.Selection([
            ('receivable', "Direct Debits"),
            ('payable', "Transfers"),
            ], "Kind", required=True, sort=False, readonly=True,
        help="Whether customers are debited or suppliers are paid.")
    journal = fields.Many2One(
        'account.payment.journal', "Journal", required=True, readonly=True,
        domain=[
            ('company', '=', Eval('company', -1)),
            ('process_method', '=', 'sepa'),
            ],
        help="The account at the bank and how it wants its files.")
    scheme = fields.Selection([
            (None, ""),
            ('CORE', "Core"),
            ('B2B', "Business to Business"),
            ], "Scheme", sort=False, readonly=True,
        states={
            'required': Eval('kind') == 'receivable',
            'invisible': Eval('kind') == 'payable',
            },
        help="The scheme of all debits: a file has only one.")
    date = fields.Date(
        "Wanted Date", states=_states,
        help="When all is collected or paid.\n"
        "Leave empty to use the due date of each receipt.")
    financed = fields.Boolean(
        "Financed",
        states={
            'readonly': Eval('state') != 'draft',
            'invisible': Eval('kind') == 'payable',
            },
        help="Check if the bank advances the amount.")
    description = fields.Char(
        "Description",
        help="What the remittance is about.")
    debits = fields.One2Many(
        'sepa.remittance.debit', 'remittance', "Debits",
        states={
            'readonly': ~Eval('state').in_(['draft', 'approved']),
            },
        help="What is collected or paid, one row for each transaction.")
    totals = fields.One2Many(
        'sepa.remittance.total', 'remittance', "Totals", readonly=True,
        states={
            'invisible': ~Eval('state').in_(
                ['draft', 'approved', 'rejected']),
            },
        help="The totals by date and sequence type, as the file will have "
        "them.")
    batches = fields.One2Many(
        'sepa.remittance.batch', 'remittance', "Batches", readonly=True,
        states={
            'invisible': ~Eval('batches'),
            },
        help="The totals by date and sequence type, as the bank books them.")
    faults = fields.One2Many(
        'sepa.remittance.fault', 'remittance', "Faults", readonly=True,
        states={
            'invisible': ~Eval('faults'),
            },
        help="What keeps the file from being made.")
    messages = fields.One2Many(
        'account.payment.sepa.message', 'sepa_remittance', "Files",
        readonly=True,
        states={
            'invisible': ~Eval('messages'),
            },
        help="The files for the bank.")
    group = fields.Many2One(
        'account.payment.group', "Payment Group", readonly=True,
        ondelete='RESTRICT',
        states={
            'invisible': ~Eval('group'),
            },
        help="The standard group of the payments.")
    run = fields.Many2One(
        'batch.run', "Run", readonly=True, ondelete='SET NULL',
        states={
            'invisible': ~Eval('run'),
            },
        help="The batch that filled the remittance.")
    attempt = fields.Integer(
        "Attempt", required=True, readonly=True,
        help="How many times the files were made anew.")
    debit_count = fields.Function(
        fields.Integer(
            "Transactions",
            help="The number of debits or transfers."),
        'get_totals')
    amount = fields.Function(
        Monetary(
            "Amount", currency='currency', digits='currency',
            help="The sum of all debits or transfers."),
        'get_totals')
    currency = fields.Function(
        fields.Many2One(
            'currency.currency', "Currency",
            help="The currency of the journal."),
        'on_change_with_currency')
    approved_by = employee_field(
        "Approved By",
        states=['approved', 'generated', 'sent', 'settled', 'rejected',
            'cancelled'])
    generated_at = fields.Timestamp(
        "Generated At", readonly=True,
        help="When the files were made.")
    sent_by = employee_field(
        "Sent By", states=['sent', 'settled', 'rejected', 'cancelled'])
    sent_at = fields.Timestamp(
        "Sent At", readonly=True,
        help="When the files were handed to the bank.")
    state = fields.Selection([
            ('draft', "Draft"),
            ('approved', "Approved"),
            ('generated', "Generated"),
            ('sent', "Sent"),
            ('settled', "Settled"),
            ('rejected', "Rejected"),
            ('cancelled', "Cancelled"),
            ], "State", required=True, readonly=True, sort=False,
        help="The current state of the remittance.")

    @classmethod
    def __setup__(cls):
        cls.number.search_unaccented = False
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints += [
            ('number_unique', Unique(t, t.company, t.number),
                'sepa_remittance.msg_remittance_number_unique'),
            ]
        cls._sql_indexes.update({
                Index(
                    t, (t.state, Index.Equality(cardinality='low')),
                    where=t.state.in_(
                        ['draft', 'approved', 'generated', 'sent'])),
                })
        cls._order = [('id', 'DESC')]
        cls._transitions |= {
            ('draft', 'approved'),
            ('approved', 'draft'),
            ('approved', 'generated'),
            ('generated', 'draft'),
            ('generated', 'sent'),
            ('generated', 'rejected'),
            ('sent', 'settled'),
            ('sent', 'rejected'),
            ('rejected', 'draft'),
            ('draft', 'cancelled'),
            ('approved', 'cancelled'),
            ('generated', 'cancelled'),
            ('rejected', 'cancelled'),
            }
        cls._buttons.update({
                'draft': {
                    'invisible': ~Eval('state').in_(
                        ['approved', 'generated', 'rejected']),
                    'icon': 'tryton-back',
                    'depends': ['state'],
                    },
                'approve': {
                    'invisible': Eval('state') != 'draft',
                    'icon': 'tryton-ok',
                    'depends': ['state'],
                    },
                'generate': {
                    'invisible': Eval('state') != 'approved',
                    'icon': 'tryton-launch',
                    'depends': ['state'],
                    },
                'process': {
                    'invisible': Eval('state') != 'draft',
                    'icon': 'tryton-launch',
                    'depends': ['state'],
                    },
                'send': {
                    'invisible': Eval('state') != 'generated',
                    'icon': 'tryton-forward',
                    'depends': ['state'],
                    },
                'settle_wizard': {
                    'invisible': Eval('state') != 'sent',
                    'icon': 'tryton-ok',
                    'depends': ['state'],
                    },
                'advance_wizard': {
                    'invisible': ((Eval('state') != 'sent')
                        | ~Eval('financed', False)),
                    'icon': 'tryton-launch',
                    'depends': ['state', 'financed'],
                    },
                'reject': {
                    'invisible': ~Eval('state').in_(['generated', 'sent']),
                    'icon': 'tryton-cancel',
                    'depends': ['state'],
                    },
                'cancel': {
                    'invisible': ~Eval('state').in_(
                        ['draft', 'approved', 'generated', 'rejected']),
                    'icon': 'tryton-cancel',
                    'depends': ['state'],
                    },
                })

    @classmethod
    def order_number(cls, tables):
        table, _ = tables[None]
        return [CharLength(table.number), table.number]

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_kind(cls):
        return 'receivable'

    @classmethod
    def default_attempt(cls):
        return 1

    @classmethod
    def default_financed(cls):
        return False

    @classmethod
    def default_state(cls):
        return 'draft'

    @fields.depends('journal')
    def on_change_with_currency(self, name=None):
        return self.journal.currency if self.journal else None

    @classmethod
    def get_totals(cls, remittances, names):
        pool = Pool()
        Debit = pool.get('sepa.remittance.debit')
        return totals(Debit, 'remittance', remittances, names)

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual',
                If(Eval('state') == 'rejected', 'danger',
                    If(Eval('state').in_(['settled', 'cancelled']),
                        'muted', ''))),
            ('/form//page[@id="faults"]', 'states', {
                    'invisible': ~Eval('faults'),
                    }),
            ('/form//page[@id="files"]', 'states', {
                    'invisible': ~Eval('messages'),
                    }),
            ]

    @classmethod
    def preprocess_values(cls, mode, values):
        pool = Pool()
        Configuration = pool.get('account.configuration')
        Company = pool.get('company.company')
        values = super().preprocess_values(mode, values)
        if mode == 'create' and not values.get('number'):
            company_id = values.get('company', cls.default_company())
            if company_id is not None:
                sequence = Configuration(1).get_multivalue(
                    'sepa_remittance_sequence', company=company_id)
                if not sequence:
                    raise RemittanceSequenceError(gettext(
                            'sepa_remittance.msg_remittance_sequence',
                            company=Company(company_id).rec_name))
                values['number'] = sequence.get()
        return values

    @classmethod
    def check_modification(
            cls, mode, remittances, values=None, external=False):
        super().check_modification(
            mode, remittances, values=values, external=external)
        if mode == 'delete':
            for remittance in remittances:
                if remittance.state not in {'draft', 'cancelled'}:
                    raise RemittanceDeleteError(gettext(
                            'sepa_remittance.msg_remittance_delete',
                            remittance=remittance.rec_name))
        elif (mode == 'write' and external and values
                and values.keys() & {'debits', 'date', 'financed'}):
            for remittance in remittances:
                if remittance.state not in {'draft', 'approved'}:
                    raise RemittanceModificationError(gettext(
                            'sepa_remittance.msg_remittance_modify',
                            remittance=remittance.rec_name))

    @classmethod
    def on_modification(cls, mode, remittances, field_names=None):
        super().on_modification(mode, remittances, field_names=field_names)
        if mode == 'write' and field_names and 'date' in field_names:
            cls._set_dates([r for r in remittances if r.state == 'draft'])

    @classmethod
    def on_delete(cls, remittances):
        pool = Pool()
        Debit = pool.get('sepa.remittance.debit')
        callback = super().on_delete(remittances)
        # Through the model, so that the receipts are free again.
        Debit.delete([d for r in remittances for d in r.debits])
        return callback

    @classmethod
    def copy(cls, remittances, default=None):
        default = default.copy() if default is not None else {}
        for name in [
                'number', 'debits', 'totals', 'batches', 'faults', 'messages',
                'group', 'run', 'approved_by', 'generated_at', 'sent_by',
                'sent_at', 'attempt']:
            default.setdefault(name)
        default['attempt'] = 1
        return super().copy(remittances, default=default)

    @classmethod
    @ModelView.button
    @Workflow.transition('draft')
    @reset_employee('approved_by', 'sent_by')
    def draft(cls, remittances):
        cls._unmake([r for r in remittances if r.state == 'generated'])

    @classmethod
    @ModelView.button
    @Workflow.transition('approved')
    @set_employee('approved_by')
    def approve(cls, remittances):
        for remittance in remittances:
            if not remittance.debit_count:
                raise RemittanceEmptyError(gettext(
                        'sepa_remittance.msg_remittance_empty',
                        remittance=remittance.rec_name))

    @classmethod
    def process(cls, remittances):
        """Approve and generate, unless a second person has to approve

        Return the action that gives the files, or shows the faults.
        """
        # Not decorated: each of the two buttons checks its own rights and
        # rules, which a decorator around both would switch off.
        cls.approve([r for r in remittances if r.state == 'draft'])
        ready = [
            r for r in cls.browse(remittances) if r.state == 'approved']
        if ready:
            return cls.generate(ready)

    @classmethod
    @ModelView.button
    def generate(cls, remittances):
        pool = Pool()
        Action = pool.get('ir.action')
        ModelData = pool.get('ir.model.data')
        made = [
            remittance._make() for remittance in remittances
            if remittance.state == 'approved']
        if made:
            name = 'report_remittance_file' if all(made) else 'act_fault_form'
            return Action.get_action_id(
                ModelData.get_id('sepa_remittance', name))

    @classmethod
    @Workflow.transition('generated')
    def _to_generated(cls, remittances):
        pass

    @classmethod
    @ModelView.button
    @Workflow.transition('sent')
    @set_employee('sent_by')
    def send(cls, remittances):
        pool = Pool()
        Message = pool.get('account.payment.sepa.message')
        Batch = pool.get('sepa.remittance.batch')
        cls._stamp(remittances, 'sent_at')
        Batch.book_sent([b for r in remittances for b in r.batches])
        Message.do([
                m for r in remittances for m in r.messages
                if m.state == 'waiting'])

    @classmethod
    @ModelView.button_action('sepa_remittance.wizard_settle')
    def settle_wizard(cls, remittances):
        pass

    @classmethod
    @ModelView.button_action('sepa_remittance.wizard_advance')
    def advance_wizard(cls, remittances):
        pass

    @classmethod
    def settle(cls, remittances, date=None):
        """Note as collected what was due at the bank until the date

        A remittance is settled when nothing of it is open any more.
        """
        pool = Pool()
        Payment = pool.get('account.payment')
        Batch = pool.get('sepa.remittance.batch')
        remittances = [r for r in remittances if r.state == 'sent']
        for remittance in remittances:
            domain = [
                ('sepa_debit.remittance', '=', remittance.id),
                ('state', '=', 'processing'),
                ]
            if date:
                domain.append(('date', '<=', date))
            Batch.collect(
                Payment.search(domain, order=[('id', 'ASC')]), date=date)

    @classmethod
    def close_settled(cls, remittances):
        "Settle the remittances that have nothing open at the bank"
        pool = Pool()
        Payment = pool.get('account.payment')
        cls._to_settled([
                r for r in remittances
                if r.state == 'sent' and not Payment.search([
                        ('sepa_debit.remittance', '=', r.id),
                        ('state', '=', 'processing'),
                        ], limit=1)])

    @classmethod
    @Workflow.transition('settled')
    def _to_settled(cls, remittances):
        pass

    @classmethod
    @ModelView.button
    @Workflow.transition('rejected')
    def reject(cls, remittances):
        "The bank refused the whole file: nothing of it happened"
        pool = Pool()
        Debit = pool.get('sepa.remittance.debit')
        for remittance in remittances:
            if Debit.search([
                        ('remittance', '=', remittance.id),
                        ('state', 'in', ['succeeded', 'failed']),
                        ], limit=1):
                raise RemittanceCollectedError(gettext(
                        'sepa_remittance.msg_remittance_collected',
                        remittance=remittance.rec_name))
        cls._unmake(remittances)

    @classmethod
    @ModelView.button
    @Workflow.transition('cancelled')
    def cancel(cls, remittances):
        cls._unmake([r for r in remittances if r.state == 'generated'])
        cls._free(remittances)


class Remittance_Dunning(metaclass=PoolMeta):
    __name__ = 'sepa.remittance'

    @classmethod
    def _disputed_lines(cls, line_ids):
        "A dunning that somebody has blocked is about a dispute"
        pool = Pool()
        Dunning = pool.get('account.dunning')
        dunning = Dunning.__table__()
        cursor = Transaction().connection.cursor()
        found = super()._disputed_lines(line_ids)
        for ids in grouped_slice(line_ids, 500):
            cursor.execute(*dunning.select(
                    dunning.line,
                    where=dunning.line.in_(list(ids))
                    & (dunning.blocked == Literal(True))))
            found.update(line for line, in cursor)
        return found

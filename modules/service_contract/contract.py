# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt

from sql.functions import CharLength

from trytond.i18n import gettext
from trytond.model import (
    ChatMixin, Index, ModelSQL, ModelView, Workflow, fields)
from trytond.model.exceptions import AccessError
from trytond.modules.company.model import (
    employee_field, reset_employee, set_employee)
from trytond.modules.report_html.workflow import ButtonWorkflow
from trytond.pool import Pool
from trytond.pyson import Bool, Eval, If
from trytond.tools import grouped_slice
from trytond.transaction import Transaction

from .amending import AmendingMixin
from .contract_check import CheckMixin
from .exceptions import ContractCloseError
from .recurrence import end_of_months
from .refresh import RefreshMixin
from .renewal import RenewalMixin
from .signature import SignedMixin
from .termination import TerminationMixin

PREVIEW_MONTHS = 12


class Contract(
        CheckMixin, AmendingMixin, RenewalMixin, TerminationMixin,
        RefreshMixin, SignedMixin, ButtonWorkflow, ModelSQL, ModelView,
        ChatMixin):
    __name__ = 'service.contract'
    _refresh_fields = frozenset([
            'start_date', 'end_date', 'tacit', 'terminated_on', 'state'])
    _rec_name = 'number'

    _states = {
        'readonly': ~Eval('state').in_(['draft', 'quotation']),
        }
    _states_closed = {
        'readonly': Eval('state').in_(['closed', 'cancelled']),
        }

    number = fields.Char(
        "Number", readonly=True,
        help="The main identification of the contract.")
    reference = fields.Char(
        "Customer's Reference", states=_states_closed,
        help="The number of the contract or of the purchase order at the "
        "customer. It is printed on the invoices.")
    company = fields.Many2One(
        'company.company', "Company", required=True,
        states={
            'readonly': (
                (Eval('state') != 'draft') | Eval('lines', [0])),
            },
        help="The company which gives the service.")
    type = fields.Many2One(
        'service.contract.type', "Type", states=_states,
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        help="Gives the usual conditions of this kind of contract.")
    party = fields.Many2One(
        'party.party', "Party", required=True, states=_states,
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="The customer who signs the contract.")
    contact = fields.Many2One(
        'party.contact_mechanism', "Contact", states=_states_closed,
        domain=[
            ('party', 'in', [
                    Eval('party', -1), Eval('invoice_party', -1)]),
            ],
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="Where to reach the person in charge of the contract.")
    sites = fields.Many2Many(
        'service.contract-maintenance.site', 'contract', 'site', "Sites",
        states=_states_closed,
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        help="The places which the contract serves. Leave empty for every "
        "site of the equipment.")
    currency = fields.Many2One(
        'currency.currency', "Currency", required=True, states={
            'readonly': (
                _states['readonly'] | Eval('lines', [0])),
            },
        help="The currency of the prices and the invoices.")
    invoice_party = fields.Many2One(
        'party.party', "Invoice Party", states=_states_closed,
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="The party who receives the invoices. "
        "Leave empty for the customer.")
    invoice_address = fields.Many2One(
        'party.address', "Invoice Address", states=_states_closed,
        domain=[
            ('party', '=', If(Bool(Eval('invoice_party')),
                    Eval('invoice_party', -1), Eval('party', -1))),
            ],
        help="Where the invoices are sent. "
        "Leave empty for the invoice address of the party.")
    payment_term = fields.Many2One(
        'account.invoice.payment_term', "Payment Term", states=_states_closed,
        ondelete='RESTRICT',
        help="When the invoices are due. "
        "Leave empty for the payment term of the party.")
    grouping = fields.Selection([
            ('contract', "One invoice per contract"),
            ('party', "With other contracts of the customer"),
            ], "Grouping", required=True, sort=False, states=_states_closed,
        help="How the periods due on the same day are put on invoices.")
    start_date = fields.Date(
        "Start Date", states={
            'readonly': _states['readonly'],
            'required': ~Eval('state').in_(['draft', 'cancelled']),
            },
        help="The first day of the service.")
    initial_months = fields.Integer(
        "Initial Months", states=_states,
        help="How many months the contract lasts at first. "
        "Leave empty for a contract without end.")
    renewal_months = fields.Integer(
        "Renewal Months", states=_states_closed,
        help="By how many months the contract is renewed at its end. "
        "Leave empty if it is not renewed.")
    tacit = fields.Boolean(
        "Tacit Renewal", states=_states_closed,
        help="Check to renew the contract without asking when nobody gives "
        "notice.")
    notice_days = fields.Integer(
        "Notice Days", states=_states_closed,
        help="How many days before the end the notice must arrive.")
    end_date = fields.Date(
        "End Date", states=_states_closed,
        help="The last day of the service, as of today. "
        "A renewal moves it.")
    notice_date = fields.Date(
        "Notice Date", readonly=True,
        help="The last day on which notice can be given.")
    terminated_on = fields.Date(
        "Terminated On", readonly=True,
        states={
            'invisible': ~Eval('terminated_on'),
            },
        help="The day on which the end of the contract was recorded. "
        "The contract is not renewed any more.")
    termination_reason = fields.Text(
        "Termination Reason", states={
            'invisible': ~Eval('terminated_on'),
            },
        help="Why the contract ends.")
    lines = fields.One2Many(
        'service.contract.line', 'contract', "Lines", states=_states_closed,
        help="What is agreed and what it costs.")
    amendments = fields.One2Many(
        'service.contract.amendment', 'contract', "Amendments",
        states=_states_closed,
        help="What was changed in the contract, and when.")
    suspensions = fields.One2Many(
        'service.contract.suspension', 'contract', "Suspensions",
        states=_states_closed,
        help="The days on which the contract rests.")
    periods = fields.One2Many(
        'service.contract.period', 'contract', "Periods", readonly=True,
        help="What was invoiced and what is to be invoiced.")
    equipments = fields.Function(fields.Many2Many(
            'maintenance.equipment', None, None, "Equipment",
            help="The equipment covered today."),
        'get_equipments', searcher='search_equipments')
    description = fields.Text(
        "Description", states=_states_closed,
        help="What the contract is about, as it is printed.")
    clauses = fields.Text(
        "Clauses", states=_states_closed,
        help="The clauses as they are printed on the contract.")
    comment = fields.Text(
        "Comment",
        help="Notes for ourselves; they are not printed.")
    next_invoice_date = fields.Function(fields.Date(
            "Next Invoice",
            help="The day of the first period to be invoiced."),
        'get_next_invoice_date')
    situation = fields.Function(fields.Selection([
                ('', ""),
                ('future', "Not Started"),
                ('current', "In Force"),
                ('suspended', "Suspended"),
                ('ending', "Ending Soon"),
                ('notice', "In Notice"),
                ('expired', "Expired"),
                ], "Situation", sort=False,
            help="How a running contract stands today."),
        'get_situation', searcher='search_situation')
    run_by = employee_field(
        "Run By", states=['running', 'closed'])
    closed_by = employee_field("Closed By", states=['closed'])
    state = fields.Selection([
            ('draft', "Draft"),
            ('quotation', "Quotation"),
            ('running', "Running"),
            ('closed', "Closed"),
            ('cancelled', "Cancelled"),
            ], "State", readonly=True, required=True, sort=False,
        help="The current state of the contract.")

    @classmethod
    def __setup__(cls):
        cls.number.search_unaccented = False
        cls.reference.search_unaccented = False
        super().__setup__()
        cls.run_by.help = "Who put the contract in force."
        cls.closed_by.help = "Who closed the contract."
        t = cls.__table__()
        cls._sql_indexes.update({
                Index(t, (t.number, Index.Equality())),
                Index(t, (t.number, Index.Similarity())),
                Index(t, (t.reference, Index.Similarity())),
                Index(t, (t.party, Index.Equality())),
                Index(t, (t.invoice_party, Index.Equality())),
                Index(
                    t,
                    (t.state, Index.Equality(cardinality='low')),
                    (t.end_date, Index.Range()),
                    where=t.state.in_(['draft', 'quotation', 'running'])),
                })
        cls._order = [
            ('start_date', 'DESC NULLS FIRST'),
            ('id', 'DESC'),
            ]
        cls._transitions |= {
            ('draft', 'quotation'),
            ('draft', 'running'),
            ('quotation', 'draft'),
            ('quotation', 'running'),
            ('running', 'closed'),
            ('closed', 'running'),
            ('draft', 'cancelled'),
            ('quotation', 'cancelled'),
            ('cancelled', 'draft'),
            }
        cls._buttons.update({
                'draft': {
                    'invisible': ~Eval('state').in_(
                        ['quotation', 'cancelled']),
                    'icon': If(Eval('state') == 'cancelled',
                        'tryton-undo', 'tryton-back'),
                    'depends': ['state'],
                    },
                'quote': {
                    'invisible': Eval('state') != 'draft',
                    'icon': 'tryton-forward',
                    'depends': ['state'],
                    },
                'run': {
                    'invisible': ~Eval('state').in_(['draft', 'quotation']),
                    'icon': 'tryton-ok',
                    'depends': ['state'],
                    },
                'reopen': {
                    'invisible': Eval('state') != 'closed',
                    'icon': 'tryton-undo',
                    'depends': ['state'],
                    },
                'refresh': {
                    'invisible': Eval('state') != 'running',
                    'icon': 'tryton-refresh',
                    'depends': ['state'],
                    },
                'renew': {
                    'invisible': (
                        (Eval('state') != 'running')
                        | ~Eval('renewal_months', 0)
                        | Bool(Eval('terminated_on'))),
                    'icon': 'tryton-forward',
                    'depends': ['state', 'renewal_months', 'terminated_on'],
                    },
                'stop_wizard': {
                    'invisible': Eval('state') != 'running',
                    'icon': 'tryton-cancel',
                    'depends': ['state'],
                    },
                'add_equipment_wizard': {
                    'invisible': Eval('state').in_(['closed', 'cancelled']),
                    'icon': 'tryton-add',
                    'depends': ['state'],
                    },
                'amend_wizard': {
                    'invisible': Eval('state') != 'running',
                    'icon': 'tryton-edit',
                    'depends': ['state'],
                    },
                'close': {
                    'invisible': Eval('state') != 'running',
                    'icon': 'tryton-archive',
                    'depends': ['state'],
                    },
                'cancel': {
                    'invisible': ~Eval('state').in_(['draft', 'quotation']),
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
    def default_currency(cls, **pattern):
        pool = Pool()
        Company = pool.get('company.company')
        company = pattern.get('company')
        if not company:
            company = cls.default_company()
        if company is not None and company >= 0:
            return Company(company).currency.id

    @staticmethod
    def default_grouping():
        return 'contract'

    @staticmethod
    def default_state():
        return 'draft'

    @fields.depends('company')
    def on_change_company(self):
        self.currency = self.default_currency(
            company=self.company.id if self.company else None)

    @fields.depends(
        'type', 'payment_term', 'start_date', 'initial_months',
        methods=['on_change_start_date'])
    def on_change_type(self):
        if not self.type:
            return
        for name in [
                'initial_months', 'renewal_months', 'tacit', 'notice_days',
                'description', 'clauses']:
            setattr(self, name, getattr(self.type, name))
        if self.type.grouping:
            self.grouping = self.type.grouping
        if not self.payment_term:
            self.payment_term = self.type.payment_term
        self.on_change_start_date()

    @fields.depends('party', 'invoice_party', methods=['_on_change_payer'])
    def on_change_party(self):
        if not self.invoice_party:
            self._on_change_payer()

    @fields.depends('invoice_party', methods=['_on_change_payer'])
    def on_change_invoice_party(self):
        self._on_change_payer()

    @fields.depends('party', 'invoice_party', 'payment_term', 'type')
    def _on_change_payer(self):
        payer = self.invoice_party or self.party
        self.invoice_address = None
        if payer:
            self.invoice_address = payer.address_get(type='invoice')
            if payer.customer_payment_term:
                self.payment_term = payer.customer_payment_term

    @fields.depends('start_date', 'initial_months')
    def on_change_start_date(self):
        if self.start_date and (self.initial_months or 0) > 0:
            self.end_date = end_of_months(
                self.start_date, self.initial_months)

    @fields.depends(methods=['on_change_start_date'])
    def on_change_initial_months(self):
        self.on_change_start_date()

    @fields.depends('end_date', 'notice_days')
    def on_change_with_notice_date(self):
        if self.end_date:
            return self.end_date - dt.timedelta(days=self.notice_days or 0)

    def compute_fields(self, field_names=None):
        values = super().compute_fields(field_names=field_names)
        if field_names is None or field_names & {'end_date', 'notice_days'}:
            for name in ['end_date', 'notice_days', 'notice_date']:
                if not hasattr(self, name):
                    setattr(self, name, None)
            date = self.on_change_with_notice_date()
            if date != self.notice_date:
                values['notice_date'] = date
        return values

    @classmethod
    def get_equipments(cls, contracts, name):
        pool = Pool()
        Date = pool.get('ir.date')
        LineEquipment = pool.get('service.contract.line.equipment')
        today = Date.today()
        result = {c.id: [] for c in contracts}
        for sub_contracts in grouped_slice(contracts, 500):
            for covered in LineEquipment.search([
                        ('line.contract', 'in', [c.id for c in sub_contracts]),
                        ('equipment', '!=', None),
                        LineEquipment.covering(today),
                        ]):
                equipments = result[covered.line.contract.id]
                if covered.equipment.id not in equipments:
                    equipments.append(covered.equipment.id)
        return result

    @classmethod
    def search_equipments(cls, name, clause):
        pool = Pool()
        Date = pool.get('ir.date')
        LineEquipment = pool.get('service.contract.line.equipment')
        _, operator, *value = clause
        covering = LineEquipment.covering(Date.today())
        if operator == '=' and value == [None]:
            return [('lines', 'not where', [
                        ('equipments', 'where', [
                                ('equipment', '!=', None), covering]),
                        ])]
        where = 'where'
        if operator == '!=' or operator.startswith('not '):
            # No machine of the contract is one of these.
            where = 'not where'
            operator = '=' if operator == '!=' else operator[4:]
        return [('lines', where, [
                    ('equipments', 'where', [
                            ('equipment' + clause[0][len(name):], operator,
                                *value),
                            covering]),
                    ])]

    @classmethod
    def get_next_invoice_date(cls, contracts, name):
        pool = Pool()
        Period = pool.get('service.contract.period')
        result = {c.id: None for c in contracts}
        period = Period.__table__()
        cursor = Transaction().connection.cursor()
        for sub_contracts in grouped_slice(contracts, 500):
            cursor.execute(*period.select(
                    period.contract, period.invoice_date,
                    where=fields.SQL_OPERATORS['in'](
                        period.contract, [c.id for c in sub_contracts])
                    & Period.pending_clause(period),
                    order_by=period.invoice_date.desc))
            # The last one read is the first date.
            result.update(cursor)
        return result

    @property
    def the_contract(self):
        return self

    def get_rec_name(self, name):
        items = [self.number or f'({self.id})', self.party.rec_name]
        return ' - '.join(items)

    @classmethod
    def search_rec_name(cls, name, clause):
        operator = clause[1]
        bool_op = (
            'AND' if operator.startswith('!') or operator.startswith('not')
            else 'OR')
        return [
            bool_op,
            ('number', *clause[1:]),
            ('reference', *clause[1:]),
            ('party.rec_name', *clause[1:]),
            ]

    def chat_language(self, audience='internal'):
        language = super().chat_language(audience=audience)
        if audience == 'public':
            language = self.party.lang.code if self.party.lang else None
        return language

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual', If(
                    Eval('situation').in_(['expired', 'notice']), 'danger',
                    If(Eval('situation').in_(['ending', 'suspended']),
                        'warning',
                        If(Eval('state').in_(['closed', 'cancelled']),
                            'muted', '')))),
            ]

    @classmethod
    def validate_fields(cls, contracts, field_names):
        super().validate_fields(contracts, field_names)
        cls.check_dates(contracts, field_names)
        cls.check_months(contracts, field_names)
        cls.check_end(contracts, field_names)

    @classmethod
    def preprocess_values(cls, mode, values):
        pool = Pool()
        Configuration = pool.get('service.contract.configuration')
        Type = pool.get('service.contract.type')

        values = super().preprocess_values(mode, values)
        if mode == 'create' and not values.get('number'):
            company_id = values.get('company', cls.default_company())
            if company_id is not None:
                sequence = None
                if values.get('type'):
                    sequence = Type(values['type']).sequence
                if not sequence:
                    sequence = Configuration(1).get_multivalue(
                        'contract_sequence', company=company_id)
                if sequence:
                    with Transaction().set_context(company=company_id):
                        values['number'] = sequence.get()
        return values

    @classmethod
    def check_modification(cls, mode, contracts, values=None, external=False):
        super().check_modification(
            mode, contracts, values=values, external=external)
        if mode == 'delete':
            for contract in contracts:
                if contract.state not in {'draft', 'cancelled'}:
                    raise AccessError(gettext(
                            'service_contract.msg_contract_delete',
                            contract=contract.rec_name))

    @classmethod
    def copy(cls, contracts, default=None):
        default = default.copy() if default is not None else {}
        for name in [
                'number', 'reference', 'signed_on', 'signer', 'signature',
                'signed_copy', 'terminated_on', 'end_before_stop',
                'termination_reason', 'periods', 'amendments', 'suspensions',
                'run_by', 'closed_by']:
            default.setdefault(name)
        return super().copy(contracts, default=default)

    @classmethod
    @ModelView.button
    @Workflow.transition('draft')
    def draft(cls, contracts):
        pass

    @classmethod
    @ModelView.button
    @Workflow.transition('quotation')
    def quote(cls, contracts):
        cls.check_complete(contracts)

    @classmethod
    @ModelView.button
    @Workflow.transition('running')
    @set_employee('run_by')
    def run(cls, contracts):
        cls.check_ready(contracts)
        cls._begin(contracts)

    @classmethod
    @ModelView.button
    @Workflow.transition('running')
    @reset_employee('closed_by')
    def reopen(cls, contracts):
        cls.check_overlaps(contracts)

    @classmethod
    @ModelView.button
    def refresh(cls, contracts):
        "Propose the periods of the coming months"
        horizon = {}
        for contract in contracts:
            company = contract.company.id
            if company not in horizon:
                horizon[company] = end_of_months(
                    cls._today(company), PREVIEW_MONTHS)
        for company, until in horizon.items():
            cls.update_periods(
                [c for c in contracts if c.company.id == company], until)

    @classmethod
    @ModelView.button
    def renew(cls, contracts):
        cls.do_renew(contracts)

    @classmethod
    @ModelView.button_action('service_contract.wizard_contract_stop')
    def stop_wizard(cls, contracts):
        pass

    @classmethod
    @ModelView.button_action('service_contract.wizard_contract_add_equipment')
    def add_equipment_wizard(cls, contracts):
        pass

    @classmethod
    @ModelView.button_action('service_contract.wizard_contract_amend')
    def amend_wizard(cls, contracts):
        pass

    @classmethod
    @ModelView.button
    @Workflow.transition('closed')
    @set_employee('closed_by')
    def close(cls, contracts):
        pool = Pool()
        Period = pool.get('service.contract.period')
        for contract in contracts:
            if (not contract.end_date
                    or contract.end_date > cls._today(contract.company.id)):
                raise ContractCloseError(gettext(
                        'service_contract.msg_contract_close_end',
                        contract=contract.rec_name))
        for sub_contracts in grouped_slice(contracts, 500):
            pending = Period.search([
                    ('contract', 'in', [c.id for c in sub_contracts]),
                    ('state', '=', 'pending'),
                    ], limit=1)
            if pending:
                period, = pending
                raise ContractCloseError(gettext(
                        'service_contract.msg_contract_close_pending',
                        contract=period.contract.rec_name,
                        period=period.rec_name))

    @classmethod
    @ModelView.button
    @Workflow.transition('cancelled')
    def cancel(cls, contracts):
        pass

    @classmethod
    def _begin(cls, contracts):
        "Fix the end of the first term and record how it began"
        pool = Pool()
        Amendment = pool.get('service.contract.amendment')
        amendments = []
        for contract in contracts:
            if not contract.end_date and contract.initial_months:
                contract.end_date = end_of_months(
                    contract.start_date, contract.initial_months)
            if not any(a.reason == 'initial' for a in contract.amendments):
                amendments.append({
                        'contract': contract.id,
                        'date': contract.start_date,
                        'reason': 'initial',
                        })
        cls.save(contracts)
        Amendment.create(amendments)

    @classmethod
    def update_periods(cls, contracts, until):
        """Bring the periods to be invoiced in line with the terms

        Return what could not be computed, as pairs of line and problem of the
        ledger. What is invoiced is never touched.
        """
        pool = Pool()
        Period = pool.get('service.contract.period')
        return Period.propose(
            [c for c in contracts if c.state == 'running'], until)


class Contract_Site(ModelSQL):
    __name__ = 'service.contract-maintenance.site'

    contract = fields.Many2One(
        'service.contract', "Contract", required=True, ondelete='CASCADE',
        help="The contract which serves the site.")
    site = fields.Many2One(
        'maintenance.site', "Site", required=True, ondelete='RESTRICT',
        help="The site which is served.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('contract')

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.i18n import gettext
from trytond.model import Index, ModelSQL, ModelView, fields, sequence_ordered
from trytond.model.exceptions import AccessError
from trytond.modules.product import price_digits, round_price
from trytond.pool import Pool
from trytond.pyson import Bool, Eval, If
from trytond.transaction import Transaction

from .exceptions import LineAnchorError, LineDateError, LineMonthsError
from .refresh import RefreshMixin

KINDS = [
    ('fee', "Fee"),
    ('one_shot', "One Shot"),
    ('hours', "Hours"),
    ('vouchers', "Vouchers"),
    ('meter', "Meter"),
    ('visits', "Visits"),
    ]


class ContractLine(RefreshMixin, sequence_ordered(), ModelSQL, ModelView):
    __name__ = 'service.contract.line'
    _refresh_fields = frozenset([
            'kind', 'quantity_source', 'count_month', 'months', 'anchor_day',
            'anchor_month', 'moment', 'offset', 'first_stub', 'last_stub',
            'start_date', 'end_date', 'invoiced_until'])

    _states = {
        'readonly': Eval('contract_state').in_(['closed', 'cancelled']),
        }
    _states_recurrent = {
        'readonly': _states['readonly'],
        'invisible': Eval('kind') == 'one_shot',
        }

    contract = fields.Many2One(
        'service.contract', "Contract", required=True, ondelete='CASCADE',
        states={
            'readonly': _states['readonly'] & Bool(Eval('contract')),
            },
        help="The contract to which the line belongs.")
    company = fields.Function(fields.Many2One(
            'company.company', "Company",
            help="The company of the contract."),
        'on_change_with_company', searcher='search_company')
    contract_state = fields.Function(fields.Selection(
            'get_contract_states', "Contract State",
            help="The state of the contract."),
        'on_change_with_contract_state')
    kind = fields.Selection(
        KINDS, "Kind", required=True, sort=False, states=_states,
        help="What the customer pays for. "
        "A one shot is invoiced once, all others each period.")
    kind_string = kind.translated('kind')
    product = fields.Many2One(
        'product.product', "Product", ondelete='RESTRICT', states=_states,
        domain=[
            ('type', '=', 'service'),
            ],
        context={
            'company': Eval('company', None),
            },
        depends={'company'},
        help="The service which is invoiced. It gives the account and the "
        "taxes. Leave empty if the line costs nothing.")
    description = fields.Text(
        "Description", states=_states,
        help="What is printed on the contract and on the invoices. "
        "Leave empty for the name of the product.")
    unit = fields.Many2One(
        'product.uom', "Unit", ondelete='RESTRICT', states=_states,
        domain=[
            If(Bool(Eval('product_uom_category')),
                ('category', '=', Eval('product_uom_category', -1)),
                ()),
            ],
        help="The unit of the quantity.")
    product_uom_category = fields.Function(fields.Many2One(
            'product.uom.category', "Product UoM Category",
            help="The category of the units the product can be sold in."),
        'on_change_with_product_uom_category')
    quantity = fields.Function(fields.Float(
            "Quantity", digits='unit', states=_states,
            help="The quantity in force today. A change on a running "
            "contract counts from today."),
        'get_term', setter='set_term')
    unit_price = fields.Function(fields.Numeric(
            "Unit Price", digits=price_digits, states=_states,
            help="The price of one unit in force today. A change on a "
            "running contract counts from today."),
        'get_term', setter='set_term')
    discount = fields.Function(fields.Numeric(
            "Discount", digits=(16, 4), states=_states,
            help="The part of the price given away, in force today."),
        'get_term', setter='set_term')
    quantity_source = fields.Selection([
            ('fixed', "Fixed"),
            ('equipment', "Covered Equipment"),
            ('count', "Last Count"),
            ], "Quantity Source", required=True, sort=False, states=_states,
        help="Fixed: the quantity of the terms. Covered equipment: the "
        "machines covered on the day of the count. Last count: what was "
        "found on the spot.")
    count_month = fields.Many2One(
        'ir.calendar.month', "Counted In",
        states={
            'readonly': _states['readonly'],
            'invisible': Eval('quantity_source') == 'fixed',
            },
        help="The quantity is that of the first day of this month, for a "
        "year. Leave empty to count on the first day of each period.")
    months = fields.Integer(
        "Every (Months)",
        states={
            'readonly': _states['readonly'],
            'invisible': _states_recurrent['invisible'],
            'required': Eval('kind') != 'one_shot',
            },
        help="How many months one period lasts.")
    anchor_day = fields.Integer(
        "Anchor Day", states=_states_recurrent,
        help="The day of the month on which the periods start; in shorter "
        "months it is their last day. "
        "Leave empty for the day on which the line starts.")
    anchor_month = fields.Many2One(
        'ir.calendar.month', "Anchor Month", states=_states_recurrent,
        help="A month in which a period starts. "
        "Leave empty to count from the start of the line.")
    moment = fields.Selection([
            ('advance', "In Advance"),
            ('arrears', "In Arrears"),
            ], "Moment", required=True, sort=False, states=_states_recurrent,
        help="Whether a period is invoiced on its first or its last day.")
    offset = fields.Integer(
        "Offset (Days)", required=True, states=_states,
        help="How many days later the period is invoiced; "
        "negative for earlier.")
    first_stub = fields.Selection([
            ('prorate', "By Days"),
            ('free', "Free"),
            ('full', "Full Period"),
            ('next', "Added to the Next"),
            ], "First Stub", required=True, sort=False,
        states=_states_recurrent,
        help="How the days before the first full period are charged.")
    last_stub = fields.Selection([
            ('prorate', "By Days"),
            ('free', "Free"),
            ('full', "Full Period"),
            ('next', "Added to the One Before"),
            ], "Last Stub", required=True, sort=False,
        states=_states_recurrent,
        help="How the days after the last full period are charged.")
    start_date = fields.Date(
        "Start Date", states=_states,
        help="The first day of the line. "
        "Leave empty for the start of the contract.")
    end_date = fields.Date(
        "End Date", states=_states,
        help="The last day of the line. "
        "Leave empty for the end of the contract.")
    invoiced_until = fields.Date(
        "Invoiced Until", states=_states,
        help="The last day which the former program has already invoiced.")
    invoice_party = fields.Many2One(
        'party.party', "Payer", states=_states,
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="Who pays this line. "
        "Leave empty for the invoice party of the contract.")
    coverage = fields.Many2One(
        'service.contract.coverage', "Coverage", ondelete='RESTRICT',
        states=_states,
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        help="Which work on the covered equipment the contract pays.")
    terms = fields.One2Many(
        'service.contract.line.term', 'line', "Terms", states=_states,
        help="Quantity and price, and from when they count.")
    equipments = fields.One2Many(
        'service.contract.line.equipment', 'line', "Covered Equipment",
        states=_states,
        help="The machines which the line covers, and from when to when.")
    counts = fields.One2Many(
        'service.contract.line.count', 'line', "Counts",
        states={
            'readonly': _states['readonly'],
            'invisible': Eval('quantity_source') != 'count',
            },
        help="How many machines were found, and when.")
    counters = fields.One2Many(
        'service.contract.line.counter', 'line', "Included", readonly=True,
        help="What is included, and how much of it is used.")
    periods = fields.One2Many(
        'service.contract.period', 'line', "Periods", readonly=True,
        help="What was invoiced and what is to be invoiced.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls.__access__.add('contract')
        cls._sql_indexes.add(Index(t, (t.contract, Index.Equality())))

    @staticmethod
    def default_kind():
        return 'fee'

    @staticmethod
    def default_quantity_source():
        return 'fixed'

    @staticmethod
    def default_months():
        return 1

    @staticmethod
    def default_moment():
        return 'advance'

    @staticmethod
    def default_offset():
        return 0

    @staticmethod
    def default_first_stub():
        return 'prorate'

    @staticmethod
    def default_last_stub():
        return 'prorate'

    @fields.depends('contract', '_parent_contract.company')
    def on_change_with_company(self, name=None):
        return self.contract.company if self.contract else None

    @classmethod
    def search_company(cls, name, clause):
        return [('contract.' + clause[0], *clause[1:])]

    @classmethod
    def get_contract_states(cls):
        pool = Pool()
        Contract = pool.get('service.contract')
        return Contract.fields_get(['state'])['state']['selection']

    @fields.depends('contract', '_parent_contract.state')
    def on_change_with_contract_state(self, name=None):
        return self.contract.state if self.contract else 'draft'

    @fields.depends('product')
    def on_change_with_product_uom_category(self, name=None):
        if self.product:
            return self.product.default_uom_category

    @fields.depends(
        'product', 'unit', 'quantity', 'unit_price', 'coverage', 'contract',
        '_parent_contract.currency', '_parent_contract.company',
        '_parent_contract.type')
    def on_change_product(self):
        pool = Pool()
        Uom = pool.get('product.uom')
        if not self.product:
            self.unit = None
            return
        if (not self.unit
                or self.unit.category != self.product.default_uom_category):
            self.unit = self.product.default_uom
        if self.quantity is None:
            self.quantity = 1
        if not self.coverage and self.contract and self.contract.type:
            self.coverage = self.contract.type.coverage
        product = self._product_sold()
        if (self.unit_price is None
                and product and product.list_price_used is not None
                and self.contract.currency
                == self.contract.company.currency):
            self.unit_price = round_price(Uom.compute_price(
                    product.default_uom, product.list_price_used,
                    self.unit))

    def _product_sold(self):
        "Return the product as the company of the contract sells it"
        pool = Pool()
        Product = pool.get('product.product')
        if not (self.product and self.contract and self.contract.company):
            return None
        # A client does not yet know the company of a new line.
        with Transaction().set_context(company=self.contract.company.id):
            return Product(self.product.id)

    @classmethod
    def get_term(cls, lines, names):
        "Return the values of the terms in force today"
        pool = Pool()
        Term = pool.get('service.contract.line.term')

        result = {name: {line.id: None for line in lines} for name in names}
        terms = Term.in_force(lines)
        for line in lines:
            if term := terms.get(line.id):
                for name in names:
                    result[name][line.id] = getattr(term, name)
        return result

    @classmethod
    def set_term(cls, lines, name, value):
        """Change the terms in force today

        Before the contract runs the first terms are corrected; afterwards
        the change counts from today, so that what was invoiced stays right.
        """
        pool = Pool()
        Date = pool.get('ir.date')
        Term = pool.get('service.contract.line.term')

        if value is None:
            return
        terms = Term.in_force(lines)
        to_write, to_create = [], []
        for line in lines:
            term = terms.get(line.id)
            if term and getattr(term, name) == value:
                continue
            contract = line.contract
            with Transaction().set_context(company=contract.company.id):
                today = Date.today()
            running = contract.state not in {'draft', 'quotation'}
            if term and (not running or term.from_date == today):
                to_write.append(term)
            else:
                values = {
                    'line': line.id,
                    'from_date': today if term else None,
                    'quantity': term.quantity if term else 1,
                    'unit_price': term.unit_price if term else 0,
                    'discount': term.discount if term else 0,
                    }
                values[name] = value
                to_create.append(values)
        if to_write:
            Term.write(to_write, {name: value})
        if to_create:
            Term.create(to_create)

    def get_rec_name(self, name):
        text = self.description.splitlines()[0] if self.description else (
            self.product.rec_name if self.product else self.kind_string)
        return f'{text} ({self.contract.rec_name})'

    @classmethod
    def search_rec_name(cls, name, clause):
        operator = clause[1]
        bool_op = (
            'AND' if operator.startswith('!') or operator.startswith('not')
            else 'OR')
        return [
            bool_op,
            ('description', *clause[1:]),
            ('product.rec_name', *clause[1:]),
            ('contract.rec_name', *clause[1:]),
            ]

    @property
    def the_contract(self):
        return self.contract

    @property
    def invoice_party_used(self):
        return (
            self.invoice_party
            or self.contract.invoice_party
            or self.contract.party)

    @classmethod
    def validate_fields(cls, lines, field_names):
        super().validate_fields(lines, field_names)
        cls.check_dates(lines, field_names)
        cls.check_recurrence(lines, field_names)

    @classmethod
    def check_dates(cls, lines, field_names=None):
        if field_names and not (field_names & {
                    'contract', 'start_date', 'end_date'}):
            return
        for line in lines:
            start = line.start_date or line.contract.start_date
            if start and line.end_date and line.end_date < start:
                raise LineDateError(gettext(
                        'service_contract.msg_line_dates',
                        line=line.rec_name))
            if (line.start_date and line.contract.start_date
                    and line.start_date < line.contract.start_date):
                raise LineDateError(gettext(
                        'service_contract.msg_line_before_contract',
                        line=line.rec_name,
                        contract=line.contract.rec_name))

    @classmethod
    def check_recurrence(cls, lines, field_names=None):
        if field_names and not (field_names & {
                    'kind', 'months', 'anchor_day'}):
            return
        for line in lines:
            if line.kind != 'one_shot' and (line.months or 0) < 1:
                raise LineMonthsError(gettext(
                        'service_contract.msg_line_months',
                        line=line.rec_name))
            if line.anchor_day is not None and not (
                    1 <= line.anchor_day <= 31):
                raise LineAnchorError(gettext(
                        'service_contract.msg_line_anchor_day',
                        line=line.rec_name))

    @classmethod
    def check_modification(cls, mode, lines, values=None, external=False):
        super().check_modification(
            mode, lines, values=values, external=external)
        if mode == 'delete':
            for line in lines:
                if line.contract.state in {'running', 'closed'}:
                    raise AccessError(gettext(
                            'service_contract.msg_line_delete',
                            line=line.rec_name,
                            contract=line.contract.rec_name))

    @classmethod
    def copy(cls, lines, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('periods')
        default.setdefault('counts')
        default.setdefault('counters')
        default.setdefault('invoiced_until')
        # The terms are copied with their dates.
        for name in ['quantity', 'unit_price', 'discount']:
            default.setdefault(name)
        return super().copy(lines, default=default)

    @classmethod
    def on_modification(cls, mode, lines, field_names=None):
        pool = Pool()
        Counter = pool.get('service.contract.line.counter')
        super().on_modification(mode, lines, field_names=field_names)
        if mode == 'create' or (
                mode == 'write' and 'coverage' in field_names):
            covering = [l for l in lines if l.coverage]
            if covering:
                Counter.sync(covering)

    def add_equipment(self, equipments, from_date=None, to_date=None):
        "Cover the machines by the line, unless it does already"
        pool = Pool()
        LineEquipment = pool.get('service.contract.line.equipment')
        covered = {
            c.equipment for c in self.equipments
            if c.equipment and (
                not c.to_date or not from_date or c.to_date >= from_date)}
        return LineEquipment.create([{
                    'line': self.id,
                    'equipment': equipment.id,
                    'from_date': from_date,
                    'to_date': to_date,
                    } for equipment in equipments
                if equipment not in covered])

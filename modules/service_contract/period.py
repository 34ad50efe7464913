# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from collections import defaultdict

from sql import Literal, Null
from sql.operators import Equal

from trytond.i18n import gettext
from trytond.model import Exclude, Index, ModelSQL, ModelView, Unique, fields
from trytond.modules.currency.fields import Monetary
from trytond.modules.maintenance_equipment.exclusion import ExclusionMixin
from trytond.modules.product import price_digits
from trytond.pool import Pool
from trytond.pyson import Bool, Eval, If
from trytond.tools import grouped_slice
from trytond.transaction import Transaction

from .exceptions import PeriodInvoicedError
from .proposal import ProposalMixin


class Period(ExclusionMixin, ProposalMixin, ModelSQL, ModelView):
    __name__ = 'service.contract.period'

    contract = fields.Many2One(
        'service.contract', "Contract", required=True, readonly=True,
        ondelete='RESTRICT',
        help="The contract to which the period belongs.")
    line = fields.Many2One(
        'service.contract.line', "Line", required=True, readonly=True,
        ondelete='RESTRICT',
        domain=[
            ('contract', '=', Eval('contract', -1)),
            ],
        help="The line of the contract that is invoiced.")
    company = fields.Many2One(
        'company.company', "Company", required=True, readonly=True,
        help="The company which invoices the period.")
    kind = fields.Selection([
            ('regular', "Regular"),
            ('adjustment', "Adjustment"),
            ('credit', "Credit"),
            ('external', "External"),
            ], "Kind", required=True, readonly=True, sort=False,
        help="Regular: what the terms say. "
        "Adjustment: the difference after a change of something invoiced. "
        "Credit: what is given back. "
        "External: invoiced by the former program.")
    from_date = fields.Date(
        "From", required=True, readonly=True,
        help="The first day that is invoiced.")
    to_date = fields.Date(
        "To", required=True, readonly=True,
        help="The last day that is invoiced.")
    sequence = fields.Integer(
        "Number", required=True, readonly=True,
        help="Counts the periods of the line which start on the same day.")
    corrects = fields.Many2One(
        'service.contract.period', "Corrects", readonly=True,
        ondelete='RESTRICT',
        domain=[
            ('line', '=', Eval('line', -1)),
            ],
        states={
            'invisible': ~Eval('kind').in_(['adjustment', 'credit']),
            },
        help="The invoiced period which is corrected; "
        "the first one if they are several.")
    invoice_date = fields.Date(
        "Invoice Date", required=True, readonly=True,
        help="The day from which the period can be invoiced.")
    fraction = fields.Numeric(
        "Fraction", digits=(16, 10), required=True, readonly=True,
        help="The part of the full period, 1 for a full one.")
    quantity = fields.Float(
        "Quantity", digits='unit', required=True, readonly=True,
        help="The quantity of the service in a full period.")
    unit = fields.Function(fields.Many2One(
            'product.uom', "Unit",
            help="The unit of the quantity."),
        'get_line_field')
    quantity_before = fields.Function(fields.Float(
            "Quantity Before", digits='unit',
            states={
                'invisible': (
                    Eval('quantity_before', None)
                    == Eval('quantity', None)),
                },
            help="The quantity of the period before, if it was another one."),
        'get_quantity_before')
    unit_price = fields.Numeric(
        "Unit Price", digits=price_digits, required=True, readonly=True,
        help="The price of one unit in a full period, after discount.")
    amount = Monetary(
        "Amount", currency='currency', digits='currency', required=True,
        readonly=True,
        help="What is invoiced, without tax.")
    expected_amount = Monetary(
        "Expected", currency='currency', digits='currency', readonly=True,
        states={
            'invisible': ~Eval('kind').in_(['adjustment', 'credit']),
            },
        help="What should have been invoiced by the terms as they are now.")
    invoiced_amount = Monetary(
        "Invoiced", currency='currency', digits='currency', readonly=True,
        states={
            'invisible': ~Eval('kind').in_(['adjustment', 'credit']),
            },
        help="What had been invoiced until then.")
    currency = fields.Function(fields.Many2One(
            'currency.currency', "Currency",
            help="The currency of the contract."),
        'get_contract_field')
    payer = fields.Many2One(
        'party.party', "Payer", readonly=True, ondelete='RESTRICT',
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="Who pays the period by its terms, "
        "if it is not the payer of the line.")
    party = fields.Function(fields.Many2One(
            'party.party', "Invoice Party",
            context={
                'company': Eval('company', -1),
                },
            depends={'company'},
            help="Who pays the period."),
        'get_party', searcher='search_party')
    invoice_line = fields.Many2One(
        'account.invoice.line', "Invoice Line", readonly=True,
        ondelete='SET NULL',
        help="The line of the invoice. "
        "Without it the period is still to be invoiced.")
    invoice = fields.Function(fields.Many2One(
            'account.invoice', "Invoice",
            help="The invoice of the period."),
        'get_invoice')
    live = fields.Boolean(
        "Live", readonly=True,
        help="Unchecked when the period was credited and does not count any "
        "more for what is to be invoiced.")
    skipped = fields.Boolean(
        "Skipped", readonly=True,
        help="Checked when somebody decided not to invoice the period.")
    state = fields.Function(fields.Selection([
                ('pending', "Pending"),
                ('invoiced', "Invoiced"),
                ('skipped', "Skipped"),
                ], "State", sort=False,
            help="Whether the period is already invoiced."),
        'get_state', searcher='search_state')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints += [
            ('from_sequence_unique',
                Unique(t, t.line, t.from_date, t.sequence),
                'service_contract.msg_period_unique'),
            ('one_live_regular',
                Exclude(
                    t, (t.line, Equal), (t.from_date, Equal),
                    where=t.live & (t.corrects == Null)),
                'service_contract.msg_period_one_live'),
            ]
        cls._sql_indexes.update({
                Index(
                    t,
                    (t.invoice_date, Index.Range()),
                    (t.company, Index.Equality()),
                    where=t.invoice_line == Null),
                Index(t, (t.line, Index.Equality()),
                    (t.from_date, Index.Range())),
                Index(t, (t.contract, Index.Equality()),
                    (t.from_date, Index.Range())),
                Index(t, (t.invoice_line, Index.Equality())),
                })
        cls._order = [
            ('invoice_date', 'DESC'),
            ('from_date', 'DESC'),
            ('id', 'DESC'),
            ]
        cls._buttons.update({
                'skip': {
                    'invisible': Eval('state') != 'pending',
                    'icon': 'tryton-cancel',
                    'depends': ['state'],
                    },
                'unskip': {
                    'invisible': Eval('state') != 'skipped',
                    'icon': 'tryton-undo',
                    'depends': ['state'],
                    },
                })

    @staticmethod
    def default_kind():
        return 'regular'

    @staticmethod
    def default_live():
        return True

    @staticmethod
    def default_skipped():
        return False

    @classmethod
    def get_contract_field(cls, periods, name):
        return {p.id: getattr(p.contract, name).id for p in periods}

    @classmethod
    def get_line_field(cls, periods, name):
        return {
            p.id: value.id if (value := getattr(p.line, name)) else None
            for p in periods}

    @classmethod
    def get_party(cls, periods, name):
        return {
            p.id: (p.payer or p.line.invoice_party_used).id for p in periods}

    @classmethod
    def search_party(cls, name, clause):
        nested = clause[0][len(name):]
        tail = clause[1:]
        return ['OR',
            ('payer' + nested, *tail), [
                ('payer', '=', None),
                ['OR',
                    ('line.invoice_party' + nested, *tail), [
                        ('line.invoice_party', '=', None),
                        ['OR',
                            ('contract.invoice_party' + nested, *tail), [
                                ('contract.invoice_party', '=', None),
                                ('contract.party' + nested, *tail),
                                ]]]]]]

    @classmethod
    def get_quantity_before(cls, periods, name):
        "Return the quantity of the regular period before each"
        table = cls.__table__()
        cursor = Transaction().connection.cursor()
        before = defaultdict(list)
        lines = list({p.line.id for p in periods})
        for sub_lines in grouped_slice(lines, 500):
            cursor.execute(*table.select(
                    table.line, table.from_date, table.quantity,
                    where=fields.SQL_OPERATORS['in'](
                        table.line, list(sub_lines))
                    & table.live & table.kind.in_(['regular', 'external']),
                    order_by=[table.line, table.from_date]))
            for line, from_date, quantity in cursor:
                before[line].append((from_date, quantity))
        result = {}
        for period in periods:
            result[period.id] = None
            if period.kind != 'regular':
                continue
            for from_date, quantity in before[period.line.id]:
                if from_date >= period.from_date:
                    break
                result[period.id] = quantity
        return result

    @classmethod
    def get_invoice(cls, periods, name):
        return {
            p.id: p.invoice_line.invoice.id
            if p.invoice_line and p.invoice_line.invoice else None
            for p in periods}

    @classmethod
    def get_state(cls, periods, name):
        result = {}
        for period in periods:
            if period.invoice_line or period.kind == 'external':
                result[period.id] = 'invoiced'
            elif period.skipped:
                result[period.id] = 'skipped'
            else:
                result[period.id] = 'pending'
        return result

    @classmethod
    def search_state(cls, name, clause):
        _, operator, value = clause
        domains = {
            'pending': [
                ('invoice_line', '=', None),
                ('kind', '!=', 'external'),
                ('skipped', '=', False),
                ],
            'invoiced': ['OR',
                ('invoice_line', '!=', None),
                ('kind', '=', 'external'),
                ],
            'skipped': [
                ('invoice_line', '=', None),
                ('kind', '!=', 'external'),
                ('skipped', '=', True),
                ],
            }
        values = set(value if operator in {'in', 'not in'} else [value])
        if operator in {'!=', 'not in'}:
            values = domains.keys() - values
        elif operator not in {'=', 'in'}:
            raise ValueError(f"operator {operator} is not for {name}")
        found = [domains[v] for v in sorted(values & domains.keys())]
        return ['OR', *found] if found else [('id', '=', None)]

    @classmethod
    def pending_clause(cls, table):
        "The SQL of the state pending"
        return (
            (table.invoice_line == Null)
            & (table.kind != 'external')
            & (table.skipped != Literal(True)))

    def get_rec_name(self, name):
        pool = Pool()
        Lang = pool.get('ir.lang')
        lang = Lang.get()
        return (
            f'{self.contract.number} '
            f'{lang.strftime(self.from_date)} - {lang.strftime(self.to_date)}')

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('contract.' + clause[0], *clause[1:])]

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual', If(
                    Eval('kind').in_(['credit', 'adjustment'])
                    | ((Eval('state') == 'pending')
                        & Bool(Eval('quantity_before'))
                        & (Eval('quantity_before', 0)
                            != Eval('quantity', 0))), 'warning',
                    If(Eval('state') == 'skipped', 'muted', ''))),
            ]

    @classmethod
    def check_modification(cls, mode, periods, values=None, external=False):
        super().check_modification(
            mode, periods, values=values, external=external)
        if mode == 'delete':
            for period in periods:
                if period.state != 'pending' and period.kind != 'external':
                    raise PeriodInvoicedError(gettext(
                            'service_contract.msg_period_delete',
                            period=period.rec_name))

    @classmethod
    @ModelView.button
    def skip(cls, periods):
        "Decide not to invoice the periods"
        for period in periods:
            if period.state != 'pending':
                raise PeriodInvoicedError(gettext(
                        'service_contract.msg_period_skip',
                        period=period.rec_name))
        cls.write(periods, {'skipped': True})

    @classmethod
    @ModelView.button
    def unskip(cls, periods):
        cls.write(periods, {'skipped': False})

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Why a price is what it is, and what another case would cost."""
import datetime as dt
import json
from decimal import Decimal

from trytond.model import ModelView, fields
from trytond.modules.product import price_digits
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.transaction import Transaction, without_check_access
from trytond.wizard import Button, StateTransition, StateView, Wizard

from .explaining import explain_steps
from .gathering import line_kind_of, price_case


def _rows(steps):
    texts, = explain_steps([steps])
    return [{
            'explanation': text,
            'unit_price': (
                Decimal(step['price']) if step.get('price') else None),
            } for step, text in zip(steps, texts)]


class WhyThisPrice(Wizard):
    __name__ = 'service.price.why'
    start_state = 'explanation'

    explanation = StateView(
        'service.price.explanation',
        'service_pricing.price_explanation_view_form', [
            Button("Close", 'end', 'tryton-ok', default=True),
            ])

    @without_check_access
    def default_explanation(self, fields):
        share = self.record
        return {
            'unit_price': share.unit_price,
            'payer': share.explanation,
            'steps': _rows(json.loads(share.price_trace or '[]')),
            }


class PriceExplanation(ModelView):
    __name__ = 'service.price.explanation'

    unit_price = fields.Numeric(
        "Unit Price", digits=price_digits, readonly=True,
        help="What is charged for one unit.")
    payer = fields.Text(
        "Who Pays", readonly=True,
        help="Why this payer pays.")
    steps = fields.One2Many(
        'service.price.step', None, "Steps", readonly=True,
        help="How the price came about, from the list price up.")


class PriceStep(ModelView):
    __name__ = 'service.price.step'

    explanation = fields.Char(
        "Explanation", readonly=True,
        help="What the layer did to the price.")
    unit_price = fields.Numeric(
        "Unit Price", digits=price_digits, readonly=True,
        help="The price after the layer.")


class TestPrices(Wizard):
    __name__ = 'service.price.test'
    start_state = 'test'

    test = StateView(
        'service.price.test.case', 'service_pricing.price_test_view_form', [
            Button("Close", 'end', 'tryton-close'),
            Button("Compute", 'compute', 'tryton-refresh', default=True),
            ])
    compute = StateTransition()

    def transition_compute(self):
        return 'test'

    @without_check_access
    def default_test(self, fields):
        pool = Pool()
        Case = pool.get('service.price.test.case')
        case = getattr(self, 'test', None)
        if case is None or not getattr(case, 'company', None):
            return {}
        values = {}
        for name in Case.asked():
            value = getattr(case, name, None)
            values[name] = getattr(value, 'id', value)
        return {**values, **case.get_price()}


class PriceTest(ModelView):
    "A case that somebody types to see all layers"
    __name__ = 'service.price.test.case'

    company = fields.Many2One(
        'company.company', "Company", required=True,
        help="Whose prices are asked.")
    date = fields.Date(
        "Date", required=True,
        help="The day of the work.")
    party = fields.Many2One(
        'party.party', "Customer",
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="Who would pay.")
    site = fields.Many2One(
        'maintenance.site', "Site",
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        help="Where the work would be done.")
    equipment = fields.Many2One(
        'maintenance.equipment', "Equipment",
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        help="The machine it would be done on.")
    product = fields.Many2One(
        'product.product', "Product",
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="What would be charged.")
    task_kind = fields.Selection(
        'get_task_kinds', "Task Kind",
        help="What kind of task it would be.")
    line_kind = fields.Selection(
        'get_line_kinds', "Line Kind",
        help="Whether it is work, material, travel…")
    role = fields.Many2One(
        'service.role', "Role",
        help="Who would do it.")
    quantity = fields.Float(
        "Quantity", required=True,
        help="How much.")
    start = fields.Time(
        "Start", '%H:%M',
        help="When the work would begin.")
    end = fields.Time(
        "End", '%H:%M',
        help="When it would end; before the start means on the next day.")
    unit_price = fields.Numeric(
        "Unit Price", digits=price_digits, readonly=True,
        help="What would be charged for one unit.")
    steps = fields.One2Many(
        'service.price.step', None, "Layers", readonly=True,
        help="How the price comes about, from the list price up.")

    @classmethod
    def asked(cls):
        return [
            'company', 'date', 'party', 'site', 'equipment', 'product',
            'task_kind', 'line_kind', 'role', 'quantity', 'start', 'end']

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_date(cls):
        return Pool().get('ir.date').today()

    @classmethod
    def default_quantity(cls):
        return 1

    @classmethod
    def get_task_kinds(cls):
        return Pool().get('service.price.rule').get_task_kinds()

    @classmethod
    def get_line_kinds(cls):
        return Pool().get('service.price.rule').get_line_kinds()

    @fields.depends('site', 'party')
    def on_change_site(self):
        if self.site and not self.party:
            self.party = self.site.party

    @fields.depends('product', 'line_kind', 'company')
    def on_change_product(self):
        if self.product and self.company and not self.line_kind:
            self.line_kind = line_kind_of(self.company, self.product)

    @fields.depends('start', 'end', 'quantity', 'date')
    def on_change_end(self):
        if not self.date:
            return
        start, end = self._span(self.date)
        if start and end:
            self.quantity = round((end - start).total_seconds() / 3600, 2)

    def _span(self, date):
        if not self.start or not self.end:
            return None, None
        start = dt.datetime.combine(date, self.start)
        end = dt.datetime.combine(date, self.end)
        if end <= start:
            end += dt.timedelta(days=1)
        return start, end

    def get_price(self):
        start, end = self._span(self.date)
        price, _, steps = price_case(
            self.company, self.date, quantity=self.quantity,
            product=self.product, start=start, end=end, role=self.role,
            party=self.party, site=self.site, equipment=self.equipment,
            task_kind=self.task_kind or None,
            line_kind=self.line_kind or None)
        return {'unit_price': price, 'steps': _rows(steps)}

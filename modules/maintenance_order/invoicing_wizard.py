# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from decimal import Decimal

from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.modules.batch.exceptions import RunCompanyAccessError
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.pyson import Bool, Eval
from trytond.transaction import Transaction, without_check_access
from trytond.wizard import Button, StateAction, StateView, Wizard

from .invoicing_billing import totals_by_party
from .invoicing_visit import GROUPINGS

# More than this nobody reads in a preview.
PREVIEW_LIMIT = 500


class InvoicingStart(ModelView):
    __name__ = 'maintenance.invoicing.start'

    company = fields.Many2One(
        'company.company', "Company", required=True,
        help="The company which invoices.")
    date = fields.Date(
        "Invoice Date", required=True,
        help="The date of all the invoices. It can not be in the future nor "
        "before that of the last invoice.")
    up_to = fields.Date(
        "Up To", required=True,
        help="Only what was due on this day or before is invoiced.")
    parties = fields.Many2Many(
        'party.party', None, None, "Customers",
        context={
            'company': Eval('company', -1),
            },
        depends=['company'],
        help="Only these customers are invoiced.\n"
        "Leave empty for all of them.")
    post = fields.Boolean(
        "Post",
        help="Check to number and post the invoices, "
        "otherwise they stay drafts.")

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_date(cls):
        return Pool().get('ir.date').today()

    @classmethod
    def default_up_to(cls):
        return Pool().get('ir.date').today()

    @classmethod
    def default_post(cls):
        return True


class InvoiceWorkStart(InvoicingStart):
    __name__ = 'maintenance.invoice_work.start'

    grouping = fields.Selection(
        [(None, "")] + GROUPINGS, "One Invoice by", sort=False,
        help="What one invoice is made for.\n"
        "Leave empty to do as each customer wishes.")
    visits = fields.Many2Many(
        'maintenance.visit', None, None, "Visits",
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        states={
            'invisible': ~Eval('visits'),
            },
        help="Only these visits are invoiced.")
    orders = fields.Many2Many(
        'maintenance.order', None, None, "Orders",
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        states={
            'invisible': ~Eval('orders'),
            },
        help="Only these orders are invoiced.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        # Whose they are is known.
        cls.parties.states['invisible'] = (
            Bool(Eval('visits')) | Bool(Eval('orders')))


class InvoicingPreview(ModelView):
    __name__ = 'maintenance.invoicing.preview'

    _total_states = {
        'invisible': ~Eval('currency'),
        }

    number = fields.Integer(
        "Invoices", readonly=True,
        help="How many invoices would be made.")
    number_of_problems = fields.Integer(
        "Problems", readonly=True,
        help="How many records would be left out.")
    currency = fields.Many2One(
        'currency.currency', "Currency", readonly=True,
        help="The currency of all the invoices, if it is only one.")
    untaxed_amount = Monetary(
        "Untaxed", currency='currency', digits='currency', readonly=True,
        states=_total_states,
        help="What would be charged to all customers, without taxes.")
    tax_amount = Monetary(
        "Tax", currency='currency', digits='currency', readonly=True,
        states=_total_states,
        help="The taxes of it.")
    total_amount = Monetary(
        "Total", currency='currency', digits='currency', readonly=True,
        states=_total_states,
        help="What would be charged to all customers, with taxes.")
    lines = fields.One2Many(
        'maintenance.invoicing.preview.line', None, "Customers",
        readonly=True,
        help="What each customer would be invoiced.")
    problems = fields.One2Many(
        'maintenance.invoicing.preview.problem', None, "Problems",
        readonly=True,
        states={
            'invisible': ~Eval('problems'),
            },
        help="What would be left out, and why.")


class InvoicingPreviewLine(ModelView):
    __name__ = 'maintenance.invoicing.preview.line'

    party = fields.Many2One(
        'party.party', "Customer", readonly=True,
        help="Who would be invoiced.")
    number = fields.Integer(
        "Invoices", readonly=True,
        help="How many invoices would be made.")
    number_of_lines = fields.Integer(
        "Lines", readonly=True,
        help="How many lines the invoices would have.")
    currency = fields.Many2One(
        'currency.currency', "Currency", readonly=True,
        help="The currency of the amounts.")
    untaxed_amount = Monetary(
        "Untaxed", currency='currency', digits='currency', readonly=True,
        help="What would be charged, without taxes.")
    tax_amount = Monetary(
        "Tax", currency='currency', digits='currency', readonly=True,
        help="The taxes of it.")
    total_amount = Monetary(
        "Total", currency='currency', digits='currency', readonly=True,
        help="What would be charged, with taxes.")


class InvoicingPreviewProblem(ModelView):
    __name__ = 'maintenance.invoicing.preview.problem'

    message = fields.Text(
        "Problem", readonly=True,
        help="What is wrong and how to put it right.")


class InvoicingWizard(Wizard):
    "What the wizards that start a run of invoices have in common"

    preview = StateView(
        'maintenance.invoicing.preview',
        'maintenance_order.invoicing_preview_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Back", 'start', 'tryton-back'),
            Button("Invoice", 'run', 'tryton-ok', default=True),
            ])
    run = StateAction('batch.act_run_form')

    _job = None

    def _params(self):
        "Return the parameters of the run"
        parties = [p.id for p in self.start.parties]
        return {
            'date': self.start.date,
            'up_to': self.start.up_to,
            'parties': parties or None,
            'post': bool(self.start.post),
            }

    def default_preview(self, fields):
        pool = Pool()
        Run = pool.get('batch.run')
        User = pool.get('res.user')
        company = self.start.company
        if company.id not in User.get_companies():
            raise RunCompanyAccessError(gettext(
                    'batch.msg_run_company_access',
                    company=company.rec_name))
        # As in the run: who may invoice need not read all accounting.
        with Transaction().set_context(company=company.id), \
                without_check_access():
            drafts, problems = Run._jobs()[self._job]().preview(
                company, self._params())
        totals = totals_by_party(drafts)
        lines = []
        for (party, currency), total in list(totals.items())[:PREVIEW_LIMIT]:
            number, number_of_lines, untaxed, tax, amount = total
            lines.append({
                    'party': party,
                    'currency': currency,
                    'number': number,
                    'number_of_lines': number_of_lines,
                    'untaxed_amount': Decimal(untaxed),
                    'tax_amount': tax,
                    'total_amount': amount,
                    })
        return {
            **_all_customers(totals),
            'number': len(drafts),
            # A warning leaves nothing out.
            'number_of_problems': sum(
                p.severity == 'error' for p in problems),
            'lines': lines,
            # Each line of a visit has the problem of the visit.
            'problems': [
                {'message': message} for message in dict.fromkeys(
                    gettext(p.code, **p.arguments)
                    for p in problems[:PREVIEW_LIMIT])],
            }

    def do_run(self, action):
        pool = Pool()
        Run = pool.get('batch.run')
        run = Run.start(
            self._job, params=self._params(), company=self.start.company)
        action['views'].reverse()
        return action, {'res_id': [run.id]}


def _all_customers(totals):
    "Return what all are charged, if it is in one currency"
    currencies = {currency for _, currency in totals}
    if len(currencies) != 1:
        return {}
    untaxed, tax, total = (
        sum((t[position] for t in totals.values()), Decimal(0))
        for position in [2, 3, 4])
    return {
        'currency': currencies.pop(),
        'untaxed_amount': untaxed,
        'tax_amount': tax,
        'total_amount': total,
        }


class InvoiceWork(InvoicingWizard):
    __name__ = 'maintenance.invoice_work'

    start = StateView(
        'maintenance.invoice_work.start',
        'maintenance_order.invoice_work_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Preview", 'preview', 'tryton-search'),
            Button("Invoice", 'run', 'tryton-ok', default=True),
            ])

    _job = 'maintenance_order.invoice_work'

    def default_start(self, fields):
        names = {
            'maintenance.visit': 'visits',
            'maintenance.order': 'orders',
            'party.party': 'parties',
            }
        if self.model and self.model.__name__ in names:
            return {
                names[self.model.__name__]: [r.id for r in self.records],
                }
        return {}

    def _params(self):
        visits = [v.id for v in self.start.visits or []]
        orders = [o.id for o in self.start.orders or []]
        return {
            **super()._params(),
            'visits': visits or None,
            'orders': orders or None,
            'grouping': self.start.grouping,
            }

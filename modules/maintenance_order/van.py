# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.model import Index, ModelSQL, ModelView, Workflow, fields
from trytond.modules.company.model import employee_field, set_employee
from trytond.modules.report_html.workflow import ButtonWorkflow
from trytond.pool import Pool
from trytond.pyson import Eval, If
from trytond.transaction import Transaction

from .visit_posting import wanted


class VanDifference(ButtonWorkflow, ModelSQL, ModelView):
    """Material fitted on a visit which was not in the van, says the stock

    The visit is right, the stock is not: the storekeeper looks why.
    """
    __name__ = 'maintenance.van.difference'

    company = fields.Many2One(
        'company.company', "Company", required=True, readonly=True,
        help="The company of the van.")
    date = fields.Date(
        "Date", required=True, readonly=True,
        help="When the material was fitted.")
    location = fields.Many2One(
        'stock.location', "Van", required=True, readonly=True,
        ondelete='RESTRICT',
        help="Where the material should have been.")
    product = fields.Many2One(
        'product.product', "Product", required=True, readonly=True,
        ondelete='RESTRICT',
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="What was fitted.")
    lot = fields.Many2One(
        'stock.lot', "Lot", readonly=True, ondelete='RESTRICT',
        states={
            'invisible': ~Eval('lot'),
            },
        help="The lot or serial number fitted.")
    unit = fields.Function(
        fields.Many2One(
            'product.uom', "Unit",
            help="The unit of the quantities."),
        'on_change_with_unit')
    quantity = fields.Float(
        "Missing", digits='unit', required=True, readonly=True,
        help="How much more was fitted than was in the van.")
    line = fields.Many2One(
        'maintenance.visit.line', "Visit Line", readonly=True,
        ondelete='SET NULL',
        help="The line which took the material.")
    visit = fields.Function(
        fields.Many2One(
            'maintenance.visit', "Visit",
            help="The visit on which the material was fitted."),
        'on_change_with_visit')
    notes = fields.Text(
        "Notes",
        states={
            'readonly': Eval('state') == 'settled',
            },
        help="What came out.")
    settled_by = employee_field("Settled by", states=['open', 'settled'])
    state = fields.Selection([
            ('open', "Open"),
            ('settled', "Settled"),
            ], "State", readonly=True, required=True, sort=False,
        help="The current state of the difference.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls.settled_by.help = "Who settled the difference."
        cls._sql_indexes.add(
            Index(
                t, (t.state, Index.Equality(cardinality='low')),
                where=t.state == 'open'))
        cls._order = [
            ('date', 'DESC'),
            ('id', 'DESC'),
            ]
        cls._transitions |= {
            ('open', 'settled'),
            ('settled', 'open'),
            }
        cls._buttons.update({
                'settle': {
                    'invisible': Eval('state') != 'open',
                    'icon': 'tryton-ok',
                    'depends': ['state'],
                    },
                'reopen': {
                    'invisible': Eval('state') != 'settled',
                    'icon': 'tryton-undo',
                    'depends': ['state'],
                    },
                })

    @classmethod
    def default_state(cls):
        return 'open'

    @fields.depends('product')
    def on_change_with_unit(self, name=None):
        return self.product.default_uom if self.product else None

    @fields.depends('line')
    def on_change_with_visit(self, name=None):
        return self.line.visit if self.line else None

    def get_rec_name(self, name):
        return f'{self.product.rec_name} @ {self.location.rec_name}'

    @classmethod
    def search_rec_name(cls, name, clause):
        return ['OR',
            ('product.rec_name',) + tuple(clause[1:]),
            ('location.rec_name',) + tuple(clause[1:]),
            ]

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual', If(Eval('state') == 'settled', 'muted', '')),
            ]

    @classmethod
    @ModelView.button
    @Workflow.transition('settled')
    @set_employee('settled_by')
    def settle(cls, differences):
        pass

    @classmethod
    @ModelView.button
    @Workflow.transition('open')
    def reopen(cls, differences):
        cls.write(differences, {'settled_by': None})

    @classmethod
    def detect(cls, lines):
        "Record what the lines take and the stock does not have"
        pool = Pool()
        Date = pool.get('ir.date')
        Product = pool.get('product.product')
        Uom = pool.get('product.uom')
        keys = wanted(lines)
        if not keys:
            return []
        with Transaction().set_context(stock_date_end=Date.today()):
            quantities = Product.products_by_location(
                list({location for location, _, _ in keys}),
                grouping=('product', 'lot'), with_childs=False,
                grouping_filter=(
                    list({product for _, product, _ in keys}),))
        by_product = {}
        for (location, product, _), quantity in quantities.items():
            key = location, product
            by_product[key] = by_product.get(key, 0) + quantity
        to_create = []
        # The lines of a lot first: the others take what these leave.
        for key in sorted(keys, key=lambda k: k[2] is None):
            location, product, lot = key
            left = (
                quantities.get(key, 0) if lot
                else by_product.get((location, product), 0))
            for line in keys[key]:
                needed = Uom.compute_qty(
                    line.unit, line.quantity, line.product.default_uom)
                missing = min(needed - left, needed)
                left = max(left - needed, 0)
                by_product[location, product] = (
                    by_product.get((location, product), 0) - needed)
                missing = line.product.default_uom.round(missing)
                if missing > 0:
                    to_create.append(cls._difference_values(line, missing))
        return cls.create(to_create)

    @classmethod
    def _difference_values(cls, line, missing):
        return {
            'company': line.company.id,
            'date': line.visit.date,
            'location': line.from_location.id,
            'product': line.product.id,
            'lot': line.lot.id if line.lot else None,
            'quantity': missing,
            'line': line.id,
            }

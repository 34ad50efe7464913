# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

from sql import Null
from sql.aggregate import Max

from trytond.i18n import gettext
from trytond.model import (
    DeactivableMixin, ModelSQL, ModelView, fields, sequence_ordered)
from trytond.modules.currency.fields import Monetary
from trytond.modules.product import price_digits, round_price
from trytond.pool import Pool
from trytond.pyson import Bool, Eval, If
from trytond.transaction import Transaction, without_check_access

from .exceptions import ConceptMarginError
from .offering import Customer, Service, offers


class Concept(sequence_ordered(), DeactivableMixin, ModelSQL, ModelView):
    __name__ = 'service.concept'

    name = fields.Char(
        "Name", required=True, translate=True,
        help="What is quoted, as it is printed.")
    chapter = fields.Char(
        "Chapter", translate=True,
        help="The title under which it stands on the quote. "
        "Concepts with the same title stand together.")
    words = fields.Char(
        "Words", translate=True,
        help="What technicians write when they recommend it: it is quoted "
        "when all of these words stand there, in any order.\n"
        "Leave empty for those of the name.")
    company = fields.Many2One(
        'company.company', "Company", required=True,
        help="The company which quotes.")
    currency = fields.Function(
        fields.Many2One(
            'currency.currency', "Currency",
            help="The currency of the company."),
        'on_change_with_currency')
    product = fields.Many2One(
        'product.product', "Product", required=True, ondelete='RESTRICT',
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="What is sold. It gives the account and the taxes, and tells "
        "whether the customer had it before or has it by contract.")
    specification = fields.Text(
        "Specification", translate=True,
        help="What the customer gets, as it is printed on the quote.")
    lines = fields.One2Many(
        'service.concept.line', 'concept', "Breakdown",
        help="The labour and material of one unit.")
    cost = fields.Function(
        Monetary(
            "Cost", currency='currency', digits=price_digits,
            help="What one unit costs the company."),
        'on_change_with_cost')
    margin = fields.Numeric(
        "Margin", digits=(16, 4),
        help="The part of the cost that is added to it. "
        "Leave empty for the list prices.")
    unit_price = fields.Function(
        Monetary(
            "Price", currency='currency', digits=price_digits,
            help="The price of one unit, if no rule of the tariff answers: "
            "the cost with the margin, otherwise the list prices."),
        'on_change_with_unit_price')
    party_categories = fields.Many2Many(
        'service.concept-party.category', 'concept', 'category',
        "Activities",
        help="The categories of the customers to whom it is offered. "
        "Leave empty for all of them.")
    equipment_categories = fields.Many2Many(
        'service.concept-maintenance.equipment.category', 'concept',
        'category', "Equipment Categories",
        help="It is offered to who has such equipment. "
        "Leave empty if none is needed.")
    site_kinds = fields.MultiSelection(
        'get_site_kinds', "Kinds of Sites",
        help="It is offered to who has such a place. "
        "Leave empty if none is needed.")

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def get_site_kinds(cls):
        pool = Pool()
        Site = pool.get('maintenance.site')
        return Site.fields_get(['kind'])['kind']['selection']

    @fields.depends('company')
    def on_change_with_currency(self, name=None):
        return self.company.currency if self.company else None

    @fields.depends('lines')
    def on_change_with_cost(self, name=None):
        return sum(
            (l.cost for l in self.lines or [] if l.cost is not None),
            Decimal(0))

    @fields.depends('margin', 'lines', 'product', methods=[
            'on_change_with_cost'])
    def on_change_with_unit_price(self, name=None):
        if self.margin is not None:
            return round_price(self.on_change_with_cost() * (1 + self.margin))
        if self.lines:
            return sum(
                (l.amount for l in self.lines if l.amount is not None),
                Decimal(0))
        if self.product and self.product.list_price_used is not None:
            return round_price(self.product.list_price_used)

    @classmethod
    def validate_fields(cls, concepts, field_names):
        super().validate_fields(concepts, field_names)
        cls.check_margin(concepts, field_names)

    @classmethod
    def check_margin(cls, concepts, field_names=None):
        if field_names and 'margin' not in field_names:
            return
        for concept in concepts:
            if concept.margin is not None and concept.margin < -1:
                raise ConceptMarginError(gettext(
                        'service_pricing.msg_concept_margin',
                        concept=concept.rec_name))

    def to_engine(self):
        return Service(
            self.id, self.product.id,
            frozenset(c.id for c in self.party_categories),
            frozenset(c.id for c in self.equipment_categories),
            frozenset(self.site_kinds or []))

    @classmethod
    @without_check_access
    def offerable(cls, party, company):
        """Return what the party could be offered

        Pairs of concept and offer, what it had before first.
        """
        concepts = cls.search([('company', '=', company.id)])
        found = offers(
            [c.to_engine() for c in concepts], cls._customer(party, company))
        by_id = {c.id: c for c in concepts}
        return [(by_id[o.service], o) for o in found]

    @classmethod
    def _customer(cls, party, company):
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')
        Site = pool.get('maintenance.site')
        equipments = Equipment.search([
                ('company', '=', company.id),
                ('site.party', '=', party.id),
                ('state', 'not in', ['retired', 'cancelled']),
                ('category', '!=', None),
                ])
        sites = Site.search([
                ('company', '=', company.id),
                ('party', '=', party.id),
                ])
        return Customer(
            _above(party.categories),
            _above({e.category for e in equipments}),
            frozenset(cls._under_contract(party, company)),
            cls._rendered(party, company),
            frozenset(s.kind for s in sites))

    @classmethod
    def _under_contract(cls, party, company):
        "Return the ids of the products which the party gets by contract"
        return set()

    @classmethod
    def _rendered(cls, party, company):
        "Return when the party had each product last, by its id"
        pool = Pool()
        Line = pool.get('maintenance.visit.line')
        Visit = pool.get('maintenance.visit')
        line = Line.__table__()
        visit = Visit.__table__()
        cursor = Transaction().connection.cursor()
        visits = Visit.search([
                ('company', '=', company.id),
                ('party', '=', party.id),
                ('state', '=', 'posted'),
                ], query=True)
        cursor.execute(*line
            .join(visit, condition=line.visit == visit.id)
            .select(
                line.product, Visit.date.sql_cast(Max(visit.date)),
                where=visit.id.in_(visits) & (line.product != Null),
                group_by=line.product))
        return {
            product: date if isinstance(date, dt.date)
            else dt.date.fromisoformat(date)
            for product, date in cursor}


class ConceptLine(sequence_ordered(), ModelSQL, ModelView):
    __name__ = 'service.concept.line'

    concept = fields.Many2One(
        'service.concept', "Concept", required=True, ondelete='CASCADE',
        help="What the line is a part of.")
    kind = fields.Selection([
            ('labour', "Labour"),
            ('material', "Material"),
            ('other', "Other"),
            ], "Kind", required=True, sort=False,
        help="What kind of cost it is.")
    product = fields.Many2One(
        'product.product', "Product", ondelete='RESTRICT',
        help="The work or the part.")
    description = fields.Char(
        "Description",
        states={
            'required': ~Eval('product'),
            },
        help="What it is, if the product does not say it.")
    quantity = fields.Float(
        "Quantity", digits='unit', required=True,
        help="How much of it one unit of the concept takes.")
    unit = fields.Many2One(
        'product.uom', "Unit", ondelete='RESTRICT',
        domain=[
            If(Bool(Eval('product_uom_category')),
                ('category', '=', Eval('product_uom_category', -1)),
                ()),
            ],
        help="The unit of the quantity.")
    product_uom_category = fields.Function(
        fields.Many2One(
            'product.uom.category', "Product UoM Category",
            help="The category of the units of the product."),
        'on_change_with_product_uom_category')
    unit_cost = fields.Numeric(
        "Unit Cost", digits=price_digits,
        help="What one unit costs the company.")
    unit_price = fields.Numeric(
        "Unit Price", digits=price_digits,
        help="The list price of one unit.")
    cost = fields.Function(
        fields.Numeric(
            "Cost", digits=price_digits,
            help="The quantity at its cost."),
        'on_change_with_cost')
    amount = fields.Function(
        fields.Numeric(
            "Amount", digits=price_digits,
            help="The quantity at its list price."),
        'on_change_with_amount')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('concept')

    @staticmethod
    def default_kind():
        return 'labour'

    @staticmethod
    def default_quantity():
        return 1

    @fields.depends('product')
    def on_change_with_product_uom_category(self, name=None):
        if self.product:
            return self.product.default_uom_category

    @fields.depends('product', 'unit', 'kind')
    def on_change_product(self):
        if not self.product:
            return
        if (not self.unit
                or self.unit.category != self.product.default_uom_category):
            self.unit = self.product.default_uom
        self.unit_cost = self.product.cost_price
        if self.product.list_price_used is not None:
            self.unit_price = round_price(self.product.list_price_used)
        if self.product.type != 'service':
            self.kind = 'material'

    @fields.depends('quantity', 'unit_cost')
    def on_change_with_cost(self, name=None):
        return self._times(self.unit_cost)

    @fields.depends('quantity', 'unit_price')
    def on_change_with_amount(self, name=None):
        return self._times(self.unit_price)

    def _times(self, price):
        if self.quantity is None or price is None:
            return None
        return round_price(Decimal(str(self.quantity)) * price)

    def get_rec_name(self, name):
        return self.product.rec_name if self.product else self.description

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
            ]


class Concept_PartyCategory(ModelSQL):
    __name__ = 'service.concept-party.category'

    concept = fields.Many2One(
        'service.concept', "Concept", required=True, ondelete='CASCADE',
        help="What is offered.")
    category = fields.Many2One(
        'party.category', "Category", required=True, ondelete='CASCADE',
        help="To whom it is offered.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('concept')


class Concept_EquipmentCategory(ModelSQL):
    __name__ = 'service.concept-maintenance.equipment.category'

    concept = fields.Many2One(
        'service.concept', "Concept", required=True, ondelete='CASCADE',
        help="What is offered.")
    category = fields.Many2One(
        'maintenance.equipment.category', "Category", required=True,
        ondelete='CASCADE',
        help="For which equipment it is offered.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('concept')


def _above(categories):
    "Return the ids of the categories and of all above them"
    ids = set()
    for category in categories:
        while category and category.id not in ids:
            ids.add(category.id)
            category = category.parent
    return frozenset(ids)

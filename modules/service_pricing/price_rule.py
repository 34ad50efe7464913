# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from decimal import Decimal

from trytond.cache import MemoryCache
from trytond.i18n import gettext
from trytond.model import (
    DeactivableMixin, Index, ModelSQL, ModelView, fields, sequence_ordered)
from trytond.modules.product import price_digits
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.transaction import Transaction, without_check_access

from . import pricing
from .exceptions import RuleDateError
from .not_negative import NotNegativeMixin

LAYERS = [
    ('base', "Base"),
    ('tariff_group', "Tariff Group"),
    ('quote', "Quote"),
    ('party', "Customer"),
    ('site', "Site"),
    ]


class PriceRule(
        NotNegativeMixin, sequence_ordered(), DeactivableMixin, ModelSQL,
        ModelView):
    __name__ = 'service.price.rule'
    _not_negative = frozenset(
        ['quantity', 'factor', 'floor', 'minimum', 'step', 'free'])
    _tariff_cache = MemoryCache('service.price.rule.tariff', context=False)

    name = fields.Char(
        "Name", required=True, translate=True,
        help="How people call the rule; it stands in the explanations.")
    company = fields.Many2One(
        'company.company', "Company", required=True,
        help="The company which charges by the rule.")
    layer = fields.Selection(
        LAYERS, "Layer", required=True, sort=False,
        help="Where the rule stands: the layers further down the list come "
        "later and change or replace the price of those before.")
    layer_string = layer.translated('layer')
    party = fields.Many2One(
        'party.party', "Customer", ondelete='CASCADE',
        states={
            'required': Eval('layer') == 'party',
            },
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="Only for this customer.")
    tariff_group = fields.Many2One(
        'service.tariff_group', "Tariff Group", ondelete='CASCADE',
        states={
            'required': Eval('layer') == 'tariff_group',
            },
        help="Only for the customers of this group.")
    activity = fields.Many2One(
        'party.category', "Activity", ondelete='CASCADE',
        help="Only for customers of this category or one below it.")
    order = fields.Many2One(
        'maintenance.order', "Order", ondelete='CASCADE',
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        states={
            'required': Eval('layer') == 'quote',
            },
        help="Only for the work of this order, as it was quoted.")
    site = fields.Many2One(
        'maintenance.site', "Site", ondelete='CASCADE',
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        states={
            'required': Eval('layer') == 'site',
            },
        help="Only for this site and its parts.")
    zone = fields.Many2One(
        'service.zone', "Zone", ondelete='CASCADE',
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        help="Only for the sites of this zone.")
    product = fields.Many2One(
        'product.product', "Product", ondelete='CASCADE',
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="Only for this product.")
    product_category = fields.Many2One(
        'product.category', "Product Category", ondelete='CASCADE',
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="Only for products of this category or one below it.")
    equipment_category = fields.Many2One(
        'maintenance.equipment.category', "Equipment Category",
        ondelete='CASCADE',
        domain=[
            ('company', 'in', [Eval('company', -1), None]),
            ],
        help="Only for work on machines of this category or one below it.")
    task_kind = fields.Selection(
        'get_task_kinds', "Task Kind",
        help="Only for tasks of this kind.")
    line_kind = fields.Selection(
        'get_line_kinds', "Line Kind",
        help="Only for work, material, travel… of this kind.")
    band = fields.Many2One(
        'service.time.band', "Time Band", ondelete='CASCADE',
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        help="Only for these hours. A line that goes over several is charged "
        "each part at its price.")
    role = fields.Many2One(
        'service.role', "Role", ondelete='CASCADE',
        help="Only for the time of people with this role. A line of several "
        "is charged each at his price.")
    quantity = fields.Float(
        "From Quantity",
        help="Only for this quantity or more.")
    from_date = fields.Date(
        "From",
        help="The first day on which the rule counts.")
    to_date = fields.Date(
        "To",
        help="The last day on which the rule counts.")
    basis = fields.Selection([
            ('list', "List Price"),
            ('cost', "Cost"),
            ('lower', "Layer Below"),
            ('fixed', "Fixed Price"),
            ('call_out', "Call-Out"),
            ], "Price From", required=True, sort=False,
        help="What the price is computed from.")
    basis_string = basis.translated('basis')
    call_out = fields.Many2One(
        'service.call_out', "Call-Out", ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        states={
            'invisible': Eval('basis') != 'call_out',
            'required': Eval('basis') == 'call_out',
            },
        help="How the call-out is computed.")
    factor = fields.Numeric(
        "Times", digits=(16, 4), required=True,
        states={
            'invisible': Eval('basis') == 'fixed',
            },
        help="What it is multiplied by: 1.25 for a quarter on top, "
        "0.9 for a tenth off.")
    amount = fields.Numeric(
        "Plus", digits=price_digits, required=True,
        help="What is added; the price itself when it is fixed.")
    floor = fields.Numeric(
        "At Least", digits=price_digits,
        help="The price does not fall below it.")
    round_to = fields.Numeric(
        "Rounded To", digits=price_digits,
        domain=['OR',
            ('round_to', '=', None),
            ('round_to', '>', 0),
            ],
        help="The price is a multiple of it.")
    measured = fields.Boolean(
        "Rounds the Quantity",
        help="Check to charge another quantity than what was reported.")
    minimum = fields.Numeric(
        "Minimum", digits=(16, 2),
        states={
            'invisible': ~Eval('measured'),
            },
        help="How much is charged at least, in the unit of the line.")
    step = fields.Numeric(
        "Step", digits=(16, 2),
        states={
            'invisible': ~Eval('measured'),
            },
        help="In which steps more than the minimum is charged.")
    free = fields.Numeric(
        "Free", digits=(16, 2),
        states={
            'invisible': ~Eval('measured'),
            },
        help="How much costs nothing.")
    counted_per = fields.Selection([
            ('line', "Line"),
            ('visit', "Visit"),
            ('order', "Order"),
            ('day', "Day"),
            ], "Counted Per", required=True, sort=False,
        states={
            'invisible': ~Eval('measured'),
            },
        help="What counts together for minimum, steps and free time.")
    team_once = fields.Boolean(
        "Team Counts Once",
        states={
            'invisible': ~Eval('measured'),
            },
        help="Check to charge the time once, however many people came.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.update({
                Index(t, (t.company, Index.Equality())),
                Index(t, (t.party, Index.Equality())),
                Index(t, (t.site, Index.Equality())),
                })

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @staticmethod
    def default_layer():
        return 'base'

    @staticmethod
    def default_basis():
        return 'list'

    @staticmethod
    def default_factor():
        return Decimal(1)

    @staticmethod
    def default_amount():
        return Decimal(0)

    @staticmethod
    def default_counted_per():
        return 'visit'

    @classmethod
    def get_task_kinds(cls):
        pool = Pool()
        return cls._with_any(pool.get('maintenance.order.task'))

    @classmethod
    def get_line_kinds(cls):
        pool = Pool()
        return cls._with_any(pool.get('maintenance.visit.line'))

    @staticmethod
    def _with_any(Model):
        selection = Model.fields_get(['kind'])['kind']['selection']
        if isinstance(selection, str):
            selection = getattr(Model, selection)()
        return [(None, "")] + [(k, v) for k, v in selection if k]

    @classmethod
    def validate_fields(cls, rules, field_names):
        super().validate_fields(rules, field_names)
        cls.check_dates(rules, field_names)

    @classmethod
    def check_dates(cls, rules, field_names=None):
        if field_names and not (field_names & {'from_date', 'to_date'}):
            return
        for rule in rules:
            if (rule.from_date and rule.to_date
                    and rule.to_date < rule.from_date):
                raise RuleDateError(gettext(
                        'service_pricing.msg_rule_dates',
                        rule=rule.rec_name))

    @classmethod
    def _matching(cls):
        "Return the names of the fields which say what a rule is for"
        return [
            'party', 'tariff_group', 'activity', 'order', 'site', 'zone',
            'product', 'product_category', 'equipment_category', 'task_kind',
            'line_kind', 'band', 'role']

    @classmethod
    def values_of_lines(cls, visits):
        "Return by line what else the rules may match"
        return {}

    @classmethod
    def values_of_case(cls, company, date, **values):
        "Return what else the rules may match of a case without visit"
        return {}

    @classmethod
    @without_check_access
    def tariff_of(cls, company):
        """Return the tariff of the company, and which rules are special

        These are the ids of the rules that round the quantity and of those
        over a call-out, and whether any asks for a role and for the cost.
        """
        pool = Pool()
        Configuration = pool.get('service.pricing.configuration')
        found = cls._tariff_cache.get(company.id)
        if found is None:
            rows = cls.search_read(
                [('company', '=', company.id)], fields_names=[
                    *cls._matching(), 'layer', 'basis', 'factor', 'amount',
                    'floor', 'round_to', 'from_date', 'to_date', 'quantity',
                    'sequence', 'measured'])
            found = (
                pricing.Tariff(
                    [cls._to_engine(row) for row in rows],
                    Configuration.layers_on(company)),
                frozenset(r['id'] for r in rows if r['measured']),
                frozenset(r['id'] for r in rows if r['basis'] == 'call_out'),
                any(r['role'] for r in rows),
                any(r['basis'] == 'cost' for r in rows))
            cls._tariff_cache.set(company.id, found)
        return found

    @classmethod
    def _to_engine(cls, row):
        return pricing.Rule(
            row['id'], row['layer'],
            tuple(
                (name, frozenset([row[name]])) for name in cls._matching()
                if row[name]),
            row['basis'], row['factor'], row['amount'], row['floor'],
            row['round_to'], row['from_date'], row['to_date'],
            None if row['quantity'] is None
            else Decimal(str(row['quantity'])),
            row['sequence'] or 0)

    @classmethod
    def on_modification(cls, mode, rules, field_names=None):
        super().on_modification(mode, rules, field_names=field_names)
        cls._tariff_cache.clear()

    @property
    def measure(self):
        "How the rule rounds the quantity, if it does"
        if not self.measured:
            return None
        return pricing.Measure(*(
                getattr(self, name) or Decimal(0)
                for name in ['minimum', 'step', 'free']))

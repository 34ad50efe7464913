# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Orders by state, what machines cost, and the margin of orders."""
import datetime as dt
from collections import defaultdict
from decimal import Decimal

from sql import Literal, Null
from sql.aggregate import Count, Min, Sum
from sql.conditionals import Case

from trytond.model import ModelSQL, ModelView, fields
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.tools import grouped_slice
from trytond.transaction import Transaction, without_check_access

from .order import KINDS
from .order_agreement import REPAIRS
from .reporting import MarginMixin, in_period, repeat_days


class Order(metaclass=PoolMeta):
    __name__ = 'maintenance.order'

    currency = fields.Function(
        fields.Many2One(
            'currency.currency', "Currency",
            help="The currency of the amounts."),
        'on_change_with_currency')
    cost = fields.Function(
        Monetary(
            "Cost", currency='currency', digits='currency',
            help="What the order cost us: hours, material, what was bought "
            "and subcontractors."),
        'get_margin')
    revenue = fields.Function(
        Monetary(
            "Revenue", currency='currency', digits='currency',
            help="What is charged for the order, invoiced or not, "
            "without taxes."),
        'get_margin')
    margin = fields.Function(
        Monetary(
            "Margin", currency='currency', digits='currency',
            help="The revenue of the order minus its cost."),
        'get_margin')

    repeats = fields.Function(
        fields.Many2One(
            'maintenance.visit', "Repeats",
            states={
                'invisible': ~Eval('repeats'),
            },
            help="The visit which mended the same machine a few days before.\n"
            "Plan a return visit: within the free return days the customer "
            "does not pay the same cause twice."),
        'get_repeats')

    @fields.depends('company')
    def on_change_with_currency(self, name=None):
        return self.company.currency if self.company else None

    @classmethod
    @without_check_access
    def get_repeats(cls, orders, name):
        pool = Pool()
        Visit = pool.get('maintenance.visit')
        result = {}
        for order in cls.browse(orders):
            machines = [
                t.equipment.id for t in order.tasks
                if t.equipment and t.kind in REPAIRS
                and t.state != 'cancelled']
            visit = None
            if machines and order.state != 'cancelled':
                with Transaction().set_context(company=order.company.id):
                    days = repeat_days()
                visits = Visit.search([
                        ('company', '=', order.company.id),
                        ('state', '=', 'posted'),
                        ('superseded', '=', False),
                        ('date', '<=', order.date),
                        ('date', '>=', order.date - dt.timedelta(days=days)),
                        ('tasks', 'where', [
                                ('equipment', 'in', machines),
                                ('kind', 'in', sorted(REPAIRS)),
                                ('order', '!=', order.id),
                                ]),
                        ], order=[('date', 'DESC'), ('id', 'DESC')], limit=1)
                visit = visits[0].id if visits else None
            result[order.id] = visit
        return result

    @classmethod
    @without_check_access
    def get_margin(cls, orders, names):
        pool = Pool()
        Entry = pool.get('maintenance.reporting.entry')
        cursor = Transaction().connection.cursor()
        orders = cls.browse(orders)
        cost = defaultdict(Decimal)
        revenue = defaultdict(Decimal)
        for sub_orders in grouped_slice(orders, 200):
            sub_orders = list(sub_orders)
            # The visits are named, so that only their lines are read.
            visits = list({v.id for o in sub_orders for v in o.visits})
            if not visits:
                continue
            entry = Entry.__table__()
            cursor.execute(*entry.select(
                    entry.order, Sum(entry.cost), Sum(entry.revenue),
                    where=fields.SQL_OPERATORS['in'](entry.visit, visits),
                    group_by=entry.order))
            for order_id, order_cost, order_revenue in cursor:
                cost[order_id] += Decimal(str(order_cost or 0))
                revenue[order_id] += Decimal(str(order_revenue or 0))
        result = {name: {} for name in names}
        for order in orders:
            round_ = order.company.currency.round
            values = {
                'cost': round_(cost[order.id]),
                'revenue': round_(revenue[order.id]),
                }
            values['margin'] = values['revenue'] - values['cost']
            for name in names:
                result[name][order.id] = values[name]
        return result


class OrderStateReport(ModelSQL, ModelView):
    "How many orders are in which state, and since when"
    __name__ = 'maintenance.reporting.order_state'

    company = fields.Many2One(
        'company.company', "Company",
        help="The company which does the work.")
    kind = fields.Selection(
        KINDS, "Kind", sort=False,
        help="What the orders are for.")
    state = fields.Selection(
        'get_states', "State", sort=False,
        help="The state of the orders.")
    state_string = state.translated('state')
    number = fields.Integer(
        "Orders",
        help="How many orders of the kind are in the state.")
    on_hold = fields.Integer(
        "On Hold",
        help="How many of them wait for something.")
    oldest = fields.Date(
        "Oldest",
        help="When the oldest of them was ordered.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [
            ('state', 'ASC'),
            ('kind', 'ASC'),
            ('id', 'ASC'),
            ]

    @classmethod
    def get_states(cls):
        pool = Pool()
        Order = pool.get('maintenance.order')
        return Order.fields_get(['state'])['state']['selection']

    def get_rec_name(self, name):
        return self.state_string

    @classmethod
    def table_query(cls):
        pool = Pool()
        Order = pool.get('maintenance.order')
        order = Order.__table__()
        return order.select(
            Min(order.id).as_('id'),
            order.company.as_('company'),
            order.kind.as_('kind'),
            order.state.as_('state'),
            Count(order.id).as_('number'),
            Sum(Case((order.on_hold == Literal(True), 1), else_=0)
                ).as_('on_hold'),
            Min(order.date).as_('oldest'),
            where=in_period(order.date, order.company),
            group_by=[order.company, order.kind, order.state])


class EquipmentReport(MarginMixin, ModelSQL, ModelView):
    "What each machine cost us and brought"
    __name__ = 'maintenance.reporting.equipment'

    company = fields.Many2One(
        'company.company', "Company",
        help="The company which did the work.")
    equipment = fields.Many2One(
        'maintenance.equipment', "Equipment",
        help="The machine.")
    equipment_number = fields.Function(
        fields.Char(
            "Number",
            help="The number of the machine: short enough for a graph."),
        'on_change_with_equipment_number')
    visits = fields.Integer(
        "Visits",
        help="How often somebody went there.")
    hours = fields.Float(
        "Hours", digits=(16, 2),
        help="The hours of all people.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [
            ('cost', 'DESC'),
            ('id', 'ASC'),
            ]

    @fields.depends('equipment')
    def on_change_with_equipment_number(self, name=None):
        return self.equipment.number if self.equipment else None

    def get_rec_name(self, name):
        return self.equipment.rec_name if self.equipment else str(self.id)

    @classmethod
    def table_query(cls):
        pool = Pool()
        Entry = pool.get('maintenance.reporting.entry')
        entry = Entry.__table__()
        cost = cls.cost.sql_cast(Sum(entry.cost))
        revenue = cls.revenue.sql_cast(Sum(entry.revenue))
        return entry.select(
            entry.equipment.as_('id'),
            entry.company.as_('company'),
            entry.equipment.as_('equipment'),
            Count(entry.visit, distinct=True).as_('visits'),
            Sum(entry.hours).as_('hours'),
            cost.as_('cost'),
            revenue.as_('revenue'),
            (revenue - cost).as_('margin'),
            where=(entry.equipment != Null)
            & in_period(entry.date, entry.company),
            group_by=[entry.equipment, entry.company])

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What each piece of work cost and brought: what the boards sum up."""
from dateutil.relativedelta import relativedelta
from sql import Cast, Literal, Null, Union
from sql.aggregate import Min
from sql.conditionals import Case, Coalesce
from sql.functions import Extract, Function
from sql.operators import Concat

from trytond import backend
from trytond.model import ModelSQL, ModelView, fields
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.pyson import Eval, If
from trytond.transaction import Transaction

REPEAT_DAYS = 30


class ReportingContext(ModelView):
    __name__ = 'maintenance.reporting.context'

    company = fields.Many2One(
        'company.company', "Company", required=True,
        help="The company which does the work.")
    from_date = fields.Date(
        "From",
        domain=[
            If(Eval('to_date') & Eval('from_date'),
                ('from_date', '<=', Eval('to_date')),
                ()),
            ],
        help="The first day that counts.")
    to_date = fields.Date(
        "To",
        domain=[
            If(Eval('from_date') & Eval('to_date'),
                ('to_date', '>=', Eval('from_date')),
                ()),
            ],
        help="The last day that counts.")
    days = fields.Integer(
        "Repeat Days", required=True,
        domain=[
            ('days', '>=', 1),
            ],
        help="A fault of the same machine within so many days is a repeat.")

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_from_date(cls):
        pool = Pool()
        Date = pool.get('ir.date')
        context = Transaction().context
        if 'from_date' in context:
            return context['from_date']
        return Date.today() - relativedelta(months=3, day=1)

    @classmethod
    def default_to_date(cls):
        pool = Pool()
        Date = pool.get('ir.date')
        context = Transaction().context
        if 'to_date' in context:
            return context['to_date']
        return Date.today()

    @classmethod
    def default_days(cls):
        return repeat_days()


def repeat_days():
    "Within how many days a fault of the same machine is a repeat"
    pool = Pool()
    Configuration = pool.get('maintenance.configuration')
    context = Transaction().context
    if context.get('days'):
        return context['days']
    return Configuration(1).get_multivalue(
        'free_return_days', company=context.get('company')) or REPEAT_DAYS


def in_period(date, company):
    "Return the clause for the period and the company of the context"
    context = Transaction().context
    where = company == context.get('company', -1)
    if context.get('from_date'):
        where &= date >= context['from_date']
    if context.get('to_date'):
        where &= date <= context['to_date']
    return where


def hours(duration):
    if backend.name == 'sqlite':
        return duration / 3600.0
    return Extract('EPOCH', duration) / 3600


class _JulianDay(Function):
    __slots__ = ()
    _function = 'JULIANDAY'


def days_between(start, end):
    if backend.name == 'sqlite':
        return Cast(
            _JulianDay(end) - _JulianDay(start),
            fields.Integer("Days").sql_type().base)
    return end - start


class CurrencyMixin:
    __slots__ = ()

    currency = fields.Function(
        fields.Many2One(
            'currency.currency', "Currency",
            help="The currency of the amounts."),
        'on_change_with_currency')

    @fields.depends('company')
    def on_change_with_currency(self, name=None):
        return self.company.currency if self.company else None


class MarginMixin(CurrencyMixin):
    __slots__ = ()

    cost = Monetary(
        "Cost", currency='currency', digits='currency',
        help="The hours, the material, what was bought and subcontractors.")
    revenue = Monetary(
        "Revenue", currency='currency', digits='currency',
        help="What is charged for it, invoiced or not, without taxes.")
    margin = Monetary(
        "Margin", currency='currency', digits='currency',
        help="The revenue minus the cost.")


class Entry(ModelSQL):
    """What each piece of work cost or brought

    Only what is posted and what nothing corrects counts.  Lines which name no
    task belong to the first one of their visit.  The reports sum it up.
    """
    __name__ = 'maintenance.reporting.entry'

    company = fields.Many2One(
        'company.company', "Company",
        help="The company which did the work.")
    date = fields.Date(
        "Date",
        help="The day of the visit.")
    visit = fields.Many2One(
        'maintenance.visit', "Visit",
        help="The visit on which it was done.")
    order = fields.Many2One(
        'maintenance.order', "Order",
        help="The order it was done for.")
    equipment = fields.Many2One(
        'maintenance.equipment', "Equipment",
        help="The machine it was done on.")
    kind = fields.Selection([
            ('time', "Time"),
            ('material', "Material"),
            ('expense', "Expense"),
            ('subcontract', "Subcontractor"),
            ('charge', "Charge"),
            ], "Kind", sort=False,
        help="What it is.")
    hours = fields.Float(
        "Hours",
        help="The hours of all people.")
    cost = fields.Numeric(
        "Cost",
        help="What it cost us.")
    revenue = fields.Numeric(
        "Revenue",
        help="What is charged for it.")

    @classmethod
    def table_query(cls):
        return Union(
            cls._time(0), cls._material(1), cls._expense(2),
            cls._subcontract(3), cls._charge(4), all_=True)

    @classmethod
    def _columns(
            cls, number, kind, id_, visit, task, line=None, hours=None,
            cost=None, revenue=None):
        equipment = task.equipment
        if line:
            equipment = Coalesce(line.equipment, task.equipment)
        float_ = fields.Float("Float").sql_type().base
        numeric = fields.Numeric("Numeric").sql_type().base
        return [
            (id_ * 8 + number).as_('id'),
            visit.company.as_('company'),
            visit.date.as_('date'),
            visit.id.as_('visit'),
            task.order.as_('order'),
            equipment.as_('equipment'),
            cls.kind.sql_cast(Literal(kind)).as_('kind'),
            Cast(0 if hours is None else hours, float_).as_('hours'),
            Cast(0 if cost is None else cost, numeric).as_('cost'),
            Cast(0 if revenue is None else revenue, numeric).as_('revenue'),
            ]

    @classmethod
    def _tables(cls):
        "Return lines with visit and task, joined"
        pool = Pool()
        Line = pool.get('maintenance.visit.line')
        Task = pool.get('maintenance.order.task')
        Visit = pool.get('maintenance.visit')
        line = Line.__table__()
        task = Task.__table__()
        visit = Visit.__table__()
        join = (line
            .join(visit, condition=line.visit == visit.id)
            .join(task, 'LEFT', condition=task.id == Coalesce(
                    line.task, cls._first_task(visit))))
        return join, line, visit, task

    @classmethod
    def _first_task(cls, visit):
        pool = Pool()
        Visit_Task = pool.get('maintenance.visit-maintenance.order.task')
        link = Visit_Task.__table__()
        return link.select(Min(link.task), where=link.visit == visit.id)

    @classmethod
    def _time(cls, number):
        pool = Pool()
        TimesheetLine = pool.get('timesheet.line')
        time = TimesheetLine.__table__()
        join, line, visit, task = cls._tables()
        worked = hours(time.duration)
        return (join
            .join(time, condition=time.visit_line == line.id)
            .select(*cls._columns(
                    number, 'time', time.id, visit, task, line=line,
                    hours=worked, cost=worked * time.cost_price)))

    @classmethod
    def _material(cls, number):
        pool = Pool()
        Location = pool.get('stock.location')
        Move = pool.get('stock.move')
        location = Location.__table__()
        move = Move.__table__()
        join, line, visit, task = cls._tables()
        # What returns to the van was not used.
        sign = Case((location.type == 'customer', 1), else_=-1)
        cost = (
            sign * move.internal_quantity * Coalesce(move.cost_price, 0))
        return (join
            .join(move, condition=move.origin == Concat(
                    'maintenance.visit.line,', Cast(line.id, 'VARCHAR')))
            .join(location, condition=move.to_location == location.id)
            .select(
                *cls._columns(
                    number, 'material', move.id, visit, task, line=line,
                    cost=cost),
                where=move.state == 'done'))

    @classmethod
    def _expense(cls, number):
        join, line, visit, task = cls._tables()
        return join.select(
            *cls._columns(
                number, 'expense', line.id, visit, task, line=line,
                cost=line.cost * line.quantity),
            where=(line.cost != Null)
            # What went through the van costs what the stock says.
            & ((line.product == Null) | (line.from_location == Null))
            & cls._counts(visit))

    @classmethod
    def _subcontract(cls, number):
        pool = Pool()
        Task = pool.get('maintenance.order.task')
        Visit = pool.get('maintenance.visit')
        task = Task.__table__()
        visit = Visit.__table__()
        return (visit
            .join(task, 'LEFT', condition=task.id == cls._first_task(visit))
            .select(
                *cls._columns(
                    number, 'subcontract', visit.id, visit, task,
                    cost=visit.performer_cost),
                where=(visit.performer != Null)
                & (visit.performer_cost != Null)
                & cls._counts(visit)))

    @classmethod
    def _charge(cls, number):
        pool = Pool()
        Share = pool.get('maintenance.visit.share')
        share = Share.__table__()
        join, line, visit, task = cls._tables()
        return (join
            .join(share, condition=share.line == line.id)
            .select(
                *cls._columns(
                    number, 'charge', share.id, visit, task, line=line,
                    revenue=share.amount),
                where=(share.state == 'decided') & (share.amount != Null)))

    @classmethod
    def _counts(cls, visit):
        return visit.state.in_(['posted', 'failed']) & not_superseded(visit)


def not_superseded(visit):
    "Return the clause of the visits which no posted one corrects"
    pool = Pool()
    Visit = pool.get('maintenance.visit')
    correction = Visit.__table__()
    return ~visit.id.in_(correction.select(
            correction.corrects,
            where=(correction.corrects != Null)
            & (correction.state == 'posted')))

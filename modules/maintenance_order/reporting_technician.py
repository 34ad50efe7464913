# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""How well each technician works, and what fails again."""
import datetime as dt

from sql import Cast, Null, Window
from sql.aggregate import Count, Max, Sum
from sql.conditionals import Case, Coalesce, NullIf
from sql.functions import RowNumber

from trytond.model import ModelSQL, ModelView, fields
from trytond.pool import Pool
from trytond.transaction import Transaction

from .order_agreement import REPAIRS
from .reporting import days_between, in_period, not_superseded, repeat_days

HOUR = dt.timedelta(hours=1)


def _hours(time):
    if time is not None:
        return round(time / HOUR, 2)


class TechnicianReport(ModelSQL, ModelView):
    "How much of the time of each technician is charged, and what returns"
    __name__ = 'maintenance.reporting.technician'

    company = fields.Many2One(
        'company.company', "Company",
        help="The company of the technician.")
    employee = fields.Many2One(
        'company.employee', "Technician",
        help="Who worked.")
    paid = fields.TimeDelta(
        "Paid Hours", 'hours',
        help="All the hours of the technician in the period.")
    billed = fields.TimeDelta(
        "Billable Hours", 'hours',
        help="The part of them which somebody pays.")
    # A graph would count the seconds.
    paid_hours = fields.Function(
        fields.Float(
            "Paid Hours", digits=(16, 2),
            help="All the hours of the technician in the period."),
        'on_change_with_paid_hours')
    billed_hours = fields.Function(
        fields.Float(
            "Billable Hours", digits=(16, 2),
            help="The part of them which somebody pays."),
        'on_change_with_billed_hours')
    billed_rate = fields.Function(
        fields.Float(
            "Billable Rate", digits=(1, 4),
            help="The billable part of the paid hours."),
        'on_change_with_billed_rate')
    faults = fields.Integer(
        "Faults",
        help="The faults which the technician went to first in the period.")
    first_fixed = fields.Integer(
        "Fixed at Once",
        help="Those which were mended on the first visit.")
    first_fix_rate = fields.Function(
        fields.Float(
            "First-Fix Rate", digits=(1, 4),
            help="The part of the faults which were mended on the first "
            "visit."),
        'on_change_with_first_fix_rate')
    repeats = fields.Integer(
        "Repeats",
        help="The machines which failed again within the repeat days.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [
            ('employee', 'ASC'),
            ('id', 'ASC'),
            ]

    @fields.depends('paid')
    def on_change_with_paid_hours(self, name=None):
        return _hours(self.paid)

    @fields.depends('billed')
    def on_change_with_billed_hours(self, name=None):
        return _hours(self.billed)

    @fields.depends('paid', 'billed')
    def on_change_with_billed_rate(self, name=None):
        if self.paid:
            return round((self.billed or self.paid * 0) / self.paid, 4)

    @fields.depends('faults', 'first_fixed')
    def on_change_with_first_fix_rate(self, name=None):
        if self.faults:
            return round((self.first_fixed or 0) / self.faults, 4)

    def get_rec_name(self, name):
        return self.employee.rec_name if self.employee else str(self.id)

    @classmethod
    def table_query(cls):
        pool = Pool()
        Employee = pool.get('company.employee')
        Repeat = pool.get('maintenance.reporting.repeat')
        employee = Employee.__table__()
        time = cls._time()
        fault = cls._faults()
        repeat = Repeat.__table__()
        repeat = repeat.select(
            repeat.employee.as_('employee'),
            Count(repeat.id).as_('repeats'),
            group_by=repeat.employee)
        return (employee
            .join(time, 'LEFT', condition=time.employee == employee.id)
            .join(fault, 'LEFT', condition=fault.employee == employee.id)
            .join(repeat, 'LEFT', condition=repeat.employee == employee.id)
            .select(
                employee.id.as_('id'),
                employee.company.as_('company'),
                employee.id.as_('employee'),
                cls.paid.sql_cast(time.paid).as_('paid'),
                cls.billed.sql_cast(time.billed).as_('billed'),
                Coalesce(fault.faults, 0).as_('faults'),
                Coalesce(fault.first_fixed, 0).as_('first_fixed'),
                Coalesce(repeat.repeats, 0).as_('repeats'),
                where=(
                    employee.company
                    == Transaction().context.get('company', -1))
                & ((time.employee != Null) | (fault.employee != Null))))

    @classmethod
    def _time(cls):
        pool = Pool()
        Line = pool.get('maintenance.visit.line')
        Share = pool.get('maintenance.visit.share')
        TimesheetLine = pool.get('timesheet.line')
        line = Line.__table__()
        share = Share.__table__()
        time = TimesheetLine.__table__()
        charged = (share
            .join(line, condition=share.line == line.id)
            .select(
                line.id.as_('line'),
                Cast(
                    Sum(share.quantity)
                    / NullIf(Max(line.quantity), 0),
                    fields.Float("Rate").sql_type().base).as_('rate'),
                where=(share.state == 'decided')
                & (Cast(share.amount, Share.amount.sql_type().base) != 0),
                group_by=line.id))
        return (time
            .join(charged, 'LEFT', condition=charged.line == time.visit_line)
            .select(
                time.employee.as_('employee'),
                Sum(time.duration).as_('paid'),
                Sum(time.duration * Coalesce(charged.rate, 0)).as_('billed'),
                where=in_period(time.date, time.company),
                group_by=time.employee))

    @classmethod
    def _faults(cls):
        fault = first_visits()
        return fault.select(
            fault.employee.as_('employee'),
            Count(fault.task).as_('faults'),
            Sum(Case(
                    ((fault.visits == 1) & (fault.state == 'done'), 1),
                    else_=0)).as_('first_fixed'),
            where=(fault.rank == 1) & in_period(fault.date, fault.company),
            group_by=fault.employee)


def first_visits():
    "Return the posted visits to each fault, the first one has rank 1"
    pool = Pool()
    Task = pool.get('maintenance.order.task')
    Visit = pool.get('maintenance.visit')
    Visit_Task = pool.get('maintenance.visit-maintenance.order.task')
    link = Visit_Task.__table__()
    task = Task.__table__()
    visit = Visit.__table__()
    return (link
        .join(visit, condition=link.visit == visit.id)
        .join(task, condition=link.task == task.id)
        .select(
            task.id.as_('task'),
            task.order.as_('order'),
            task.equipment.as_('equipment'),
            task.state.as_('state'),
            visit.id.as_('visit'),
            visit.leader.as_('employee'),
            visit.company.as_('company'),
            visit.date.as_('date'),
            Count(visit.id, window=Window([task.id])).as_('visits'),
            RowNumber(window=Window(
                    [task.id], order_by=[visit.date.asc, visit.id.asc])
                ).as_('rank'),
            where=(visit.state == 'posted')
            & task.kind.in_(sorted(REPAIRS))
            & not_superseded(visit)))


class RepeatReport(ModelSQL, ModelView):
    "A machine which failed again soon after it was mended"
    __name__ = 'maintenance.reporting.repeat'

    company = fields.Many2One(
        'company.company', "Company",
        help="The company which did the work.")
    equipment = fields.Many2One(
        'maintenance.equipment', "Equipment",
        help="The machine which failed again.")
    order = fields.Many2One(
        'maintenance.order', "Order",
        help="The order of the new fault.")
    date = fields.Date(
        "Date",
        help="When the new fault was reported.")
    visit = fields.Many2One(
        'maintenance.visit', "Repair before",
        help="The visit which mended it before.")
    employee = fields.Many2One(
        'company.employee', "Technician",
        help="Who led the repair before.")
    days = fields.Integer(
        "Days",
        help="The days between the repair and the new fault.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [
            ('date', 'DESC'),
            ('id', 'DESC'),
            ]

    def get_rec_name(self, name):
        return self.equipment.rec_name if self.equipment else str(self.id)

    @classmethod
    def table_query(cls):
        pool = Pool()
        Order = pool.get('maintenance.order')
        Task = pool.get('maintenance.order.task')
        order = Order.__table__()
        task = Task.__table__()
        before = first_visits()
        days = days_between(before.date, order.date)
        pairs = (task
            .join(order, condition=task.order == order.id)
            .join(before, condition=(
                    (before.equipment == task.equipment)
                    & (before.order != task.order)
                    & (before.date <= order.date)
                    & (before.task < task.id)))
            .select(
                task.id.as_('id'),
                order.company.as_('company'),
                task.equipment.as_('equipment'),
                order.id.as_('order'),
                order.date.as_('date'),
                before.visit.as_('visit'),
                before.employee.as_('employee'),
                days.as_('days'),
                RowNumber(window=Window(
                        [task.id],
                        order_by=[before.date.desc, before.visit.desc])
                    ).as_('rank'),
                where=task.kind.in_(sorted(REPAIRS))
                & (order.state != 'cancelled')
                & (task.state != 'cancelled')
                & in_period(order.date, order.company)))
        return pairs.select(
            pairs.id, pairs.company, pairs.equipment, pairs.order,
            pairs.date, pairs.visit, pairs.employee, pairs.days,
            where=(pairs.rank == 1) & (pairs.days <= repeat_days()))

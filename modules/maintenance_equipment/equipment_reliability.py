# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The reliability of machines, as lists and graphs."""
import datetime as dt
from collections import defaultdict
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta
from sql import Cast, Column, Literal, Null, Values

from trytond.model import ModelSQL, ModelView, fields
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.tools import grouped_slice
from trytond.transaction import Transaction

from . import reliability
from .downtime import now
from .reliability import Figures, Span, Stop

# A database takes some ten thousand values in one statement.
ROWS = 4000
SLICE = 1000
_NUMBERS = [
    'machines', 'failures', 'service', 'down', 'planned', 'availability',
    'mtbf', 'mttr']


class ReliabilityContext(ModelView):
    __name__ = 'maintenance.reliability.context'

    company = fields.Many2One(
        'company.company', "Company", required=True,
        help="The company which attends the machines.")
    from_date = fields.Date(
        "From", required=True,
        help="The first day of the period.")
    to_date = fields.Date(
        "To", required=True,
        domain=[
            ('to_date', '>=', Eval('from_date', None)),
            ],
        help="The last day of the period.")

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_from_date(cls):
        context = Transaction().context
        return (
            context.get('from_date')
            or cls.default_to_date() - relativedelta(years=1, days=-1))

    @classmethod
    def default_to_date(cls):
        pool = Pool()
        Date = pool.get('ir.date')
        return Transaction().context.get('to_date') or Date.today()


class Gathered:
    "What the engine needs to know of the machines of a company"

    def __init__(self):
        pool = Pool()
        Company = pool.get('company.company')
        Context = pool.get('maintenance.reliability.context')

        context = Transaction().context
        self.company = context.get('company')
        company = Company(self.company) if self.company else None
        self.zone = ZoneInfo(company and company.timezone or 'UTC')
        self.now = now()
        self.period = Span(
            self.midnight(
                context.get('from_date') or Context.default_from_date()),
            self.midnight((
                    context.get('to_date') or Context.default_to_date())
                + dt.timedelta(days=1)))

    def midnight(self, date):
        "Return the UTC time at which the day begins at the company"
        if isinstance(date, str):
            date = dt.date.fromisoformat(date)
        if date is None:
            return None
        return dt.datetime.combine(date, dt.time(), self.zone).astimezone(
            dt.timezone.utc).replace(tzinfo=None)

    def stops(self):
        "Return by machine when it stood still in the period"
        pool = Pool()
        Downtime = pool.get('maintenance.downtime')
        Equipment = pool.get('maintenance.equipment')

        downtime = Downtime.__table__()
        equipment = Equipment.__table__()
        cursor = Transaction().connection.cursor()
        cursor.execute(*downtime.join(
                equipment, condition=downtime.equipment == equipment.id
                ).select(
                downtime.equipment, downtime.start, downtime.end,
                downtime.planned,
                where=(equipment.company == self.company)
                & (downtime.start < self.period.end)
                & ((downtime.end == Null)
                    | (downtime.end > self.period.start))))
        found = defaultdict(list)
        for id_, start, end, planned in cursor:
            found[id_].append(Stop(start, end, bool(planned)))
        return found

    def stays(self, ids=None):
        "Return by machine when it was in service somewhere"
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')
        Placement = pool.get('maintenance.equipment.placement')

        equipment = Equipment.__table__()
        placement = Placement.__table__()
        cursor = Transaction().connection.cursor()
        found = defaultdict(list)
        for sub_ids in [None] if ids is None else grouped_slice(
                list(ids), SLICE):
            where = (
                (equipment.company == self.company)
                & ~equipment.state.in_(['draft', 'cancelled']))
            if sub_ids is not None:
                where &= fields.SQL_OPERATORS['in'](
                    equipment.id, list(sub_ids))
            cursor.execute(*equipment.join(
                    placement,
                    condition=placement.equipment == equipment.id
                    ).select(
                    equipment.id, placement.from_date, placement.to_date,
                    equipment.commissioned_date, equipment.retired_date,
                    where=where))
            for id_, from_date, to_date, commissioned, retired in cursor:
                if commissioned:
                    from_date = max(from_date, commissioned)
                if retired:
                    to_date = min(to_date or retired, retired)
                if to_date is None or from_date < to_date:
                    found[id_].append(Span(
                            self.midnight(from_date), self.midnight(to_date)))
        return found

    def figures(self, stays, stops):
        return reliability.figures(stays, stops, self.period, self.now)


class ReliabilityMixin:
    "Rows that the engine computes, as if they were those of a table"
    __slots__ = ()

    company = fields.Many2One(
        'company.company', "Company",
        help="The company which attends the machines.")
    machines = fields.Integer(
        "Machines",
        help="How many were in service in the period.")
    failures = fields.Integer(
        "Failures",
        help="How often one stopped in the period without it being planned.")
    service = fields.Float(
        "In Service (h)", digits=(None, 1),
        help="The hours in service.")
    down = fields.Float(
        "Down (h)", digits=(None, 1),
        help="The hours of the failures.")
    planned = fields.Float(
        "Planned Stops (h)", digits=(None, 1),
        help="The hours stopped on purpose.")
    availability = fields.Float(
        "Availability", digits=(None, 4),
        help="The share of the time in which they could work, without the "
        "planned stops.")
    mtbf = fields.Float(
        "MTBF (h)", digits=(None, 1),
        help="The mean time between failures. Empty without failures.")
    mttr = fields.Float(
        "MTTR (h)", digits=(None, 1),
        help="The mean time to repair. Empty without failures.")

    # What tells one row from another.
    _key = []

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [
            ('down', 'DESC'),
            ('id', 'ASC'),
            ]

    @classmethod
    def table_query(cls):
        columns = ['id', *cls._key, 'company', *_NUMBERS]
        gathered = Gathered()
        rows = cls._rows(gathered) if gathered.company else []
        rows = sorted(
            rows, key=lambda row: (-row[1].down, str(row[0])))[:ROWS]
        values = Values([[
                    i, *key, gathered.company, f.machines, f.failures,
                    *(round(reliability.hours(v), 2) for v in [
                            f.service, f.down, f.planned]),
                    f.availability, f.mtbf, f.mttr,
                    ] for i, (key, f) in enumerate(
                    # A statement needs a row to know its columns.
                    rows or [([None] * len(cls._key), Figures())], 1)])
        return values.select(
            *(cls._cast(Column(values, f'column{i}'), name).as_(name)
                for i, name in enumerate(columns, 1)),
            where=Literal(bool(rows)))

    @classmethod
    def _cast(cls, column, name):
        field = cls._fields[name]
        return Cast(column, field.sql_type().base)

    @classmethod
    def _rows(cls, gathered):
        "Return pairs of key and figures"
        return cls._sums(gathered, cls._key)

    @classmethod
    def _sums(cls, gathered, columns):
        "Return the figures of all machines by the columns of their table"
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')

        equipment = Equipment.__table__()
        cursor = Transaction().connection.cursor()
        cursor.execute(*equipment.select(
                equipment.id, *(Column(equipment, c) for c in columns),
                where=equipment.company == gathered.company))
        keys = {id_: tuple(key) for id_, *key in cursor}
        stops = gathered.stops()
        sums = defaultdict(Figures)
        for id_, stays in gathered.stays().items():
            found = gathered.figures(stays, stops.get(id_, []))
            if found.machines:
                sums[keys[id_]] += found
        return list(sums.items())


class EquipmentReliability(ReliabilityMixin, ModelSQL, ModelView):
    "The machines which stood still in the period"
    __name__ = 'maintenance.equipment.reliability'

    equipment = fields.Many2One(
        'maintenance.equipment', "Equipment", required=True,
        help="The machine which stood still.")
    equipment_number = fields.Function(
        fields.Char(
            "Number",
            help="The number of the machine: short enough for a graph."),
        'on_change_with_equipment_number')
    category = fields.Function(
        fields.Many2One(
            'maintenance.equipment.category', "Category",
            help="What kind of machine it is."),
        'get_category', searcher='search_category')
    _key = ['equipment']

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('equipment')

    @classmethod
    def _rows(cls, gathered):
        stops = gathered.stops()
        return [
            ((id_,), found)
            for id_, stays in gathered.stays(stops).items()
            if (found := gathered.figures(stays, stops[id_])).machines]

    @fields.depends('equipment')
    def on_change_with_equipment_number(self, name=None):
        return self.equipment.number if self.equipment else None

    def get_category(self, name):
        category = self.equipment.category
        return category.id if category else None

    @classmethod
    def search_category(cls, name, clause):
        return [('equipment.' + clause[0],) + tuple(clause[1:])]

    def get_rec_name(self, name):
        return self.equipment.rec_name

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('equipment.rec_name',) + tuple(clause[1:])]


class ModelReliability(ReliabilityMixin, ModelSQL, ModelView):
    "The machines of a manufacturer's model"
    __name__ = 'maintenance.equipment.reliability.model'

    manufacturer = fields.Char(
        "Manufacturer",
        help="Who made the machines.")
    model = fields.Char(
        "Model",
        help="The manufacturer's name of the type.")
    _key = ['manufacturer', 'model']

    def get_rec_name(self, name):
        return ' '.join(filter(None, [self.manufacturer, self.model]))

    @classmethod
    def search_rec_name(cls, name, clause):
        return ['OR',
            ('manufacturer',) + tuple(clause[1:]),
            ('model',) + tuple(clause[1:]),
            ]


class CategoryReliability(ReliabilityMixin, ModelSQL, ModelView):
    "The machines of a category"
    __name__ = 'maintenance.equipment.reliability.category'

    category = fields.Many2One(
        'maintenance.equipment.category', "Category",
        help="What kind of machines they are.")
    _key = ['category']

    def get_rec_name(self, name):
        return self.category.rec_name if self.category else ''

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('category.rec_name',) + tuple(clause[1:])]

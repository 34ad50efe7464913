# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""How many machines there are, as lists and graphs."""
from sql import Literal, Null
from sql.aggregate import Max, Sum
from sql.conditionals import Case, Coalesce
from sql.functions import DateTrunc

from trytond.model import ModelSQL, ModelView, fields
from trytond.pool import Pool, PoolMeta


class Equipment(metaclass=PoolMeta):
    __name__ = 'maintenance.equipment'

    @classmethod
    def contracted(cls, date):
        """Return the query of the ids of what a contract covers on the date

        None as long as no module knows of contracts.
        """
        return None


class CategoryNumber(ModelSQL, ModelView):
    "How many machines of a category there are now"
    __name__ = 'maintenance.equipment.number'

    company = fields.Many2One(
        'company.company', "Company",
        help="The company which attends the machines.")
    category = fields.Many2One(
        'maintenance.equipment.category', "Category",
        help="What kind of machines they are.")
    in_service = fields.Integer(
        "In Service",
        help="How many units are in service.")
    out_of_service = fields.Integer(
        "Out of Service",
        help="How many units are out of service.")
    without_contract = fields.Integer(
        "Without Contract",
        help="How many units in service no contract covers today.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [
            ('in_service', 'DESC'),
            ('id', 'ASC'),
            ]

    @classmethod
    def table_query(cls):
        pool = Pool()
        Date = pool.get('ir.date')
        Equipment = pool.get('maintenance.equipment')

        equipment = Equipment.__table__()
        contracted = Equipment.contracted(Date.today())

        def count(condition):
            return Coalesce(
                Sum(Case((condition, equipment.quantity), else_=0)), 0)

        in_service = equipment.state == 'in_service'
        without = (
            Literal(None) if contracted is None
            else count(in_service & ~equipment.id.in_(contracted)))
        return equipment.select(
            Max(equipment.id).as_('id'),
            equipment.company.as_('company'),
            equipment.category.as_('category'),
            cls.in_service.sql_cast(count(in_service)).as_('in_service'),
            cls.out_of_service.sql_cast(
                count(equipment.state == 'out_of_service')
                ).as_('out_of_service'),
            cls.without_contract.sql_cast(without).as_('without_contract'),
            where=equipment.state.in_(['in_service', 'out_of_service']),
            group_by=[equipment.company, equipment.category])

    def get_rec_name(self, name):
        return self.category.rec_name if self.category else ''

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('category.rec_name',) + tuple(clause[1:])]


class MonthMixin:
    __slots__ = ()

    company = fields.Many2One(
        'company.company', "Company",
        help="The company which attends the machines.")
    month = fields.Date(
        "Month",
        help="The first day of the month.")
    number = fields.Integer(
        "Number",
        help="How many there are in the month.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [
            ('month', 'DESC'),
            ('id', 'ASC'),
            ]

    @classmethod
    def _month(cls, column):
        return cls.month.sql_cast(DateTrunc('month', column))

    @classmethod
    def _sum(cls, query):
        "Return the query of the numbers by company and month"
        # PostgreSQL takes two expressions with parameters for different ones:
        # the month must have a name before it is grouped by.
        return query.select(
            Max(query.id).as_('id'),
            query.company,
            query.month,
            cls.number.sql_cast(Sum(query.quantity)).as_('number'),
            group_by=[query.company, query.month])

    def get_rec_name(self, name):
        return self.month.strftime('%Y-%m') if self.month else ''


class MonthAdded(MonthMixin, ModelSQL, ModelView):
    "How many machines began to serve in a month"
    __name__ = 'maintenance.equipment.added'

    @classmethod
    def table_query(cls):
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')

        equipment = Equipment.__table__()
        return cls._sum(equipment.select(
                equipment.id, equipment.company,
                cls._month(equipment.commissioned_date).as_('month'),
                equipment.quantity,
                where=(equipment.commissioned_date != Null)
                & ~equipment.state.in_(['draft', 'cancelled'])))


class MonthWarranty(MonthMixin, ModelSQL, ModelView):
    "How many warranties end in a month"
    __name__ = 'maintenance.warranty.ending'

    @classmethod
    def table_query(cls):
        pool = Pool()
        Date = pool.get('ir.date')
        Equipment = pool.get('maintenance.equipment')
        Warranty = pool.get('maintenance.warranty')

        equipment = Equipment.__table__()
        warranty = Warranty.__table__()
        end_date = Warranty._end_date_column(warranty)
        return cls._sum(warranty.join(
                equipment, condition=warranty.equipment == equipment.id
                ).select(
                warranty.id, equipment.company,
                cls._month(end_date).as_('month'),
                Literal(1).as_('quantity'),
                where=(end_date >= Date.today())
                & equipment.state.in_(['in_service', 'out_of_service'])))

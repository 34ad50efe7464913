# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.model import ModelSQL, ModelView, fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Date, Eval, If
from trytond.transaction import check_access, without_check_access

from .union import UnionMixin


class Upcoming(UnionMixin, ModelSQL, ModelView):
    "What comes next at a site, told by the records of others"
    __name__ = 'maintenance.upcoming'

    site = fields.Many2One(
        'maintenance.site', "Site",
        help="Where it is to be done, or what it is about stands.")
    equipment = fields.Many2One(
        'maintenance.equipment', "Equipment",
        help="What it concerns, if it is one machine.")
    date = fields.Date(
        "Date",
        help="When it is due.")
    _told = ('site', 'equipment', 'date', 'text')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [
            ('date', 'ASC'),
            ('id', 'ASC'),
            ]

    @classmethod
    def sources(cls):
        return {
            **super().sources(),
            'maintenance.warranty': cls._warranties,
            }

    @classmethod
    def in_words(cls):
        return {
            **super().in_words(),
            'maintenance.warranty': 'summary',
            }

    @classmethod
    def _warranties(cls, table):
        pool = Pool()
        Date_ = pool.get('ir.date')
        Placement = pool.get('maintenance.equipment.placement')
        Warranty = pool.get('maintenance.warranty')
        placement = Placement.__table__()
        from_ = table.join(placement, condition=(
                (placement.equipment == table.equipment)
                & Placement.current(placement)))
        end = Warranty._end_date_column(table)
        return (
            from_, table.id, placement.site, table.equipment, end,
            table.exclusions, end >= Date_.today())

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual', If(
                    Eval('date', Date()) < Date(), 'danger',
                    If(Eval('date', Date()) <= Date(delta_days=7),
                        'warning', ''))),
            ]


class Site(metaclass=PoolMeta):
    __name__ = 'maintenance.site'

    upcoming = fields.Function(
        fields.Many2Many(
            'maintenance.upcoming', None, None, "Next Dates",
            help="What is due here and in what belongs to the site."),
        'get_upcoming')
    documents = fields.One2Many(
        'ir.attachment', 'resource', "Documents",
        help="Plans, permits and whatever else is kept about the site.")

    @classmethod
    @check_access
    def get_upcoming(cls, sites, name):
        pool = Pool()
        Upcoming = pool.get('maintenance.upcoming')
        result = {s.id: [] for s in sites}
        rows = Upcoming.search([
                ('site', 'child_of', list(result), 'parent')])
        # What is inside may lead to sites which nobody asked for.
        with without_check_access():
            for row in Upcoming.browse(rows):
                site = row.site
                while site:
                    if site.id in result:
                        result[site.id].append(row.id)
                    site = site.parent
        return result

    @classmethod
    def copy(cls, sites, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('documents')
        return super().copy(sites, default=default)


class Equipment(metaclass=PoolMeta):
    __name__ = 'maintenance.equipment'

    upcoming = fields.Function(
        fields.Many2Many(
            'maintenance.upcoming', None, None, "Next Dates",
            help="What is due for the equipment."),
        'get_upcoming')

    @classmethod
    @check_access
    def get_upcoming(cls, equipments, name):
        pool = Pool()
        Upcoming = pool.get('maintenance.upcoming')
        result = {e.id: [] for e in equipments}
        for row in Upcoming.search([('equipment', 'in', list(result))]):
            result[row.equipment.id].append(row.id)
        return result

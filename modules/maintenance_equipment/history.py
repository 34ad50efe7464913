# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from sql import Cast
from sql.operators import Concat

from trytond.model import ModelSQL, ModelView, fields
from trytond.pool import Pool, PoolMeta
from trytond.transaction import check_access

from .union import UnionMixin


class History(UnionMixin, ModelSQL, ModelView):
    "All that happened to the equipment, told by the records of others"
    __name__ = 'maintenance.equipment.history'

    equipment = fields.Many2One(
        'maintenance.equipment', "Equipment", required=True,
        help="What it happened to.")
    date = fields.Date(
        "Date",
        help="When it happened.")
    _told = ('equipment', 'date', 'text')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('equipment')
        cls._order = [
            ('date', 'DESC'),
            ('id', 'DESC'),
            ]

    @classmethod
    def sources(cls):
        return {
            **super().sources(),
            'maintenance.equipment.placement': cls._placements,
            'maintenance.meter.reading': cls._readings,
            'maintenance.warranty': cls._warranties,
            'maintenance.downtime': cls._downtimes,
            }

    @classmethod
    def in_words(cls):
        return {
            **super().in_words(),
            'maintenance.warranty': 'summary',
            }

    @classmethod
    def _placements(cls, table):
        pool = Pool()
        Site = pool.get('maintenance.site')
        site = Site.__table__()
        from_ = table.join(site, condition=table.site == site.id)
        return (
            from_, table.id, table.equipment, table.from_date, site.name, None)

    @classmethod
    def _readings(cls, table):
        pool = Pool()
        Meter = pool.get('maintenance.meter')
        meter = Meter.__table__()
        from_ = table.join(meter, condition=table.meter == meter.id)
        detail = Concat(
            Concat(meter.name, ': '), Cast(table.value, 'VARCHAR'))
        return (
            from_, table.id, meter.equipment, table.when, detail,
            table.state == 'valid')

    @classmethod
    def _warranties(cls, table):
        return (
            table, table.id, table.equipment, table.start_date,
            table.exclusions, None)

    @classmethod
    def _downtimes(cls, table):
        return (
            table, table.id, table.equipment, table.start, table.reason, None)


class Equipment(metaclass=PoolMeta):
    __name__ = 'maintenance.equipment'

    history = fields.Function(
        fields.Many2Many(
            'maintenance.equipment.history', None, None, "History",
            help="All that happened to it, the last first."),
        'get_history')

    @classmethod
    @check_access
    def get_history(cls, equipments, name):
        pool = Pool()
        History = pool.get('maintenance.equipment.history')
        result = {e.id: [] for e in equipments}
        for row in History.search([('equipment', 'in', list(result))]):
            result[row.equipment.id].append(row.id)
        return result

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from collections import defaultdict

from sql import Null

from trytond.i18n import gettext
from trytond.model import fields
from trytond.pool import Pool, PoolMeta
from trytond.tools import grouped_slice
from trytond.transaction import Transaction, without_check_access

from .exceptions import PlacementPointWarning
from .warning_key import warning_key

CHUNK = 500


class PointMixin:
    """Ask when a unit comes to a point where another hangs

    A point holds one unit of its own at a time.  What is lent there while
    the unit is away does not count, nor do the components of the unit.
    """
    __slots__ = ()

    @classmethod
    def check_points(cls, placements, field_names=None):
        pool = Pool()
        Warning = pool.get('res.user.warning')

        # Who ends a stay brings nothing to the point.
        if field_names and not (
                field_names & {'equipment', 'site', 'role', 'from_date'}):
            return
        if Transaction().context.get('_points_checked'):
            return
        found = cls.find_shared(placements)
        if not found:
            return
        key = warning_key('placement_point', [
                value for placement, other in found for value in [
                    placement.site, other.equipment, placement.equipment.name,
                    placement.equipment.serial]])
        if Warning.check(key):
            raise PlacementPointWarning(
                key, "\n".join(
                    gettext(
                        'maintenance_equipment.msg_placement_point',
                        equipment=placement.equipment.rec_name,
                        site=placement.site.rec_name,
                        other=other.equipment.rec_name)
                    for placement, other in found[:5]),
                gettext('maintenance_equipment.msg_placement_point_help'))

    @classmethod
    def write(cls, *args):
        "Who stays longer meets whoever comes there later"
        before = {}
        actions = iter(args)
        for placements, values in zip(actions, actions):
            if 'to_date' in values:
                before.update(
                    (p.id, p.to_date) for p in placements if p.to_date)
        super().write(*args)
        cls.check_points([
                p for p in cls.browse(list(before))
                if not p.to_date or p.to_date > before[p.id]])

    @classmethod
    @without_check_access
    def find_shared(cls, placements):
        "Return those which share their point with another unit, with its own"
        pairs = []
        for chunk in grouped_slice(placements, CHUNK):
            pairs += cls._pairs_at_points([p.id for p in chunk])
        ids = {p.id for p in placements}
        # Of two which come together the second is asked for.
        pairs = [
            pair for pair in pairs if pair[1] not in ids or pair[0] > pair[1]]
        records = {
            p.id: p for p in cls.browse(sorted({i for p in pairs for i in p}))}
        pairs = [(records[first], records[second]) for first, second in pairs]
        there = defaultdict(set)
        for placement in records.values():
            there[placement.site].add(placement.equipment)
        found = {}
        for placement, other in pairs:
            if not (placement._comes_along(there)
                    or other._comes_along(there)):
                found.setdefault(placement, other)
        return list(found.items())

    @classmethod
    def _pairs_at_points(cls, ids):
        "Return the ids of placements at a point and of others there then"
        pool = Pool()
        Site = pool.get('maintenance.site')

        table, other = cls.__table__(), cls.__table__()
        site = Site.__table__()
        cursor = Transaction().connection.cursor()
        cursor.execute(*table.join(
                site, condition=table.site == site.id
                ).join(
                other, condition=(other.site == table.site)
                & (other.equipment != table.equipment)
                ).select(
                table.id, other.id,
                where=fields.SQL_OPERATORS['in'](table.id, ids)
                & (site.kind == 'point')
                & (table.role == 'own')
                & (other.role == 'own')
                & cls._ends_after(table, table.from_date)
                & cls._ends_after(other, other.from_date)
                & cls._ends_after(table, other.from_date)
                & cls._ends_after(other, table.from_date),
                order_by=[table.id, other.id]))
        return list(cursor)

    @classmethod
    def _ends_after(cls, table, date):
        return (table.to_date == Null) | (table.to_date > date)

    def _comes_along(self, there):
        "Return whether what the unit is part of hangs there too"
        parent = self.equipment.parent
        while parent:
            if parent in there[self.site]:
                return True
            parent = parent.parent
        return False


class Site(metaclass=PoolMeta):
    __name__ = 'maintenance.site'

    @classmethod
    def validate_fields(cls, sites, field_names):
        super().validate_fields(sites, field_names)
        cls.check_kind(sites, field_names)

    @classmethod
    def check_kind(cls, sites, field_names=None):
        "What becomes a point holds one unit, as if it came there now"
        pool = Pool()
        Date = pool.get('ir.date')
        Placement = pool.get('maintenance.equipment.placement')
        if not field_names or 'kind' not in field_names:
            return
        points = [s.id for s in sites if s.kind == 'point']
        if points:
            Placement.check_points(Placement.search([
                        ('site', 'in', points),
                        ['OR',
                            ('to_date', '=', None),
                            ('to_date', '>', Date.today()),
                            ],
                        ], order=[('id', 'ASC')]))

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from sql import Literal, Null, Union
from sql.aggregate import Min
from sql.conditionals import Case, Coalesce

from trytond.model import fields
from trytond.pool import Pool, PoolMeta
from trytond.transaction import check_access


class Site(metaclass=PoolMeta):
    __name__ = 'maintenance.site'

    contracts = fields.Function(
        fields.Many2Many(
            'service.contract', None, None, "Contracts",
            help="The contracts which serve the site, or a machine of it."),
        'get_contracts')

    @classmethod
    @check_access
    def get_contracts(cls, sites, name):
        pool = Pool()
        Contract = pool.get('service.contract')
        result = {}
        for site in sites:
            here = ('child_of', [site.id], 'parent')
            result[site.id] = [c.id for c in Contract.search([
                        ('state', 'in', ['quotation', 'running', 'closed']),
                        ['OR',
                            ('sites', *here),
                            ('lines.equipments.site', *here),
                            ('lines.equipments.equipment.site', *here),
                            ],
                        ])]
        return result


class Upcoming(metaclass=PoolMeta):
    __name__ = 'maintenance.upcoming'

    @classmethod
    def sources(cls):
        return {
            **super().sources(),
            'service.contract': cls._contracts,
            }

    @classmethod
    def _contracts(cls, table):
        """The last day of notice of what renews itself, or the end

        One row for each place where the contract serves.
        """
        pool = Pool()
        Date = pool.get('ir.date')
        Line = pool.get('service.contract.line')
        LineEquipment = pool.get('service.contract.line.equipment')
        Placement = pool.get('maintenance.equipment.placement')
        Contract_Site = pool.get('service.contract-maintenance.site')

        relation = Contract_Site.__table__()
        line = Line.__table__()
        cover = LineEquipment.__table__()
        placement = Placement.__table__()
        named = Union(
            relation.select(
                (relation.id * 2).as_('id'),
                relation.contract.as_('contract'),
                relation.site.as_('site')),
            cover
            .join(line, condition=cover.line == line.id)
            .join(placement, 'LEFT', condition=(
                    (placement.equipment == cover.equipment)
                    & Placement.current(placement)))
            .select(
                (cover.id * 2 + 1).as_('id'),
                line.contract.as_('contract'),
                Coalesce(placement.site, cover.site).as_('site')),
            all_=True)
        places = named.select(
            Min(named.id).as_('id'), named.contract, named.site,
            where=named.site != Null,
            group_by=[named.contract, named.site])
        from_ = table.join(places, condition=places.contract == table.id)
        renews = (
            (table.tacit == Literal(True)) & (table.terminated_on == Null)
            & (table.notice_days > 0)
            & (table.notice_date >= Date.today()))
        date = Case((renews, table.notice_date), else_=table.end_date)
        return (
            from_, places.id, places.site, None, date,
            table.number, (table.state == 'running') & (date != Null))

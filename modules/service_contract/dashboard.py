# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Which machines a contract covers, for the lists of the installed base."""
from sql import Null, Union

from trytond.model import fields
from trytond.pool import Pool, PoolMeta
from trytond.transaction import without_check_access


class Equipment(metaclass=PoolMeta):
    __name__ = 'maintenance.equipment'

    under_contract = fields.Function(
        fields.Boolean(
            "Under Contract",
            help="Whether a running contract covers the machine today."),
        'get_under_contract', searcher='search_under_contract')

    @classmethod
    @without_check_access
    def contracted(cls, date):
        pool = Pool()
        LineEquipment = pool.get('service.contract.line.equipment')

        covering = [
            *LineEquipment.covering(date),
            ('line.contract.state', '=', 'running'),
            ]
        table = LineEquipment.__table__()
        queries = [table.select(
                table.equipment,
                where=(table.equipment != Null)
                & table.id.in_(
                    LineEquipment.search(covering, order=[], query=True)))]
        # Some lines cover what is at a site or of a category.
        for covered in LineEquipment.search([
                    *covering, ('equipment', '=', None)]):
            domain = [('company', '=', covered.line.contract.company.id)]
            for name in ['site', 'category']:
                if target := getattr(covered, name):
                    domain.append((name, 'child_of', [target.id], 'parent'))
            queries.append(cls.search(domain, order=[], query=True))
        return queries[0] if len(queries) == 1 else Union(*queries)

    @classmethod
    def get_under_contract(cls, equipments, name):
        found = {
            e.id for e in cls.search([
                    ('id', 'in', [e.id for e in equipments]),
                    ('under_contract', '=', True),
                    ])}
        return {e.id: e.id in found for e in equipments}

    @classmethod
    def search_under_contract(cls, name, clause):
        pool = Pool()
        Date = pool.get('ir.date')
        _, operator, value = clause
        positive = bool(value) == (operator in {'=', 'in'})
        return [(
                'id', 'in' if positive else 'not in',
                cls.contracted(Date.today()))]

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Prices agreed in a contract, above those of customer and site."""
from collections import defaultdict

from trytond.model import fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval

from .case import Case, CaseLine, CaseTask


class PriceRule(metaclass=PoolMeta):
    __name__ = 'service.price.rule'

    contract = fields.Many2One(
        'service.contract', "Contract", ondelete='CASCADE',
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        states={
            'required': Eval('layer') == 'contract',
            },
        help="Only for work on what this contract covers.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.layer.selection.append(('contract', "Contract"))

    @classmethod
    def _matching(cls):
        return [*super()._matching(), 'contract']

    @classmethod
    def values_of_lines(cls, visits):
        "Return by line the contracts which cover its machine on the day"
        pool = Pool()
        Visit = pool.get('maintenance.visit')
        values = super().values_of_lines(visits)
        covers = Visit._covers(visits, paying=False)
        for visit in visits:
            contracts = defaultdict(set)
            for covered in covers.at(visit):
                contract = covered.line.contract
                from_date, to_date = covered.days
                if (not visit.date
                        or not from_date <= visit.date <= to_date
                        or covers.rests(contract, visit.date)):
                    continue
                for line in visit.lines:
                    equipment = line.the_equipment
                    if covers.concerns(
                            covered, equipment.id if equipment else None):
                        contracts[line.id].add(contract.id)
            for line_id, ids in contracts.items():
                values.setdefault(line_id, {})['contract'] = frozenset(ids)
        return values

    @classmethod
    def values_of_case(
            cls, company, date, party=None, site=None, equipment=None,
            line_kind=None, task_kind=None, **values):
        result = super().values_of_case(
            company, date, party=party, site=site, equipment=equipment,
            line_kind=line_kind, task_kind=task_kind, **values)
        case = Case(
            -1, company, party, site or (equipment and equipment.site), date)
        case.lines.append(CaseLine(
                -1, line_kind, CaseTask(task_kind), equipment, visit=case))
        return {**result, **cls.values_of_lines([case]).get(-1, {})}

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The running contracts that may pay the lines of visits."""
from collections import defaultdict
from dataclasses import replace
from decimal import Decimal

from trytond.modules.maintenance_order.decision import (
    PRIORITY_CONTRACT, Candidate, Line)
from trytond.pool import Pool, PoolMeta
from trytond.tools import grouped_slice


class Visit(metaclass=PoolMeta):
    __name__ = 'maintenance.visit'

    @classmethod
    def _decision_candidates(cls, visits):
        candidates = super()._decision_candidates(visits)
        for visit_id, found in cls._contract_candidates(visits).items():
            candidates.setdefault(visit_id, []).extend(found)
        return candidates

    @classmethod
    def _contract_candidates(cls, visits):
        """Return by visit id the rules of the contracts that cover its lines

        A line is given to the first rule of a contract line that takes it. To
        the others it is given only if no rule takes it, so that the trace
        tells what each of them rejected.
        """
        covers = _Covers(visits)
        candidates = defaultdict(list)
        for visit in visits:
            if not visit.date:
                continue
            lines = [_line(visit, line) for line in visit.lines]
            for covered, rules in covers.of(visit):
                concerned = [
                    line for line in lines
                    if covers.concerns(covered, visit, line)]
                if not concerned:
                    continue
                taken = defaultdict(set)
                for line in concerned:
                    for index, rule in enumerate(rules):
                        if rule.concerns(line) and not rule.reject(line):
                            taken[index].add(line.id)
                            break
                    else:
                        for index in range(len(rules)):
                            taken[index].add(line.id)
                for index, ids in taken.items():
                    candidates[visit.id].append(
                        replace(rules[index], lines=frozenset(ids)))
        return candidates


class VisitShare(metaclass=PoolMeta):
    __name__ = 'maintenance.visit.share'

    @classmethod
    def _get_source(cls):
        return super()._get_source() + ['service.contract.line']


class _Covers:
    """What contracts cover of the machines and sites of some visits

    Everything is read at once: the number of queries does not depend on how
    many visits there are.
    """

    def __init__(self, visits):
        self.parents = {}
        equipments = {
            line.the_equipment for visit in visits for line in visit.lines
            if line.the_equipment}
        sites = {visit.site for visit in visits if visit.site}
        self.equipments = self._with_parents(equipments)
        self.sites = self._with_parents(sites)
        self.categories = self._with_parents(
            {e.category for e in equipments if e.category})
        self.category_of = {
            e.id: e.category.id for e in equipments if e.category}
        companies = {visit.company.id for visit in visits}
        self.covered = self._search(companies)
        self.rules = {}
        self.children = {}
        self._read_rules()

    def _with_parents(self, records):
        "Return the ids above each record, itself included"
        result = {}
        for record in records:
            ids = []
            above = record
            while above:
                ids.append(above.id)
                above = above.parent
            result[record.id] = ids
        return result

    def _search(self, companies):
        pool = Pool()
        LineEquipment = pool.get('service.contract.line.equipment')
        covered = []
        running = [
            ('line.contract.company', 'in', list(companies)),
            ('line.contract.state', 'in', ['running', 'closed']),
            ('line.coverage', '!=', None),
            ]
        for name, above in [
                ('equipment', self.equipments), ('site', self.sites)]:
            ids = {id_ for found in above.values() for id_ in found}
            for sub_ids in grouped_slice(sorted(ids), 500):
                domain = [running, (name, 'in', list(sub_ids))]
                if name == 'site':
                    domain.append(('equipment', '=', None))
                covered.extend(LineEquipment.search(domain))
        ids = {id_ for found in self.categories.values() for id_ in found}
        for sub_ids in grouped_slice(sorted(ids), 500):
            covered.extend(LineEquipment.search([
                        running,
                        ('equipment', '=', None),
                        ('site', '=', None),
                        ('category', 'in', list(sub_ids)),
                        ]))
        return covered

    def _read_rules(self):
        pool = Pool()
        Category = pool.get('product.category')
        for covered in self.covered:
            coverage = covered.line.coverage
            if coverage.id not in self.rules:
                self.rules[coverage.id] = sorted(
                    coverage.rules, key=lambda r: -r.specificity)
        wanted = {
            r.product_category.id for rules in self.rules.values()
            for r in rules if r.product_category}
        for id_ in wanted:
            self.children[id_] = {id_}
        # The categories below are few: a product names only its own.
        if wanted:
            for category in Category.search([
                        ('parent', 'child_of', sorted(wanted), 'parent'),
                        ]):
                above = category
                while above:
                    if above.id in wanted:
                        self.children[above.id].add(category.id)
                    above = above.parent

    def of(self, visit):
        "Return what is covered at the visit, with its rules as candidates"
        sites = set(self.sites.get(visit.site.id, []) if visit.site else [])
        for covered in self.covered:
            contract = covered.line.contract
            if (contract.company != visit.company
                    or covered.site and covered.site.id not in sites
                    or not covered.equipment and contract.sites
                    and not sites & {s.id for s in contract.sites}):
                continue
            if (not covered.equipment and not covered.site
                    and visit.party != contract.party):
                # A category without place is of the customer's machines.
                continue
            from_date, to_date = covered.days
            candidate = Candidate(
                'contract', source=str(covered.line),
                label=f'{contract.number} {covered.line.coverage.name}',
                priority=PRIORITY_CONTRACT, unit_price=Decimal(0),
                from_date=from_date, to_date=to_date)
            yield covered, [
                self._candidate(rule, candidate)
                for rule in self.rules[covered.line.coverage.id]]

    def _candidate(self, rule, candidate):
        equipments = frozenset()
        if rule.equipment_category:
            equipments = frozenset(
                id_ for id_, category in self.category_of.items()
                if rule.equipment_category.id in self.categories[category]
                ) or frozenset([-1])
        categories = frozenset()
        if rule.product_category:
            categories = frozenset(self.children[rule.product_category.id])
        return replace(
            candidate,
            percentage=rule.percentage,
            equipments=equipments,
            task_kinds=frozenset(
                [rule.task_kind] if rule.task_kind else []),
            line_kinds=frozenset(
                [rule.line_kind] if rule.line_kind else []),
            categories=categories)

    def concerns(self, covered, visit, line):
        "Whether the line of the visit is work on what is covered"
        if covered.equipment:
            # Components are covered with their machine.
            return covered.equipment.id in self.equipments.get(
                line.equipment, [])
        if covered.category:
            category = self.category_of.get(line.equipment)
            return covered.category.id in self.categories.get(category, [])
        return True


def _line(visit, line):
    "What the rules need to know of a line"
    task = line.the_task
    equipment = line.the_equipment
    product = line.product
    return Line(
        id=line.id,
        visit=visit.id,
        kind=line.kind,
        date=visit.date,
        quantity=Decimal(str(line.quantity)),
        list_price=None,
        customer=None,
        task=task.id if task else None,
        task_kind=task.kind if task else None,
        equipment=equipment.id if equipment else None,
        product=product.id if product else None,
        categories=frozenset(
            c.id for c in product.categories_all) if product
        else frozenset())

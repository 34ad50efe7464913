# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The running contracts that may pay the lines of visits."""
import datetime as dt
from collections import defaultdict
from dataclasses import replace
from decimal import Decimal

from trytond.modules.maintenance_order.decision import (
    PRIORITY_CONTRACT, Candidate, Line)
from trytond.pool import Pool, PoolMeta
from trytond.tools import grouped_slice
from trytond.transaction import Transaction

from . import allowance

MEASURES = {
    'count': 'visit',
    'hours': 'quantity',
    'amount': 'amount',
    }
# The rule of a contract answers by its priority, then by what it names.
STEP = 10
ONE = Decimal(1)


class Visit(metaclass=PoolMeta):
    __name__ = 'maintenance.visit'

    @classmethod
    def decide(cls, visits, state='preview'):
        pool = Pool()
        Rule = pool.get('service.contract.coverage.rule')
        groups = [visits]
        if len(visits) > 1 and Rule.search([
                    ('limit', '!=', None),
                    ('limit_period', '=', 'rolling'),
                    ], limit=1):
            # The months up to each visit are others: one after the other.
            groups = [[v] for v in sorted(
                    cls.browse(visits), key=lambda v: (
                        v.company.id, str(v.date or ''), v.id))]
        with Transaction().set_context(_coverage_state=state):
            for group in groups:
                super().decide(group, state=state)

    @classmethod
    def _decision_candidates(cls, visits):
        candidates = super()._decision_candidates(visits)
        for visit_id, found in cls._contract_candidates(visits).items():
            candidates.setdefault(visit_id, []).extend(found)
        return candidates

    @classmethod
    def _covers(cls, visits, paying=True):
        "Return what contracts cover, without paying also what pays nothing"
        return _Covers(visits, paying=paying)

    @classmethod
    def _contract_candidates(cls, visits):
        """Return by visit id the rules of the contracts that cover its lines

        A line is given to the first rule of a contract line that takes it,
        and to those after it when that has a limit which may be used up. To
        the others it is given only if no rule takes it, so that the trace
        tells what each of them rejected.
        """
        covers = cls._covers(visits)
        candidates = defaultdict(list)
        for visit in visits:
            if not visit.date:
                continue
            lines = [(line, _line(visit, line)) for line in visit.lines]
            for covered, rules in covers.of(visit):
                taken = defaultdict(set)
                for record, line in lines:
                    if not covers.concerns(covered, line.equipment):
                        continue
                    found = list(covers.answers(rules, visit, record, line))
                    if not found:
                        found = [
                            (index, candidate)
                            for index, (_, candidate) in enumerate(rules)
                            if candidate.reject(line)]
                    for answer in found:
                        taken[answer].add(line.id)
                for index, candidate in sorted(taken, key=lambda t: t[0]):
                    candidates[visit.id].append(replace(
                            candidate,
                            lines=frozenset(taken[index, candidate])))
        return candidates


class VisitShare(metaclass=PoolMeta):
    __name__ = 'maintenance.visit.share'

    @classmethod
    def _get_source(cls):
        return super()._get_source() + [
            'service.contract.line', 'service.contract.line.counter']

    @classmethod
    def _source_party(cls, record):
        if record.__name__ == 'service.contract.line':
            return record.contract.party
        if record.__name__ == 'service.contract.line.counter':
            return record.line.contract.party
        return super()._source_party(record)


class _Covers:
    """What contracts cover of the machines and sites of some visits

    Everything is read at once: the number of queries does not depend on how
    many visits there are.
    """

    def __init__(self, visits, paying=True):
        self.paying = paying
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
        self.gathered = {}
        self.children = {}
        self._read_rules()
        self._read_suspensions()
        self._read_counters(visits)

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
            ]
        if self.paying:
            running.append(('line.coverage', '!=', None))
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
            if coverage and coverage.id not in self.rules:
                self.rules[coverage.id] = sorted(
                    coverage.rules, key=lambda r: r.rank)
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

    def _read_suspensions(self):
        pool = Pool()
        Suspension = pool.get('service.contract.suspension')
        self.suspensions = defaultdict(list)
        contracts = sorted({c.line.contract.id for c in self.covered})
        for sub_contracts in grouped_slice(contracts, 500):
            for suspension in Suspension.search([
                        ('contract', 'in', list(sub_contracts)),
                        ('keeps_coverage', '=', False),
                        ]):
                self.suspensions[suspension.contract.id].append(suspension)

    def _read_counters(self, visits):
        """Read what is left of what is included

        When it is decided for good nobody else may use it up meanwhile.
        """
        pool = Pool()
        Counter = pool.get('service.contract.line.counter')
        lines = sorted({
                c.line.id for c in self.covered
                if self.paying and any(
                    r.limit is not None
                    for r in self.rules[c.line.coverage.id])})
        counters = []
        for sub_lines in grouped_slice(lines, 500):
            counters += Counter.search([
                    ('line', 'in', list(sub_lines)),
                    ('rule.limit', '!=', None),
                    ])
        self.counters = {(c.line.id, c.rule.id): c for c in counters}
        for_good = (
            Transaction().context.get('_coverage_state') == 'decided'
            or any(v.state == 'posted' for v in visits))
        if counters and for_good:
            Counter.hold(counters)
        self.uses = Counter.uses(counters, visits=[
                v for v in visits if v.id >= 0]) if counters else {}

    def of(self, visit):
        "Yield what is covered at the visit, its rules with their candidates"
        sites = self._above(visit)
        for covered in self.at(visit):
            contract = covered.line.contract
            from_date, to_date = covered.days
            if suspension := self.rests(contract, visit.date):
                to_date = suspension.from_date - dt.timedelta(days=1)
            candidate = Candidate(
                'contract', source=str(covered.line),
                label=f'{contract.number} {covered.line.coverage.name}',
                priority=PRIORITY_CONTRACT, unit_price=Decimal(0),
                from_date=from_date, to_date=to_date)
            yield covered, [
                (rule, self._candidate(rule, candidate, covered, visit))
                for rule in self.rules[covered.line.coverage.id]
                if not rule.site or rule.site.id in sites]

    def _above(self, visit):
        return set(self.sites.get(visit.site.id, []) if visit.site else [])

    def at(self, visit):
        "Return what is covered at the site of the visit, whatever the date"
        sites = self._above(visit)
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
            yield covered

    def rests(self, contract, date):
        "Return the suspension by which the contract pays nothing on the date"
        for suspension in self.suspensions.get(contract.id, []):
            if suspension.includes(date):
                return suspension
        return None

    def _candidate(self, rule, candidate, covered, visit):
        named = 2 if covered.equipment else 1 if covered.site else 0
        counter = self.counters.get((covered.line.id, rule.id))
        if rule.limit is not None and counter:
            date = visit.date
            if visit.corrects and visit.corrects.date:
                # What a correction gives back is of the day it was used.
                date = visit.corrects.date
            first, _ = allowance.window(counter.allowance, date)
            candidate = replace(
                candidate, source=str(counter),
                limit=counter.left_on(date, self.uses[counter.id]),
                measure=MEASURES[rule.limit_measure],
                counter=f'{counter}@{first.isoformat()}')
        if rule.price_source == 'fixed':
            candidate = replace(candidate, unit_price=rule.unit_price)
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
            priority=(
                PRIORITY_CONTRACT + STEP * rule.priority
                + max(0, STEP - 1 - rule.specificity - named)),
            percentage=rule.percentage,
            equipments=equipments,
            task_kinds=frozenset(
                [rule.task_kind] if rule.task_kind else []),
            line_kinds=frozenset(
                [rule.line_kind] if rule.line_kind else []),
            categories=categories)

    def answers(self, rules, visit, record, line):
        """Yield index and candidate of the rules which pay the line

        A rule may be for some hours of the line only, as those of a band: the
        others are left to the next rules.
        """
        if not rules:
            return
        hours = rules[0][0].hours_of(
            [rule for rule, _ in rules], visit, record, self.gathered)
        outside = dict(hours)
        for index, (rule, candidate) in enumerate(rules):
            if not candidate.concerns(line) or candidate.reject(line):
                continue
            named = rule.hours_within(outside)
            if not named:
                continue
            candidate = rule.answer(candidate, visit, record, self.gathered)
            if candidate is None:
                continue
            if len(named) < len(hours):
                candidate = replace(candidate, parts=tuple(named.items()))
            yield index, candidate
            if rule.limit is not None and candidate.percentage == ONE:
                # It may be used up.
                continue
            for name in named:
                del outside[name]
            if not outside:
                break

    def concerns(self, covered, equipment):
        "Whether work on the machine is work on what is covered"
        if covered.equipment:
            # Components are covered with their machine.
            return covered.equipment.id in self.equipments.get(
                equipment, [])
        if covered.category:
            category = self.category_of.get(equipment)
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

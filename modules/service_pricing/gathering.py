# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Ask the tariff for the lines of visits, in few queries."""
import datetime as dt
from collections import Counter, defaultdict
from dataclasses import replace
from decimal import Decimal
from functools import cached_property

from trytond.modules.maintenance_order.visit_line import TIME_KINDS
from trytond.modules.product import round_price
from trytond.pool import Pool
from trytond.transaction import Transaction

from . import call_out_price
from .pricing import Case, charged_part
from .time_split import split

ZERO = Decimal(0)
ONE = Decimal(1)
# What is charged by the hour at which it happened.
HOURLY = frozenset([
        'work', 'remote', 'wait', 'travel', 'call_out', 'distance'])


class Circumstances:
    "When and where a company works: hours, holidays, trips"

    def __init__(self, company):
        self.company = company
        self._holidays = {}
        self._trips = {}

    @cached_property
    def windows(self):
        pool = Pool()
        Band = pool.get('service.time.band')
        return Band.windows_of(self.company)

    def holidays(self, year):
        pool = Pool()
        Holiday = pool.get('maintenance.holiday')
        if year not in self._holidays:
            self._holidays[year] = frozenset(Holiday.at_company(
                    self.company, [year - 1, year, year + 1]))
        return self._holidays[year]

    def bands(self, start, end):
        "Return the bands from start to end with their part of the time"
        if not start or not end or end <= start or not self.windows:
            return [(None, ONE)]
        whole = (end - start).total_seconds()
        parts = defaultdict(float)
        for band, time in split(
                start, end, self.windows, self.holidays(start.year)):
            parts[band] += time.total_seconds()
        return [
            (band, Decimal(str(seconds)) / Decimal(str(whole)))
            for band, seconds in parts.items()]

    def bands_of(self, visit, line):
        "Return the bands of the line with their part of it"
        asked = Transaction().context.get('_price_sheet')
        if asked and line.id in asked.bands:
            return [(asked.bands[line.id], ONE)]
        return self.bands(*span_of(visit, line))

    def bands_reached(self):
        "Return the bands in which somebody may work, as they are sorted"
        monday = dt.datetime(2001, 1, 1)
        sunday = monday + dt.timedelta(days=7)
        week = [
            monday.date() + dt.timedelta(days=d) for d in range(-1, 8)]
        reached = {
            band for holidays in [[], week]
            for band, _ in split(monday, sunday, self.windows, holidays)}
        order = dict.fromkeys([None, *(w.band for w in self.windows)])
        return [band for band in order if band in reached]

    def call_out(self, call_out, visit=None, site=None):
        "Return what coming costs by the formula, None if it can not be told"
        formula = call_out.to_engine()
        way = None
        if formula.kind == 'time':
            travel = site.travel_time if site else None
            if travel is not None:
                way = Decimal(str(round(travel.total_seconds() / 60, 2)))
        elif formula.kind == 'distance':
            way = self._way(visit, site, formula.sharing)
        zone = site.price_zone_used if site else None
        return call_out_price.price(formula, way, zone.id if zone else None)

    def _way(self, visit, site, sharing):
        if visit is None or sharing == 'base':
            return _from_base(site)
        # Without a team the visit is a trip of its own.
        key = visit.leader or visit, visit.date, sharing
        if key not in self._trips:
            self._trips[key] = call_out_price.share_trip([
                    call_out_price.Stop(
                        v.id, _from_base(v.site),
                        None if v.distance is None
                        else Decimal(str(v.distance)))
                    for v in self._trip(visit)], sharing)
        return self._trips[key].get(visit.id)

    def _trip(self, visit):
        "The visits of the team on the same day"
        pool = Pool()
        Visit = pool.get('maintenance.visit')
        if not visit.leader:
            return [visit]
        trip = Visit.search([
                ('company', '=', visit.company.id),
                ('leader', '=', visit.leader.id),
                ('date', '=', visit.date),
                ('state', '!=', 'cancelled'),
                ])
        return trip if visit in trip else [*trip, visit]


class Gathering(Circumstances):
    "The rules of a company, and what its visits are to them"

    def __init__(self, company):
        super().__init__(company)
        pool = Pool()
        Configuration = pool.get('service.pricing.configuration')
        PriceRule = pool.get('service.price.rule')
        (self.tariff, self.measures, self._call_outs, self.asks_roles,
            self.asks_cost) = PriceRule.tariff_of(company)
        self.price_list = Configuration(1).get_multivalue(
            'price_list', company=company.id)
        self._parents = {}

    def above(self, record):
        "Return the ids of the record and of all above it"
        if record is None:
            return frozenset()
        key = str(record)
        if key not in self._parents:
            ids = set()
            parent = record
            while parent:
                ids.add(parent.id)
                parent = parent.parent
            self._parents[key] = frozenset(ids)
        return self._parents[key]

    def values(
            self, party=None, site=None, product=None, equipment=None,
            task_kind=None, line_kind=None, order=None):
        "Return what the rules may match"
        values = {}

        def put(name, found):
            found = frozenset(f for f in found if f is not None)
            if found:
                values[name] = found
        if party:
            put('party', [party.id])
            if party.tariff_group:
                put('tariff_group', [party.tariff_group.id])
            put('activity', {
                    id_ for c in party.categories for id_ in self.above(c)})
        if site:
            put('site', self.above(site))
            if zone := site.price_zone_used:
                put('zone', [zone.id])
        if product:
            put('product', [product.id])
            categories = set()
            for category in product.categories_all:
                categories |= self.above(category)
            put('product_category', categories)
        if equipment and equipment.category:
            put('equipment_category', self.above(equipment.category))
        put('task_kind', [task_kind])
        put('line_kind', [line_kind])
        if order:
            put('order', [order.id])
        return values

    def list_price(self, product, quantity, unit, known=None):
        "Return the price on which the layers stand"
        if self.price_list and product:
            price = self.price_list.compute(
                product, quantity, unit or product.default_uom)
            if price is not None:
                return round_price(price)
        return known

    def roles(self, line):
        "Return the roles of who spent the time with their part of it"
        people = line.people if line.kind in TIME_KINDS else None
        if not self.asks_roles or not people:
            return [(None, ONE)]
        roles = Counter(
            p.price_role.id if p.price_role else None for p in people)
        return [
            (role, Decimal(number) / len(people))
            for role, number in roles.items()]

    def price(self, case, bands, roles):
        """Return unit price, last rule and steps, as bands and roles weigh

        Each band and each role is asked for its own price.
        """
        total, last, steps = ZERO, None, []
        for band, time in bands:
            if time != ONE:
                steps.append(_part_step('band', band, time))
            for role, share in roles:
                if share != ONE:
                    steps.append(_part_step('role', role, share))
                values = {
                    name: frozenset([value])
                    for name, value in [('band', band), ('role', role)]
                    if value is not None}
                found = self.tariff.price(
                    replace(case, values={**case.values, **values})
                    if values else case)
                steps.extend(
                    {'code': code, **dict(arguments)}
                    for code, arguments in found.steps)
                if found.unit_price is None:
                    return None, None, steps
                total += found.unit_price * time * share
                last = found.rule or last
        return round_price(total), last, steps

    def measure(self, steps):
        "Return the highest rule of the steps that rounds the quantity"
        pool = Pool()
        PriceRule = pool.get('service.price.rule')
        for step in reversed(steps):
            if step.get('rule') in self.measures:
                return PriceRule(step['rule'])
        return None

    def call_outs(self, visit=None, site=None):
        "Return by rule what the call-out to the visit or site costs"
        pool = Pool()
        PriceRule = pool.get('service.price.rule')
        result = {}
        for rule in PriceRule.browse(sorted(self._call_outs)):
            found = self.call_out(rule.call_out, visit, site)
            if found is not None:
                result[rule.id] = found
        return result

    def already(self, visits, line, per):
        """Return how much of the same was charged before

        By visits which are posted: what they charged stays as it is.
        """
        pool = Pool()
        Line = pool.get('maintenance.visit.line')
        visit = line.visit
        domain = [
            ('company', '=', self.company.id),
            ('visit.state', '=', 'posted'),
            ('visit', 'not in', [v.id for v in visits]),
            ('kind', '=', line.kind),
            ('product', '=', line.product.id if line.product else None),
            ]
        if per == 'order':
            task = line.the_task
            if not task:
                return []
            domain.append(('visit.tasks.order', '=', task.order.id))
        else:
            domain.append(('visit.date', '=', visit.date))
            domain.append(('visit.party', '=', visit.party.id))
        return Line.search(domain)


def _part_step(code, id_, part):
    return {
        'code': code,
        code: id_,
        'part': str((part * 100).quantize(Decimal('0.1'))),
        }


def _from_base(site):
    "There and back"
    if site is None or site.distance is None:
        return None
    return 2 * Decimal(str(site.distance))


def span_of(visit, line):
    """Return when the line began and ended, as far as somebody noted it

    Time, way and call-out without hours of their own are of the hour at which
    the visit began.
    """
    if not visit.date:
        return None, None
    if line.start is not None and line.end is not None:
        start = dt.datetime.combine(visit.date, line.start)
        end = dt.datetime.combine(visit.date, line.end)
        if end < start:
            end += dt.timedelta(days=1)
        return start, end
    begun = visit.arrived_at or visit.planned_start
    if line.kind not in HOURLY or not begun:
        return None, None
    start = dt.datetime.combine(visit.date, visit._local(begun).time())
    return start, start + (line.duration or dt.timedelta(minutes=1))


def price_visits(visits):
    """Return by line its price, the rule which answered last and the steps

    A price that a person typed stands: such lines are left out.
    """
    result = {}
    by_company = defaultdict(list)
    for visit in visits:
        by_company[visit.company].append(visit)
    for company, found in by_company.items():
        with Transaction().set_context(company=company.id):
            gathering = Gathering(company)
            if not gathering.tariff and not gathering.price_list:
                continue
            result.update(_price_company(gathering, found))
    return result


def _price_company(gathering, visits):
    pool = Pool()
    PriceRule = pool.get('service.price.rule')
    result = {}
    groups = defaultdict(list)
    others = PriceRule.values_of_lines(visits)
    for visit in visits:
        call_outs = None
        for line in visit.lines:
            if getattr(line, 'list_price', None) is not None:
                continue
            if line.kind == 'call_out' and call_outs is None:
                call_outs = gathering.call_outs(visit, visit.site)
            task = line.the_task
            case = Case(
                visit.date or dt.date.max,
                abs(Decimal(str(line.quantity))),
                gathering.list_price(
                    line.product, line.quantity, line.unit,
                    known=line.get_list_price()),
                _cost(line) if gathering.asks_cost else None,
                others.get(line.id, {}) | gathering.values(
                    party=task.payer if task else visit.party,
                    site=visit.site, product=line.product,
                    equipment=line.the_equipment,
                    task_kind=task.kind if task else None,
                    line_kind=line.kind,
                    order=task.order if task else None),
                call_outs if line.kind == 'call_out' and call_outs else {})
            price, rule, steps = gathering.price(
                case, gathering.bands_of(visit, line),
                gathering.roles(line))
            if price is None or (
                    rule is None and not gathering.price_list):
                continue
            result[line.id] = [price, rule, steps]
            measuring = gathering.measure(steps)
            asked = Transaction().context.get('_price_sheet')
            if measuring and asked:
                # The sheet tells how it is measured, and the bare price.
                asked.measures[line.id] = measuring
            elif measuring:
                groups[_group(measuring, visit, line)].append(line)
    for (rule_id, per, _), lines in groups.items():
        _measure(
            gathering, visits, PriceRule(rule_id), per, lines, result)
    return result


def _group(rule, visit, line):
    task = line.the_task
    keys = {
        'line': line.id,
        'visit': visit.id,
        'order': task.order.id if task else visit.id,
        'day': (visit.party.id, visit.date),
        }
    return rule.id, rule.counted_per, keys[rule.counted_per]


def _measure(gathering, visits, rule, per, lines, result):
    "Charge another quantity: the price of each line changes in proportion"
    quantities = [Decimal(str(l.quantity)) for l in lines]
    people = [len(l.people) for l in lines] if rule.team_once else None
    total = sum(quantities, ZERO)
    if not total:
        return
    measure = rule.measure
    part = charged_part(measure, quantities, people)
    if per in {'order', 'day'}:
        before = gathering.already(visits, lines[0], per)
        if before:
            earlier = [Decimal(str(l.quantity)) for l in before]
            earlier_people = (
                [len(l.people) for l in before] if people else None)
            charged = charged_part(
                measure, earlier + quantities,
                earlier_people + people if people else None
                ) * (sum(earlier, ZERO) + total)
            charged -= charged_part(
                measure, earlier, earlier_people) * sum(earlier, ZERO)
            part = charged / total
    if part == ONE:
        return
    for line in lines:
        found = result[line.id]
        found[0] = round_price(found[0] * part)
        found[2].append({
                'code': 'measure', 'rule': rule.id,
                'quantity': str(total.normalize()),
                'charged': str(
                    (part * total).quantize(Decimal('0.01')).normalize()),
                })


def _cost(line):
    "Return the cost of one unit of the line"
    pool = Pool()
    Uom = pool.get('product.uom')
    if line.cost is not None:
        return line.cost
    product = line.product
    if not product or product.cost_price is None:
        return None
    return Uom.compute_price(
        product.default_uom, product.cost_price,
        line.unit or product.default_uom)


def line_kind_of(company, product):
    "Return as which kind of line of a visit the product is priced"
    pool = Pool()
    Configuration = pool.get('maintenance.configuration')
    configuration = Configuration(1)
    for kind, name in [
            ('work', 'labour_product'),
            ('travel', 'travel_product'),
            ('call_out', 'call_out_product'),
            ('distance', 'distance_product')]:
        if configuration.get_multivalue(name, company=company.id) == product:
            return kind
    return 'material' if product.type != 'service' else None


def price_case(
        company, date, quantity=1, product=None, unit=None, start=None,
        end=None, role=None, **values):
    "Return price, last rule and steps of a case that somebody describes"
    pool = Pool()
    PriceRule = pool.get('service.price.rule')
    with Transaction().set_context(company=company.id):
        gathering = Gathering(company)
        known = None
        if product and product.list_price_used is not None:
            known = round_price(Decimal(product.list_price_used))
        case = Case(
            date, abs(Decimal(str(quantity))),
            gathering.list_price(product, quantity, unit, known=known),
            product.cost_price if product and gathering.asks_cost else None,
            PriceRule.values_of_case(company, date, **values)
            | gathering.values(product=product, **values),
            gathering.call_outs(site=values.get('site'))
            if values.get('line_kind') == 'call_out' else {})
        price, rule, steps = gathering.price(
            case, gathering.bands(start, end),
            [(role.id, ONE)] if role else [(None, ONE)])
        if price is None:
            return price, rule, steps
        measuring = gathering.measure(steps)
        if measuring:
            part = charged_part(measuring.measure, [case.quantity])
            if part != ONE:
                price = round_price(price * part)
                steps.append({
                        'code': 'measure', 'rule': measuring.id,
                        'quantity': str(case.quantity.normalize()),
                        'charged': str(
                            (part * case.quantity).quantize(
                                Decimal('0.01')).normalize()),
                        })
        return price, rule, steps

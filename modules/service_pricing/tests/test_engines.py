# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
import unittest
from decimal import ROUND_HALF_UP, Decimal

from hypothesis import given
from hypothesis import strategies as st

from trytond.modules.service_pricing.call_out_price import (
    CallOut, Stop, price, share_trip)
from trytond.modules.service_pricing.pricing import (
    LAYERS, Case, Measure, Rule, Tariff, charged_part)
from trytond.modules.service_pricing.time_split import Window, band_at, split

D = Decimal
DAY = dt.date(2026, 3, 10)  # a Tuesday
WEEK = frozenset(range(5))


def case(date=DAY, quantity='1', list_price='45', cost='20', **values):
    return Case(
        date, D(quantity),
        None if list_price is None else D(list_price),
        None if cost is None else D(cost),
        {k: frozenset(v) for k, v in values.items()})


def rule(id, layer='base', factor='1', amount='0', match=None, **values):
    return Rule(
        id, layer, tuple(sorted(
                (k, frozenset(v)) for k, v in (match or {}).items())),
        factor=D(factor), amount=D(amount), **values)


class PricingTestCase(unittest.TestCase):
    "Test the layers of prices"

    def test_no_rule(self):
        "Test the list price stands when no rule answers"
        found = Tariff([]).price(case())
        self.assertEqual((found.unit_price, found.rule), (D(45), None))
        self.assertEqual([code for code, _ in found.steps], ['list'])
        self.assertIsNone(Tariff([]).price(case(list_price=None)).unit_price)

    def test_layers(self):
        "Test each layer builds on the one below or replaces it"
        rules = [
            rule(1, factor='2', basis='cost'),
            rule(2, 'party', '0.9', basis='lower', match={'party': [7]}),
            rule(3, 'site', amount='33', basis='fixed', match={'site': [5]}),
            rule(4, 'contract', '1', '-3', basis='lower',
                match={'contract': [9]}),
            ]
        tariff = Tariff(rules)
        for values, expected, last in [
                ({}, '40', 1),
                ({'party': [7]}, '36', 2),
                ({'party': [8]}, '40', 1),
                ({'party': [7], 'site': [5, 4]}, '33', 3),
                ({'party': [7], 'site': [5], 'contract': [9]}, '30', 4),
                ({'contract': [9]}, '37', 4),
                ]:
            with self.subTest(**values):
                found = tariff.price(case(**values))
                self.assertEqual(
                    (found.unit_price, found.rule), (D(expected), last))

    def test_switched_off(self):
        "Test a layer that is off says nothing"
        rules = [rule(1, 'party', '0.5', match={'party': [7]})]
        self.assertEqual(
            Tariff(rules, ['base']).price(case(party=[7])).unit_price, D(45))

    def test_most_named_answers(self):
        "Test the rule that names most answers, then the first in order"
        rules = [
            rule(1, amount='1', basis='fixed', sequence=1),
            rule(2, amount='2', basis='fixed', match={'line_kind': ['work']}),
            rule(3, amount='3', basis='fixed', sequence=9, match={
                    'line_kind': ['work'], 'task_kind': ['corrective']}),
            rule(4, amount='4', basis='fixed', sequence=0),
            rule(5, amount='5', basis='fixed', quantity=D(10)),
            ]
        tariff = Tariff(rules)
        for values, expected in [
                ({}, 4),
                ({'line_kind': ['work']}, 2),
                ({'line_kind': ['work'], 'task_kind': ['corrective']}, 3),
                ({'quantity': '10'}, 5),
                ({'quantity': '9.99'}, 4),
                ]:
            with self.subTest(**values):
                self.assertEqual(tariff.price(case(**values)).rule, expected)

    def test_dates(self):
        "Test a rule counts from its first to its last day"
        tariff = Tariff([rule(
                    1, amount='50', basis='fixed', from_date=DAY,
                    to_date=DAY)])
        for days, expected in [(-1, '45'), (0, '50'), (1, '45')]:
            self.assertEqual(
                tariff.price(case(DAY + dt.timedelta(days))).unit_price,
                D(expected))

    def test_rounded_and_floor(self):
        "Test a price is rounded to a multiple and not below the floor"
        tariff = Tariff([rule(
                    1, factor='1.11', basis='cost', round_to=D('0.05'))])
        self.assertEqual(tariff.price(case(cost='19.99')).unit_price,
            D('22.20'))
        tariff = Tariff([rule(1, factor='0.5', floor=D(30))])
        self.assertEqual(tariff.price(case()).unit_price, D(30))

    def test_no_basis(self):
        "Test a rule over a cost that nobody knows is told and left out"
        found = Tariff([rule(1, factor='2', basis='cost')]).price(
            case(cost=None))
        self.assertEqual(found.unit_price, D(45))
        self.assertEqual(
            [code for code, _ in found.steps], ['list', 'no_basis'])

    @given(st.lists(st.tuples(
                st.sampled_from(LAYERS),
                st.sampled_from(['list', 'cost', 'lower', 'fixed']),
                st.decimals('0.1', 3, places=2),
                st.dictionaries(
                    st.sampled_from(['party', 'site', 'product', 'zone']),
                    st.frozensets(st.integers(1, 3), min_size=1),
                    max_size=2)), max_size=30),
        st.dictionaries(
            st.sampled_from(['party', 'site', 'product', 'zone']),
            st.frozensets(st.integers(1, 3), min_size=1)))
    def test_like_asking_each(self, rows, values):
        "Test the index finds what asking rule by rule would find"
        rules = [
            rule(n, layer, factor, '1', match=match, basis=basis)
            for n, (layer, basis, factor, match) in enumerate(rows)]
        asked = case(**values)
        expected = asked.list_price
        for layer in LAYERS:
            found = sorted((
                    r for r in rules
                    if r.layer == layer and r.matches(asked)),
                key=lambda r: r.rank)
            if found:
                basis = {
                    'list': asked.list_price, 'cost': asked.cost,
                    'lower': expected, 'fixed': D(0)}[found[0].basis]
                expected = (basis * found[0].factor + 1).quantize(
                    D('1e-4'), ROUND_HALF_UP)
        self.assertEqual(
            Tariff(rules).price(asked).unit_price, expected)


class MeasureTestCase(unittest.TestCase):
    "Test how much of a time is charged"

    def test_charged(self):
        "Test minimum, step and free time"
        for minimum, step, free, quantity, expected in [
                ('1', '0.5', '0', '0.2', '1'),
                ('1', '0.5', '0', '1', '1'),
                ('1', '0.5', '0', '1.01', '1.5'),
                ('1', '0.5', '0', '2', '2'),
                ('0', '0.25', '0', '0.3', '0.5'),
                ('0', '0', '0.5', '0.4', '0'),
                ('0', '0', '0.5', '2', '1.5'),
                ('1', '0.5', '0.5', '0.6', '1'),
                ('1', '0.5', '0', '-1.2', '-1.5'),
                ]:
            with self.subTest(quantity=quantity):
                self.assertEqual(
                    Measure(D(minimum), D(step), D(free)).charged(
                        D(quantity)), D(expected))

    def test_two_men_count_once(self):
        "Test the first hour is full, then half hours, for the team once"
        measure = Measure(D(1), D('0.5'))
        # Two men for 1:10 h each: 2.34 h of work, charged 1.5 h once.
        part = charged_part(measure, [D('2.34')], [2])
        self.assertEqual((part * D('2.34')).quantize(D('0.01')), D('1.50'))
        # Each of them counts: 2.34 h become 2.5 h.
        part = charged_part(measure, [D('2.34')])
        self.assertEqual((part * D('2.34')).quantize(D('0.01')), D('2.50'))
        # Two lines of one visit count together.
        part = charged_part(measure, [D('0.3'), D('0.5')])
        self.assertEqual(
            (part * D('0.8')).quantize(D('0.01')), D('1.00'))

    @given(
        st.decimals(0, 4, places=2), st.decimals(0, 2, places=2),
        st.decimals(0, 2, places=2),
        st.lists(st.decimals('0.01', 20, places=2), min_size=1, max_size=5))
    def test_never_less(self, minimum, step, free, quantities):
        "Test what is charged is at least what is not free"
        measure = Measure(minimum, step, free)
        total = sum(quantities)
        charged = measure.charged(total)
        self.assertGreaterEqual(charged, max(0, total - free))
        if charged:
            self.assertGreaterEqual(charged, minimum)
        self.assertLessEqual(charged, max(minimum, total - free) + step)


class TimeSplitTestCase(unittest.TestCase):
    "Test the hours of day, night and holiday"

    windows = [
        Window(3, frozenset(range(7)), holidays='only'),
        Window(1, WEEK, dt.time(8), dt.time(18)),
        Window(2, WEEK, dt.time(18), dt.time(8)),
        ]

    def at(self, day, hour, minute=0):
        return dt.datetime(2026, 3, day, hour, minute)

    def test_split(self):
        "Test a work that goes into the night and over midnight"
        found = split(self.at(10, 17, 30), self.at(11, 1), self.windows)
        self.assertEqual(found, [
                (1, dt.timedelta(minutes=30)), (2, dt.timedelta(hours=7))])

    def test_holiday(self):
        "Test a holiday begins and ends at midnight"
        found = split(
            self.at(10, 22), self.at(12, 9), self.windows,
            {dt.date(2026, 3, 11)})
        self.assertEqual(found, [
                (2, dt.timedelta(hours=2)), (3, dt.timedelta(hours=24)),
                (None, dt.timedelta(hours=8)), (1, dt.timedelta(hours=1))])

    def test_band_at(self):
        "Test the band of a moment"
        for moment, expected in [
                (self.at(10, 8), 1), (self.at(10, 7, 59), 2),
                (self.at(10, 18), 2), (self.at(14, 3), 2),
                (self.at(14, 12), None)]:
            with self.subTest(moment=moment):
                self.assertEqual(band_at(moment, self.windows), expected)

    @given(
        st.datetimes(dt.datetime(2026, 3, 1), dt.datetime(2026, 3, 20)),
        st.timedeltas(dt.timedelta(minutes=1), dt.timedelta(days=3)))
    def test_adds_up(self, start, duration):
        "Test the parts add up to the whole"
        found = split(
            start, start + duration, self.windows, {dt.date(2026, 3, 11)})
        self.assertEqual(
            sum((d for _, d in found), dt.timedelta()), duration)


class CallOutTestCase(unittest.TestCase):
    "Test what coming costs"

    def test_price(self):
        "Test the formulas"
        for call_out, way, zone, expected in [
                (CallOut('fixed', D(30)), None, None, D(30)),
                (CallOut('time', D(0), D('0.5')), D(40), None, D(20)),
                (CallOut('distance', D(10), D('0.4'), D(20)), D(70), None,
                    D(30)),
                (CallOut('distance', D(10), D('0.4'), D(20)), D(5), None,
                    D(10)),
                (CallOut('distance', D(0), D('0.4'), minimum=D(15)), D(5),
                    None, D(15)),
                (CallOut('zone', D(5), zones={1: D(10)}), None, 1, D(15)),
                (CallOut('zone', D(5), zones={1: D(10)}), None, 2, None),
                (CallOut('distance', D(0), D(1)), None, None, None),
                ]:
            with self.subTest(call_out=call_out):
                self.assertEqual(price(call_out, way, zone), expected)

    def test_trip(self):
        "Test three customers in one trip of 80 km"
        stops = [
            Stop(1, D(80), D(40)), Stop(2, D(70), D(10)),
            Stop(3, D(60), D(30))]
        self.assertEqual(
            share_trip(stops, 'base'), {1: D(80), 2: D(70), 3: D(60)})
        self.assertEqual(
            share_trip(stops, 'chain'), {1: D(40), 2: D(10), 3: D(30)})
        equal = share_trip(stops, 'equal')
        self.assertEqual(sum(equal.values()), D(80))
        undriven = [Stop(s.id, s.from_base) for s in stops]
        self.assertEqual(
            sum(share_trip(undriven, 'equal').values()), D(80))
        self.assertEqual(
            share_trip([Stop(1)], 'equal'), {1: None})

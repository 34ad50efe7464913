# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
import unittest
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from trytond.modules.service_contract.counting import (
    Cover, Machine, Park, Stay, join)
from trytond.modules.service_contract.recurrence import DAY

D = dt.date
FIRST = D(2026, 1, 1)
dates = st.dates(FIRST, D(2026, 2, 20))
some_dates = st.none() | dates


def on(counted, day):
    return sum(
        c.quantity for c in counted
        if (c.from_date is None or c.from_date <= day)
        and (c.to_date is None or day <= c.to_date))


class CountingTestCase(unittest.TestCase):
    "Test which machines are covered on a day"

    def setUp(self):
        # Two pumps and a group of nine detectors in a hotel, whose pump 2
        # moves to the villa; a burner is part of pump 1.
        self.park = Park([
                Machine(1, category=10),
                Machine(2, category=10, last=D(2026, 9, 30)),
                Machine(3, Decimal(9), category=20),
                Machine(4, category=30, part=True),
                ], [
                Stay(1, 100, D(2026, 1, 1)),
                Stay(2, 100, D(2026, 1, 1), D(2026, 5, 31)),
                Stay(2, 200, D(2026, 6, 1)),
                Stay(3, 100, D(2026, 3, 1)),
                Stay(4, 100, D(2026, 1, 1)),
                ])

    def test_covers(self):
        "Test sites, categories and both"
        for cover, counts in [
                (Cover(sites=frozenset([100])), [2, 11, 10, 10]),
                (Cover(sites=frozenset([100, 200])), [2, 11, 11, 10]),
                (Cover(sites=frozenset([200])), [0, 0, 1, 0]),
                (Cover(sites=frozenset([100]), categories=frozenset([10])),
                    [2, 2, 1, 1]),
                (Cover(sites=frozenset([100]), categories=frozenset([30])),
                    [1, 1, 1, 1]),
                (Cover(sites=frozenset([100]), categories=frozenset()),
                    [0, 0, 0, 0]),
                (Cover(2), [1, 1, 1, 0]),
                (Cover(4), [1, 1, 1, 1]),
                (Cover(3, from_date=D(2026, 5, 1), to_date=D(2026, 5, 31)),
                    [0, 9, 0, 0]),
                (Cover(
                        sites=frozenset([100]), from_date=D(2026, 5, 1),
                        to_date=D(2026, 5, 31)), [0, 11, 0, 0]),
                ]:
            with self.subTest(cover=cover):
                counted = self.park.counted([cover])
                self.assertEqual([on(counted, day) for day in [
                            D(2026, 2, 1), D(2026, 5, 1), D(2026, 7, 1),
                            D(2026, 10, 1)]], counts)

    def test_once(self):
        "Test a machine that two covers name counts once"
        counted = self.park.counted([
                Cover(1), Cover(1, from_date=D(2026, 2, 1)),
                Cover(sites=frozenset([100]), categories=frozenset([10]))])
        self.assertEqual(on(counted, D(2026, 2, 1)), 2)

    def test_join(self):
        "Test stretches of days that touch or overlap"
        for days, joined in [
                ([], []),
                ([(1, 3), (4, 5)], [(1, 5)]),
                ([(4, 5), (1, 2)], [(1, 2), (4, 5)]),
                ([(1, 9), (2, 3), (5, 6)], [(1, 9)]),
                ]:
            with self.subTest(days=days):
                self.assertEqual(
                    join([(D(2026, 1, a), D(2026, 1, b)) for a, b in days]),
                    [(D(2026, 1, a), D(2026, 1, b)) for a, b in joined])
        always = (dt.date.min, dt.date.max)
        self.assertEqual(join([always, (FIRST, FIRST), always]), [always])

    @given(
        st.lists(st.tuples(
                st.integers(1, 3), st.integers(0, 1), dates, some_dates),
            max_size=6),
        st.lists(st.tuples(
                st.none() | st.integers(1, 3),
                st.frozensets(st.integers(0, 1)),
                st.none() | st.frozensets(st.integers(0, 1)),
                some_dates, some_dates),
            max_size=4),
        st.lists(
            st.tuples(st.integers(0, 1), st.booleans(), some_dates),
            min_size=3, max_size=3))
    @settings(max_examples=300)
    def test_day_by_day(self, stays, covers, machines):
        "Test every day counts the machines that it should"
        machines = [
            Machine(number, Decimal(number), category, part, last)
            for number, (category, part, last) in enumerate(machines, 1)]
        stays = [Stay(*s) for s in stays]
        covers = [Cover(*c) for c in covers]
        counted = Park(machines, stays).counted(covers)

        def is_on(record, day):
            return (
                (record.from_date is None or record.from_date <= day)
                and (record.to_date is None or day <= record.to_date))

        day = FIRST
        while day <= D(2026, 2, 22):
            expected = sum(m.quantity for m in machines
                if (m.last is None or day <= m.last) and any(
                    is_on(c, day) and (
                        c.machine == m.id if c.machine is not None
                        else any(
                            s.machine == m.id and s.site in c.sites
                            and is_on(s, day) for s in stays)
                        and (not m.part if c.categories is None
                            else m.category in c.categories))
                    for c in covers))
            self.assertEqual(on(counted, day), expected, day)
            day += DAY

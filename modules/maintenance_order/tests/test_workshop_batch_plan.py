# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Which order the units of a batch belong to."""
from unittest import TestCase

from hypothesis import given
from hypothesis import strategies as st

from trytond.modules.maintenance_order.workshop_batch_plan import (
    Machine, place_of, plan)

HOTEL, BAR = 1, 2
BUILDING, FLOOR, POINT, SHOP = 10, 11, 12, 20


class WorkshopBatchPlanTestCase(TestCase):

    def test_place(self):
        "Test the place is the highest one of the same customer"
        for places, expected in [
                ([(BUILDING, HOTEL)], BUILDING),
                ([(POINT, HOTEL), (FLOOR, HOTEL), (BUILDING, HOTEL)],
                    BUILDING),
                # A shop in the building of somebody else.
                ([(POINT, BAR), (SHOP, BAR), (BUILDING, HOTEL)], SHOP),
                ([(SHOP, BAR), (BUILDING, HOTEL), (30, BAR)], SHOP),
                ([(FLOOR, None), (BUILDING, None)], BUILDING),
                ]:
            with self.subTest(places=places):
                self.assertEqual(
                    place_of(Machine(1, places=tuple(places))), expected)

    def test_plan(self):
        "Test who has an order keeps it, the others get one for each place"
        machines = [
            Machine(1, 5, ((FLOOR, HOTEL), (BUILDING, HOTEL))),
            Machine(2, 6, ((BUILDING, HOTEL),)),
            Machine(3, 5, ((SHOP, BAR),)),
            Machine(4, 5, ((SHOP, BAR),)),
            ]
        found = plan(
            machines, {BUILDING: 100, 99: 101},
            [Machine(70, 5), Machine(71, 7), Machine(72, 5)])
        self.assertEqual(
            found.places, {1: BUILDING, 2: BUILDING, 3: SHOP, 4: SHOP})
        self.assertEqual(found.orders, {BUILDING: 100})
        self.assertEqual(found.missing, (SHOP,))
        # The first of its category gets it, each is lent once.
        self.assertEqual(found.loans, {1: 70, 3: 72})

    @given(
        st.lists(
            st.tuples(st.integers(0, 3), st.integers(1, 4)), max_size=12),
        st.sets(st.integers(1, 4)), st.lists(st.integers(0, 3), max_size=6))
    def test_each_has_one_order(self, machines, known, loans):
        "Test each place has one order, and no loan unit hangs twice"
        machines = [
            Machine(n, category, ((place, place),))
            for n, (category, place) in enumerate(machines)]
        loans = [Machine(100 + n, c) for n, c in enumerate(loans)]
        found = plan(machines, {p: p for p in known}, loans)
        self.assertEqual(
            set(found.orders) | set(found.missing),
            set(found.places.values()))
        self.assertFalse(set(found.orders) & set(found.missing))
        self.assertEqual(len(set(found.loans.values())), len(found.loans))
        categories = {m.id: m.category for m in [*machines, *loans]}
        for machine, loan in found.loans.items():
            self.assertEqual(categories[machine], categories[loan])

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
import unittest

from hypothesis import given
from hypothesis import strategies as st

from trytond.modules.service_pricing.offering import Customer, Service, offers

ids = st.frozensets(st.integers(1, 4))
services = st.lists(
    st.builds(Service, st.integers(1, 99), st.integers(1, 6), ids, ids),
    max_size=8, unique_by=lambda s: s.id)
customers = st.builds(
    Customer, ids, ids, ids, st.dictionaries(
        st.integers(1, 6),
        st.dates(dt.date(2020, 1, 1), dt.date(2026, 12, 31)), max_size=4))


class OfferingTestCase(unittest.TestCase):
    "Test which services are offered"

    def test_reasons(self):
        "Test what suits the customer, and why"
        for service, customer, expected in [
                (Service(1, 10), Customer(), ('everybody',)),
                (Service(1, 10, frozenset([1])), Customer(), None),
                (Service(1, 10, frozenset([1, 2])),
                    Customer(frozenset([2, 3])), ('activity',)),
                (Service(1, 10, equipment_categories=frozenset([7])),
                    Customer(equipment_categories=frozenset([7])),
                    ('equipment',)),
                # Of what is given both have to suit.
                (Service(1, 10, frozenset([1]), frozenset([7])),
                    Customer(frozenset([1])), None),
                (Service(1, 10, frozenset([1]), frozenset([7])),
                    Customer(frozenset([1]), frozenset([7])),
                    ('activity', 'equipment')),
                (Service(1, 10, site_kinds=frozenset(['building'])),
                    Customer(site_kinds=frozenset(['site', 'building'])),
                    ('site',)),
                (Service(1, 10, site_kinds=frozenset(['building'])),
                    Customer(site_kinds=frozenset(['site'])), None),
                (Service(
                        1, 10, frozenset([1]),
                        site_kinds=frozenset(['building'])),
                    Customer(site_kinds=frozenset(['building'])), None),
                # What was rendered before is offered anyhow.
                (Service(1, 10, frozenset([1])),
                    Customer(rendered={10: dt.date(2026, 1, 1)}),
                    ('rendered',)),
                (Service(1, 10), Customer(under_contract=frozenset([10])),
                    None),
                (Service(1, 10), Customer(
                        under_contract=frozenset([10]),
                        rendered={10: dt.date(2026, 1, 1)}), None),
                ]:
            with self.subTest(service=service, customer=customer):
                found = offers([service], customer)
                self.assertEqual(
                    [o.reasons for o in found],
                    [] if expected is None else [expected])

    def test_order(self):
        "Test the latest comes first, then what suits best"
        known = {2: dt.date(2026, 1, 1), 3: dt.date(2026, 2, 1)}
        found = offers([
                Service(1, 1), Service(2, 2), Service(3, 3),
                Service(4, 4, frozenset([1]), frozenset([1]))],
            Customer(frozenset([1]), frozenset([1]), rendered=known))
        self.assertEqual([o.service for o in found], [3, 2, 4, 1])
        self.assertEqual(found[0].rendered, dt.date(2026, 2, 1))

    @given(services, customers)
    def test_always(self, services, customer):
        "Test nothing under contract is offered, nothing known is forgotten"
        found = offers(services, customer)
        offered = {o.service for o in found}
        self.assertEqual(len(offered), len(found))
        for service in services:
            if service.product in customer.under_contract:
                self.assertNotIn(service.id, offered)
            elif service.product in customer.rendered:
                self.assertIn(service.id, offered)
        dates = [o.rendered for o in found if o.rendered]
        self.assertEqual(dates, sorted(dates, reverse=True))

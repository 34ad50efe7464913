# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Which machines are under contract."""
import datetime as dt
import unittest
from decimal import Decimal

from trytond.modules.company.tests import (
    create_company, create_employee, set_company)
from trytond.modules.maintenance_order.tests.test_module import (
    Acting, create_user)
from trytond.modules.service_contract.tests.contracts import EXTRAS
from trytond.pool import Pool
from trytond.tests.test_tryton import activate_module, with_transaction


class DashboardTestCase(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        activate_module(['service_contract', *EXTRAS])
        super().setUpClass()

    @with_transaction()
    def test_without_contract(self):
        "Test machines count as covered by name, by site and by category"
        pool = Pool()
        Category = pool.get('maintenance.equipment.category')
        Contract = pool.get('service.contract')
        Equipment = pool.get('maintenance.equipment')
        Number = pool.get('maintenance.equipment.number')
        Party = pool.get('party.party')
        Site = pool.get('maintenance.site')

        company = create_company()
        with set_company(company):
            party = Party(name="Customer")
            party.save()
            site, other = Site.create(
                [{'name': n, 'party': party.id} for n in ["Hotel", "Shop"]])
            room, = Site.create([{
                        'name': "Room", 'party': party.id, 'kind': 'room',
                        'parent': site.id}])
            lifts, boilers = Category.create(
                [{'name': n} for n in ["Lift", "Boiler"]])
            machines = Equipment.create([{
                        'name': f"{category.name} {place.name}",
                        'site': place.id,
                        'category': category.id,
                        } for category in [lifts, boilers]
                    for place in [site, room, other]])
            Equipment.put_in_service(machines)
            lift, room_lift, shop_lift, boiler, room_boiler, shop = machines

            def without():
                found = Equipment.search([('under_contract', '=', False)])
                self.assertEqual(
                    {m for m in machines
                        if not Equipment(m.id).under_contract}, set(found))
                return set(found)

            self.assertEqual(without(), set(machines))

            def cover(**values):
                contract, = Contract.create([{
                            'party': party.id,
                            'start_date': dt.date(2026, 1, 1),
                            'lines': [('create', [{
                                            'months': 1,
                                            'terms': [('create', [{
                                                            'unit_price':
                                                            Decimal(1)}])],
                                            'equipments': [
                                                ('create', [values])],
                                            }])],
                            }])
                return contract

            draft = cover(equipment=lift.id)
            self.assertEqual(without(), set(machines))
            Contract.write([draft], {'state': 'running'})
            self.assertEqual(without(), set(machines) - {lift})
            Contract.write([
                    cover(equipment=shop_lift.id,
                        to_date=dt.date(2026, 1, 31)),
                    cover(site=site.id, category=boilers.id),
                    ], {'state': 'running'})
            self.assertEqual(without(), {room_lift, shop_lift, shop})
            self.assertEqual(
                {n.category: (n.in_service, n.without_contract)
                    for n in Number.search([])},
                {lifts: (3, 2), boilers: (3, 1)})
            technician = create_user(
                'ana', 'group_technician', create_employee(company))
        with Acting(technician):
            self.assertEqual(
                sum(n.without_contract for n in Number.search([])), 3)
            self.assertEqual(Equipment.search([
                        ('under_contract', '=', False)], count=True), 3)

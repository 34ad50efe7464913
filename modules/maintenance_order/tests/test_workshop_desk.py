# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from unittest import TestCase

from trytond.model.exceptions import AccessError
from trytond.modules.company.tests import (
    create_company, create_employee, set_company)
from trytond.modules.maintenance_order.tests.test_module import (
    Acting, create_order, create_user)
from trytond.pool import Pool
from trytond.tests.test_tryton import activate_module, with_transaction


class WorkshopDeskTestCase(TestCase):
    "Test what is brought to the workshop"

    @classmethod
    def setUpClass(cls):
        activate_module('maintenance_order')

    @with_transaction()
    def test_technician_at_the_workshop_desk(self):
        "Test a technician takes in units, and reads those of his colleagues"
        pool = Pool()
        Order = pool.get('maintenance.order')
        Unit = pool.get('maintenance.workshop.unit')

        company = create_company()
        with set_company(company):
            ana, luis = [
                create_employee(company, name=n) for n in ["Ana", "Luis"]]
            elsewhere = create_order("Hotel")
            workshop = create_order("Bar")
            Order.write([workshop], {'kind': 'workshop'})
            of_luis, = Unit.create([{
                        'order': workshop.id, 'description': "Toaster",
                        'received_by': luis.id}])
            customer, site = elsewhere.party, elsewhere.site
            technician = create_user('ana', 'group_technician', ana)

        with Acting(technician):
            unit, = Unit.create([{
                        'party': customer.id, 'home': site.id,
                        'description': "Pump"}])
            self.assertEqual(set(Unit.search([])), {of_luis, unit})
            self.assertEqual(
                {u['order.']['rec_name'] for u in Unit.read(
                        [of_luis.id, unit.id], ['order.rec_name'])},
                {workshop.rec_name, unit.order.rec_name})
            visit = unit.get_visit()
            self.assertEqual(visit.leader, ana)
            self.assertEqual(visit.state, 'in_progress')
            with self.assertRaises(AccessError):
                Order.read([elsewhere.id], ['number'])

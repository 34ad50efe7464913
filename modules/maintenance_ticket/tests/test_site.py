# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The tickets of a site, and what becomes of them when it changes hands."""
import datetime as dt
import unittest

from trytond.modules.company.tests import (
    create_company, create_employee, set_company)
from trytond.modules.maintenance_order.tests.test_module import (
    Acting, create_order, create_user)
from trytond.pool import Pool
from trytond.tests.test_tryton import activate_module, with_transaction
from trytond.transaction import Transaction


class SiteTestCase(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        activate_module('maintenance_ticket')
        super().setUpClass()

    def create_tickets(self, site, employee):
        "Create tickets of the site and one inside: new, worked at, solved"
        pool = Pool()
        Site = pool.get('maintenance.site')
        Ticket = pool.get('maintenance.ticket')

        floor = Site(
            name="Floor", kind='floor', parent=site, party=site.party)
        floor.save()
        new, inside, worked, solved = Ticket.create([{
                    'subject': subject,
                    'party': site.party.id,
                    'site': place.id,
                    'employee': employee.id,
                    } for subject, place in [
                    ("New", site), ("Inside", floor), ("Worked", site),
                    ("Solved", site)]])
        Ticket.confirm([new, worked, solved])
        Ticket.make_orders([worked])
        Ticket.resolve([solved])
        return floor, new, inside, worked, solved

    @with_transaction()
    def test_open_tickets(self):
        "Test a site shows what is open in it, a technician only his own"
        pool = Pool()
        Site = pool.get('maintenance.site')
        Ticket = pool.get('maintenance.ticket')

        company = create_company()
        with set_company(company):
            ana, eva = [
                create_employee(company, name=n) for n in ["Ana", "Eva"]]
            site = create_order("Customer").site
            floor, new, inside, worked, _ = self.create_tickets(site, eva)
            Ticket.write([inside], {'employee': ana.id})
            technician = create_user('ana', 'group_technician', ana)
            dispatcher = create_user('eva', 'group_dispatcher', eva)
        for user, found in [
                (dispatcher, [{new, inside, worked}, {inside}]),
                (technician, [{inside}, {inside}])]:
            with Acting(user):
                self.assertEqual([
                        set(place.open_tickets)
                        for place in Site.browse([site.id, floor.id])], found)

    @with_transaction()
    def test_change_of_holder(self):
        "Test open tickets go to the new holder, those worked at do not"
        pool = Pool()
        Party = pool.get('party.party')
        Ticket = pool.get('maintenance.ticket')
        Wizard = pool.get('maintenance.site.change_holder', type='wizard')

        company = create_company()
        with set_company(company):
            eva = create_employee(company, name="Eva")
            site = create_order("Customer").site
            old = site.party
            _, new, inside, worked, solved = tickets = self.create_tickets(
                site, eva)
            tenant = Party(name="Tenant")
            tenant.save()
            dispatcher = create_user('eva', 'group_dispatcher', eva)
        with Acting(dispatcher), Transaction().set_context(
                active_model='maintenance.site', active_id=site.id,
                active_ids=[site.id]):
            session_id, _, _ = Wizard.create()
            start = Wizard.execute(
                session_id, {}, 'start')['view']['defaults']
            start = {
                'company': start['company'], 'sites': start['sites'],
                'party': tenant.id, 'date': dt.date(2026, 3, 1)}
            show = Wizard.execute(
                session_id, {'start': start}, 'show')['view']['defaults']
            self.assertEqual(
                [line['record'] for line in show['lines']],
                [str(new), str(inside)])
            for line in show['lines']:
                line['change'] = line['record'] == str(new)
            Wizard.execute(session_id, {
                    'start': start,
                    'show': {'lines': show['lines'], 'readings': []},
                    }, 'change')
        self.assertEqual(
            [t.party for t in Ticket.browse([t.id for t in tickets[1:]])],
            [tenant, old, old, old])

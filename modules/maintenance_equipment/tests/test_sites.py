# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Sites: who holds and manages them, their keys, points and persons."""
import datetime as dt
from decimal import Decimal
from unittest import TestCase

from trytond.model.exceptions import AccessError
from trytond.modules.company.tests import create_company, set_company
from trytond.modules.maintenance_equipment.exceptions import (
    SiteDateError, SiteHolderError, SitePointsError, SitePositionError)
from trytond.modules.maintenance_equipment.tests.test_installed_base import (
    acting, create_user)
from trytond.modules.maintenance_equipment.tests.test_module import (
    create_sites)
from trytond.pool import Pool
from trytond.tests.test_tryton import activate_module, with_transaction
from trytond.transaction import Transaction

DAY = dt.date(2026, 3, 1)


class SiteTestCase(TestCase):

    @classmethod
    def setUpClass(cls):
        activate_module('maintenance_equipment')
        super().setUpClass()

    @with_transaction()
    def test_new_manager_of_some_sites(self):
        "Test the new manager receives and approves what the old one did"
        pool = Pool()
        Party = pool.get('party.party')
        Site = pool.get('maintenance.site')
        SiteParty = pool.get('maintenance.site.party')

        with set_company(create_company()):
            first, second = create_sites()
            old, new = Party(name="Old Manager"), Party(name="New Manager")
            Party.save([old, new])
            room = Site(
                name="Room", kind='room', parent=first, party=first.party)
            room.save()
            SiteParty.create([{
                        'site': s.id,
                        'party': old.id,
                        'role': 'manager',
                        'receives': ['tickets', 'invoices'],
                        'may_approve_up_to': Decimal(300),
                        } for s in [first, second]])
            SiteParty.change([first], 'manager', new, DAY)

            before = DAY - dt.timedelta(days=1)
            for site, date, party in [
                    (first, before, old), (first, DAY, new),
                    (room, DAY, new), (second, DAY, old)]:
                site = Site(site.id)
                self.assertEqual(site.parties_at('manager', date), [party])
                self.assertEqual(site.receivers('invoices', date), [party])
                self.assertEqual(site.receivers('reports', date), [])
                self.assertTrue(site.may_approve(party, 300, date))
                self.assertFalse(site.may_approve(party, 301, date))
            self.assertFalse(Site(first.id).may_approve(old, 1, DAY))
            with self.assertRaisesRegex(SiteDateError, "New Manager"):
                SiteParty.change([first], 'manager', old, before)

    @with_transaction()
    def test_change_of_holder(self):
        "Test each holder sees his own years only"
        pool = Pool()
        Address = pool.get('party.address')
        Equipment = pool.get('maintenance.equipment')
        Party = pool.get('party.party')
        Site = pool.get('maintenance.site')
        Warranty = pool.get('maintenance.warranty')

        with set_company(create_company()):
            site, elsewhere = create_sites()
            old, new = site.party, Party(name="New Tenant")
            new.save()
            address = Address(party=old, city="Valencia")
            address.save()
            site.address = address
            site.save()
            floor = Site(name="Floor", kind='floor', parent=site, party=old)
            floor.save()
            stays, goes, gone = Equipment.create([{
                        'name': name,
                        'site': floor.id,
                        'installed_date': dt.date(2025, 1, 1),
                        } for name in ["Stays", "Goes", "Gone"]])
            Warranty.create([{
                        'equipment': stays.id,
                        'start_date': dt.date(2025, 1, 1),
                        'labour_end_date': dt.date(2027, 1, 1),
                        'parts_end_date': dt.date(2027, 1, 1),
                        'transferable': transferable,
                        } for transferable in [False, True]])
            Equipment.move([gone], elsewhere, date=dt.date(2025, 6, 1))
            Site.change_holder([site], new, DAY, equipments=[stays])

            site, floor = Site(site.id), Site(floor.id)
            self.assertEqual((site.party, floor.party), (new, new))
            self.assertEqual(site.address.party, new)
            self.assertEqual(site.address.city, "Valencia")
            before = DAY - dt.timedelta(days=1)
            self.assertEqual(site.holder_at(before), old)
            self.assertEqual(site.holder_at(DAY), new)
            for date, customer, owner in [
                    (before, old, old), (DAY, new, old)]:
                with Transaction().set_context(Equipment.at(date)):
                    machine = Equipment(goes.id)
                    self.assertEqual(machine.customer, customer)
                    self.assertEqual(machine.owner, owner)
                    self.assertEqual(machine.site, floor)
            for date, party, found in [
                    (before, old, [stays, goes]), (DAY, old, []),
                    (DAY, new, [stays, goes])]:
                with Transaction().set_context(Equipment.at(date)):
                    self.assertEqual(
                        Equipment.search([('customer', '=', party.id)]),
                        found)
            with Transaction().set_context(
                    Equipment.at(dt.date(2025, 2, 1))):
                self.assertEqual(Equipment(gone.id).customer, old)
            self.assertEqual(
                [(w.labour_end_date, w.transferable)
                    for w in Equipment(stays.id).warranties],
                [(dt.date(2027, 1, 1), True), (before, False)])

            with self.assertRaisesRegex(SiteHolderError, "New Tenant"):
                Site.change_holder([site], new, DAY)
            with self.assertRaises(SiteHolderError):
                Site.change_holder([site], old, dt.date(2999, 1, 1))
            with self.assertRaisesRegex(SiteHolderError, "New Tenant"):
                Site.change_holder([site], old, DAY)

    @with_transaction()
    def test_change_of_holder_of_all_that_is_selected(self):
        "Test a site and its floors may be selected together"
        pool = Pool()
        Party = pool.get('party.party')
        Site = pool.get('maintenance.site')

        with set_company(create_company()):
            site, other = create_sites()
            old, new = site.party, Party(name="New Tenant")
            new.save()
            floor, foreign = Site.create([{
                        'name': name,
                        'kind': 'floor',
                        'parent': site.id,
                        'party': party.id,
                        } for name, party in [
                        ("Floor", old), ("Foreign", other.party)]])
            Site.change_holder([floor, site, foreign], new, DAY)
            places = Site.browse([site.id, floor.id, foreign.id])
            self.assertEqual([p.party for p in places], 3 * [new])
            self.assertEqual(
                [len(p.parties) for p in places], [2, 0, 2])
            before = DAY - dt.timedelta(days=1)
            self.assertEqual(
                [p.holder_at(before) for p in (places[0], places[2])],
                [old, other.party])

    @with_transaction()
    def test_customer_is_not_typed_over(self):
        "Test the past of a site stays with who had it"
        pool = Pool()
        Date = pool.get('ir.date')
        Equipment = pool.get('maintenance.equipment')
        Site = pool.get('maintenance.site')

        with set_company(create_company()):
            site, other, empty = create_sites(3)
            new = empty.party
            Equipment.create([{
                        'name': name,
                        'site': place.id,
                        'installed_date': date,
                        } for name, place, date in [
                        ("Old", site, dt.date(2025, 1, 1)),
                        ("New", other, Date.today())]])
            with self.assertRaisesRegex(
                    SiteHolderError, "Site 0.*Customer 0.*Change Holder"):
                Site.write([site], {'party': other.party.id})
            # It is no change, or a slip of today, or nothing was there.
            Site.write([site], {'party': site.party.id})
            for place in [other, empty]:
                Site.write([place], {'party': site.party.id})
            Site.change_holder([Site(site.id)], new, DAY)
            self.assertEqual(Site(site.id).party, new)

    @with_transaction()
    def test_codes_are_hidden(self):
        "Test a technician reads no code, and nobody the stored one"
        pool = Pool()
        Key = pool.get('maintenance.site.key')

        company = create_company()
        with set_company(company):
            site, = create_sites(1)
            key = Key(site=site, label="Alarm", kind='code', code="4711")
            key.save()
            user = create_user('technician', 'group_technician', company)
            manager = create_user(
                'manager', 'group_service_manager', company)
        for login, code, hidden in [
                (user, None, True), (manager, "4711", False)]:
            as_user, context = acting(login)
            with as_user, context:
                self.assertEqual(
                    Key.read([key.id], ['code', 'code_hidden']),
                    [{'id': key.id, 'code': code, 'code_hidden': hidden}])
                with self.assertRaises(AccessError):
                    Key.read([key.id], ['secret'])
                with self.assertRaises(AccessError):
                    Key.search([('secret', '=', "4711")])
        # Who reads the site does not read by this where its keys hang.
        for group in ['sales_view', 'billing', 'auditor']:
            as_user, context = acting(
                create_user(group, f'group_{group}', company))
            with as_user, context, self.assertRaises(AccessError):
                Key.read([key.id], ['label'])

    @with_transaction()
    def test_key_log(self):
        "Test the log tells who had the key and who changed the code"
        pool = Pool()
        Key = pool.get('maintenance.site.key')
        Log = pool.get('maintenance.site.key.log')

        company = create_company()
        with set_company(company):
            site, = create_sites(1)
            key, = Key.create([{
                        'site': site.id,
                        'label': "Boiler Room",
                        'code': "1",
                        }])
            user = create_user('technician', 'group_technician', company)
            party = site.party
        as_user, context = acting(user)
        with as_user, context:
            Key.write([Key(key.id)], {'holder': party.id})
            Key.write([Key(key.id)], {'holder': None})
            Key.write([Key(key.id)], {'kept_where': "Hook 3"})
        with set_company(company):
            Key.write([key], {'code': "1"})
            Key.write([key], {'code': "2"})
            log = [(r.action, r.party) for r in Key(key.id).entries]
            self.assertEqual(log, [
                    ('code_changed', None), ('put_back', None),
                    ('handed_over', party), ('code_changed', None)])
            self.assertEqual(Key(key.id).entries[1].user, user)
            manager = create_user(
                'manager', 'group_service_manager', company)
        # Whoever may change the key does not rewrite what was done with it.
        for login in [user, manager]:
            as_user, context = acting(login)
            with as_user, context:
                entry, *_ = Log.browse([r.id for r in key.entries])
                self.assertEqual(entry.action, 'code_changed')
                with self.assertRaises(AccessError):
                    Log.write([entry], {'action': 'put_back'})
                with self.assertRaises(AccessError):
                    Log.delete([entry])

    @with_transaction()
    def test_distance_from_base(self):
        "Test distance and travel time are computed from positions"
        pool = Pool()
        Configuration = pool.get('maintenance.configuration')
        Site = pool.get('maintenance.site')

        with set_company(create_company()):
            base, site = create_sites()
            with self.assertRaises(SitePositionError):
                Site.compute_distance([site])
            config = Configuration(1)
            config.base = base
            config.save()
            base.latitude, base.longitude = 40.0, 0.0
            base.save()
            with self.assertRaisesRegex(SitePositionError, "Site 1"):
                Site.compute_distance([site])
            site.latitude, site.longitude = 40.0, 1.0
            site.save()
            Site.compute_distance([site])
            # 85.2 km as the crow flies, 1.3 times on the road, at 50 km/h
            self.assertEqual(site.distance, 110.7)
            self.assertEqual(site.travel_time, dt.timedelta(minutes=133))

    @with_transaction()
    def test_names_of_places(self):
        "Test places and kinds are named from the outermost to the innermost"
        pool = Pool()
        Category = pool.get('maintenance.equipment.category')
        Lang = pool.get('ir.lang')
        Site = pool.get('maintenance.site')

        with set_company(create_company()):
            first, second = create_sites()
            floor = Site(
                name="Floor", kind='floor', parent=first, party=first.party)
            floor.save()
            rooms = Site.create([{
                        'name': name,
                        'kind': 'room',
                        'parent': place.id,
                        'party': place.party.id,
                        } for name, place in [
                            ("A", floor), ("B", floor), ("C", second)]])
            whole = f"{first.name} / Floor"
            self.assertEqual(
                [r['rec_name'] for r in Site.read(
                        [r.id for r in rooms] + [floor.id, second.id],
                        ['rec_name'])],
                [f"{whole} / A", f"{whole} / B", f"{second.name} / C",
                    whole, second.name])

            spanish, = Lang.search([('code', '=', 'es')])
            spanish.translatable = True
            spanish.save()
            lifts = Category(name="Lifts")
            lifts.save()
            goods = Category(name="Goods Lift", parent=lifts)
            goods.save()
            with Transaction().set_context(language='es'):
                Category.write([Category(lifts.id)], {'name': "Ascensores"})
                self.assertEqual(
                    Category(goods.id).rec_name, "Ascensores / Goods Lift")
            self.assertEqual(
                Category(goods.id).rec_name, "Lifts / Goods Lift")

    @with_transaction()
    def test_points_of_a_school(self):
        "Test 60 points with their units are made in one step"
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')

        with set_company(create_company()):
            site, = create_sites(1)
            points = site.create_points(
                "P", 1, 60, digits=3, name="Extinguisher",
                manufactured_date=dt.date(2025, 1, 1),
                installed_date=dt.date(2026, 1, 1), put_in_service=True)
            self.assertEqual(
                [points[0].rec_name, points[-1].rec_name],
                ["Site 0 / P001", "Site 0 / P060"])
            self.assertEqual(points[-1].route_order, 60)
            self.assertEqual(points[6].unit.name, "Extinguisher P007")
            self.assertEqual(
                Equipment.search([
                        ('site', 'child_of', [site.id], 'parent'),
                        ('state', '=', 'in_service'),
                        ], count=True), 60)
            self.assertEqual(len(site.create_points("S", 1, 80)), 80)
            self.assertEqual(Equipment.search([], count=True), 60)
            for first, last, message in [
                    (60, 61, "P060"), (9, 8, "go up"), (1, 2000, "1000")]:
                with self.assertRaisesRegex(SitePointsError, message):
                    site.create_points("P", first, last, digits=3)

    @with_transaction()
    def test_persons(self):
        "Test a person is made for the customer of a site in one step"
        pool = Pool()
        ModelData = pool.get('ir.model.data')
        Party = pool.get('party.party')
        Relation = pool.get('party.relation.all')
        Site = pool.get('maintenance.site')
        Type = pool.get('party.relation.type')
        Replace = pool.get('party.replace', type='wizard')
        Wizard = pool.get('maintenance.person.create', type='wizard')

        def kind(name):
            return Type(ModelData.get_id(
                    'maintenance_equipment', f'relation_type_{name}'))

        company = create_company()
        with set_company(company):
            here, there = create_sites()
            dispatcher = create_user('disp', 'group_dispatcher', company)
            technician = create_user('tech', 'group_technician', company)
            by_user, in_context = acting(dispatcher)
            with by_user, in_context:
                session_id, _, _ = Wizard.create()
                with Transaction().set_context(
                        active_model='maintenance.site', active_id=here.id,
                        active_ids=[here.id]):
                    start = Wizard.execute(
                        session_id, {}, 'start')['view']['defaults']
                    self.assertEqual(start['customer'], here.party.id)
                    self.assertEqual(start['type'], kind('contact_person').id)
                    Wizard.execute(session_id, {
                            'start': {
                                'customer': start['customer'],
                                'site': start['site'],
                                'name': "Ana Ruiz",
                                'type': kind('caretaker').id,
                                'mobile': "+34 600 111 222",
                                'email': "ana@example.com",
                                'role': 'key_holder',
                                }}, 'create_')

            here = Site(here.id)
            row, = here.persons
            ana = row.to
            self.assertEqual(row, here.party.persons[0])
            self.assertEqual(
                (ana.name, row.type, row.email, row.phone),
                ("Ana Ruiz", kind('caretaker'), "ana@example.com",
                    ana.mobile))
            self.assertEqual(here.parties_at('key_holder'), [ana])
            self.assertFalse(Site(there.id).persons)
            # Seen from the person it leads to the customer.
            back, = ana.relations
            self.assertEqual(
                (back.to, back.type), (here.party, kind('person_of')))
            self.assertFalse(ana.persons)

            self.assertEqual(
                kind('contact_person').reverse, kind('person_of'))

            # Whoever belongs to the customer is proposed first.
            with Transaction().set_context(
                    related_party=here.party.id, relation_usages=['person']):
                self.assertEqual(
                    Party.search([('id', 'in', [there.party.id, ana.id])]),
                    [ana, there.party])

            copy, = Party.copy([here.party])
            self.assertFalse(copy.persons)
            row.end_date = DAY
            row.save()
            with Transaction().set_context(date=DAY + dt.timedelta(days=1)):
                self.assertFalse(Site(here.id).persons)

            twin = Party(name="Ana Ruiz")
            twin.save()
            with Transaction().set_context(_skip_warnings=True):
                session_id, _, _ = Replace.create()
                Replace.execute(session_id, {
                        'ask': {'source': ana.id, 'destination': twin.id},
                        }, 'replace')
            with Transaction().set_context(date=DAY):
                tie, = Relation.search([('to', '=', twin.id)])
                self.assertEqual(tie, row)

            by_user, in_context = acting(technician)
            with by_user, in_context:
                with Transaction().set_context(date=DAY):
                    person, = Site(here.id).persons
                    self.assertEqual(person.type, kind('caretaker'))
                with self.assertRaises(AccessError):
                    Wizard.create()

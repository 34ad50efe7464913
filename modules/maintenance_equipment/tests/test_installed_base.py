# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Sites that change hands, keys, meters, swaps and warranties."""
import datetime as dt
from decimal import Decimal
from unittest import TestCase

from trytond.model.exceptions import AccessError
from trytond.modules.company.tests import create_company, set_company
from trytond.modules.maintenance_equipment.exceptions import (
    AttributeDefaultError, EquipmentAttributeError, EquipmentSwapError,
    ReadingChainError, ReadingOutlierWarning, ReadingStateError, SiteDateError,
    SiteHolderError, SitePointsError, SitePositionError)
from trytond.modules.maintenance_equipment.tests.test_module import (
    create_sites)
from trytond.pool import Pool
from trytond.tests.test_tryton import activate_module, with_transaction
from trytond.transaction import Transaction

DAY = dt.date(2026, 3, 1)


def create_user(login, group, company):
    pool = Pool()
    Group = pool.get('res.group')
    ModelData = pool.get('ir.model.data')
    User = pool.get('res.user')
    user = User(name=login, login=login, companies=[company], company=company)
    user.groups = [Group(ModelData.get_id('maintenance_equipment', group))]
    user.save()
    return user


def acting(user):
    "Act as the user, with his rights"
    pool = Pool()
    User = pool.get('res.user')
    with Transaction().set_user(user.id):
        context = User.get_preferences(context_only=True)
    return Transaction().set_user(user.id), Transaction().set_context(
        context, _check_access=True)


def create_meter(site, **values):
    pool = Pool()
    Equipment = pool.get('maintenance.equipment')
    Meter = pool.get('maintenance.meter')
    equipment = Equipment(
        name="Copier", site=site, installed_date=dt.date(2025, 1, 1))
    equipment.save()
    Equipment.put_in_service([equipment])
    meter = Meter(equipment=equipment, name="Copies", **values)
    meter.save()
    return meter


def read(meter, *values, start=dt.date(2026, 1, 1), **fields):
    "Save and confirm a reading each month"
    pool = Pool()
    Reading = pool.get('maintenance.meter.reading')
    readings = [
        Reading.at(meter, start + dt.timedelta(days=30 * i), Decimal(v))
        for i, v in enumerate(values)]
    for reading in readings:
        for name, value in fields.items():
            setattr(reading, name, value)
    Reading.save(readings)
    Reading.confirm(readings)
    return readings


class InstalledBaseTestCase(TestCase):

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
    def test_warranty_rights(self):
        "Test a technician reads the warranty but does not give one"
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')
        Warranty = pool.get('maintenance.warranty')

        company = create_company()
        with set_company(company):
            site, = create_sites(1)
            equipment = Equipment(name="Boiler", site=site)
            equipment.save()
            values = {
                'equipment': equipment.id,
                'kind': 'manufacturer',
                'start_date': DAY,
                'labour_end_date': DAY,
                }
            warranty, = Warranty.create([values])
            users = {
                name: create_user(name, f'group_{name}', company)
                for name in ['technician', 'dispatcher']}
        as_user, context = acting(users['technician'])
        with as_user, context:
            self.assertEqual(
                [w.id for w in Warranty.search([])], [warranty.id])
            with self.assertRaises(AccessError):
                Warranty.create([values])
            with self.assertRaises(AccessError):
                Warranty.write(
                    [Warranty(warranty.id)], {'labour_end_date': None})
        as_user, context = acting(users['dispatcher'])
        with as_user, context:
            Warranty.create([values])

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
    def test_readings(self):
        "Test consumption, and what a counter cannot show"
        with set_company(create_company()):
            site, = create_sites(1)
            meter = create_meter(site, rollover=Decimal(1000))
            readings = read(meter, 100, 250, 900, 50)
            self.assertEqual(
                [r.consumption for r in readings], [None, 150, 650, 150])
            meter = type(meter)(meter.id)
            self.assertEqual(meter.last_value, 50)
            self.assertEqual(meter.last_at, readings[-1].when)
            with self.assertRaisesRegex(
                    ReadingChainError, "Copies.*40.*50"):
                read(meter, 40, start=dt.date(2026, 7, 1))
            with self.assertRaisesRegex(ReadingChainError, "1,000"):
                read(meter, 1000, start=dt.date(2026, 7, 1))
            for name, value in [('value', 5), ('source', 'customer')]:
                with self.assertRaises(ReadingStateError):
                    type(readings[0]).write([readings[0]], {name: value})
            with self.assertRaises(ReadingStateError):
                type(readings[0]).delete([readings[0]])

    @with_transaction()
    def test_reading_before_the_last(self):
        "Test what comes late must fit between the others"
        with set_company(create_company()):
            site, = create_sites(1)
            meter = create_meter(site)
            read(meter, 100, 200)
            read(meter, 150, start=dt.date(2026, 1, 15))
            with self.assertRaisesRegex(ReadingChainError, "200"):
                read(meter, 250, start=dt.date(2026, 1, 20))

    @with_transaction()
    def test_unusual_reading_is_asked_for(self):
        "Test a reading far from the history of its meter is a warning"
        pool = Pool()
        Reading = pool.get('maintenance.meter.reading')

        with set_company(create_company()):
            site, = create_sites(1)
            meter = create_meter(site)
            read(meter, 0, 100, 205, 300)
            with self.assertRaises(ReadingOutlierWarning):
                read(meter, 4000, start=dt.date(2026, 5, 1))
            reading, = Reading.search([('state', '=', 'draft')])
            Reading.reject([reading])
            self.assertIsNone(reading.consumption)

    @with_transaction()
    def test_correction_after_invoicing(self):
        "Test a correction leaves a difference of zero in all"
        pool = Pool()
        Reading = pool.get('maintenance.meter.reading')

        with set_company(create_company()):
            site, = create_sites(1)
            meter = create_meter(site)
            readings = read(meter, 100, 250, 400)
            for reading in readings[1:]:
                reading.invoiced_consumption = reading.consumption
            Reading.save(readings)
            with self.assertRaises(ReadingStateError):
                Reading.reject([readings[1]])
            correction = readings[1].correct(Decimal(220), "Typing error")
            self.assertEqual(correction.state, 'valid')
            self.assertEqual(correction.when, readings[1].when)
            readings = Reading.browse([r.id for r in readings])
            self.assertEqual(
                [r.state for r in readings], ['valid', 'corrected', 'valid'])
            self.assertEqual(
                [r.difference for r in readings], [None, -30, 30])
            self.assertEqual(
                set(Reading.search([('difference', '!=', None)])),
                set(readings[1:]))

    @with_transaction()
    def test_counter_is_replaced(self):
        "Test the machine keeps its history when its counter is changed"
        with set_company(create_company()):
            site, = create_sites(1)
            meter = create_meter(site)
            read(meter, 100)
            meter.replace(
                dt.datetime(2026, 2, 1), Decimal(180), Decimal(5))
            last, = read(meter, 25, start=dt.date(2026, 3, 1))
            self.assertEqual(last.consumption, 20)
            self.assertEqual(meter.chains([meter])[meter.id].total, 100)
            with self.assertRaises(ReadingChainError):
                meter.replace(dt.datetime(2026, 4, 1), None, Decimal(5))

    @with_transaction()
    def test_swap_and_return(self):
        "Test unit and point keep separate histories"
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')
        Site = pool.get('maintenance.site')

        company = create_company()
        with set_company(company):
            site, = create_sites(1)
            workshop = Site(name="Workshop", party=company.party)
            workshop.save()
            point, other = Site.create([{
                        'name': name,
                        'kind': 'point',
                        'parent': site.id,
                        'party': site.party.id,
                        } for name in ["P14", "P15"]])
            unit, loan, neighbour = Equipment.create([{
                        'name': name,
                        'site': place.id,
                        'installed_date': dt.date(2025, 1, 1),
                        } for name, place in [
                            ("Unit", point), ("Loan", workshop),
                            ("Neighbour", other)]])
            Equipment.put_in_service([unit, neighbour])
            unit.swap(loan, DAY, site=workshop, new_role='loan')

            unit, loan = Equipment.browse([unit.id, loan.id])
            self.assertEqual(
                (unit.site, unit.home, unit.placement_role),
                (workshop, point, 'in_workshop'))
            self.assertEqual(
                (loan.site, loan.home, loan.placement_role, loan.state),
                (point, workshop, 'loan', 'in_service'))
            self.assertEqual(loan.owner, company.party)
            self.assertEqual(loan.customer, site.party)
            self.assertEqual(loan.replaces, unit)
            self.assertEqual(unit.replaced_by, loan)
            self.assertEqual(Site(point.id).unit, loan)
            self.assertEqual(
                Equipment.search([('home', '=', point.id)]), [unit])
            self.assertEqual(
                Equipment.search([('placement_role', '=', 'loan')]), [loan])

            loan.swap(
                unit, DAY + dt.timedelta(days=9), site=workshop, role='own')
            unit, loan = Equipment.browse([unit.id, loan.id])
            self.assertEqual(
                (unit.site, unit.placement_role), (point, 'own'))
            self.assertEqual((loan.site, loan.home), (workshop, workshop))
            self.assertEqual(
                [p.equipment for p in reversed(pool.get(
                            'maintenance.equipment.placement').search(
                                [('site', '=', point.id)]))],
                [unit, loan, unit])

            for new, message in [
                    (unit, "itself"), (neighbour, "P15")]:
                with self.assertRaisesRegex(EquipmentSwapError, message):
                    unit.swap(new, DAY + dt.timedelta(days=20))

    @with_transaction()
    def test_replace_component(self):
        "Test a replaced component keeps the chain and its readings"
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')
        Meter = pool.get('maintenance.meter')

        with set_company(create_company()):
            site, = create_sites(1)
            plant = Equipment(name="Plant", kind='plant', site=site)
            plant.save()
            pump = Equipment(
                name="Pump", kind='component', parent=plant, site=site,
                serial="A1", installed_date=dt.date(2025, 1, 1))
            pump.save()
            Equipment.put_in_service([pump])
            meter = Meter(equipment=pump, name="Hours")
            meter.save()
            read(meter, 500)
            new = pump.copy_for_swap("A2")
            new_meter, = new.meters
            self.assertEqual(new_meter.replaces, meter)
            pump.swap(
                new, DAY, closing=[(meter, Decimal(700))],
                opening=[(new_meter, Decimal(0))])

            pump, new = Equipment.browse([pump.id, new.id])
            self.assertEqual(pump.state, 'retired')
            self.assertEqual(pump.retired_date, DAY)
            self.assertIsNone(pump.site)
            self.assertEqual(pump.replaced_by, new)
            self.assertEqual(
                (new.site, new.parent, new.serial, new.state,
                    new.installed_date),
                (site, plant, "A2", 'in_service', DAY))
            self.assertEqual(
                [r.source for r in Meter(meter.id).readings],
                ['closing', 'technician'])
            self.assertEqual(
                [r.source for r in Meter(new_meter.id).readings], ['opening'])

    @with_transaction()
    def test_warranty_of_category(self):
        "Test putting in service promises what the category says"
        pool = Pool()
        Category = pool.get('maintenance.equipment.category')
        Equipment = pool.get('maintenance.equipment')
        Warranty = pool.get('maintenance.warranty')

        with set_company(create_company()):
            site, = create_sites(1)
            wide = Category(
                name="Cooling", warranty_basis='installation',
                warranty_labour=12, warranty_parts=24)
            wide.save()
            narrow = Category(name="Split", parent=wide)
            narrow.save()
            equipment = Equipment(
                name="Split", category=narrow, site=site,
                installed_date=dt.date(2026, 1, 31))
            equipment.save()
            Equipment.put_in_service([equipment])
            warranty, = Equipment(equipment.id).warranties
            self.assertEqual(
                (warranty.start_date, warranty.labour_end_date,
                    warranty.parts_end_date, warranty.travel_rate,
                    warranty.end_date),
                (dt.date(2026, 1, 31), dt.date(2027, 1, 30),
                    dt.date(2028, 1, 30), 0, dt.date(2028, 1, 30)))
            Equipment.take_out_of_service([equipment])
            Equipment.put_in_service([equipment])
            self.assertEqual(len(Equipment(equipment.id).warranties), 1)

            for_life = Warranty(
                equipment=equipment, start_date=DAY, kind='manufacturer',
                provider=site.party)
            for_life.save()
            for clause, found in [
                    (('end_date', '=', None), [for_life]),
                    (('end_date', '<=', dt.date(2028, 1, 30)), [warranty]),
                    (('end_date', '<', dt.date(2028, 1, 30)), []),
                    ]:
                self.assertEqual(Warranty.search([clause]), found)
            self.assertEqual(
                Warranty.search([], order=[('end_date', 'ASC NULLS LAST')]),
                [warranty, for_life])

    @with_transaction()
    def test_data_sheet(self):
        "Test a category asks for attributes, those of the wider ones too"
        pool = Pool()
        Attribute = pool.get('maintenance.equipment.attribute')
        Category = pool.get('maintenance.equipment.category')
        Equipment = pool.get('maintenance.equipment')

        with set_company(create_company()):
            site, = create_sites(1)
            gas, charge = Attribute.create([{
                        'name': 'gas',
                        'string': "Gas",
                        'type_': 'selection',
                        'selection': "r32: R-32\nr410a: R-410A",
                        }, {
                        'name': 'charge',
                        'string': "Charge",
                        'type_': 'numeric',
                        'unit': "kg",
                        }])
            wide, = Category.create([{
                        'name': "Cooling",
                        'attributes': [('create', [{
                                        'attribute': gas.id,
                                        'default': "R-32",
                                        }])],
                        }])
            narrow, = Category.create([{
                        'name': "Split",
                        'parent': wide.id,
                        'attributes': [('create', [{
                                        'attribute': charge.id,
                                        'required': True,
                                        }])],
                        }])
            split = Equipment(
                name="Split", site=site, category=narrow,
                installed_date=dt.date(2026, 1, 1))
            split.on_change_category()
            self.assertEqual(split.attributes, {'gas': 'r32', 'charge': None})
            self.assertEqual(
                [k['string'] for k in Attribute.get_keys([gas, charge])],
                ["Gas", "Charge (kg)"])
            split.save()
            with self.assertRaisesRegex(
                    EquipmentAttributeError, "Split.*Charge"):
                Equipment.put_in_service([split])
            split = Equipment(split.id)
            split.attributes = {'gas': 'r410a', 'charge': Decimal('1.1')}
            split.save()
            Equipment.put_in_service([split])
            self.assertEqual(
                Equipment.search([('attributes.gas', '=', 'r410a')]), [split])
            self.assertEqual(
                Equipment.search([('attributes.gas', '=', 'r32')]), [])
            row, = wide.attributes
            with self.assertRaisesRegex(AttributeDefaultError, "R-22.*Gas"):
                row.default = "R-22"
                row.save()

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

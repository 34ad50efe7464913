# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Meters, swaps, warranties and data sheets."""
import datetime as dt
from decimal import Decimal
from unittest import TestCase

from trytond.model.exceptions import AccessError
from trytond.modules.company.tests import create_company, set_company
from trytond.modules.maintenance_equipment.exceptions import (
    AttributeDefaultError, EquipmentAttributeError, EquipmentRetireWarning,
    EquipmentSwapError, ReadingChainError, ReadingOutlierWarning,
    ReadingStateError)
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
    def test_reading_to_come(self):
        "Test a slip of the year does not stop the meter for a year"
        pool = Pool()
        Reading = pool.get('maintenance.meter.reading')

        with set_company(create_company()):
            site, = create_sites(1)
            meter = create_meter(site)
            read(meter, 100)
            today = Reading.default_when().date()
            with self.assertRaisesRegex(ReadingChainError, "Copies.*to come"):
                read(meter, 300, start=today + dt.timedelta(days=360))
            # Read at the round of the morning, and swapped after it.
            last = Reading.at(meter, today, Decimal(300))
            self.assertLessEqual(last.when, Reading.default_when())
            last.save()
            Reading.confirm([last])
            equipment = meter.equipment
            new = equipment.copy_for_swap()
            equipment.swap(new, today, closing=[(meter, Decimal(301))])
            self.assertEqual(type(meter)(meter.id).last_value, 301)

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
    def test_swap_asks_for_the_unit(self):
        "Test the wizard makes no new unit which nothing identifies"
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')
        Swap = pool.get('maintenance.equipment.swap', type='wizard')

        with set_company(create_company()):
            site, = create_sites(1)
            unit, = Equipment.create([{
                        'name': "Unit",
                        'serial': "U1",
                        'site': site.id,
                        'installed_date': dt.date(2025, 1, 1),
                        }])
            Equipment.put_in_service([unit])

            def swap(**values):
                session_id, _, _ = Swap.create()
                with Transaction().set_context(
                        active_model='maintenance.equipment',
                        active_id=unit.id, active_ids=[unit.id]):
                    wizard = Swap(session_id)
                    for name, value in {
                            **Swap(session_id).default_start([]),
                            'old_goes': 'retired', 'site': None, 'new': None,
                            'serial': None, 'no_serial': None,
                            'reason': None, 'opening': [], 'closing': [],
                            **values}.items():
                        setattr(wizard.start, name, value)
                    wizard.transition_swap()
                return Equipment(unit.id).replaced_by

            for serial in [None, " "]:
                with self.assertRaisesRegex(
                        EquipmentSwapError, '"No Serial"'):
                    swap(serial=serial)
            self.assertIsNone(Equipment(unit.id).replaced_by)
            self.assertIsNone(swap(no_serial=True).serial)

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
    def test_retire_with_components(self):
        "Test what a machine is made of goes out of use with it, when asked"
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')
        Warning = pool.get('res.user.warning')

        with set_company(create_company()):
            here, there = create_sites()
            plant, spare, sold = Equipment.create([{
                        'name': name,
                        'site': here.id,
                        'installed_date': dt.date(2025, 1, 1),
                        } for name in ["Plant", "Spare", "Sold"]])
            pump, motor = Equipment.create([{
                        'name': name,
                        'kind': 'component',
                        'site': here.id,
                        'installed_date': dt.date(2025, 1, 1),
                        } for name in ["Pump", "Motor"]])
            Equipment.write(
                [pump, spare, sold], {'parent': plant.id},
                [motor], {'parent': pump.id})
            machines = [plant, pump, motor, spare, sold]
            Equipment.put_in_service(machines)
            Equipment.move([sold], there, date=DAY)
            Equipment.write([spare], {'parent': None})
            machines = Equipment.browse(machines)
            with self.assertRaisesRegex(
                    EquipmentRetireWarning, "Plant.* 2 in all.*Pump"
                    ) as raised:
                Equipment.retire([machines[0]])
            Warning(user=Transaction().user, name=raised.exception.name).save()
            Equipment.retire([machines[0]])
            machines = Equipment.browse([m.id for m in machines])
            self.assertEqual(
                [(m.state, m.site) for m in machines], [
                    *3 * [('retired', None)], ('in_service', here),
                    ('in_service', there)])

    @with_transaction()
    def test_cancelled_draft_stands_nowhere(self):
        "Test a draft made by mistake is not seen at its site any more"
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')

        with set_company(create_company()):
            site, = create_sites(1)
            point, = site.create_points('P', 1, 1, name="Extinguisher")
            wrong = point.unit
            Equipment.cancel([wrong])
            right = Equipment(name="Right", site=point)
            right.save()
            self.assertIsNone(Equipment(wrong.id).site)
            point = type(point)(point.id)
            self.assertEqual(point.unit, right)
            self.assertEqual(point.equipments, (right,))
            self.assertEqual(
                list(type(site.party)(
                        site.party.id).maintenance_equipments), [right])

    @with_transaction()
    def test_warranty_of_category(self):
        "Test putting in service promises what the category says"
        pool = Pool()
        Category = pool.get('maintenance.equipment.category')
        Equipment = pool.get('maintenance.equipment')
        Warranty = pool.get('maintenance.warranty')

        with set_company(create_company()):
            site, = create_sites(1)
            # Counts from the date that the category tells.
            days = {
                f'{name}_date': dt.date(2025, month, 1)
                for month, name in enumerate(
                    ['sold', 'delivered', 'installed', 'commissioned'], 1)}
            for month, basis in enumerate(
                    ['sale', 'delivery', 'installation', 'commissioning'], 1):
                category = Category(
                    name=basis, warranty_basis=basis, warranty_labour=12)
                category.save()
                equipment = Equipment(
                    name=basis, category=category, site=site, **days)
                equipment.save()
                Equipment.put_in_service([equipment])
                warranty, = Equipment(equipment.id).warranties
                self.assertEqual(
                    (warranty.basis, warranty.start_date),
                    (basis, dt.date(2025, month, 1)))
                Warranty.delete([warranty])

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

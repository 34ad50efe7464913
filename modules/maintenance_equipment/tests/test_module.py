# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

from trytond.modules.company.tests import (
    CompanyTestMixin, PartyCompanyCheckEraseMixin, create_company, set_company)
from trytond.modules.maintenance_equipment.exceptions import (
    EquipmentMoveError, EquipmentQuantityError, EquipmentSerialError,
    PlacementDateError, PlacementOverlapError, WarrantyTermError)
from trytond.modules.party.tests import PartyCheckReplaceMixin
from trytond.pool import Pool
from trytond.tests.test_tryton import ModuleTestCase, with_transaction
from trytond.transaction import Transaction


def create_sites(number=2):
    "Create as many customers, each with a site"
    pool = Pool()
    Party = pool.get('party.party')
    Site = pool.get('maintenance.site')
    parties = [Party(name=f"Customer {i}") for i in range(number)]
    Party.save(parties)
    sites = [Site(name=f"Site {i}", party=p) for i, p in enumerate(parties)]
    Site.save(sites)
    return sites


class MaintenanceEquipmentTestCase(
        PartyCompanyCheckEraseMixin, PartyCheckReplaceMixin, CompanyTestMixin,
        ModuleTestCase):
    "Test maintenance_equipment module"
    module = 'maintenance_equipment'

    @with_transaction()
    def test_where_on_date(self):
        "Test a move changes site, customer and owner from its date on"
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')

        with set_company(create_company()):
            here, there = create_sites()
            equipment = Equipment(
                name="Pump", site=here, installed_date=dt.date(2026, 1, 1))
            equipment.save()
            Equipment.move([equipment], there, date=dt.date(2026, 3, 1))

            for date, site in [
                    (dt.date(2025, 12, 31), None),
                    (dt.date(2026, 1, 1), here),
                    (dt.date(2026, 2, 28), here),
                    (dt.date(2026, 3, 1), there),
                    (dt.date(2030, 1, 1), there),
                    ]:
                with Transaction().set_context(Equipment.at(date)):
                    record = Equipment(equipment.id)
                    customer = site.party if site else None
                    self.assertEqual(record.site, site)
                    self.assertEqual(record.customer, customer)
                    self.assertEqual(record.owner, customer)
                    self.assertEqual(record.user, customer)
                    for name, value in [
                            ('site', site), ('customer', customer),
                            ('owner', customer), ('user', customer)]:
                        self.assertEqual(
                            Equipment.search([
                                    (name, '=', value and value.id)]),
                            [record], msg=f'{name} on {date}')

    @with_transaction()
    def test_search_and_order_site(self):
        "Test site, customer, owner and user are searched and ordered in SQL"
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')
        Site = pool.get('maintenance.site')

        with set_company(create_company()):
            first, second = create_sites()
            room = Site(
                name="Room", kind='room', parent=first, party=first.party)
            room.save()
            a, b, c, d = Equipment.create([
                    {'name': "A", 'site': second.id},
                    {'name': "B", 'site': first.id,
                        'owner': second.party.id},
                    {'name': "C", 'site': room.id},
                    {'name': "D"},
                    ])

            self.assertEqual(
                Equipment.search([('site', 'child_of', [first.id], 'parent')]),
                [b, c])
            self.assertEqual(
                Equipment.search([('site.party.name', '=', "Customer 0")]),
                [b, c])
            self.assertEqual(
                Equipment.search([('customer', '=', second.party.id)]), [a])
            self.assertEqual(
                Equipment.search([('owner', '=', second.party.id)]), [a, b])
            self.assertEqual(
                Equipment.search([('owner.name', '=', "Customer 1")]), [a, b])
            self.assertEqual(Equipment.search([('owner', '=', None)]), [d])
            self.assertEqual(Equipment.search([('site', '=', None)]), [d])
            self.assertEqual(
                Equipment.search([('site', '!=', None)]), [a, b, c])
            for name, order in [
                    ('site', [c, b, a]), ('customer', [b, c, a]),
                    ('owner', [c, a, b]), ('user', [b, c, a])]:
                self.assertEqual(
                    Equipment.search(
                        [('site', '!=', None)],
                        order=[(name, 'ASC'), ('id', 'ASC')]), order,
                    msg=name)
            self.assertEqual(
                Equipment.search([('rec_name', 'ilike', '%Customer 1%')]),
                [a])

    @with_transaction()
    def test_placement_overlap(self):
        "Test equipment cannot be at two sites on the same day"
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')
        Placement = pool.get('maintenance.equipment.placement')

        with set_company(create_company()):
            here, there = create_sites()
            equipment = Equipment(name="Pump")
            equipment.save()
            placement = Placement(
                equipment=equipment, site=here,
                from_date=dt.date(2026, 1, 1), to_date=dt.date(2026, 2, 1))
            placement.save()

            with self.assertRaisesRegex(
                    PlacementOverlapError, "Pump.*Site 0.*Site 1"):
                Placement.create([{
                            'equipment': equipment.id,
                            'site': there.id,
                            'from_date': dt.date(2026, 1, 31),
                            }])
            with self.assertRaises(PlacementOverlapError):
                Placement.create([{
                            'equipment': equipment.id,
                            'site': site.id,
                            'from_date': dt.date(2026, 5, 1),
                            } for site in [here, there]])
            Placement.create([{
                        'equipment': equipment.id,
                        'site': there.id,
                        'from_date': dt.date(2026, 2, 1),
                        }])
            with self.assertRaises(PlacementDateError):
                placement.to_date = dt.date(2025, 1, 1)
                placement.save()

    @with_transaction()
    def test_move_twice_on_a_day_with_components(self):
        "Test a plant moves with the components that stand with it"
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')

        with set_company(create_company()):
            one, two, three = create_sites(3)
            plant, other = Equipment.create([
                    {'name': "Plant", 'kind': 'plant', 'site': one.id},
                    {'name': "Other", 'site': one.id},
                    ])
            near, far = Equipment.create([
                    {'name': "Near", 'parent': plant.id, 'site': one.id},
                    {'name': "Far", 'parent': plant.id, 'site': three.id},
                    ])
            date = dt.date(2030, 1, 1)
            Equipment.move([plant], two, date=date)
            with Transaction().set_context(Equipment.at(date)):
                Equipment.move(
                    [Equipment(plant.id)], three, date=date,
                    components=False)
                records = Equipment.browse([plant, near, far, other])
                self.assertEqual(
                    [e.site for e in records], [three, two, three, one])

    @with_transaction()
    def test_site_is_not_edited(self):
        "Test the site of placed equipment is changed by a move only"
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')

        with set_company(create_company()):
            here, there = create_sites()
            equipment = Equipment(name="Pump", site=here)
            equipment.save()
            with self.assertRaises(EquipmentMoveError):
                Equipment.write([equipment], {'site': there.id})

    @with_transaction()
    def test_serial_twice(self):
        "Test the same serial of a product names the other equipment"
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')
        Product = pool.get('product.product')
        Template = pool.get('product.template')
        Uom = pool.get('product.uom')

        with set_company(create_company()):
            unit, = Uom.search([('name', '=', "Unit")])
            template = Template(
                name="Copier", type='goods', default_uom=unit)
            template.save()
            product = Product(template=template)
            product.save()

            first = Equipment(name="Copier", product=product, serial=" S1 ")
            first.save()
            self.assertEqual(first.serial, "S1")
            with self.assertRaisesRegex(
                    EquipmentSerialError, first.rec_name.replace(
                        '[', r'\[')):
                Equipment.create([{
                            'name': "Other",
                            'product': product.id,
                            'serial': "S1",
                            }])
            second = Equipment(name="Other", product=product, serial="S2")
            second.save()
            with self.assertRaises(EquipmentSerialError):
                second.serial = "S1"
                second.save()
            second = Equipment(second.id)
            Equipment.cancel([first])
            second.serial = "S1"
            second.save()

    @with_transaction()
    def test_many_at_once(self):
        "Test that a whole school is created and moved in one step"
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')

        with set_company(create_company()):
            here, there = create_sites()
            equipments = Equipment.create([{
                        'name': "Extinguisher",
                        'serial': f'E{i}',
                        'site': here.id,
                        'installed_date': dt.date(2026, 1, 1),
                        } for i in range(250)])
            Equipment.move(equipments, there, date=dt.date(2026, 3, 1))
            self.assertEqual(
                {e.site for e in Equipment.browse(equipments)}, {there})

    @with_transaction()
    def test_quantity(self):
        "Test a group has no serial"
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')

        with set_company(create_company()):
            Equipment.create([{'name': "Detectors", 'quantity': 300}])
            for values in [
                    {'quantity': 0},
                    {'quantity': 2, 'manufacturer_serial': "X"},
                    ]:
                with self.assertRaises(EquipmentQuantityError):
                    Equipment.create([{'name': "Wrong", **values}])

    @with_transaction()
    def test_numbers_in_one_create(self):
        "Test the records of one create get numbers of their own"
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')

        with set_company(create_company()):
            equipments = Equipment.create(
                [{'name': f"E{i}"} for i in range(5)])
            numbers = [int(e.number) for e in equipments]
            # PostgreSQL does not take back the numbers of other tests.
            self.assertEqual(
                numbers, list(range(numbers[0], numbers[0] + 5)))

    @with_transaction()
    def test_retire_ends_placement(self):
        "Test retired equipment stands nowhere"
        pool = Pool()
        Date = pool.get('ir.date')
        Equipment = pool.get('maintenance.equipment')

        with set_company(create_company()):
            here, = create_sites(1)
            equipment = Equipment(
                name="Pump", site=here, installed_date=dt.date(2026, 1, 1))
            equipment.save()
            Equipment.put_in_service([equipment])
            Equipment.retire([equipment])
            self.assertEqual(equipment.state, 'retired')
            self.assertEqual(equipment.retired_date, Date.today())
            self.assertIsNone(Equipment(equipment.id).site)
            with self.assertRaises(EquipmentMoveError):
                Equipment.move([equipment], here)

    @with_transaction()
    def test_warranty_coverage(self):
        "Test coverage of many equipments on a date"
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')
        Warranty = pool.get('maintenance.warranty')

        with set_company(create_company()):
            covered, uncovered = Equipment.create(
                [{'name': "Covered"}, {'name': "Uncovered"}])
            warranty = Warranty(
                equipment=covered, start_date=dt.date(2026, 1, 1),
                labour_end_date=dt.date(2026, 12, 31),
                parts_rate=Decimal('.5'))
            warranty.save()
            cover = Equipment.warranty_coverage(
                [covered, uncovered], dt.date(2027, 1, 1))
            self.assertEqual(cover[covered.id].labour.rate, 0)
            self.assertEqual(cover[covered.id].parts.rate, Decimal('.5'))
            self.assertEqual(cover[covered.id].parts.warranty, warranty.id)
            self.assertFalse(cover[uncovered.id])

            for name, value in [
                    ('parts_rate', Decimal(2)),
                    ('labour_end_date', dt.date(2025, 1, 1))]:
                with self.assertRaisesRegex(WarrantyTermError, "Covered"):
                    Warranty.write([warranty], {name: value})
                warranty = Warranty(warranty.id)


del ModuleTestCase

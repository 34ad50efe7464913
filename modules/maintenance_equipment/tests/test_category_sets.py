# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The ready-made categories and their data sheets."""
import datetime as dt
from decimal import Decimal
from unittest import TestCase

from trytond.model.exceptions import AccessError
from trytond.modules.company.tests import create_company, set_company
from trytond.modules.maintenance_equipment.category_load import read_sets
from trytond.modules.maintenance_equipment.exceptions import (
    EquipmentAttributeError)
from trytond.modules.maintenance_equipment.tests.test_installed_base import (
    acting, create_user)
from trytond.modules.maintenance_equipment.tests.test_module import (
    create_sites)
from trytond.pool import Pool
from trytond.tests.test_tryton import activate_module, with_transaction
from trytond.transaction import Transaction

CODES = [
    'EXT', 'BIE', 'DET_GEN', 'SPLIT', 'BOILER', 'LIFT', 'COPIER', 'VENDING',
    'SERVER', 'INVERTER']


def count():
    pool = Pool()
    return [
        pool.get(name).search([], count=True) for name in [
            'maintenance.equipment.category',
            'maintenance.equipment.attribute',
            'maintenance.equipment.category.attribute']]


class CategorySetsTestCase(TestCase):

    @classmethod
    def setUpClass(cls):
        activate_module('maintenance_equipment')
        super().setUpClass()

    @with_transaction()
    def test_files(self):
        "Test the files have every set, with every text in every language"
        sets = read_sets()
        self.assertEqual([s.code for s in sets], CODES)
        for set_ in sets:
            with self.subTest(set=set_.code):
                self.assertTrue(any(r.required for r in set_.rows))
                self.assertTrue(any(r.default for r in set_.rows))
                self.assertTrue(all(set_.name.values()))
                for row in set_.rows:
                    self.assertTrue(all(row.attribute.string.values()))
                    self.assertEqual(
                        row.attribute.type_ == 'selection',
                        bool(row.attribute.selection['it']))

    @with_transaction()
    def test_load_all(self):
        "Test all sets load with defaults that count, and only once"
        pool = Pool()
        Category = pool.get('maintenance.equipment.category')

        with set_company(create_company()):
            categories = Category.load_sets()
            self.assertEqual([c.code for c in categories], CODES)
            for category, set_ in zip(categories, read_sets()):
                self.assertEqual(
                    [(a.attribute.name, a.required, a.default)
                        for a in category.attributes],
                    [(r.attribute.name, r.required, r.default)
                        for r in set_.rows])
            extinguisher = categories[0]
            self.assertEqual(
                [a.get_default() for a in extinguisher.attributes],
                ['powder', Decimal(6), None, 'stored', None])
            before = count()
            self.assertEqual(Category.load_sets(), categories)
            self.assertEqual(count(), before)

    @with_transaction()
    def test_load_again_keeps_changes(self):
        "Test loading again keeps what people changed, and forces nothing"
        pool = Pool()
        Category = pool.get('maintenance.equipment.category')

        with set_company(create_company()):
            mine = Category(code='LIFT', name="Our Lifts")
            mine.save()
            lift, split = Category.load_sets(['SPLIT', 'LIFT'])[::-1]
            self.assertEqual((lift, lift.name), (mine, "Our Lifts"))
            self.assertEqual(len(lift.attributes), 8)
            self.assertFalse(any(a.required for a in lift.attributes))
            gas = split.attributes[0]
            gas.default = 'r290'
            gas.save()
            Category.write([split], {'name': "Splits", 'active': False})

            split, = Category.load_sets(['SPLIT'])
            self.assertTrue(split.active)
            self.assertEqual(split.name, "Splits")
            self.assertEqual(split.attributes[0].default, 'r290')

    @with_transaction()
    def test_own_attribute_of_other_type(self):
        "Test an attribute of the user keeps its type, without our default"
        pool = Pool()
        Attribute = pool.get('maintenance.equipment.attribute')
        Category = pool.get('maintenance.equipment.category')

        with set_company(create_company()):
            Attribute.create([{
                        'name': 'fuel', 'string': "Fuel Stock",
                        'type_': 'integer'}])
            boiler, = Category.load_sets(['BOILER'])
            self.assertEqual(boiler.attributes[0].attribute.type_, 'integer')
            self.assertIsNone(boiler.attributes[0].default)

    @with_transaction()
    def test_languages(self):
        "Test names and choices are read in each language"
        pool = Pool()
        Category = pool.get('maintenance.equipment.category')
        Lang = pool.get('ir.lang')
        Start = pool.get('maintenance.equipment.category.load.start')

        Lang.write(
            Lang.search([('code', 'in', ['es', 'it'])]),
            {'translatable': True})
        with set_company(create_company()):
            boiler, = Category.load_sets(['BOILER'])
            for language, name, fuel, gas in [
                    ('en', "Boiler", "Fuel", "Natural gas"),
                    ('es', "Caldera", "Combustible", "Gas natural"),
                    ('it', "Caldaia", "Combustibile", "Gas naturale")]:
                with Transaction().set_context(language=language):
                    category = Category(boiler.id)
                    attribute = category.attributes[0].attribute
                    self.assertEqual(category.name, name)
                    self.assertEqual(attribute.string, fuel)
                    key, = attribute.get_keys([attribute])
                    self.assertEqual(
                        dict(key['selection'])['natural_gas'], gas)
                    self.assertIn(('BOILER', name), Start.get_categories())

    @with_transaction()
    def test_air_conditioner_in_service(self):
        "Test a split asks for its gas before it is in service"
        pool = Pool()
        Category = pool.get('maintenance.equipment.category')
        Equipment = pool.get('maintenance.equipment')

        with set_company(create_company()):
            site, = create_sites(1)
            split, = Category.load_sets(['SPLIT'])
            equipment = Equipment(
                name="Split", site=site, category=split,
                installed_date=dt.date(2026, 1, 1))
            equipment.set_default_attributes()
            self.assertEqual(equipment.attributes['refrigerant'], 'r32')
            self.assertIs(equipment.attributes['leak_detection'], False)
            equipment.save()
            with self.assertRaisesRegex(
                    EquipmentAttributeError, "Gas charge.*CO₂ equivalent"):
                Equipment.put_in_service([equipment])
            equipment.attributes = {
                **equipment.attributes,
                'refrigerant_charge': Decimal('1.250'),
                'co2_equivalent': Decimal('0.844')}
            equipment.save()
            Equipment.put_in_service([equipment])
            self.assertEqual(equipment.state, 'in_service')

    @with_transaction()
    def test_who_may_load(self):
        "Test the administrator loads with the wizard, the manager may not"
        pool = Pool()
        Category = pool.get('maintenance.equipment.category')
        Wizard = pool.get('maintenance.equipment.category.load', type='wizard')

        company = create_company()
        with set_company(company):
            for group, allowed in [
                    ('group_service_manager', False),
                    ('group_maintenance_admin', True)]:
                user, context = acting(create_user(group, group, company))
                with user, context:
                    session = None
                    try:
                        session, _, _ = Wizard.create()
                        Wizard.execute(
                            session, {'start': {'categories': ['COPIER']}},
                            'load')
                    except AccessError:
                        self.assertFalse(allowed)
                    else:
                        self.assertTrue(allowed)
            self.assertTrue(Category.search([('code', '=', 'COPIER')]))

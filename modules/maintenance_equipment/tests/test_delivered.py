# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Who delivers, and who makes equipment of it."""
from decimal import Decimal
from unittest import TestCase

from trytond.model.exceptions import AccessError
from trytond.modules.company.tests import create_company, set_company
from trytond.modules.maintenance_equipment.tests.test_installed_base import (
    acting, create_user)
from trytond.pool import Pool
from trytond.tests.test_tryton import activate_module, with_transaction


def create_product(**values):
    pool = Pool()
    Template = pool.get('product.template')
    Uom = pool.get('product.uom')
    unit, = Uom.search([('name', '=', "Unit")])
    template, = Template.create([{
                'name': "Copier",
                'type': 'goods',
                'default_uom': unit.id,
                'list_price': Decimal(900),
                'products': [('create', [{}])],
                **values,
                }])
    return template.products[0]


def create_shipment(company, product, *numbers):
    pool = Pool()
    Location = pool.get('stock.location')
    Lot = pool.get('stock.lot')
    Move = pool.get('stock.move')
    Party = pool.get('party.party')
    Shipment = pool.get('stock.shipment.out')
    party, = Party.create([{
                'name': "Customer",
                'addresses': [('create', [{'city': "Elche"}])],
                }])
    locations = {
        code: Location.search([('code', '=', code)])[0].id
        for code in ['WH', 'STO', 'OUT', 'CUS']}
    lots = Lot.create(
        [{'number': n, 'product': product.id} for n in numbers])
    shipment, = Shipment.create([{
                'company': company.id,
                'customer': party.id,
                'delivery_address': party.addresses[0].id,
                'warehouse': locations['WH'],
                'warehouse_storage': locations['STO'],
                'warehouse_output': locations['OUT'],
                }])
    Move.create([{
                'shipment': str(shipment),
                'company': company.id,
                'product': product.id,
                'lot': lot.id,
                'quantity': 1,
                'unit': product.default_uom.id,
                'unit_price': Decimal(900),
                'currency': company.currency.id,
                'from_location': locations['OUT'],
                'to_location': locations['CUS'],
                } for lot in lots])
    return shipment


class DeliveredTestCase(TestCase):

    @classmethod
    def setUpClass(cls):
        activate_module('maintenance_equipment')
        super().setUpClass()

    @with_transaction()
    def test_who_ships_needs_no_right(self):
        "Test the warehouse makes equipment without seeing any"
        pool = Pool()
        Category = pool.get('product.category')
        Equipment = pool.get('maintenance.equipment')
        Group = pool.get('res.group')
        ModelData = pool.get('ir.model.data')
        Shipment = pool.get('stock.shipment.out')

        company = create_company()
        with set_company(company):
            wide, = Category.create([{
                        'name': "Machines", 'equipment_policy': 'create'}])
            narrow, = Category.create(
                [{'name': "Copiers", 'parent': wide.id}])
            product = create_product(categories=[('add', [narrow.id])])
            shipment = create_shipment(company, product, "A1", "A2")
            user = create_user('warehouse', 'group_technician', company)
            user.groups = [
                Group(ModelData.get_id('stock', name)) for name in [
                    'group_stock', 'group_stock_force_assignment']]
            user.save()
        as_user, context = acting(user)
        with as_user, context:
            with self.assertRaises(AccessError):
                Equipment.search([])
            for button in ['wait', 'assign_force', 'pick', 'pack', 'do']:
                getattr(Shipment, button)([Shipment(shipment.id)])
        with set_company(company):
            machines = Equipment.search([])
            self.assertEqual({m.serial for m in machines}, {"A1", "A2"})
            self.assertEqual({m.state for m in machines}, {'in_service'})
            self.assertEqual({m.site.name for m in machines}, {"Elche"})

    @with_transaction()
    def test_what_the_category_requires(self):
        "Test what the warehouse can not know leaves a draft"
        pool = Pool()
        Attribute = pool.get('maintenance.equipment.attribute')
        Category = pool.get('maintenance.equipment.category')
        Equipment = pool.get('maintenance.equipment')
        Shipment = pool.get('stock.shipment.out')

        company = create_company()
        with set_company(company):
            gas, = Attribute.create([{
                        'name': 'gas', 'string': "Gas", 'type_': 'char'}])
            lacking, complete = Category.create([{
                        'name': name,
                        'attributes': [('create', [{
                                        'attribute': gas.id,
                                        'required': True,
                                        'default': default,
                                        }])],
                        } for name, default in [
                        ("Lacking", None), ("Complete", "R32")]])
            for category, state in [
                    (lacking, 'draft'), (complete, 'in_service')]:
                product = create_product(
                    equipment_policy='create',
                    equipment_category=category.id)
                shipment = create_shipment(company, product, "B1")
                for button in ['wait', 'assign_force', 'pick', 'pack', 'do']:
                    getattr(Shipment, button)([Shipment(shipment.id)])
                machine, = Equipment.search([('category', '=', category.id)])
                self.assertEqual(machine.state, state)
                self.assertEqual(machine.product, product)

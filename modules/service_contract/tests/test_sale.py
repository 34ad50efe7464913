# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What who sells may do with contracts and concepts."""
import unittest
from decimal import Decimal

from trytond.model.exceptions import AccessError
from trytond.modules.company.tests import (
    create_company, create_employee, set_company)
from trytond.modules.maintenance_order.tests.test_module import (
    Acting, create_user)
from trytond.modules.service_contract.tests.contracts import (
    EXTRAS, ContractsMixin)
from trytond.pool import Pool
from trytond.tests.test_tryton import activate_module, with_transaction


class SaleRightsTestCase(ContractsMixin, unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        activate_module(['service_contract', *EXTRAS])
        super().setUpClass()

    def create_seller(self, company):
        pool = Pool()
        Group = pool.get('res.group')
        ModelData = pool.get('ir.model.data')
        user = create_user(
            'marta', 'group_sales_view', create_employee(company))
        user.groups = [Group(ModelData.get_id('sale', 'group_sale'))]
        user.save()
        return user

    @with_transaction()
    def test_contract(self):
        "Test who sells reads contracts, and the sale makes them for him"
        pool = Pool()
        Address = pool.get('party.address')
        Contract = pool.get('service.contract')
        Product = pool.get('product.product')
        Sale = pool.get('sale.sale')
        Template = pool.get('product.template')
        Type = pool.get('service.contract.type')
        Uom = pool.get('product.uom')
        company = create_company()
        with set_company(company):
            contract, = self.create_contracts()
            unit, = Uom.search([('name', '=', "Unit")])
            template = Template(
                name="Watch", type='service', default_uom=unit, salable=True,
                sale_uom=unit, list_price=Decimal(60), contract_months=3)
            template.save()
            product, = Product.create([{'template': template.id}])
            type_, = Type.create([{'name': "Maintenance"}])
            address, = Address.create([{'party': contract.party.id}])
            sale, = Sale.create([{
                        'party': contract.party.id,
                        'invoice_address': address.id,
                        'shipment_address': address.id,
                        'contract_type': type_.id,
                        'lines': [('create', [{
                                        'product': product.id,
                                        'unit': unit.id,
                                        'quantity': 1,
                                        'unit_price': Decimal(60),
                                        'contract_months': 3,
                                        }])],
                        }])
            Sale.write([sale], {'state': 'quotation'})
            seller = self.create_seller(company)
        with Acting(seller):
            self.assertEqual(Contract.search([], count=True), 1)
            with self.assertRaises(AccessError):
                Contract.write([Contract(contract.id)], {'comment': "Mine"})
            Sale.confirm([Sale(sale.id)])
            made, = Sale(sale.id).contracts
            self.assertEqual(made.state, 'quotation')
            self.assertEqual(made.type, type_)
            with self.assertRaises(AccessError):
                Contract.delete([made])

    @with_transaction()
    def test_recommended(self):
        "Test what is recommended and a contract charges makes no order"
        pool = Pool()
        Address = pool.get('party.address')
        Contract = pool.get('service.contract')
        Order = pool.get('maintenance.order')
        Product = pool.get('product.product')
        Sale = pool.get('sale.sale')
        Site = pool.get('maintenance.site')
        Template = pool.get('product.template')
        Uom = pool.get('product.uom')
        with set_company(create_company()):
            contract, = self.create_contracts()
            party = contract.party
            unit, = Uom.search([('name', '=', "Unit")])
            template, = Template.create([{
                        'name': "Service", 'type': 'service',
                        'default_uom': unit.id, 'sale_uom': unit.id,
                        'salable': True, 'list_price': Decimal(60),
                        }])
            product, = Product.create([{'template': template.id}])
            site, annex = Site.create([
                    {'name': "Hotel", 'party': party.id},
                    {'name': "Annex", 'party': party.id},
                    ])
            address, = Address.create([{'party': party.id}])

            def sell(*recommended):
                lines = [{
                        'product': product.id, 'unit': unit.id,
                        'quantity': 1, 'unit_price': Decimal(60),
                        'contract_months': months,
                        'recommendations': [('create', [{
                                        'site': place.id,
                                        'party': party.id,
                                        'product': product.id,
                                        'quantity': 1,
                                        'description': text}])],
                        } for text, months, place in recommended]
                sale, = Sale.create([{
                            'party': party.id,
                            'invoice_address': address.id,
                            'shipment_address': address.id,
                            'lines': [('create', lines)],
                            }])
                Sale.write([sale], {'state': 'quotation'})
                orders = Order.search([])
                Sale.confirm([sale])
                made = [
                    (o.site, o.agreed_amount, [
                            t.description for t in o.tasks])
                    for o in Order.search([]) if o not in orders]
                return len(Sale(sale.id).contracts), made
            valve = ("New valve", None, site)
            to_do = (site, 60, ["New valve"])
            self.assertEqual(sell(("Watch it", 3, site)), (1, []))
            self.assertEqual(sell(valve), (0, [to_do]))
            self.assertEqual(
                sell(("Watch it", 3, site), valve), (1, [to_do]))
            # At another place there is nothing to do either.
            self.assertEqual(
                sell(("Watch it", 3, annex), valve), (1, [to_do]))
            self.assertEqual(Contract.search([
                        ('state', '=', 'quotation')], count=True), 3)

    @with_transaction()
    def test_concept(self):
        "Test who sells reads concepts, and a technician does not"
        pool = Pool()
        Concept = pool.get('service.concept')
        company = create_company()
        with set_company(company):
            seller = self.create_seller(company)
            technician = create_user(
                'ana', 'group_technician', seller.employee)
        with Acting(seller):
            self.assertEqual(Concept.search([]), [])
            # What it costs the company is not for him.
            for name in ['cost', 'margin']:
                with self.subTest(name=name), self.assertRaises(AccessError):
                    Concept.read([], [name])
            with self.assertRaises(AccessError):
                Concept.create([{'name': "Mine"}])
        with Acting(technician), self.assertRaises(AccessError):
            Concept.search([])

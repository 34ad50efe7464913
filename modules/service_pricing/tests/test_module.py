# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

from trytond.modules.company.tests import (
    CompanyTestMixin, create_company, set_company)
from trytond.modules.party.tests import PartyCheckReplaceMixin
from trytond.modules.service_pricing.exceptions import NegativeError
from trytond.pool import Pool
from trytond.tests.test_tryton import ModuleTestCase, with_transaction


class ServicePricingTestCase(
        PartyCheckReplaceMixin, CompanyTestMixin, ModuleTestCase):
    "Test service_pricing module"
    module = 'service_pricing'
    extras = ['sale']

    @with_transaction()
    def test_negative(self):
        "Test numbers below zero are named, all at once"
        pool = Pool()
        CallOut = pool.get('service.call_out')
        Rule = pool.get('service.price.rule')
        with set_company(create_company()):
            for Model, values in [
                    (Rule, {'factor': Decimal(-1), 'step': Decimal(-1)}),
                    (CallOut, {'amount': Decimal(-1), 'minimum': -1}),
                    ]:
                with self.subTest(model=Model.__name__), self.assertRaises(
                        NegativeError) as catched:
                    Model.create([{'name': "Wrong", **values}])
                texts = catched.exception.message.splitlines()
                self.assertEqual(["Wrong" in t for t in texts], [True, True])
            # A rule may take something off.
            rule, = Rule.create([{'name': "Less", 'amount': Decimal(-1)}])
            self.assertEqual(rule.amount, -1)

    @with_transaction()
    def test_offer_site_kinds(self):
        "Test a service for buildings is offered to who has one"
        pool = Pool()
        Concept = pool.get('service.concept')
        Party = pool.get('party.party')
        Product = pool.get('product.product')
        Site = pool.get('maintenance.site')
        Template = pool.get('product.template')
        Uom = pool.get('product.uom')
        company = create_company()
        with set_company(company):
            unit, = Uom.search([('name', '=', "Unit")])
            template = Template(
                name="Signs", type='service', default_uom=unit)
            template.save()
            product, = Product.create([{'template': template.id}])
            concept, = Concept.create([{
                        'name': "Signs", 'product': product.id,
                        'site_kinds': ['building'],
                        }])
            shop, block = Party.create([{'name': "Shop"}, {'name': "Block"}])
            house, = Site.create([{'name': "House", 'party': block.id}])
            Site.create([
                    {'name': "Shop", 'party': shop.id},
                    {'name': "A", 'kind': 'building', 'parent': house.id,
                        'party': block.id}])
            self.assertEqual(Concept.offerable(shop, company), [])
            (found, offer), = Concept.offerable(block, company)
            self.assertEqual((found, offer.reasons), (concept, ('site',)))

    @with_transaction()
    def test_holidays(self):
        "Test the company rests with its country and region, and by itself"
        pool = Pool()
        Address = pool.get('party.address')
        Company = pool.get('company.company')
        Country = pool.get('country.country')
        Holiday = pool.get('maintenance.holiday')
        Subdivision = pool.get('country.subdivision')
        spain, italy = Country.create([
                {'name': "Spain", 'code': 'ES'},
                {'name': "Italy", 'code': 'IT'}])
        valencia, unknown = Subdivision.create([{
                    'name': name, 'code': code, 'type': 'province',
                    'country': spain.id,
                    } for name, code in [
                        ("Valencian Community", 'ES-VC'),
                        ("Nowhere", 'ES-XX')]])
        company = create_company()
        with set_company(company):
            address, = company.party.addresses
            self.assertEqual(Holiday.at_company(company, [2026]), {})

            def rests(date, country, subdivision=None):
                Address.write([address], {
                        'country': country.id,
                        'subdivision': (
                            subdivision.id if subdivision else None),
                        })
                return date in Holiday.at_company(
                    Company(company.id), [2026])
            # Good Friday, Easter Monday, their own national days.
            for date, expected in [
                    (dt.date(2026, 4, 3), [True, True, True, False]),
                    (dt.date(2026, 4, 6), [False, True, False, True]),
                    (dt.date(2026, 10, 9), [False, True, False, False]),
                    (dt.date(2026, 10, 12), [True, True, True, False]),
                    (dt.date(2026, 4, 25), [False, False, False, True]),
                    (dt.date(2026, 3, 10), [False] * 4),
                    ]:
                with self.subTest(date=date):
                    self.assertEqual([
                            rests(date, spain), rests(date, spain, valencia),
                            rests(date, spain, unknown), rests(date, italy)],
                        expected)
            Holiday.create([
                    {'name': "Our Day", 'date': dt.date(2026, 3, 10)},
                    {'name': "Open", 'date': dt.date(2026, 10, 12),
                        'works': True},
                    ])
            self.assertTrue(rests(dt.date(2026, 3, 10), spain))
            self.assertFalse(rests(dt.date(2026, 10, 12), spain))


del ModuleTestCase

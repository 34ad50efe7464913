# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Coverage by hours and formulas, alerts, data by type, prices of lines."""
import datetime as dt
import unittest
from decimal import Decimal

from trytond.modules.company.tests import create_company, set_company
from trytond.modules.maintenance_order.decision import Candidate, Line, decide
from trytond.modules.maintenance_order.tests.test_module import (
    create_order, create_product, create_visits)
from trytond.modules.maintenance_order.tests.test_visit import configure
from trytond.modules.service_contract.case import (
    Case, CaseLine, CaseTask, in_words)
from trytond.modules.service_contract.tests.contracts import (
    EXTRAS, ContractsMixin)
from trytond.pool import Pool
from trytond.tests.test_tryton import activate_module, with_transaction

TUESDAY = dt.date(2026, 3, 10)


class HoursTestCase(ContractsMixin, unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        activate_module(['service_contract', *EXTRAS])
        super().setUpClass()

    def create_site(self, name="Hotel", **values):
        pool = Pool()
        Party = pool.get('party.party')
        Site = pool.get('maintenance.site')
        party, = Party.create([{'name': name}])
        site, = Site.create([{'name': name, 'party': party.id, **values}])
        return site

    def create_coverage(self, *rules):
        pool = Pool()
        Coverage = pool.get('service.contract.coverage')
        coverage, = Coverage.create([{
                    'name': "Coverage", 'rules': [('create', list(rules))],
                    }])
        return coverage

    def cover(self, site, coverage, **values):
        contract, = self.create_contracts(
            price='0', party=site.party.id, line={
                'coverage': coverage.id,
                'equipments': [('create', [{'site': site.id}])],
                }, **values)
        return contract

    def shares(self, company, site, kind, start, end, date=TUESDAY):
        "Return payer, quantity and amount of a line that took these hours"
        pool = Pool()
        Visit = pool.get('maintenance.visit')
        case = Case(-1, company, site.party, site, date)
        case.lines.append(CaseLine(
                -1, kind, CaseTask('corrective'), visit=case,
                start=dt.time(start), end=dt.time(end)))
        quantity = end - start if kind == 'work' else 1
        return [
            (s.payer_kind, s.quantity, s.amount) for s in decide([Line(
                        id=-1, visit=-1, kind=kind, date=date,
                        quantity=Decimal(quantity), list_price=Decimal(50),
                        customer=1, task_kind='corrective')],
                Visit._decision_candidates([case]))]

    @with_transaction()
    def test_band(self):
        "Test only the hours within the band are covered, each in its way"
        pool = Pool()
        Band = pool.get('service.time.band')
        company = create_company()
        with set_company(company):
            band, = Band.create([{
                        'name': "Working hours",
                        'windows': [('create', [{
                                        'start': dt.time(8),
                                        'end': dt.time(18)}])],
                        }])
            site = self.create_site()
            coverage = self.create_coverage(
                {'line_kind': 'work', 'band': band.id},
                {'line_kind': 'work', 'percentage': Decimal('0.5')})
            self.cover(site, coverage)
            for start, end, expected in [
                    (9, 12, [('contract', 3, 0)]),
                    (18, 20, [('contract', 1, 0), ('customer', 1, 50)]),
                    (16, 20, [
                            ('contract', 2, 0), ('contract', 1, 0),
                            ('customer', 1, 50)]),
                    ]:
                with self.subTest(start=start, end=end):
                    self.assertEqual(
                        self.shares(company, site, 'work', start, end),
                        expected)
            self.assertIn("Working hours", coverage.in_words())
            # On Saturday it is never within them.
            self.assertEqual(
                self.shares(
                    company, site, 'work', 9, 11, dt.date(2026, 3, 14)),
                [('contract', 1, 0), ('customer', 1, 50)])

    @with_transaction()
    def test_price_sheet(self):
        "Test the customer reads before the work which hours are included"
        pool = Pool()
        Band = pool.get('service.time.band')
        company = create_company()
        with set_company(company):
            configure(
                labour_product=create_product("Labour"),
                travel_product=create_product("Travel", price='40'))
            band, = Band.create([{
                        'name': "Working hours",
                        'windows': [('create', [{
                                        'start': dt.time(8),
                                        'end': dt.time(18)}])],
                        }])
            order = create_order()
            visit, = create_visits([order])
            self.assertEqual(visit.price_sheet().split('\n'), [
                    "Travel: usd40.00 / Hour",
                    "Work: usd45.00 / Hour",
                    "Taxes not included."])
            self.cover(order.site, self.create_coverage(
                    {'line_kind': 'work', 'band': band.id},
                    {'line_kind': 'travel'}))
            self.assertEqual(
                visit.__class__(visit.id).price_sheet().split('\n'), [
                    "Travel: included",
                    "Work, usual hours: usd45.00 / Hour",
                    "Work, Working hours: included",
                    "Taxes not included."])

    @with_transaction()
    def test_band_alone(self):
        "Test the customer pays what is outside of the hours"
        pool = Pool()
        Band = pool.get('service.time.band')
        company = create_company()
        with set_company(company):
            band, = Band.create([{
                        'name': "Working hours",
                        'windows': [('create', [{
                                        'start': dt.time(8),
                                        'end': dt.time(18)}])],
                        }])
            site = self.create_site()
            self.cover(site, self.create_coverage(
                    {'line_kind': 'work', 'band': band.id}))
            self.assertEqual(
                self.shares(company, site, 'work', 20, 22),
                [('customer', 2, 100)])
            self.assertEqual(
                self.shares(company, site, 'work', 17, 20),
                [('contract', 1, 0), ('customer', 2, 100)])

    @with_transaction()
    def test_limited_bands(self):
        "Test each of two limits is for its own hours, whoever answers first"
        pool = Pool()
        Band = pool.get('service.time.band')
        company = create_company()
        with set_company(company):
            day, night = Band.create([{
                        'name': "Day",
                        'windows': [('create', [{
                                        'start': dt.time(8),
                                        'end': dt.time(18)}])],
                        }, {
                        'name': "Evening",
                        'windows': [('create', [{
                                        'start': dt.time(18),
                                        'end': dt.time(23)}])],
                        }])
            site = self.create_site()
            contract = self.cover(site, self.create_coverage(*[{
                            'line_kind': 'work', 'band': band.id,
                            'limit': Decimal(limit),
                            'limit_measure': 'hours',
                            } for band, limit in [(day, 3), (night, 1)]]))
            self.assertEqual(len(contract.lines[0].counters), 2)
            for start, end, expected in [
                    (16, 19, [2, 1]),
                    (14, 19, [3, 1, 1]),
                    (17, 21, [1, 1, 2]),
                    (18, 19, [1]),
                    (6, 8, [2]),
                    ]:
                with self.subTest(start=start, end=end):
                    shares = self.shares(company, site, 'work', start, end)
                    self.assertEqual([q for _, q, _ in shares], expected)
            # Before the day begins the customer pays.
            self.assertEqual(
                self.shares(company, site, 'work', 6, 8),
                [('customer', 2, 100)])

    @with_transaction()
    def test_call_out(self):
        "Test a contract charges the call-out by its own formula"
        pool = Pool()
        CallOut = pool.get('service.call_out')
        company = create_company()
        with set_company(company):
            call_out, = CallOut.create([{
                        'name': "Reduced", 'kind': 'distance',
                        'amount': Decimal(10),
                        'unit_price': Decimal('0.40'),
                        }])
            coverage = self.create_coverage({
                    'price_source': 'call_out', 'call_out': call_out.id})
            near = self.create_site(distance=15)
            self.cover(near, coverage)
            unknown = self.create_site("Farm")
            self.cover(unknown, coverage)
            self.assertEqual(
                self.shares(company, near, 'call_out', 9, 10),
                [('contract', 1, Decimal('22.00'))])
            # It is for nothing else, and nobody knows how far the farm is.
            self.assertEqual(
                self.shares(company, near, 'work', 9, 10),
                [('customer', 1, 50)])
            self.assertEqual(
                self.shares(company, unknown, 'call_out', 9, 10),
                [('customer', 1, 50)])
            self.assertIn("Reduced", coverage.in_words())

    @with_transaction()
    def test_amount_and_category(self):
        "Test a limit in money for products of a category"
        pool = Pool()
        Category = pool.get('product.category')
        company = create_company()
        with set_company(company):
            parts, = Category.create([{'name': "Parts"}])
            seals, = Category.create([{'name': "Seals", 'parent': parts.id}])
            site = self.create_site()
            contract = self.cover(site, self.create_coverage({
                        'line_kind': 'material',
                        'product_category': parts.id,
                        'limit': Decimal(120), 'limit_measure': 'amount'}))
            Visit = pool.get('maintenance.visit')
            case = Case(-1, company, site.party, site, TUESDAY)
            case.lines.append(CaseLine(
                    -1, 'material', CaseTask('corrective'), visit=case))
            candidates = Visit._decision_candidates([case])
            self.assertEqual(
                {c.measure for c in candidates[-1]}, {'amount'})

            def pay(quantity, category):
                return [
                    (s.payer_kind, s.quantity, s.value)
                    for s in decide([Line(
                                id=-1, visit=-1, kind='material',
                                date=TUESDAY, quantity=Decimal(quantity),
                                list_price=Decimal(50), customer=1,
                                task_kind='corrective',
                                categories=frozenset([category]))],
                        candidates)]
            self.assertEqual(pay(2, seals.id), [('contract', 2, 100)])
            self.assertEqual(pay(3, seals.id), [
                    ('contract', Decimal('2.4'), 120),
                    ('customer', Decimal('0.6'), 30)])
            self.assertEqual(pay(2, -7), [('customer', 2, 100)])
            counter, = contract.lines[0].counters
            self.assertEqual((counter.used, counter.left), (0, 120))

    @with_transaction()
    def test_alerts(self):
        "Test who answers the phone sees covered, not covered or blocked"
        pool = Pool()
        Contract = pool.get('service.contract')
        Party = pool.get('party.party')
        Ticket = pool.get('maintenance.ticket')
        Type = pool.get('maintenance.request.type')
        company = create_company()
        with set_company(company):
            today = Contract._today(company.id)
            site = self.create_site()
            other = self.create_site("Bar")
            type_, = Type.create([{'name': "Fault"}])
            tickets = Ticket.create([{
                        'party': s.party.id, 'site': s.id, 'type': type_.id,
                        'subject': "It leaks",
                        } for s in [site, other]])

            def alerts():
                found = []
                for place, ticket in zip([site, other], tickets):
                    party = Party(place.party.id)
                    ticket = Ticket(ticket.id)
                    found.append((
                            party.contract_alert, ticket.coverage_alert))
                    self.assertEqual(
                        ticket.coverage_icon, 'service_contract-'
                        + ticket.coverage_alert.replace('_', '-'))
                return found
            bare = ('not_covered', 'not_covered')
            self.assertEqual(alerts(), [bare, bare])
            contract = self.cover(
                site, self.create_coverage({'line_kind': 'work'}),
                start_date=today)
            self.assertEqual(alerts(), [('covered', 'covered'), bare])
            self.assertIn("Work: Included", Ticket(tickets[0].id).coverage)
            # It rests but goes on paying, then it does not.
            Contract.amend_suspension(
                [contract], today, today, keeps_coverage=True)
            self.assertEqual(alerts(), [('covered', 'covered'), bare])
            suspension, = Contract(contract.id).suspensions
            suspension.keeps_coverage = False
            suspension.save()
            self.assertEqual(alerts(), [('blocked', 'blocked'), bare])

    @with_transaction()
    def test_under_warranty(self):
        "Test what is free by a warranty is not said to be of the contract"
        line = Line(
            id=-1, visit=-1, kind='work', date=TUESDAY, quantity=Decimal(1),
            list_price=Decimal(50), customer=1)
        for kind, expected in [
                ('warranty', "Under warranty"), ('contract', "Included")]:
            self.assertEqual(
                in_words(decide([line], {-1: [Candidate(kind)]})), expected)

    @with_transaction()
    def test_data(self):
        "Test a type asks for its own data, printed as people read it"
        pool = Pool()
        Attribute = pool.get('service.contract.attribute')
        Contract = pool.get('service.contract')
        Type = pool.get('service.contract.type')
        with set_company(create_company()):
            attributes = Attribute.create([
                    {'name': 'floors', 'string': "Floors",
                        'type_': 'integer'},
                    {'name': 'keys', 'string': "Keys handed over",
                        'type_': 'boolean'},
                    {'name': 'seller', 'string': "Sold by", 'type_': 'char',
                        'printed': False},
                    {'name': 'other', 'string': "Other", 'type_': 'char'},
                    ])
            type_, = Type.create([{
                        'name': "Lifts", 'attributes': [
                            ('add', [a.id for a in attributes[:3]])],
                        }])
            contract, = self.create_contracts()
            contract.attributes = {'floors': 7}
            contract.type = type_
            contract.on_change_type()
            self.assertEqual(
                contract.attributes,
                {'floors': 7, 'keys': None, 'seller': None})
            contract.attributes = {
                'floors': 7, 'keys': True, 'seller': "Marta"}
            contract.save()
            self.assertEqual(
                Contract(contract.id).get_data(),
                [("Floors", "7"), ("Keys handed over", "Yes")])
            self.assertEqual(
                Contract.search([('attributes.floors', '=', 7)]), [contract])

    @with_transaction()
    def test_line_price(self):
        "Test the tariff proposes the price of a line of a contract"
        pool = Pool()
        Contract = pool.get('service.contract')
        Coverage = pool.get('service.contract.coverage')
        Line = pool.get('service.contract.line')
        Product = pool.get('product.product')
        Rule = pool.get('service.price.rule')
        Template = pool.get('product.template')
        Type = pool.get('service.contract.type')
        Uom = pool.get('product.uom')
        company = create_company()
        with set_company(company):
            unit, = Uom.search([('name', '=', "Unit")])
            template = Template(
                name="Revision", type='service', default_uom=unit,
                salable=True, sale_uom=unit, list_price=Decimal(60))
            template.save()
            product, = Product.create([{'template': template.id}])
            site = self.create_site()

            def proposed(date, **values):
                contract = Contract(
                    company=company, currency=company.currency,
                    party=site.party, sites=[site], start_date=date)
                line = Line(contract=contract, product=product, **values)
                line.on_change_product()
                return line.unit_price
            values = {'unit': None, 'quantity': None, 'unit_price': None}
            self.assertEqual(proposed(TUESDAY, **values), 60)
            Rule.create([{
                        'name': "Good customer", 'layer': 'party',
                        'party': site.party.id, 'basis': 'lower',
                        'factor': Decimal('0.9')}, {
                        'name': "Far away", 'layer': 'site',
                        'site': site.id, 'basis': 'lower',
                        'amount': Decimal(5), 'from_date': TUESDAY}])
            self.assertEqual(proposed(TUESDAY, **values), 59)
            self.assertEqual(
                proposed(TUESDAY - dt.timedelta(days=1), **values), 54)
            # A client does not tell the company of a new line.
            included, = Coverage.create([{'name': "Included"}])
            usual, = Type.create([
                    {'name': "Usual", 'coverage': included.id}])
            line = Line(**values, **{
                    '_parent_contract.type': usual.id, 'coverage': None,
                    'company': None, 'contract': None, 'product': product.id,
                    'start_date': None,
                    '_parent_contract.company': company.id,
                    '_parent_contract.currency': company.currency.id,
                    '_parent_contract.party': site.party.id,
                    '_parent_contract.sites': [site.id],
                    '_parent_contract.start_date': TUESDAY})
            line.on_change(['product'])
            self.assertEqual(line.unit_price, 59)
            self.assertEqual(line.coverage, included)
            # What somebody typed stands.
            self.assertEqual(proposed(
                    TUESDAY, **{**values, 'unit_price': Decimal(70)}), 70)

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
import unittest
from decimal import Decimal

from trytond.modules.company.tests import create_company, set_company
from trytond.modules.service_contract.exceptions import LineEquipmentCountError
from trytond.modules.service_contract.tests.contracts import (
    EXTRAS, ContractsMixin, count_statements)
from trytond.modules.service_pricing.gathering import price_case
from trytond.pool import Pool
from trytond.tests.test_tryton import activate_module, with_transaction
from trytond.transaction import Transaction

D = dt.date


class MachinesTestCase(ContractsMixin, unittest.TestCase):
    "Test the machines of contracts: how many they are and what work costs"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        activate_module(['service_contract', *EXTRAS])

    def create_site(self, party, name="Site", parent=None):
        pool = Pool()
        Site = pool.get('maintenance.site')
        site, = Site.create([{
                    'name': name,
                    'party': party.id,
                    'parent': parent.id if parent else None,
                    }])
        return site

    def create_party(self, name="Customer"):
        pool = Pool()
        Party = pool.get('party.party')
        party = Party(name=name)
        party.save()
        return party

    def create_machines(self, site, number=1, date=dt.date(2026, 1, 1),
            **values):
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')
        Placement = pool.get('maintenance.equipment.placement')
        machines = Equipment.create([
                {'name': f"Machine {i}", **values} for i in range(number)])
        Placement.place(machines, site, date=date)
        return machines

    def create_covering(self, party, covers, price='10.00', **line):
        "Create a running contract whose fee is counted by machines"
        contract, = self.create_contracts(price=price, party=party.id, line={
                'quantity_source': 'equipment',
                'equipments': [('create', covers)],
                **line})
        return contract

    def counted(self, contract):
        "Return the quantity of each month of the year"
        pool = Pool()
        Contract = pool.get('service.contract')
        Contract.update_periods(
            [Contract(contract.id)], D(2026, 12, 31))
        quantities = dict.fromkeys(range(1, 13), 0)
        quantities.update({
                p.from_date.month: int(p.quantity)
                for p in self.get_periods(contract)})
        return list(quantities.values())

    def change_holder(self, sites, party, date):
        "Run the wizard and return what it lists of contracts"
        pool = Pool()
        Wizard = pool.get('maintenance.site.change_holder', type='wizard')
        with Transaction().set_context(
                active_model='maintenance.site', active_id=sites[0].id,
                active_ids=[s.id for s in sites]):
            session, _, _ = Wizard.create()
            start = Wizard.execute(session, {}, 'start')['view']['defaults']
            start = {
                'company': start['company'], 'sites': start['sites'],
                'party': party.id, 'date': date}
            show = Wizard.execute(
                session, {'start': start}, 'show')['view']['defaults']
            Wizard.execute(session, {
                    'start': start,
                    'show': {'lines': show['lines'], 'readings': []},
                    }, 'change')
        return {
            line['record']: line['note'] for line in show['lines']
            if line['record'].startswith('service.contract,')}

    @with_transaction()
    def test_change_of_holder(self):
        "Test contracts end, or lose what they cover, with the old holder"
        pool = Pool()
        Contract = pool.get('service.contract')
        with set_company(create_company()):
            party, tenant = self.create_party(), self.create_party("Tenant")
            shop = self.create_site(party, "Shop")
            store = self.create_site(party, "Store")
            in_shop, = self.create_machines(shop)
            in_store, = self.create_machines(store)
            whole = self.create_covering(party, [{'site': shop.id}])
            part = self.create_covering(party, [
                    {'equipment': in_shop.id}, {'equipment': in_store.id}])
            other = self.create_covering(party, [{'site': store.id}])
            notes = self.change_holder([shop], tenant, D(2026, 3, 16))
            self.assertEqual(set(notes), {str(whole), str(part)})
            self.assertIn(in_shop.rec_name, notes[str(part)])
            self.assertNotIn(in_store.rec_name, notes[str(part)])
            whole, part, other = Contract.browse([whole, part, other])
            self.assertEqual(whole.end_date, D(2026, 3, 15))
            self.assertIn("Tenant", whole.termination_reason)
            self.assertIsNone(part.end_date)
            self.assertEqual(
                {c.equipment: c.to_date for c in part.lines[0].equipments},
                {in_shop: D(2026, 3, 15), in_store: None})
            self.assertIsNone(other.end_date)
            self.assertEqual(shop.__class__(shop.id).party, tenant)

    @with_transaction()
    def test_count_site(self):
        "Test all the machines of a site are counted, as they come and go"
        pool = Pool()
        Placement = pool.get('maintenance.equipment.placement')
        with set_company(create_company()):
            hotel = self.create_party("Hotel")
            site = self.create_site(hotel)
            cellar = self.create_site(hotel, "Cellar", parent=site)
            villa = self.create_site(hotel, "Villa")
            workshop = self.create_site(self.create_party("We"))
            pump, _ = self.create_machines(site, 2)
            self.create_machines(cellar, date=D(2026, 3, 15), quantity=40)
            burner, = self.create_machines(site, kind='component')
            cancelled, = self.create_machines(site)
            cancelled.cancel([cancelled])
            contract = self.create_covering(hotel, [{'site': site.id}])
            self.assertEqual(self.counted(contract), [2] * 3 + [42] * 9)
            # It is repaired in May and goes to the villa in September; in
            # the meantime another one is lent.
            Placement.place(
                [pump], workshop, date=D(2026, 5, 10), role='in_workshop')
            lent, = self.create_machines(workshop)
            Placement.place([lent], site, date=D(2026, 5, 10), role='loan')
            self.assertEqual(self.counted(contract), [2] * 3 + [42] * 9)
            Placement.place([pump], villa, date=D(2026, 9, 1))
            self.assertEqual(
                self.counted(contract), [2] * 3 + [42] * 5 + [41] * 4)

    @with_transaction()
    def test_count_category(self):
        "Test the machines of a category are counted, of this customer only"
        pool = Pool()
        Category = pool.get('maintenance.equipment.category')
        Contract = pool.get('service.contract')
        with set_company(create_company()):
            fire, = Category.create([{'name': "Fire"}])
            extinguisher, boiler = Category.create([
                    {'name': "Extinguisher", 'parent': fire.id},
                    {'name': "Boiler"}])
            hotel = self.create_party("Hotel")
            sites = [
                self.create_site(hotel, n) for n in ["North", "South"]]
            other = self.create_site(self.create_party("Bar"))
            for site in [*sites, other]:
                self.create_machines(site, 3, category=extinguisher.id)
                self.create_machines(site, category=boiler.id)
            named, = self.create_machines(other, category=boiler.id)
            everywhere = self.create_covering(
                hotel, [{'category': fire.id}])
            self.assertEqual(self.counted(everywhere), [6] * 12)
            # What is named besides counts too, and once.
            mixed = self.create_covering(hotel, [
                    {'category': fire.id, 'to_date': D(2026, 6, 30)},
                    {'site': sites[0].id, 'category': extinguisher.id},
                    {'equipment': named.id, 'from_date': D(2026, 2, 1)}])
            self.assertEqual(
                self.counted(mixed), [6] + [7] * 5 + [4] * 6)
            # Only the sites which the contract serves.
            Contract.write([everywhere], {
                    'sites': [('add', [sites[1].id])]})
            self.assertEqual(self.counted(everywhere), [3] * 12)

    @with_transaction()
    def test_count_retired(self):
        "Test what goes out of use is not counted, what replaces it is"
        company = create_company()
        with set_company(company):
            hotel = self.create_party("Hotel")
            site = self.create_site(hotel)
            old, other, gone, lent_for = self.create_machines(site, 4)
            (new, lent) = self.create_machines(
                self.create_site(company.party), 2)
            for machine in [old, other, gone, lent_for]:
                machine.put_in_service([machine])
            contract = self.create_covering(
                hotel, [
                    {'equipment': m.id}
                    for m in [old, other, gone, lent_for]])
            draft, = self.create_contracts(party=hotel.id, line={
                    'equipments': [('create', [{'equipment': old.id}])]})
            draft.write([draft], {'state': 'draft'})
            gone.retired_date = D(2026, 8, 1)
            gone.save()
            self.assertEqual(self.counted(contract), [4] * 7 + [3] * 5)
            old.swap(new, D(2026, 4, 1))
            lent_for.swap(
                lent, D(2026, 4, 1), site=self.create_site(company.party),
                new_role='loan')
            self.assertEqual(self.counted(contract), [4] * 7 + [3] * 5)
            self.assertEqual(
                {(c.equipment.id, c.from_date, c.to_date)
                    for c in new.__class__(new.id).contract_covers}, {
                    (new.id, D(2026, 4, 1), None), (new.id, None, None)})
            self.assertEqual(len(old.__class__(old.id).contract_covers), 1)
            self.assertFalse(lent.__class__(lent.id).contract_covers)
            amendment, *_ = contract.__class__(contract.id).amendments
            self.assertIn(new.rec_name, amendment.description)

    @with_transaction()
    def test_count_statements(self):
        "Test the statements do not grow with contracts nor machines"
        pool = Pool()
        Contract = pool.get('service.contract')
        with set_company(create_company()):
            counts = []
            for number in [2, 20]:
                contracts = []
                for _ in range(number):
                    party = self.create_party()
                    site = self.create_site(party)
                    self.create_machines(site, number)
                    contracts.append(
                        self.create_covering(party, [{'site': site.id}]))
                contracts = Contract.browse(contracts)
                with count_statements() as count:
                    Contract.update_periods(contracts, D(2026, 3, 31))
                counts.append(count.value)
            self.assertEqual(*counts)

    @with_transaction()
    def test_count_nothing(self):
        "Test a line that counts but covers nothing is named"
        pool = Pool()
        Contract = pool.get('service.contract')
        with set_company(create_company()):
            contract, = self.create_contracts(
                price='0', line={'quantity_source': 'equipment'})
            # Free lines have nothing to count.
            Contract.check_ready([contract])
            for source in ['equipment', 'count']:
                contract, = self.create_contracts(
                    line={'quantity_source': source})
                with self.subTest(source=source), \
                        self.assertRaises(LineEquipmentCountError):
                    Contract.check_ready([contract])

    @with_transaction()
    def test_price_layer(self):
        "Test the prices of a contract stand above those of the site"
        pool = Pool()
        Configuration = pool.get('service.pricing.configuration')
        Contract = pool.get('service.contract')
        Rule = pool.get('service.price.rule')
        company = create_company()
        with set_company(company):
            hotel = self.create_party("Hotel")
            site = self.create_site(hotel)
            covered, bare = self.create_machines(site, 2)
            # It pays nothing: the hours are only cheaper.
            contract, = self.create_contracts(
                price='0', party=hotel.id, end_date=D(2026, 12, 31), line={
                    'equipments': [('create', [
                                {'equipment': covered.id}])]})

            def rule(**values):
                return {
                    'name': values['layer'], 'line_kind': 'work',
                    'basis': 'lower', **values}
            Rule.create([
                    rule(layer='base', basis='fixed', amount=Decimal(50)),
                    rule(layer='party', party=hotel.id,
                        factor=Decimal('0.9')),
                    rule(layer='site', site=site.id, amount=Decimal(5)),
                    rule(layer='contract', contract=contract.id,
                        factor=Decimal('0.5')),
                    ])

            def price(equipment, date=dt.date(2026, 3, 2)):
                found, _, steps = price_case(
                    company, date, party=hotel, site=site,
                    equipment=equipment, line_kind='work',
                    task_kind='corrective')
                return found, [s['layer'] for s in steps if 'layer' in s]
            site_layers = ['base', 'party', 'site']
            dear = (Decimal(50), site_layers)
            cheap = (Decimal(25), [*site_layers, 'contract'])
            self.assertEqual(price(covered), cheap)
            self.assertEqual(price(bare), dear)
            self.assertEqual(price(covered, D(2025, 12, 31)), dear)
            self.assertEqual(price(covered, D(2027, 1, 1)), dear)
            # What rests gives nothing.
            Contract.amend_suspension(
                [contract], D(2026, 3, 1), D(2026, 3, 31))
            self.assertEqual(price(covered), dear)
            self.assertEqual(price(covered, D(2026, 4, 1)), cheap)
            # A layer that is switched off says nothing.
            configuration = Configuration(1)
            configuration.layer_contract = False
            configuration.save()
            self.assertEqual(price(covered, D(2026, 4, 1)), dear)

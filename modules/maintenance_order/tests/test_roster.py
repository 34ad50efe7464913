# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Days on which a place rests, and what the gate asks for."""
import datetime as dt
import io
from unittest import TestCase
from unittest.mock import patch

from PIL import Image
from pypdf import PdfReader, PdfWriter

from trytond.model.exceptions import AccessError, SQLConstraintError
from trytond.modules.company.tests import (
    create_company, create_employee, set_company)
from trytond.modules.maintenance_order.exceptions import CredentialPackError
from trytond.modules.maintenance_order.tests.test_module import (
    DAY, Acting, create_order, create_user, create_visits)
from trytond.pool import Pool
from trytond.tests.test_tryton import activate_module, with_transaction
from trytond.transaction import without_check_access

START = dt.datetime(2026, 3, 10, 8)
HOUR = dt.timedelta(hours=1)
ONE_DAY = dt.timedelta(days=1)


def create_address(party, subdivision=None):
    "Give the party an address in Spain"
    pool = Pool()
    Address = pool.get('party.address')
    Country = pool.get('country.country')
    Subdivision = pool.get('country.subdivision')
    spain = Country.search([('code', '=', 'ES')], limit=1)
    if not spain:
        spain = Country.create([{'name': "Spain", 'code': 'ES'}])
    spain, = spain
    values = {'country': spain.id}
    if subdivision:
        parent, = Subdivision.create([{
                    'country': spain.id, 'code': 'ES-CT', 'type': 'region',
                    'name': "Catalonia"}])
        child, = Subdivision.create([{
                    'country': spain.id, 'code': 'ES-B', 'type': 'province',
                    'name': "Barcelona", 'parent': parent.id}])
        values['subdivision'] = child.id
    addresses = Address.search([('party', '=', party.id)])
    if addresses:
        Address.write(addresses, values)
    else:
        addresses = Address.create([{'party': party.id, **values}])
    return addresses[0]


def create_pdf(pages=1):
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(width=100, height=100)
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()


def create_picture():
    output = io.BytesIO()
    Image.new('RGB', (40, 30), 'white').save(output, 'PNG')
    return output.getvalue()


def attach(record, name, data):
    pool = Pool()
    Attachment = pool.get('ir.attachment')
    Attachment.create([{
                'resource': str(record), 'name': name, 'type': 'data',
                'data': data}])


def read_paper(name, records):
    "Return number of pages and words of the paper"
    pool = Pool()
    ActionReport = pool.get('ir.action.report')
    Report = pool.get(name, type='report')
    with without_check_access():
        action, = ActionReport.search([('report_name', '=', name)])
    reader = PdfReader(io.BytesIO(
            Report.execute(
                [r.id for r in records], {'action_id': action.id})[1]))
    return len(reader.pages), ' '.join(
        ' '.join(p.extract_text() for p in reader.pages).split())


class RosterTestCase(TestCase):
    "Test holidays of places, and credentials by place and machine"

    @classmethod
    def setUpClass(cls):
        activate_module('maintenance_order')
        super().setUpClass()

    @with_transaction()
    def test_holiday_of_the_site(self):
        "Test the plan tells of holidays of the site, and avoids them"
        pool = Pool()
        Holiday = pool.get('maintenance.holiday')
        Site = pool.get('maintenance.site')
        Visit = pool.get('maintenance.visit')
        Zone = pool.get('maintenance.zone')

        company = create_company()
        with set_company(company):
            ana = create_employee(company)
            visit, other = create_visits(
                [create_order("Hotel"), create_order("Bar")], ana,
                planned_start=START, planned_end=START + HOUR)
            Visit.write([other], {
                    'planned_start': START + 2 * HOUR,
                    'planned_end': START + 3 * HOUR})
            hotel = visit.site
            room = Site(name="Room", party=hotel.party, parent=hotel)
            room.save()

            def proposed(site):
                slots = Visit.propose_slots(
                    company, Site(site.id), [ana], START - ONE_DAY / 4, HOUR)
                return slots[0][0].start.date()

            def told(visit):
                return Visit(visit.id).warnings or ''

            self.assertEqual(told(visit), '')
            self.assertEqual(proposed(room), DAY)
            zone = Zone(name="Coast")
            zone.save()
            Site.write([hotel], {'zone': zone.id})
            fair, = Holiday.create([{
                        'name': "Fair", 'date': DAY, 'zone': zone.id}])
            self.assertIn("Fair", told(visit))
            self.assertIn("Hotel", told(visit))
            self.assertNotIn("Fair", told(other))
            self.assertEqual(proposed(room), DAY + ONE_DAY)
            self.assertEqual(proposed(other.site), DAY)
            # The hotel works all the same.
            Holiday.create([{
                        'name': "Open", 'date': DAY, 'site': hotel.id,
                        'works': True}])
            self.assertEqual(told(visit), '')
            self.assertEqual(proposed(room), DAY)
            # We rest: nobody is sent, whoever is open.
            Holiday.create([{'name': "Our day", 'date': DAY}])
            for each in [visit, other]:
                self.assertIn("a holiday of ours: Our day", told(each))
            self.assertEqual(proposed(other.site), DAY + ONE_DAY)
            # A visit of several days tells of each.
            Visit.write([other], {
                    'planned_start': START - ONE_DAY,
                    'planned_end': START + ONE_DAY})
            self.assertIn("Our day", told(other))
            with self.assertRaises(SQLConstraintError):
                Holiday.create([{
                            'name': "Again", 'date': DAY, 'zone': zone.id}])

    @with_transaction()
    def test_holidays_of_the_region(self):
        "Test each site has the holidays of its own region"
        pool = Pool()
        Company = pool.get('company.company')
        Holiday = pool.get('maintenance.holiday')
        Site = pool.get('maintenance.site')
        Visit = pool.get('maintenance.visit')

        national_day = dt.datetime(2026, 9, 11, 8)
        company = create_company()
        with set_company(company):
            create_address(company.party)
            company = Company(company.id)
            north, south = create_visits(
                [create_order("North"), create_order("South")],
                create_employee(company), planned_start=national_day,
                planned_end=national_day + HOUR)
            Visit.write([south], {
                    'planned_start': national_day + 2 * HOUR,
                    'planned_end': national_day + 3 * HOUR})
            Site.write([north.site], {
                    'address': create_address(north.party, 'B').id})
            self.assertIn("North", Visit(north.id).warnings)
            self.assertFalse(Visit(south.id).warnings)
            self.assertNotIn(
                national_day.date(), Holiday.at_company(company, [2026]))
            self.assertIn(
                dt.date(2026, 12, 25), Holiday.at_company(company, [2026]))

    @with_transaction()
    def test_duty_on_holidays(self):
        "Test the roster tells which hours fall on holidays, by local time"
        pool = Pool()
        Duty = pool.get('maintenance.duty')
        Holiday = pool.get('maintenance.holiday')

        company = create_company()
        company.timezone = 'Europe/Madrid'
        company.save()
        with set_company(company):
            Holiday.create([{'name': "Fair", 'date': DAY}])
            duty, other = Duty.create([{
                        'employee': create_employee(company).id,
                        'start': start, 'end': start + 12 * HOUR,
                        } for start in [
                        dt.datetime(2026, 3, 9, 17),
                        dt.datetime(2026, 3, 11, 17)]])
            # In Madrid it is from 18:00 to 6:00.
            self.assertEqual(
                (duty.holidays, duty.holiday_length), ("Fair", 6 * HOUR))
            self.assertEqual(
                (other.holidays, other.holiday_length), (None, None))

    @with_transaction()
    def test_credential_of_the_machine(self):
        "Test what the machine asks for is told, and who lacks it left out"
        pool = Pool()
        Category = pool.get('maintenance.equipment.category')
        Credential = pool.get('maintenance.credential')
        Equipment = pool.get('maintenance.equipment')
        Task = pool.get('maintenance.order.task')
        Visit = pool.get('maintenance.visit')

        company = create_company()
        with set_company(company):
            ana, luis = [
                create_employee(company, name=n) for n in ["Ana", "Luis"]]
            order = create_order()
            visit, = create_visits(
                [order], ana, planned_start=START, planned_end=START + HOUR)
            cold = Category(name="Cooling", credentials=['f_gas'])
            cold.save()
            chiller = Category(name="Chiller", parent=cold)
            chiller.save()
            machine = Equipment(
                name="Chiller 1", category=chiller, site=order.site)
            machine.save()

            def proposed():
                tasks = Visit(visit.id).tasks
                return {s.technician for s, _, _ in Visit.propose_slots(
                        company, order.site, [ana, luis], START, HOUR,
                        tasks=tasks)}
            self.assertFalse(visit.warnings)
            self.assertEqual(proposed(), {ana.id, luis.id})
            Task.write(list(order.tasks), {'equipment': machine.id})
            self.assertIn("F-Gas", Visit(visit.id).warnings)
            self.assertEqual(proposed(), set())
            Credential.create([{
                        'employee': luis.id, 'kind': 'f_gas', 'until': DAY}])
            self.assertEqual(proposed(), {luis.id})
            Visit.write([Visit(visit.id)], {
                    'leader': luis.id, 'employees': [
                        ('remove', [ana.id]), ('add', [luis.id])]})
            self.assertFalse(Visit(visit.id).warnings)
            Visit.write([Visit(visit.id)], {
                    'planned_start': START + ONE_DAY,
                    'planned_end': START + ONE_DAY + HOUR})
            self.assertIn("F-Gas", Visit(visit.id).warnings)

    @with_transaction()
    def test_pack_for_the_gate(self):
        "Test one file has who comes, what he may do, and the proof"
        pool = Pool()
        Credential = pool.get('maintenance.credential')
        Site = pool.get('maintenance.site')
        Visit = pool.get('maintenance.visit')

        company = create_company()
        with set_company(company):
            ana, luis = [
                create_employee(company, name=n) for n in ["Ana", "Luis"]]
            visit, other = create_visits(
                [create_order("Factory"), create_order("Bar")],
                planned_start=START, planned_end=START + HOUR)
            pack = 'maintenance.visit.credential_pack'
            with self.assertRaises(CredentialPackError):
                read_paper(pack, [visit])
            Visit.write([visit], {
                    'leader': ana.id,
                    'employees': [('add', [ana.id, luis.id])]})
            safety, heights, old, _ = Credential.create([{
                        'employee': ana.id, 'kind': 'safety',
                        'number': 'S-17', 'until': dt.date(2027, 1, 1),
                        }, {
                        'employee': luis.id, 'kind': 'heights',
                        'number': 'H-18',
                        }, {
                        'employee': luis.id, 'kind': 'safety',
                        'number': 'S-OLD', 'until': dt.date(2026, 1, 1),
                        }, {
                        'employee': luis.id, 'kind': 'induction',
                        'number': 'BAR', 'site': other.site.id,
                        }])
            attach(safety, "card.pdf", create_pdf(2))
            attach(heights, "card.png", create_picture())
            attach(heights, "card.doc", b"nothing to print")
            attach(old, "old.pdf", create_pdf(7))
            pages, text = read_paper(pack, [Visit(visit.id)])
            # The cover, the picture and the two pages of the card.
            self.assertEqual(pages, 4)
            for word in [
                    "Factory", "Ana", "Luis", "S-17", "H-18", "card.doc"]:
                self.assertIn(word, text)
            for word in ["S-OLD", "BAR"]:
                self.assertNotIn(word, text)
            # What the place does not ask for is nobody's business there.
            Site.write([visit.site], {'credentials': ['safety']})
            pages, text = read_paper(pack, [Visit(visit.id)])
            self.assertEqual(pages, 3)
            self.assertNotIn("H-18", text)
            self.assertIn("documents follow", text)
            # Who has nothing to show leaves no empty table and no promise.
            Credential.delete(Credential.search([]))
            _, text = read_paper(pack, [Visit(visit.id)])
            self.assertIn("No credential is needed here or on file", text)
            self.assertNotIn("documents follow", text)

            attach(Credential.create([{
                            'employee': ana.id, 'kind': 'safety'}])[0],
                "card.pdf", create_pdf(2))

            technician = create_user('ana', 'group_technician', ana)
            billing = create_user(
                'boss', 'group_billing', create_employee(company, name="B"))
            with Acting(technician):
                self.assertEqual(
                    read_paper(pack, [Visit(visit.id)])[0], 3)
                with self.assertRaises(AccessError):
                    read_paper(pack, [Visit(other.id)])
            with Acting(billing), self.assertRaises(AccessError):
                read_paper(pack, [Visit(visit.id)])

    @with_transaction()
    def test_pack_of_the_site(self):
        "Test the site prints who comes next, to it and to what is inside"
        pool = Pool()
        Site = pool.get('maintenance.site')

        company = create_company()
        with set_company(company):
            ana, luis, eva = [
                create_employee(company, name=n) for n in ["Ana", "Luis", "E"]]
            order, inside = create_order("Factory"), create_order("Hall")
            hall = inside.site
            Site.write([hall], {'parent': order.site.id})
            pack = 'maintenance.site.credential_pack'
            today = patch(
                'trytond.ir.date.Date.today', return_value=DAY)
            with today, self.assertRaises(CredentialPackError):
                read_paper(pack, [order.site])
            for employee, start, place in [
                    (eva, START - ONE_DAY, order),
                    (ana, START + ONE_DAY, order),
                    (luis, START + ONE_DAY + HOUR, inside),
                    (eva, START + 2 * ONE_DAY, inside)]:
                create_visits(
                    [place], employee, planned_start=start,
                    planned_end=start + HOUR)
            with today:
                _, text = read_paper(pack, [Site(order.site.id)])
            self.assertIn("Ana", text)
            self.assertIn("Luis", text)
            self.assertIn("03/11/2026", text)
            self.assertNotIn("03/12/2026", text)

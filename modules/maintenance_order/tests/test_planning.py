# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What is dragged in the calendar, the way, and odd reports."""
import datetime as dt
import io
from decimal import Decimal
from unittest import TestCase

from pypdf import PdfReader

from trytond.model.exceptions import AccessError
from trytond.modules.company.tests import (
    create_company, create_employee, set_company)
from trytond.modules.maintenance_order.exceptions import VisitDateError
from trytond.modules.maintenance_order.tests.test_module import (
    DAY, Acting, create_order, create_product, create_user, create_visits)
from trytond.modules.maintenance_order.tests.test_visit import (
    add_work, configure)
from trytond.modules.maintenance_order.tests.test_visit_settling import (
    create_van)
from trytond.pool import Pool
from trytond.tests.test_tryton import activate_module, with_transaction

START = dt.datetime(2026, 3, 10, 8)
HOUR = dt.timedelta(hours=1)
D = Decimal


def paper(visit):
    "Return the words of the work report"
    Report = Pool().get('maintenance.visit.work_report', type='report')
    content = Report.execute([visit.id], {})[1]
    return ' '.join(
        ' '.join(p.extract_text() for p in PdfReader(
                io.BytesIO(content)).pages).split())


class PlanningTestCase(TestCase):
    "Test the plan of visits, and reports which look wrong"

    @classmethod
    def setUpClass(cls):
        activate_module('maintenance_order')
        super().setUpClass()

    @with_transaction()
    def test_drag(self):
        "Test a visit that is dragged takes its day along, within its company"
        pool = Pool()
        Visit = pool.get('maintenance.visit')

        company = create_company()
        company.timezone = 'Europe/Madrid'
        company.save()
        with set_company(company):
            ana, boss = [create_employee(company, name=n) for n in 'AB']
            dispatcher = create_user('boss', 'group_dispatcher', boss)
            technician = create_user('ana', 'group_technician', ana)
            visit, = create_visits(
                [create_order()], ana, planned_start=START,
                planned_end=START + HOUR,
                promised_from=START, promised_to=START + HOUR)
            self.assertFalse(visit.warnings)

            # What the calendar writes of a drop, and of a longer visit.
            with Acting(dispatcher):
                visit = Visit(visit.id)
                Visit.write([visit], {
                        'planned_start': START + 14.5 * HOUR + 15 * HOUR / 60,
                        'planned_end': START + 16 * HOUR})
                visit = Visit(visit.id)
                self.assertIn(
                    "promised another time, 03/10/2026 09:00 – 03/10/2026 "
                    "10:00", visit.warnings)
                Visit.write([visit], {'planned_end': START + 17 * HOUR})
                with self.assertRaises(VisitDateError):
                    Visit.write([visit], {'planned_end': START})
                visit = Visit(visit.id)
                # In Madrid it is a quarter to midnight, still the same day.
                self.assertEqual((visit.state, visit.date), ('planned', DAY))
                Visit.write([visit], {
                        'planned_start': START + 15.5 * HOUR,
                        'planned_end': START + 17 * HOUR})
                self.assertEqual(
                    Visit(visit.id).date, DAY + dt.timedelta(days=1))
            other = create_user('other', 'group_dispatcher', create_employee(
                    create_company("Other", company.currency)))
            with Acting(other):
                self.assertEqual(Visit.search([]), [])
                with self.assertRaises(AccessError):
                    Visit.write([Visit(visit.id)], {'planned_start': START})
            with Acting(technician):
                self.assertEqual(Visit.search([]), [visit])

    @with_transaction()
    def test_signed_is_not_dragged(self):
        "Test the plan of a posted visit stays"
        pool = Pool()
        Visit = pool.get('maintenance.visit')

        company = create_company()
        with set_company(company):
            configure(post_signed=True)
            ana = create_employee(company)
            visit, = create_visits(
                [create_order()], ana, state='in_progress',
                planned_start=START, signature_kind='paper')
            add_work(visit, create_product("Labour"))
            Visit.finish([Visit(visit.id)])
            Visit.sign([Visit(visit.id)])
            # Nothing was to decide, so nobody has to post it.
            self.assertEqual(Visit(visit.id).state, 'posted')
            dispatcher = create_user(
                'boss', 'group_dispatcher', create_employee(company, name="B"))
            with Acting(dispatcher), self.assertRaises(AccessError):
                Visit.write([Visit(visit.id)], {
                        'planned_start': START + HOUR,
                        'planned_end': START + 2 * HOUR})

    @with_transaction()
    def test_way(self):
        "Test the way is from the visit before, or else from the base"
        pool = Pool()
        Site = pool.get('maintenance.site')
        Visit = pool.get('maintenance.visit')

        company = create_company()
        with set_company(company):
            ana = create_employee(company)
            first, second = create_visits(
                [create_order("Bar"), create_order("Hotel")], ana,
                planned_start=START)
            Visit.write([second], {'planned_start': START + 2 * HOUR})
            self.assertEqual((first.way, second.way), (None, None))
            base = Site(name="Base", party=company.party)
            base.latitude, base.longitude = 39.47, -0.37
            base.save()
            configure(base=base)
            Site.write(
                [first.site], {'latitude': 39.47, 'longitude': -0.50},
                [second.site], {'latitude': 39.47, 'longitude': -0.38})
            first, second = Visit.browse([first, second])
            self.assertIn("From Base", first.way)
            self.assertIn("From Bar", second.way)
            Visit.write([first], {'planned_start': START - 24 * HOUR})
            self.assertIn("From Base", Visit(second.id).way)

    @with_transaction()
    def test_same_zone(self):
        "Test who has work in the zone of the site is said to be near"
        pool = Pool()
        Site = pool.get('maintenance.site')
        Visit = pool.get('maintenance.visit')
        Zone = pool.get('maintenance.zone')

        company = create_company()
        with set_company(company):
            ana = create_employee(company)
            visit, = create_visits(
                [create_order("Bar")], ana, planned_start=START,
                planned_end=START + HOUR)
            hotel = create_order("Hotel").site
            room = Site(name="Room", party=hotel.party, parent=hotel)
            room.save()
            zone = Zone(name="North")
            zone.save()

            def reasons():
                (slot, _, _), = Visit.propose_slots(
                    company, Site(room.id), [ana], START, HOUR)
                return slot.reasons
            self.assertEqual(reasons(), ())
            Site.write([visit.site, hotel], {'zone': zone.id})
            self.assertEqual(reasons(), ('zone',))

    @with_transaction()
    def test_looks_wrong(self):
        "Test too many hours and a retired machine are told and accepted"
        pool = Pool()
        Category = pool.get('maintenance.equipment.category')
        Equipment = pool.get('maintenance.equipment')
        Line = pool.get('maintenance.visit.line')
        Visit = pool.get('maintenance.visit')

        company = create_company()
        with set_company(company):
            ana = create_employee(company)
            order = create_order()
            category = Category(name="Pump")
            category.save()
            pump = Equipment(
                name="Pump", category=category, site=order.site)
            pump.save()
            Equipment.write([pump], {'state': 'retired'})
            visit, other = create_visits(
                [order, create_order()], ana, state='in_progress')
            labour = create_product("Labour")
            line = add_work(visit, labour, 15, equipment=pump.id)
            self.assertIn("Pump", Visit(visit.id).warnings)
            self.assertIn("is retired", Visit(visit.id).warnings)
            Line.write([line], {'equipment': None})
            self.assertFalse(Visit(visit.id).warnings)
            parking, = Line.create([{
                        'visit': visit.id, 'kind': 'expense', 'cost': -8,
                        'description': "Parking", 'quantity': 0}])
            warnings = Visit(visit.id).warnings.splitlines()
            self.assertIn('"Parking" has no quantity', warnings[0])
            self.assertIn('"Parking" has a cost below zero', warnings[1])
            Line.write([parking], {'cost': 8, 'quantity': 1})
            self.assertFalse(Visit(visit.id).warnings)
            add_work(other, labour, 10)
            warning = Visit(visit.id).warnings
            self.assertIn("25.0 hours", warning)
            self.assertEqual(Visit(other.id).warnings, warning)
            Visit.finish(Visit.browse([visit, other]))
            self.assertEqual(
                {v.state for v in Visit.browse([visit, other])}, {'done'})

    @with_transaction()
    def test_lot_used_twice(self):
        "Test a lot which is fitted a second time is a van difference"
        pool = Pool()
        Difference = pool.get('maintenance.van.difference')
        Employee = pool.get('company.employee')
        Line = pool.get('maintenance.visit.line')
        Location = pool.get('stock.location')
        Lot = pool.get('stock.lot')
        ModelData = pool.get('ir.model.data')
        Move = pool.get('stock.move')
        Visit = pool.get('maintenance.visit')

        company = create_company()
        with set_company(company):
            van = create_van()
            ana = create_employee(company)
            Employee.write([ana], {'vehicle': van.id})
            part = create_product("Part", 'goods', 'uom_unit', '80.00')
            lot = Lot(number='S-1', product=part)
            lot.save()
            lost_found = Location(
                ModelData.get_id('stock', 'location_lost_found'))
            move = Move(
                product=part, unit=part.default_uom, quantity=1, lot=lot,
                from_location=lost_found, to_location=van,
                effective_date=DAY, company=company)
            move.save()
            Move.do([move])
            visits = create_visits(
                [create_order(), create_order()], ana, state='in_progress',
                vehicle=van.id)
            found = []
            for visit in visits:
                Line.create([{
                            'visit': visit.id, 'kind': 'material',
                            'product': part.id, 'lot': lot.id,
                            'unit': part.default_uom.id, 'quantity': 1}])
                Visit.finish([Visit(visit.id)])
                Visit.post([Visit(visit.id)])
                found.append([
                        (d.lot.number, d.quantity, d.visit.number)
                        for d in Difference.search([])])
            self.assertEqual(found, [[], [('S-1', 1, visits[1].number)]])
            difference, = Difference.search([])
            users = [
                create_user(e.party.name, 'group_technician', e)
                for e in [ana, create_employee(company, name="Luis")]]
        # Each reads what is missing in his own van.
        for user, expected in zip(users, [[difference], []]):
            with Acting(user):
                self.assertEqual(Difference.search([]), expected)

    @with_transaction()
    def test_what_the_paper_tells(self):
        "Test the caretaker signs no prices where the customer wants so"
        pool = Pool()
        Party = pool.get('party.party')
        Visit = pool.get('maintenance.visit')

        company = create_company()
        with set_company(company):
            visit, = create_visits(
                [create_order()], create_employee(company),
                state='in_progress')
            add_work(visit, create_product("Labour"), 3)
            Visit.finish([Visit(visit.id)])
            self.assertIn("135.00", paper(visit))
            Party.write([visit.party], {'work_report_detail': 'quantities'})
            text = paper(visit)
            self.assertIn("Labour", text)
            self.assertNotIn("135.00", text)
            self.assertNotIn("45.00", text)
            self.assertNotIn("pays", text)

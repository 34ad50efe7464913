# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Downtime, the reliability it tells, the history and the figures."""
import datetime as dt
from decimal import Decimal
from unittest import TestCase

from trytond.model.exceptions import AccessError
from trytond.modules.company.tests import create_company, set_company
from trytond.modules.maintenance_equipment.exceptions import DowntimeDateError
from trytond.modules.maintenance_equipment.tests.test_installed_base import (
    acting, create_meter, create_user, read)
from trytond.modules.maintenance_equipment.tests.test_module import (
    create_sites)
from trytond.pool import Pool
from trytond.tests.test_tryton import activate_module, with_transaction
from trytond.transaction import Transaction

START = dt.datetime(2026, 3, 1)
PERIOD = {
    'from_date': dt.date(2026, 3, 1), 'to_date': dt.date(2026, 3, 31)}


def at(hour):
    return START + dt.timedelta(hours=hour)


def create_machines(site, *names, **values):
    pool = Pool()
    Equipment = pool.get('maintenance.equipment')
    machines = Equipment.create([{
                'name': name,
                'site': site.id,
                'installed_date': dt.date(2026, 1, 1),
                'commissioned_date': dt.date(2026, 1, 1),
                **values,
                } for name in names])
    Equipment.put_in_service(machines)
    return machines


def stop(machine, start, end=None, **values):
    pool = Pool()
    Downtime = pool.get('maintenance.downtime')
    downtime = Downtime(
        equipment=machine, start=at(start),
        end=None if end is None else at(end), **values)
    downtime.save()
    return downtime


class DowntimeTestCase(TestCase):

    @classmethod
    def setUpClass(cls):
        activate_module('maintenance_equipment')
        super().setUpClass()

    @with_transaction()
    def test_reliability(self):
        "Test the figures by machine, model and category"
        pool = Pool()
        Category = pool.get('maintenance.equipment.category')
        Equipment = pool.get('maintenance.equipment')
        ByMachine = pool.get('maintenance.equipment.reliability')
        ByModel = pool.get('maintenance.equipment.reliability.model')
        ByCategory = pool.get('maintenance.equipment.reliability.category')

        company = create_company()
        with set_company(company), Transaction().set_context(PERIOD):
            for Model in [ByMachine, ByModel, ByCategory]:
                self.assertEqual(Model.search([]), [])
            site, other = create_sites()
            lifts, boilers = Category.create(
                [{'name': "Lift"}, {'name': "Boiler"}])
            good, bad, worse = create_machines(
                site, "Good", "Bad", "Worse", category=lifts.id,
                manufacturer="Otto", model="L1")
            boiler, = create_machines(site, "Boiler", category=boilers.id)
            # Overlapping, before the period, planned, still standing.
            stop(bad, -48, 10)
            stop(bad, 100, 110)
            stop(bad, 105, 120)
            stop(worse, 10, 34, planned=True)
            stop(worse, 200, 300)
            stop(boiler, 0)

            rows = {r.equipment: r for r in ByMachine.search([])}
            self.assertEqual(set(rows), {bad, worse, boiler})
            self.assertEqual(
                [r.equipment for r in ByMachine.search([])],
                [boiler, worse, bad])
            row = rows[bad]
            self.assertEqual(
                (row.failures, row.service, row.down, row.planned),
                (1, 744, 30, 0))
            self.assertAlmostEqual(row.availability, 714 / 744)
            self.assertAlmostEqual(row.mtbf, 714)
            self.assertAlmostEqual(row.mttr, 30)
            row = rows[worse]
            self.assertEqual(
                (row.failures, row.down, row.planned), (1, 100, 24))
            self.assertAlmostEqual(row.availability, 620 / 720)
            self.assertEqual(row.category, lifts)
            self.assertEqual(
                ByMachine.search([('category', '=', lifts.id)], count=True),
                2)

            row, = ByModel.search([('model', '=', "L1")])
            self.assertEqual(
                (row.machines, row.failures, row.down, row.rec_name),
                (3, 2, 130, "Otto L1"))
            self.assertAlmostEqual(
                row.availability, (3 * 744 - 24 - 130) / (3 * 744 - 24))
            lift, = ByCategory.search([('category', '=', lifts.id)])
            self.assertEqual((lift.machines, lift.down), (3, 130))
            self.assertEqual(
                [(r.category, r.machines) for r in ByCategory.search([])],
                [(boilers, 1), (lifts, 3)])

            # A machine that comes and goes counts while it is there.
            Equipment.move([bad], other, date=dt.date(2026, 3, 11))
            moved, = ByMachine.search([('equipment', '=', bad.id)])
            self.assertEqual(moved.service, 744)
            with Transaction().set_context(
                    from_date=dt.date(2025, 1, 1),
                    to_date=dt.date(2026, 1, 31)):
                row, = ByCategory.search([('category', '=', boilers.id)])
                self.assertEqual(row.service, 744)
                self.assertIsNone(row.mtbf)
                self.assertEqual(ByMachine.search([]), [])

        with set_company(create_company()):
            self.assertEqual(ByCategory.search([]), [])

    @with_transaction()
    def test_period_begins_at_the_midnight_of_the_company(self):
        "Test the day of the company is meant, not that of Greenwich"
        pool = Pool()
        ByMachine = pool.get('maintenance.equipment.reliability')

        company = create_company()
        company.timezone = 'Europe/Madrid'
        company.save()
        with set_company(company), Transaction().set_context(PERIOD):
            site, = create_sites(1)
            machine, = create_machines(site, "Machine")
            # From 23:30 to 00:30 in Madrid.
            stop(machine, -1.5, -0.5)
            row, = ByMachine.search([])
            self.assertEqual((row.failures, row.down), (0, 0.5))
            # The clock goes forward on the 29th.
            self.assertEqual(row.service, 743)

    @with_transaction()
    def test_wrong_downtime(self):
        "Test what can not be is refused by name"
        with set_company(create_company()):
            site, = create_sites(1)
            machine, = create_machines(site, "Boiler")
            with self.assertRaisesRegex(Exception, "To"):
                stop(machine, 2, 1)
            with self.assertRaisesRegex(DowntimeDateError, "Boiler"):
                stop(machine, 24 * 365 * 900)
            stop(machine, 24 * 365 * 900, planned=True)

    @with_transaction()
    def test_retired_machines_stand_no_longer(self):
        "Test what is open ends with the machine"
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')
        with set_company(create_company()):
            site, = create_sites(1)
            first, second = create_machines(site, "First", "Second")
            downtimes = [stop(m, 0) for m in [first, second]]
            Equipment.retire([first])
            self.assertIsNotNone(downtimes[0].end)
            self.assertIsNone(downtimes[1].end)
            self.assertGreater(downtimes[1].duration, dt.timedelta())

    @with_transaction()
    def test_history(self):
        "Test all that happened is in one list, for who may see it"
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')
        History = pool.get('maintenance.equipment.history')
        Warranty = pool.get('maintenance.warranty')

        company = create_company()
        with set_company(company):
            site, other = create_sites()
            meter = create_meter(site)
            machine = meter.equipment
            read(meter, 100, 250)
            stop(machine, 0, 5, reason="Belt")
            Warranty.create([{
                        'equipment': machine.id,
                        'start_date': dt.date(2026, 2, 1),
                        'labour_end_date': dt.date(2027, 1, 31),
                        'parts_rate': Decimal('0.125'),
                        'exclusions': "Glass",
                        }])
            Equipment.move([machine], other, date=dt.date(2026, 4, 1))
            # That of another machine is not its own.
            create_machines(site, "Other")
            machine = Equipment(machine.id)
            self.assertEqual(
                [(h.date, h.kind.split('.')[-1], h.detail)
                    for h in machine.history], [
                    (dt.date(2026, 4, 1), 'placement', "Site 1"),
                    (dt.date(2026, 3, 1), 'downtime', "Belt"),
                    (dt.date(2026, 2, 1), 'warranty',
                        "Labour until 01/31/2027, Parts 12.5 % for life. "
                        "Glass"),
                    (dt.date(2026, 1, 31), 'reading', "Copies: 250"),
                    (dt.date(2026, 1, 1), 'reading', "Copies: 100"),
                    (dt.date(2025, 1, 1), 'placement', "Site 0"),
                    ])
            self.assertEqual(machine.history[0].record, machine.placements[0])
            # The module is no part of the name.
            self.assertEqual(
                dict(History.get_kinds())['maintenance.warranty'], "Warranty")
            self.assertEqual([h.kind for h in History.search([
                            ('equipment', '=', machine.id),
                            ('detail', 'in', ["Glass", "Belt"]),
                            ], order=[('detail', 'DESC')])],
                ['maintenance.warranty', 'maintenance.downtime'])
            self.assertEqual(
                {h.record.__name__ for h in machine.history},
                {h.kind for h in machine.history})
            technician = create_user(
                'technician', 'group_technician', company)
            nobody = create_user('nobody', 'group_technician', company)
            nobody.groups = []
            nobody.save()
        as_user, context = acting(technician)
        with as_user, context:
            row, = Equipment.read(
                [machine.id], ['history', 'history.detail'])
            self.assertEqual(len(row['history.']), 6)
            self.assertEqual(History.search([
                        ('equipment', '=', machine.id)], count=True), 6)
        as_user, context = acting(nobody)
        with as_user, context:
            with self.assertRaises(AccessError):
                History.search([])
        elsewhere = create_company("Elsewhere")
        with set_company(elsewhere):
            stranger = create_user(
                'stranger', 'group_service_manager', elsewhere)
        as_user, context = acting(stranger)
        with as_user, context:
            self.assertEqual(History.search([]), [])

    @with_transaction()
    def test_upcoming(self):
        "Test what comes next at a place and what belongs to it"
        pool = Pool()
        Date = pool.get('ir.date')
        Equipment = pool.get('maintenance.equipment')
        Site = pool.get('maintenance.site')
        Upcoming = pool.get('maintenance.upcoming')
        Warranty = pool.get('maintenance.warranty')

        company = create_company()
        with set_company(company):
            today = Date.today()
            site, other = create_sites()
            room, = Site.create([{
                        'name': "Room",
                        'party': site.party.id,
                        'parent': site.id,
                        }])
            machine, = create_machines(room, "Machine")
            ends = [today + dt.timedelta(days=d) for d in [-1, 0, 40]]
            Warranty.create([{
                        'equipment': machine.id,
                        'start_date': dt.date(2020, 1, 1),
                        'parts_rate': 1,
                        'parts_end_date': end,
                        'labour_rate': 0,
                        'travel_rate': 0,
                        } for end in ends])
            # What is over is not to come.
            self.assertEqual(
                [(u.date, u.site, u.kind) for u in Site(site.id).upcoming],
                [(end, room, 'maintenance.warranty') for end in ends[1:]])
            self.assertEqual(Site(other.id).upcoming, ())
            self.assertEqual(
                {u.detail[:11] for u in Site(site.id).upcoming},
                {"Parts until"})
            self.assertEqual(
                [u.record.parts_end_date
                    for u in Equipment(machine.id).upcoming], ends[1:])
            Equipment.move([machine], other, date=today)
            self.assertEqual(Site(site.id).upcoming, ())
            self.assertEqual(len(Site(other.id).upcoming), 2)
            nobody = create_user('nobody', 'group_technician', company)
            nobody.groups = []
            nobody.save()
        as_user, context = acting(nobody)
        with as_user, context:
            with self.assertRaises(AccessError):
                Upcoming.search([])

    @with_transaction()
    def test_rights(self):
        "Test a technician writes down what stands still, an auditor reads it"
        pool = Pool()
        Downtime = pool.get('maintenance.downtime')

        company = create_company()
        with set_company(company):
            site, = create_sites(1)
            machine, = create_machines(site, "Machine")
            users = {
                name: create_user(name, f'group_{name}', company)
                for name in ['technician', 'auditor', 'dispatcher']}
        values = {'equipment': machine.id, 'start': at(0)}
        for name, may in [('technician', True), ('auditor', False)]:
            as_user, context = acting(users[name])
            with as_user, context:
                if may:
                    downtime, = Downtime.create([values])
                    Downtime.close([downtime])
                else:
                    self.assertEqual(Downtime.search([], count=True), 1)
                    with self.assertRaises(AccessError):
                        Downtime.create([values])
                with self.assertRaises(AccessError):
                    Downtime.delete(Downtime.search([]))
        as_user, context = acting(users['dispatcher'])
        with as_user, context:
            Downtime.delete(Downtime.search([]))

    @with_transaction()
    def test_figures(self):
        "Test the number in service, those added and the warranties ending"
        pool = Pool()
        Added = pool.get('maintenance.equipment.added')
        Category = pool.get('maintenance.equipment.category')
        Date = pool.get('ir.date')
        Ending = pool.get('maintenance.warranty.ending')
        Equipment = pool.get('maintenance.equipment')
        Number = pool.get('maintenance.equipment.number')
        Warranty = pool.get('maintenance.warranty')

        with set_company(create_company()):
            today = Date.today()
            site, = create_sites(1)
            lifts, = Category.create([{'name': "Lift"}])
            first, second, third = create_machines(
                site, "A", "B", "C", category=lifts.id)
            create_machines(
                site, "Detectors", quantity=300,
                commissioned_date=dt.date(2026, 2, 3))
            Equipment.create([{'name': "Draft", 'site': site.id}])
            Equipment.take_out_of_service([second])
            Equipment.retire([third])
            self.assertEqual([
                    (n.category, n.in_service, n.out_of_service,
                        n.without_contract)
                    for n in Number.search([])],
                [(None, 300, 0, None), (lifts, 1, 1, None)])
            self.assertEqual(
                [(m.month, m.number) for m in Added.search([])], [
                    (dt.date(2026, 2, 1), 300), (dt.date(2026, 1, 1), 3)])

            ends = today + dt.timedelta(days=40)
            Warranty.create([{
                        'equipment': machine.id,
                        'start_date': dt.date(2026, 1, 1),
                        'labour_end_date': end,
                        'parts_end_date': end,
                        'travel_rate': Decimal(0),
                        } for machine, end in [
                    (first, ends), (second, ends), (third, ends),
                    (first, dt.date(2026, 1, 31))]])
            self.assertEqual(
                [(m.month, m.number) for m in Ending.search([])],
                [(ends.replace(day=1), 2)])

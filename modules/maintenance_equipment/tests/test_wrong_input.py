# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Moves in any order, and what people get wrong with trees and sites."""
import datetime as dt
from itertools import combinations
from unittest import TestCase

from hypothesis import given, settings
from hypothesis import strategies as st

from trytond.model.exceptions import AccessError, RecursionError
from trytond.modules.company.tests import create_company, set_company
from trytond.modules.maintenance_equipment.equipment_import import savepoint
from trytond.modules.maintenance_equipment.exceptions import (
    EquipmentTwinWarning, PlacementOverlapError, PlacementPointWarning)
from trytond.modules.maintenance_equipment.tests.test_module import (
    create_sites)
from trytond.pool import Pool
from trytond.tests.test_tryton import activate_module, with_transaction
from trytond.transaction import Transaction

DAYS = [dt.date(2026, 1, 1) + dt.timedelta(days=n) for n in range(8)]

moves = st.lists(
    st.tuples(st.sampled_from(DAYS), st.integers(0, 2)),
    min_size=1, max_size=6)
stays = st.lists(
    st.tuples(
        st.integers(0, 6), st.one_of(st.none(), st.integers(0, 4)),
        st.integers(0, 2)),
    min_size=1, max_size=4)


def days_of(placement):
    return {
        day for day in DAYS
        if placement.from_date <= day
        and (not placement.to_date or day < placement.to_date)}


class WrongInputTestCase(TestCase):

    @classmethod
    def setUpClass(cls):
        activate_module('maintenance_equipment')
        super().setUpClass()

    def assertOnePlaceADay(self, equipment):
        for first, second in combinations(equipment.placements, 2):
            self.assertFalse(days_of(first) & days_of(second))

    @with_transaction()
    def test_moves_in_any_order(self):
        "Test moves never overlap, and one before the last is refused"
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')

        with set_company(create_company()):
            sites = create_sites(3)

            @settings(deadline=None, max_examples=20)
            @given(moves)
            def check(rows):
                equipment = Equipment(name="Pump")
                equipment.save()
                last = None
                expected = {}
                for date, number in rows:
                    if last and date < last:
                        with self.assertRaisesRegex(
                                PlacementOverlapError, "Pump"):
                            Equipment.move(
                                [equipment], sites[number], date=date)
                        # The transaction of the user ends with the error.
                        return
                    Equipment.move([equipment], sites[number], date=date)
                    last = date
                    for day in DAYS:
                        if day >= date:
                            expected[day] = sites[number]
                equipment = Equipment(equipment.id)
                self.assertOnePlaceADay(equipment)
                for day in DAYS:
                    with Transaction().set_context(Equipment.at(day)):
                        self.assertEqual(
                            Equipment(equipment.id).site, expected.get(day))

            check()

    @with_transaction()
    def test_placements_typed_in_any_order(self):
        "Test typed placements are refused exactly when they share a day"
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')
        Placement = pool.get('maintenance.equipment.placement')

        with set_company(create_company()):
            sites = create_sites(3)

            @settings(deadline=None, max_examples=20)
            @given(stays)
            def check(rows):
                equipment = Equipment(name="Pump")
                equipment.save()
                taken = set()
                for start, length, number in rows:
                    placement = Placement(
                        equipment=equipment, site=sites[number],
                        from_date=DAYS[start], to_date=None)
                    if length is not None:
                        placement.to_date = (
                            DAYS[start] + dt.timedelta(days=length))
                    days = days_of(placement)
                    if days & taken:
                        with self.assertRaisesRegex(
                                PlacementOverlapError, "Pump"):
                            placement.save()
                    else:
                        placement.save()
                        taken |= days
                equipment = Equipment(equipment.id)
                self.assertOnePlaceADay(equipment)
                self.assertEqual(
                    set().union(*map(days_of, equipment.placements)), taken)

            check()

    @with_transaction()
    def test_cycle(self):
        "Test neither equipment nor a site is part of itself"
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')
        Site = pool.get('maintenance.site')

        with set_company(create_company()):
            site, = create_sites(1)
            floor = Site(
                name="Floor", kind='floor', parent=site, party=site.party)
            floor.save()
            room = Site(
                name="Room", kind='room', parent=floor, party=site.party)
            room.save()
            plant, machine, part = Equipment.create(
                [{'name': name} for name in ["Plant", "Machine", "Part"]])
            Equipment.write(
                [machine], {'parent': plant.id},
                [part], {'parent': machine.id})
            for top, bottom in [(plant, part), (plant, plant), (site, room)]:
                with self.assertRaisesRegex(RecursionError, top.name):
                    type(top).write([top], {'parent': bottom.id})

    @with_transaction()
    def test_same_machine_twice(self):
        "Test a machine of another maker is asked for when it is there already"
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')
        Warning = pool.get('res.user.warning')

        def create(*rows):
            return Equipment.create([{
                        'name': "Boiler",
                        'manufacturer': maker,
                        'serial': serial,
                        'manufacturer_serial': plate,
                        } for maker, serial, plate in rows])

        with set_company(create_company()):
            # What says nothing of the maker, or is of another, may be equal.
            first, *_ = create(
                ("Calorval", "A1", None), (None, "A1", None),
                (None, "A1", None), ("Aircor", "A1", None),
                ("Calorval", None, None), ("Calorval", None, None))
            with self.assertRaisesRegex(
                    EquipmentTwinWarning, rf"\[{first.number}\] \(A1\)"
                    ) as raised, savepoint():
                create(("Calorval", "A1", None))
            Warning(
                user=Transaction().user, name=raised.exception.name).save()
            # Who tries again is not asked for the same, and is for another.
            twin, = create(("Calorval", "A1", None))
            for rows in [
                    [("CALORVAL", None, "A1")],
                    [("Calorval", "B2", "B2"), ("Calorval", "B2", None)]]:
                with self.assertRaisesRegex(
                        EquipmentTwinWarning, r"Boiler \[\d+\]"):
                    create(*rows)
            # Nothing is asked about what changes otherwise.
            Equipment.write([twin], {'name': "Big Boiler"})

    @with_transaction()
    def test_second_unit_stays_longer(self):
        "Test who lengthens a stay, or makes a point of a room, is asked"
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')
        Placement = pool.get('maintenance.equipment.placement')
        Site = pool.get('maintenance.site')

        with set_company(create_company()):
            site, other = create_sites(2)
            point, = site.create_points(
                'P', 1, 1, name="Unit", installed_date=DAYS[0])
            first, = point.unit.placements
            Placement.write([first], {'to_date': DAYS[2]})
            Equipment.create([{
                        'name': "Next",
                        'site': point.id,
                        'installed_date': DAYS[2],
                        }])
            self.assertAsked(Placement.write, [first], {'to_date': DAYS[4]})
            # It goes earlier again.
            Placement.write([first], {'to_date': DAYS[2]})
            Placement.write([first], {'to_date': DAYS[1]})

            Equipment.create([{
                        'name': name,
                        'site': other.id,
                        'installed_date': DAYS[0],
                        } for name in ["One", "Two"]])
            room, = Site.create([{
                        'name': "Room", 'kind': 'room', 'parent': other.id,
                        'party': other.party.id}])
            for equipment in Site(other.id).equipments:
                Placement.write(
                    list(equipment.placements), {'site': room.id})
            message = self.assertAsked(Site.write, [room], {'kind': 'point'})
            self.assertIn("One", message)
            self.assertIn("Two", message)

    def assertAsked(self, call, *args, **kwargs):
        "Check the call is refused until its warning is skipped, return it"
        Warning = Pool().get('res.user.warning')
        with self.assertRaises(PlacementPointWarning) as raised, savepoint():
            call(*args, **kwargs)
        Warning(user=Transaction().user, name=raised.exception.name).save()
        call(*args, **kwargs)
        return raised.exception.message

    @with_transaction()
    def test_second_unit_at_a_point(self):
        "Test who brings a unit to the point of another is asked"
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')
        Placement = pool.get('maintenance.equipment.placement')
        Site = pool.get('maintenance.site')

        def create(name, place, **values):
            equipment, = Equipment.create([{
                        'name': name,
                        'site': place.id,
                        'installed_date': DAYS[0],
                        **values,
                        }])
            return equipment

        def move(unit, place, day, **values):
            Equipment.move([unit], place, date=DAYS[day], **values)

        def shared(place):
            return [
                [u.equipment.name for u in pair]
                for pair in Placement.find_shared(Placement.search([
                            ('site', '=', place.id)]))]

        with set_company(create_company()):
            site, workshop = create_sites(2)
            point, other = site.create_points(
                'P', 1, 2, name="Unit", installed_date=DAYS[0])
            unit = point.unit
            # In a room there may be many; a machine has its parts with it.
            panel = create("Panel", site, kind='plant')
            guest = create("Guest", site, parent=panel.id)
            create("Part", site, parent=guest.id)
            third = create("Third", site)

            message = self.assertAsked(move, guest, point, 2)
            for name in [guest.rec_name, point.rec_name, unit.rec_name]:
                self.assertIn(f'"{name}"', message)
            self.assertEqual(len(point.equipments), 3)
            self.assertEqual(shared(point), [["Guest", "Unit P1"]])
            self.assertAsked(create, "New", other)
            self.assertAsked(
                Placement.write,
                list(third.placements), {'site': other.id})

            # What is there, goes or comes instead of another needs no answer.
            Equipment.write([guest], {'notes': "Both stay"})
            move(unit, workshop, 4, role='in_workshop')
            self.assertEqual(shared(point), [["Guest", "Unit P1"]])
            spare = create("Spare", workshop)
            move(spare, point, 5, role='loan')
            new = guest.copy_for_swap("N1")
            guest.swap(new, DAYS[6], site=workshop)
            spare.swap(Equipment(unit.id), DAYS[6], site=workshop)
            self.assertEqual(
                {e.name for e in Site(point.id).equipments},
                {"Guest", "Unit P1"})
            Site.change_holder([site], workshop.party, DAYS[7])
            self.assertEqual(
                Site(point.id).party, workshop.party)

            # On the day one leaves the next may come.
            empty = site.create_points('P', 3, 3)[0]
            leaves = create("Leaves", workshop)
            move(leaves, empty, 6)
            move(leaves, workshop, 7)
            move(create("Fourth", workshop), empty, 7)

    @with_transaction()
    def test_delete_site_with_equipment(self):
        "Test a site where equipment stands or stood stays"
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')
        Site = pool.get('maintenance.site')

        with set_company(create_company()):
            here, there, empty = create_sites(3)
            equipment = Equipment(
                name="Pump", site=here, installed_date=DAYS[0])
            equipment.save()
            Equipment.move([equipment], there, date=DAYS[1])
            for site in [here, there]:
                with self.assertRaisesRegex(AccessError, site.name):
                    Site.delete([site])
            Site.delete([empty])
            self.assertEqual(
                Site.search([('id', 'in', [here.id, there.id, empty.id])]),
                [here, there])

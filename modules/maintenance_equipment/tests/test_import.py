# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
import os
import sqlite3
import tempfile
from contextlib import contextmanager
from unittest import TestCase

from trytond import backend
from trytond.modules.company.tests import create_company, set_company
from trytond.modules.maintenance_equipment.equipment_import import (
    Importer, savepoint)
from trytond.modules.maintenance_equipment.exceptions import ImportFileError
from trytond.modules.maintenance_equipment.tests.test_module import (
    create_sites)
from trytond.pool import Pool
from trytond.pyson import PYSONDecoder
from trytond.tests.test_tryton import (
    DB_NAME, activate_module, with_transaction)
from trytond.transaction import Transaction


def create_profile(**values):
    "Create a profile for the files of the tests"
    pool = Pool()
    Profile = pool.get('maintenance.import.profile')
    profile, = Profile.create([{
                'name': "List",
                'columns': [('create', [
                            {'field': field, 'title': title}
                            for field, title in [
                                ('serial', "Serial"), ('name', "Name"),
                                ('customer', "Customer"), ('site', "Site"),
                                ('point', "Point"),
                                ('external_code', "Code"),
                                ('parent', "Part of"),
                                ('installed_date', "Installed")]])],
                **values,
                }])
    return profile


@contextmanager
def lasting_database():
    """The name of a database like that of a server

    SQLite in memory has one connection only: the standard ends all that was
    done when it looks for the reason of an error.
    """
    if backend.name != 'sqlite':
        yield DB_NAME
        return
    import trytond.config as config
    with tempfile.TemporaryDirectory() as folder:
        with Transaction().start(DB_NAME, 1) as transaction:
            copy = sqlite3.connect(os.path.join(folder, 'lasting.sqlite'))
            transaction.connection.backup(copy)
            copy.close()
        path = config.get('database', 'path')
        config.set('database', 'path', folder)
        try:
            Pool('lasting').init()
            yield 'lasting'
        finally:
            Pool.stop('lasting')
            config.set('database', 'path', path)


class ImportTestCase(TestCase):

    @classmethod
    def setUpClass(cls):
        activate_module('maintenance_equipment')
        super().setUpClass()

    @with_transaction()
    def test_import(self):
        "Test every bad row is named, the good ones go on and are updated"
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')
        Site = pool.get('maintenance.site')

        with set_company(create_company()):
            site, = create_sites(1)
            profile = create_profile(create_sites=True)
            content = '\n'.join([
                    "Serial;Name;Customer;Site;Point;Code;Part of;Installed",
                    "S1;Pump;Customer 0;Site 0;;P1;;1/2/2026",
                    "S2;Motor;Customer 0;Site 0;;M1;P1;1/2/2026",
                    "S3;Extinguisher;Customer 0;School;P14;E1;;1/2/2026",
                    "S4;Nobody;Unknown;Site 0;;N1;;1/2/2026",
                    "S5;Wrong;Customer 0;Site 0;;W1;;soon",
                    "S1;Twice;Customer 0;Site 0;;P2;;1/2/2026",
                    "S6;Loose;Customer 0;Site 0;;L1;XX;1/2/2026",
                    "S7;Same Code;Customer 0;Site 0;;P1;;1/2/2026",
                    ]).encode()
            importer = Importer(profile)
            table = importer.read(content)
            with savepoint(keep=False):
                importer.run(table)
            self.assertEqual(importer.created, 3)
            self.assertEqual(Equipment.search([], count=True), 0)
            self.assertEqual(Site.search([], count=True), 1)

            importer = Importer(profile)
            importer.run(importer.read(content))
            self.assertEqual(importer.created, 3)
            self.assertEqual(
                [(p.row, p.title, p.value, p.code)
                    for p in importer.problems], [
                        (5, "Customer", "Unknown", 'unknown'),
                        (6, "Installed", "soon", 'date'),
                        (7, "Serial", "S1", 'twice'),
                        (8, "Part of", "XX", 'unknown'),
                        (9, "Code", "P1", 'twice')])
            pump, motor, extinguisher = Equipment.search(
                [], order=[('serial', 'ASC')])
            self.assertEqual(motor.parent, pump)
            self.assertEqual((pump.site, pump.state), (site, 'in_service'))
            self.assertEqual(pump.installed_date, dt.date(2026, 2, 1))
            self.assertEqual(extinguisher.site.kind, 'point')
            self.assertEqual(extinguisher.site.rec_name, "School / P14")

            importer = Importer(profile)
            importer.run(importer.read('\n'.join([
                            "Serial;Name;Customer;Site;Point;Code;Part of;"
                            "Installed",
                            "S1;Big Pump;;;;;;",
                            "S2;Motor;Customer 0;School;;;;",
                            "S9;Valve;Customer 0;Site 0;;E1;;",
                            "S8;Group;Customer 0;Site 0;;;S8;",
                            ]).encode()))
            self.assertEqual((importer.created, importer.updated), (1, 1))
            self.assertEqual(
                [(p.row, p.code) for p in importer.problems][:2],
                [(3, 'moved'), (4, 'taken')])
            # It can not be part of itself: what the model refuses is told.
            refused = importer.problems[2]
            self.assertEqual(refused.row, 5)
            self.assertIn("Group", refused.code)
            pump = Equipment(pump.id)
            self.assertEqual(
                (pump.name, pump.external_code), ("Big Pump", "P1"))

    @with_transaction()
    def test_import_of_what_is_there(self):
        "Test a machine that is there is a bad row, whatever the file updates"
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')

        with set_company(create_company()):
            there, = Equipment.create([{
                        'name': "Boiler",
                        'manufacturer': "Calorval",
                        'manufacturer_serial': "A1",
                        }])
            profile = create_profile(update_by=None)
            profile.columns = [
                *(c for c in profile.columns if c.field in {'serial', 'name'}),
                {'field': 'manufacturer', 'title': "Manufacturer"}]
            profile.save()
            importer = Importer(profile)
            importer.run(importer.read('\n'.join([
                            "Serial;Name;Manufacturer",
                            "A1;Boiler;Calorval",
                            "A2;Boiler;Calorval",
                            "A1;Pump;Hidroval",
                            ]).encode()))
            self.assertEqual(importer.created, 2)
            problem, = importer.problems
            self.assertEqual(problem.row, 2)
            self.assertIn(there.rec_name, problem.code)

    @with_transaction()
    def test_import_to_the_point_of_another(self):
        "Test a second unit at a point comes in, with a remark"
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')
        Wizard_ = pool.get('maintenance.equipment.import', type='wizard')

        with set_company(create_company()):
            site, = create_sites(1)
            first, = site.create_points('P', 1, 1, name="Hanging")
            profile = create_profile(create_sites=True)
            content = '\n'.join([
                    "Serial;Name;Customer;Site;Point;Code;Part of;Installed",
                    "S1;Second;Customer 0;Site 0;P1;;;",
                    "S2;Panel;Customer 0;Site 0;P2;;;",
                    "S3;Battery;Customer 0;Site 0;P2;;S2;",
                    "S4;Siren;Customer 0;Site 0;P2;;;",
                    "S5;Wrong;Customer 0;Site 0;P9;;;soon",
                    ]).encode()
            session_id, _, _ = Wizard_.create()
            start = {'profile': profile.id, 'file': content}
            preview = Wizard_.execute(
                session_id, {'start': start}, 'preview')['view']['defaults']
            self.assertEqual(
                (preview['created'], preview['bad'], preview['remarks']),
                (4, 1, 2))
            rows = [
                (p['row'], p['title'], p['value'], p['remark'])
                for p in preview['problems']]
            self.assertEqual(rows, [
                    (2, "Point", "P1", True),
                    (5, "Point", "P2", True),
                    (6, "Installed", "soon", False)])
            for problem, name in zip(
                    preview['problems'], [first.unit.rec_name, "Panel"]):
                self.assertIn(name, problem['reason'])
            # What comes in is not to be corrected and imported again.
            bad = preview['bad_rows'].decode('utf-8-sig').splitlines()
            self.assertEqual([row[:2] for row in bad[1:]], ["S5"])
            result = Wizard_.execute(
                session_id, {'start': start}, 'import_')
            Wizard_.delete(session_id)
            made = Equipment.search([('serial', '!=', None)])
            self.assertEqual(len(made), 4)
            # What came in opens, whatever its state.
            (action, _), = result['actions']
            self.assertEqual(action['name'], "Imported: 4 new, 0 updated")
            self.assertEqual(action['domains'], [])
            (_, _, ids), = PYSONDecoder().decode(action['pyson_domain'])
            self.assertEqual(sorted(ids), sorted(e.id for e in made))

    @with_transaction()
    def test_import_of_what_is_no_table(self):
        "Test a broken file gives one answer that says what to do"
        pool = Pool()
        with set_company(create_company()):
            importer = Importer(create_profile())
            for content, message in [
                    ("Serial;Name\nA;Muñoz\n".encode('cp1252'),
                        "Line 2.*utf-8.*profile \"List\""),
                    (b"Serie;Name\nA;B\n", "Serial, Customer.*Serie, Name"),
                    (b"", "no rows"),
                    (b"PK\x03\x04broken", "XLSX")]:
                with self.assertRaisesRegex(ImportFileError, message):
                    importer.read(content)
            # Who has no profile is not sent to one.
            importer = Importer(
                pool.get('maintenance.import.profile').get_standard(
                    'equipment'))
            with self.assertRaises(ImportFileError) as raised:
                importer.read("Serial;Name\nA;Muñoz\n".encode('cp1252'))
            self.assertNotIn("profile", raised.exception.message)

    @with_transaction()
    def test_import_of_many_wrong_rows(self):
        "Test the wizard lists 500 wrong rows and gives them back"
        pool = Pool()
        Wizard_ = pool.get('maintenance.equipment.import', type='wizard')
        Equipment = pool.get('maintenance.equipment')

        with set_company(create_company()):
            create_sites(1)
            profile = create_profile()
            lines = ["Serial;Name;Customer;Site;Point;Code;Part of;Installed"]
            lines += [
                f"S{i};Unit;Customer 0;Site 0;;C{i};;"
                + ("never" if i % 2 else "1/2/2026") for i in range(1000)]
            content = '\n'.join(lines).encode()
            session_id, _, _ = Wizard_.create()
            start = {'profile': profile.id, 'file': content}
            result = Wizard_.execute(
                session_id, {'start': start}, 'preview')
            preview = result['view']['defaults']
            self.assertEqual(
                (preview['rows'], preview['created'], preview['bad']),
                (1000, 500, 500))
            self.assertEqual(len(preview['problems']), 500)
            self.assertEqual(Equipment.search([], count=True), 0)
            bad_rows = preview['bad_rows'].decode('utf-8-sig').splitlines()
            self.assertEqual(len(bad_rows), 501)
            self.assertIn("Installed: It is no date", bad_rows[1])
            Wizard_.execute(session_id, {'start': start}, 'import_')
            self.assertEqual(Equipment.search([], count=True), 500)
            Wizard_.delete(session_id)

    def test_import_of_what_the_database_refuses(self):
        "Test an error of the database undoes its own rows only"
        with lasting_database() as name, \
                Transaction().start(name, 1) as transaction:
            pool = Pool(name)
            Equipment = pool.get('maintenance.equipment')
            Site = pool.get('maintenance.site')
            with set_company(create_company()):
                site, = create_sites(1)
                # Somebody typed the codes which the sequence gives next.
                Site.create([{
                            'name': f"Typed {number}",
                            'code': str(int(site.code) + number),
                            'party': site.party.id,
                            } for number in range(1, 20)])
                importer = Importer(create_profile(create_sites=True))
                lines = ["Serial;Name;Customer;Site;Point;Code;Part of;"
                    "Installed"]
                lines += [
                    f"S{i};Unit;Customer 0;{place};;;;1/2/2026"
                    for i, place in enumerate(
                        ["Site 0", "New 1", "Site 0", "New 2", "Site 0"])]
                table = importer.read('\n'.join(lines).encode())
                importer.run(table)
                self.assertEqual(
                    [(p.row, 'code' in p.code) for p in importer.problems],
                    [(3, True), (5, True)])
                self.assertEqual(importer.created, 3)
                self.assertEqual(
                    {e.serial for e in Equipment.search([])},
                    {'S0', 'S2', 'S4'})
            transaction.rollback()

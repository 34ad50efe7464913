# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Readings that come in a file, and the sample files of imports."""
import datetime as dt
from decimal import Decimal
from unittest import TestCase

from trytond.modules.company.tests import create_company, set_company
from trytond.modules.maintenance_equipment.equipment_import import (
    Importer, savepoint)
from trytond.modules.maintenance_equipment.exceptions import ImportFileError
from trytond.modules.maintenance_equipment.import_sample import write
from trytond.modules.maintenance_equipment.import_values import Column, Style
from trytond.modules.maintenance_equipment.reading_import import (
    ReadingImporter)
from trytond.modules.maintenance_equipment.tests.test_installed_base import (
    read)
from trytond.modules.maintenance_equipment.tests.test_module import (
    create_sites)
from trytond.pool import Pool
from trytond.tests.test_tryton import activate_module, with_transaction

TITLES = "Machine;Meter;When;Value;Note"


def test_sample_is_written_as_the_profile_reads():
    columns = [
        Column("Matrícula", 'serial'),
        Column("Fecha", 'when', 'datetime'),
        Column("", 'kind', default='machine'),
        Column("Valor", 'value', 'numeric'),
        ]
    content = write(columns, [
            {'serial': 'A;1', 'when': '2026-02-27 10:30', 'value': '1.5'},
            {'when': '2026-02-27'},
            ], Style(',', 'dmy'), 'cp1252')
    assert content.decode('cp1252') == (
        'Matrícula;Fecha;Valor\r\n'
        '"A;1";27/02/2026 10:30;1,5\r\n'
        ';27/02/2026;\r\n')


def create_profile(**values):
    pool = Pool()
    Profile = pool.get('maintenance.import.profile')
    profile, = Profile.create([{
                'name': "Readings",
                'content': 'readings',
                'columns': [('create', [
                            {'field': field, 'title': title}
                            for field, title in zip(
                                ['machine', 'meter', 'when', 'value', 'note'],
                                TITLES.split(';'))])],
                **values,
                }])
    return profile


class ReadingImportTestCase(TestCase):

    @classmethod
    def setUpClass(cls):
        activate_module('maintenance_equipment')
        super().setUpClass()

    def create_meters(self):
        "Create a copier with two counters and a pump with one"
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')
        Meter = pool.get('maintenance.meter')
        site, = create_sites(1)
        copier, pump = Equipment.create([
                {'name': "Copier", 'serial': 'C-1', 'site': site.id},
                {'name': "Pump", 'serial': 'P-1', 'site': site.id,
                    'external_code': 'PUMP'},
                ])
        return Meter.create([
                {'equipment': copier.id, 'name': "Black"},
                {'equipment': copier.id, 'name': "Colour"},
                {'equipment': pump.id, 'name': "Hours"},
                ])

    def run_(self, profile, rows, **options):
        importer = ReadingImporter(profile, **options)
        importer.run(importer.read('\n'.join([TITLES, *rows]).encode()))
        return importer

    @with_transaction()
    def test_import(self):
        "Test every wrong reading is named and the others count"
        pool = Pool()
        Reading = pool.get('maintenance.meter.reading')

        company = create_company()
        company.timezone = 'Europe/Madrid'
        company.save()
        with set_company(company):
            black, colour, hours = self.create_meters()
            read(black, 1000, 1100, start=dt.date(2026, 1, 1))
            profile = create_profile()
            rows = [
                "C-1;black;15/2/2026;1.250,5;",
                "C-1;Colour;15/02/2026 10:30;300;by the customer",
                "PUMP;;2026-02-15;17;",
                "C-1;;15/2/2026;5;",
                "C-1;Scans;15/2/2026;5;",
                "X-9;;15/2/2026;5;",
                "P-1;Hours;soon;18;",
                "P-1;Hours;16/2/2026;;",
                "C-1;Black;16/2/2026;900;",
                "C-1;Black;10/1/2026;1150;",
                "P-1;Hours;15/2/2026;18;",
                "P-1;Hours;1/1/2999;18;",
                "P-1;Hours;20/2/2026;-1;",
                ]
            with savepoint(keep=False):
                self.assertEqual(self.run_(profile, rows).created, 3)
            self.assertEqual(Reading.search([], count=True), 2)

            importer = self.run_(profile, rows)
            self.assertEqual(importer.created, 3)
            problems = [(p.row, p.title, p.code) for p in importer.problems]
            self.assertEqual(
                [p for p in problems if not p[2].startswith('!')], [
                    (5, "Meter", 'several'),
                    (6, "Meter", 'no_meter'),
                    (7, "Machine", 'unknown'),
                    (8, "When", 'date'),
                    (9, "Value", 'required'),
                    (12, "When", 'there'),
                    (13, "When", 'future')])
            self.assertEqual([p[0] for p in problems], list(range(5, 15)))
            texts = [p[2] for p in problems if p[2].startswith('!')]
            for text, (value, other) in zip(texts, [
                        ("900", "1,250.5"), ("1,150", "1,100"), ("-1", "")]):
                self.assertIn(value, text)
                self.assertIn(other, text)

            self.assertEqual(black.last_value, Decimal('1250.5'))
            # What was read by day is of noon, in the time of the company.
            self.assertEqual(black.last_at, dt.datetime(2026, 2, 15, 11))
            reading, = colour.readings
            self.assertEqual(reading.when, dt.datetime(2026, 2, 15, 9, 30))
            self.assertEqual(
                (reading.source, reading.state, reading.note),
                ('import', 'valid', "by the customer"))

            again = self.run_(profile, rows[:3])
            self.assertEqual(again.created, 0)
            self.assertEqual(
                [p.code for p in again.problems], ['there'] * 3)

    @with_transaction()
    def test_unusual_values_are_asked_for(self):
        "Test what is far from the history waits for a second look"
        with set_company(create_company()):
            black, _, _ = self.create_meters()
            read(black, *range(1000, 1600, 100), start=dt.date(2025, 7, 1))
            profile = create_profile()
            rows = ["C-1;Black;1/1/2026;9000;", "C-1;Black;31/1/2026;9100;"]
            importer = self.run_(profile, rows)
            self.assertEqual(importer.created, 0)
            self.assertEqual(
                [(p.row, p.code) for p in importer.problems],
                [(2, 'unusual'), (3, 'unusual')])
            importer = self.run_(profile, rows, unusual=True)
            self.assertEqual((importer.created, importer.problems), (2, []))
            self.assertEqual(black.last_value, 9100)

    @with_transaction()
    def test_many_wrong_rows(self):
        "Test the wizard shows 500 wrong rows before anything is saved"
        pool = Pool()
        Reading = pool.get('maintenance.meter.reading')
        Wizard_ = pool.get('maintenance.meter.import', type='wizard')

        with set_company(create_company()):
            self.create_meters()
            profile = create_profile()
            start = dt.date(2020, 1, 1)
            lines = [TITLES]
            for i in range(1000):
                day = start + dt.timedelta(days=i)
                value = 10 + i if i % 2 else 'none'
                lines.append(f'P-1;;{day:%d/%m/%Y};{value};')
            values = {
                'profile': profile.id, 'file': '\n'.join(lines).encode()}
            session_id, _, _ = Wizard_.create()
            preview = Wizard_.execute(
                session_id, {'start': values}, 'preview')['view']['defaults']
            self.assertEqual(
                (preview['rows'], preview['created'], preview['bad']),
                (1000, 500, 500))
            self.assertEqual(len(preview['problems']), 500)
            self.assertEqual(preview['problems'][0]['value'], 'none')
            self.assertEqual(Reading.search([], count=True), 0)
            Wizard_.execute(session_id, {'start': values}, 'import_')
            self.assertEqual(Reading.search([], count=True), 500)
            Wizard_.delete(session_id)

    @with_transaction()
    def test_sample_files_are_imported(self):
        "Test what a user downloads is a file which the profile reads"
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')
        Meter = pool.get('maintenance.meter')
        Party = pool.get('party.party')
        Profile = pool.get('maintenance.import.profile')
        Start = pool.get('maintenance.equipment.import.start')
        Reading = pool.get('maintenance.meter.reading')

        with set_company(create_company()):
            party = Party(name="Hotel Sol")
            party.save()
            for encoding, decimal, dates in [
                    ('utf-8', ',', 'dmy'), ('cp1252', '.', 'mdy')]:
                with savepoint(keep=False):
                    profile = Profile(
                        name="Equipment", encoding=encoding, decimal=decimal,
                        date_format=dates, create_sites=True,
                        **Profile.default_get(['content', 'columns']))
                    profile.save()
                    content = Start(profile=profile).on_change_with_sample()
                    importer = Importer(profile)
                    importer.run(importer.read(content))
                    self.assertEqual(
                        (importer.created, importer.problems), (3, []))
                    unit, = Equipment.search([('serial', '=', 'A-1001')])
                    self.assertEqual(
                        unit.installed_date, dt.date(2026, 2, 1))
                    self.assertEqual(unit.parent.kind, 'plant')

            # Nobody has made a profile yet.
            with savepoint(keep=False):
                start = Start(file=Start.default_sample(), profile=None)
                self.assertEqual(start.file, start.on_change_with_sample())
                importer = Importer(start.get_profile())
                importer.run(importer.read(start.file))
                self.assertEqual(
                    (importer.created, importer.problems), (3, []))
                self.assertEqual(
                    importer.profile.get_style(), Style('.', 'mdy'))

            copier = Equipment(name="Copier", serial='A-2001')
            copier.save()
            for name in ["Black copies", "Colour copies"]:
                Meter(equipment=copier, name=name).save()
            profile = create_profile()
            importer = ReadingImporter(profile)
            importer.run(importer.read(profile.get_sample()))
            self.assertEqual((importer.created, importer.problems), (2, []))
            self.assertEqual(Reading.search([], count=True), 2)

    @with_transaction()
    def test_content_of_profile(self):
        "Test the columns are those of the content"
        pool = Pool()
        Profile = pool.get('maintenance.import.profile')
        for name, content in [
                ('maintenance.equipment.import.start', 'equipment'),
                ('maintenance.meter.import.start', 'readings')]:
            self.assertEqual(
                pool.get(name).profile.domain, [('content', '=', content)])
        with set_company(create_company()):
            profile = Profile(name="Readings", columns=[])
            profile.content = 'readings'
            profile.columns = list(
                Profile(columns=Profile.default_columns()).columns)
            profile.on_change_content()
            self.assertEqual(
                [c.field for c in profile.columns],
                ['machine', 'meter', 'when', 'value', 'note'])
            profile.columns[0].title = "My Title"
            profile.on_change_content()
            self.assertEqual(profile.columns[0].title, "My Title")

    @with_transaction()
    def test_data_sheet_is_imported(self):
        "Test a column fills an attribute, and the category tells the rest"
        pool = Pool()
        Attribute = pool.get('maintenance.equipment.attribute')
        Category = pool.get('maintenance.equipment.category')
        Equipment = pool.get('maintenance.equipment')
        Profile = pool.get('maintenance.import.profile')

        with set_company(create_company()):
            Category.load_sets(['EXT', 'SPLIT'])
            create_sites(1)
            profile, = Profile.create([{
                        'name': "List",
                        'columns': [('create', [
                                    {'field': field, 'title': title}
                                    for field, title in [
                                        ('serial', "Serial"),
                                        ('category', "Category"),
                                        ('customer', "Customer"),
                                        ('site', "Site"),
                                        ('attribute:agent_charge', "Kilos"),
                                        ('attribute:refrigerant', "Gas"),
                                        ('attribute:refrigerant_charge',
                                            "Charge"),
                                        ]])],
                        }])

            def run(*rows):
                importer = Importer(profile)
                importer.run(importer.read('\n'.join([
                                "Serial;Category;Customer;Site;Kilos;Gas;"
                                "Charge", *rows]).encode()))
                return importer
            importer = run(
                "E1;EXT;Customer 0;Site 0;9;;",
                "E2;EXT;Customer 0;Site 0;;;",
                "E3;EXT;Customer 0;Site 0;heavy;;",
                "S1;SPLIT;Customer 0;Site 0;;R-410A;2,4",
                "S2;SPLIT;Customer 0;Site 0;;R-999;2,4",
                "S3;SPLIT;Customer 0;Site 0;;R-32;")
            self.assertEqual(importer.created, 3)
            self.assertEqual(
                [(p.row, p.title, p.code) for p in importer.problems][:2],
                [(4, "Kilos", 'number'), (6, "Gas", 'selection')])
            self.assertIn("R-410A", importer.problems[1].choices)
            # It can not be in service without its charge.
            self.assertIn("Gas charge", importer.problems[2].code)
            e1, e2, s1 = Equipment.search([], order=[('serial', 'ASC')])
            self.assertEqual(e1.attributes['agent_charge'], 9)
            self.assertEqual(e2.attributes['agent_charge'], 6)
            self.assertEqual(
                e2.attributes['extinguishing_agent'], 'powder')
            self.assertEqual(
                s1.attributes['co2_equivalent'], Decimal('5.011'))
            self.assertEqual(
                {e.state for e in [e1, e2, s1]}, {'in_service'})

            self.assertEqual(run("E1;;;;12;;").updated, 1)
            e1 = Equipment(e1.id)
            self.assertEqual(e1.name, "Fire extinguisher")
            self.assertEqual(e1.attributes['agent_charge'], 12)
            self.assertEqual(
                e1.attributes['extinguishing_agent'], 'powder')

            Attribute.delete(
                Attribute.search([('name', '=', 'agent_charge')]))
            with self.assertRaisesRegex(ImportFileError, "Kilos.*List"):
                run("E1;;;;12;;")

    @with_transaction()
    def test_co2_equivalent(self):
        "Test it follows from gas and charge, in the form and when saved"
        pool = Pool()
        Category = pool.get('maintenance.equipment.category')
        Equipment = pool.get('maintenance.equipment')
        with set_company(create_company()):
            split, = Category.load_sets(['SPLIT'])
            unit = Equipment(name="Split", category=split)
            unit.on_change_category()
            unit.attributes = {
                **unit.attributes, 'refrigerant_charge': Decimal('0.9')}
            unit.on_change_attributes()
            self.assertEqual(
                unit.attributes['co2_equivalent'], Decimal('0.608'))
            unit.save()
            unit.attributes = {
                **unit.attributes, 'refrigerant': 'r410a'}
            unit.save()
            self.assertEqual(
                Equipment(unit.id).attributes['co2_equivalent'],
                Decimal('1.879'))
            # A gas we do not know is told by the user.
            for attributes in [
                    {'refrigerant': 'other', 'refrigerant_charge': 1,
                        'co2_equivalent': Decimal(7)},
                    {'refrigerant_charge': 1, 'co2_equivalent': Decimal(7)},
                    ]:
                self.assertEqual(
                    Equipment.complete_attributes(attributes), attributes)
            self.assertIsNone(Equipment.complete_attributes(None))

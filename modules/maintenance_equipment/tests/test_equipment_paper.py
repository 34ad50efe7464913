# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The papers of machines, in three languages and as several people."""
import datetime as dt
import io
from decimal import Decimal
from unittest import TestCase

from PIL import Image
from pypdf import PdfReader

from trytond.modules.company.tests import create_company, set_company
from trytond.modules.maintenance_equipment.tests.test_installed_base import (
    acting, create_user, read)
from trytond.modules.maintenance_equipment.tests.test_module import (
    create_sites)
from trytond.modules.report_html.tests import HTMLReportTestMixin
from trytond.pool import Pool
from trytond.tests.test_tryton import activate_module, with_transaction
from trytond.tools import find_path
from trytond.transaction import Transaction

DAY = dt.date(2026, 2, 1)


def load_languages():
    pool = Pool()
    Lang = pool.get('ir.lang')
    Translation = pool.get('ir.translation')
    for code in ['es', 'it']:
        Lang.write(Lang.search([('code', '=', code)]), {'translatable': True})
        Translation.translation_import(code, 'maintenance_equipment', [
                find_path(f'maintenance_equipment/locale/{code}.po')])


def create_picture():
    output = io.BytesIO()
    Image.new('RGB', (800, 600), '#267f82').save(output, 'JPEG')
    return output.getvalue()


class EquipmentPaperTestCase(HTMLReportTestMixin, TestCase):
    module = 'maintenance_equipment'

    @classmethod
    def setUpClass(cls):
        activate_module('maintenance_equipment')
        super().setUpClass()

    def create_plant(self):
        "Create a plant with a panel, detectors and three extinguishers"
        pool = Pool()
        Category = pool.get('maintenance.equipment.category')
        Equipment = pool.get('maintenance.equipment')
        Key = pool.get('maintenance.site.key')
        Meter = pool.get('maintenance.meter')
        Photo = pool.get('maintenance.equipment.photo')
        Warranty = pool.get('maintenance.warranty')

        panels, extinguishers = Category.load_sets(['DET_GEN', 'EXT'])[::-1]
        site, = create_sites(1)
        site.access_notes = "Ring at the back"
        site.save()
        Key.create([{'site': site.id, 'label': "Boiler room"}])
        plant = Equipment(
            name="Fire Plant", kind='plant', site=site, installed_date=DAY)
        plant.save()
        panel = Equipment(
            name="Panel", parent=plant, site=site, category=panels,
            serial='NF-99', manufacturer="Maker", model="AM-1",
            notes="Tell the hotel before a test", installed_date=DAY,
            attributes={
                'panel_technology': 'addressable', 'panel_loops': 4,
                'battery_capacity': Decimal(24), 'monitored': True})
        panel.save()
        detectors = Equipment(
            name="Detectors", kind='component', parent=panel, quantity=212,
            site=site)
        detectors.save()
        units = [p.unit for p in site.create_points(
                'P', 1, 3, extinguishers, name="Extinguisher",
                installed_date=DAY, put_in_service=True)]
        Equipment.write(units, {'parent': plant.id})
        Equipment.put_in_service([plant, panel, detectors])
        Warranty.create([{
                    'equipment': panel.id,
                    'start_date': DAY,
                    'labour_end_date': dt.date(2027, 1, 31),
                    }])
        meter = Meter(equipment=panel, name="Alarms")
        meter.save()
        read(meter, 100, 130, start=DAY)
        Photo.create([{
                    'equipment': panel.id,
                    'image': create_picture(),
                    'caption': "Plate",
                    }])
        Equipment.set_token([panel])
        return plant, panel

    def print_(self, name, record, language=None):
        pool = Pool()
        Lang = pool.get('ir.lang')
        Report = pool.get(f'maintenance.equipment.{name}', type='report')
        data = {}
        if language:
            data['language'] = Lang.get(language)
        with Transaction().set_context(language=language or 'en'):
            extension, content, _, _ = Report.execute([record.id], data)
        self.assertEqual(extension, 'pdf')
        pages = PdfReader(io.BytesIO(content)).pages
        return pages, ' '.join(
            ' '.join(p.extract_text() for p in pages).split())

    @with_transaction()
    def test_machine_sheet(self):
        "Test the sheet tells the technician all, in his language"
        with set_company(create_company("Fire Company")):
            load_languages()
            _, panel = self.create_plant()
            for language, words in [
                    ('en', ["Machine Sheet", "In Service", "How to get in",
                            "Technology Addressable", "Labour until",
                            "01/31/2027", "for life"]),
                    ('es', ["Ficha de equipo", "En servicio",
                            "Cómo se entra", "Analógica direccionable",
                            "Mano de obra hasta", "31/01/2027",
                            "de por vida", "Llave: Boiler room"]),
                    ('it', ["Scheda macchina", "In servizio",
                            "Come si entra", "Analogica indirizzata",
                            "Manodopera fino al", "31/01/2027", "a vita",
                            "operativa Sì"])]:
                pages, text = self.print_('sheet', panel, language)
                for word in [
                        "Panel", "NF-99", "Maker", "Ring at the back",
                        "Tell the hotel", "Detectors", "Plate", "Alarms",
                        *words]:
                    with self.subTest(language=language, word=word):
                        self.assertIn(word, text)
                # The photo.
                self.assertTrue(any(p.images for p in pages))

    @with_transaction()
    def test_plant_sheet(self):
        "Test the sheet has the tree, and equal data sheets only once"
        pool = Pool()
        Report = pool.get('maintenance.equipment.plant_sheet', type='report')

        with set_company(create_company()):
            load_languages()
            plant, panel = self.create_plant()
            tree = Report.get_tree(plant)
            self.assertEqual(
                [(b.equipment.name, b.depth) for b in tree], [
                    ("Fire Plant", 0), ("Panel", 1), ("Detectors", 2),
                    ("Extinguisher P1", 1), ("Extinguisher P2", 1),
                    ("Extinguisher P3", 1)])
            for language, words in [
                    ('en', ["Plant Sheet", "Fire extinguisher × 3",
                            "What it is made of"]),
                    ('es', ["Ficha de instalación", "Extintor × 3",
                            "De qué se compone"]),
                    ('it', ["Scheda impianto", "Estintore × 3",
                            "Di che cosa è fatto"])]:
                pages, text = self.print_('plant_sheet', plant, language)
                for word in ["212", "Panel", "Alarms", "130", *words]:
                    with self.subTest(language=language, word=word):
                        self.assertIn(word, text)
                self.assertTrue(any(p.images for p in pages))

    @with_transaction()
    def test_customer_list(self):
        "Test the list is by place, in the language of the customer"
        pool = Pool()
        Lang = pool.get('ir.lang')
        Party = pool.get('party.party')

        with set_company(create_company()):
            load_languages()
            plant, _ = self.create_plant()
            customer = plant.customer
            for language, title in [
                    ('en', "List of Equipment"),
                    ('es', "Relación de equipos"),
                    ('it', "Elenco delle attrezzature")]:
                customer.lang = Lang.get(language)
                customer.save()
                _, text = self.print_('customer_list', customer)
                for word in [
                        title, "Site 0", "P3", "Detectors × 212", "217"]:
                    with self.subTest(language=language, word=word):
                        self.assertIn(word, text)
            nobody = Party(name="Nobody")
            nobody.save()
            _, text = self.print_('customer_list', nobody)
            self.assertIn("There is no equipment", text)

    @with_transaction()
    def test_nothing_empty(self):
        "Test what no machine has takes no room on the papers"
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')

        with set_company(create_company()):
            plant, panel = self.create_plant()
            _, text = self.print_('customer_list', plant.customer)
            self.assertIn("Name Point Category", text)
            with Transaction().set_context(_skip_warnings=True):
                Equipment.retire(Equipment.search([
                            ('site.kind', '=', 'point'),
                            ]))
            _, text = self.print_('customer_list', plant.customer)
            self.assertIn("Name Category", text)

            _, text = self.print_('sheet', panel)
            self.assertNotIn("Criticality", text)
            detectors, = Equipment.search([('parent', '=', panel.id)])
            detectors.criticality = 'high'
            detectors.save()
            _, text = self.print_('sheet', detectors)
            self.assertIn("Quantity 212", text)
            self.assertIn("Criticality High", text)

    @with_transaction()
    def test_who_prints(self):
        "Test everybody prints what he may see, keys are not for sales"
        company = create_company()
        with set_company(company):
            plant, panel = self.create_plant()
        for group, keys in [
                ('group_technician', True), ('group_billing', False),
                ('group_sales_view', False), ('group_auditor', False)]:
            user = create_user(group, group, company)
            as_user, context = acting(user)
            with self.subTest(group=group), as_user, context:
                _, text = self.print_('sheet', panel)
                self.assertIn("Panel", text)
                self.assertEqual("Boiler room" in text, keys)
                _, text = self.print_('plant_sheet', plant)
                self.assertIn("Detectors", text)

    @with_transaction()
    def test_retired_machine(self):
        "Test what stands nowhere is printed too"
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')
        with set_company(create_company()):
            _, panel = self.create_plant()
            with Transaction().set_context(_skip_warnings=True):
                Equipment.retire([panel])
            _, text = self.print_('sheet', Equipment(panel.id))
            self.assertIn("It stands nowhere", text)
            self.assertIn("Detectors", text)
            _, text = self.print_('plant_sheet', Equipment(panel.id))
            self.assertIn("Detectors", text)

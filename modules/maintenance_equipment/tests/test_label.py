# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The codes of labels, the sheets they are printed on, and who may what."""
import io
import re
from unittest import TestCase

import pytest
import qrcode
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from trytond.model.exceptions import AccessButtonError
from trytond.modules.company.tests import create_company, set_company
from trytond.modules.maintenance_equipment import label_code
from trytond.modules.maintenance_equipment.exceptions import (
    LabelAddressError, LabelNoneError, LabelUnknownError)
from trytond.modules.maintenance_equipment.label_drawing import draw
from trytond.modules.maintenance_equipment.label_sheet import (
    FORMATS, Place, sheets)
from trytond.modules.maintenance_equipment.tests.test_installed_base import (
    acting, create_user)
from trytond.modules.maintenance_equipment.tests.test_module import (
    create_sites)
from trytond.pool import Pool
from trytond.tests.test_tryton import activate_module, with_transaction
from trytond.transaction import Transaction

CODE = '0123456789abcdefghjkmnpq'
CODES = st.text(
    label_code.ALPHABET, min_size=label_code.LENGTH,
    max_size=label_code.LENGTH)


@given(CODES, st.sampled_from([None, 'https://a.example/m', 'http://x/m/']))
def test_what_the_label_carries_is_found(code, base):
    carried = label_code.address(base, code)
    for text in [carried, f'%{carried}%', carried.upper(), f' {carried}/ ']:
        assert label_code.find(text) == code


@pytest.mark.parametrize('text,code', [
        # What a scanner types on the keyboards of Spain and Italy.
        (f'httpsÑ--a.example-m-{CODE}', CODE),
        (f'httpsç&&a.example&m&{CODE}', CODE),
        (CODE[:-1], None),
        (f'x{CODE}', None),
        ('E014', None),
        ('', None),
        ])
def test_found_code(text, code):
    assert label_code.find(text) == code


def test_made_codes_differ():
    codes = {label_code.make() for _ in range(1000)}
    assert len(codes) == 1000
    assert all(label_code.find(c) == c for c in codes)


@pytest.mark.parametrize('text,right', [
        ('https://service.example.com/m', True),
        ('http://10.0.0.7:8000', True),
        ('service.example.com', False),
        ('ftp://service.example.com', False),
        ('https://service.example.com/m?code=', False),
        ('https://', False),
        ])
def test_address(text, right):
    assert label_code.is_address(text) == right


@pytest.mark.parametrize('format_', FORMATS.values(), ids=lambda f: f.name)
@given(st.data())
def test_every_label_is_on_the_paper_once(format_, data):
    items = list(range(data.draw(st.integers(0, 200))))
    first = data.draw(st.integers(1, format_.number))
    found = list(sheets(format_, items, first))
    assert [p.item for sheet in found for p in sheet] == items
    for sheet in found:
        places = {(p.left, p.top) for p in sheet}
        assert len(places) == len(sheet) <= format_.number
        for place in sheet:
            assert 0 <= place.left
            assert place.left + format_.width <= format_.page_width
            assert 0 <= place.top
            assert place.top + format_.height <= format_.page_height


def test_drawing_has_every_dark_square():
    text = f'https://a.example/m/{CODE}'
    code = qrcode.QRCode(border=0, error_correction=qrcode.ERROR_CORRECT_M)
    code.add_data(text)
    code.make()
    expected = {
        (x, y) for y, row in enumerate(code.get_matrix())
        for x, dark in enumerate(row) if dark}
    drawn = set()
    for x, y, length in re.findall(r'M(\d+) (\d+)\.5h(\d+)', draw(text)):
        drawn |= {(int(x) + i, int(y)) for i in range(int(length))}
    assert drawn == expected


def test_begins_at_the_first_free_label():
    (first, second), (third,) = sheets(FORMATS['a4_99x38'], 'abc', 13)
    assert first == Place(4.65, 243.75, 'a')
    assert second == Place(106.25, 243.75, 'b')
    assert third == Place(4.65, 15.15, 'c')


class LabelTestCase(TestCase):

    @classmethod
    def setUpClass(cls):
        activate_module('maintenance_equipment')
        super().setUpClass()

    def create_points(self):
        "Create two points with a unit each, and a machine with a component"
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')
        site, = create_sites(1)
        second, first = site.create_points('P', 1, 2, name="Extinguisher")
        second.route_order, first.route_order = 2, 1
        second.save()
        first.save()
        boiler = Equipment(name="Boiler", site=site)
        boiler.save()
        burner = Equipment(
            name="Burner", kind='component', parent=boiler, site=site)
        burner.save()
        return site, first.unit, second.unit, boiler, burner

    @with_transaction()
    def test_scanned_label_is_found(self):
        "Test the whole address or the code finds the machine, and only it"
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')

        with set_company(create_company()):
            first, second = Equipment.create(
                [{'name': "First"}, {'name': "Second"}])
            self.assertIsNone(first.token)
            Equipment.set_token([first, second])
            token = first.token
            self.assertNotEqual(token, second.token)
            for text in [
                    token, f'%{token}%', f'%https://a.example/m/{token}%']:
                self.assertEqual(
                    Equipment.search([('rec_name', 'ilike', text)]), [first])

            copied, = Equipment.copy([first])
            self.assertIsNone(copied.token)
            Equipment.set_token([first])
            self.assertEqual(first.token, token)
            Equipment.renew_token([first])
            self.assertNotEqual(first.token, token)
            self.assertEqual(
                Equipment.search([('rec_name', 'ilike', token)]), [])
            token = first.token
            Equipment.revoke_token([first])
            self.assertEqual(
                Equipment.search([('rec_name', 'ilike', token)]), [])

    @with_transaction()
    def test_scan_wizard(self):
        "Test a scan opens the form, several the list, none says what to do"
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')
        Wizard_ = pool.get('maintenance.equipment.scan', type='wizard')

        def scan(text):
            session_id, _, _ = Wizard_.create()
            (action, data), = Wizard_.execute(
                session_id, {'start': {'text': text}}, 'open_')['actions']
            Wizard_.delete(session_id)
            return data.get('res_id'), action['views'][0][1]

        with set_company(create_company()):
            first, second = Equipment.create([
                    {'name': "First", 'serial': 'SN-100'},
                    {'name': "Second", 'serial': 'SN-1001'}])
            Equipment.set_token([first])
            self.assertEqual(
                scan(f'https://a.example/m/{first.token}'),
                ([first.id], 'form'))
            self.assertEqual(scan('SN-1001'), ([second.id], 'form'))
            self.assertEqual(scan('SN-%'), (None, 'tree'))
            token = first.token
            Equipment.revoke_token([first])
            with self.assertRaisesRegex(LabelUnknownError, token):
                scan(token)

    @with_transaction()
    def test_print_labels(self):
        "Test labels of sites come in the order of the round, in their format"
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')
        Report = pool.get('maintenance.equipment.label', type='report')
        Wizard_ = pool.get('maintenance.equipment.label.print', type='wizard')

        def start(model, records):
            ids = [r.id for r in records]
            session_id, _, _ = Wizard_.create()
            context = {
                'active_model': model, 'active_ids': ids, 'active_id': ids[0]}
            with Transaction().set_context(context):
                view = Wizard_.execute(session_id, {}, 'start')['view']
            return session_id, context, view['defaults']

        def print_(model, records, **values):
            session_id, context, defaults = start(model, records)
            with Transaction().set_context(context):
                (_, data), = Wizard_.execute(session_id, {
                        'start': {**defaults, **values}}, 'print_')['actions']
            extension, content, _, _ = Report.execute(data['ids'], data)
            self.assertEqual(extension, 'pdf')
            return Equipment.browse(data['ids']), PdfReader(
                io.BytesIO(content)).pages

        with set_company(create_company("Fire Company")):
            site, first, second, boiler, burner = self.create_points()
            _, _, defaults = start('maintenance.site', [site])
            self.assertEqual(
                (defaults['format'], defaults['number']), ('roll_62x29', 3))

            printed, pages = print_('maintenance.site', [site])
            self.assertEqual(printed, [boiler, first, second])
            self.assertTrue(all(e.token for e in printed))
            self.assertEqual(len(pages), 3)
            width, height = (float(x) * 25.4 / 72 for x in [
                    pages[0].mediabox.width, pages[0].mediabox.height])
            self.assertAlmostEqual(width, 62, places=1)
            self.assertAlmostEqual(height, 29, places=1)
            words = pages[1].extract_text()
            for word in [first.name, first.number, "P2", "Fire Company"]:
                self.assertIn(word, words)
            self.assertFalse(Equipment(burner.id).token)

            printed, pages = print_(
                'maintenance.equipment', [boiler, second], format='a4_70x37',
                first=23, components=True)
            self.assertEqual(printed, [boiler, burner, second])
            self.assertEqual(len(pages), 2)
            self.assertIn("Burner", pages[0].extract_text())
            self.assertIn(second.name, pages[1].extract_text())

            # A long serial is read whole where there is little room.
            second.serial = "XK-20260101-77"
            second.save()
            first.serial = "XK-1"
            first.save()
            for format_, words in [
                    ('roll_62x29', "S/N XK-1"), ('a4_38x21', "XK-1")]:
                _, pages = print_(
                    'maintenance.equipment', [first, second], format=format_)
                text = ' '.join(p.extract_text() for p in pages)
                lines = text.splitlines()
                self.assertIn(words, lines)
                self.assertIn("XK-20260101-77", lines)

            empty, = create_sites(1)
            with self.assertRaises(LabelNoneError):
                print_('maintenance.site', [empty])

    @with_transaction()
    def test_rights(self):
        "Test technicians print labels, the office revokes them"
        pool = Pool()
        Action = pool.get('ir.action.wizard')
        Equipment = pool.get('maintenance.equipment')
        Keyword = pool.get('ir.action.keyword')
        ModelData = pool.get('ir.model.data')
        wizard = Action(ModelData.get_id(
                'maintenance_equipment', 'wizard_equipment_label_print'))

        company = create_company()
        with set_company(company):
            equipment = Equipment(name="Boiler")
            equipment.save()
            Equipment.set_token([equipment])
        for group, prints, renews in [
                ('group_technician', True, False),
                ('group_dispatcher', True, True),
                ('group_sales_view', False, False),
                ('group_auditor', False, False)]:
            user = create_user(group, group, company)
            as_user, context = acting(user)
            with self.subTest(group=group), as_user, context:
                actions = {k['id'] for k in Keyword.get_keyword(
                        'form_print', ('maintenance.equipment', -1))}
                self.assertEqual(wizard.id in actions, prints)
                record = Equipment(equipment.id)
                if renews:
                    Equipment.renew_token([record])
                else:
                    for button in [
                            Equipment.renew_token, Equipment.revoke_token]:
                        with self.assertRaises(AccessButtonError):
                            button([record])

    @with_transaction()
    def test_address_of_labels(self):
        "Test an address to which no code can be added is refused"
        pool = Pool()
        Configuration = pool.get('maintenance.configuration')
        Value = pool.get('maintenance.configuration.label')
        Report = pool.get('maintenance.equipment.label', type='report')
        Equipment = pool.get('maintenance.equipment')

        company = create_company()
        with set_company(company):
            equipment = Equipment(name="Boiler")
            equipment.save()
            Equipment.set_token([equipment])
            value = Value(
                company=company, label_address='https://a.example/m/')
            value.save()
            self.assertEqual(
                Configuration(1).get_multivalue('label_address'),
                'https://a.example/m/')
            context = Report.get_context(
                [], {}, {'company': company.id, 'equipments': [equipment.id]})
            (place,), = context['sheets']
            self.assertEqual(
                place.item.drawing,
                draw(f'https://a.example/m/{equipment.token}'))
            with self.assertRaisesRegex(LabelAddressError, 'a.example'):
                value.label_address = 'a.example/m'
                value.save()

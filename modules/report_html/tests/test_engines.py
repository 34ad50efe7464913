# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import io
import unittest
from base64 import b64decode, b64encode

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree, html
from PIL import Image

from trytond.modules.report_html.chart import Slice, bars, donut
from trytond.modules.report_html.color import contrast, is_color, make_palette
from trytond.modules.report_html.declaration import Setting
from trytond.modules.report_html.loadable import (
    RefusedError, parse_data, parse_module)
from trytond.modules.report_html.picture import PictureError, to_picture
from trytond.modules.report_html.stylesheet import check
from trytond.modules.report_html.wording import (
    fill, to_html, unknown_placeholders)


def make_picture(size=(400, 300), mode='RGB', format='PNG', **options):
    output = io.BytesIO()
    Image.new(mode, size, 'red').save(output, format=format, **options)
    return output.getvalue()


class WordingTestCase(unittest.TestCase):
    "Test texts written by users"

    def test_to_html(self):
        "Paragraphs, lines, items and bold words"
        for text, result in [
                ("", ""),
                ("Hello", "<p>Hello</p>"),
                ("One\nTwo", "<p>One<br>Two</p>"),
                ("One\r\n\r\nTwo", "<p>One</p><p>Two</p>"),
                ("A **bold** word", "<p>A <strong>bold</strong> word</p>"),
                ("2 ** 3 ** 4", "<p>2 ** 3 ** 4</p>"),
                ("List:\n- one\n- two\nEnd",
                    "<p>List:</p><ul><li>one</li><li>two</li></ul>"
                    "<p>End</p>"),
                ("<img src=x>", "<p>&lt;img src=x&gt;</p>"),
                ("**<b>**", "<p><strong>&lt;b&gt;</strong></p>"),
                ]:
            with self.subTest(text=text):
                self.assertEqual(to_html(text), result)

    @given(st.text())
    def test_to_html_safe(self, text):
        "Whatever is written, only our elements come out"
        allowed = {'p', 'br', 'strong', 'ul', 'li', 'div'}
        document = html.fragment_fromstring(
            to_html(''.join(c for c in text if c.isprintable() or c == '\n')),
            create_parent='div')
        self.assertLessEqual({e.tag for e in document.iter()}, allowed)

    def test_fill(self):
        "Known placeholders are filled, others and prices stay"
        self.assertEqual(
            fill("${number} costs $5, ${other}", {'number': '42'}),
            "42 costs $5, ${other}")

    def test_unknown_placeholders(self):
        "Unknown placeholders are named once"
        self.assertEqual(
            unknown_placeholders(
                "${number} $foo ${foo} ${bar} $$", {'number'}),
            ['foo', 'bar'])


class ColorTestCase(unittest.TestCase):
    "Test the palette"

    def test_is_color(self):
        for text, result in [
                ('#1f4e79', True), ('#FFFFFF', True), ('#fff', False),
                ('red', False), ('#1f4e79;}', False), ('', False),
                (None, False)]:
            with self.subTest(text=text):
                self.assertIs(is_color(text), result)

    def test_wrong(self):
        with self.assertRaises(ValueError):
            make_palette('red')

    @given(st.integers(0, 0xffffff), st.integers(0, 0xffffff))
    def test_readable(self, primary, accent):
        "Words can be read whatever the colours are"
        def rgb(color):
            return tuple(bytes.fromhex(color[1:]))
        palette = make_palette(f'#{primary:06x}', f'#{accent:06x}')
        white = (255, 255, 255)
        self.assertGreaterEqual(
            contrast(rgb(palette.primary_text), white), 4.5)
        for text, background in [
                (palette.on_primary, palette.primary),
                (palette.on_accent, palette.accent)]:
            self.assertGreaterEqual(
                contrast(rgb(text), rgb(background)), 3.5)


class LoadableTestCase(unittest.TestCase):
    "Test what a paper may load"

    def test_data(self):
        for url, result in [
                ('data:image/png;base64,AAEC', ('image/png', b'\0\1\2')),
                ('data:image/png;base64,AA EC', ('image/png', b'\0\1\2')),
                ('DATA:Image/PNG;base64,AAEC', ('image/png', b'\0\1\2')),
                ('data:image/svg+xml;charset=utf-8,%3Csvg/%3E',
                    ('image/svg+xml', b'<svg/>')),
                ('data:text/css,p{}', ('text/css', b'p{}')),
                ]:
            with self.subTest(url=url):
                self.assertEqual(parse_data(url, 100), result)

    def test_data_refused(self):
        for url in [
                'data:image/png;base64',
                'data:image/png;base64,A?==',
                'data:text/html,<p>',
                'data:,text',
                'data:application/pdf;base64,AAEC',
                'http://example.com/a.png',
                'data:image/png;base64,' + b64encode(bytes(101)).decode(),
                'data:image/svg+xml,' + 'a' * 101,
                'data:image/svg+xml,' + '%41' * 101,
                ]:
            with self.subTest(url=url), self.assertRaises(RefusedError):
                parse_data(url, 100)

    def test_module(self):
        self.assertEqual(
            parse_module('module:report_html/fonts/inter-bold.otf'),
            ('font/otf', 'report_html/fonts/inter-bold.otf'))

    def test_module_refused(self):
        for url in [
                'file:///etc/passwd',
                'module:report_html/report.py',
                'module:report_html/template/layout.html',
                'module:report_html/fonts/../report.py',
                'module:report_html/icons/../../a.svg',
                'module:report_html/icons/a..svg',
                'module:/etc/fonts/a.otf',
                'module:../icons/a.svg',
                'module:report_html/icons/a.svg?x',
                'module:report_html/icons/a.svg\n',
                'module:report_html/locale/es.po',
                ]:
            with self.subTest(url=url), self.assertRaises(RefusedError):
                parse_module(url)


class PictureTestCase(unittest.TestCase):
    "Test pictures are made to fit"

    def read(self, url):
        head, _, payload = url.partition(',')
        return head, Image.open(io.BytesIO(b64decode(payload)))

    def test_photo(self):
        "A large photo is scaled and stays a JPEG"
        head, picture = self.read(to_picture(
                make_picture((4000, 3000), format='JPEG'), 50.8, 50.8))
        self.assertEqual(head, 'data:image/jpeg;base64')
        self.assertEqual(picture.size, (400, 300))

    def test_small(self):
        "A small picture is not blown up"
        _, picture = self.read(to_picture(make_picture((40, 30)), 50, 50))
        self.assertEqual(picture.size, (40, 30))

    def test_transparent(self):
        "Transparency is kept"
        head, picture = self.read(to_picture(
                make_picture(mode='RGBA'), 50, 50))
        self.assertEqual(head, 'data:image/png;base64')
        self.assertEqual(picture.mode, 'RGBA')

    def test_upright(self):
        "A photo taken upright is printed upright"
        exif = Image.Exif()
        exif[0x0112] = 6
        _, picture = self.read(to_picture(
                make_picture((400, 300), format='JPEG', exif=exif), 60, 60))
        self.assertEqual(picture.size, (300, 400))

    def test_not_picture(self):
        for content in [b'', b'<svg/>', make_picture()[:10]]:
            with self.subTest(content=content[:10]):
                with self.assertRaises(PictureError):
                    to_picture(content, 50, 50)


class StylesheetTestCase(unittest.TestCase):
    "Test style sheets of users"

    def test_valid(self):
        for source in [
                '', '/* nothing */',
                '@page { size: A5; @top-left { content: "x" } }',
                'h1 { color: red } @media print { h2 { margin: 0 } }',
                'p { background: url(data:image/png;base64,AAEC) }',
                'p { background: url("module:report_html/icons/a.svg") }',
                ]:
            with self.subTest(source=source):
                self.assertEqual(check(source), [])

    def test_faults(self):
        for source, faults in [
                ('h1 {\n  color red;\n}', [(2, 'syntax')]),
                ('h1 { color: red }\n\n}', [(3, 'syntax')]),
                ('p {\n background: url(http://example.com/a.png)}',
                    [(2, 'address')]),
                ('p {\n background: url("file:///etc/passwd")}',
                    [(2, 'address')]),
                ('@media print {\n p {\n  color: url(ftp://a) } }',
                    [(3, 'address')]),
                ('\n@import "http://example.com/a.css";',
                    [(2, 'address')]),
                ('@font-face { src: url(//example.com/a.otf) }',
                    [(1, 'address')]),
                ]:
            with self.subTest(source=source):
                self.assertEqual(
                    [(f.line, f.code) for f in check(source)], faults)


class ChartTestCase(unittest.TestCase):
    "Test charts"
    svg = '{http://www.w3.org/2000/svg}'

    def test_bars(self):
        "The longest bar takes the width and the others their part of it"
        root = etree.fromstring(bars([
                    Slice("Good", 6, 'green'), Slice("<Bad>", 3, 'red', "3 %"),
                    Slice("None", 0, 'gray')]))
        widths = [
            float(r.get('width')) for r in root.iter(self.svg + 'rect')
            if not r.get('fill-opacity')]
        self.assertEqual(widths, [270, 135, 0])
        self.assertEqual(
            [t.text for t in root.iter(self.svg + 'text')],
            ["Good", "6", "<Bad>", "3 %", "None", "0"])

    def test_bars_nothing(self):
        for slices in [[], [Slice("Zero", 0, 'red')]]:
            with self.subTest(slices=slices):
                etree.fromstring(bars(slices))

    def test_donut(self):
        "A half ring ends opposite to its start"
        root = etree.fromstring(donut(
                [Slice("Good", 1, 'green'), Slice("Bad", 1, 'red'),
                    Slice("None", 0, 'gray')], text="50 %", note="<good>"))
        paths = list(root.iter(self.svg + 'path'))
        self.assertEqual([p.get('stroke') for p in paths], ['green', 'red'])
        self.assertTrue(paths[0].get('d').startswith('M 80.000 17.600'))
        self.assertTrue(paths[0].get('d').endswith('80.000 142.400'))
        self.assertEqual(
            [t.text for t in root.iter(self.svg + 'text')],
            ["50 %", "<good>"])

    def test_donut_whole(self):
        "One value makes a whole ring, none an empty one"
        for slices, count in [
                ([Slice("All", 5, 'green')], 2), ([], 1),
                ([Slice("Zero", 0, 'red')], 1)]:
            with self.subTest(slices=slices):
                root = etree.fromstring(donut(slices))
                self.assertEqual(
                    len(list(root.iter(self.svg + 'circle'))), count)


class SettingTestCase(unittest.TestCase):
    "Test which text is printed"

    def test_get_text(self):
        setting = Setting(texts={
                ('intro', 'es'): "Hola", ('intro', None): "Hello",
                ('end', 'it'): "Fine"})
        self.assertEqual(setting.get_text('intro', 'es'), "Hola")
        self.assertEqual(setting.get_text('intro', 'it'), "Hello")
        self.assertEqual(setting.get_text('end', 'it'), "Fine")
        self.assertIsNone(setting.get_text('end', 'es'))


class FontTestCase(unittest.TestCase):
    "Test the font writes what our languages need"

    def test_characters(self):
        from fontTools.ttLib import TTFont

        from trytond.tools import find_path
        for name in ['regular', 'bold']:
            with self.subTest(font=name):
                font = TTFont(find_path(f'report_html/fonts/inter-{name}.otf'))
                missing = set("áéíóúñçüàèìòù¿¡ªº€£·–—…«»“”×²³½✓←→"
                    ) - {chr(c) for c in font.getBestCmap()}
                self.assertEqual(missing, set())


class LayoutTestCase(unittest.TestCase):
    "Test the templates are well formed"

    def test_parse(self):
        from trytond.tools import find_path
        for name in ['layout', 'company_paper']:
            with self.subTest(template=name):
                root = etree.parse(
                    find_path(f'report_html/template/{name}.html')).getroot()
                self.assertIn(root.tag, {'html', 'main'})

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import unittest

from genshi.core import Stream

from trytond.modules.report_html.markup import (
    DocumentTemplate, find_line, is_page, order_blocks, to_html)

PY = 'xmlns:py="http://genshi.edgewall.org/"'


def generate(source, hidden=(), order=None, **context):
    template = DocumentTemplate(source, 'test')
    events = list(template.generate(
            block=lambda name: name not in hidden,
            column=lambda name: name not in hidden, **context))
    if order:
        events = order_blocks(events, order)
    return to_html(Stream(events))


class MarkupTestCase(unittest.TestCase):
    "Test templates with blocks and columns"

    def test_hidden(self):
        source = (f'<main {PY}><p block="a">A</p><p block="b">B</p>'
            '<table><tr><td column="c">C</td><td>D</td></tr></table></main>')
        for hidden, result in [
                ([], '<p data-block="a">A</p><p data-block="b">B</p>'
                    '<table><tr><td>C</td><td>D</td></tr></table>'),
                (['a', 'c'], '<p data-block="b">B</p>'
                    '<table><tr><td>D</td></tr></table>'),
                ]:
            with self.subTest(hidden=hidden):
                self.assertEqual(
                    generate(source, hidden), f'<main>{result}</main>')

    def test_condition(self):
        "An own condition and the switch must both be true"
        source = f'<main {PY}><p block="a" py:if="x or y">A</p></main>'
        for hidden, x, printed in [
                ([], True, True), ([], False, False),
                (['a'], True, False)]:
            with self.subTest(hidden=hidden, x=x):
                self.assertEqual(
                    'A' in generate(source, hidden, x=x, y=False), printed)

    def test_hidden_not_executed(self):
        "What is hidden is not computed either"
        source = f'<main {PY}><p block="a">${{1 / 0}}</p></main>'
        self.assertEqual(generate(source, ['a']), '<main></main>')

    def test_order(self):
        "Blocks change places, what is between them stays"
        source = (f'<main {PY}><h1>T</h1><i block="a">A</i>-'
            '<i block="b">B</i><b>+</b><i block="c">C</i></main>')
        self.assertEqual(
            generate(source, order={'c': 0, 'a': 1, 'b': 2}),
            '<main><h1>T</h1><i data-block="c">C</i>-'
            '<i data-block="a">A</i><b>+</b><i data-block="b">B</i></main>')

    def test_order_nested(self):
        "Blocks move only among those beside them"
        source = (f'<main {PY}><div><i block="a">A</i><i block="b">B</i></div>'
            '<i block="c">C</i></main>')
        self.assertEqual(
            generate(source, order={'c': 0, 'b': 1, 'a': 2}),
            '<main><div><i data-block="b">B</i><i data-block="a">A</i></div>'
            '<i data-block="c">C</i></main>')

    def test_escape(self):
        "Values are escaped"
        source = '<main>${x}</main>'
        self.assertEqual(
            generate(source, x='<script>'), '<main>&lt;script&gt;</main>')

    def test_svg(self):
        "Drawings can be part of the page"
        source = ('<main><svg xmlns="http://www.w3.org/2000/svg" '
            'viewBox="0 0 1 1"><path d="M0 0"/></svg></main>')
        result = generate(source)
        self.assertIn('viewBox="0 0 1 1"', result)
        self.assertIn('<path d="M0 0">', result)

    def test_is_page(self):
        for source, result in [
                ('<html><body/></html>', True), ('<main/>', False)]:
            with self.subTest(source=source):
                self.assertIs(
                    is_page(DocumentTemplate(source, 'test').generate()),
                    result)

    def test_find_line(self):
        "Errors tell the line of the template"
        for source, line in [
                ('<main>\n<b></main>', 2),
                ('<main>\n\n<b>${a..b}</b></main>', 3),
                ('<main>\n<b>${1 / 0}</b></main>', 2),
                ('<main>\n\n${1 / 0}</main>', 3),
                ('<main>\n${1}\n${2}\n\n${1 / 0}</main>', 5),
                ('<main>\n  a\n  ${1}\n  ${1 / 0}\n</main>', 4),
                ('<main>\n<p/>\n<b>${missing}</b></main>', 3),
                (f'<main {PY}>\n<b py:for="x in 5">x</b></main>', 2),
                (f'<main {PY}>\n<b py:foo="x">x</b></main>', 2),
                ('<main>\n<?python import os ?></main>', 2),
                ]:
            with self.subTest(source=source):
                # assertRaises would drop the traceback
                try:
                    list(DocumentTemplate(
                            source, 'test', allow_exec=False).generate())
                except Exception as error:
                    self.assertEqual(find_line(error, 'test'), line)
                else:
                    self.fail("The template has no error")

    def test_include(self):
        "Only templates of modules are included"
        xi = 'xmlns:xi="http://www.w3.org/2001/XInclude"'
        for href in [
                '/etc/passwd', 'layout.html', '../setup.cfg',
                'report_html/tryton.cfg', 'report_html/template/../a.html']:
            with self.subTest(href=href):
                template = DocumentTemplate(
                    f'<main {xi}><xi:include href="{href}"/></main>', 'test')
                with self.assertRaisesRegex(Exception, "not found"):
                    list(template.generate())

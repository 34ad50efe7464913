# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
import io
import logging
import socket
import types
import zipfile
from contextlib import contextmanager
from decimal import Decimal
from unittest.mock import patch

import pypdf
from PIL import Image

from trytond.model.exceptions import AccessButtonError, AccessError
from trytond.modules.company.tests import (
    CompanyTestMixin, create_company, set_company)
from trytond.modules.report_html.exceptions import (
    ColorError, DocumentReportError, PreviewError, StyleError,
    TemplateRenderError, TemplateSyntaxError, TextError)
from trytond.modules.report_html.fetcher import SafeFetcher
from trytond.modules.report_html.formatting import Formatter
from trytond.modules.report_html.loadable import RefusedError
from trytond.modules.report_html.report import ReportMixin
from trytond.modules.report_html.tests import HTMLReportTestMixin
from trytond.pool import Pool
from trytond.tests.test_tryton import ModuleTestCase, with_transaction
from trytond.transaction import Transaction, check_access

XMLNS = 'xmlns:py="http://genshi.edgewall.org/"'


def make_picture():
    output = io.BytesIO()
    Image.new('RGB', (20, 20), 'red').save(output, format='PNG')
    return output.getvalue()


def read_pdf(content):
    return '\n'.join(
        page.extract_text()
        for page in pypdf.PdfReader(io.BytesIO(content)).pages)


def count_images(content):
    return sum(
        len(page.images)
        for page in pypdf.PdfReader(io.BytesIO(content)).pages)


def get_action(report_name='company.company.paper'):
    Action = Pool().get('ir.action.report')
    action, = Action.search([('report_name', '=', report_name)])
    return action


def create_document(company, **values):
    "Create the document as the form does"
    Document = Pool().get('report.html.document')
    document = Document(company=company, report=get_action())
    document.on_change_report()
    for name, value in values.items():
        setattr(document, name, value)
    document.save()
    return document


def print_paper(company, **data):
    Paper = Pool().get('company.company.paper', type='report')
    extension, content, _, _ = Paper.execute([company.id], data)
    assert extension == 'pdf'
    return content


@contextmanager
def no_network():
    "Fail when anything is asked from a network"
    def refuse(*args, **kwargs):
        raise AssertionError("A connection was attempted")
    with patch.object(socket, 'create_connection', refuse), \
            patch.object(socket, 'getaddrinfo', refuse), \
            patch.object(socket.socket, 'connect', refuse):
        yield


class ReportHtmlTestCase(
        CompanyTestMixin, HTMLReportTestMixin, ModuleTestCase):
    "Test report_html module"
    module = 'report_html'

    @with_transaction()
    def test_sample_paper(self):
        "Test the sample paper is a PDF with the texts of the company"
        company = create_company()
        with set_company(company):
            text = read_pdf(print_paper(company))
        self.assertIn("Dunder Mifflin", text)
        self.assertIn("Sample Paper", text)
        self.assertIn("B-220", text)
        self.assertIn("269.30", text)
        self.assertIn("1 / 1", text)
        # Texts are HTML, not its source
        self.assertNotIn("<p>", text)
        self.assertNotIn("DOCTYPE", text)

    @with_transaction()
    def test_font(self):
        "Test the bundled font is embedded"
        company = create_company()
        with set_company(company):
            content = print_paper(company)
        fonts = set()
        for page in pypdf.PdfReader(io.BytesIO(content)).pages:
            for font in page['/Resources']['/Font'].values():
                fonts.add(font.get_object()['/BaseFont'].partition('+')[2])
        self.assertEqual({f.split('-')[0] for f in fonts}, {'Inter'})

    @with_transaction()
    def test_layouts(self):
        "Test each letterhead prints"
        company = create_company()
        for layout in ['line', 'band', 'plain']:
            company.report_layout = layout
            company.report_color = '#ffee00'
            company.save()
            with self.subTest(layout=layout), set_company(company):
                self.assertIn("Dunder Mifflin", read_pdf(
                        print_paper(company)))

    @with_transaction()
    def test_several_records(self):
        "Test several records make one PDF, each with its own page numbers"
        Paper = Pool().get('company.company.paper', type='report')
        companies = [create_company("First"), create_company("Second")]
        with set_company(companies[0]):
            extension, content, _, _ = Paper.execute(
                [c.id for c in companies], {})
        self.assertEqual(extension, 'pdf')
        pages = pypdf.PdfReader(io.BytesIO(content)).pages
        self.assertEqual(len(pages), 2)
        for page, name in zip(pages, ["First", "Second"]):
            text = page.extract_text()
            self.assertIn(name, text)
            self.assertIn("1 / 1", text)

    @with_transaction()
    def test_several_records_html(self):
        "Test several records as HTML are zipped"
        pool = Pool()
        Paper = pool.get('company.company.paper', type='report')
        companies = [create_company("First"), create_company("Second")]
        ModelData = pool.get('ir.model.data')
        action = get_action()
        action.extension = None
        with patch.object(ModelData, 'can_modify'):
            action.save()
        with set_company(companies[0]):
            extension, content, _, _ = Paper.execute(
                [c.id for c in companies], {})
            single, page, _, _ = Paper.execute([companies[1].id], {})
        self.assertEqual(extension, 'zip')
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            self.assertEqual(archive.namelist(), ['1.html', '2.html'])
            self.assertIn("First", archive.read('1.html').decode())
        self.assertEqual(single, 'html')
        self.assertTrue(page.startswith('<!DOCTYPE html>'))

    @with_transaction()
    def test_language(self):
        "Test the paper is written in the language of its reader"
        pool = Pool()
        Lang = pool.get('ir.lang')
        Paper = pool.get('company.company.paper', type='report')
        company = create_company()
        spanish, = Lang.search([('code', '=', 'es')])
        company.party.lang = spanish
        company.party.save()
        with set_company(company), \
                Transaction().set_context(language='en'):
            self.assertIn("269,30", read_pdf(print_paper(company)))
            # as ir.email asks for it
            english, = Lang.search([('code', '=', 'en')])
            self.assertIn("269.30", read_pdf(
                    print_paper(company, language=english)))
            self.assertEqual(
                Paper.get_language(company, {'language': 'en'}), english)

    @with_transaction()
    def test_refused(self):
        "Test addresses are not loaded and the paper prints without them"
        company = create_company()
        for address in [
                'http://127.0.0.1:9/a.png',
                'https://example.com/a.png',
                '//example.com/a.png',
                'ftp://example.com/a.png',
                'file:///etc/hostname',
                'module:report_html/report.py',
                'module:report_html/icons/../report.py',
                ]:
            with self.subTest(address=address), set_company(company), \
                    no_network():
                Document = Pool().get('report.html.document')
                Document.delete(Document.search([]))
                create_document(company, template=(
                        f'<main {XMLNS}><link rel="attachment" '
                        f'href="{address}"/><img src="{address}"/>'
                        f'<object data="{address}"/>Still printed</main>'))
                with self.assertLogs(
                        'trytond.modules.report_html.fetcher',
                        logging.WARNING) if ':' in address else (
                        self.assertLogs('weasyprint', logging.ERROR)):
                    content = print_paper(company)
                self.assertIn("Still printed", read_pdf(content))
                self.assertEqual(count_images(content), 0)
                self.assertFalse(
                    pypdf.PdfReader(io.BytesIO(content)).attachments)

    @with_transaction()
    def test_refused_drawing(self):
        "Test a drawing can not load what the page can not"
        company = create_company()
        with set_company(company), no_network():
            create_document(company, template=(
                    f'<main {XMLNS}><img src="${{svg(drawing)}}" '
                    'py:with="drawing = \'&lt;svg '
                    'xmlns=&quot;http://www.w3.org/2000/svg&quot; '
                    'viewBox=&quot;0 0 9 9&quot;&gt;&lt;image '
                    'href=&quot;http://127.0.0.1:9/a.png&quot; '
                    'width=&quot;9&quot; height=&quot;9&quot;/&gt;'
                    '&lt;/svg&gt;\'"/>Still printed</main>'))
            with self.assertLogs(
                    'trytond.modules.report_html.fetcher',
                    logging.WARNING) as logs:
                content = print_paper(company)
            self.assertIn("127.0.0.1", logs.output[0])
            self.assertIn("Still printed", read_pdf(content))

    @with_transaction()
    def test_data(self):
        "Test pictures in the page are printed"
        company = create_company()
        company.logo = make_picture()
        company.save()
        with set_company(company), no_network():
            self.assertEqual(count_images(print_paper(company)), 1)

    def test_fetcher_sizes(self):
        "Test data is limited per picture and per paper"
        small = 'data:image/png;base64,' + 'AAAA' * 10
        large = 'data:image/png;base64,' + 'AAAA' * 20
        fetcher = SafeFetcher('test', data_size=40, total_size=70)
        self.assertEqual(len(fetcher.fetch(small).read()), 30)
        for url in [large, 'http://example.com/']:
            with self.assertRaises(RefusedError):
                fetcher.fetch(url)
        fetcher.fetch(small)
        with self.assertRaises(RefusedError):
            fetcher.fetch(small)
        self.assertEqual(len(fetcher.refused), 3)

    @with_transaction()
    def test_base_report(self):
        "Test any HTML report is converted by the safe fetcher"
        pool = Pool()
        for name, Report in pool.iterobject(type='report'):
            with self.subTest(report=name):
                self.assertTrue(issubclass(Report, ReportMixin))
        Report = pool.get('res.user.email_reset_password', type='report')
        action = types.SimpleNamespace(
            template_extension='html', extension='pdf', report_name='test')
        with no_network(), self.assertLogs(
                'trytond.modules.report_html.fetcher', logging.WARNING):
            extension, content = Report.convert(
                action,
                '<p>Hello</p><img src="http://127.0.0.1:9/a.png">'
                '<img src="data:image/svg+xml,%3Csvg/%3E">')
        self.assertEqual(extension, 'pdf')
        self.assertIn("Hello", read_pdf(content))
        action.extension = None
        self.assertEqual(
            Report.convert(action, '<p>Hello</p>'), ('html', '<p>Hello</p>'))

    @with_transaction()
    def test_column(self):
        "Test columns are switched"
        company = create_company()
        with set_company(company):
            document = create_document(company)
            text = read_pdf(print_paper(company))
            self.assertIn("A-100", text)
            self.assertNotIn("Discount", text)
            for column in document.columns:
                column.shown = not column.shown
            document.columns = document.columns
            document.save()
            text = read_pdf(print_paper(company))
            self.assertNotIn("A-100", text)
            self.assertIn("Discount", text)

    @with_transaction()
    def test_blocks(self):
        "Test blocks are hidden and moved"
        company = create_company()
        with set_company(company):
            document = create_document(company)
            text = read_pdf(print_paper(company))
            self.assertLess(text.index("B-220"), text.index("Please note"))
            for block in document.blocks:
                if block.name == 'notice':
                    block.sequence = 1
                elif block.name == 'signatures':
                    block.shown = False
            document.blocks = document.blocks
            document.save()
            text = read_pdf(print_paper(company))
            self.assertGreater(text.index("B-220"), text.index("Please note"))
            self.assertNotIn("For the customer", text)

    @with_transaction()
    def test_text(self):
        "Test texts are replaced, per language, and left out"
        pool = Pool()
        Lang = pool.get('ir.lang')
        Text = pool.get('report.html.document.text')
        company = create_company()
        spanish, = Lang.search([('code', '=', 'es')])
        spanish.translatable = True
        spanish.save()
        with set_company(company):
            document = create_document(company)
            closing = [t for t in document.texts if t.name == 'closing'][0]
            closing.text = "Best regards,\n**${name}**"
            closing.save()
            Text(document=document, name='closing', language=spanish,
                text="Un saludo").save()
            text = read_pdf(print_paper(company))
            self.assertIn("Best regards,", text)
            self.assertEqual(text.count("Dunder Mifflin"), 6)
            self.assertNotIn("Un saludo", text)
            company.party.lang = spanish
            company.party.save()
            text = read_pdf(print_paper(company))
            self.assertIn("Un saludo", text)
            self.assertNotIn("Best regards", text)

            company.party.lang = None
            company.party.save()
            intro = [t for t in document.texts if t.name == 'intro'][0]
            self.assertIn("look", intro.default)
            intro.shown = False
            intro.save()
            self.assertNotIn("can show or hide", read_pdf(
                    print_paper(company)))

    @with_transaction()
    def test_text_placeholder(self):
        "Test an unknown placeholder is named"
        company = create_company()
        with set_company(company):
            document = create_document(company)
            text = document.texts[0]
            text.text = "Hello ${customer}"
            with self.assertRaisesRegex(
                    TextError, r"customer\).*company, name"):
                text.save()

    @with_transaction()
    def test_page(self):
        "Test a template of the whole page stands without the letterhead"
        company = create_company()
        with set_company(company):
            create_document(company, template=(
                    f'<html {XMLNS}><head><style>${{stylesheet}} '
                    '@page { size: 62mm 29mm; margin: 2mm; '
                    '@bottom-right { content: none } }</style></head>'
                    '<body>Label <img src="${qrcode(record.rec_name)}"/>'
                    '</body></html>'))
            content = print_paper(company)
        page, = pypdf.PdfReader(io.BytesIO(content)).pages
        self.assertEqual(page.extract_text().strip(), "Label")
        self.assertAlmostEqual(
            float(page.mediabox.width), 62 / 25.4 * 72, places=1)

    @with_transaction()
    def test_helpers(self):
        "Test values are written in the words of the reader"
        pool = Pool()
        Lang = pool.get('ir.lang')
        company = create_company()
        company.timezone = 'Europe/Madrid'
        spanish, = Lang.search([('code', '=', 'es')])
        write = Formatter(company, spanish)
        unit = types.SimpleNamespace(digits=2, symbol='h')
        for text, result in [
                (write.money(Decimal('1234.5')), '1.234,50 usd'),
                (write.money(None), ''),
                (write.number(Decimal('1234.50')), '1.234,5'),
                (write.number(Decimal('1234'), 2), '1.234,00'),
                (write.quantity(2.0, unit), '2 h'),
                (write.quantity(1.256, unit), '1,26 h'),
                (write.quantity(None, unit), ''),
                (write.percent(Decimal('0.21')), '21 %'),
                (write.percent(Decimal('0.105')), '10,5 %'),
                (write.date(dt.date(2026, 3, 2)), '02/03/2026'),
                (write.date(dt.datetime(2026, 3, 2, 23, 30)), '03/03/2026'),
                (write.datetime(
                        dt.datetime(2026, 7, 2, 7)), '02/07/2026 09:00'),
                (write.duration(dt.timedelta(hours=2, minutes=30)),
                    '2 h 30 min'),
                (write.duration(dt.timedelta(0)), '0 min'),
                (write.duration(-dt.timedelta(minutes=90)), '-1 h 30 min'),
                (write.value(True), '✓'),
                (write.value(company), 'Dunder Mifflin'),
                (write.value(Decimal('1.50')), '1,5'),
                (write.selection(company, 'report_layout'),
                    "Line below the letterhead"),
                (write.lines("a\n<b>"), 'a<br/>&lt;b&gt;'),
                (write.image(None), ''),
                ]:
            with self.subTest(result=result):
                self.assertEqual(str(text).replace('\u00a0', ' '), result)
        with self.assertLogs('trytond.modules.report_html.formatting'):
            self.assertEqual(write.image(b'no picture'), '')

    @with_transaction()
    def test_template_per_company(self):
        "Test each company prints its own template"
        first, second = create_company("First"), create_company("Second")
        with set_company(first):
            create_document(first, template=(
                    f'<main {XMLNS}>Own paper of ${{record.rec_name}} '
                    '${money(5)}</main>'))
            self.assertIn("Own paper of First", read_pdf(print_paper(first)))
        with set_company(second):
            text = read_pdf(print_paper(second))
            self.assertNotIn("Own paper", text)
            self.assertIn("B-220", text)

    @with_transaction()
    def test_reset(self):
        "Test reset brings back the standard paper"
        Document = Pool().get('report.html.document')
        company = create_company()
        with set_company(company):
            document = create_document(
                company, template=f'<main {XMLNS}>Own</main>',
                style='h1 { color: red }')
            document.columns[0].shown = False
            document.columns[0].save()
            self.assertNotIn("B-220", read_pdf(print_paper(company)))
            Document.reset([document])
            document = Document(document.id)
            self.assertFalse(document.template)
            self.assertFalse(document.style)
            self.assertEqual(
                [(c.name, c.shown) for c in document.columns],
                [('number', True), ('discount', False), ('price', True)])
            self.assertIn("B-220", read_pdf(print_paper(company)))

    @with_transaction()
    def test_edit_template(self):
        "Test editing starts from the template that is printed"
        Document = Pool().get('report.html.document')
        company = create_company()
        with set_company(company):
            document = create_document(company)
            before = read_pdf(print_paper(company))
            Document.edit_template([document])
            self.assertIn('block="lines"', document.template)
            self.assertEqual(read_pdf(print_paper(company)), before)

    @with_transaction()
    def test_template_syntax(self):
        "Test a wrong template is refused with its line"
        company = create_company()
        with set_company(company):
            document = create_document(company)
            for template, line in [
                    ('<main>\n<b></main>', 2),
                    ('<main>\n\n${a..b}</main>', 3),
                    ('<main>\n<?python import os ?></main>', 2),
                    ('no markup', 1),
                    ]:
                with self.subTest(template=template):
                    with self.assertRaisesRegex(
                            TemplateSyntaxError, f"line {line}:"):
                        document.template = template
                        document.save()

    @with_transaction()
    def test_template_render(self):
        "Test a failing template says so, with its line"
        company = create_company()
        with set_company(company):
            create_document(company, template=(
                    f'<main {XMLNS}>\n<b>${{record.nothing}}</b></main>'))
            with self.assertRaisesRegex(
                    TemplateRenderError, "line 2 fails.*nothing"):
                print_paper(company)

    @with_transaction()
    def test_style(self):
        "Test a style sheet is used, or refused with its lines"
        company = create_company()
        with set_company(company):
            document = create_document(
                company, style='.notice { display: none }')
            self.assertNotIn("Please note", read_pdf(print_paper(company)))
            document.style = (
                'h1 {\n color red; }\np { background: url(http://a/b.png) }')
            with self.assertRaisesRegex(
                    StyleError, r'(?s)Line 2: .*Line 3: "http://a/b.png"'):
                document.save()
            company.report_style = 'h1 { color red }'
            with self.assertRaises(StyleError):
                company.save()

    @with_transaction()
    def test_style_escape(self):
        "Test a style sheet does not end its element"
        company = create_company()
        with set_company(company):
            create_document(
                company, style='h1::after { content: "</style>Broken" }')
            text = read_pdf(print_paper(company))
            self.assertIn("</style>Broken", text)

    @with_transaction()
    def test_color(self):
        "Test a color must be one"
        company = create_company()
        company.report_color = 'red; }'
        with self.assertRaises(ColorError):
            company.save()

    @with_transaction()
    def test_report_without_document(self):
        "Test only papers made of a document can be changed"
        pool = Pool()
        Document = pool.get('report.html.document')
        Action = pool.get('ir.action.report')
        company = create_company()
        action = get_action('res.user.email_reset_password')
        self.assertFalse(action.html_document)
        self.assertTrue(get_action().html_document)
        self.assertNotIn(
            action, Action.search([('html_document', '=', True)]))
        self.assertIn(
            action, Action.search([('html_document', '=', False)]))
        with set_company(company), self.assertRaises(DocumentReportError):
            with Transaction().set_context(_skip_domain=True), \
                    patch.object(Document, '_validate',
                        lambda records, field_names=None:
                        Document.validate_fields(records, field_names)):
                Document(company=company, report=action).save()

    @with_transaction()
    def test_template_access(self):
        "Test only administrators of templates change a template"
        pool = Pool()
        Document = pool.get('report.html.document')
        Group = pool.get('res.group')
        ModelData = pool.get('ir.model.data')
        User = pool.get('res.user')
        company = create_company()
        group = Group(ModelData.get_id('report_html', 'group_paper'))
        user = User(
            name="Designer", login='designer', groups=[group],
            companies=[company], company=company)
        user.save()
        with set_company(company):
            document = create_document(company)
            with Transaction().set_user(user.id), \
                    Transaction().set_context(User.get_preferences(
                            context_only=True)), check_access():
                document = Document(document.id)
                document.style = 'h1 { color: red }'
                document.save()
                Document.reset([document])
                with self.assertRaises(AccessError):
                    Document.write(
                        [document], {'template': '<main>Own</main>'})
                with self.assertRaises(AccessButtonError):
                    Document.edit_template([document])

    @with_transaction()
    def test_preview(self):
        "Test the preview prints the latest record"
        pool = Pool()
        Preview = pool.get('report.html.document.preview', type='wizard')
        company = create_company()
        with set_company(company):
            document = create_document(company)
            session_id, _, _ = Preview.create()
            with Transaction().set_context(
                    active_model='report.html.document',
                    active_id=document.id, active_ids=[document.id]):
                result = Preview.execute(session_id, {}, 'print_')
                (action, data), = result['actions']
            self.assertEqual(action['report_name'], 'company.company.paper')
            self.assertEqual(data['ids'], [company.id])
            with patch.object(
                    pool.get('company.company'), 'search', return_value=[]):
                with self.assertRaises(PreviewError), \
                        Transaction().set_context(
                            active_model='report.html.document',
                            active_id=document.id,
                            active_ids=[document.id]):
                    session_id, _, _ = Preview.create()
                    Preview.execute(session_id, {}, 'print_')


del ModuleTestCase

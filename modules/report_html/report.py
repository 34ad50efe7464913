# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import io
import zipfile
from functools import lru_cache

from genshi.core import Markup, Stream
from genshi.filters import Translator

from trytond.i18n import gettext
from trytond.pool import Pool
from trytond.report import Report
from trytond.transaction import Transaction

from .color import is_color, make_palette
from .declaration import Setting, Text
from .exceptions import TemplateRenderError
from .formatting import Formatter, get_language
from .markup import (
    DocumentTemplate, find_line, is_page, order_blocks, read_template, to_html)
from .wording import fill
from .wording import to_html as wording_to_html

__all__ = ['HTMLReport', 'ReportMixin']


def write_pdf(pages, report_name):
    "Return one PDF of the HTML pages, each counted on its own"
    import weasyprint

    from .fetcher import SafeFetcher
    documents = [
        weasyprint.HTML(
            string=page, url_fetcher=SafeFetcher(report_name)).render()
        for page in pages]
    document, *others = documents
    if others:
        document = document.copy(
            [page for document in documents for page in document.pages])
    return document.write_pdf()


class ReportWords:
    "The translations of the words of a report's template"

    def __init__(self, report_name):
        self.report_name = report_name

    def gettext(self, text):
        Translation = Pool().get('ir.translation')
        return Translation.get_report(self.report_name, text)

    def ngettext(self, text, text_plural, n):
        Translation = Pool().get('ir.translation')
        return Translation.get_report(
            self.report_name, text, text_plural, n)


@lru_cache(maxsize=256)
def load_template(source, filename, trusted, report_name):
    "Return the template, ready to be used by several threads"
    template = DocumentTemplate(source, filename, allow_exec=trusted)
    if report_name:
        # Before the template runs: only its own words are translated, never
        # the values of the record.
        Translator(ReportWords(report_name)).setup(template)
    template.prepare()
    return template


class ReportMixin:
    "Papers of any report load nothing but data and files of modules"
    __slots__ = ()

    @classmethod
    def convert(cls, report, data, **kwargs):
        extension = report.extension or report.template_extension
        if (report.template_extension in {'html', 'xhtml'}
                and extension == 'pdf'):
            if isinstance(data, bytes):
                data = data.decode('utf-8')
            return extension, write_pdf([data], cls.__name__)
        return super().convert(report, data, **kwargs)


class HTMLReport(ReportMixin, Report):
    """A paper made of an HTML template inside the layout of the company

    Subclasses declare what users may change, see doc/usage.rst.
    """

    layout = 'report_html/template/layout.html'
    paper = 'A4'
    blocks = ()
    columns = ()
    texts = ()
    variants = ()
    placeholders = {}

    @classmethod
    def get_blocks(cls):
        return list(cls.blocks)

    @classmethod
    def get_columns(cls):
        return list(cls.columns)

    @classmethod
    def get_texts(cls):
        return list(cls.texts)

    @classmethod
    def get_variants(cls):
        return list(cls.variants)

    @classmethod
    def get_all_texts(cls):
        "The texts with the title, which every paper has"
        texts = cls.get_texts()
        if not any(t.name == 'title' for t in texts):
            texts.insert(0, Text('title', 'report_html.msg_text_title'))
        return texts

    @classmethod
    def get_placeholders(cls):
        "Names usable in texts and the path of the value from the record"
        return {
            'name': 'rec_name',
            **cls.placeholders,
            }

    @classmethod
    def get_company(cls, record, data):
        Company = Pool().get('company.company')
        company = getattr(record, 'company', None) if record else None
        if not company:
            company_id = Transaction().context.get('company')
            if company_id is not None and company_id >= 0:
                company = Company(company_id)
        return company

    @classmethod
    def get_party(cls, record, data):
        "The party who reads the paper"
        return getattr(record, 'party', None) if record else None

    @classmethod
    def get_language(cls, record, data):
        "The language of the paper"
        Lang = Pool().get('ir.lang')
        if language := data.get('language'):
            if isinstance(language, str):
                language = Lang.get(language)
            return language
        return get_language(
            cls.get_company(record, data), cls.get_party(record, data))

    @classmethod
    def _execute(cls, records, header, data, action):
        pages = [
            cls._make_page(record, header, data, action)
            for record in (records or [None])]
        return cls._bind(pages, action)

    @classmethod
    def _bind(cls, pages, action):
        "Return the extension and the content of the file with all pages"
        extension = action.extension or action.template_extension
        if extension == 'pdf':
            return extension, write_pdf(pages, cls.__name__)
        elif len(pages) == 1:
            return extension, pages[0]
        output = io.BytesIO()
        with zipfile.ZipFile(output, 'w') as archive:
            for i, page in enumerate(pages, 1):
                archive.writestr(f'{i}.{extension}', page)
        return 'zip', output.getvalue()

    @classmethod
    def _make_page(cls, record, header, data, action):
        language = cls.get_language(record, data)
        company = cls.get_company(record, data)
        context = {'language': language.code}
        if company:
            context['company'] = company.id
        with Transaction().set_context(context):
            if record:
                if hasattr(record, 'set_lang'):
                    record.set_lang(language)
                else:
                    record = record.__class__(record.id)
            records = [record] if record else []
            return cls.render(action, {
                    **cls.get_helpers(action, record, company, language, data),
                    **cls.get_context(records, header, data),
                    })

    @classmethod
    def get_context(cls, records, header, data):
        context = super().get_context(records, header, data)
        # Those of the formatter give addresses a page can load.
        for name in ['barcode', 'qrcode', 'datetime']:
            context.pop(name, None)
        return context

    @classmethod
    def get_setting(cls, action, company, data):
        Document = Pool().get('report.html.document')
        if not company:
            return Setting()
        return Document.get_setting(action, company)

    @classmethod
    def get_helpers(cls, action, record, company, language, data):
        "Everything the layout and the template may use besides the record"
        Company = Pool().get('company.company')
        # Read again in the language of the paper
        if company:
            company = Company(company.id)
        action = action.__class__(action.id)
        setting = cls.get_setting(action, company, data)
        formatter = Formatter(company, language)
        palette = make_palette(*(
                color if is_color(color) else None
                for color in [
                    company and company.report_color,
                    company and company.report_accent_color]))
        blocks = {b.name: b for b in cls.get_blocks()}
        columns = {c.name: c for c in cls.get_columns()}
        texts = {t.name: t for t in cls.get_all_texts()}

        def block(name):
            return setting.blocks.get(name, blocks[name].shown)

        def column(name):
            return setting.columns.get(name, columns[name].shown)

        def plain(name):
            text = setting.get_text(name, language.code)
            if text is None:
                default = texts[name].default
                if default:
                    text = gettext(default)
                else:
                    text = action.name if name == 'title' else ''
            return fill(text, cls._get_values(formatter, record, company))

        def text(name):
            return Markup(wording_to_html(plain(name)))

        return {
            **formatter.helpers,
            'action': action,
            'block': block,
            'column': column,
            'company': company,
            'language': language,
            'layout': company.report_layout if company else 'line',
            'palette': palette,
            'paper': cls.paper,
            'plain': plain,
            'setting': setting,
            'stylesheet': cls._get_stylesheet(palette, company, setting),
            'text': text,
            'today': Pool().get('ir.date').today(),
            }

    @classmethod
    def _get_values(cls, formatter, record, company):
        values = {'company': company.rec_name if company else ''}
        for name, path in cls.get_placeholders().items():
            value = record
            for part in path.split('.'):
                value = getattr(value, part, None)
            values[name] = formatter.value(value)
        return values

    @classmethod
    def _get_stylesheet(cls, palette, company, setting):
        template = read_template('report_html/template/paper.css')
        for name, value in [
                *((name, getattr(palette, name))
                    for name in palette.__dataclass_fields__),
                ('paper', cls.paper)]:
            template = template.replace(f'--{name}--', value)
        # Ends no style element early: HTML does not escape inside it.
        added = [
            (style or '').replace('</', r'<\/')
            for style in [company and company.report_style, setting.style]]
        return Markup('\n'.join([template, *filter(None, added)]))

    @classmethod
    def render(cls, report, report_context):
        setting = report_context.get('setting') or Setting()
        source, filename, trusted = cls._get_template(report, setting)
        try:
            events = cls._generate(
                report, source, filename, trusted, report_context)
        except Exception as error:
            if trusted:
                raise
            raise TemplateRenderError(gettext(
                    'report_html.msg_template_render',
                    document=report.name,
                    line=find_line(error, filename) or '?',
                    error=str(error))) from error
        if setting.order:
            events = order_blocks(events, setting.order)
        content = to_html(Stream(events))
        if is_page(events):
            return f'<!DOCTYPE html>\n{content}'
        layout = load_template(
            read_template(cls.layout), cls.layout, True, None)
        page = to_html(
            layout.generate(**{**report_context, 'content': content}))
        return f'<!DOCTYPE html>\n{page}'

    @classmethod
    def _generate(cls, report, source, filename, trusted, report_context):
        report_name = cls.__name__ if report.translatable else None
        template = load_template(source, filename, trusted, report_name)
        if report_name:
            words = ReportWords(report_name)
            report_context = {
                **report_context,
                'gettext': words.gettext,
                'ngettext': words.ngettext,
                }
        return list(template.generate(**report_context))

    @classmethod
    def _get_template(cls, report, setting):
        "Return source, name and whether it comes with a module"
        if setting.template:
            return setting.template, f'document-{setting.document}', False
        for variant in cls.get_variants():
            if variant.name == setting.variant:
                return read_template(
                    variant.template), variant.template, True
        if report.report_content_custom:
            return (bytes(report.report_content_custom).decode('utf-8'),
                f'report-{report.id}', False)
        return read_template(report.report), report.report, True

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from decimal import Decimal

from trytond.i18n import gettext
from trytond.model import fields
from trytond.pool import Pool, PoolMeta

from .color import DEFAULT_ACCENT, DEFAULT_PRIMARY, is_color
from .declaration import Block, Column, Text
from .document import check_style
from .exceptions import ColorError
from .report import HTMLReport


class Company(metaclass=PoolMeta):
    __name__ = 'company.company'

    report_color = fields.Char(
        "Main Color",
        help="The color of headings, table heads and totals on papers, "
        "like #1f4e79.")
    report_accent_color = fields.Char(
        "Accent Color",
        help="The color of what must catch the eye on papers, "
        "like #c8102e.")
    report_layout = fields.Selection([
            ('line', "Line below the letterhead"),
            ('band', "Band in the main color"),
            ('plain', "Without areas of color, saves ink"),
            ], "Letterhead", required=True, sort=False,
        help="How the letterhead and the tables of papers look.")
    report_style = fields.Text(
        "Style Sheet",
        help="CSS added to all papers of the company.")

    @classmethod
    def default_report_color(cls):
        return DEFAULT_PRIMARY

    @classmethod
    def default_report_accent_color(cls):
        return DEFAULT_ACCENT

    @classmethod
    def default_report_layout(cls):
        return 'line'

    @classmethod
    def validate_fields(cls, companies, field_names):
        super().validate_fields(companies, field_names)
        cls._check_report_colors(companies, field_names)
        cls._check_report_style(companies, field_names)

    @classmethod
    def _check_report_colors(cls, companies, field_names):
        names = {'report_color', 'report_accent_color'}
        if field_names and not field_names & names:
            return
        for company in companies:
            for name in names:
                color = getattr(company, name)
                if color and not is_color(color):
                    raise ColorError(gettext(
                            'report_html.msg_company_color_invalid',
                            company=company.rec_name,
                            color=color))

    @classmethod
    def _check_report_style(cls, companies, field_names):
        if field_names and 'report_style' not in field_names:
            return
        for company in companies:
            check_style(company, company.report_style)

    @classmethod
    def on_modification(cls, mode, companies, field_names=None):
        Document = Pool().get('report.html.document')
        super().on_modification(mode, companies, field_names=field_names)
        if mode == 'delete':
            Document.clear_settings()


class SamplePaper(HTMLReport):
    "Shows what papers of the company look like"
    __name__ = 'company.company.paper'

    blocks = [
        Block('cards', 'report_html.msg_block_cards'),
        Block('lines', 'report_html.msg_block_lines'),
        Block('totals', 'report_html.msg_block_totals'),
        Block('notice', 'report_html.msg_block_notice'),
        Block('signatures', 'report_html.msg_block_signatures'),
        ]
    columns = [
        Column('number', 'report_html.msg_column_number'),
        Column('discount', 'report_html.msg_column_discount', shown=False),
        Column('price', 'report_html.msg_column_price'),
        ]
    texts = [
        Text('intro', 'report_html.msg_text_intro',
            'report_html.msg_text_intro_default'),
        Text('closing', 'report_html.msg_text_closing'),
        ]

    @classmethod
    def get_company(cls, record, data):
        return record or super().get_company(record, data)

    @classmethod
    def get_context(cls, records, header, data):
        context = super().get_context(records, header, data)
        context['samples'] = [
            (number, Decimal(quantity), Decimal(price))
            for number, quantity, price in [
                ('A-100', '2.5', '38.00'),
                ('B-220', '1', '124.50'),
                ('C-031', '12', '4.15'),
                ]]
        return context

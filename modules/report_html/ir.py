# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.model import fields
from trytond.pool import Pool, PoolMeta

from .report import HTMLReport


class ActionReport(metaclass=PoolMeta):
    __name__ = 'ir.action.report'

    html_document = fields.Function(
        fields.Boolean(
            "Document",
            help="Whether companies can change blocks, columns and texts."),
        'get_html_document', searcher='search_html_document')

    @classmethod
    def get_html_document(cls, actions, name):
        names = cls._get_html_documents()
        return {a.id: a.report_name in names for a in actions}

    @classmethod
    def search_html_document(cls, name, clause):
        _, operator, value = clause
        names = list(cls._get_html_documents())
        wanted = [v for v in [True, False] if (
                v == value if operator == '=' else v != value)]
        if len(wanted) != 1:
            return [('id', '>' if wanted else '<', 0)]
        return [('report_name', 'in' if wanted[0] else 'not in', names)]

    @classmethod
    def _get_html_documents(cls):
        return {
            name for name, report in Pool().iterobject(type='report')
            if issubclass(report, HTMLReport)}

    @classmethod
    def on_modification(cls, mode, actions, field_names=None):
        Document = Pool().get('report.html.document')
        super().on_modification(mode, actions, field_names=field_names)
        if mode == 'delete':
            Document.clear_settings()

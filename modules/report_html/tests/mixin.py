# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import re

from trytond.modules.report_html.markup import read_template
from trytond.modules.report_html.report import HTMLReport
from trytond.pool import Pool, isregisteredby
from trytond.tests.test_tryton import with_transaction

_USED = {
    'block': re.compile(r'\bblock="([^"]+)"'),
    'column': re.compile(r'\bcolumn="([^"]+)"'),
    'text': re.compile(r"\b(?:text|plain)\('([^']+)'\)"),
    }


class HTMLReportTestMixin:
    "Checks that the documents of a module say what they print"

    @with_transaction()
    def test_html_report_declarations(self):
        "Test templates use what their report declares, and the reverse"
        for name, Report in Pool().iterobject(type='report'):
            if not (issubclass(Report, HTMLReport)
                    and isregisteredby(Report, self.module, type_='report')):
                continue
            templates = self._get_templates(name, Report)
            declared = {
                'block': {b.name for b in Report.get_blocks()},
                'column': {c.name for c in Report.get_columns()},
                'text': {t.name for t in Report.get_all_texts()},
                }
            for kind, pattern in _USED.items():
                with self.subTest(report=name, kind=kind):
                    used = {
                        n for t in templates for n in pattern.findall(t)}
                    used |= {'title'} & declared[kind]
                    self.assertEqual(used, declared[kind])

    @with_transaction()
    def test_html_report_messages(self):
        "Test labels and default texts of documents are messages"
        ModelData = Pool().get('ir.model.data')
        for name, Report in Pool().iterobject(type='report'):
            if not (issubclass(Report, HTMLReport)
                    and isregisteredby(Report, self.module, type_='report')):
                continue
            parts = [
                *Report.get_blocks(), *Report.get_columns(),
                *Report.get_all_texts(), *Report.get_variants()]
            for part in parts:
                for message in {part.label, getattr(part, 'default', None)}:
                    if message:
                        with self.subTest(report=name, message=message):
                            self.assertTrue(
                                ModelData.get_id(*message.split('.', 1)))

    def _get_templates(self, name, Report):
        Action = Pool().get('ir.action.report')
        actions = Action.search([('report_name', '=', name)])
        self.assertTrue(actions, msg=f"{name} has no action")
        paths = {a.report for a in actions}
        paths.update(v.template for v in Report.get_variants())
        return [read_template(path) for path in paths]

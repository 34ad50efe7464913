# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import io

import pypdf

from trytond.modules.company.tests import (
    CompanyTestMixin, create_company, set_company)
from trytond.pool import Pool
from trytond.tests.test_tryton import ModuleTestCase, with_transaction


def read_pdf(content):
    return '\n'.join(
        page.extract_text()
        for page in pypdf.PdfReader(io.BytesIO(content)).pages)


class ReportHtmlTestCase(CompanyTestMixin, ModuleTestCase):
    "Test report_html module"
    module = 'report_html'

    @with_transaction()
    def test_sample_paper(self):
        "Test the sample paper is a PDF with the texts of the company"
        Paper = Pool().get('company.company.paper', type='report')
        company = create_company()
        with set_company(company):
            extension, content, _, name = Paper.execute([company.id], {})
        self.assertEqual(extension, 'pdf')
        open('/tmp/sample.pdf', 'wb').write(content)
        self.assertIn("Dunder Mifflin", read_pdf(content))


del ModuleTestCase

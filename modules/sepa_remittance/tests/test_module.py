# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from lxml import etree

from trytond.modules.company.tests import (
    CompanyTestMixin, PartyCompanyCheckEraseMixin)
from trytond.pool import Pool
from trytond.tests.test_tryton import ModuleTestCase, with_transaction


class SepaRemittanceTestCase(
        PartyCompanyCheckEraseMixin, CompanyTestMixin, ModuleTestCase):
    "Test sepa_remittance module"
    module = 'sepa_remittance'
    extras = ['account_dunning', 'service_contract']

    @with_transaction()
    def test_moments_in_lists(self):
        "Test lists say how moments are shown, which the web client needs"
        pool = Pool()
        View = pool.get('ir.ui.view')
        for view in View.search([
                    ('module', '=', self.module),
                    ('type', '=', 'tree'),
                    ]):
            fields = pool.get(view.model)._fields
            for element in etree.fromstring(view.arch).iter('field'):
                field = fields[element.get('name')]
                if field._type in {'timestamp', 'datetime'}:
                    self.assertIn(
                        element.get('widget'), ['date', 'time'],
                        (view.name, element.get('name')))


del ModuleTestCase

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.modules.company.tests import CompanyTestMixin
from trytond.tests.test_tryton import ModuleTestCase


class BatchTestCase(CompanyTestMixin, ModuleTestCase):
    "Test batch module"
    module = 'batch'


del ModuleTestCase

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.tests.test_tryton import ModuleTestCase


class CurrencyHalfUpTestCase(ModuleTestCase):
    "Test currency_half_up module"
    module = 'currency_half_up'


del ModuleTestCase

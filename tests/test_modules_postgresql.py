# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The modules that know their database, on PostgreSQL.

A file of its own: the processes of a run share the tests out by file.
"""
import pytest

from tests.postgresql import run_tests

pytestmark = pytest.mark.postgresql
MODULES = [
    # Locks and chunks.
    'batch',
    # Ranges which must not overlap.
    'maintenance_equipment',
    ]


@pytest.mark.parametrize('module', MODULES)
def test_on_postgresql(postgresql, worker, module):
    run_tests(postgresql, worker, f'modules/{module}/tests')

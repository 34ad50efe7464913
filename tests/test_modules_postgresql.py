# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The modules that know their database, on PostgreSQL.

A file of its own: the processes of a run share the tests out by file.
"""
import pytest

from tests.postgresql import run_tests

pytestmark = pytest.mark.postgresql
MODULES = {
    # Locks and chunks.
    'batch': [],
    # Ranges which must not overlap, and SQL of its own; not the engines and
    # the papers, which do not ask the database.
    'maintenance_equipment': [
        'test_delivery.py', 'test_downtime.py', 'test_installed_base.py',
        'test_module.py', 'test_sites.py', 'test_wrong_input.py',
        'scenario_maintenance_equipment_life.rst',
        ],
    }


@pytest.mark.parametrize('module', MODULES)
def test_on_postgresql(postgresql, worker, module):
    folder = f'modules/{module}/tests'
    run_tests(postgresql, worker, *(
            [f'{folder}/{name}' for name in MODULES[module]] or [folder]))

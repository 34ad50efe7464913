# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The stories across modules, and what knows its database, on PostgreSQL."""
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.runner.cluster import Server

ROOT = Path(__file__).parents[1]
TARGETS = [
    *sorted(
        str(p.relative_to(ROOT))
        for p in ROOT.glob('tests/scenario_*.rst')),
    # Locks and chunks; ranges which must not overlap.
    'modules/batch/tests',
    'modules/maintenance_equipment/tests',
    ]

pytestmark = pytest.mark.postgresql


@pytest.mark.parametrize('target', TARGETS)
def test_on_postgresql(postgresql, worker, target):
    # trytond knows one kind of database a process.
    name = f'test_story_{worker}'
    result = subprocess.run([
            sys.executable, '-m', 'pytest', '-q', '-p', 'no:cacheprovider',
            '-m', 'not postgresql and not browser', target],
        cwd=ROOT, capture_output=True, text=True, env={
            **os.environ,
            'TRYTOND_DATABASE__URI': f'{postgresql}/',
            'DB_CACHE': 'postgresql://',
            'DB_NAME': name,
            })
    Server(postgresql).drop(name)
    assert not result.returncode, result.stdout[-6000:] + result.stderr[-2000:]

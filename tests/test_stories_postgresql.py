# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The stories across modules, on PostgreSQL."""
import pytest

from tests.postgresql import ROOT, run_tests

pytestmark = pytest.mark.postgresql
STORIES = sorted(
    str(p.relative_to(ROOT)) for p in ROOT.glob('tests/scenario_*.rst'))


@pytest.mark.parametrize('story', STORIES)
def test_on_postgresql(postgresql, worker, story):
    run_tests(postgresql, worker, story)

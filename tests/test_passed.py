# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What passed is left out until something changes that it stands on."""
import os
import subprocess
import sys

import pytest

from tests import passed


@pytest.fixture
def run(tmp_path):
    def run(*arguments, expected=0):
        result = subprocess.run(
            [sys.executable, '-m', 'pytest', '-q', '-p', 'no:cacheprovider',
                '--changed', *arguments], cwd=passed.ROOT, text=True,
            capture_output=True, env={
                **os.environ, 'OFICIO_CACHE': str(tmp_path)})
        assert result.returncode == expected, result.stdout
        return result.stdout
    return run


def test_left_out_the_second_time(run):
    engine = 'modules/sepa_remittance/tests/test_target.py'
    # A part of a file does not speak for it, nor nothing for something.
    run(engine, '-k', 'nothing_of_the_kind', expected=5)
    assert ' passed' in run(engine, '-k', 'payment_day or easter or target')
    assert ' passed' in run(engine)
    again = run(engine)
    assert ' passed' not in again and 'deselected' in again
    assert ' passed' in run(engine, '-m', 'not browser')


def test_a_change_runs_it_again(tmp_path, monkeypatch):
    for name in ['tests', 'modules/batch']:
        (tmp_path / name).mkdir(parents=True)
    for name in ['conftest.py', 'setup.cfg', 'README.md']:
        (tmp_path / name).touch()
    monkeypatch.setattr(passed, 'ROOT', tmp_path)

    def digests():
        passed._digest.cache_clear()
        return [
            passed.digest_of_tests(path) for path in [
                'modules/batch/tests/test_module.py', 'tests/test_x.py']]

    try:
        module, tree = digests()
        assert digests() == [module, tree]
        (tmp_path / 'README.md').write_text("New")
        assert digests()[0] == module and digests()[1] != tree
        (tmp_path / 'modules/batch/run.py').touch()
        assert digests()[0] != module
    finally:
        passed._digest.cache_clear()

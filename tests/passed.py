# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Leave out what passed before for the same content.

With ``--changed`` a file of tests does not run whose tests all passed since
nothing changed that they stand on: for the tests of a module the module, those
it uses and those it can use, for the others the whole tree, and for all what
is installed.
"""
import functools
import hashlib
import importlib.metadata
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# What is made and not written.
_MADE = {'.git', '.venv', '.cache', 'var', '__pycache__', '.hypothesis',
    '.pytest_cache', '.mypy_cache', '.ruff_cache', 'oficio.egg-info'}


def pytest_addoption(parser):
    parser.addoption(
        '--changed', action='store_true',
        help="leave out the files of tests which passed for the same content")


def pytest_configure(config):
    if config.getoption('--changed'):
        config.pluginmanager.register(Passed(config))


class Passed:

    def __init__(self, config):
        self.config = config
        self.counts = not hasattr(config, 'workerinput')
        self.bad, self.seen = set(), set()

    def pytest_sessionstart(self):
        # What is edited under way was not tested.
        from tests.database import OURS
        _digest()
        for name in OURS:
            _digest(_used(name))

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config, items):
        known = {p for p in {i.path for i in items} if self.record(p).exists()}
        left_out = [i for i in items if i.path in known]
        if left_out:
            config.hook.pytest_deselected(items=left_out)
            items[:] = [i for i in items if i.path not in known]

    def pytest_runtest_logreport(self, report):
        path = ROOT / report.nodeid.partition('::')[0]
        self.seen.add(path)
        # What was skipped here might fail elsewhere.
        if report.outcome != 'passed':
            self.bad.add(path)

    def pytest_sessionfinish(self, session, exitstatus):
        if not self.counts:
            return
        if exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
            # The processes that left it out do not tell.
            tests = [
                path for name in ['test_*.py', 'scenario_*.rst']
                for folder in ['tests', 'modules']
                for path in (ROOT / folder).rglob(name)]
            if any(self.record(path).exists() for path in tests):
                session.exitstatus = pytest.ExitCode.OK
        elif self._whole() and exitstatus in {
                pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}:
            for path in self.seen - self.bad:
                record = self.record(path)
                record.parent.mkdir(parents=True, exist_ok=True)
                record.touch()

    def _whole(self):
        "Whether each file runs with all its tests"
        return not self.config.getoption('keyword') and not any(
            '::' in argument for argument in self.config.args)

    def pytest_report_header(self):
        return "what passed for the same content is left out"

    def record(self, path):
        "Return the file that is there once the tests of the path passed"
        path = path.relative_to(ROOT)
        key = '|'.join([
                str(path), self.config.getoption('markexpr'),
                digest_of_tests(path)])
        folder = Path(os.environ.get('OFICIO_CACHE', ROOT / '.cache'))
        return folder / 'passed' / hashlib.sha256(key.encode()).hexdigest()


def digest_of_tests(path):
    "Return what tells a change in what the file of tests stands on"
    parts = Path(path).parts
    folders = _used(parts[1]) if parts[0] == 'modules' else None
    return _digest(folders)


@functools.cache
def _used(module):
    "Return the modules of ours which the module uses, or can use"
    from tests.database import OURS
    from trytond.modules import get_module_info
    found, todo = set(), [module]
    while todo:
        name = todo.pop()
        # The others are told by their versions.
        if name in found or name not in OURS:
            continue
        found.add(name)
        info = get_module_info(name)
        todo.extend(info.get('depends', []))
        todo.extend(info.get('extras_depend', []))
    return frozenset(found)


@functools.cache
def _digest(modules=None):
    digest = hashlib.sha256(sys.version.encode())
    digest.update('\n'.join(sorted(
                f'{d.metadata["Name"]}={d.version}'
                for d in importlib.metadata.distributions())).encode())
    if modules is None:
        folders = [ROOT]
    else:
        folders = [ROOT / 'tests', *(
                ROOT / 'modules' / name for name in sorted(modules))]
        for path in [ROOT / 'conftest.py', ROOT / 'setup.cfg']:
            digest.update(path.read_bytes())
    for folder in folders:
        for path in _files(folder):
            digest.update(str(path.relative_to(ROOT)).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _files(folder):
    for path in sorted(folder.iterdir()):
        if path.name in _MADE:
            continue
        if path.is_dir():
            yield from _files(path)
        elif path.is_file():
            yield path

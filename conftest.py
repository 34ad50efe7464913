# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Shared pytest set-up: scenarios as items, layered databases, no mail."""
import os
import smtplib
import sys
import unittest
import warnings
from pathlib import Path

import hypothesis
import pytest

pytest_plugins = ['tests.passed', 'tests.postgresql']

ROOT = Path(__file__).parent
SCENARIOS = pytest.StashKey()


def pytest_configure(config):
    if sys.flags.optimize:
        raise pytest.UsageError(
            "Python runs with -O or PYTHONOPTIMIZE: every assert of the "
            "tests would be skipped. Unset PYTHONOPTIMIZE and start again.")
    if 'DB_CACHE' not in os.environ:
        # Before trytond is imported, which reads it once.
        cache = Path(os.environ.get('OFICIO_CACHE', ROOT / '.cache')) / 'db'
        cache.mkdir(parents=True, exist_ok=True)
        os.environ['DB_CACHE'] = str(cache)
    os.environ.setdefault('TEST_NETWORK', '0')
    # How fast the machine is says nothing about the code.
    hypothesis.settings.register_profile(
        'oficio', deadline=None,
        suppress_health_check=[hypothesis.HealthCheck.too_slow])
    hypothesis.settings.load_profile('oficio')
    _report_failed_subtests_only()
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', DeprecationWarning)
        from tests import database
        database.install()
    import trytond.config as config

    # After it the cache asks the database on a connection in autocommit. In
    # memory there is only one: a test would leave its records to the next.
    config.set('cache', 'clean_timeout', str(24 * 60 * 60))


def _report_failed_subtests_only():
    """Keep pytest from writing a report on each subtest that passed

    The standard's own tests have a subtest a field: a hundred thousand.
    """
    from _pytest.unittest import TestCaseFunction
    add = TestCaseFunction.addSubTest

    def addSubTest(self, test_case, test, exc_info):
        if exc_info is not None:
            add(self, test_case, test, exc_info)
    TestCaseFunction.addSubTest = addSubTest


def pytest_collect_file(file_path, parent):
    if file_path.name.startswith('scenario_') and file_path.suffix == '.rst':
        return ScenarioFile.from_parent(parent, path=file_path)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    # Before anything is deselected.
    config.stash[SCENARIOS] = {
        item.path for item in items if item.path.suffix == '.rst'}


@pytest.fixture(autouse=True)
def no_mail(monkeypatch):
    "A test that would really send a mail fails"
    def connect(self, *args, **kwargs):
        raise AssertionError(
            "A test tried to send a mail: mock the transport instead")
    monkeypatch.setattr(smtplib.SMTP, 'connect', connect)


class ScenarioFile(pytest.File):
    def collect(self):
        from trytond.tests.test_tryton import load_doc_tests
        folder = self.path.parent
        if folder.parent.parent.name == 'modules':
            name = f'trytond.modules.{folder.parent.name}.tests.test_scenario'
        else:
            name = 'tests.test_scenario'
        loader = unittest.TestLoader()
        loader.testNamePatterns = [self.path.name]
        suite = load_doc_tests(
            name, str(folder / 'test_scenario.py'), loader,
            unittest.TestSuite(), None)
        for number, case in enumerate(suite):
            yield ScenarioItem.from_parent(
                self, name=f'{self.path.stem}[{number}]', case=case)


class ScenarioItem(pytest.Item):
    def __init__(self, *, case, **kwargs):
        super().__init__(**kwargs)
        self.case = case

    def runtest(self):
        result = unittest.TestResult()
        connect = smtplib.SMTP.connect
        smtplib.SMTP.connect = _no_mail
        try:
            self.case.run(result)
        finally:
            smtplib.SMTP.connect = connect
        for _, text in result.failures + result.errors:
            raise ScenarioFailure(text)
        for _, reason in result.skipped:
            pytest.skip(reason)

    def repr_failure(self, excinfo, style=None):
        if isinstance(excinfo.value, ScenarioFailure):
            return str(excinfo.value)
        return super().repr_failure(excinfo)

    def reportinfo(self):
        return self.path, None, self.name


def _no_mail(self, *args, **kwargs):
    raise AssertionError(
        "A scenario tried to send a mail: mock the transport instead")


class ScenarioFailure(Exception):
    pass

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Checks of the tree itself: they need no database."""
import ast
import csv
import re
import subprocess
from pathlib import Path

import polib
import pytest
from lxml import etree

import trytond
from tests.database import read_config
from trytond.modules import get_modules

ROOT = Path(__file__).parents[1]
TRYTOND = Path(trytond.__file__).parent
MODULES = sorted(p.parent for p in ROOT.glob('modules/*/tryton.cfg'))
LANGUAGES = ['es', 'it']
ALLOWED = {
    'tryton': {'version', 'depends', 'extras_depend', 'xml',
        'include_dirs', 'test_include_dirs'},
    'register': {'model', 'wizard', 'report'},
    }
LICENCE = (
    "# This file is part of Oficio.  The COPYRIGHT file at the top level of\n"
    "# this repository contains the full copyright notices and license terms."
    "\n")
FIELD_TYPES = {
    'Binary', 'Boolean', 'Char', 'Date', 'DateTime', 'Dict', 'Float',
    'FullText', 'Integer', 'Many2Many', 'Many2One', 'Monetary',
    'MultiSelection', 'MultiValue', 'Numeric', 'One2Many', 'One2One',
    'Quantity', 'Reference', 'Selection', 'Text', 'Time', 'TimeDelta',
    'Timestamp'}


def lines_of(config, option):
    return config['tryton'].get(option, '').split()


def tracked():
    output = subprocess.run(
        ['git', 'ls-files', '-z'], cwd=ROOT, check=True, capture_output=True,
        text=True).stdout
    return [ROOT / n for n in output.split('\0') if n and (ROOT / n).exists()]


@pytest.fixture(params=MODULES, ids=lambda p: p.name)
def module(request):
    return request.param


@pytest.fixture(params=LANGUAGES)
def language(request):
    return request.param


def test_entry_point(module):
    assert module.name in get_modules()
    assert (module / '__init__.py').read_text() == LICENCE


def test_package_listed(module):
    packages = read_config(ROOT / 'setup.cfg')['options']['packages'].split()
    for path in module.rglob('__init__.py'):
        dotted = '.'.join(path.parent.relative_to(ROOT / 'modules').parts)
        assert f'trytond.modules.{dotted}' in packages


def test_tryton_cfg_keys(module):
    config = read_config(module / 'tryton.cfg')
    known = set(lines_of(config, 'depends')) | set(
        lines_of(config, 'extras_depend'))
    for section in config.sections():
        if section == 'register_mixin':
            continue  # its keys are the mixins
        kind, *needed = section.split()
        assert set(config[section]) <= ALLOWED.get(kind, set()), section
        assert set(needed) <= known, section


def test_xml_files_listed(module):
    listed = set(lines_of(read_config(module / 'tryton.cfg'), 'xml'))
    there = {p.name for p in module.glob('*.xml')}
    assert there == listed


def test_no_cycle():
    "A cycle, through extras too, stops trytond from loading anything"
    needs = {}
    for module in MODULES:
        config = read_config(module / 'tryton.cfg')
        needs[module.name] = (
            lines_of(config, 'depends') + lines_of(config, 'extras_depend'))

    def walk(name, path):
        assert name not in path, ' > '.join([*path, name])
        for other in needs.get(name, []):
            walk(other, [*path, name])

    for name in needs:
        walk(name, [])


def test_dependencies_declared(module):
    ours = {m.name for m in MODULES} | {'ir', 'res'}
    config = read_config(ROOT / 'setup.cfg')
    requires = config['options']['install_requires']
    extra = config['options.extras_require']['demo']
    tryton = read_config(module / 'tryton.cfg')
    for name in lines_of(tryton, 'depends'):
        assert name in ours or f'trytond_{name} ' in requires, name
    for name in lines_of(tryton, 'extras_depend'):
        assert name in ours or f'_{name} ' in requires + extra, name


def test_modules_used_are_dependencies(module):
    "Importing another module's code without depending on it breaks alone"
    tryton = read_config(module / 'tryton.cfg')
    known = {
        *lines_of(tryton, 'depends'), *lines_of(tryton, 'extras_depend'),
        module.name}
    for path in module.glob('*.py'):
        used = set(re.findall(
                r'trytond\.modules\.(\w+)', path.read_text('utf-8')))
        assert used <= known, path


def test_series():
    "8.2 is on the index: it must never come in"
    requires = read_config(ROOT / 'setup.cfg')['options']['install_requires']
    for line in requires.strip().splitlines():
        if line.startswith(('trytond', 'proteus')):
            assert '~= 8.0.0' in line, line
    for line in (ROOT / 'constraints.txt').read_text().splitlines():
        if re.match(r'(?i)(trytond|proteus|trytoncommunity)', line):
            assert '==8.0.' in line, line


def test_messages_take_the_language_by_position(module):
    "gettext takes a language= for a variable of the text, and ignores it"
    for path in module.glob('**/*.py'):
        for node in ast.walk(ast.parse(path.read_text('utf-8'))):
            if (isinstance(node, ast.Call)
                    and getattr(node.func, 'id', None) in {
                        'gettext', 'ngettext'}):
                assert 'language' not in {k.arg for k in node.keywords}, (
                    path, node.lineno)


def test_views_follow_schema(module):
    for path in module.glob('view/*.xml'):
        root = etree.parse(path).getroot()
        if root.tag == 'data':
            continue  # an extension: checked merged, by ModuleTestCase
        schema = etree.RelaxNG(file=str(TRYTOND / f'ir/ui/{root.tag}.rng'))
        schema.assertValid(root)


def test_calendars_open_forms(module):
    """A form follows each list and each calendar

    Sao forgets the record when it goes past a calendar to its form, and from
    a calendar it opens the view that comes next.
    """
    def value(record, name, attribute):
        return next(
            f.get(attribute) for f in record if f.get('name') == name)

    types, actions = {}, {}
    for path in module.glob('*.xml'):
        for record in etree.parse(path).iter('record'):
            if record.get('model') == 'ir.ui.view':
                types[record.get('id')] = next(
                    (f.text for f in record if f.get('name') == 'type'), None)
            elif record.get('model') == 'ir.action.act_window.view':
                actions.setdefault(
                    value(record, 'act_window', 'ref'), []).append((
                        int(value(record, 'sequence', 'eval')),
                        value(record, 'view', 'ref')))
    for action, views in actions.items():
        # The views of other modules are forms here.
        shown = [types.get(v, 'form') for _, v in sorted(views)]
        if 'calendar' in shown and 'form' in shown:
            assert shown.index('form') == 1, action


def test_translated(module, language):
    path = module / 'locale' / f'{language}.po'
    if not path.exists():
        # A module without a string for people has no catalogue.
        assert not list(module.glob('view/*.xml'))
        return
    catalogue = polib.pofile(str(path))
    assert not [e.msgctxt for e in catalogue.untranslated_entries()]
    assert not [e.msgctxt for e in catalogue.fuzzy_entries()]
    for entry in catalogue:
        assert (sorted(re.findall(r'%\(\w+\)s', entry.msgid))
            == sorted(re.findall(r'%\(\w+\)s', entry.msgstr))), entry.msgctxt


def test_both_languages_say_the_same(module):
    catalogues = [
        {(e.msgctxt, e.msgid) for e in polib.pofile(str(path))}
        for path in module.glob('locale/*.po')]
    assert all(c == catalogues[0] for c in catalogues)


def fields_of(path):
    "Yield (line, has help) of each field that a class of the file declares"
    def field_of(node):
        if (isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id == 'fields'):
            return node.func.attr

    def has_help(node):
        return any(k.arg == 'help' for k in node.keywords)

    for cls in ast.walk(ast.parse(path.read_text('utf-8'))):
        if not isinstance(cls, ast.ClassDef):
            continue
        for node in cls.body:
            if not isinstance(node, ast.Assign):
                continue
            value = node.value
            if field_of(value) == 'Function':
                value = value.args[0]
            if field_of(value) == 'MultiValue':
                continue
            if field_of(value) in FIELD_TYPES:
                yield node.lineno, has_help(value)


def test_fields_have_help(module):
    missing = [
        f'{path.relative_to(ROOT)}:{line}'
        for path in sorted(module.glob('*.py'))
        for line, has_help in fields_of(path) if not has_help]
    assert not missing


def test_documented(module):
    for name in ['index', 'design', 'usage']:
        assert (module / 'doc' / f'{name}.rst').read_text().strip()


@pytest.mark.parametrize(
    'path', sorted(p for p in tracked() if p.suffix == '.py'),
    ids=lambda p: str(p.relative_to(ROOT)))
def test_source_file(path):
    text = path.read_text('utf-8')
    if path.name != 'test_scenario.py':
        assert text.startswith((LICENCE, '#!/usr/bin/env python3\n' + LICENCE))
    assert path.name not in {'utils.py', 'common.py'}


def test_no_assert_outside_tests(module):
    "The server runs optimised: an assert there checks nothing"
    for path in module.glob('*.py'):
        for node in ast.walk(ast.parse(path.read_text('utf-8'))):
            assert not isinstance(node, ast.Assert), (path, node.lineno)


def test_clean_tree():
    "No generated file, no path of a machine, no address of a registry"
    generated = re.compile(
        r'(^|/)(__pycache__|node_modules|\.venv|var|\.cache)/'
        r'|\.(pyc|sqlite|log)$')
    forbidden = re.compile(
        r'/(root|work|home)/\w|' + r'\.\./' + r'shared|registry\.' + r'npmjs'
        r'|files\.python' + r'hosted|pypi\.' + r'org/simple')
    for path in tracked():
        name = str(path.relative_to(ROOT))
        assert not generated.search(name), name
        if path.suffix in {'.png', '.ttf', '.otf', '.woff2', '.ico', '.jpg'}:
            continue
        text = path.read_text('utf-8', errors='replace')
        found = forbidden.search(text)
        assert not found, (name, found.group())


def test_every_scenario_is_collected(request):
    "pytest would leave a scenario out in silence"
    asked = [Path(a.split('::')[0]) for a in request.config.args]
    if not all(a.resolve() in {ROOT / 'tests', ROOT / 'modules', ROOT}
            for a in asked):
        pytest.skip("only a part of the tree was asked for")
    from conftest import SCENARIOS
    assert request.config.stash[SCENARIOS] == {
        p for a in asked for p in a.resolve().rglob('scenario_*.rst')
        if p.is_relative_to(ROOT / 'tests')
        or p.is_relative_to(ROOT / 'modules')}


def glossary():
    with open(ROOT / 'doc/glossary.csv', encoding='utf-8', newline='') as f:
        return list(csv.DictReader(f))


def translations(language):
    "Return {context: text} of all our modules"
    return {
        (path.parents[1].name, entry.msgctxt, entry.msgid): entry.msgstr
        for path in ROOT.glob(f'modules/*/locale/{language}.po')
        for entry in polib.pofile(str(path))}


@pytest.mark.parametrize(
    'row', [r for r in glossary() if r['context']],
    ids=lambda r: r['en'])
def test_words_of_the_trade(row, language):
    "Models and states carry the glossary's word"
    found = [
        text for (_, context, msgid), text in translations(language).items()
        if context == row['context'] and msgid == (row['msgid'] or msgid)]
    assert found, row['context']
    words = [w.strip().casefold() for w in row[language].split('|')]
    for text in found:
        assert text.casefold() in words, (row['context'], text, words)

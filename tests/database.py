# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Test databases in layers, each kept until something it is made of changes.

trytond's own DB_CACHE knows a database by the names of its modules only: it
does not notice that a module changed, and each set-up starts from nothing.
Here the name holds a digest of what the database is made of, and each database
starts from the greatest other that is made of less: that of a module, of the
standard modules below it, or of another set-up. From nothing the modules are
so activated once and not once for each set of them, and an edit in one module
costs the activation of what stands on it only.
"""
import configparser
import fcntl
import functools
import hashlib
import importlib.metadata
import inspect
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path

from trytond.modules import get_module_info

ROOT = Path(__file__).parents[1]
OURS = {p.parent.name for p in ROOT.glob('modules/*/tryton.cfg')}
# How many modules of the standard take as long as one of ours.
_WEIGHT = 3
_SOURCES = {'.py', '.xml', '.cfg', '.csv', '.html', '.css'}


def install():
    "Make trytond.tests use the layered cache"
    from trytond import pool
    from trytond.tests import test_tryton, tools
    from trytond.tools import misc

    # The standard's own tests ask for each class of each model what module it
    # is from, and trytond reads the entry points anew for each answer.
    misc.import_module = functools.cache(misc.import_module)
    pool.resolve = functools.cache(pool.resolve)
    for name in ['_sqlite_copy', '_pg_dump', '_pg_restore']:
        assert hasattr(test_tryton, name), name
    test_tryton._db_cache_file = _db_cache_file
    test_tryton._sqlite_copy = _atomic(test_tryton._sqlite_copy)
    test_tryton.activate_module = activate_module
    tools.activate_modules = activate_modules


@functools.cache
def closure(modules):
    "Return the modules and all that they need"
    found = set()
    todo = list(modules)
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo.extend(get_module_info(name).get('depends', []))
    return frozenset(found)


@functools.cache
def _digest_of_module(name):
    digest = hashlib.sha256()
    folder = ROOT / 'modules' / name
    for path in sorted(folder.rglob('*')):
        relative = path.relative_to(folder)
        if (path.suffix in _SOURCES
                and relative.parts[0] not in {'doc', 'tests', '__pycache__'}):
            digest.update(str(relative).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


@functools.cache
def _versions():
    return '\n'.join(sorted(
            f'{d.metadata["Name"]}={d.version}'
            for d in importlib.metadata.distributions()
            if (d.metadata['Name'] or '').lower().startswith('tryton')))


@functools.cache
def digest_of(modules, lang=''):
    digest = hashlib.sha256(_versions().encode())
    for name in sorted(closure(modules) & OURS):
        digest.update(_digest_of_module(name).encode())
    if lang:
        # The translations are in the database only when a language is.
        for name in sorted(closure(modules) & OURS):
            path = ROOT / 'modules' / name / 'locale' / f'{lang}.po'
            if path.exists():
                digest.update(path.read_bytes())
    return digest.hexdigest()


def _db_cache_file(path, name):
    from trytond import backend
    modules, *rest = name.split('--')
    lang = rest[0] if rest and rest[0] in {'es', 'it'} else ''
    digest = digest_of(tuple(sorted(modules.split('-'))), lang)
    key = hashlib.sha256(f'{name}|{digest}'.encode()).hexdigest()[:40]
    if path.startswith('postgresql://'):
        # What follows the path and a slash is the name of the database.
        return f'{path}/test-{key}'
    return os.path.join(path, f'{key}-{backend.name}.dump')


def _atomic(copy):
    "Several processes may fill the same cache"
    @functools.wraps(copy)
    def wrapper(file_, restore=False):
        if restore:
            return copy(file_, restore=True)
        if os.path.exists(file_):
            return False
        with tempfile.TemporaryDirectory(
                dir=os.path.dirname(file_)) as folder:
            path = os.path.join(folder, 'dump')
            result = copy(path)
            if result:
                os.replace(path, file_)
        return result
    return wrapper


@contextmanager
def _filling(name):
    "One process makes what is not there yet, the others wait for it"
    folder = os.environ.get('OFICIO_CACHE', ROOT / '.cache')
    path = Path(folder) / 'lock' / hashlib.sha256(name.encode()).hexdigest()
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, 'w') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _activate(modules):
    from trytond.pool import Pool
    from trytond.tests.test_tryton import DB_NAME
    from trytond.transaction import Transaction
    with Transaction().start(DB_NAME, 1, close=True) as transaction:
        pool = Pool()
        Module = pool.get('ir.module')
        ActivateUpgrade = pool.get('ir.module.activate_upgrade', type='wizard')

        records = Module.search([
                ('name', 'in', modules),
                ('state', '!=', 'activated'),
                ])
        if not records:
            return
        Module.activate(records)
        transaction.commit()
        instance_id, _, _ = ActivateUpgrade.create()
        transaction.commit()
        ActivateUpgrade(instance_id).transition_upgrade()
        ActivateUpgrade.delete(instance_id)
        transaction.commit()


def _create(lang):
    "Create the test database, with the extensions that production has"
    from trytond import backend
    from trytond.tests.test_tryton import DB_NAME, create_db
    from trytond.transaction import Transaction
    create_db(lang=lang or 'en')
    if backend.name == 'postgresql':
        from bench.runner.cluster import EXTENSIONS
        with Transaction().start(DB_NAME, 0, close=True) as transaction:
            cursor = transaction.connection.cursor()
            for name in EXTENSIONS:
                cursor.execute(f'CREATE EXTENSION IF NOT EXISTS {name}')
            transaction.commit()
            transaction.database._extensions.pop(DB_NAME, None)


def best_base(needed, layers, kept):
    """Return the layer from which the needed modules are there soonest

    layers are sets of modules, kept tells of one whether its database is
    there already. Without any layer below it is nothing.
    """
    @functools.cache
    def cost(modules):
        "What is to activate until the layer is there"
        return 0 if kept(modules) else _step(best(modules), modules)

    def _step(base, modules):
        missing = modules - (base or frozenset())
        return (cost(base) if base else 0) + sum(
            _WEIGHT if m in OURS else 1 for m in missing)

    @functools.cache
    def best(modules):
        return min(
            (l for l in layers if l < modules),
            key=lambda l: (_step(l, modules), -len(l), sorted(l)),
            default=None)

    return best(needed)


@functools.cache
def _layers():
    "Return the names of the sets that the tests have anyway"
    layers = {}
    for name in sorted(OURS):
        needed = closure((name,))
        layers[needed] = [name]
        standard = needed - OURS
        layers.setdefault(standard, sorted(standard))
    return layers


def _is_kept(name):
    from trytond.tests.test_tryton import DB_CACHE, db_exist
    file_ = _db_cache_file(DB_CACHE, name)
    if file_.startswith('postgresql://'):
        return db_exist(file_.rpartition('/')[-1])
    return os.path.exists(file_)


def _build(modules, lang):
    from trytond.tests.test_tryton import (
        DB_CACHE, backup_db_cache, db_exist, drop_db, restore_db_cache)

    def name_of(names):
        return '-'.join(sorted(names)) + (f'--{lang}' if lang else '')

    if db_exist():
        drop_db()
    if restore_db_cache(name_of(modules)):
        return
    needed = closure(tuple(modules))
    with _filling(name_of(modules)):
        if restore_db_cache(name_of(modules)):
            return
        layers = _layers()
        base = best_base(
            needed, layers, lambda l: _is_kept(name_of(layers[l]))
            ) if DB_CACHE else None
        if base:
            _build(layers[base], lang)
        else:
            _create(lang)
        _activate(list(needed))
        backup_db_cache(name_of(modules))


def activate_module(modules, lang='en'):
    "Give the test database the modules, as fast as it can be done"
    if isinstance(modules, str):
        modules = [modules]
    _build(modules, lang if lang != 'en' else '')


def _name_of_setup(func):
    "A set-up is known by what it says, not by its name alone"
    if isinstance(func, functools.partial):
        arguments = [str(a) for a in func.args]
        arguments += [f'{k}={v}' for k, v in sorted(func.keywords.items())]
        return f'{_name_of_setup(func.func)}({",".join(arguments)})'
    source = Path(inspect.getsourcefile(func)).read_bytes()
    digest = hashlib.sha256(source).hexdigest()[:12]
    return f'{func.__module__}.{func.__qualname__}@{digest}'


def activate_modules(modules, *setup):
    "The same for scenarios: run the set-up functions once and keep that too"
    from trytond.tests.test_tryton import (
        backup_db_cache, db_exist, drop_db, restore_db_cache)
    from trytond.tests.tools import _get_config
    if isinstance(modules, str):
        modules = [modules]
    names = '-'.join(sorted(modules))
    if db_exist():
        drop_db()
    whole = _name_of_chain(names, setup)
    if setup and restore_db_cache(whole):
        return _get_config()
    with _filling(whole):
        done = len(setup)
        # Take the longest chain of set-up functions that is already there.
        while done and not restore_db_cache(
                _name_of_chain(names, setup[:done])):
            done -= 1
        if not done:
            _build(modules, '')
        config = _get_config()
        for number, func in enumerate(setup[done:], done + 1):
            func(config=config)
            backup_db_cache(_name_of_chain(names, setup[:number]))
    return config


def _name_of_chain(names, setup):
    return '--'.join([names, '', *map(_name_of_setup, setup)])


def read_config(path):
    config = configparser.ConfigParser()
    config.optionxform = str
    config.read(path)
    return config

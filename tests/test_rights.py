# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Who may do what: no model is open, and no parent opens what is closed."""
from tests import world
from tests.database import OURS
from trytond.model import ModelSQL, Workflow
from trytond.modules.report_html.workflow import ButtonWorkflow
from trytond.pool import Pool
from trytond.tests.test_tryton import activate_module, with_transaction
from trytond.transaction import Transaction

MODES = ['read', 'write', 'create', 'delete']
# Whoever starts a long job is asked about what it met: the models themselves
# refuse what is not his.
_GUARDED = {'batch.run': {'write'}, 'batch.problem': {'write'}}


def setup_module():
    activate_module(world.SPANISH_MODULES)


def models():
    "Yield each of our models which has a table"
    pool = Pool()
    Model = pool.get('ir.model')
    found = Model.search([('module', 'in', sorted(OURS))])
    assert len(found) > 100
    for model in found:
        Class = pool.get(model.name)
        if issubclass(Class, ModelSQL) and not callable(
                getattr(Class, 'table_query', None)):
            yield Class


def groups():
    "Yield our groups"
    pool = Pool()
    Group = pool.get('res.group')
    ModelData = pool.get('ir.model.data')
    data = ModelData.search([
            ('model', '=', 'res.group'), ('module', 'in', sorted(OURS))])
    assert len(data) > 5
    yield from Group.browse([d.db_id for d in data])


def rights(names, groups=()):
    "Return what a user of the groups may do to the models"
    pool = Pool()
    Access = pool.get('ir.model.access')
    User = pool.get('res.user')
    login = '-'.join(g.name for g in groups) or 'nobody'
    user = User(name=login, login=login, groups=groups)
    user.save()
    with Transaction().set_user(user.id):
        return Access.get_access(names)


@with_transaction()
def test_nothing_is_open():
    "Who is in no group changes none of our records"
    names = [m.__name__ for m in models()]
    opened = {
        f'{name}: {mode}'
        for name, access in rights(names).items()
        for mode in MODES[1:]
        if access[mode] and mode not in _GUARDED.get(name, set())}
    assert not sorted(opened)


@with_transaction()
def test_no_parent_opens():
    "What a group may not do to a model, it may not by the right on another"
    pool = Pool()
    Access = pool.get('ir.model.access')
    own = {}
    for record in Access.search([]):
        own.setdefault(record.model, []).append(record)
    names = [
        m.__name__ for m in models() if m.__access__ and m.__name__ in own]
    assert names
    opened = set()
    for group in groups():
        every, parent = set(), group
        while parent:
            every.add(parent)
            parent = parent.parent
        for name, access in rights(names, [group]).items():
            mine = [
                a for a in own[name] if not a.group or a.group in every]
            for mode in MODES:
                if (mine and access[mode] and not any(
                            getattr(a, f'perm_{mode}') for a in mine)
                        and not _only_adds(own[name])):
                    opened.add(f'{name}: {mode} ({group.name})')
    assert not sorted(opened)


@with_transaction()
def test_state_by_buttons():
    "No document changes its state but by its buttons"
    # A batch run guards its fields itself.
    open_ = [
        m.__name__ for m in models()
        if issubclass(m, Workflow) and not issubclass(m, ButtonWorkflow)
        and m.__name__ != 'batch.run']
    assert not open_


def _only_adds(records):
    "Whether the records add to the right on the other model"
    return all(r.group for r in records)

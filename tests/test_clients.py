# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What the clients can not show stops a whole window: look before they do."""
from lxml import etree

from tests import world
from tests.database import OURS
from trytond import backend
from trytond.model import ModelStorage
from trytond.pool import Pool
from trytond.tests.test_tryton import activate_module, with_transaction

# The columns which Sao 8.0 knows: there is none for datetime and timestamp.
COLUMNS = {
    'binary', 'boolean', 'callto', 'char', 'date', 'dict', 'email', 'float',
    'image', 'integer', 'many2many', 'many2one', 'multiselection', 'numeric',
    'one2many', 'one2one', 'progressbar', 'reference', 'selection', 'sip',
    'text', 'time', 'timedelta', 'url'}


def setup_module():
    activate_module(world.SPANISH_MODULES)


def lists():
    "Yield model, name and fields of each of our lists"
    pool = Pool()
    View = pool.get('ir.ui.view')
    views = View.search([
            ('type', '=', 'tree'),
            ('module', 'in', sorted(OURS)),
            ('model', '!=', None),
            ])
    assert len(views) > 50
    for view in views:
        Model = pool.get(view.model)
        result = Model.fields_view_get(
            (view.inherit or view).id, view_type='tree')
        yield Model, view.rec_name, result


@with_transaction()
def test_columns():
    "Sao can show every column of our lists"
    unknown = set()
    for _, list_name, result in lists():
        for element in etree.fromstring(result['arch']).iter('field'):
            name = element.get('name')
            widget = element.get('widget') or result['fields'][name]['type']
            if widget not in COLUMNS:
                unknown.add(f'{list_name}: {name} ({widget})')
    assert not sorted(unknown)


@with_transaction()
def test_searches():
    "What people type into the search box is found on every database"
    failed = set()
    for Model, _, result in lists():
        if not issubclass(Model, ModelStorage):
            continue
        names = {'rec_name'}
        for name, definition in result['fields'].items():
            if not definition.get('searchable', True):
                continue
            if definition['type'] in {'many2one', 'one2many', 'many2many'}:
                names.add(f'{name}.rec_name')
            elif definition['type'] in {'char', 'text'}:
                names.add(name)
        for name in names:
            try:
                Model.search([
                        ('id', '>', 0),
                        [(name, 'ilike', '%a%')],
                        ], limit=1)
            except backend.DatabaseOperationalError as error:
                failed.add(f'{Model.__name__} {name}: {error}')
    assert not sorted(failed)

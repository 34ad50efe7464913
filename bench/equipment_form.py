# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Open the form of a plant with 200 components over HTTP."""
from bench.equipment_list import COLUMNS, MODEL
from bench.runner import installed_base, web

modules = ['maintenance_equipment', 'account_invoice', 'account_product']

TIMES = 20
COMPONENTS = 200


def prepare(world):
    installed_base.fill(world)
    with world.transaction() as transaction:
        Equipment = world.pool.get(MODEL)
        plant, *components = Equipment.search(
            [], order=[('id', 'ASC')], limit=1 + COMPONENTS)
        world.plant = plant.id
        cursor = transaction.connection.cursor()
        cursor.execute(
            'UPDATE maintenance_equipment SET parent = %s WHERE id = ANY(%s)',
            [plant.id, [c.id for c in components]])
    world.client = world.enter(web.client(world))
    _open(world)


def _open(world):
    call = world.client.call
    view = call(MODEL, 'fields_view_get', None, 'form')
    names = []
    for name, field in view['fields'].items():
        names.append(name)
        if field['type'] in {'many2one', 'reference'}:
            names.append(f'{name}.rec_name')
    plant, = call(MODEL, 'read', [world.plant], [
            *names, 'rec_name', '_timestamp', '_write', '_delete'])
    return plant, call(MODEL, 'read', plant['children'], COLUMNS)


def run(world):
    for _ in range(TIMES):
        world.plant_row, world.rows = _open(world)
    return TIMES


def check(world, records):
    if (world.plant_row['id'] != world.plant
            or len(world.rows) != COMPONENTS
            or not all(row['site'] for row in world.rows)):
        raise RuntimeError("Components are missing")

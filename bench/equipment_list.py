# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Open the list of equipment over HTTP: search, count and read 80 rows."""
from bench.runner import installed_base, web

modules = ['maintenance_equipment', 'account_invoice', 'account_product']

TIMES = 20
MODEL = 'maintenance.equipment'
# The columns of the list, and what a client asks besides them.
COLUMNS = [
    'number', 'name', 'category', 'category.rec_name', 'serial', 'customer',
    'customer.rec_name', 'site', 'site.rec_name', 'manufacturer_serial',
    'state', 'rec_name', '_timestamp', '_write', '_delete']


def prepare(world):
    world.machines = installed_base.fill(world)
    world.client = world.enter(web.client(world))
    open_list(world)


def open_list(world, order=None):
    call = world.client.call
    domain = [('state', '=', 'in_service')]
    ids = call(MODEL, 'search', domain, 0, 80, order)
    count = call(MODEL, 'search_count', domain, 0, 100_000)
    return count, call(MODEL, 'read', ids, COLUMNS)


def run(world):
    for _ in range(TIMES):
        world.count, world.rows = open_list(world)
    return TIMES


def check(world, records):
    if world.count != world.machines or len(world.rows) != 80:
        raise RuntimeError("Machines are missing")
    if not all(
            row['customer.']['rec_name'] and row['site.']['rec_name']
            for row in world.rows):
        raise RuntimeError("Nobody knows where they stand")

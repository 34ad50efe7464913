# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Find a machine by its serial, typed in the search box of the list."""
from bench.equipment_list import COLUMNS, MODEL
from bench.runner import installed_base, web

modules = ['maintenance_equipment', 'account_invoice', 'account_product']

TIMES = 20


def prepare(world):
    world.machines = installed_base.fill(world)
    world.client = world.enter(web.client(world))
    _find(world, 1)


def _find(world, number):
    call = world.client.call
    serial = installed_base.serial(number)
    ids = call(
        MODEL, 'search', [('rec_name', 'ilike', f'%{serial}%')], 0, 1000,
        None)
    return call(MODEL, 'read', ids, COLUMNS)


def run(world):
    world.found = [
        _find(world, 1 + i * world.machines // TIMES) for i in range(TIMES)]
    return TIMES


def check(world, records):
    serials = [row['serial'] for rows in world.found for row in rows]
    if serials != [
            installed_base.serial(1 + i * world.machines // TIMES)
            for i in range(TIMES)]:
        raise RuntimeError("A serial was not found once")

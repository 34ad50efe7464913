# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Open the list of equipment over HTTP in the order of the sites."""
from bench import equipment_list

modules = ['maintenance_equipment', 'account_invoice', 'account_product']


def prepare(world):
    equipment_list.prepare(world)


def run(world):
    for _ in range(equipment_list.TIMES):
        world.count, world.rows = equipment_list.open_list(
            world, [('site', 'ASC')])
    return equipment_list.TIMES


def check(world, records):
    sites = [row['site.']['rec_name'] for row in world.rows]
    if len(sites) != 80 or sites != sorted(sites):
        raise RuntimeError("The sites are not in order")

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Open the list of equipment over HTTP in the order of the sites."""
from bench.equipment_list import TIMES, open_list
from bench.equipment_list import prepare as prepare

modules = ['maintenance_equipment', 'account_invoice', 'account_product']


def run(world):
    for _ in range(TIMES):
        world.count, world.rows = open_list(world, [('site', 'ASC')])
    return TIMES


def check(world, records):
    sites = [row['site.']['rec_name'] for row in world.rows]
    if len(sites) != 80 or sites != sorted(sites):
        raise RuntimeError("The sites are not in order")

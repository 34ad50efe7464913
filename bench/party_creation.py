# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Create customers with an address (a floor for the others)."""
modules = ['account_invoice', 'account_product']


def prepare(world):
    pass


def run(world):
    return len(world.create_customers(world.size))


def check(world, records):
    with world.transaction():
        Party = world.pool.get('party.party')
        if Party.search([('name', 'like', 'Customer %')], count=True) != (
                2 * records):
            raise RuntimeError("Customers are missing")

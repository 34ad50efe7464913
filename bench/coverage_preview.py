# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Ask what would be free for a machine of each customer, one at a time."""
from decimal import Decimal

from dateutil.relativedelta import relativedelta

from bench.runner.world import TODAY

# That of contract_invoicing, so that one database serves both.
modules = ['service_contract', 'currency_half_up']

START = TODAY + relativedelta(months=-1, day=1)


def prepare(world):
    for start in range(0, len(world.customers), 200):
        with world.transaction():
            _contracts(world, world.customers[start:start + 200])


def _contracts(world, customers):
    get = world.pool.get
    Contract = get('service.contract')
    Coverage = get('service.contract.coverage')
    Equipment = get('maintenance.equipment')
    Site = get('maintenance.site')
    coverage, = Coverage.create([{
                'name': "Two visits",
                'company': world.company,
                'rules': [('create', [
                            {'line_kind': 'work', 'priority': 1,
                                'limit': Decimal(2)},
                            {'line_kind': 'work',
                                'percentage': Decimal('0.5')},
                            {'task_kind': 'preventive', 'priority': 2},
                            ])],
                }])
    sites = Site.create([{
                'company': world.company,
                'name': "Site",
                'party': party,
                'address': address,
                } for party, address in customers])
    machines = Equipment.create([{
                'company': world.company,
                'name': f"Machine {number}",
                'site': site.id,
                } for site in sites for number in range(3)])
    Contract.run(Contract.create([{
                    'company': world.company,
                    'party': site.party.id,
                    'currency': world.currency,
                    'start_date': START,
                    'lines': [('create', [{
                                    'months': 1,
                                    'coverage': coverage.id,
                                    'terms': [('create', [{
                                                    'unit_price': Decimal(0),
                                                    }])],
                                    'equipments': [('create', [
                                                {'equipment': m.id}
                                                for m in machines[
                                                    3 * n:3 * n + 3]])],
                                    }])],
                    } for n, site in enumerate(sites)]))


def run(world):
    Equipment = world.pool.get('maintenance.equipment')
    View = world.pool.get('service.contract.coverage.matrix.view')
    with world.transaction():
        ids = [e.id for e in Equipment.search([], limit=world.size)]
    for id_ in ids:
        # Nothing is remembered from one call to the next.
        with world.transaction():
            View.get_rows(Equipment(id_), TODAY)
    return len(ids)


def check(world, records):
    Equipment = world.pool.get('maintenance.equipment')
    View = world.pool.get('service.contract.coverage.matrix.view')
    with world.transaction():
        equipment, = Equipment.search([], limit=1)
        row, *_ = View.get_rows(equipment, TODAY)
        if row['work'] == row['material'] or records != world.size:
            raise RuntimeError("Nothing is covered")

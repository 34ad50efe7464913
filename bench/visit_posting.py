# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Post a visit of work, call-out and a part for each customer."""
import datetime as dt
from decimal import Decimal

from bench.runner.world import TODAY

# That of contract_invoicing, so that one database serves both.
modules = ['service_contract', 'currency_half_up']

# What the client posts when everything in a tab is selected.
CHUNK = 100
VANS = 10
LINES = [
    ('work', 'labour', 'hour', 1.5, Decimal('42.00')),
    ('call_out', 'fee', 'unit', 1, Decimal('52.50')),
    ('material', 'part', 'unit', 2, Decimal('17.35')),
    ]


def prepare(world):
    with world.transaction():
        teams = _teams(world)
    for start in range(0, len(world.customers), 500):
        with world.transaction():
            _visits(world, teams, world.customers[start:start + 500])


def _teams(world):
    "Technicians with a van each, and parts for all"
    get = world.pool.get
    Employee = get('company.employee')
    Location = get('stock.location')
    Move = get('stock.move')
    Party = get('party.party')
    storage, = Location.search([('code', '=', 'STO')], limit=1)
    supplier, = Location.search([('code', '=', 'SUP')], limit=1)
    vans = Location.create([{
                'name': f"Van {number}",
                'type': 'storage',
                'parent': storage.id,
                } for number in range(VANS)])
    employees = Employee.create([{
                'party': party.id,
                'company': world.company,
                'vehicle': van.id,
                'cost_prices': [('create', [{
                                'date': dt.date(2020, 1, 1),
                                'cost_price': Decimal(20),
                                }])],
                } for party, van in zip(Party.create([
                        {'name': f"Technician {number}"}
                        for number in range(VANS)]), vans)])
    moves = Move.create([{
                'company': world.company,
                'product': world.products['part'],
                'unit': world.units['unit'],
                'quantity': 2 * world.size,
                'from_location': supplier.id,
                'to_location': van.id,
                'unit_price': Decimal(10),
                'currency': world.currency,
                'effective_date': TODAY,
                } for van in vans])
    Move.do(moves)
    return [(e.id, v.id) for e, v in zip(employees, vans)]


def _visits(world, teams, customers):
    get = world.pool.get
    Line = get('maintenance.visit.line')
    Order = get('maintenance.order')
    Site = get('maintenance.site')
    Visit = get('maintenance.visit')
    sites = Site.create([{
                'company': world.company,
                'name': "Site",
                'party': party,
                'address': address,
                } for party, address in customers])
    orders = Order.create([{
                'company': world.company,
                'party': site.party.id,
                'site': site.id,
                'tasks': [('create', [{'company': world.company}])],
                } for site in sites])
    visits = Visit.create([{
                'company': world.company,
                'site': order.site.id,
                'party': order.party.id,
                'tasks': [('add', [t.id for t in order.tasks])],
                'leader': teams[number % VANS][0],
                'employees': [('add', [teams[number % VANS][0]])],
                'vehicle': teams[number % VANS][1],
                'date': TODAY,
                'arrived_at': dt.datetime.combine(TODAY, dt.time(6)),
                } for number, order in enumerate(orders)])
    Line.create([{
                'company': world.company,
                'visit': visit.id,
                'kind': kind,
                'product': world.products[product],
                'unit': world.units[unit],
                'quantity': quantity,
                'duration': (
                    dt.timedelta(hours=quantity) if kind == 'work' else None),
                'list_price': price,
                } for visit in visits
            for kind, product, unit, quantity, price in LINES])
    Visit.arrive(visits)
    Visit.finish(visits)


def run(world):
    Visit = world.pool.get('maintenance.visit')
    with world.transaction():
        ids = [v.id for v in Visit.search(
                [('state', '=', 'done')], order=[('id', 'ASC')])]
    for start in range(0, len(ids), CHUNK):
        # As a task, which starts anew with the locks it asks for.
        with world.transaction():
            Visit.__queue__.post(Visit.browse(ids[start:start + CHUNK]))
    return len(ids)


def check(world, records):
    get = world.pool.get
    Move = get('stock.move')
    Order = get('maintenance.order')
    Share = get('maintenance.visit.share')
    TimesheetLine = get('timesheet.line')
    Visit = get('maintenance.visit')
    with world.transaction():
        for Model, domain, number in [
                (Visit, [('state', '=', 'posted')], world.size),
                (Order, [('state', '=', 'done')], world.size),
                (Move, [
                        ('origin', 'like', 'maintenance.visit.line,%'),
                        ('state', '=', 'done')], world.size),
                (TimesheetLine, [('visit_line', '!=', None)], world.size),
                (Share, Share.pending_domain(), 3 * world.size),
                ]:
            found = Model.search(domain, count=True)
            if found != number or records != world.size:
                raise RuntimeError(
                    f"{found} of {number} {Model.__name__} after posting")

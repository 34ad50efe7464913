# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Invoice and post a visit of two lines for each customer."""
import datetime as dt
import uuid
from decimal import Decimal

from bench.runner.world import TODAY

# That of contract_invoicing, so that one database serves both.
modules = ['service_contract', 'currency_half_up']

LINES = [
    ('work', 'labour', 'hour', Decimal('1.5'), Decimal('42.00')),
    ('material', 'part', 'unit', Decimal('3'), Decimal('17.35')),
    ]


def prepare(world):
    get = world.pool.get
    for start in range(0, len(world.customers), 500):
        customers = world.customers[start:start + 500]
        with world.transaction():
            _visits(world, get, customers)


def _visits(world, get, customers):
    Site = get('maintenance.site')
    Visit = get('maintenance.visit')
    Line = get('maintenance.visit.line')
    Share = get('maintenance.visit.share')
    sites = Site.create([{
                'company': world.company,
                'name': "Site",
                'party': party,
                'address': address,
                } for party, address in customers])
    visits = Visit.create([{
                'company': world.company,
                'site': site.id,
                'party': site.party.id,
                'date': TODAY,
                'state': 'done',
                'uuid': str(uuid.uuid4()),
                } for site in sites])
    lines = Line.create([{
                'company': world.company,
                'visit': visit.id,
                'kind': kind,
                'product': world.products[product],
                'unit': world.units[unit],
                'quantity': float(quantity),
                'duration': (
                    dt.timedelta(hours=float(quantity))
                    if kind == 'work' else None),
                'list_price': price,
                } for visit in visits
            for kind, product, unit, quantity, price in LINES])
    # Other lanes decide and post: here the shares are ready to invoice.
    Share.delete(Share.search([('visit', 'in', [v.id for v in visits])]))
    Share.create([{
                'line': line.id,
                'visit': line.visit.id,
                'company': world.company,
                'payer_kind': 'customer',
                'payer': line.visit.party.id,
                'quantity': Decimal(str(line.quantity)),
                'list_price': line.list_price,
                'list_amount': round(
                    Decimal(str(line.quantity)) * line.list_price, 2),
                'unit_price': line.list_price,
                'amount': round(
                    Decimal(str(line.quantity)) * line.list_price, 2),
                'state': 'decided',
                } for line in lines])
    table = Visit.__table__()
    from trytond.transaction import Transaction
    Transaction().connection.cursor().execute(*table.update(
            [table.state], ['posted'],
            where=table.id.in_([v.id for v in visits])))


def run(world):
    Run = world.pool.get('batch.run')
    with world.transaction():
        run = Run.start('maintenance_order.invoice_work', params={
                'date': TODAY,
                'up_to': TODAY,
                'post': True,
                }, company=world.company, lanes=world.workers)
    with world.transaction():
        return len(Run(run.id).created())


def check(world, records):
    get = world.pool.get
    Invoice = get('account.invoice')
    Run = get('batch.run')
    Share = get('maintenance.visit.share')
    with world.transaction():
        run, = Run.search([], limit=1)
        if run.problems:
            raise RuntimeError(run.problems[0].rec_name)
        posted = Invoice.search([('state', '=', 'posted')], count=True)
        if records != world.size or posted != world.size:
            raise RuntimeError(f"{posted} of {world.size} invoices posted")
        if Share.search(Share.pending_domain(), count=True):
            raise RuntimeError("Something is left to invoice")
        if get('maintenance.invoicing.difference').search([]):
            raise RuntimeError("Shares and invoices differ")

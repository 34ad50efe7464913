# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Invoice and post a month of a contract of two lines for each customer."""
from decimal import Decimal

from dateutil.relativedelta import relativedelta

from bench.runner.world import TODAY

modules = ['service_contract', 'currency_half_up']

START = TODAY + relativedelta(day=1)


def prepare(world):
    for start in range(0, len(world.customers), 200):
        with world.transaction():
            _contracts(world, world.customers[start:start + 200])


def _contracts(world, customers):
    Contract = world.pool.get('service.contract')
    contracts = Contract.create([{
                'company': world.company,
                'party': party,
                'invoice_address': address,
                'payment_term': world.payment_term,
                'currency': world.currency,
                'start_date': START,
                'lines': [('create', [{
                                'kind': 'fee',
                                'product': world.products['fee'],
                                'unit': world.units['unit'],
                                'months': 1,
                                'terms': [('create', [{
                                                'quantity': 1,
                                                'unit_price': price,
                                                }])],
                                } for price in [
                                    Decimal('52.50'), Decimal('31.15')]])],
                } for party, address in customers])
    Contract.run(contracts)


def run(world):
    Run = world.pool.get('batch.run')
    with world.transaction():
        run = Run.start('service_contract.invoice', params={
                'date': TODAY,
                'up_to': TODAY,
                'post': True,
                }, company=world.company, lanes=world.workers)
    with world.transaction():
        return len(Run(run.id).created())


def check(world, records):
    get = world.pool.get
    Invoice = get('account.invoice')
    Period = get('service.contract.period')
    Run = get('batch.run')
    with world.transaction():
        run, = Run.search([], limit=1)
        if run.problems:
            raise RuntimeError(run.problems[0].rec_name)
        posted = Invoice.search([('state', '=', 'posted')], count=True)
        if records != world.size or posted != world.size:
            raise RuntimeError(f"{posted} of {world.size} invoices posted")
        company = get('company.company')(world.company)
        if Period.due_parties(company, TODAY):
            raise RuntimeError("Something is left to invoice")
        if get('maintenance.invoicing.difference').search([]):
            raise RuntimeError("Periods and invoices differ")

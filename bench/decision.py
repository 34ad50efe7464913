# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Decide who pays N lines, four to a visit, in the engine alone."""
import datetime as dt
import importlib
from decimal import Decimal

# That of contract_invoicing, so that one database serves both.
modules = ['service_contract', 'currency_half_up']
# The engine knows no database.
customers = 0

DAY = dt.date(2026, 3, 10)
KINDS = ['work', 'travel', 'call_out', 'material']
state = {}


def prepare(world):
    engine = importlib.import_module(
        'trytond.modules.maintenance_order.decision')
    state['engine'] = engine
    state['lines'] = [engine.Line(
            id=number, visit=number // 4, kind=KINDS[number % 4], date=DAY,
            quantity=Decimal(str(1 + number % 7)) / 4,
            list_price=Decimal('42.35'), customer=1 + number // 4,
            discount=Decimal('0.1') if number % 5 == 0 else Decimal(0),
            task=number // 4, task_kind='corrective',
            equipment=number // 4, product=1 + number % 4,
            categories=frozenset([1 + number % 4]))
        for number in range(world.size)]
    state['candidates'] = {
        visit: _candidates(engine.Candidate, visit)
        for visit in range((world.size + 3) // 4)}


def _candidates(Candidate, visit):
    "What a machine in a contract with its warranty brings along"
    equipments = frozenset([visit])
    contract = f'service.contract.line,{visit % 500}'
    return [
        Candidate(
            'warranty', source=f'maintenance.warranty,{visit}', priority=100,
            equipments=equipments, line_kinds=frozenset(['material']),
            to_date=DAY + dt.timedelta(days=visit % 40 - 20)),
        *(Candidate(
                'contract', source=contract, label="Contract",
                equipments=equipments, line_kinds=frozenset(kinds),
                task_kinds=frozenset(tasks), percentage=percentage,
                limit=limit, counter=contract)
            for kinds, tasks, percentage, limit in [
                (['work'], ['preventive'], Decimal(1), None),
                (['work', 'travel'], [], Decimal(1), Decimal(1)),
                (['call_out'], [], Decimal('0.5'), None),
                (['material'], ['corrective'], Decimal('0.25'), None),
                (['distance'], [], Decimal(1), None),
                (['expense'], [], Decimal(1), None),
                ]),
        Candidate(
            'bank', source=f'service.contract.bank,{visit % 500}',
            priority=300, line_kinds=frozenset(['work']),
            limit=Decimal(1)),
        ]


def run(world):
    state['shares'] = state['engine'].decide(
        state['lines'], state['candidates'])
    return len(state['lines'])


def check(world, records):
    quantities = {}
    for share in state['shares']:
        quantities[share.line] = (
            quantities.get(share.line, 0) + share.quantity)
    for line in state['lines']:
        if quantities[line.id] != line.quantity:
            raise RuntimeError("The shares do not add up to the line")
    kinds = {share.payer_kind for share in state['shares']}
    if not {'customer', 'contract', 'warranty', 'bank'} <= kinds:
        raise RuntimeError(f"Only {kinds} pay")

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Price N cases by the rules of a large tariff, in the engine alone."""
import datetime as dt
import importlib
import time
from decimal import Decimal

# That of contract_invoicing, so that one database serves both.
modules = ['service_contract', 'currency_half_up']
# The engine knows no database.
customers = 0

DAY = dt.date(2026, 3, 10)
# What half of the cases may take at most: 1 ms.
LIMIT = 0.001
CUSTOMERS = 500
PRODUCTS = 40
state = {}


def prepare(world):
    engine = importlib.import_module(
        'trytond.modules.service_pricing.pricing')
    state['tariff'] = engine.Tariff(list(_rules(engine.Rule)))
    state['cases'] = [
        engine.Case(
            DAY, Decimal(1 + number % 12), Decimal('45.00'), Decimal('20.00'),
            {
                'contract': frozenset([number % CUSTOMERS]),
                'order': frozenset([number % 50]),
                'site': frozenset([
                        number % CUSTOMERS, 1000 + number % CUSTOMERS]),
                'party': frozenset([number % CUSTOMERS]),
                'product': frozenset([number % PRODUCTS]),
                'product_category': frozenset([number % 8, 100]),
                'tariff_group': frozenset([number % 6]),
                'zone': frozenset([number % 5]),
                'equipment_category': frozenset([number % 9, 200]),
                'task_kind': frozenset(['corrective']),
                'line_kind': frozenset(['work']),
                })
        for number in range(world.size)]


def _rules(Rule):
    "Rules in each of the layers: some 3,000 in all"
    def rule(id, layer, factor='1', amount='0', basis='lower', **match):
        return Rule(
            id, layer, tuple(sorted(
                    (k, frozenset([v])) for k, v in match.items())),
            basis=basis, factor=Decimal(factor), amount=Decimal(amount))

    id_ = 0
    for layer, key, number in [
            ('base', 'product_category', 8), ('base', 'product', PRODUCTS),
            ('base', 'zone', 5), ('base', 'equipment_category', 9),
            ('tariff_group', 'tariff_group', 6), ('quote', 'order', 50),
            ('party', 'party', CUSTOMERS), ('site', 'site', CUSTOMERS),
            ('contract', 'contract', CUSTOMERS)]:
        for value in range(number):
            id_ += 1
            yield rule(
                id_, layer, '0.98', '0.01', line_kind='work', **{key: value})
            if layer not in {'base', 'quote'}:
                id_ += 1
                yield rule(
                    id_, layer, '1.5', task_kind='preventive', **{key: value})


def run(world):
    price = state['tariff'].price
    prices, times = [], []
    for case in state['cases']:
        started = time.perf_counter()
        prices.append(price(case))
        times.append(time.perf_counter() - started)
    state['prices'], state['times'] = prices, sorted(times)
    return len(prices)


def check(world, records):
    for price in state['prices']:
        layers = [dict(arguments).get('layer') for _, arguments in price.steps]
        if layers != [
                None, 'base', 'tariff_group', 'quote', 'party', 'site',
                'contract']:
            raise RuntimeError(f"Only the layers {layers} answered")
    times = state['times']
    if times[len(times) // 2] > LIMIT:
        raise RuntimeError(
            f"A price takes {times[len(times) // 2] * 1000:.2f} ms")

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What was signed with customers: what a fee covers and how it is charged."""
import random
from decimal import Decimal

from dateutil.relativedelta import relativedelta

from demo.customers import company, parties, sites
from demo.people import SEED, customers
from tests.world import product
from trytond.pool import Pool

COVERAGES = {
    # name: (task kind, line kind, share) of each rule
    "Preventivo incluido": [('preventive', None, '1')],
    "Mano de obra incluida": [
        ('preventive', None, '1'), (None, 'work', '1'),
        (None, 'travel', '1'), (None, 'call_out', '1')],
    "Todo incluido": [(None, None, '1')],
    }
TYPES = {
    # name: (coverage, months, advance or arrears, price a machine and month)
    "Revisión periódica": ("Preventivo incluido", 12, 'advance', '2.75'),
    "Mantenimiento": ("Mano de obra incluida", 1, 'advance', '11.50'),
    "Todo riesgo": ("Todo incluido", 3, 'arrears', '24.00'),
    }
# An extinguisher costs no more than this, however much is included.
MOST = {
    'EXT': Decimal('3.20'), 'EML': Decimal('1.80'), 'BIE': Decimal('6.40')}


def create_types():
    pool = Pool()
    Coverage = pool.get('service.contract.coverage')
    Type = pool.get('service.contract.type')
    coverages = Coverage.create([{
                'name': name,
                'company': company().id,
                'rules': [('create', [{
                                'task_kind': task, 'line_kind': line,
                                'percentage': Decimal(share),
                                } for task, line, share in rules])],
                } for name, rules in COVERAGES.items()])
    by_name = dict(zip(COVERAGES, coverages, strict=True))
    Type.create([{
                'name': name,
                'company': company().id,
                'initial_months': 12,
                'renewal_months': 12,
                'tacit': True,
                'notice_days': 60,
                'coverage': by_name[coverage].id,
                'description': f"Contrato de {name.lower()}.",
                'clauses': "Las cuotas se revisan cada año según el IPC.",
                } for name, (coverage, *_) in TYPES.items()])


def create_contracts(size, today):
    "Three contracts for four customers, put in force long ago or lately"
    Contract = Pool().get('service.contract')
    rng = random.Random(f'{SEED}-contracts')
    found, places = parties(size), sites(size)
    keys = [
        c.key for c in customers(size)
        if places[c.key] and c.key not in {'tenant_new', 'manager'}]
    # The hotel wants its machines apart from its fire protection.
    plan = [('hotel', "Revisión periódica", ('EXT', 'BIE')),
        ('hotel', "Todo riesgo", ('CLI', 'CAM'))]
    rest = ['tenant_old', *(
            k for k in keys if k not in {'hotel', 'tenant_old'})]
    wanted = round(.75 * max(size, 12)) - len(plan)
    for number, key in enumerate(rest[:wanted]):
        name = list(TYPES)[(0, 1, 1, 2)[number % 4]]
        plan.append((key, name, None))
    values = []
    for key, name, codes in plan:
        values.append(contract_values(
                found[key], places[key], name, today,
                today - relativedelta(
                    months=rng.randint(4, 34), day=rng.choice([1, 1, 15])),
                codes))
    for start in range(0, len(values), 100):
        Contract.run(Contract.create(values[start:start + 100]))


def contract_values(
        party, places, name, today, start, codes=None, equipments=None):
    "Return the values of a contract of the type for the machines"
    pool = Pool()
    Type = pool.get('service.contract.type')
    type_, = Type.search([('name', '=', name)])
    _, months, moment, price = TYPES[name]
    if equipments is None:
        equipments = [
            e for site in places for e in site.equipments
            if not codes or e.category.code in codes]
    fee = product('CUOTA-EXT' if months == 12 else 'CUOTA')
    amount = months * sum(
        min(Decimal(price), MOST.get(e.category.code, Decimal(price)))
        for e in equipments)
    end = start + relativedelta(months=12, days=-1)
    while end < today:
        end += relativedelta(months=12)
    # Fees of the time before the demo's year were paid in the old program.
    year = (today - relativedelta(months=12)).replace(day=1)
    invoiced = start - relativedelta(days=1)
    period = 0
    while invoiced < year - relativedelta(days=1):
        period += months
        invoiced = start + relativedelta(months=period, days=-1)
    return {
        'company': company().id,
        'type': type_.id,
        'party': party.id,
        'sites': [('add', [s.id for s in places])],
        'currency': company().currency.id,
        'signed_on': start - relativedelta(days=12),
        'start_date': start,
        'end_date': end,
        'initial_months': 12,
        'renewal_months': 12,
        'tacit': True,
        'notice_days': 60,
        'description': type_.description,
        'clauses': type_.clauses,
        'lines': [('create', [{
                        'kind': 'fee',
                        'product': fee.id,
                        'unit': fee.default_uom.id,
                        'description': f"{name}: {len(equipments)} equipos",
                        'months': months,
                        'moment': moment,
                        'coverage': type_.coverage.id,
                        'invoiced_until': (
                            invoiced if invoiced >= start else None),
                        'terms': [('create', [{
                                        'quantity': 1,
                                        'unit_price': amount,
                                        }])],
                        'equipments': [('create', [
                                    {'equipment': e.id}
                                    for e in equipments])],
                        }])],
        }

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Twelve ways money is left behind, each once: what the leak radar must find.

=============  ===========================================================
code           what, and how it is found
=============  ===========================================================
not_posted     a visit done weeks ago that nobody posted
not_finished   a visit begun days ago and never finished
no_price       material in words, without price: the share has no amount
no_reference   the customer pays only with an order number: there is none
late           posted after the month was invoiced, and then forgotten
expired        work given away for a contract that had ended
uncovered      a machine on a site under contract that is in no contract
retired        a retired machine that a running contract still covers
period         a fee due more than a month ago that was never invoiced
van            a part that left a van for a customer without any report
maker          material given away while the maker's warranty was running
finding        an audit's defect for which no repair was ever proposed
=============  ===========================================================

``make`` puts them into the world and ``find`` finds them again; so does
``python -m demo.leaks DATABASE`` with the environment of bin/demo.
"""
import datetime as dt
import sys
from decimal import Decimal

from dateutil.relativedelta import relativedelta

from demo import contracts, stories, work
from demo.clock import at, living
from demo.customers import categories, company, parties, sites
from tests.world import product
from trytond.pool import Pool
from trytond.transaction import Transaction

MATERIAL = "Tubo de cobre 1/4, 3 m"


def make(size, today):
    for leak in LEAKS.values():
        leak(size, today)


def find(today):
    "Return what each leak of the table finds, by its code"
    return {code: FINDERS[code](today) for code in LEAKS}


# How they come about

def ended_contract(size, today):
    "Give the manager's office a contract that is not renewed"
    Contract = Pool().get('service.contract')
    start = today.replace(day=1) - relativedelta(months=15)
    values = contracts.contract_values(
        parties(size)['manager'], sites(size)['manager'], "Mantenimiento",
        today, start)
    values.update(
        tacit=False, renewal_months=None,
        end_date=start + relativedelta(months=12, days=-1))
    Contract.run(Contract.create([values]))


def _not_posted(size, today):
    site = sites(size)['community3'][1]
    day = stories.day_of(today - dt.timedelta(days=26), 1)
    order = stories.order_at(
        site, 'corrective', "Cambio de batería del mando", day)
    stories.visit_to(
        order, day, 'vicent', "Cambiada la batería.", today,
        parts=[('BAT12', 1)], post=False)


def _not_finished(size, today):
    Visit = Pool().get('maintenance.visit')
    site = sites(size)['community4'][0]
    day = stories.day_of(today - dt.timedelta(days=12), 1)
    people = work.staff()
    order = stories.order_at(
        site, 'repair', "La puerta roza en la guía", day)
    visit, = Visit.create([{
                'company': company().id,
                'site': site.id,
                'party': site.party.id,
                'tasks': [('add', [t.id for t in order.tasks])],
                'leader': people['luca'].id,
                'employees': [('add', [people['luca'].id])],
                'vehicle': people['luca'].vehicle.id,
                'planned_start': at(day, 12),
                'planned_end': at(day, 14),
                }])
    Visit.write([visit], {'arrived_at': at(day, 12, 10)})
    Visit.arrive([visit])


def _no_price(size, today):
    site = sites(size)['community5'][0]
    day = stories.day_of(today - dt.timedelta(days=9), 1)
    order = stories.order_at(
        site, 'corrective', "Fuga en el calderín", day)

    def lines(job, goods):
        task = order.tasks[0]
        return [
            work.line_of(
                job.visit, goods, task, 'work', 'MO',
                duration=dt.timedelta(hours=1)),
            {
                'visit': job.visit.id, 'company': company().id,
                'task': task.id, 'kind': 'material',
                'description': MATERIAL, 'quantity': 1,
                'cost': Decimal('12.40'),
                },
            ]

    stories.visit_to(
        order, day, 'pau', "Cambiado un tramo de tubo.", today, lines=lines)


def _no_reference(size, today):
    site = sites(size)['townhall'][3]
    day = stories.day_of(today - dt.timedelta(days=8), 1)
    order = stories.order_at(
        site, 'installation', "Soporte para extintor", day,
        customer_reference=None)
    stories.visit_to(
        order, day, 'ana', "Colocado el soporte.", today)


def _late(size, today):
    site = sites(size)['community6'][0]
    day = stories.day_of(today - dt.timedelta(days=64), 1)
    order = stories.order_at(
        site, 'repair', "Puerta descolgada", day)
    stories.visit_to(
        order, day, 'vicent', "Ajustadas las bisagras.", today, hours=2)


def _expired(size, today):
    site = sites(size)['manager'][0]
    day = stories.day_of(today - dt.timedelta(days=15), 1)
    order = stories.order_at(
        site, 'corrective', "Atascos de papel", day,
        stories.equipment_of(site, 'COP')[:1])
    _give_away(order, day, 'luca', "internal", "Va con el contrato", today)


def _maker(size, today):
    Warranty = Pool().get('maintenance.warranty')
    site = sites(size)['hotel'][0]
    machine = stories.equipment_of(site, 'CLI')[-1]
    day = stories.day_of(today - dt.timedelta(days=13), 1)
    Warranty.create([{
                'equipment': machine.id,
                'kind': 'manufacturer',
                'start_date': day - relativedelta(months=10),
                'labour_rate': 0,
                'parts_rate': 1,
                'parts_end_date': day + relativedelta(months=14),
                }])
    order = stories.order_at(
        site, 'corrective', "El aire no enfría", day, [machine])
    _give_away(
        order, day, 'pau', 'goodwill', "Cortesía por ser cliente antiguo",
        today, parts=[('COMP', 1)])


def _give_away(order, day, login, kind, reason, today, parts=()):
    pool = Pool()
    Share = pool.get('maintenance.visit.share')
    Visit = pool.get('maintenance.visit')
    job = stories.visit_to(
        order, day, login, "Reparado.", today, parts=parts, post=False)
    visit = Visit(job.visit.id)
    Share.override(list(visit.lines), kind, reason)
    Visit.post([Visit(visit.id)])


def _uncovered(size, today):
    Equipment = Pool().get('maintenance.equipment')
    site = sites(size)['community2'][0]
    day = today - dt.timedelta(days=75)
    equipment, = Equipment.create([{
                'company': company().id,
                'name': "Puerta peatonal automática",
                'category': categories()['PTA'].id,
                'serial': 'PTA-NUEVA-1',
                'manufacturer': "Portes Túria",
                'model': "PP10",
                'installed_date': day,
                'commissioned_date': day,
                'site': site.id,
                }])
    Equipment.put_in_service([equipment])


def _retired(size, today):
    Equipment = Pool().get('maintenance.equipment')
    site = sites(size)['community4'][0]
    with living(today - dt.timedelta(days=50)):
        Equipment.retire(stories.equipment_of(site, 'EXT')[:1])


def _period(size, today):
    Contract = Pool().get('service.contract')
    fee = product('CUOTA')
    Contract.run(Contract.create([{
                    'company': company().id,
                    'party': parties(size)['hotel'].id,
                    'currency': company().currency.id,
                    'start_date': (
                        today.replace(day=1) - relativedelta(months=2)),
                    'description': "Guardia de 24 horas.",
                    'lines': [('create', [{
                                    'kind': 'fee',
                                    'product': fee.id,
                                    'unit': fee.default_uom.id,
                                    'description': "Guardia de 24 horas",
                                    'months': 3,
                                    'terms': [('create', [{
                                                    'quantity': 1,
                                                    'unit_price': Decimal(
                                                        '180.00'),
                                                    }])],
                                    }])],
                    }]))


def _van(size, today):
    Move = Pool().get('stock.move')
    day = today - dt.timedelta(days=18)
    party = parties(size)['community3']
    filter_ = product('FILTRO')
    moves = Move.create([{
                'company': company().id,
                'product': filter_.id,
                'unit': filter_.default_uom.id,
                'quantity': 4,
                'from_location': work.staff()['luca'].vehicle.id,
                'to_location': party.customer_location.id,
                'unit_price': filter_.list_price_used,
                'currency': company().currency.id,
                'effective_date': day,
                }])
    Move.do(moves)


def _finding(size, today):
    "That of the sports hall: stories.audits made it"


LEAKS = {
    'not_posted': _not_posted,
    'not_finished': _not_finished,
    'no_price': _no_price,
    'no_reference': _no_reference,
    'late': _late,
    'expired': _expired,
    'uncovered': _uncovered,
    'retired': _retired,
    'period': _period,
    'van': _van,
    'maker': _maker,
    'finding': _finding,
    }


# How they are found

def _find_not_posted(today):
    return Pool().get('maintenance.visit').search([
            ('state', '=', 'done'),
            ('date', '<', today - dt.timedelta(days=14)),
            ])


def _find_not_finished(today):
    return Pool().get('maintenance.visit').search([
            ('state', '=', 'in_progress'),
            ('date', '<', today - dt.timedelta(days=2)),
            ])


def _find_no_price(today):
    Share = Pool().get('maintenance.visit.share')
    return Share.search([Share.pending_domain(), ('amount', '=', None)])


def _find_no_reference(today):
    pool = Pool()
    Share = pool.get('maintenance.visit.share')
    Visit = pool.get('maintenance.visit')
    shares = Share.search([
            Share.pending_domain(),
            ('payer.work_reference_required', '=', True),
            ])
    return Visit.browse(sorted({
                s.visit.id for s in shares
                if not s.line.the_task.reference}))


def _find_late(today):
    pool = Pool()
    Share = pool.get('maintenance.visit.share')
    Visit = pool.get('maintenance.visit')
    return Visit.browse(sorted({
                s.visit.id for s in Share.search([
                        Share.pending_domain(),
                        ('payer', '!=', None),
                        ('visit.date', '<', today - dt.timedelta(days=35)),
                        ])}))


def _given(kinds):
    Share = Pool().get('maintenance.visit.share')
    return Share.search([
            ('state', '=', 'decided'),
            ('payer_kind', 'in', kinds),
            ('override_reason', '!=', None),
            ])


def _find_expired(today):
    pool = Pool()
    Covered = pool.get('service.contract.line.equipment')
    Visit = pool.get('maintenance.visit')
    found = set()
    for share in _given(['internal', 'goodwill']):
        machine = share.line.the_equipment
        if machine and Covered.search([
                    ('equipment', '=', machine.id),
                    ('line.contract.tacit', '!=', True),
                    ('line.contract.end_date', '<', share.visit.date),
                    ], limit=1):
            found.add(share.visit.id)
    return Visit.browse(sorted(found))


def _find_uncovered(today):
    pool = Pool()
    Contract = pool.get('service.contract')
    Covered = pool.get('service.contract.line.equipment')
    Equipment = pool.get('maintenance.equipment')
    contracts_ = Contract.search([
            ('state', '=', 'running'),
            ['OR', ('end_date', '=', None), ('end_date', '>=', today)],
            ])
    covered = {
        c.equipment.id for c in Covered.search([
                ('line.contract', 'in', [c.id for c in contracts_]),
                ('equipment', '!=', None),
                Covered.covering(today)])}
    places = {s.id for c in contracts_ for s in c.sites}
    machines = Equipment.search([
            ('state', '=', 'in_service'),
            ('site', 'in', list(places)),
            ('id', 'not in', list(covered)),
            ])
    return [
        m for m in machines
        if not any(p.role == 'loan' for p in m.placements)]


def _find_retired(today):
    Covered = Pool().get('service.contract.line.equipment')
    return Covered.search([
            ('equipment.state', '=', 'retired'),
            ('line.contract.state', '=', 'running'),
            Covered.covering(today),
            ])


def _find_period(today):
    return Pool().get('service.contract.period').search([
            ('state', '=', 'pending'),
            ('amount', '>', 0),
            ('contract.state', '=', 'running'),
            ('invoice_date', '<', today - dt.timedelta(days=31)),
            ])


def _find_van(today):
    return Pool().get('stock.move').search([
            ('state', '=', 'done'),
            ('from_location.code', 'like', 'F_'),
            ('to_location.type', '=', 'customer'),
            ('origin', '=', None),
            ])


def _find_maker(today):
    pool = Pool()
    Warranty = pool.get('maintenance.warranty')
    found = []
    for share in _given(['internal', 'goodwill']):
        machine = share.line.the_equipment
        if share.line.kind == 'material' and machine and Warranty.search([
                    ('equipment', '=', machine.id),
                    ('kind', '=', 'manufacturer'),
                    ('start_date', '<=', share.visit.date),
                    ('parts_end_date', '>=', share.visit.date),
                    ], limit=1):
            found.append(share)
    return found


def _find_finding(today):
    Finding = Pool().get('fire.finding')
    return [
        f for f in Finding.search([
                ('state', '=', 'open'),
                ('audit.date', '<', today - dt.timedelta(days=14)),
                ])
        if not f.proposed]


FINDERS = {
    'not_posted': _find_not_posted,
    'not_finished': _find_not_finished,
    'no_price': _find_no_price,
    'no_reference': _find_no_reference,
    'late': _find_late,
    'expired': _find_expired,
    'uncovered': _find_uncovered,
    'retired': _find_retired,
    'period': _find_period,
    'van': _find_van,
    'maker': _find_maker,
    'finding': _find_finding,
    }


def main(database):
    "Print the leaks of the database"
    from demo.world import start
    pool = start(database)
    with Transaction().start(database, 1, readonly=True):
        company_, = pool.get('company.company').search([], limit=1)
        with Transaction().set_context(company=company_.id):
            today = pool.get('ir.date').today()
            for code, found in find(today).items():
                for record in found:
                    sys.stdout.write(f'{code:<14}{record.rec_name}\n')


if __name__ == '__main__':
    main(*sys.argv[1:])

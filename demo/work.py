# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""A month of the help desk and of the vans: tickets, orders and visits."""
import datetime as dt
import random
from dataclasses import dataclass

from dateutil.relativedelta import relativedelta

from demo.clock import at, living, stamp, working_day
from demo.customers import company, sites
from demo.people import SEED, contact_name
from tests.world import ARTICLES, ROLES, product
from trytond.pool import Pool


@dataclass(frozen=True)
class Fault:
    category: str
    subject: str
    text: str
    done: str
    parts: tuple[tuple[str, float], ...] = ()


FAULTS = (
    Fault('EXT', "Extintor descargado",
        "El manómetro está en rojo.",
        "Recargado y precintado, manómetro en verde.", (('RECARGA6', 1),)),
    Fault('EXT', "Falta un extintor",
        "En la última limpieza se lo llevaron.",
        "Colocado extintor nuevo y señalizado.", (('EXT6', 1),)),
    Fault('BIE', "Manguera con fugas",
        "Al probarla pierde agua por la manguera.",
        "Sustituida la manguera, probada a presión de red.",
        (('MANG20', 1),)),
    Fault('BIE', "Manómetro de la BIE a cero",
        "No marca presión.",
        "Abierta la válvula de corte, comprobada la presión."),
    Fault('EML', "Luz de emergencia apagada",
        "No enciende al cortar la corriente.",
        "Cambiada la batería, una hora de autonomía.", (('BAT12', 1),)),
    Fault('CLI', "El aire no enfría",
        "Sale aire pero no está frío.",
        "Sustituido el condensador de arranque, salto térmico de 11 °C.",
        (('COMP', 1),)),
    Fault('CLI', "El aire gotea",
        "Cae agua dentro de la sala.",
        "Desatascado el desagüe y limpiados los filtros.", (('FILTRO', 2),)),
    Fault('CAM', "La cámara no baja de 8 °C",
        "Hay género dentro, es urgente.",
        "Cambiada la válvula de expansión, cámara a 3 °C.", (('VALV', 1),)),
    Fault('CAL', "La caldera se bloquea",
        "Código E02 en la pantalla.",
        "Limpiado el quemador y ajustado el electrodo."),
    Fault('BOM', "El grupo de presión no para",
        "Las bombas arrancan cada minuto.",
        "Ajustado el presostato y repuesto el aire del calderín."),
    Fault('PTA', "La puerta no cierra",
        "Se queda abierta a media altura.",
        "Alineadas las fotocélulas, cambiada la batería del mando.",
        (('BAT12', 1),)),
    Fault('CPR', "El compresor se para por temperatura",
        "Salta a los veinte minutos.",
        "Cambiado el filtro y limpiado el radiador.", (('FILTRO', 1),)),
    Fault('COP', "Atascos de papel",
        "Se atasca en la bandeja 2.",
        "Cambiados los rodillos de arrastre."),
    )
PREVENTIVE = {
    'fire': "Revisión trimestral",
    'climate': "Limpieza de filtros y comprobación de presiones",
    'water': "Revisión de bombas y calderín",
    'doors': "Engrase y prueba de seguridades",
    'air': "Cambio de filtros y purga",
    'office': "Limpieza y recuento",
    }
TECHNICIANS = tuple(r.login for r in ROLES if r.van)


def stock_vans(today):
    """An inventory at the beginning of the year puts the parts into the vans

    No van has sirens: the one that is fitted is a difference to look into.
    """
    pool = Pool()
    Inventory = pool.get('stock.inventory')
    Location = pool.get('stock.location')
    day = (today - relativedelta(months=12)).replace(day=1)
    with living(day):
        inventories = Inventory.create([{
                    'company': company().id,
                    'location': van.id,
                    'date': day,
                    'lines': [('create', [{
                                    'product': product(article.code).id,
                                    'quantity': 400,
                                    } for article in ARTICLES
                                if article.type == 'goods'
                                and article.code != 'SIRENA'])],
                    } for van in Location.search([
                        ('code', 'in', ['F1', 'F2', 'F3', 'F4'])])])
        Inventory.confirm(inventories)


def staff():
    "Return the employees by login"
    User = Pool().get('res.user')
    return {
        u.login: u.employee
        for u in User.search([('login', 'in', [r.login for r in ROLES])])
        if u.employee}


def articles():
    return {article.code: product(article.code) for article in ARTICLES}


def do_month(size, month, today):
    """Take the calls of the month, go there and write the reports

    What is after today is planned only.
    """
    rng = random.Random(f'{SEED}-{month}')
    people, goods = staff(), articles()
    calls = _calls(rng, size, month, today)
    orders = _orders(rng, calls, people, goods)
    orders += _preventive(rng, size, month, today)
    jobs = _plan(rng, orders, month, people)
    report(jobs, today, goods)
    return len(calls), len(jobs)


def _calls(rng, size, month, today):
    "What customers tell: day, site, machine, fault"
    places = [s for found in sites(size).values() for s in found]
    last = min(month + relativedelta(months=1, days=-1), today)
    calls = []
    for _ in range(max(1, round(size * .35))):
        site = rng.choice(places)
        day = working_day(month + dt.timedelta(
            days=rng.randint(0, 27)))
        equipments = [
            e for e in sorted(site.equipments, key=lambda e: e.id)
            if e.installed_date < day]
        if not equipments or day > last:
            continue
        equipment = rng.choice(equipments)
        faults = [
            f for f in FAULTS if f.category == equipment.category.code]
        calls.append((day, site, equipment, rng.choice(faults)))
    calls.sort(key=lambda c: (c[0], c[1].id))
    return calls


def _orders(rng, calls, people, goods):
    "Return what is to be done of the calls: day, order, done, parts"
    pool = Pool()
    Ticket = pool.get('maintenance.ticket')
    Type = pool.get('maintenance.request.type')
    breakdown = Type.search([('order_kind', '=', 'corrective')], limit=1)[0]
    values = []
    for day, site, equipment, fault in calls:
        channel = rng.choice(['phone', 'phone', 'phone', 'email', 'person'])
        values.append({
                'company': company().id,
                'subject': f"{fault.subject} en {site.name}",
                'description': fault.text,
                'party': site.party.id,
                'site': site.id,
                'equipments': [('add', [equipment.id])],
                'type': breakdown.id,
                'priority': (
                    'urgent' if 'urgente' in fault.text
                    else rng.choice(['high', 'normal', 'normal'])),
                'channel': channel,
                'employee': people['carmen'].id,
                'callers': [('create', [{
                                'name': contact_name(rng),
                                'phone': site.party.phone,
                                }])],
                'received_at': at(day, rng.randint(8, 18), rng.randint(0, 59)),
                })
    tickets = Ticket.create(values)
    Ticket.confirm(tickets)
    orders = []
    for ticket, call in zip(tickets, calls, strict=True):
        with living(call[0]):
            order, = Ticket.make_orders([ticket])
        orders.append((call[0], order, call[3].done, call[3].parts))
    refer([order for _, order, _, _ in orders])
    return orders


def refer(orders):
    "Who pays only with an order number has given it"
    Order = Pool().get('maintenance.order')
    for order in orders:
        if order.party.work_reference_required:
            Order.write([order], {
                    'customer_reference': f'EXP-{4100 + order.id}'})


def _preventive(rng, size, month, today):
    "The rounds that contracts ask for, twice a year each"
    pool = Pool()
    Contract = pool.get('service.contract')
    Order = pool.get('maintenance.order')
    turn = month.month % 6
    jobs, values = [], []
    for contract in Contract.search([
                ('company', '=', company().id),
                ('state', '=', 'running'),
                ('start_date', '<=', month),
                ['OR', ('end_date', '=', None), ('end_date', '>=', month)],
                ], order=[('id', 'ASC')]):
        if contract.id % 6 != turn:
            continue
        for site in contract.sites[:1]:
            equipments = [
                c.equipment for line in contract.lines
                for c in line.equipments if c.equipment
                and c.equipment.site == site
                and c.equipment.installed_date < month]
            if not equipments:
                continue
            trade = PREVENTIVE[_trade(equipments[0])]
            day = working_day(month + dt.timedelta(days=rng.randint(3, 24)))
            values.append({
                    'company': company().id,
                    'party': contract.party.id,
                    'site': site.id,
                    'kind': 'preventive',
                    'date': month,
                    'description': f"{trade} en {site.name}",
                    'tasks': [('create', [{
                                    'company': company().id,
                                    'kind': 'preventive',
                                    'equipment': e.id,
                                    'description': trade,
                                    } for e in equipments])],
                    })
            jobs.append((day, f"{trade}: sin incidencias.", ()))
    orders = Order.create(values)
    refer(orders)
    return [
        (day, order, done, parts)
        for order, (day, done, parts) in zip(orders, jobs, strict=True)]


def _trade(equipment):
    from demo.customers import KIND
    code = equipment.category.code if equipment.category else 'EXT'
    return KIND[code].trade if code in KIND else 'fire'


@dataclass
class Job:
    "A visit to make, and what will be reported of it"
    order: object
    day: dt.date
    hour: int
    leader: object
    helper: object
    done: str
    parts: tuple
    hours: float
    signer: str
    tasks: tuple = ()
    visit: object = None


def _plan(rng, orders, month, people):
    "Give each order a day, an hour and a technician"
    taken = set()
    jobs = []
    for day, order, done, parts in sorted(orders, key=lambda o: (
                o[0], o[1].id)):
        if order.kind != 'preventive':
            day = working_day(day + dt.timedelta(days=rng.randint(0, 4)))
        login = rng.choice(TECHNICIANS)
        hour = rng.choice([8, 10, 12, 15])
        while (login, day, hour) in taken:
            hour += 1
            if hour > 17:
                day, hour = working_day(day + dt.timedelta(days=1)), 8
        taken.add((login, day, hour))
        helper = None
        if rng.random() < .2:
            helper = people[rng.choice(
                    [t for t in TECHNICIANS if t != login])]
        jobs.append(Job(
                order, day, hour, people[login], helper, done, parts,
                rng.choice([.75, 1, 1.25, 1.5, 2, 2.5]), contact_name(rng)))
    return jobs


def report(jobs, today, goods, post=True, lines=None):
    """Plan the visits, and report those of the past

    Without other lines each has its hours, the call-out and its parts.
    """
    pool = Pool()
    Line = pool.get('maintenance.visit.line')
    Order = pool.get('maintenance.order')
    Visit = pool.get('maintenance.visit')
    if not jobs:
        return []
    visits = Visit.create([{
                'company': company().id,
                'site': job.order.site.id,
                'party': job.order.party.id,
                'tasks': [('add', [
                            t.id for t in job.tasks or job.order.tasks])],
                'leader': job.leader.id,
                'employees': [('add', [
                            e.id for e in [job.leader, job.helper] if e])],
                'vehicle': job.leader.vehicle.id,
                'planned_start': at(job.day, job.hour),
                'planned_end': (
                    at(job.day, job.hour) + dt.timedelta(hours=job.hours)),
                } for job in jobs])
    for job, visit in zip(jobs, visits, strict=True):
        job.visit = visit
    past = [j for j in jobs if j.day < today]
    if not past:
        return jobs
    Visit.write(*[x for j in past for x in ([j.visit], {
                    'arrived_at': at(j.day, j.hour),
                    'finished_at': (
                        at(j.day, j.hour) + dt.timedelta(hours=j.hours)),
                    'work_done': j.done,
                    'signature_kind': 'paper',
                    'signer': j.signer,
                    'distance': j.order.site.distance,
                    })])
    visits = [j.visit for j in past]
    Visit.arrive(visits)
    Line.create([
            v for j in past for v in (lines or lines_of)(j, goods)])
    Visit.finish(Visit.browse(visits))
    if post:
        Visit.post(Visit.browse(visits))
        _stamp(past)
        Order.close_settled([j.order for j in past])
    return jobs


def _stamp(jobs):
    "The computer's clock says that all was done today"
    pool = Pool()
    Order = pool.get('maintenance.order')
    Ticket = pool.get('maintenance.ticket')
    Visit = pool.get('maintenance.visit')
    stamp(Visit, [
            (j.visit, {'posted_at': at(j.day, 18, 30)}) for j in jobs])
    stamp(Ticket, [
            (t.origin, {'resolved_at': at(j.day, 18)})
            for j in jobs for t in j.order.tasks
            if isinstance(t.origin, Ticket)])
    stamp(Order, [
            (o, {'closed_at': at(j.day, 18, 30)})
            for j in jobs for o in Order.browse([j.order])
            if o.state == 'closed'])


def lines_of(job, goods):
    "Return the values of the lines of an ordinary report"
    task = (job.tasks or job.order.tasks)[0]

    return [
        line_of(
            job.visit, goods, task, 'work', 'MO', 1,
            duration=dt.timedelta(hours=job.hours)),
        line_of(job.visit, goods, task, 'call_out', 'SALIDA'),
        *[
            line_of(job.visit, goods, task, 'material', code, quantity)
            for code, quantity in job.parts],
        ]


def line_of(visit, goods, task, kind, code, quantity=1, **values):
    return {
        'visit': visit.id,
        'company': company().id,
        'task': task.id,
        'kind': kind,
        'product': goods[code].id,
        'unit': goods[code].default_uom.id,
        'quantity': quantity,
        **values,
        }

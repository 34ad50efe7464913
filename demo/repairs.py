# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What customers left in the workshop, and a round of pressure tests."""
import datetime as dt
from decimal import Decimal

from dateutil.relativedelta import relativedelta

from demo import stories, work
from demo.clock import at, living, stamp, working_day
from demo.customers import company, sites
from demo.offers import service
from tests.world import product
from trytond.pool import Pool

LOANS = 4


def fill(size, today):
    workshop = _workshop()
    loans = _lend_from(workshop, today)
    _units(size, today, loans[0])
    _batches(size, today, loans[1:])


def _workshop():
    pool = Pool()
    Configuration = pool.get('maintenance.configuration')
    Site = pool.get('maintenance.site')
    workshop, = Site.search([('code', '=', 'TALLER')])
    configuration = Configuration(1)
    configuration.workshop = workshop
    configuration.save()
    return workshop


def _lend_from(workshop, today):
    "Return our machines to lend: a copier and extinguishers"
    pool = Pool()
    Category = pool.get('maintenance.equipment.category')
    Equipment = pool.get('maintenance.equipment')
    category = {c.code: c for c in Category.search([
                ('code', 'in', ['COP', 'EXT'])])}
    since = today - relativedelta(months=14)
    common = {
        'company': company().id,
        'installed_date': since,
        'commissioned_date': since,
        'site': workshop.id,
        }
    rows = [("Multifunción de préstamo", 'COP', 'COP1', "Copitec", "M20C")]
    rows += [(
            f"Extintor de sustitución {number}", 'EXT', f'{number:02d}',
            "Extinval", "P6") for number in range(2, LOANS + 1)]
    loans = Equipment.create([{
                **common,
                'name': name,
                'category': category[code].id,
                'product': product('EXT6').id if code == 'EXT' else None,
                'serial': f'PRESTAMO-{serial}',
                'manufacturer': maker,
                'model': model,
                } for name, code, serial, maker, model in rows])
    Equipment.put_in_service(loans)
    return loans


def _unit(site, day, what, machine=None, **values):
    "Return a unit taken in on the day, with its order"
    Unit = Pool().get('maintenance.workshop.unit')
    people = work.staff()
    with living(day):
        order = stories.order_at(
            site, 'workshop', f"Reparar {what[0].lower()}{what[1:]}", day,
            [machine] if machine else ())
        unit, = Unit.create([{
                    'order': order.id,
                    'company': company().id,
                    'equipment': machine.id if machine else None,
                    'description': None if machine else what,
                    'received_on': day,
                    'received_by': people['carmen'].id,
                    **values,
                    }])
    return unit


def _estimate(unit, day, amount, diagnosis):
    Unit = Pool().get('maintenance.workshop.unit')
    with living(day):
        Unit.write([unit], {
                'estimate': Decimal(amount), 'diagnosis': diagnosis})
        Unit.to_estimate([unit])


def _answer(unit, day, who, button):
    Unit = Pool().get('maintenance.workshop.unit')
    with living(day):
        Unit.write([unit], {'answered_by': who, 'answered_on': day})
        getattr(Unit, button)([unit])


def _repair(unit, day, done, today, parts=(), hours=1.5):
    "Report the work on the bench, for which nobody went anywhere"
    Visit = Pool().get('maintenance.visit')

    def lines(job, goods):
        return [
            work.line_of(
                job.visit, goods, job.order.tasks[0], 'work', 'MO',
                duration=dt.timedelta(hours=hours)),
            *[
                work.line_of(
                    job.visit, goods, job.order.tasks[0], 'material', code,
                    quantity)
                for code, quantity in parts]]

    job = stories.visit_to(
        unit.order, day, 'luca', done, today, hours=hours, lines=lines,
        post=False)
    visit = Visit(job.visit.id)
    Visit.write([visit], {
            'signature_kind': 'none', 'signer': None, 'distance': None,
            'unsigned_reason': "Reparado en el taller"})
    Visit.post(Visit.browse([visit]))


def _units(size, today, copier):
    "One in each state"
    Unit = Pool().get('maintenance.workshop.unit')
    found = sites(size)

    def ago(days):
        return today - dt.timedelta(days=days)

    _unit(
        found['community4'][0], ago(1),
        "Motor de puerta seccional PT-450, n.º 88123",
        condition="No arranca. El conserje dice que olía a quemado.",
        accessories="Dos mandos y la llave de desbloqueo",
        brought_by="Toni Vidal (conserje)", shelf="A-3")
    pump = _unit(
        found['community1'][0], ago(5),
        "Bomba 2 del grupo de presión, n.º GP2-0417",
        condition="Pierde agua por el eje, sin golpes.",
        brought_by="Pau Martí, la desmontó en la revisión", shelf="B-1")
    _estimate(
        pump, ago(4), '236.00',
        "Cierre mecánico gastado y rodamiento delantero con holgura. "
        "Cambiar los dos y probar a 6 bar.")
    office = found['manager'][0]
    copiers = stories.equipment_of(office, 'COP')
    copy = _unit(
        office, ago(8), "Multifunción A3",
        copiers[0] if copiers else None,
        condition="Rayas negras en todas las copias. Bandeja 2 rota.",
        accessories="Cable de red y tóner a medias",
        brought_by="Marisa Giner", shelf="C-2", loan=copier.id)
    with living(ago(8)):
        Unit.lend([copy])
    _estimate(
        copy, ago(7), '189.50',
        "Cambiar la unidad de fusor y la bandeja de papel 2.")
    _answer(copy, ago(6), "Marisa Giner, por teléfono", 'accept')
    board = _unit(
        found['hotel'][0], ago(12), "Compresor portátil de 50 l del jardín",
        condition="Salta el térmico al minuto.",
        brought_by="Enric Ribera", shelf="D-1")
    _estimate(
        board, ago(10), '310.00',
        "Motor quemado: el arreglo cuesta más que uno nuevo.")
    _answer(board, ago(9), "Enric Ribera", 'refuse')
    siren = _unit(
        found['community2'][0], ago(11),
        "Cuadro de la puerta corredera, n.º PC20-771",
        condition="No guarda el tiempo de apertura.",
        brought_by="Rosa Cervera", shelf="A-1")
    _estimate(siren, ago(10), '98.00', "Cambiar la batería y la memoria.")
    _answer(siren, ago(9), "Fincas Albufera, por correo", 'accept')
    _repair(
        siren, working_day(ago(7)), "Cambiadas batería y memoria, probado "
        "un día entero en el banco.", today, [('BAT12', 1)])
    Unit.finish(Unit.browse([siren]))
    heater = _unit(
        found['community5'][0], ago(24),
        "Motor de persiana del garaje, n.º 40177",
        condition="Cable pelado.", accessories="Soporte",
        brought_by="Andreu Bosch", shelf="A-2")
    _estimate(heater, ago(22), '64.00', "Cable y final de carrera nuevos.")
    _answer(heater, ago(21), "Andreu Bosch", 'accept')
    _repair(
        heater, working_day(ago(19)), "Cambiados cable y final de carrera.",
        today, hours=1)
    with living(ago(14)):
        Unit.finish(Unit.browse([heater]))
        Unit.write([heater], {'handed_over_to': "Andreu Bosch"})
        Unit.hand_over(Unit.browse([heater]))


def _batches(size, today, loans):
    """A round whose units are here, and one of weeks ago which is back

    One of the older had no pressure and waits for an answer.
    """
    pool = Pool()
    Batch = pool.get('maintenance.workshop.batch')
    Unit = pool.get('maintenance.workshop.unit')
    Visit = pool.get('maintenance.visit')
    people = work.staff()
    test = service('RETIMB', "Retimbrado de extintor", '22.50')
    found = sites(size)

    def batch_of(keys, day, loans=()):
        units = [
            m for key in keys
            for m in stories.equipment_of(found[key][0], 'EXT')
            if m.placement_role == 'own' and m.state == 'in_service'
            and m.installed_date < day][:5]
        with living(day):
            batch, = Batch.create([{
                        'company': company().id,
                        'product': test.id,
                        'employee': people['ana'].id,
                        'collected_on': day,
                        }])
            batch.take_in(units, loans)
            Batch.collect([Batch(batch.id)])
        return Batch(batch.id)

    older = working_day(today - dt.timedelta(days=20))
    batch = batch_of(['community5', 'community6', 'hotel'], older)
    tested = older + dt.timedelta(days=2)
    with living(tested):
        units = batch.live_units
        Unit.write(units[-1:], {
                'result': 'failed',
                'result_reason': "Fuga en la válvula a 20 bar"})
        Batch.pass_all([batch])
        Batch.write([batch], {'tested_on': tested})
        Batch.test(Batch.browse([batch]))
        visits = Visit.search([
                ('tasks.order.description', 'ilike', f'%{batch.number}%'),
                ('state', '=', 'done')])
        Visit.post(visits)
    stamp(Visit, [(v, {'posted_at': at(tested, 18)}) for v in visits])
    with living(older + dt.timedelta(days=6)):
        Batch.deliver(Batch.browse([batch]))
    failed = Unit(units[-1].id)
    _estimate(
        failed, older + dt.timedelta(days=6), '19.80',
        "Válvula y junta nuevas, y prueba otra vez.")
    batch_of(
        ['community1', 'community2', 'community3', 'townhall'],
        working_day(today - dt.timedelta(days=3)), loans)

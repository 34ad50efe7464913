# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Two yearly audits of fire protection: with defects, and a locked room."""
import datetime as dt
from decimal import Decimal

from demo.clock import at, living, stamp, working_day
from demo.customers import company, sites
from trytond.pool import Pool


def _audit(site, date, answers=(), locked=None):
    """Return a completed audit of the site

    Each answer is the class, which machine of it, the question and the
    values; the machine of the locked class could not be reached.
    """
    pool = Pool()
    Audit = pool.get('fire.audit')
    Element = pool.get('checklist.element')
    Programme = pool.get('fire.programme')
    User = pool.get('res.user')
    programme, = Programme.search([('code', '=', 'RIPCI')])
    users = {u.login: u for u in User.search([])}
    audit, = Audit.create([{
                'company': company().id,
                'site': site.id,
                'party': site.party.id,
                'programme': programme.id,
                'period': 12,
                'date': date,
                'employee': users['ana'].employee.id,
                'technical_manager': users['jorge'].employee.id,
                'owner_representative': "Rosa Cervera",
                'owner_representative_post': "Responsable de mantenimiento",
                }])
    Audit.prepare([audit])
    audit = Audit(audit.id)
    machines = {}
    for checklist in audit.checklists:
        for element in checklist.elements:
            machines.setdefault(
                element.equipment.category.code, []).append(element)
    Audit.answer(audit, [
            (machines[code][position].equipment, question, values)
            for code, position, question, values in answers])
    if locked:
        element = Element(machines[locked][-1].id)
        Element.write([element], {
                'reason': 'no_access',
                'note': "Cuarto cerrado, nadie tiene la llave."})
        Element.skip([element])
    Audit.pass_rest([Audit(audit.id)])
    Audit.write([audit], {
            'conclusions': "Las instalaciones se encuentran operativas salvo "
            "lo indicado."})
    Audit.complete([Audit(audit.id)])
    Audit.issue([Audit(audit.id)])
    stamp(Audit, [(audit, {
                    'completed_at': at(date, 13), 'issued_at': at(date, 17),
                    })])
    return Audit(audit.id)


def hotel(size, month, today):
    "Two defects: the ticket asks for the repair, and it is done"
    from demo import work
    pool = Pool()
    Audit = pool.get('fire.audit')
    Finding = pool.get('fire.finding')
    Ticket = pool.get('maintenance.ticket')
    site = sites(size)['hotel'][0]
    date = working_day(month + dt.timedelta(days=8))
    with living(date):
        audit = _audit(site, date, [
                ('EXT', 0, 'EXT-A08', {
                        'result': 'fail', 'note': "Sin precinto."}),
                ('BIE', 0, 'BIE-A18', {
                        'number': Decimal('2.5'),
                        'note': "Presión insuficiente en punta de lanza."}),
                ])
        Audit.propose([audit])
        ticket, = {f.ticket for f in Audit(audit.id).findings}
        order, = Ticket.make_orders([ticket])
        people = work.staff()
        work.report([work.Job(
                    order, working_day(date + dt.timedelta(days=5)), 10,
                    people['ana'], people['pau'],
                    "Precintado el extintor y ajustada la presión de la BIE.",
                    (('RECARGA6', 1),), 2, "Rosa Cervera")],
            today, work.articles())
        Finding.close(list(Audit(audit.id).findings))
    stamp(Ticket, [(ticket, {'received_at': at(date, 17, 30)})])


def sports_hall(size, month, today):
    "A room is locked, and nobody asked for the repair of what was found"
    site = sites(size)['townhall'][2]
    date = working_day(month + dt.timedelta(days=4))
    with living(date):
        _audit(site, date, [
                ('EXT', 0, 'EXT-A07', {
                        'result': 'fail', 'note': "Manguera agrietada."}),
                ], locked='BIE')

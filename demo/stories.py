# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What people will look for in the demo: each story once, on its day.

``STORIES`` tells for each month of the year, counted back from this one, what
happens in it before its work is invoiced.
"""
import datetime as dt
from decimal import Decimal

from dateutil.relativedelta import relativedelta

from demo import audits, contracts, work
from demo.clock import at, living, stamp, working_day
from demo.customers import company, parties, sites
from tests.world import product
from trytond.modules.maintenance_order.tests.tools import SIGNATURE
from trytond.pool import Pool
from trytond.transaction import Transaction


def day_of(month, day):
    return working_day(month + dt.timedelta(days=day - 1))


def order_at(site, kind, description, date, equipments=(), **values):
    "Return an order with a task for each machine, or one without"
    Order = Pool().get('maintenance.order')
    order, = Order.create([{
                'company': company().id,
                'party': site.party.id,
                'site': site.id,
                'kind': kind,
                'date': date,
                'description': description,
                'tasks': [('create', [{
                                'company': company().id,
                                'kind': kind,
                                'equipment': e.id if e else None,
                                'description': description,
                                } for e in equipments or [None]])],
                **values,
                }])
    if 'customer_reference' not in values:
        work.refer([order])
    return order


def visit_to(
        order, day, login, done, today, hours=1.5, parts=(), tasks=(),
        helper=None, **options):
    "Make and report a visit, and return its job"
    people = work.staff()
    hour = 9 if day < today else free_hour(people[login], day, hours)
    job = work.Job(
        order, day, hour, people[login], people[helper] if helper else None,
        done, parts, hours, "Amparo Peris", tuple(tasks))
    work.report([job], today, work.articles(), **options)
    return job


def sign_at(visit, moment):
    "Sign the report at the moment, which its paper tells"
    Visit = Pool().get('maintenance.visit')
    stamp(Visit, [(visit, {'signed_at': moment})])
    Visit._store_paper(Visit.browse([visit]))


def free_hour(employee, day, hours):
    "Return from when on the day nobody else waits for the technician"
    Visit = Pool().get('maintenance.visit')
    visits = Visit.search([
            ('employees', '=', employee.id),
            ('planned_start', '>=', at(day, 1)),
            ('planned_start', '<', at(day, 23)),
            ])
    for hour in (9, 8, *range(10, 19)):
        start = at(day, hour)
        end = start + dt.timedelta(hours=hours)
        if all(v.planned_end <= start or v.planned_start >= end
                for v in visits):
            return hour
    return 9


def equipment_of(site, code):
    return [
        e for e in sorted(site.equipments, key=lambda e: e.id)
        if e.category.code == code]


def three_purposes(size, month, today):
    """One trip, three purposes, three payers (two get an invoice)

    The round is the contract's, the siren the community's, and the key
    switch that a neighbour asked for on the stairs is his.
    """
    site = sites(size)['community1'][0]
    neighbour = parties(size)['neighbour']
    day = day_of(month, 14)
    machines = sorted(site.equipments, key=lambda e: e.id)
    round_ = order_at(
        site, 'preventive', "Revisión trimestral", day, machines)
    siren = order_at(site, 'repair', "La sirena no suena", day)
    switch = order_at(
        site, 'installation', "Llave de accionamiento en el bajo izquierda",
        day, invoice_party=neighbour.id)

    def lines(job, goods):
        def line(order, *values, **more):
            return work.line_of(
                job.visit, goods, order.tasks[0], *values, **more)
        return [
            line(round_, 'work', 'MO', duration=dt.timedelta(hours=2)),
            line(round_, 'call_out', 'SALIDA'),
            line(siren, 'work', 'MO', duration=dt.timedelta(minutes=45)),
            line(siren, 'material', 'SIRENA'),
            line(switch, 'work', 'MO', duration=dt.timedelta(minutes=30)),
            line(switch, 'material', 'BAT12'),
            ]

    visit_to(
        round_, day, 'pau', "Revisión sin defectos. Cambiada la sirena. "
        "Colocada la llave que pidió el vecino.", today, hours=3.25,
        tasks=[t for o in [round_, siren, switch] for t in o.tasks],
        helper='vicent', lines=lines)


def new_tenant(size, month, today):
    "A shop closes and another opens among the same machines"
    pool = Pool()
    Address = pool.get('party.address')
    Contract = pool.get('service.contract')
    Placement = pool.get('maintenance.equipment.placement')
    Site = pool.get('maintenance.site')
    SiteParty = pool.get('maintenance.site.party')
    found = parties(size)
    old, new = found['tenant_old'], found['tenant_new']
    site = sites(size)['tenant_old'][0]
    day = day_of(month, 3)
    machines = list(site.equipments)
    with living(day):
        Contract.stop(
            Contract.search([
                    ('party', '=', old.id), ('state', '=', 'running')]),
            day - dt.timedelta(days=1), reason="Cierre de la tienda")
        Placement.write(
            Placement.search([
                    ('equipment', 'in', [e.id for e in machines]),
                    ('to_date', '=', None)]),
            {'owner': old.id, 'user': old.id})
        address, = Address.create([{
                    'party': new.id,
                    'street_name': site.address.street_name,
                    'building_number': site.address.building_number,
                    'postal_code': site.address.postal_code,
                    'city': site.address.city,
                    'country': site.address.country.id,
                    }])
        # What stands there stays with the old one, as said above.
        with Transaction().set_context(_change_holder=True):
            Site.write([site], {'party': new.id, 'address': address.id})
        SiteParty.create([
                {
                    'site': site.id, 'party': old.id, 'role': 'occupant',
                    'to_date': day - dt.timedelta(days=1)},
                {
                    'site': site.id, 'party': new.id, 'role': 'occupant',
                    'from_date': day}])
        Placement.place(
            machines, site, date=day, reason="Cambio de inquilino")
        Contract.run(Contract.create([contracts.contract_values(
                        new, [site], "Mantenimiento", today, day,
                        equipments=machines)]))


def loan_unit(size, month, today):
    "An extinguisher is at the workshop, a loan hangs in its place"
    pool = Pool()
    Equipment = pool.get('maintenance.equipment')
    Site = pool.get('maintenance.site')
    site = sites(size)['hotel'][0]
    workshop, = Site.search([('code', '=', 'TALLER')])
    unit = equipment_of(site, 'EXT')[0]
    day = day_of(month, 9)
    with living(day):
        loan, = Equipment.create([{
                    'company': company().id,
                    'name': "Extintor de sustitución 1",
                    'category': unit.category.id,
                    'product': product('EXT6').id,
                    'serial': 'PRESTAMO-01',
                    'manufacturer': "Extinval",
                    'model': "P6",
                    'installed_date': day - relativedelta(months=20),
                    'commissioned_date': day - relativedelta(months=20),
                    'site': workshop.id,
                    }])
        Equipment.put_in_service([loan])
        Equipment.move(
            [unit], workshop, date=day, role='in_workshop',
            owner=site.party, user=site.party, reason="Retimbrado")
        Equipment.move(
            [loan], site, date=day, role='loan', owner=company().party,
            replaces=unit, reason="Sustituye al retimbrado")


def nobody_there(size, month, today):
    "The first visit fails, the second one does the work"
    pool = Pool()
    Order = pool.get('maintenance.order')
    Visit = pool.get('maintenance.visit')
    people = work.staff()
    site = sites(size)['community3'][0]
    day = day_of(month, 6)
    order = order_at(
        site, 'corrective', "Luz de emergencia fundida", day,
        equipment_of(site, 'EML')[:1])
    visit, = Visit.create([{
                'company': company().id,
                'site': site.id,
                'party': site.party.id,
                'tasks': [('add', [t.id for t in order.tasks])],
                'leader': people['vicent'].id,
                'employees': [('add', [people['vicent'].id])],
                'vehicle': people['vicent'].vehicle.id,
                'planned_start': at(day, 9),
                'planned_end': at(day, 10),
                }])
    Visit.write([visit], {
            'arrived_at': at(day, 9, 5), 'failed_reason': 'absent'})
    Visit.arrive([visit])
    Visit.fail(Visit.browse([visit]))
    visit_to(
        Order(order.id), day_of(month, 11), 'vicent',
        "Cambiada la batería.", today, parts=[('BAT12', 1)])


def town_hall_work(size, month, today):
    "Work that will be invoiced with the wrong file number"
    site = sites(size)['townhall'][1]
    order = order_at(
        site, 'installation', "Traslado de tres extintores", month,
        customer_reference='EXP-0000')
    visit_to(
        order, day_of(month, 17), 'ana',
        "Trasladados y señalizados los tres extintores de la sala de lectura.",
        today, hours=2, parts=[('EXT6', 1)])


def correct_and_reissue(size, month, today):
    "The town hall sends the invoice back: credit it and invoice it again"
    pool = Pool()
    Invoice = pool.get('account.invoice')
    InvoiceLine = pool.get('account.invoice.line')
    MoveLine = pool.get('account.move.line')
    Order = pool.get('maintenance.order')
    Share = pool.get('maintenance.visit.share')
    party = parties(size)['townhall']
    order, = Order.search([('customer_reference', '=', 'EXP-0000')])
    line = InvoiceLine.search([
            ('origin.visit.tasks.order', '=', order.id,
                'maintenance.visit.share')], limit=1)[0]
    invoice = line.invoice
    day = day_of(month, 10)
    with living(day):
        credit, = Invoice.credit(
            [invoice], invoice_date=day, reference=invoice.number)
        InvoiceLine.write(list(credit.lines), {'charge_again': True})
        Invoice.post([credit])
        MoveLine.reconcile([
                x for i in [invoice, Invoice(credit.id)]
                for x in i.move.lines if x.account == invoice.account])
        Order.write([order], {'customer_reference': 'EXP-2371'})
        Share.invoice_due(company=company(), date=day, parties=[party])


def returned_receipt(size, month, today):
    "The bank sends back a receipt for lack of funds"
    pool = Pool()
    Debit = pool.get('sepa.remittance.debit')
    Return = pool.get('sepa.return')
    day = day_of(month, 12)
    debits = Debit.search([
            ('party', '=', parties(size)['community2'].id),
            ('state', '=', 'succeeded'),
            ], order=[('date', 'DESC'), ('id', 'DESC')], limit=1)
    with living(day):
        Return.create_from_debits(debits, date=day, reason_code='AM04')


def signed_on_glass(size, month, today):
    "A report signed with the finger: its paper is kept"
    Visit = Pool().get('maintenance.visit')
    site = sites(size)['hotel'][0]
    day = day_of(month, 13)
    order = order_at(
        site, 'corrective', "La cámara no baja de 8 °C", day,
        equipment_of(site, 'CAM')[:1])
    job = visit_to(
        order, day, 'luca', "Cambiada la válvula, cámara a 3 °C.", today,
        parts=[('VALV', 1)], post=False)
    visit = Visit(job.visit.id)
    Visit.write([visit], {
            'signature': SIGNATURE, 'signature_kind': 'glass',
            'signer': "Enric Ribera"})
    sign_at(visit, at(day, 10, 40))
    Visit.post(Visit.browse([visit]))
    stamp(Visit, [(visit, {'posted_at': at(day, 18, 30)})])


def desk_today(size, month, today):
    "What lies on the desk this morning"
    pool = Pool()
    Ticket = pool.get('maintenance.ticket')
    Type = pool.get('maintenance.request.type')
    found = sites(size)
    question = Type.search([('outcome', '=', 'answer')], limit=1)[0]
    yesterday = today - dt.timedelta(days=1)
    places = [found[f'community{n}'][0] for n in (2, 3, 5)]
    values = [{
            'company': company().id,
            'subject': subject,
            'description': text,
            'channel': 'email',
            'received_at': at(yesterday, hour, 12),
            } for subject, text, hour in [
            ("Presupuesto", "Buenos días, ¿pueden pasar a ver la nave de "
                "Quart? Necesitamos extintores y una BIE.", 17),
            ("Pitido en el cuadro", "Desde anoche pita la central. "
                "Soy el conserje.", 18)]]
    values += [{
            'company': company().id,
            'subject': f"{subject} en {site.name}",
            'party': site.party.id,
            'site': site.id,
            'channel': 'phone',
            'received_at': at(yesterday, 9 + number, 20),
            } for number, (site, subject) in enumerate(zip(places, [
                "La puerta del garaje no abre", "Huele a quemado en la bomba",
                "Falta un extintor"], strict=True))]
    tickets = Ticket.create(values)
    Ticket.confirm(tickets[2:])
    Ticket.write(tickets[4:], {'type': question.id})
    Ticket.resolve(tickets[4:])
    stamp(Ticket, [(t, {'resolved_at': at(yesterday, 13)})
            for t in tickets[4:]])


def subcontracted(size, month, today):
    "Two machines which somebody else attends in our name"
    pool = Pool()
    Line = pool.get('maintenance.visit.line')
    Meter = pool.get('maintenance.meter')
    Task = pool.get('maintenance.order.task')
    Template = pool.get('checklist.template')
    User = pool.get('res.user')
    Version = pool.get('checklist.version')
    Visit = pool.get('maintenance.visit')
    norte, = User.search([('login', '=', 'norte')])
    template, = Template.create([{
                'company': company().id, 'name': "Revisión de climatización",
                }])
    version, = Version.create([{
                'template': template.id,
                'questions': [('create', [
                            {'code': code, 'text': text, **values}
                            for code, text, values in [
                                ('FILTRO', "Filtros limpios", {
                                        'answer_type': 'pass_fail',
                                        'severity': 'minor'}),
                                ('DESAGUE', "El desagüe corre", {
                                        'answer_type': 'pass_fail',
                                        'severity': 'major'}),
                                ('ALTA', "Presión de alta", {
                                        'answer_type': 'number',
                                        'unit': "bar",
                                        'minimum': Decimal(14),
                                        'maximum': Decimal(28),
                                        'severity': 'major'}),
                                ]])],
                }])
    Version.publish([version])
    site = sites(size)['hotel'][0]
    machines = equipment_of(site, 'CLI')
    Meter.create([{'equipment': m.id, 'name': "Horas"} for m in machines])
    yesterday = today - dt.timedelta(days=1)
    repair = order_at(
        site, 'corrective', "El aire no enfría", yesterday, machines[:1])
    check = order_at(
        site, 'preventive', "Revisión de climatización", today, machines)
    Task.write(list(check.tasks), {'checklist': template.id})
    done, _ = Visit.create([{
                'company': company().id,
                'site': site.id,
                'party': site.party.id,
                'tasks': [('add', [t.id for t in order.tasks])],
                'performer': norte.performer.id,
                'performer_cost': Decimal(cost),
                'planned_start': at(day, 10),
                'planned_end': at(day, 12),
                } for order, day, cost in [
                    (repair, yesterday, '95.00'), (check, today, '160.00')]])
    Visit.write([done], {
            'arrived_at': at(yesterday, 10, 10),
            'finished_at': at(yesterday, 11, 40),
            'work_done': "Recargado el circuito, sin fugas.",
            })
    Visit.arrive([done])
    Line.create([work.line_of(
                done, work.articles(), repair.tasks[0], 'work', 'MO', 1.5,
                duration=dt.timedelta(minutes=90))])
    Visit.finish(Visit.browse([done]))


def planned_week(size, month, today):
    "The rounds of the next days, one a technician and day"
    found = sites(size)
    keys = ['hotel', 'community1', 'community2', 'townhall', 'community3',
        'community4', 'community5', 'community6']
    for number, key in enumerate(keys):
        site = found[key][0]
        order = order_at(
            site, 'preventive', f"Revisión periódica en {site.name}", today,
            sorted(site.equipments, key=lambda e: e.id)[:4])
        day = working_day(today + dt.timedelta(days=1 + number // 4 * 2))
        visit_to(
            order, day, work.TECHNICIANS[number % 4], None, today, hours=2)


# What happens how many months ago, in the order of the day.
STORIES = {
    10: [audits.hotel],
    6: [nobody_there],
    5: [new_tenant],
    4: [town_hall_work, signed_on_glass],
    3: [correct_and_reissue, three_purposes],
    2: [loan_unit, returned_receipt],
    1: [audits.sports_hall],
    0: [desk_today, planned_week, subcontracted],
    }


def tell(size, month, today):
    "Let happen what belongs to the month"
    ago = (today.year - month.year) * 12 + today.month - month.month
    for story in STORIES.get(ago, []):
        story(size, month, today)

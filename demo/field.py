# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What the last weeks left open: visits in vain, parts on their way, prices
agreed beforehand, advice of the technicians, money and slips."""
import datetime as dt
from decimal import Decimal

from demo import pictures, stories, work
from demo.clock import at, living, stamp, working_day
from demo.customers import company, sites
from demo.machines import draw_machine
from demo.offers import service
from tests.world import product
from trytond.modules.maintenance_order.tests.tools import SIGNATURE
from trytond.pool import Pool

SHOP = "Ferretería La Alameda"


def before(today, days):
    "Return the working day so many days ago, never today"
    day = today - dt.timedelta(days=days)
    return day - dt.timedelta(days=max(0, day.weekday() - 4))


def fill(size, today):
    come_in_vain(size, today)
    wait_for_parts(size, today)
    send_by_courier(size, today)
    near_the_cap(size, today)
    advise(size, today)
    buy_on_the_way(size, today)
    take_money(size, today)
    full_report(size, today)
    subcontract(size, today)


def _fail(order, day, login, hour, reason, text=None):
    "The team stands before the door"
    Visit = Pool().get('maintenance.visit')
    leader = work.staff()[login]
    visit, = Visit.create([{
                'company': company().id,
                'site': order.site.id,
                'party': order.party.id,
                'tasks': [('add', [t.id for t in order.tasks])],
                'leader': leader.id,
                'employees': [('add', [leader.id])],
                'vehicle': leader.vehicle.id,
                'planned_start': at(day, hour),
                'planned_end': at(day, hour + 1),
                }])
    Visit.write([visit], {
            'arrived_at': at(day, hour, 10),
            'finished_at': at(day, hour, 30),
            'failed_reason': reason,
            'work_done': text,
            'distance': order.site.distance,
            })
    Visit.arrive([visit])
    with living(day):
        Visit.fail(Visit.browse([visit]))
    return visit


def come_in_vain(size, today):
    """Nobody opened: twice at two places, which get a letter, once at another

    Who was not there the first time has a second visit planned.
    """
    pool = Pool()
    Configuration = pool.get('maintenance.configuration')
    configuration = Configuration(1)
    configuration.letter_attempts = 2
    configuration.save()
    found = sites(size)
    for key, code, text, days, reasons, login in [
            ('community6', 'EXT', "Revisión anual de extintores", (13, 6),
                ('absent', 'absent'), 'vicent'),
            ('tenant_old', 'CLI', "El aire de la tienda no enfría", (10, 4),
                ('absent', 'no_access'), 'pau'),
            ('community2', 'BOM', "El grupo de presión hace ruido", (5,),
                ('no_access',), 'ana')]:
        site, *_ = found[key] or found['hotel']
        order = stories.order_at(
            site, 'corrective' if code != 'EXT' else 'preventive', text,
            before(today, days[0] + 2), stories.equipment_of(site, code)[:2])
        for number, (ago, reason) in enumerate(
                zip(days, reasons, strict=True)):
            _fail(order, before(today, ago), login, 9 + 3 * number, reason, (
                    "Llamado al timbre y al teléfono, no contesta nadie."
                    if reason == 'absent'
                    else "El cuarto está cerrado y el conserje no tiene "
                    "llave."))
        if len(days) == 1:
            stories.visit_to(
                _again(order), working_day(today + dt.timedelta(days=2)),
                login, None, today, hours=1)


def _again(order):
    return Pool().get('maintenance.order')(order.id)


def _supplier(name):
    Party = Pool().get('party.party')
    parties = Party.search([('name', '=', name)])
    if not parties:
        parties = Party.create([{
                    'name': name,
                    'addresses': [('create', [{}])],
                    'contact_mechanisms': [('create', [{
                                    'type': 'email',
                                    'value': 'pedidos@recambios.example',
                                    }])],
                    }])
    return parties[0]


def _purchase(supplier, day, delivery, parts):
    "Return the confirmed purchase of the parts"
    pool = Pool()
    Line = pool.get('purchase.line')
    Purchase = pool.get('purchase.purchase')
    with living(day):
        purchase = Purchase(company=company(), party=supplier)
        purchase.on_change_party()
        purchase.currency = company().currency
        purchase.purchase_date = day
        purchase.invoice_address = supplier.addresses[0]
        lines = []
        for code, quantity in parts:
            line = Line(type='line', product=product(code), quantity=quantity)
            line.on_change_product()
            line.unit_price = product(code).cost_price
            line.delivery_date_store = delivery
            lines.append(line)
        purchase.lines = lines
        purchase.save()
        Purchase.quote([purchase])
        Purchase.confirm(Purchase.browse([purchase]))
    return Purchase(purchase.id)


def _buy(code):
    "Let the part be bought"
    template = product(code).template
    template.purchasable = True
    template.purchase_uom = template.default_uom
    template.save()


def wait_for_parts(size, today):
    "An order for each step on the way of a part, one of them fitted"
    pool = Pool()
    Material = pool.get('maintenance.order.material')
    found = sites(size)
    for code in ('COMP', 'VALV', 'SIRENA', 'MANG20', 'BAT12'):
        _buy(code)
    supplier = _supplier("Recambios del Turia S.L.")
    day = before(today, 4)
    purchase = _purchase(
        supplier, day, today + dt.timedelta(days=2),
        [('VALV', 1), ('MANG20', 2)])
    arrived = _purchase(
        supplier, before(today, 9), before(today, 2), [('SIRENA', 2)])

    def order_of(key, code, text, parts, place=0):
        site = found[key][place]
        order = stories.order_at(
            site, 'repair', text, day, stories.equipment_of(site, code)[:1])
        return order, Material.create([{
                    'order': order.id,
                    'task': order.tasks[0].id,
                    'product': product(part).id,
                    'quantity': quantity,
                    } for part, quantity in parts])

    # Ordered: the task waits, and the customer can be told until when.
    _, materials = order_of(
        'hotel', 'CAM', "Cambiar la válvula de expansión de la cámara",
        [('VALV', 1)])
    Material.write(materials, {
            'supplier': supplier.id,
            'purchase_reference': purchase.number,
            'expected': today + dt.timedelta(days=2)})
    Material.buy(materials)
    _, materials = order_of(
        'townhall', 'BIE', "Cambiar dos mangueras de BIE",
        [('MANG20', 2), ('BAT12', 1)])
    Material.write(materials[:1], {
            'supplier': supplier.id,
            'purchase_reference': purchase.number,
            'expected': today + dt.timedelta(days=2)})
    Material.buy(materials[:1])
    Material.reserve(_received(materials[1:]))
    # Arrived: its task is to plan again.
    _, materials = order_of(
        'community3', 'EML', "Colocar la sirena del garaje", [('SIRENA', 1)])
    Material.write(materials, {
            'supplier': supplier.id,
            'purchase_reference': arrived.number})
    Material.buy(materials)
    _received(materials)
    # Wanted, asked for, and in the van for tomorrow.
    _, materials = order_of(
        'community5', 'PTA', "Renovar las baterías de los mandos",
        [('BAT12', 4), ('COMP', 1)])
    Material.write(materials[1:], {'supplier': supplier.id})
    Material.request(materials[1:])
    order, materials = order_of(
        'community4', 'BOM', "Cambiar el condensador de la bomba 1",
        [('COMP', 1)])
    Material.load(_received(materials))
    stories.visit_to(
        order, working_day(today + dt.timedelta(days=1)), 'luca', None,
        today, hours=1)
    # Fitted, by the report of the visit.
    order, materials = order_of(
        'community1', 'EML', "Cambiar la batería de la luz de la escalera",
        [('BAT12', 1)])
    Material.load(_received(materials))
    stories.visit_to(
        order, before(today, 2), 'pau',
        "Cambiada la batería, una hora de autonomía.", today, hours=.75,
        parts=[('BAT12', 1)])


def _received(materials):
    Material = Pool().get('maintenance.order.material')
    Material.receive(materials)
    return Material.browse(materials)


def send_by_courier(size, today):
    "Goods without a visit: one sent, one to send"
    pool = Pool()
    Location = pool.get('stock.location')
    Material = pool.get('maintenance.order.material')
    Visit = pool.get('maintenance.visit')
    warehouse, = Location.search([('type', '=', 'warehouse')], limit=1)
    found = sites(size)
    day = before(today, 3)
    for key, text, parts, courier in [
            ('hotel', "Filtros para que los cambie su mantenimiento",
                [('FILTRO', 6)], "Enviado por SEUR, n.º 3381 0457 22"),
            ('townhall', "Extintor de repuesto para la brigada",
                [('EXT6', 2)], None)]:
        with living(day):
            order = stories.order_at(found[key][0], 'supply', text, day)
            Material.create([{
                        'order': order.id,
                        'product': product(code).id,
                        'quantity': quantity,
                        } for code, quantity in parts])
            if courier:
                visit = _again(order).ship_materials(
                    warehouse.storage_location, courier)
                Visit.write([visit], {'work_done': text})
                stamp(Visit, [(visit, {
                                'arrived_at': at(day, 12),
                                'finished_at': at(day, 12),
                                'date': day,
                                'posted_at': at(day, 12, 5)})])


def near_the_cap(size, today):
    "What was agreed not to be passed is nearly used up, and work is left"
    site = sites(size)['community3'][-1]
    day = before(today, 7)
    order = stories.order_at(
        site, 'installation', "Instalar un cierre automático en el garaje",
        day, agreed_kind='cap',
        agreed_amount=Decimal('420.00'), agreed_with="Fincas Albufera",
        agreed_on=before(today, 9), agreed_means='mail')
    Task = Pool().get('maintenance.order.task')
    Task.create([{
                'company': company().id,
                'order': order.id,
                'kind': 'repair',
                'description': "Alinear la guía y probar las seguridades",
                }])
    order = _again(order)
    stories.visit_to(
        order, day, 'luca', "Montado el cierre y su alimentación, falta "
        "alinear la guía.", today, hours=5, parts=[('COMP', 2), ('BAT12', 4)],
        tasks=order.tasks[:1])
    stories.visit_to(
        order, working_day(today + dt.timedelta(days=3)), 'luca', None,
        today, hours=2, tasks=order.tasks[1:])


def _photos(visit, rows):
    Photo = Pool().get('maintenance.visit.photo')
    Photo.create([{
                'visit': visit.id,
                'task': visit.tasks[0].id,
                'moment': moment,
                'picture': picture,
                'name': f'{moment}-{number}.jpg',
                'description': text,
                'printed': True,
                'taken_at': visit.arrived_at + dt.timedelta(
                    minutes=10 if moment == 'before' else 70, seconds=number),
                } for number, (moment, text, picture) in enumerate(rows, 1)])


def _reported(order, day, login, done, today, recommended=None, photos=(),
        **options):
    "Report a visit with what the technician advises, and what he saw"
    Visit = Pool().get('maintenance.visit')
    with living(day):
        job = stories.visit_to(
            order, day, login, done, today, post=False, **options)
        visit = Visit(job.visit.id)
        Visit.write([visit], {'recommendations': recommended})
        _photos(Visit(visit.id), photos)
        Visit.post(Visit.browse([visit]))
    stamp(Visit, [(visit, {'posted_at': at(day, 18, 30)})])
    return Visit(visit.id)


def advise(size, today):
    "Advice which nobody answered, quoted, accepted and refused"
    pool = Pool()
    Recommendation = pool.get('maintenance.recommendation')
    Sale = pool.get('sale.sale')
    found = sites(size)
    rows = [
        ('community5', 'BOM', 11, 'pau', "Revisado el grupo de presión.", [
                ("Cambiar el calderín, tiene la membrana picada", 'BAT12'),
                ("Poner una válvula antirretorno nueva en la impulsión",
                    'VALV'),
                ], 'quoted'),
        ('community1', 'BOM', 12, 'luca', "Ajustado el presostato.", [
                ("Cambiar la válvula de impulsión, no cierra del todo",
                    'VALV')], 'accepted'),
        ('hotel', 'CLI', 8, 'pau', "Limpieza de filtros y desagües.", [
                ("Cambiar los filtros de recepción por otros de más clase",
                    'FILTRO'),
                ("Proteger del sol la unidad exterior de la cubierta", None),
                ], 'open'),
        ('townhall', 'EXT', 9, 'ana', "Revisados los extintores.", [
                ("Poner un extintor de CO2 junto al cuadro eléctrico",
                    'EXT6')], 'refused'),
        ]
    for key, code, ago, login, done, advice, outcome in rows:
        site = found[key][0]
        machines = stories.equipment_of(site, code)[:1]
        day = before(today, ago)
        order = stories.order_at(
            site, 'corrective', done.rstrip('.'), day, machines)
        look = {
            'CLI': ((240, 242, 244), (190, 205, 214)),
            'EXT': ((196, 30, 34), (226, 224, 218))}.get(code)
        visit = _reported(
            order, day, login, done, today, hours=1.25,
            recommended='\n'.join(f"- {text}" for text, _ in advice),
            photos=[('other', advice[0][0], (
                        draw_machine(code, *look) if look
                        else pictures.draw_place(advice[0][0][:40], True)))])
        recommended = Recommendation.search(
            [('visit', '=', visit.id)], order=[('id', 'ASC')])
        for recommendation, (_, part) in zip(
                recommended, advice, strict=True):
            if part and not recommendation.product:
                recommendation.product = product(part)
        Recommendation.save(recommended)
        if outcome == 'refused':
            Recommendation.refuse(recommended)
        elif outcome != 'open':
            with living(before(today, ago - 2)):
                sale = Recommendation.quote_all(recommended)
                Sale.quote([sale])
                if outcome == 'accepted':
                    Sale.confirm(Sale.browse([sale]))


def buy_on_the_way(size, today):
    "What the technician laid out, with the slip of the shop"
    site = sites(size)['community6'][0]
    day = before(today, 3)
    rows = [("Tornillería inox", Decimal('7.85')),
        ("Silicona neutra", Decimal('5.60'))]
    order = stories.order_at(
        site, 'repair', "Fijar el armario de la BIE del portal", day)

    def lines(job, goods):
        task = order.tasks[0]
        common = {
            'visit': job.visit.id, 'company': company().id, 'task': task.id,
            'kind': 'expense', 'quantity': 1}
        return [
            work.line_of(
                job.visit, goods, task, 'work', 'MO',
                duration=dt.timedelta(hours=1)),
            work.line_of(job.visit, goods, task, 'call_out', 'SALIDA'),
            {
                **common,
                'description': "Tornillería y silicona",
                'cost': Decimal('13.45'),
                'list_price': Decimal('17.00'),
                'paid_by': 'employee',
                'receipt': pictures.draw_receipt(SHOP, day, rows),
                'receipt_name': 'tique-ferreteria.jpg',
                },
            {
                **common,
                'description': "Aparcamiento",
                'cost': Decimal('4.20'),
                'list_price': Decimal('4.20'),
                'paid_by': 'company',
                'receipt': pictures.draw_receipt(
                    "Parking Porta de la Mar", day,
                    [("1 h 35 min", Decimal('4.20'))]),
                'receipt_name': 'tique-parking.jpg',
                },
            ]

    stories.visit_to(
        order, day, 'vicent', "Armario fijado a la pared con tacos químicos.",
        today, hours=1, lines=lines)


def take_money(size, today):
    "Cash which is still in a van, and what was handed in"
    pool = Pool()
    Payment = pool.get('maintenance.visit.payment')
    found = sites(size)
    # What the work costs with its taxes.
    for key, days, login, hours, means, amount, reference, handed_in in [
            ('community4', 2, 'luca', 1, 'cash', '93.17', None, False),
            ('community2', 4, 'pau', 1.5, 'card', '118.58', "Op. 004817",
                False),
            ('community1', 9, 'vicent', .5, 'cash', '67.76', None, True)]:
        site = found[key][0]
        day = before(today, days)
        order = stories.order_at(
            site, 'corrective', "Desatascar el desagüe del garaje", day)
        job = stories.visit_to(
            order, day, login, "Desatascado y comprobado con agua.", today,
            hours=hours)
        payment, = Payment.create([{
                    'visit': job.visit.id,
                    'employee': work.staff()[login].id,
                    'means': means,
                    'amount': Decimal(amount),
                    'reference': reference,
                    'date': day,
                    }])
        if handed_in:
            Payment.hand_in([payment])
            stamp(Payment, [(payment, {'handed_in_at': at(day, 19)})])


def full_report(size, today):
    "A report of two pages: pictures, advice, an objection and a signature"
    pool = Pool()
    Line = pool.get('maintenance.visit.line')
    Visit = pool.get('maintenance.visit')
    site = sites(size)['hotel'][0]
    day = before(today, 5)
    machines = stories.equipment_of(site, 'BIE')[:2]
    order = stories.order_at(
        site, 'repair', "Renovar la acometida de las BIE del garaje", day,
        machines)
    with living(day):
        job = stories.visit_to(
            order, day, 'ana',
            "Al llegar, la válvula de corte goteaba y el manómetro marcaba "
            "2 bar.\n"
            "Vaciado el tramo del garaje, cambiadas la válvula y las dos "
            "mangueras, limpiado y pintado el tubo.\n"
            "Probado una hora a 10 bar sin pérdidas; presión dinámica en la "
            "BIE más alejada, 3,8 bar. Señales repuestas.",
            today, hours=3.5, helper='pau',
            parts=[('VALV', 1), ('MANG20', 2)], post=False)
        visit = Visit(job.visit.id)
        Visit.write([visit], {
                'recommendations': (
                    "- Cambiar el soporte de la BIE 2, está oxidado\n"
                    "- Poner un manómetro con glicerina en la acometida\n"
                    "- Pedir al jardinero que no tape la boca del exterior"),
                'signature': SIGNATURE,
                'signature_kind': 'glass',
                'signer': "Enric Ribera",
                'signer_identifier': '20411004Q',
                })
        _photos(Visit(visit.id), [
                (moment, text, pictures.draw_place(text, moment == 'before'))
                for moment, text in [
                    ('before', "Válvula de corte al llegar"),
                    ('before', "Tubo oxidado del garaje"),
                    ('after', "Válvula nueva"),
                    ('after', "Tubo pintado y señal repuesta")]])
        hoses = [l for l in Visit(visit.id).lines
            if l.product and l.product.code == 'MANG20']
        Line.write(hoses, {
                'disputed_quantity': 1,
                'dispute_reason': "El cliente dice que la segunda manguera "
                "entraba en la revisión de abril."})
        visit, = Visit.browse([visit])
        Visit.decide([visit])
        stories.sign_at(visit, at(day, 12, 40))
        Visit.post(Visit.browse([visit]))
    stamp(Visit, [(visit, {'posted_at': at(day, 18, 30)})])


def subcontract(size, today):
    "Frío Norte did it for the agreed cost, which is to be bought"
    pool = Pool()
    Address = pool.get('party.address')
    Configuration = pool.get('maintenance.configuration')
    Line = pool.get('maintenance.visit.line')
    User = pool.get('res.user')
    Visit = pool.get('maintenance.visit')
    norte, = User.search([('login', '=', 'norte')])
    configuration = Configuration(1)
    unit = product('SALIDA').default_uom
    configuration.subcontract_product = service(
        'SUBC', "Trabajos subcontratados", '0', salable=False,
        purchasable=True, purchase_uom=unit.id)
    configuration.save()
    Address.create([{
                'party': norte.performer.id,
                'street_name': "Carrer dels Gremis",
                'building_number': '22',
                'postal_code': '46014',
                'city': "València",
                }])
    site = sites(size)['townhall'][0]
    day = before(today, 6)
    order = stories.order_at(
        site, 'repair', "Cambiar el compresor del aire de la sala", day,
        stories.equipment_of(site, 'CLI')[:1],
        customer_reference='EXP-4988')
    with living(day):
        visit, = Visit.create([{
                    'company': company().id,
                    'site': site.id,
                    'party': site.party.id,
                    'tasks': [('add', [t.id for t in order.tasks])],
                    'performer': norte.performer.id,
                    'performer_cost': Decimal('340.00'),
                    'planned_start': at(day, 9),
                    'planned_end': at(day, 13),
                    }])
        Visit.write([visit], {
                'arrived_at': at(day, 9, 15),
                'finished_at': at(day, 12, 50),
                'work_done': "Cambiado el compresor, vacío y carga de "
                "1,2 kg de R32, salto térmico de 12 °C.",
                'signature_kind': 'paper',
                'signer': "Rosa Cervera",
                })
        Visit.arrive([visit])
        goods = work.articles()
        Line.create([
                work.line_of(
                    visit, goods, order.tasks[0], 'work', 'MO',
                    duration=dt.timedelta(hours=3.5), quantity=3.5),
                work.line_of(
                    visit, goods, order.tasks[0], 'call_out', 'SALIDA')])
        Visit.finish(Visit.browse([visit]))
        Visit.post(Visit.browse([visit]))
    stamp(Visit, [(visit, {'posted_at': at(day, 18)})])

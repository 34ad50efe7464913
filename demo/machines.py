# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What the machines live through: what they count, when they stand still,
and how they look."""
import datetime as dt
import io
import random
from decimal import Decimal

from dateutil.relativedelta import relativedelta
from PIL import Image, ImageDraw, ImageFont

from demo.clock import at, working_day
from demo.people import SEED
from trytond.pool import Pool

# What each kind counts and how much of it in a month.
COUNTERS = {
    'COP': (("Copias en negro", 4200), ("Copias en color", 1300)),
    'CPR': (("Horas de marcha", 310),),
    'BOM': (("Horas de marcha", 95),),
    }
METERED = 6
FAILURES = {
    'CLI': ("Fuga de gas refrigerante", "Bomba de condensados atascada",
        "Placa electrónica averiada"),
    'CAM': ("No baja de 8 °C", "Resistencia de desescarche fundida"),
    'CAL': ("Bloqueo de quemador", "Fallo de encendido"),
    'BOM': ("Presostato averiado", "Bomba 2 no arranca"),
    'PTA': ("Muelle roto", "La puerta no cierra", "Fotocélula averiada"),
    'CPR': ("Disparo por temperatura", "Fuga de aceite"),
    'COP': ("Atasco de papel continuo", "Fusor averiado"),
    }
HOURS = (2, 3, 5, 9, 22, 26, 47)
# The colour of the body and of what stands behind it.
LOOKS = {
    'EXT': ((196, 30, 34), (226, 224, 218)),
    'BIE': ((170, 24, 30), (214, 216, 214)),
    'CLI': ((240, 242, 244), (190, 205, 214)),
    'CAM': ((206, 212, 218), (150, 160, 168)),
    'COP': ((92, 98, 106), (222, 216, 206)),
    }

# kind, name, category, maker, model, serial, what it is made of
PLANT = [
    ('plant', "Planta de frío del edificio", 'CLI', None, None, 'PF-01', [
            ('machine', "Enfriadora de la cubierta", 'CLI', "Termofrío",
                "EW120", 'EW120-40218', [
                    ('component', "Compresor 1, circuito A", 'CLI',
                        "Termofrío", "SC60", 'SC60-77120', []),
                    ('component', "Compresor 2, circuito B", 'CLI',
                        "Termofrío", "SC60", 'SC60-77121', []),
                    ('component', "Intercambiador de placas", 'CLI',
                        "Termofrío", "PL45", 'PL45-3306', []),
                    ]),
            ('machine', "Bomba de primario", 'BOM', "Hidroval", "CP50",
                'CP50-9931', [
                    ('component', "Variador de frecuencia", 'BOM',
                        "Hidroval", "VF11", 'VF11-0452', []),
                    ]),
            ('machine', "Climatizadora planta 1", 'CLI', "Aircor", "AHU8",
                'AHU8-1180', []),
            ('machine', "Climatizadora planta 2", 'CLI', "Aircor", "AHU8",
                'AHU8-1181', []),
            ]),
    ]


def machines_of(code):
    Equipment = Pool().get('maintenance.equipment')
    return Equipment.search([
            ('category.code', '=', code),
            ('state', '=', 'in_service'),
            ('site', '!=', None),
            ], order=[('id', 'ASC')])


def read_meters(today):
    "A year of monthly readings, with less in August"
    pool = Pool()
    Meter = pool.get('maintenance.meter')
    Reading = pool.get('maintenance.meter.reading')
    Uom = pool.get('product.uom')
    rng = random.Random(f'{SEED}-meters')
    hour, = Uom.search([('symbol', '=', 'h')], limit=1)
    first = today.replace(day=1)
    days = [first - relativedelta(months=n) for n in range(12, -1, -1)]
    for code, counters in COUNTERS.items():
        machines = machines_of(code)[:METERED]
        for name, month in counters:
            values = {'name': name}
            if code != 'COP':
                values['unit'] = hour.id
            meters = Meter.create([
                    {**values, 'equipment': m.id} for m in machines])
            rows = []
            for meter in meters:
                start = meter.equipment.installed_date
                usual = month * rng.uniform(0.6, 1.4)
                value = max((days[0] - start).days, 0) / 30 * usual
                for day in days:
                    if day <= start:
                        continue
                    share = 0.35 if day.month == 9 else rng.uniform(0.8, 1.2)
                    value += usual * share
                    rows.append({
                            'meter': meter.id,
                            'when': at(day, 10, rng.randrange(60)),
                            'value': Decimal(round(value)),
                            'source': 'technician',
                            })
            Reading.confirm(Reading.create(rows))


def stand_still(today):
    "What broke in the year, what was stopped on purpose, what stands now"
    Downtime = Pool().get('maintenance.downtime')
    rng = random.Random(f'{SEED}-downtime')
    rows = []
    for code, reasons in FAILURES.items():
        machines = machines_of(code)
        often, *others = machines or [None]
        if not often:
            continue
        # Of each kind one machine fails often.
        failing = [often] * 4 + rng.sample(others, min(len(others), 5))
        for number, machine in enumerate(failing):
            since = max(
                machine.commissioned_date or machine.installed_date,
                today - relativedelta(months=12))
            # Each of its own weeks, so that no two of a machine meet.
            step = max((today - since).days - 10, 4) // 4
            day = since + dt.timedelta(
                days=step * (number % 4) + rng.randint(1, max(step - 4, 1)))
            start = at(working_day(day), rng.randint(8, 17), 20)
            if start.date() >= today - dt.timedelta(days=3):
                continue
            rows.append({
                    'equipment': machine.id,
                    'start': start,
                    'end': start + dt.timedelta(
                        hours=rng.choice(HOURS), minutes=rng.randrange(60)),
                    'reason': reasons[number % len(reasons)],
                    })
        if others:
            day = working_day(today - relativedelta(months=3))
            rows.append({
                    'equipment': others[-1].id,
                    'start': at(day, 9),
                    'end': at(day, 13),
                    'planned': True,
                    'reason': "Revisión anual",
                    })
    stands = machines_of('PTA')[-1:] + machines_of('CAM')[-1:]
    rows += [{
            'equipment': machine.id,
            'start': at(today - dt.timedelta(days=2 - number), 11, 15),
            'reason': "Pendiente de recambio",
            } for number, machine in enumerate(stands)]
    Downtime.create(rows)


def assemble(today):
    """A plant: what cools a building, made of machines with their components

    It stands where no contract is running, which would have to cover it.
    """
    pool = Pool()
    Contract = pool.get('service.contract')
    Equipment = pool.get('maintenance.equipment')
    under = {
        s.id for c in Contract.search([('state', '=', 'running')])
        for s in c.sites}
    sites = [
        m.site for code in ('CLI', 'BOM', 'CPR', 'EXT')
        for m in machines_of(code) if m.site.id not in under]
    if not sites:
        return
    site = sites[0]
    category = {
        m.category.code: m.category
        for code in ('CLI', 'BOM') for m in machines_of(code)[:1]}

    def build(parts, parent=None):
        for kind, name, code, maker, model, serial, components in parts:
            machine, = Equipment.create([{
                        'company': site.company.id,
                        'kind': kind,
                        'parent': parent.id if parent else None,
                        'name': name,
                        'category': (
                            category[code].id if code in category else None),
                        'manufacturer': maker,
                        'model': model,
                        'serial': serial,
                        'manufactured_date': since - relativedelta(months=3),
                        'installed_date': since,
                        'commissioned_date': since,
                        'site': site.id,
                        }])
            Equipment.put_in_service([machine])
            build(components, machine)

    since = today - relativedelta(years=4, months=2)
    build(PLANT)


def photograph(today):
    "The machine where it stands and its plate, of the first of some kinds"
    Photo = Pool().get('maintenance.equipment.photo')
    rows = []
    for code, look in LOOKS.items():
        for machine in machines_of(code)[:4]:
            for image, caption in [
                    (draw_machine(code, *look), "Vista general"),
                    (draw_plate(machine), "Placa")]:
                rows.append({
                        'equipment': machine.id,
                        'image': image,
                        'caption': caption,
                        'date': today - relativedelta(months=2),
                        })
    Photo.create(rows)


def draw_machine(code, body, wall):
    image = Image.new('RGB', (480, 360), wall)
    draw = ImageDraw.Draw(image)
    dark = tuple(int(c * .7) for c in body)
    floor = tuple(int(c * .75) for c in wall)
    draw.rectangle((0, 300, 480, 360), fill=floor)
    if code == 'EXT':
        draw.rounded_rectangle((195, 110, 285, 310), 36, fill=body)
        draw.rectangle((205, 180, 275, 250), fill='white')
        draw.rectangle((225, 86, 255, 116), fill=(40, 40, 40))
        draw.line((220, 84, 275, 76), fill=(40, 40, 40), width=10)
        draw.arc((140, 90, 240, 260), 100, 275, fill=(30, 30, 30), width=8)
    elif code == 'BIE':
        draw.rectangle((130, 60, 350, 280), fill=dark)
        draw.ellipse((150, 80, 330, 260), fill=body)
        for width in range(20, 90, 14):
            draw.ellipse(
                (150 + width, 80 + width, 330 - width, 260 - width),
                outline=(235, 235, 235), width=4)
    elif code == 'CLI':
        draw.rounded_rectangle((80, 90, 400, 200), 18, fill=body)
        draw.rectangle((100, 172, 380, 186), fill=(120, 126, 132))
        draw.ellipse((360, 110, 372, 122), fill=(60, 170, 90))
    elif code == 'CAM':
        draw.rectangle((120, 30, 360, 305), fill=body, outline=dark, width=6)
        draw.rectangle((330, 150, 344, 210), fill=(60, 60, 60))
        draw.rectangle((150, 60, 220, 90), fill=(20, 40, 60))
    else:
        draw.rectangle((120, 150, 360, 310), fill=body)
        draw.polygon(
            [(110, 150), (370, 150), (350, 110), (130, 110)], fill=dark)
        draw.rectangle((270, 122, 340, 142), fill=(110, 190, 220))
        for top in (190, 230, 270):
            draw.line((130, top, 350, top), fill=dark, width=4)
    return save(image)


def draw_plate(machine):
    image = Image.new('RGB', (480, 300), (70, 74, 78))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle(
        (20, 20, 460, 280), 16, fill=(206, 208, 210), outline=(40, 40, 40),
        width=3)
    for x, y in [(36, 36), (432, 36), (36, 252), (432, 252)]:
        draw.ellipse((x, y, x + 12, y + 12), fill=(90, 90, 90))
    made = machine.manufactured_date
    lines = [
        machine.manufacturer or '', f"Mod. {machine.model or ''}",
        f"N/S {machine.manufacturer_serial or machine.serial}",
        f"{made:%m/%Y}" if made else '']
    for number, text in enumerate(lines):
        draw.text(
            (64, 52 + 52 * number), text, fill=(24, 24, 24),
            font=ImageFont.load_default(36 if not number else 28))
    return save(image)


def save(image):
    output = io.BytesIO()
    image.save(output, 'JPEG', quality=80)
    return output.getvalue()

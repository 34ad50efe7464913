# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What the technicians may do, when they are away, and who is on call."""
import datetime as dt

from dateutil.easter import easter
from dateutil.relativedelta import relativedelta

from demo import work
from demo.clock import at
from demo.customers import categories, company, sites
from trytond.pool import Pool

DAY = dt.timedelta(days=1)
# login, kind, number, until in so many days (none without end)
CREDENTIALS = (
    ('pau', 'safety', 'PRL-60-11873', 640),
    ('pau', 'f_gas', 'RITE-GF-46-2291', None),
    ('pau', 'heights', 'ALT-2291', 210),
    ('ana', 'safety', 'PRL-60-12044', 410),
    ('ana', 'fire', 'RIPCI-CV-0418', 1100),
    ('ana', 'heights', 'ALT-2307', 18),
    ('luca', 'safety', 'PRL-60-12310', 300),
    ('luca', 'f_gas', 'FGAS-IT-77120', -12),
    ('luca', 'electrician', 'IEBT-46-0907', None),
    ('vicent', 'safety', 'PRL-20-10655', 25),
    ('vicent', 'electrician', 'IEBT-46-1155', None),
    ('vicent', 'fire', 'RIPCI-CV-0533', 520),
    )
# What works on gas needs, and who was shown round the hotel.
REQUIRED = {'CLI': ['f_gas'], 'CAM': ['f_gas']}
INDUCTED = (('pau', 240), ('ana', 330))
PHONE = '+34600112233'


def next_week(today):
    "Return the Monday of the week after this one"
    return today + dt.timedelta(days=7 - today.weekday())


def write(size, today):
    entitle(size, today)
    stay_away(today)
    celebrate(size, today)
    answer_calls(today)


def entitle(size, today):
    "What each may do; one lapsed, two soon will"
    pool = Pool()
    Category = pool.get('maintenance.equipment.category')
    Credential = pool.get('maintenance.credential')
    Site = pool.get('maintenance.site')
    people = work.staff()
    hotel = sites(size)['hotel'][0]
    inducted = [(login, 'induction', None, days) for login, days in INDUCTED]
    Credential.create([{
                'company': company().id,
                'employee': people[login].id,
                'kind': kind,
                'number': number,
                'site': hotel.id if kind == 'induction' else None,
                'until': today + days * DAY if days else None,
                } for login, kind, number, days in [*CREDENTIALS, *inducted]])
    Site.write([hotel], {'credentials': ['induction']})
    found = categories()
    Category.write(*[x for code, kinds in REQUIRED.items()
            for x in ([found[code]], {'credentials': kinds})])


def stay_away(today):
    "Holidays next week and later, and days in the past without visits"
    Absence = Pool().get('maintenance.absence')
    people = work.staff()
    monday = next_week(today)
    rows = [
        ('vicent', 'holiday', monday, monday + 4 * DAY,
            "Pedidas desde la primavera"),
        ('luca', 'training', monday + 9 * DAY, monday + 10 * DAY,
            "Renovación del carné de gases fluorados"),
        ('carmen', 'other', monday + DAY, monday + DAY, "Médico"),
        ]
    for login, kind, count, note in [
            ('pau', 'holiday', 5, None),
            ('ana', 'illness', 2, "Gripe, con parte de baja")]:
        day = _free(people[login], count, today - 15 * DAY)
        if day:
            rows.append((
                    login, kind, day, day + (count - 1) * DAY, note))
    Absence.create([{
                'company': company().id,
                'employee': people[login].id,
                'kind': kind,
                'from_date': start,
                'to_date': end,
                'note': note,
                } for login, kind, start, end, note in rows])


def _free(employee, count, before):
    "Return the last of the days of a week on which somebody made no visit"
    Visit = Pool().get('maintenance.visit')
    busy = {v.date for v in Visit.search([
                ('employees', '=', employee.id),
                ('date', '>=', before - 200 * DAY)])}
    for number in range(200):
        day = before - number * DAY
        if day.weekday() + count <= 5 and not busy & {
                day + n * DAY for n in range(count)}:
            return day


def celebrate(size, today):
    "What the calendar of the country does not know"
    Holiday = Pool().get('maintenance.holiday')
    hotel = sites(size)['hotel'][0]
    rows = []
    for year in (today.year, today.year + 1):
        rows += [
            (dt.date(year, 3, 19), "San José (Fallas)", {}),
            (easter(year) + 8 * DAY, "San Vicente Ferrer", {}),
            (dt.date(year, 10, 9), "Día de la Comunitat Valenciana", {}),
            (dt.date(year, 7, 28), "Fiestas de Aldaia", {}),
            # Hotels are open when the others rest.
            (dt.date(year, 12, 8), "Puente de la Inmaculada, hotel abierto",
                {'site': hotel.id, 'works': True}),
            ]
    Holiday.create([{
                'company': company().id, 'date': date, 'name': name, **values,
                } for date, name, values in rows])


def answer_calls(today):
    "Each a week, from Monday evening to Monday morning"
    Duty = Pool().get('maintenance.duty')
    people = work.staff()
    first = next_week(today) - relativedelta(weeks=5)
    # Who is on holiday next week is not called.
    logins = ['vicent', 'luca', 'ana', 'pau', 'luca', 'ana', 'pau', 'vicent',
        'luca', 'ana']
    Duty.create([{
                'company': company().id,
                'employee': people[login].id,
                'team': "Urgencias",
                'start': at(first + number * 7 * DAY, 18),
                'end': at(first + (number + 1) * 7 * DAY, 8),
                'phone': PHONE,
                } for number, login in enumerate(logins)])

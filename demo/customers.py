# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The customers, their places, their machines and what the bank knows."""
import datetime as dt
import random
from dataclasses import dataclass

from dateutil.relativedelta import relativedelta

from demo.people import SEED, address_at, contact_name, customers
from tests.world import bank_number, country
from trytond.pool import Pool
from trytond.transaction import Transaction

CHUNK = 200
BANKS = {
    '2100': None,
    '0182': ("Banco de Bilbao", 'BBVAESMMXXX'),
    '0081': ("Banco del Vallès", 'BSABESBBXXX'),
    '3058': ("Caixa Rural de Ponent", 'CCRIES2AXXX'),
    }


# Who speaks for a customer of the kind; a person speaks for itself.
PERSONS = {
    'community': ('contact_person', 'caretaker'),
    'company': ('contact_person', 'accounting'),
    'townhall': ('contact_person', 'maintenance_manager', 'accounting'),
    }


@dataclass(frozen=True)
class Kind:
    "What stands at customers"
    code: str
    category: str
    trade: str
    models: tuple[tuple[str, str, str], ...]
    places: tuple[str, ...]


KINDS = (
    Kind('EXT', "Extintor portátil", 'fire', (
            # Those of the product EXT6.
            ("Extintor polvo ABC 6 kg", "Extinval", "P6"),
            ("Extintor CO2 2 kg", "Extinval", "N2"),
            ("Extintor agua 6 l", "Fuego Sur", "A6")),
        ("entrada", "pasillo", "sala de máquinas", "planta 1", "planta 2",
            "garaje", "almacén", "cocina")),
    Kind('BIE', "Boca de incendio equipada", 'fire', (
            ("BIE 25 mm 20 m", "Hidrant Ibérica", "B25-20"),
            ("BIE 45 mm 15 m", "Hidrant Ibérica", "B45-15")),
        ("planta baja", "planta 1", "planta 2", "garaje", "nave")),
    Kind('EML', "Alumbrado de emergencia", 'fire', (
            ("Luminaria de emergencia", "Llum Nova", "E200"),),
        ("escalera", "pasillo", "salida")),
    Kind('CLI', "Climatización", 'climate', (
            ("Split 1x1 3,5 kW", "Aircor", "S35"),
            ("Conductos inverter 7 kW", "Aircor", "D70"),
            ("Cassette 5 kW", "Termofrío", "K50")),
        ("sala", "despacho", "recepción", "comedor")),
    Kind('CAM', "Cámara frigorífica", 'climate', (
            ("Cámara de conservación", "Termofrío", "CF12"),),
        ("cocina", "almacén")),
    Kind('CAL', "Caldera", 'climate', (
            ("Caldera de condensación 45 kW", "Calorval", "G45"),),
        ("sala de calderas",)),
    Kind('BOM', "Grupo de presión", 'water', (
            ("Grupo de presión 2 bombas", "Hidroval", "GP2"),),
        ("cuarto de bombas",)),
    Kind('PTA', "Puerta automática", 'doors', (
            ("Puerta seccional de garaje", "Portes Túria", "PS40"),
            ("Puerta corredera automática", "Portes Túria", "PC20")),
        ("garaje", "entrada", "muelle")),
    Kind('CPR', "Compresor", 'air', (
            ("Compresor de tornillo 11 kW", "Airpress", "T11"),),
        ("taller", "nave")),
    Kind('COP', "Multifunción", 'office', (
            ("Multifunción A3 color", "Copitec", "M30C"),),
        ("oficina", "administración")),
    )
KIND = {k.code: k for k in KINDS}


def company():
    Company = Pool().get('company.company')
    return Company(Transaction().context['company'])


def create_categories():
    "Those of the fire programme are there already"
    Category = Pool().get('maintenance.equipment.category')
    found = {c.code: c for c in Category.search([
                ('code', 'in', [k.code for k in KINDS])])}
    Category.create([
            {'code': k.code, 'name': k.category, 'company': company().id}
            for k in KINDS if k.code not in found])


def categories():
    Category = Pool().get('maintenance.equipment.category')
    return {c.code: c for c in Category.search([
                ('code', 'in', [k.code for k in KINDS])])}


def create_banks():
    pool = Pool()
    Bank = pool.get('bank')
    Party = pool.get('party.party')
    names = [b for b in BANKS.values() if b]
    parties = Party.create([{'name': name} for name, _ in names])
    Bank.create([
            {'party': party.id, 'bic': bic}
            for party, (_, bic) in zip(parties, names, strict=True)])


def create_customers(size, start, count):
    "Create some of the customers with their account and mandate"
    pool = Pool()
    Lang = pool.get('ir.lang')
    Party = pool.get('party.party')
    Term = pool.get('account.invoice.payment_term')
    spanish, = Lang.search([('code', '=', 'es')])
    spain = country('ES', "España")
    terms = {t.name: t for t in Term.search([])}
    chosen = customers(size)[start:start + count]
    parties = Party.create([{
                'code': f'C{start + number:05d}',
                'name': customer.name,
                'lang': spanish.id,
                'customer_payment_term': terms[
                    "30 días" if customer.kind != 'person'
                    else "Al contado"].id,
                'addresses': [('create', [{
                                **customer.address, 'country': spain.id,
                                'invoice': True, 'delivery': True}])],
                'identifiers': [('create', [{
                                'type': 'eu_vat',
                                'code': customer.tax_id}])],
                'contact_mechanisms': [('create', [
                            {'type': 'phone', 'value': customer.phone},
                            {'type': 'email', 'value': customer.email}])],
                'work_reference_required': customer.kind == 'townhall',
                'work_grouping': (
                    'site' if customer.kind == 'townhall' else None),
                } for number, customer in enumerate(chosen, 1)])
    _create_mandates(list(zip(chosen, parties, strict=True)))
    return len(parties)


def _create_mandates(pairs):
    pool = Pool()
    Account = pool.get('bank.account')
    Bank = pool.get('bank')
    Date = pool.get('ir.date')
    Mandate = pool.get('account.payment.sepa.mandate')
    pairs = [(c, p) for c, p in pairs if c.account]
    banks = {b.bic: b.id for b in Bank.search([])}
    bics = {
        code: banks[bank[1] if bank else 'CAIXESBBXXX']
        for code, bank in BANKS.items()}
    accounts = Account.create([{
                'bank': bics[customer.account[0]],
                'owners': [('add', [party.id])],
                'currency': company().currency.id,
                'numbers': [('create', [{
                                'type': 'iban',
                                'number': bank_number(*customer.account),
                                }])],
                } for customer, party in pairs])
    signed = Date.today() - relativedelta(months=20)
    mandates = Mandate.create([{
                'company': company().id,
                'party': party.id,
                'address': party.addresses[0].id,
                'account_number': account.numbers[0].id,
                'identification': f'LEV-{party.code}',
                'type': 'recurrent',
                'scheme': 'CORE',
                'signature_date': signed,
                } for (_, party), account in zip(
                pairs, accounts, strict=True)])
    Mandate.request(mandates)
    Mandate.validate_mandate(mandates)


def parties(size):
    "Return the party of each customer by its key"
    Party = Pool().get('party.party')
    by_code = {p.code: p for p in Party.search([('code', 'like', 'C%')])}
    return {
        customer.key: by_code[f'C{number:05d}']
        for number, customer in enumerate(customers(size), 1)}


def create_sites(size):
    "One place each, those of the stories as told, up to one and a half"
    pool = Pool()
    Site = pool.get('maintenance.site')
    rng = random.Random(f'{SEED}-sites')
    found = parties(size)
    wanted = round(1.5 * size)
    rows = []
    # One takes over a shop later, the other only pays for a key switch.
    without = {'tenant_new', 'neighbour'}
    for customer in customers(size):
        party = found[customer.key]
        address = party.addresses[0]
        if customer.sites:
            rows += [(party, name, address) for name in customer.sites]
        elif customer.key not in without:
            rows.append((
                    party, f"{customer.address['street_name']} "
                    f"{customer.address['building_number']}", address))
    others = [
        c for c in customers(size)
        if not c.sites and c.key not in without and c.kind == 'company']
    for number in range(wanted - len(rows)):
        if not others:
            break
        customer = others[number % len(others)]
        address = _branch_address(rng, found[customer.key])
        rows.append((
                found[customer.key],
                f"Delegación {address.city} {address.street_name}", address))
    Site.create([{
                'company': company().id,
                'name': name,
                'party': party.id,
                'address': address.id,
                'access_notes': rng.choice([
                        None, "Preguntar en conserjería.",
                        "Llave en el despacho del administrador.",
                        "Zona de carga y descarga hasta las 11 h."]),
                'opening_hours': rng.choice([
                        None, "L-V 8:00-14:00", "L-V 9:00-18:00"]),
                'distance': float(rng.randint(3, 70)),
                'travel_time': dt.timedelta(minutes=rng.randint(10, 60)),
                } for party, name, address in rows])
    Site.create([{
                'company': company().id,
                'name': "Taller Instalaciones Levante",
                'code': 'TALLER',
                'party': company().party.id,
                'address': company().party.addresses[0].id,
                }])


def create_persons(size):
    "Who speaks for each customer, and holds the keys of its first place"
    pool = Pool()
    ModelData = pool.get('ir.model.data')
    Party = pool.get('party.party')
    Relation = pool.get('party.relation')
    SiteParty = pool.get('maintenance.site.party')
    rng = random.Random(f'{SEED}-persons')
    found, places = parties(size), sites(size)
    rows = [
        (found[customer.key], customer.key, kind, contact_name(rng))
        for customer in customers(size)
        for kind in PERSONS.get(customer.kind, ())]
    persons = Party.create([{
                'name': name,
                'lang': party.lang.id,
                'contact_mechanisms': [('create', [
                            {'type': 'mobile', 'value': (
                                    f'+346{10000000 + number * 7919:08d}')},
                            {'type': 'email', 'value': (
                                    f'persona{number}@cliente.example')},
                            ])],
                } for number, (party, _, _, name) in enumerate(rows)])
    Relation.create([{
                'from_': party.id,
                'to': person.id,
                'type': ModelData.get_id(
                    'maintenance_equipment', f'relation_type_{kind}'),
                } for (party, _, kind, _), person in zip(
                rows, persons, strict=True)])
    SiteParty.create([{
                'site': places[key][0].id,
                'party': person.id,
                'role': 'key_holder',
                } for (_, key, kind, _), person in zip(
                rows, persons, strict=True)
            if kind == 'caretaker' and places[key]])


def _branch_address(rng, party):
    Address = Pool().get('party.address')
    address, = Address.create([{
                **address_at(rng), 'party': party.id,
                'country': country('ES', "España").id,
                }])
    return address


def sites(size):
    "Return the sites of each customer by its key"
    Site = Pool().get('maintenance.site')
    by_party = {p.id: k for k, p in parties(size).items()}
    found = {key: [] for key in by_party.values()}
    for site in Site.search([('parent', '=', None)], order=[('id', 'ASC')]):
        key = by_party.get(site.party.id)
        if key:
            found[key].append(site)
    return found


def create_equipment(size, today):
    "Five machines a customer, some under warranty, put into service"
    pool = Pool()
    Equipment = pool.get('maintenance.equipment')
    Product = pool.get('product.product')
    Warranty = pool.get('maintenance.warranty')
    rng = random.Random(f'{SEED}-equipment')
    category = categories()
    extinguisher, = Product.search([('code', '=', 'EXT6')])
    trades = {c.key: c.trades for c in customers(size)}
    places = [
        (key, site) for key, found in sites(size).items() for site in found]
    plan = [
        (key, site, trades[key][n % len(trades[key])])
        for n in range(2) for key, site in places]
    plan += [
        ('hotel', site, code) for key, site in places if key == 'hotel'
        for code in trades[key] * 2]
    # The hotel and the town hall have more than others.
    large = [(k, s) for k, s in places if k in {'hotel', 'townhall'}]
    number = 0
    while len(plan) < 5 * max(size, 12):
        if number % 3 == 0 and large:
            key, site = large[number // 3 % len(large)]
            code = ('EXT', 'BIE', 'CLI')[number // 3 % 3]
        else:
            key, site = places[number % len(places)]
            code = trades[key][(number + 2) % len(trades[key])]
        plan.append((key, site, code))
        number += 1
    values, counts = [], {}
    for number, (_, site, code) in enumerate(plan, 1):
        kind = KIND[code]
        name, maker, model = kind.models[number % len(kind.models)]
        count = counts[site, code] = counts.get((site, code), 0) + 1
        installed = today - dt.timedelta(days=rng.randint(400, 3600))
        if number % 9 == 4:
            installed = today - dt.timedelta(days=rng.randint(100, 350))
        place = kind.places[(count - 1) % len(kind.places)]
        values.append({
                'company': company().id,
                'name': f"{name} {place}" if count <= len(kind.places)
                else f"{name} {place} {count}",
                'category': category[code].id,
                'product': extinguisher.id if model == 'P6' else None,
                'serial': f'{code}{number:05d}',
                'manufacturer': maker,
                'model': model,
                'manufacturer_serial': f'{model}-{26000 + number * 17}',
                'manufactured_date': installed - dt.timedelta(days=60),
                'installed_date': installed,
                'commissioned_date': installed,
                'site': site.id,
                })
    for start in range(0, len(values), CHUNK):
        equipments = Equipment.create(values[start:start + CHUNK])
        Equipment.put_in_service(equipments)
        Warranty.create([{
                    'equipment': e.id,
                    'kind': 'ours',
                    'basis': 'commissioning',
                    'start_date': e.commissioned_date,
                    'labour_end_date': (
                        e.commissioned_date + relativedelta(years=1)),
                    'parts_end_date': (
                        e.commissioned_date + relativedelta(years=2)),
                    } for e in equipments
                if e.commissioned_date > today - relativedelta(years=1)])


def manage_communities(size, today):
    "Six communities have the same manager; he gets what they are told"
    SiteParty = Pool().get('maintenance.site.party')
    found = parties(size)
    rng = random.Random(f'{SEED}-keys')
    SiteParty.create([{
                'site': site.id,
                'party': found['manager'].id,
                'role': 'manager',
                'from_date': today - relativedelta(
                    months=6 if key == 'community6' else 40),
                'receives': ['tickets', 'reports', 'invoices'],
                'may_approve_up_to': rng.choice([150, 300, 600]),
                } for number in range(1, 7)
            for key in [f'community{number}']
            for site in sites(size)[key]])

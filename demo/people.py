# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Who the customers are: what can be said of them without a database.

``customers(size)`` always gives the same customers for the same size; the
first twelve are those of the stories, told by their key.
"""
import random
import unicodedata
from dataclasses import dataclass

from tests.world import person_number, tax_number

SEED = 2026


@dataclass(frozen=True)
class Place:
    city: str
    postal_codes: tuple[str, ...]
    streets: tuple[str, ...]


PLACES = (
    Place("València", ('46001', '46004', '46007', '46010', '46015'), (
            "Carrer de Colom", "Gran Via del Marqués del Túria",
            "Avinguda del Port", "Carrer de Sueca", "Carrer de Xàtiva",
            "Avinguda de Blasco Ibáñez",
            "Carrer de Sant Vicent Màrtir")),
    Place("Torrent", ('46900',), (
            "Avinguda al Vedat", "Carrer Gómez Ferrer", "Carrer de València")),
    Place("Paterna", ('46980',), (
            "Carrer Major", "Avinguda d'Europa", "Ronda de Narcís Monturiol")),
    Place("Mislata", ('46920',), (
            "Avinguda de Gregori Gea", "Carrer Major")),
    Place("Aldaia", ('46960',), (
            "Carrer Coladors", "Carrer de la Font",
            "Avinguda de Dos de Maig")),
    Place("Manises", ('46940',), (
            "Avinguda dels Tramvies", "Carrer de la Ceràmica")),
    Place("Burjassot", ('46100',), (
            "Carrer de Jorge Juan", "Carrer de Mendizábal")),
    Place("Catarroja", ('46470',), (
            "Avinguda de la Rambleta", "Camí Reial")),
    Place("Sagunt", ('46500', '46520'), (
            "Avinguda del País Valencià", "Carrer de Lepanto")),
    Place("Gandia", ('46701', '46730'), (
            "Passeig de les Germanies", "Carrer Major")),
    Place("Alzira", ('46600',), (
            "Avinguda dels Sants Patrons", "Carrer de Pérez Galdós")),
    Place("Xàtiva", ('46800',), (
            "Albereda de Jaume I", "Carrer de la Reina")),
    Place("Castelló de la Plana", ('12001', '12003'), (
            "Carrer d'Enmig", "Ronda de la Magdalena")),
    Place("Dénia", ('03700',), (
            "Carrer de Marqués de Campo", "Avinguda del Montgó")),
    )
SURNAMES = (
    "García", "Martínez", "Ferrer", "Sanchis", "Navarro", "Peris", "Blasco",
    "Soriano", "Esteve", "Ribera", "Molina", "Pascual", "Vidal", "Llorens",
    "Bosch", "Cervera", "Domingo", "Fuster", "Giner", "Ibáñez")
NAMES = (
    "Amparo", "Vicent", "Carmen", "José Luis", "Empar", "Xavier", "Lola",
    "Enric", "Rosa", "Andreu", "Pilar", "Toni", "Marisa", "Miquel")
# Trade, its sort (letter of the CIF, or none for a person), what stands there.
TRADES = (
    ("Talleres {0} e Hijos S.L.", 'B', ('EXT', 'BIE', 'CPR')),
    ("Clínica Dental {0} S.L.P.", 'B', ('EXT', 'CLI', 'EML')),
    ("Restaurante Casa {0}", '', ('EXT', 'CLI', 'CAM')),
    ("Transportes {0} S.A.", 'A', ('EXT', 'BIE', 'PTA')),
    ("Colegio {0} S. Coop.", 'F', ('EXT', 'BIE', 'CAL')),
    ("Gimnasio {0} Fit S.L.", 'B', ('EXT', 'CLI', 'BOM')),
    ("Gestoría {0} S.L.", 'B', ('EXT', 'COP', 'CLI')),
    ("Cerámicas {0} S.A.", 'A', ('EXT', 'BIE', 'CPR')),
    ("Panadería {0}", '', ('EXT', 'CAM', 'CLI')),
    ("Residencia {0} S.L.", 'B', ('EXT', 'BIE', 'CAL', 'EML')),
    ("Farmacia {0} C.B.", 'E', ('EXT', 'CLI', 'PTA')),
    ("Academia {0} S.L.", 'B', ('EXT', 'COP', 'CLI')),
    )
COMMUNITY = ('EXT', 'BOM', 'PTA', 'EML')


@dataclass(frozen=True)
class Customer:
    key: str
    name: str
    kind: str
    tax_id: str
    phone: str
    email: str
    address: dict
    trades: tuple[str, ...]
    # (bank, serial) of the account, none for who pays by transfer
    account: tuple[str, int] | None = None
    sites: tuple[str, ...] = ()


def address_at(rng):
    place = rng.choice(PLACES)
    return {
        'street_name': rng.choice(place.streets),
        'building_number': str(rng.randint(1, 140)),
        'postal_code': rng.choice(place.postal_codes),
        'city': place.city,
        }


STORIES = (
    # key, name, kind, letter, trades, sites, pays by direct debit
    ('manager', "Fincas Albufera Administradores S.L.", 'company', 'B',
        ('EXT', 'COP'), ("Oficina Fincas Albufera",), False),
    ('community1', "Comunidad de Propietarios Avinguda del Port 112",
        'community', 'H', COMMUNITY, ("Avinguda del Port 112",), True),
    ('community2', "Comunidad de Propietarios Carrer de Sueca 48",
        'community', 'H', COMMUNITY, ("Carrer de Sueca 48",), True),
    ('community3', "Comunidad de Propietarios Residencial Les Corts",
        'community', 'H', COMMUNITY,
        ("Les Corts bloque A", "Les Corts bloque B"), True),
    ('community4', "Comunidad de Propietarios Garaje Russafa",
        'community', 'H', COMMUNITY, ("Garaje Russafa",), True),
    ('community5', "Comunidad de Propietarios Edificio Nàquera",
        'community', 'H', COMMUNITY, ("Edificio Nàquera",), True),
    ('community6', "Comunidad de Propietarios Plaça de l'Arbre 3",
        'community', 'H', COMMUNITY, ("Plaça de l'Arbre 3",), True),
    ('townhall', "Ajuntament d'Aldaia", 'townhall', 'P',
        ('EXT', 'BIE', 'CLI', 'CAL'),
        ("Casa Consistorial", "Biblioteca Municipal",
            "Polideportivo Jaume Ortí", "Escuela Infantil"), False),
    ('hotel', "Hotel Mar de Llevant S.A.", 'company', 'A',
        ('EXT', 'BIE', 'CLI', 'CAM'), ("Hotel Mar de Llevant",), True),
    ('tenant_old', "Modas Isabel S.L.", 'company', 'B',
        ('EXT', 'CLI'), ("Local Carrer de Colom 31",), True),
    ('tenant_new', "Óptica Llum S.L.", 'company', 'B',
        ('EXT', 'CLI'), (), True),
    ('neighbour', "Perruqueria Empar", 'person', '', (), (), True),
    )
BANKS = ('2100', '0182', '0081', '3058')


def customers(size):
    "Return the customers; never fewer than those of the stories"
    rng = random.Random(SEED)
    result = []
    for number, (key, name, kind, letter, trades, sites, debit) in enumerate(
            STORIES):
        result.append(_customer(
                rng, number, key, name, kind, letter, trades, sites, debit))
    for number in range(len(STORIES), size):
        surname = SURNAMES[(number * 7) % len(SURNAMES)]
        if number >= len(STORIES) + len(SURNAMES):
            # Two surnames, and a number when all those are used.
            surname += ' ' + rng.choice(SURNAMES)
        if number % 4 == 3:
            address = address_at(rng)
            name = "Comunidad de Propietarios {} {}".format(
                address['street_name'], address['building_number'])
            kind, letter, trades = 'community', 'H', COMMUNITY
            customer = _customer(
                rng, number, f'c{number}', name, kind, letter, trades, (),
                rng.random() < .85, address)
        else:
            name, letter, trades = TRADES[
                (number * 5 + number // 12) % len(TRADES)]
            customer = _customer(
                rng, number, f'c{number}', name.format(surname),
                'company' if letter else 'person', letter, trades, (),
                rng.random() < .8)
        result.append(customer)
    names = {}
    for position, customer in enumerate(result):
        count = names[customer.name] = names.get(customer.name, 0) + 1
        if count > 1:
            result[position] = Customer(**{
                    **customer.__dict__,
                    'name': f"{customer.name} {count}"})
    return result


def _customer(
        rng, number, key, name, kind, letter, trades, sites, debit,
        address=None):
    if letter:
        tax_id = tax_number(9_700_100 + number * 37, letter) if (
            letter != 'P') else tax_number(4602100, 'P')
    else:
        tax_id = person_number(20_410_300 + number * 91)
    address = address or address_at(rng)
    words = [w.lower() for w in name.split() if len(w) > 3 and '.' not in w]
    word = ''.join(
        c for c in unicodedata.normalize('NFD', words[-1])
        if c.isascii() and c.isalpha())
    return Customer(
        key=key, name=name, kind=kind, tax_id=f'ES{tax_id}',
        phone=f'+3496{1000000 + number * 7919 % 8999999:07d}',
        email=f'{word}{number}@cliente.example',
        address=address, trades=tuple(trades), sites=tuple(sites),
        account=(rng.choice(BANKS), 300_000_000 + number * 53)
        if debit else None)


def contact_name(rng):
    "Return who opens the door and signs"
    return f'{rng.choice(NAMES)} {rng.choice(SURNAMES)}'

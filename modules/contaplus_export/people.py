# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Parties as plain rows, four queries per thousand."""
from sql import Literal, Null

from trytond.pool import Pool
from trytond.tools import grouped_slice

from .reading import execute, in_, tables
from .rows import Party

_CHUNK = 1000
_STREET = [
    'street_name', 'building_name', 'building_number', 'unit_number',
    'floor_number', 'room_number']


def read_parties(ids):
    "Return the parties by id"
    parties = {}
    for sub in grouped_slice(sorted(ids), _CHUNK):
        parties.update(_read(list(sub)))
    return parties


def _read(ids):
    table, = tables('party.party')
    tax_ids = _tax_ids(ids)
    addresses = _addresses(ids)
    emails = _emails(ids)
    parties = {}
    for id, name, code in execute(table.select(
                table.id, table.name, table.code, where=in_(table.id, ids))):
        identifier, kind = tax_ids.get(id, ('', 0))
        address = dict(addresses.get(id, {}))
        country = address.pop('country', '') or (
            identifier[:2] if kind == 2 else 'ES' if kind == 1 else '')
        parties[id] = Party(
            id=id, name=name or '', code=code or '', tax_id=identifier,
            tax_id_kind=kind, country=country, email=emails.get(id, ''),
            **address)
    return parties


def _tax_ids(ids):
    pool = Pool()
    Party_ = pool.get('party.party')
    table, = tables('party.identifier')
    found = {}
    for party, type, code in execute(table.select(
                table.party, table.type, table.code,
                where=in_(table.party, ids)
                & (table.active == Literal(True))
                & table.type.in_(Party_.tax_identifier_types()),
                order_by=[table.sequence.nulls_first, table.id])):
        found.setdefault(party, tax_id(type, code))
    return found


def _addresses(ids):
    "Return the address for invoices of each party, else its first"
    table, country, subdivision = tables(
        'party.address', 'country.country', 'country.subdivision')
    rows = execute(table
        .join(country, 'LEFT', condition=table.country == country.id)
        .join(subdivision, 'LEFT',
            condition=table.subdivision == subdivision.id)
        .select(
            table.party, table.invoice, country.code, subdivision.name,
            table.city, table.postal_code, table.street_unstructured,
            *(getattr(table, n) for n in _STREET),
            where=in_(table.party, ids)
            & (table.active == Literal(True)),
            order_by=[table.sequence.nulls_first, table.id]))
    found, for_invoices = {}, set()
    for (party, invoice, code, province, city, postal_code, free,
            *street) in rows:
        if party in for_invoices or (party in found and not invoice):
            continue
        if invoice:
            for_invoices.add(party)
        found[party] = {
            'country': code or '',
            'province': province or '',
            'city': city or '',
            'postal_code': postal_code or '',
            'street': ' '.join(filter(None, street)) or ' '.join(
                (free or '').split()),
            }
    return found


def _emails(ids):
    table, = tables('party.contact_mechanism')
    found = {}
    for party, value in execute(table.select(
                table.party, table.value,
                where=in_(table.party, ids)
                & (table.active == Literal(True))
                & (table.type == 'email') & (table.value != Null),
                order_by=[table.sequence.nulls_first, table.id])):
        found.setdefault(party, value)
    return found


def tax_id(type, code):
    "Return the identifier as the adviser's program wants it, and its kind"
    code = ''.join(c for c in code or '' if c.isalnum()).upper()
    if type == 'eu_vat':
        if code.startswith('ES'):
            return code[2:], 1
        return code, 2
    elif type and type.startswith('es_'):
        return code.removeprefix('ES') if len(code) > 9 else code, 1
    return code, 4

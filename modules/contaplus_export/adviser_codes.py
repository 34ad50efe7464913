# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The subaccounts the adviser already uses, from a file of his program."""
import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from .layout import layouts
from .reader import ReadError, read

_CODE = {'cod', 'codigo', 'código', 'code', 'cuenta', 'subcuenta', 'account'}
_NAME = {
    'titulo', 'título', 'nombre', 'name', 'descripcion', 'descripción',
    'razon social', 'razón social'}
_TAX_ID = {'nif', 'cif', 'nif/cif', 'cif/nif', 'vat', 'tax id', 'dni'}


@dataclass(frozen=True)
class Listed:
    code: str
    name: str
    tax_id: str


@dataclass(frozen=True)
class Match:
    code: str
    account: int
    party: int


@dataclass(frozen=True)
class Outcome:
    matches: tuple[Match, ...]
    unknown: tuple[Listed, ...]
    "Personal subaccounts whose NIF is of no party"
    twice: tuple[Listed, ...]
    "A second subaccount for the same party and account"
    wrong_length: tuple[Listed, ...]
    taken: tuple[Listed, ...] = ()
    "Given out here to another party before the file came"


def normalize(tax_id: str) -> str:
    "Return the identifier without its country when that is Spain"
    tax_id = re.sub(r'[^A-Z0-9]', '', tax_id.upper())
    if tax_id.startswith('ES') and len(tax_id) == 11:
        tax_id = tax_id[2:]
    return tax_id


def parse(data: bytes) -> list[Listed]:
    """Return the subaccounts of the file

    It may be XSUBCTA of any length, or a list with code, name and NIF in the
    first three columns or under their names.
    """
    for layout in layouts().values():
        if layout.table != 'xsubcta':
            continue
        for encoding in ['cp1252', 'cp850']:
            try:
                rows = list(read(data, layout.spelled(encoding=encoding)))
            except (ReadError, UnicodeDecodeError):
                continue
            if rows:
                return [
                    Listed(
                        str(r.values['Cod']), str(r.values['Titulo']),
                        str(r.values['Nif'])) for r in rows]
    return list(_delimited(data))


def _delimited(data: bytes) -> Iterator[Listed]:
    try:
        text = data.decode('utf-8-sig')
    except UnicodeDecodeError:
        text = data.decode('cp1252', errors='replace')
    first = text.partition('\n')[0]
    delimiter = max(';,\t', key=first.count)
    places = 0, 1, 2
    for number, row in enumerate(
            csv.reader(io.StringIO(text), delimiter=delimiter)):
        cells = [c.strip() for c in row]
        if number == 0 and (found := _header(cells)):
            places = found
            continue
        if len(cells) > max(places):
            code, name, tax_id = (cells[p] for p in places)
            if code.isdigit():
                yield Listed(code, name, tax_id)


def _header(cells: list[str]) -> tuple[int, int, int] | None:
    names = [c.lower() for c in cells]
    places = []
    for words in [_CODE, _NAME, _TAX_ID]:
        place = next((i for i, n in enumerate(names) if n in words), None)
        if place is None:
            return None
        places.append(place)
    return places[0], places[1], places[2]


def match(
        listed: Iterable[Listed], parties: Mapping[str, int],
        prefixes: Mapping[str, int], length: int,
        known: Iterable[tuple[int, int]] = (),
        given: 'Mapping[str, int | None] | None' = None) -> Outcome:
    """Match the subaccounts with parties by NIF and accounts by prefix

    The longest prefix wins. What is known already is left as it is.
    """
    matches, unknown, twice, wrong, taken_here = [], [], [], [], []
    given = given or {}
    taken = set(known)
    lengths = sorted({len(p) for p in prefixes}, reverse=True)
    by_length: dict[int, dict[str, int]] = defaultdict(dict)
    for prefix, account in prefixes.items():
        by_length[len(prefix)][prefix] = account
    for row in listed:
        account_id = next((
                by_length[n][row.code[:n]] for n in lengths
                if row.code[:n] in by_length[n]), None)
        if account_id is None:
            continue
        if len(row.code) != length:
            wrong.append(row)
            continue
        tax_id = normalize(row.tax_id)
        party = parties.get(tax_id) if tax_id else None
        if party is None:
            unknown.append(row)
        elif (account_id, party) in taken:
            twice.append(row)
        elif given.get(row.code, party) != party:
            taken_here.append(row)
        else:
            taken.add((account_id, party))
            matches.append(Match(row.code, account_id, party))
    return Outcome(
        tuple(matches), tuple(unknown), tuple(twice), tuple(wrong),
        tuple(taken_here))

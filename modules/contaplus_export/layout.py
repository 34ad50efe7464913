# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The tables that say what a file looks like.

The lists of fields are data: they only ever grew at their end, so that one
table serves all the layouts that were cut from it.
"""
import csv
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

_DATA = Path(__file__).parent / 'data'

NUMBER, TEXT, DATE, LOGICAL = 'N', 'C', 'D', 'L'


class LayoutError(ValueError):
    "A table contradicts itself: a mistake in our data, not in the books"


@dataclass(frozen=True)
class Field:
    number: int
    name: str
    type: str
    width: int
    decimals: int
    start: int
    value: str = ''

    @property
    def end(self) -> int:
        return self.start + self.width - 1


@dataclass(frozen=True)
class Layout:
    name: str
    table: str
    form: str
    encoding: str
    true: str
    false: str
    extension: str
    fields: tuple[Field, ...]
    separator: str = ';'
    line_end: str = '\r\n'

    @property
    def length(self) -> int:
        "The characters of a line of fixed width, without its end"
        return self.fields[-1].end

    @property
    def fixed(self) -> bool:
        return self.form == 'fixed'

    def field(self, name: str) -> 'Field | None':
        for field in self.fields:
            if field.name == name:
                return field
        return None

    def spelled(
            self, encoding: 'str | None' = None,
            logical: 'tuple[str, str] | None' = None,
            line_end: 'str | None' = None) -> 'Layout':
        "Return the same table with another spelling"
        true, false = logical or (self.true, self.false)
        if self.fixed and (len(true) > 1 or len(false) > 1):
            # One character is all there is room for.
            true, false = self.true, self.false
        return replace(
            self, encoding=encoding or self.encoding, true=true, false=false,
            line_end=line_end or self.line_end)


def _rows(name: str) -> list[dict[str, str]]:
    with open(_DATA / f'{name}.csv', encoding='utf-8', newline='') as file:
        return list(csv.DictReader(file))


@cache
def table(name: str) -> tuple[Field, ...]:
    "Return all the fields of a table with their places"
    fields = []
    start = 1
    for number, row in enumerate(_rows(name), 1):
        if int(row['number']) != number:
            raise LayoutError(f"{name}: field {number} is {row['number']}")
        if row['type'] not in {NUMBER, TEXT, DATE, LOGICAL}:
            raise LayoutError(f"{name}: {row['name']} is of {row['type']}")
        field = Field(
            number=number, name=row['name'], type=row['type'],
            width=int(row['width']), decimals=int(row['decimals']),
            start=start, value=row['value'])
        fields.append(field)
        start += field.width
    return tuple(fields)


@cache
def layouts() -> dict[str, Layout]:
    "Return the layouts by name"
    found = {}
    for row in _rows('layouts'):
        fields = table(row['table'])[:int(row['fields'])]
        layout = Layout(
            name=row['name'], table=row['table'], form=row['form'],
            encoding=row['encoding'], true=row['true'], false=row['false'],
            extension=row['extension'], fields=fields)
        if len(fields) != int(row['fields']):
            raise LayoutError(f"{row['name']}: {len(fields)} fields")
        if layout.fixed and layout.length != int(row['length']):
            raise LayoutError(f"{row['name']}: {layout.length} characters")
        found[layout.name] = layout
    return found


def layout(name: str) -> Layout:
    return layouts()[name]

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Lines of a layout back to values.

Nothing of the writer is used here, so that one can tell on the other.
"""
import csv
import datetime as dt
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from .layout import Field, Layout

Value = str | bool | Decimal | dt.date | None

_TRUE = {'T', 'TRUE', '.T.', 'S', '1', 'V'}
_FALSE = {'F', 'FALSE', '.F.', 'N', '0', ''}
_END_OF_FILE = b'\x1a'


class ReadError(ValueError):
    "A line is not what the layout says"

    def __init__(self, line: int, field: str, text: str) -> None:
        super().__init__(line, field, text)
        self.line = line
        self.field = field
        self.text = text


@dataclass(frozen=True)
class Line:
    number: int
    values: dict[str, Value]


def read(data: bytes, layout: Layout) -> Iterator[Line]:
    "Yield the lines of the file"
    for number, cells in enumerate(split(data, layout), 1):
        if len(cells) != len(layout.fields):
            raise ReadError(number, '', str(len(cells)))
        yield Line(number, {
                f.name: _value(number, f, c)
                for f, c in zip(layout.fields, cells)})


def split(data: bytes, layout: Layout) -> Iterator[list[str]]:
    "Yield the cells of each line"
    text = data.rstrip(_END_OF_FILE).decode(layout.encoding)
    if layout.form == 'delimited':
        yield from csv.reader(
            io.StringIO(text, newline=''), delimiter=layout.separator)
        return
    for number, line in enumerate(text.split('\n'), 1):
        line = line.removesuffix('\r')
        if not line:
            continue
        if len(line) != sum(f.width for f in layout.fields):
            raise ReadError(number, '', str(len(line)))
        cells, rest = [], line
        for field in layout.fields:
            cells.append(rest[:field.width])
            rest = rest[field.width:]
        yield cells


def column_sums(
        path: Path, layout: Layout, names: Sequence[str]
        ) -> dict[str, Decimal]:
    "Add up columns of a file without reading the others"
    fields = [f for f in layout.fields if f.name in names]
    sums = {f.name: Decimal(0) for f in fields}
    # The digits are where they are in any code page of one byte a character:
    # the quickest to read is taken.
    encoding = 'utf-8' if layout.encoding == 'utf-8' else 'latin-1'
    with open(path, encoding=encoding, newline='\n') as file:
        for line in file:
            cells = line.split(layout.separator) if not layout.fixed else []
            for field in fields:
                cell = (
                    line[field.start - 1:field.end] if layout.fixed
                    else cells[field.number - 1])
                sums[field.name] += Decimal(cell.strip())
    return sums


def _value(number: int, field: Field, cell: str) -> Value:
    if field.type == 'C':
        return cell.rstrip(' ')
    text = cell.strip(' ')
    if field.type == 'N':
        try:
            return Decimal(text)
        except InvalidOperation:
            raise ReadError(number, field.name, cell) from None
    elif field.type == 'D':
        if not text:
            return None
        try:
            return dt.datetime.strptime(text, '%Y%m%d').date()
        except ValueError:
            raise ReadError(number, field.name, cell) from None
    if text.upper() in _TRUE:
        return True
    elif text.upper() in _FALSE:
        return False
    raise ReadError(number, field.name, cell)

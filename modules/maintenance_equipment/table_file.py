# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Read the tables that people send: CSV of any program, and XLSX.

All values are texts, as a person sees them; dates of a spreadsheet are written
as 2026-12-31.  What can not be read at all raises one TableError.
"""
from __future__ import annotations

import csv
import datetime as dt
import io
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

from openpyxl import load_workbook

DELIMITERS = ';,\t|'
# A spreadsheet that unpacks to more than this is not a list of machines.
LARGEST = 200 * 1024 * 1024


class TableError(Exception):
    "The file is no table: the code tells why"

    def __init__(self, code: str, **arguments: object) -> None:
        super().__init__(code)
        self.code = code
        self.arguments = arguments


@dataclass(frozen=True)
class Row:
    "A row by the title of its columns, with its number as people count"
    number: int
    values: dict[str, str]


@dataclass(frozen=True)
class Table:
    titles: tuple[str, ...]
    rows: tuple[Row, ...]


def read(content: bytes, encoding: str = 'utf-8') -> Table:
    "Return the table of the file, whose first row has the titles"
    if not content.strip():
        raise TableError('empty')
    if content[:4] == b'PK\x03\x04':
        lines = _xlsx(content)
    elif content[:8] == b'\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1':
        raise TableError('old_excel')
    else:
        lines = _csv(content, encoding)
    return _table(lines)


def _table(lines: Iterator[tuple[int, list[str]]]) -> Table:
    titles: list[str] = []
    rows = []
    for number, cells in lines:
        cells = [c.strip() for c in cells]
        if not any(cells):
            continue
        if not titles:
            titles = cells
            doubles = {t for t in titles if t and titles.count(t) > 1}
            if doubles:
                raise TableError('titles', titles=', '.join(sorted(doubles)))
            continue
        rows.append(Row(
                number, {t: c for t, c in zip(titles, cells) if t}))
    if not rows:
        raise TableError('empty')
    return Table(tuple(t for t in titles if t), tuple(rows))


def _csv(content: bytes, encoding: str) -> Iterator[tuple[int, list[str]]]:
    if content[:2] in {b'\xff\xfe', b'\xfe\xff'}:
        encoding = 'utf-16'
    elif content[:3] == b'\xef\xbb\xbf':
        encoding = 'utf-8-sig'
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content[:error.start].count(b'\n') + 1
        raise TableError(
            'encoding', line=line, encoding=encoding) from error
    if '\0' in text:
        raise TableError('binary')
    first = text.lstrip().split('\n', 1)[0]
    delimiter = max(DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=''), delimiter=delimiter)
    number = 1
    try:
        for cells in reader:
            yield number, cells
            number = reader.line_num + 1
    except csv.Error as error:
        raise TableError('csv', line=reader.line_num) from error


def _xlsx(content: bytes) -> Iterator[tuple[int, list[str]]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(i.file_size for i in archive.infolist()) > LARGEST:
                raise TableError('size')
            _refuse_entities(archive)
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            # What it can not read, such as drawings, is not asked for.
            book = load_workbook(
                io.BytesIO(content), read_only=True, data_only=True)
            sheet = book.worksheets[0]
            # Many programs write a wrong size.
            sheet.reset_dimensions()
            lines = [
                [_text(value) for value in row]
                for row in sheet.iter_rows(values_only=True)]
    except TableError:
        raise
    except Exception as error:
        # Of a broken workbook the library raises whatever it stumbles over.
        raise TableError('xlsx') from error
    yield from enumerate(lines, 1)


def _refuse_entities(archive: zipfile.ZipFile) -> None:
    "No spreadsheet declares entities: they are there to do harm"
    for name in archive.namelist():
        if name.endswith('.xml'):
            with archive.open(name) as part:
                if b'<!' in part.read(4096):
                    raise TableError('xlsx')


def _text(value: object) -> str:
    if value is None:
        return ''
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float):
        # Excel keeps 4711 as 4711.0 and 0.1 as 0.10000000000000001.
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, dt.datetime):
        if value.time() == dt.time():
            return value.date().isoformat()
        return value.isoformat(' ', timespec='seconds')
    return str(value)

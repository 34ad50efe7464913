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
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

DELIMITERS = ';,\t|'
# A spreadsheet that unpacks to more than this is not a list of machines.
LARGEST = 200 * 1024 * 1024
_MAIN = '{http://schemas.openxmlformats.org/spreadsheetml/2006/main}'
_LINK = (
    '{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id')
# The formats of numbers that are dates without saying how.
_DATES = {*range(14, 23), *range(45, 48)}


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
            names = set(archive.namelist())
            shared = (
                _shared(fromstring(archive.read('xl/sharedStrings.xml')))
                if 'xl/sharedStrings.xml' in names else [])
            dates = (
                _date_styles(fromstring(archive.read('xl/styles.xml')))
                if 'xl/styles.xml' in names else set())
            sheet = fromstring(archive.read(_first_sheet(archive)))
    except (zipfile.BadZipFile, KeyError, ParseError,
            DefusedXmlException) as error:
        raise TableError('xlsx') from error
    for row in sheet.iter(f'{_MAIN}row'):
        cells: list[str] = []
        for position, cell in enumerate(row.iter(f'{_MAIN}c')):
            column = _column(cell.get('r'), position)
            cells += [''] * (column - len(cells) + 1)
            cells[column] = _cell(cell, shared, dates)
        yield int(row.get('r') or 0), cells


def _first_sheet(archive: zipfile.ZipFile) -> str:
    workbook = fromstring(archive.read('xl/workbook.xml'))
    link = next(workbook.iter(f'{_MAIN}sheet')).get(_LINK)
    for relation in fromstring(archive.read('xl/_rels/workbook.xml.rels')):
        if relation.get('Id') == link:
            target = relation.get('Target') or ''
            return (
                target.lstrip('/') if target.startswith('/')
                else f'xl/{target}')
    raise KeyError(link)


def _shared(root: Element) -> list[str]:
    return [
        ''.join(t.text or '' for t in item.iter(f'{_MAIN}t'))
        for item in root.iter(f'{_MAIN}si')]


def _date_styles(root: Element) -> set[int]:
    "Return the styles of cells whose number is a date"
    formats = set(_DATES)
    for node in root.iter(f'{_MAIN}numFmt'):
        code = re.sub(
            r'"[^"]*"|\[[^\]]*\]|\\.', '', node.get('formatCode', ''))
        if re.search('[dmyh]', code, re.IGNORECASE):
            formats.add(int(node.get('numFmtId', 0)))
    cells = root.find(f'{_MAIN}cellXfs')
    return {
        i for i, node in enumerate(cells if cells is not None else [])
        if int(node.get('numFmtId', 0)) in formats}


def _column(reference: str | None, position: int) -> int:
    if not reference:
        return position
    number = 0
    for letter in reference:
        if not letter.isalpha():
            break
        number = number * 26 + ord(letter.upper()) - ord('A') + 1
    return number - 1


def _cell(cell: Element, shared: list[str], dates: set[int]) -> str:
    kind = cell.get('t', 'n')
    if kind == 'inlineStr':
        return ''.join(t.text or '' for t in cell.iter(f'{_MAIN}t'))
    value = cell.findtext(f'{_MAIN}v')
    if not value:
        return ''
    if kind == 's':
        return shared[int(value)]
    if kind == 'n':
        number = float(value)
        if int(cell.get('s', 0)) in dates:
            return _date(number)
        # Excel keeps 4711 as 4711.0 and 0.1 as 0.10000000000000001.
        return str(int(number)) if number.is_integer() else repr(number)
    return value


def _date(number: float) -> str:
    moment = dt.datetime(1899, 12, 30) + dt.timedelta(
        seconds=round(number * 86400))
    if number % 1:
        return moment.isoformat(' ')
    return moment.date().isoformat()

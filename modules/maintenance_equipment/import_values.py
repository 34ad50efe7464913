# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Understand what people write in the cells of a table."""
from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from .table_file import Row, Table, TableError

TRUE = {'1', 'x', 'yes', 'y', 'true', 'si', 'sí', 's', 'sì', 'v', 'vero',
    'verdadero'}
FALSE = {'0', '-', 'no', 'n', 'false', 'f', 'falso'}


@dataclass(frozen=True)
class Column:
    "The column of the table that fills a field of the kind"
    title: str
    field: str
    kind: str = 'char'
    required: bool = False
    default: str = ''
    selection: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Style:
    "How the table writes numbers and dates"
    decimal: str = ','
    dates: str = 'dmy'


@dataclass(frozen=True)
class Problem:
    """Why a row is bad: the code has a message

    A remark tells of a row which comes in all the same.
    """
    row: int
    title: str
    value: str
    code: str
    remark: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Record:
    "A row understood: the value of each field that its cells fill"
    row: int
    values: dict[str, object]


class CellError(Exception):
    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def check_titles(table: Table, columns: Sequence[Column]) -> None:
    "Raise one error that names every column which is not there"
    titles = {normal(t) for t in table.titles}
    missing = [
        c.title for c in columns
        if c.title and normal(c.title) not in titles]
    if missing:
        raise TableError(
            'columns' if len(missing) > 1 else 'column',
            missing=', '.join(missing),
            titles=', '.join(table.titles))


def understand(
        table: Table, columns: Sequence[Column],
        style: Style) -> tuple[list[Record], list[Problem]]:
    "Return the rows that are right and everything that is wrong"
    records, problems = [], []
    for row in table.rows:
        record, wrong = _understand(row, columns, style)
        problems += wrong
        if not wrong:
            records.append(record)
    return records, problems


def _understand(
        row: Row, columns: Sequence[Column],
        style: Style) -> tuple[Record, list[Problem]]:
    cells = {normal(t): v for t, v in row.values.items()}
    values: dict[str, object] = {}
    problems = []
    for column in columns:
        text = cells.get(normal(column.title), '') if column.title else ''
        text = text or column.default
        if not text:
            if column.required:
                problems.append(
                    Problem(row.number, column.title, '', 'required'))
            continue
        try:
            values[column.field] = parse(
                text, column.kind, style, column.selection)
        except CellError as error:
            problems.append(Problem(
                    row.number, column.title, text, error.code,
                    choices=tuple(label for _, label in column.selection)))
    return Record(row.number, values), problems


def normal(title: str) -> str:
    "Return the title without what people write differently"
    return ' '.join(title.casefold().split())


def parse(
        text: str, kind: str, style: Style = Style(),
        selection: Sequence[tuple[str, str]] = ()) -> object:
    "Return the value of the text, or raise a CellError"
    text = text.strip()
    if kind == 'integer':
        number = parse_number(text, style.decimal)
        if number != int(number):
            raise CellError('integer')
        return int(number)
    if kind in {'numeric', 'float'}:
        number = parse_number(text, style.decimal)
        return number if kind == 'numeric' else float(number)
    if kind in {'date', 'datetime'}:
        moment = parse_date(text, style.dates)
        return moment.date() if kind == 'date' else moment
    if kind == 'boolean':
        if text.casefold() in TRUE:
            return True
        if text.casefold() in FALSE:
            return False
        raise CellError('boolean')
    if kind == 'selection':
        return parse_selection(text, dict(selection))
    return text


def parse_selection(text: str, selection: Mapping[str, str]) -> str:
    for key, label in selection.items():
        if normal(text) in {normal(key), normal(label)}:
            return key
    raise CellError('selection')


def parse_number(text: str, decimal: str = ',') -> Decimal:
    "Return the number; a single separator before 1 or 2 digits is decimal"
    thousands = '.' if decimal == ',' else ','
    plain = re.sub(r"[\s'\u00a0\u202f]", '', text)
    if decimal in plain:
        plain = plain.replace(thousands, '')
    elif not re.fullmatch(rf'[+-]?\d{{1,3}}(\{thousands}\d{{3}})+', plain):
        # 3.5 in a file with comma: what a spreadsheet wrote itself.
        plain = plain.replace(thousands, decimal)
    else:
        plain = plain.replace(thousands, '')
    try:
        number = Decimal(plain.replace(decimal, '.'))
    except InvalidOperation:
        raise CellError('number') from None
    if not number.is_finite():
        raise CellError('number')
    return number


def parse_date(text: str, order: str = 'dmy') -> dt.datetime:
    "Return the moment; 2026-12-31 is understood in every file"
    found = re.fullmatch(
        r'(\d{1,4})[-/.\s](\d{1,2})[-/.\s](\d{1,4})'
        r'(?:[T\s]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?', text)
    if not found:
        raise CellError('date')
    numbers = [int(g) for g in found.groups()[:3]]
    if len(found.group(1)) == 4:
        order = 'ymd'
    parts = dict(zip(order, numbers))
    if parts['y'] < 100:
        parts['y'] += 2000 if parts['y'] < 70 else 1900
    hour, minute, second = (int(g or 0) for g in found.groups()[3:])
    try:
        return dt.datetime(
            parts['y'], parts['m'], parts['d'], hour, minute, second)
    except ValueError:
        raise CellError('date') from None

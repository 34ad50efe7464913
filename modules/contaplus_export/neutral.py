# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Entries, VAT books and parties for any program: CSV files and a workbook."""
import csv
import datetime as dt
import io
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path

from .entries import Entry, Line, VatData
from .target import Output, Setting, Target
from .writer import Value, transliterate
from .xdiario import Subaccount
from .xlsx import Sheet, write


@cache
def columns(table: str) -> tuple[str, ...]:
    "Return the names of the columns, in their order"
    path = Path(__file__).parent / 'data' / 'neutral.csv'
    with open(path, encoding='utf-8', newline='') as file:
        return tuple(
            r['column'] for r in csv.DictReader(file)
            if r['table'] == table)


def entry_rows(entry: Entry) -> Iterator[dict[str, Value]]:
    for line in entry.lines:
        yield {
            'entry': entry.number,
            'date': entry.date,
            'kind': entry.kind,
            'reference': entry.reference,
            'subaccount': line.account,
            'name': line.name,
            'debit': line.debit,
            'credit': line.credit,
            'counterpart': line.counterpart,
            'document': line.document,
            'text': line.text,
            'tax_id': entry.tax_id if line.party or line.vat else '',
            'department': line.analytic[0],
            'project': line.analytic[1],
            }


def vat_rows(entry: Entry) -> Iterator[dict[str, Value]]:
    for line in entry.lines:
        if line.vat and line.vat.main:
            yield _vat_row(entry, line, line.vat)


def _vat_row(
        entry: Entry, line: Line, data: VatData) -> dict[str, Value]:
    original = None
    if entry.invoice and len(entry.invoice.rectified) == 1:
        original, = entry.invoice.rectified
    return {
        'entry': entry.number,
        'book': data.book,
        'kind': data.kind,
        'number': entry.full_number,
        'series': entry.series,
        'issue_date': entry.issue_date,
        'operation_date': entry.operation_date,
        'date': entry.date,
        'tax_id': entry.tax_id,
        'name': entry.party.name if entry.party else '',
        'country': entry.party.country if entry.party else '',
        'base': data.base,
        'rate': data.rate,
        'amount': data.amount,
        'surcharge_rate': data.surcharge,
        'surcharge': data.surcharge_amount,
        'total': entry.total,
        'subaccount': line.account,
        'counterpart': line.counterpart,
        'rectified': original.number if original else '',
        'rectified_date': original.date if original else None,
        'rectified_base': original.base if original else None,
        }


def party_row(account: Subaccount) -> dict[str, Value]:
    party = account.party
    row: dict[str, Value] = {
        'subaccount': account.code,
        'name': account.name,
        }
    if party:
        row.update({
                'tax_id': party.tax_id,
                'country': party.country,
                'street': party.street,
                'postal_code': party.postal_code,
                'city': party.city,
                'province': party.province,
                'email': party.email,
                })
    return row


class Neutral(Target):
    "One CSV for each table, and all of them in one workbook"

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        for table in ['entries', 'vat', 'subaccounts']:
            self._line(table, columns(table))

    def add(self, entry: Entry) -> None:
        for row in entry_rows(entry):
            self._row('entries', row)
        for row in vat_rows(entry):
            self._row('vat', row)

    def close(self, subaccounts: Iterable[Subaccount]) -> list[Output]:
        for account in subaccounts:
            self._row('subaccounts', party_row(account))
        outputs = self._outputs()
        path = self.setting.folder / 'neutral.xlsx'
        write(path, [self._sheet(o) for o in outputs])
        return [*outputs, Output(
                name='BOOKS.XLSX', kind='workbook', path=path,
                lines=sum(o.lines for o in outputs))]

    def _row(self, table: str, row: dict[str, Value]) -> None:
        self._line(table, [_text(row.get(c)) for c in columns(table)])

    def _line(self, table: str, cells: Sequence[str]) -> None:
        file = io.StringIO()
        csv.writer(
            file, delimiter=';', lineterminator=self.setting.line_end
            ).writerow(cells)
        text, _ = transliterate_lines(file.getvalue(), self.setting)
        self._write(
            table, f'{table.upper()}.CSV', 0,
            text.encode(self.setting.encoding), 1)

    def _sheet(self, output: Output) -> Sheet:
        return output.kind, columns(output.kind), self._read(output)

    def _read(self, output: Output) -> Iterator[list[Value]]:
        with open(
                output.path, encoding=self.setting.encoding,
                newline='') as file:
            rows = csv.reader(file, delimiter=';')
            names = next(rows)
            for row in rows:
                yield [_value(n, c) for n, c in zip(names, row)]


_DATES = {'date', 'issue_date', 'operation_date', 'rectified_date'}
_NUMBERS = {
    'debit', 'credit', 'base', 'rate', 'amount', 'surcharge_rate',
    'surcharge', 'total', 'rectified_base'}


def transliterate_lines(text: str, setting: Setting) -> tuple[str, str]:
    body = text.removesuffix(setting.line_end)
    found, replaced = transliterate(body, setting.encoding)
    return found + setting.line_end, replaced


def _text(value: Value) -> str:
    if value is None:
        return ''
    elif isinstance(value, dt.date):
        return value.isoformat()
    elif isinstance(value, Decimal):
        return f'{value:.2f}'
    return str(value)


def _value(name: str, cell: str) -> Value:
    if not cell:
        return None
    elif name in _DATES:
        return dt.date.fromisoformat(cell)
    elif name in _NUMBERS:
        return Decimal(cell)
    elif name == 'entry':
        return int(cell)
    return cell

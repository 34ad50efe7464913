# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Entries to SUENLACE.DAT, the file that a3ECO and a3CON link to."""
import csv
import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path

from .entries import Entry, Line, VatData, squeeze
from .rows import Invoice
from .target import Output, Setting, Target
from .vat import ISSUED
from .writer import Overflow, Value, transliterate
from .xdiario import Subaccount

LENGTH = 254
ZERO = Decimal(0)
# Of the kinds of VAT only the number of domestic operations is known.
DOMESTIC = {'general', 'exempt', 'investment', 'surcharge'}


@dataclass(frozen=True)
class Field:
    name: str
    type: str
    width: int
    value: str


@cache
def records() -> dict[str, tuple[Field, ...]]:
    "Return the fields of each kind of record"
    path = Path(__file__).parent / 'data' / 'suenlace.csv'
    found: dict[str, list[Field]] = {}
    with open(path, encoding='utf-8', newline='') as file:
        for row in csv.DictReader(file):
            found.setdefault(row['record'], []).append(Field(
                    row['name'], row['type'], int(row['width']),
                    row['value']))
    for name, fields in found.items():
        if sum(f.width for f in fields) != LENGTH:
            raise ValueError(f"{name} is not {LENGTH} characters long")
    return {n: tuple(f) for n, f in found.items()}


def format_record(
        name: str, values: Mapping[str, Value], encoding: str) -> str:
    "Return a record of exactly the length"
    return ''.join(
        _format(f, values.get(f.name), encoding) for f in records()[name])


def _format(field: Field, value: Value, encoding: str) -> str:
    if field.type == 'A':
        amount = Decimal(value or 0)  # type: ignore[arg-type]
        text = f'{"-" if amount < 0 else "+"}{abs(amount):013.2f}'
    elif field.type == 'R':
        text = f'{Decimal(value or 0):05.2f}'  # type: ignore[arg-type]
    elif field.type == 'D':
        text = ' ' * 8
        if isinstance(value, dt.date):
            text = f'{value.year:04}{value.month:02}{value.day:02}'
    elif field.type == 'Z':
        text = str(value or '').zfill(field.width)
    else:
        text = field.value if value is None else str(value)
        text, _ = transliterate(text, encoding)
        text = text[:field.width].ljust(field.width)
    if len(text) != field.width:
        raise Overflow(field.name, value)
    return text


def domestic(entry: Entry) -> bool:
    return all(li.vat.kind in DOMESTIC for li in entry.lines if li.vat)


def is_invoice(entry: Entry) -> bool:
    """Tell whether the entry goes with VAT

    It needs one customer and the VAT of each income; else it goes as plain
    lines, so that at least the accounts are right.
    """
    return bool(
        entry.invoice and domestic(entry)
        and any(li.vat and li.vat.main for li in entry.lines)
        and sum(li.personal for li in entry.lines) == 1
        and all(
            len(li.bases) == 1 for li in entry.lines if _is_income(li)))


def _is_income(line: Line) -> bool:
    return not (line.personal or line.vat or line.withholding)


def entry_records(
        entry: Entry, company: str, names: bool = True
        ) -> Iterator[tuple[str, dict[str, Value]]]:
    "Yield kind and values of the records of the entry"
    common: dict[str, Value] = {'Empresa': company, 'Fecha': entry.date}
    found = list(
        _invoice(entry, entry.invoice)
        if entry.invoice and is_invoice(entry) else _plain(entry))
    for number, (name, values) in enumerate(found):
        values = {**common, **values}
        values['Orden'] = (
            'I' if number == 0 else 'U' if number == len(found) - 1
            else 'M')
        yield name, values


def _plain(entry: Entry) -> Iterator[tuple[str, dict[str, Value]]]:
    for line in entry.lines:
        amount = line.debit - line.credit
        if not amount:
            continue
        # A negative amount stays on its side.
        side = 'D' if line.debit else 'H'
        yield 'line', {
            'Cuenta': line.account,
            'Nombre': line.name,
            'Lado': side,
            'Documento': squeeze(line.document, 10),
            'Texto': line.text,
            'Importe': line.debit or line.credit,
            }


def _invoice(
        entry: Entry, invoice: Invoice
        ) -> Iterator[tuple[str, dict[str, Value]]]:
    person = next(li for li in entry.lines if li.personal)
    issued = invoice.type == 'out'
    sign = 1 if issued else -1
    investment = any(li.vat and li.vat.goods == 2 for li in entry.lines)
    document = squeeze(entry.full_number, 10)
    yield 'invoice', {
        'Registro': '2' if invoice.credit_note else '1',
        'Cuenta': person.account,
        'Nombre': person.name,
        'Clase': '1' if issued else '3' if investment else '2',
        'Documento': document,
        'Texto': person.text,
        'Total': sign * (person.debit - person.credit),
        'Nif': entry.tax_id,
        'RazonSocial': entry.party.name if entry.party else '',
        'CodigoPostal': entry.party.postal_code if entry.party else '',
        'FechaOperacion': entry.operation_date,
        'FechaFactura': entry.issue_date,
        }
    yield from _details(entry, document, sign)


def _details(
        entry: Entry, document: str, sign: int
        ) -> Iterator[tuple[str, dict[str, Value]]]:
    taxes = {
        li.vat.tax: (li, li.vat) for li in entry.lines
        if li.vat and li.vat.main}
    surcharge_account = next((
            li.account for li in entry.lines
            if li.vat and not li.vat.main), '')
    withheld = next((li for li in entry.lines if li.withholding), None)
    incomes = [li for li in entry.lines if _is_income(li)]
    # What is kept back is of the whole invoice: each income has its part.
    kept: dict[int, Decimal] = {}
    if withheld:
        kept = dict(zip(map(id, incomes), split(
                    sign * (withheld.debit - withheld.credit),
                    [li.bases[0][1] for li in incomes])))
    for tax, (line, data) in taxes.items():
        own = [li for li in incomes if li.bases[0][0] == tax]
        bases = [li.bases[0][1] for li in own]
        for income, base, amount, extra in zip(
                own, bases, split(data.amount, bases),
                split(data.surcharge_amount, bases)):
            values: dict[str, Value] = {
                'Cuenta': income.account,
                'Nombre': income.name,
                'Documento': document,
                'Texto': income.text,
                'Base': base,
                'TipoIva': data.rate,
                'CuotaIva': amount,
                'TipoRecargo': data.surcharge,
                'CuotaRecargo': extra,
                'CuentaIva': line.account,
                'CuentaRecargo': surcharge_account if extra else '',
                'Sujeta': _subject(data),
                }
            if withheld:
                values.update({
                        'TipoRetencion': withheld.withholding,
                        'CuotaRetencion': kept[id(income)],
                        'CuentaRetencion': withheld.account,
                        })
            yield 'vat', values


def _subject(data: VatData) -> str:
    return 'S' if data.rate or data.book == ISSUED else 'N'


def split(amount: Decimal, weights: list[Decimal]) -> list[Decimal]:
    "Return the amount in parts that add up to it"
    whole = sum(weights, ZERO)
    parts, done, seen = [], ZERO, ZERO
    for weight in weights:
        seen += weight
        # Rounding what was reached, not each part, keeps the rest small.
        reached = amount if not whole else (amount * seen / whole).quantize(
            Decimal('0.01'), ROUND_HALF_UP)
        parts.append(reached - done)
        done = reached
    return parts


class A3(Target):
    "SUENLACE.DAT"

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self.line_end = setting.line_end.encode()

    def add(self, entry: Entry) -> None:
        encoding = self.setting.encoding
        lines = [
            format_record(name, values, encoding).encode(encoding)
            + self.line_end
            for name, values in entry_records(
                entry, self.setting.company_code)]
        self._write(
            'entries', 'SUENLACE.DAT', entry.fiscalyear, b''.join(lines),
            len(lines))

    def limits(self, entry: Entry) -> str | None:
        if entry.invoice and not is_invoice(entry):
            return 'plain_lines'
        return None

    def close(self, subaccounts: Iterable[Subaccount]) -> list[Output]:
        return self._outputs()

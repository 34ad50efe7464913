# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Entries to the records of ContaPlus: XDIARIO and XSUBCTA."""
from collections.abc import Iterator
from dataclasses import dataclass

from .entries import Entry, Line, VatData, squeeze
from .rows import Invoice, Party
from .vat import ISSUED, MIRROR, RECEIVED, kinds
from .writer import Value, Writer

Values = dict[str, Value]

# Numbers of the lists that ContaPlus keeps for the invoices it sends to the
# tax office at once; the lists of issued and received invoices differ.
_INVOICE = 1
_CREDIT = {ISSUED: 5, RECEIVED: 7}
_NOT_RECTIFIED, _BY_DIFFERENCE = 1, 2


@dataclass(frozen=True)
class Options:
    sii: bool = False
    repeat_base: bool = False
    "The base also in the field of the old currency"


@dataclass(frozen=True)
class Subaccount:
    code: str
    name: str
    party: Party | None = None
    rate: Value = None
    surcharge: Value = None
    letter: str = ''
    withholding: Value = None


def records(entry: Entry, options: Options) -> Iterator[Values]:
    "Yield the values of each line of the entry"
    for line in entry.lines:
        values: Values = {
            'Asien': entry.number,
            'Fecha': entry.date,
            'SubCta': line.account,
            'Contra': line.counterpart,
            'Concepto': line.text,
            'Documento': squeeze(line.document, 10),
            'EuroDebe': line.debit,
            'EuroHaber': line.credit,
            'ConcepNew': _long_text(entry, line),
            'Departa': line.analytic[0],
            'Clave': line.analytic[1],
            }
        if line.vat:
            values.update(_vat(entry, line.vat, options))
        if line.cash:
            values.update({
                    'Metal': True,
                    'MetalImp': line.cash,
                    'MetalEje': line.cash_year,
                    'Cliente': line.counterpart,
                    })
        yield values


def _long_text(entry: Entry, line: Line) -> str:
    if entry.party:
        return f'{line.text} {entry.party.name}'
    return line.text


def _vat(entry: Entry, data: VatData, options: Options) -> Values:
    kind = kinds().get((data.book, data.kind))
    foreign = bool(kind and kind.foreign)
    name = entry.party.name if entry.party else ''
    mirror = data.kind == MIRROR
    book = RECEIVED if mirror else data.book
    values: Values = {
        'Serie': entry.series,
        'Factura': entry.digits,
        'IVA': data.rate,
        'Recequiv': data.surcharge,
        'BaseEuro': data.base,
        'Baseimpo': data.base if options.repeat_base else None,
        'Fecha_OP': entry.operation_date,
        'Fecha_EX': entry.issue_date,
        'TipoOpe': data.operation,
        'TerIdNif': 2 if foreign else entry.tax_id_kind,
        'TerNif': entry.tax_id,
        'TerNom': name,
        'OpBienes': data.goods,
        'FacturaEx': entry.full_number,
        # The output half of a reverse charge is no invoice of ours.
        'TipoFac': '' if mirror else 'E' if data.book == ISSUED else 'R',
        'TipoIVA': data.letter,
        'L340': options.sii,
        'nTotalFac': entry.total,
        'TipoClave': 1,
        'TipoExenci': 1,
        'TipoNoSuje': 1,
        'TipoFact': _INVOICE,
        'TipoRectif': _NOT_RECTIFIED,
        'nEntrPrest': 1,
        'Decrecen': entry.date,
        'TipoClave1': 1,
        'TipoClave2': 1,
        'TerNifNew': entry.tax_id,
        'TerNomNew': name,
        }
    if entry.invoice and entry.invoice.credit_note:
        values.update(_rectified(entry, entry.invoice, data))
        values['TipoFact'] = _CREDIT[book]
        values['TipoRectif'] = _BY_DIFFERENCE
    return values


def _rectified(entry: Entry, invoice: Invoice, data: VatData) -> Values:
    values: Values = {
        'Rectifica': True,
        'BaseImp_RF': data.base,
        }
    if len(invoice.rectified) == 1:
        original, = invoice.rectified
        digits = ''.join(c for c in original.number if c.isdecimal())
        values.update({
                'Serie_RT': (
                    original.number[0].upper()
                    if original.number[:1].isalpha() else entry.series),
                # More digits than there is room for would name another.
                'Factu_RT': int(digits) if 0 < len(digits) <= 8 else None,
                'Fecha_RT': original.date,
                'BaseImp_RT': original.base,
                'FactuEx_RT': original.number,
                })
    return values


def subaccount(account: Subaccount) -> Values:
    "Return the values of a subaccount"
    party = account.party
    values: Values = {
        'Cod': account.code,
        'Titulo': account.name,
        'TituloL': account.name,
        'TPC': account.rate,
        'RecEquiv': account.surcharge,
        'TipoIVA': account.letter,
        }
    if account.withholding:
        values.update({'lEsIRPF': True, 'nIRPF': account.withholding})
    if party:
        values.update({
                'Nif': party.tax_id,
                'Domicilio': party.street,
                'Poblacion': party.city,
                'Provincia': party.province,
                'CodPostal': party.postal_code,
                'Email': party.email,
                'IdNif': party.tax_id_kind,
                'CodPais': party.country,
                })
    return values


def encoded(writer: Writer, entry: Entry, options: Options) -> bytes:
    "Return all the lines of the entry as the file has them"
    return writer.encode(''.join([
                writer.line(values) for values in records(entry, options)]))

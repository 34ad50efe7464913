# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""A file is read again before it is stored: schema, sums and characters.

The ISO schemas come with the package sepaxml, so that none is copied into
this module. Without them the file is still read and counted.
"""
from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from importlib.resources import files
from io import BytesIO

from lxml import etree

from .charset import is_allowed
from .pain import Fault, Variant

__all__ = ['review', 'schema_for']

# Elements that are not text of people: the schema checks them.
_PACKAGE = 'sepaxml'
_MAX_FAULTS = 50


@lru_cache(maxsize=8)
def schema_for(name: str) -> etree.XMLSchema | None:
    "Return the schema of the message if it is installed"
    try:
        source = files(_PACKAGE).joinpath(f'schemas/{name}.xsd').read_bytes()
    except (ModuleNotFoundError, FileNotFoundError):
        return None
    return etree.XMLSchema(etree.fromstring(source))


def review(xml: bytes, variant: Variant) -> list[Fault]:
    "Return the faults of the file as it would reach the bank"
    schema = schema_for(variant.name)
    reader = _Reader(variant)
    try:
        for _event, element in etree.iterparse(
                BytesIO(xml), events=('end',), schema=schema,
                resolve_entities=False, no_network=True):
            reader.take(element)
    except etree.XMLSyntaxError as error:
        # A violation of the schema comes as an error of the parser too.
        reader.faults.append(Fault('schema', value=str(error)[:200]))
        return reader.faults
    return reader.finish()


class _Reader:
    "Count what is in the file while it is read"

    def __init__(self, variant: Variant) -> None:
        self.faults: list[Fault] = []
        self._cut = len(variant.namespace) + 2
        self._count = 0
        self._total = Decimal(0)
        self._batch_count = 0
        self._batch_total = Decimal(0)
        self._declared: tuple[int, Decimal] | None = None
        self._instruments: set[str] = set()
        self._values: dict[str, str] = {}

    def take(self, element: etree._Element) -> None:
        tag = element.tag[self._cut:]
        text = element.text
        if len(element):
            self._close(tag, element)
        elif not text or not text.strip():
            self._fault('element_empty', tag)
        else:
            if not is_allowed(text):
                self._fault('characters', tag, text)
            if tag in {'NbOfTxs', 'CtrlSum'}:
                self._values[tag] = text
            elif tag == 'InstdAmt':
                self._batch_count += 1
                self._batch_total += Decimal(text)
                if element.get('Ccy') != 'EUR':
                    self._fault('currency', tag, element.get('Ccy') or '')
            elif tag == 'ChrgBr' and text != 'SLEV':
                self._fault('charge_bearer', tag, text)

    def _close(self, tag: str, element: etree._Element) -> None:
        if tag == 'GrpHdr':
            self._declared = (
                int(self._values['NbOfTxs']),
                Decimal(self._values['CtrlSum']))
        elif tag == 'PstlAdr':
            names = [child.tag[self._cut:] for child in element]
            if ('TwnNm' not in names or 'Ctry' not in names
                    or names.count('AdrLine') > 2):
                self._fault('address_incomplete', tag)
        elif tag == 'LclInstrm':
            self._instruments.add(element[0].text or '')
        elif tag in {'DrctDbtTxInf', 'CdtTrfTxInf'}:
            # Nothing below is needed any more: keep memory flat.
            element.clear()
        elif tag == 'PmtInf':
            count = int(self._values['NbOfTxs'])
            total = Decimal(self._values['CtrlSum'])
            if (count, total) != (self._batch_count, self._batch_total):
                self._fault('control_sum', tag, str(self._batch_total))
            self._count += self._batch_count
            self._total += self._batch_total
            self._batch_count, self._batch_total = 0, Decimal(0)
            element.clear()

    def finish(self) -> list[Fault]:
        if self._declared != (self._count, self._total):
            self._fault('control_sum', 'GrpHdr', str(self._total))
        if len(self._instruments) > 1:
            self._fault('scheme_mixed', 'LclInstrm',
                ', '.join(sorted(self._instruments)))
        return self.faults

    def _fault(self, code: str, field: str, value: str = '') -> None:
        if len(self.faults) < _MAX_FAULTS:
            self.faults.append(
                Fault(code, field=field, value=value[:140]))

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The rules of the European Payments Council that no schema checks."""
from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import lru_cache

from stdnum import iban as iban_
from stdnum.exceptions import ValidationError

from . import target
from .charset import identifier_fault
from .pain import Fault, Initiator

__all__ = [
    'NEEDS_ADDRESS', 'SEPA_COUNTRIES', 'SEQUENCE_TYPES', 'bic_for',
    'check_amount', 'check_date', 'check_iban', 'check_identifiers',
    'check_initiator', 'check_message', 'iban_fault', 'usable_bic']

# The European Economic Area: no address and no BIC needed among them.
_EEA = frozenset(
    'AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL '
    'NO PL PT RO SE SI SK'.split())
# IBAN countries of the schemes that are outside of it.
NEEDS_ADDRESS = frozenset(
    'AD AL CH GB GG IM JE MC MD ME MK RS SM VA GI'.split())
SEPA_COUNTRIES = _EEA | NEEDS_ADDRESS
SEQUENCE_TYPES = frozenset(['FRST', 'RCUR', 'OOFF', 'FNAL'])

MIN_AMOUNT = Decimal('0.01')
MAX_AMOUNT = Decimal('999999999.99')
MAX_TOTAL = Decimal('999999999999999.99')

_BIC = re.compile(r'^[A-Z]{6}[A-Z2-9][A-NP-Z0-9]([A-Z0-9]{3})?$')


@lru_cache(maxsize=65536)
def iban_fault(iban: str) -> str | None:
    "Return the name of what is wrong with the IBAN, if anything"
    if not iban:
        return 'iban_missing'
    try:
        # The checks of each country's own number are left to its banks.
        iban_.validate(iban, check_country=False)
    except ValidationError:
        return 'iban_invalid'
    if iban[:2] not in SEPA_COUNTRIES:
        return 'iban_country'
    return None


def usable_bic(bic: str | None) -> str:
    "Return the BIC as every version takes it, or nothing"
    compact = (bic or '').replace(' ', '').upper()
    return compact if _BIC.match(compact) else ''


@lru_cache(maxsize=8192)
def _bic_of_bank(country: str, bank_code: str) -> str:
    from schwifty import BIC
    from schwifty.exceptions import SchwiftyException
    try:
        return usable_bic(str(BIC.from_bank_code(country, bank_code)))
    except SchwiftyException:
        return ''


# Where the number of the bank stands in the IBAN.
_BANK_CODES = {
    'ES': (4, 8), 'IT': (5, 10), 'FR': (4, 9), 'DE': (4, 12),
    'PT': (4, 8), 'BE': (4, 7), 'NL': (4, 8), 'AT': (4, 9),
    }


def bic_for(iban: str, bic: str | None = None) -> str:
    "Return the BIC that is known or the one of the bank in the IBAN"
    if known := usable_bic(bic):
        return known
    if place := _BANK_CODES.get(iban[:2]):
        return _bic_of_bank(iban[:2], iban[place[0]:place[1]])
    return ''


def check_iban(iban: str, label: str, record: str) -> Iterator[Fault]:
    if code := iban_fault(iban):
        yield Fault(code, label, record, 'iban', iban)


def check_amount(amount: Decimal, label: str, record: str) -> Iterator[Fault]:
    if amount < MIN_AMOUNT or amount > MAX_AMOUNT:
        yield Fault('amount_range', label, record, 'amount', str(amount))
    elif amount != amount.quantize(MIN_AMOUNT):
        yield Fault('amount_digits', label, record, 'amount', str(amount))


def check_date(
        date: dt.date, created: dt.date, label: str, record: str,
        ) -> Iterator[Fault]:
    if not target.is_open(date):
        yield Fault('date_closed', label, record, 'date', date.isoformat())
    if date < created:
        yield Fault('date_past', label, record, 'date', date.isoformat())


def check_identifiers(
        rows: Iterable[tuple[str, str, str]]) -> Iterator[Fault]:
    "Check rows of (identifier, label, record): well formed and unique"
    seen: set[str] = set()
    for identifier, label, record in rows:
        if code := identifier_fault(identifier):
            yield Fault(code, label, record, 'end_to_end_id', identifier)
        elif identifier in seen:
            yield Fault(
                'id_twice', label, record, 'end_to_end_id', identifier)
        seen.add(identifier)


def check_initiator(initiator: Initiator) -> Iterator[Fault]:
    if not initiator.identifier:
        yield Fault('initiator_missing', initiator.name)


def check_message(
        message_id: str, financed: bool, count: int, total: Decimal,
        maximum: int | None = None) -> Iterator[Fault]:
    if code := identifier_fault(message_id):
        yield Fault(code, message_id, field='message_id', value=message_id)
    if financed != message_id.startswith('FSDD'):
        yield Fault('message_prefix', message_id, field='message_id',
            value=message_id)
    if not count:
        yield Fault('message_empty', message_id)
    elif maximum and count > maximum:
        yield Fault('message_long', message_id, value=str(count))
    if total > MAX_TOTAL:
        yield Fault('amount_range', message_id, value=str(total))

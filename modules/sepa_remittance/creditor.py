# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The identifier of the creditor in the SEPA direct debit schemes."""
from __future__ import annotations

import re

__all__ = [
    'check_digits', 'creditor_identifier', 'identifier_fault',
    'with_business_code']

_FORM = re.compile(r'^[A-Z]{2}\d{2}[A-Z0-9]{3}[A-Z0-9]{1,28}$')
_CODE = re.compile(r'^[A-Z0-9]{3}$')
# The code that stands for "the whole company" where a country fixes it.
_DEFAULT_CODES = {'ES': '000'}


def _compact(text: str) -> str:
    return re.sub(r'[^A-Z0-9]', '', text.upper())


def check_digits(country: str, national_id: str) -> str:
    "Return both digits; the business code has no part in them (ISO 7064)"
    text = f'{_compact(national_id)}{country}00'
    number = int(''.join(str(int(character, 36)) for character in text))
    return f'{98 - number % 97:02d}'


def creditor_identifier(
        vat_number: str, code: str | None = None) -> str | None:
    """Return the identifier of the company with this VAT number

    The VAT number carries its country, as ESB85626240.
    """
    compact = _compact(vat_number)
    country, national = compact[:2], compact[2:]
    if not country.isalpha() or not national:
        return None
    code = (code or _DEFAULT_CODES.get(country, 'ZZZ')).upper()
    if not _CODE.match(code):
        return None
    return f'{country}{check_digits(country, national)}{code}{national}'


def with_business_code(identifier: str, code: str | None) -> str:
    "Return the identifier with another business code"
    compact = _compact(identifier)
    if not code:
        return compact
    return f'{compact[:4]}{code.upper()}{compact[7:]}'


def identifier_fault(
        identifier: str | None, vat_number: str | None = None) -> str | None:
    """Return the name of what is wrong with the identifier, if anything

    The national number inside is compared with the VAT number as its check
    digits would accept any other company as well.
    """
    compact = _compact(identifier or '')
    if not compact:
        return 'creditor_missing'
    if not _FORM.match(compact):
        return 'creditor_form'
    country, digits, national = compact[:2], compact[2:4], compact[7:]
    if check_digits(country, national) != digits:
        return 'creditor_digits'
    if vat_number and country in {'ES', 'IT'}:
        vat = _compact(vat_number)
        if vat.startswith(country):
            vat = vat[2:]
        # An Italian creditor is named by its tax code, which for a person
        # is another one than the VAT number.
        if vat != national and not (country == 'IT' and len(national) == 16):
            return 'creditor_company'
    return None

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Text as the banks of the SEPA accept it: the EPC basic Latin set."""
from __future__ import annotations

import re
import string
import unicodedata
from functools import lru_cache

__all__ = [
    'ALLOWED', 'identifier_fault', 'is_allowed', 'readable_id',
    'transliterate']

ALLOWED = frozenset(string.ascii_letters + string.digits + "/-?:().,'+ ")

# What NFKD does not take apart, and signs that mean something.
_TABLE = {
    '&': '+', '€': 'EUR', '£': 'GBP', '$': 'USD', '@': '(at)', '%': ' pct',
    '_': '-', ';': ',', '"': "'", '`': "'", '´': "'", '’': "'", '‘': "'",
    '“': "'", '”': "'", '«': "'", '»': "'", '–': '-', '—': '-', '−': '-',
    '=': '-', '*': '.', '#': ' ', '!': '.', '|': '/', '\\': '/', '~': '-',
    '[': '(', ']': ')', '{': '(', '}': ')', '<': '(', '>': ')', '^': ' ',
    '·': '.', '•': '-', '¡': ' ', '¿': '?', '§': 'S', '×': 'x',
    'ß': 'ss', 'ẞ': 'SS', 'æ': 'ae', 'Æ': 'AE', 'œ': 'oe', 'Œ': 'OE',
    'ø': 'o', 'Ø': 'O', 'đ': 'd', 'Đ': 'D', 'ð': 'd', 'Ð': 'D', 'þ': 'th',
    'Þ': 'TH', 'ł': 'l', 'Ł': 'L', 'ħ': 'h', 'Ħ': 'H', 'ı': 'i', 'ŧ': 't',
    'Ŧ': 'T',
    }
_CYRILLIC = dict(zip(
        "абвгдежзийклмнопрстуфхцчшщъыьэюяёіїєґ",
        ('a b v g d e zh z i y k l m n o p r s t u f h ts ch sh sht a y '
            '- e yu ya yo i yi ye g').split()))
_CYRILLIC['ь'] = ''
_GREEK = dict(zip(
        "αβγδεζηθικλμνξοπρσςτυφχψω",
        'a v g d e z i th i k l m n x o p r s s t y f ch ps o'.split()))
for _letters in (_CYRILLIC, _GREEK):
    for _letter, _latin in _letters.items():
        _TABLE[_letter] = _latin
        _TABLE[_letter.upper()] = _latin.capitalize()

_SPACES = re.compile(r'\s+')
_SLASHES = re.compile(r'/{2,}')
_IDENTIFIER = re.compile(r"^[A-Za-z0-9+?/:().,'-]+$")


@lru_cache(maxsize=4096)
def _latin_of(character: str) -> str:
    if character in ALLOWED:
        return character
    if character in _TABLE:
        return _TABLE[character]
    if character.isspace():
        return ' '
    result = []
    for part in unicodedata.normalize('NFKD', character):
        if unicodedata.combining(part):
            continue
        if part in ALLOWED:
            result.append(part)
        elif part in _TABLE:
            result.append(_TABLE[part])
        elif part == '⁄':  # fraction slash
            result.append('/')
    return ''.join(result)


def transliterate(text: str | None, size: int | None = None) -> str:
    """Return text in the EPC set, not longer than size

    Letters are replaced before the text is cut, as one letter may become
    several. Slashes are reserved at both ends and doubled.
    """
    if not text:
        return ''
    if not ALLOWED.issuperset(text):
        text = unicodedata.normalize('NFC', text)
        text = ''.join(map(_latin_of, text))
    text = _SPACES.sub(' ', text)
    text = _SLASHES.sub('/', text).strip(' /')
    if size is not None and len(text) > size:
        text = text[:size].strip(' /')
    return text


def is_allowed(text: str) -> bool:
    return ALLOWED.issuperset(text)


def identifier_fault(value: str, size: int = 35) -> str | None:
    "Return the name of what is wrong with an identifier, if anything"
    if not value:
        return 'id_empty'
    if len(value) > size:
        return 'id_long'
    if (not _IDENTIFIER.match(value)
            or value.startswith('/') or value.endswith('/')
            or '//' in value):
        return 'id_characters'
    return None


def readable_id(*parts: str, size: int = 35) -> str:
    "Join the parts to an identifier; the last ones are never cut"
    cleaned = [
        transliterate(part).replace(' ', '') for part in parts if part]
    tail = '-'.join(cleaned[1:])
    room = size - len(tail) - (1 if tail else 0)
    head = cleaned[0][-room:] if cleaned and room > 0 else ''
    return '-'.join(filter(None, [head.strip('/-'), tail]))

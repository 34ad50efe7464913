# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The code which a label carries and nobody can guess.

It has small letters and digits only: a scanner types like a keyboard of
another country, where signs come out as others.
"""
from __future__ import annotations

import re
import secrets

# Without the letters that are read as others: i, l, o and u.
ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
# 120 bits
LENGTH = 24
_CODE = re.compile(rf'(?:^|[^0-9a-z])([{ALPHABET}]{{{LENGTH}}})/?$')
_ADDRESS = re.compile(r'https?://[^\s/?#]+(/[^\s?#]*)?', re.IGNORECASE)


def make() -> str:
    "Return a new code"
    return ''.join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def is_address(text: str) -> bool:
    "Whether codes can be added to the address"
    return bool(_ADDRESS.fullmatch(text))


def address(base: str | None, code: str) -> str:
    "Return what the label carries: the address of the machine, or the code"
    return f'{base.rstrip("/")}/{code}' if base else code


def find(text: str) -> str | None:
    "Return the code in what was typed or scanned, with its address or not"
    found = _CODE.search(text.strip('%').strip().lower())
    return found.group(1) if found else None

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Read the account extracts of the Spanish banks (Cuaderno 43)."""
from __future__ import annotations

import datetime as dt
from decimal import Decimal

from .saying import Damaged, Report, Saying

__all__ = ['read']

# Positions of the fields in the rows of 80 characters.
_OPERATION, _VALUE = slice(10, 16), slice(16, 22)
_SIDE, _AMOUNT = 27, slice(28, 42)
_DOCUMENT, _FIRST, _SECOND = slice(42, 52), slice(52, 64), slice(64, 80)


def read(content: bytes) -> Report:
    """Return one saying for each movement

    The extracts name no single receipt: a credit is the total of a batch,
    which is told by its amount and words.
    """
    accounts: list[str] = []
    movements: list[tuple[str, list[str]]] = []
    ended = False
    content = content.lstrip(b'\xef\xbb\xbf\r\n\t ')
    for line in content.decode('latin-1').splitlines():
        row = line.rstrip('\r\n\x1a').ljust(80)
        code = row[:2]
        if code == '11':
            accounts.append(row[2:20].strip())
        elif code == '22':
            movements.append((row, []))
        elif code == '23' and movements:
            movements[-1][1].append(f'{row[4:42]} {row[42:80]}')
        elif code == '88':
            ended = True
    if not ended:
        raise Damaged("The extract has no end")
    return Report(
        'norma43', '', tuple(accounts),
        tuple(_saying(row, words) for row, words in movements))


def _saying(row: str, words: list[str]) -> Saying:
    try:
        date = dt.datetime.strptime(row[_VALUE], '%y%m%d').date()
        amount = Decimal(int(row[_AMOUNT])).scaleb(-2)
    except ValueError as error:
        raise Damaged(str(error)) from error
    credit = row[_SIDE] == '2'
    description = ' '.join(' '.join(words).split())
    return Saying(
        'collected' if credit else 'other', amount=amount, date=date,
        credit=credit,
        reference=' '.join(
            f'{row[_DOCUMENT]} {row[_FIRST]} {row[_SECOND]}'.split()),
        description=description)

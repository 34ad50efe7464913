# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What the bank says about a payment, whatever the format it says it in."""
from __future__ import annotations

from io import BytesIO

from . import camt, norma43, pain002
from .saying import Report, Saying, UnknownFormat

__all__ = ['Report', 'Saying', 'UnknownFormat', 'read']


def read(content: bytes) -> Report:
    "Read a file of the bank, whose format is found by looking at it"
    head = content[:4096].lstrip(b'\xef\xbb\xbf\r\n\t ')
    if head.startswith(b'11') and len(head.splitlines()[0]) in range(70, 83):
        return norma43.read(content)
    if not head.startswith(b'<'):
        raise UnknownFormat('unknown')
    name = camt.message_name(BytesIO(content))
    if name.startswith('pain.002.'):
        return pain002.read(content, name)
    if name.startswith(('camt.053.', 'camt.054.')):
        return camt.read(content, name)
    raise UnknownFormat(name)

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Write a file that shows how the rows of an import look."""
from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence

from .import_values import Column, Style


def read(lines: Iterable[str], language: str) -> list[dict[str, str]]:
    "Return the examples of the language by field, else those in English"
    rows = list(csv.DictReader(lines))
    found = [r for r in rows if r['language'] == language]
    return found or [r for r in rows if r['language'] == 'en']


def write(
        columns: Sequence[Column], examples: Iterable[Mapping[str, str]],
        style: Style, encoding: str = 'utf-8') -> bytes:
    "Return the file as the profile reads it, with the examples in it"
    output = io.StringIO()
    writer = csv.writer(output, delimiter=';', lineterminator='\r\n')
    shown = [c for c in columns if c.title]
    writer.writerow([c.title for c in shown])
    for example in examples:
        writer.writerow([
                _cell(example.get(c.field, ''), c.kind, style)
                for c in shown])
    # Excel opens UTF-8 rightly only with a mark.
    return output.getvalue().encode(
        'utf-8-sig' if encoding == 'utf-8' else encoding, 'replace')


def _cell(text: str, kind: str, style: Style) -> str:
    if kind in {'date', 'datetime'}:
        found = re.fullmatch(r'(\d+)-(\d+)-(\d+)(.*)', text)
        if found:
            year, month, day, time = found.groups()
            parts = {'d': day, 'm': month, 'y': year}
            return '/'.join(parts[p] for p in style.dates) + time
    if kind in {'numeric', 'float'}:
        return text.replace('.', style.decimal)
    return text

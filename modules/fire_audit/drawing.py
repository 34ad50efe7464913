# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Drawings for the papers, as SVG."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import pi
from xml.sax.saxutils import escape


@dataclass(frozen=True)
class Bar:
    label: str
    value: int
    color: str


def ring(ratio: Decimal, color: str, track: str, text: str) -> str:
    "Return a ring of which the ratio is coloured, with the text inside"
    radius = 42
    length = 2 * pi * radius
    done = length * float(min(max(ratio, Decimal(0)), Decimal(1)))
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">'
        f'<circle cx="50" cy="50" r="{radius}" fill="none" '
        f'stroke="{track}" stroke-width="11"/>'
        f'<circle cx="50" cy="50" r="{radius}" fill="none" '
        f'stroke="{color}" stroke-width="11" '
        f'stroke-dasharray="{done:.2f} {length:.2f}" '
        'transform="rotate(-90 50 50)"/>'
        '<text x="50" y="57" text-anchor="middle" font-size="20" '
        f'font-family="sans-serif" font-weight="bold" fill="{color}">'
        f'{escape(text)}</text></svg>')


def bars(rows: Sequence[Bar], text_color: str, track: str) -> str:
    "Return horizontal bars with their label and value"
    height = 16
    most = max([row.value for row in rows], default=0) or 1
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" '
        f'viewBox="0 0 220 {height * max(len(rows), 1)}">']
    for number, row in enumerate(rows):
        top = number * height
        width = 110 * row.value / most
        parts.append(
            f'<text x="0" y="{top + 11}" font-size="9" '
            f'font-family="sans-serif" fill="{text_color}">'
            f'{escape(row.label)}</text>'
            f'<rect x="70" y="{top + 4}" width="110" height="8" rx="2" '
            f'fill="{track}"/>'
            f'<rect x="70" y="{top + 4}" width="{width:.2f}" height="8" '
            f'rx="2" fill="{row.color}"/>'
            f'<text x="190" y="{top + 11}" font-size="9" '
            'font-family="sans-serif" font-weight="bold" '
            f'fill="{text_color}">{row.value}</text>')
    parts.append('</svg>')
    return ''.join(parts)

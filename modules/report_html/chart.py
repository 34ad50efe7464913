# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Small charts for papers, drawn as SVG."""
import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

__all__ = ['Slice', 'bars', 'donut']

_FONT = 'font-family="Inter, sans-serif"'
_INK = '#1f242b'
_MUTED = '#6b7280'
_EMPTY = '#e5e7eb'


@dataclass(frozen=True)
class Slice:
    label: str
    value: float
    color: str
    text: str = ''
    "The value as it is written"


def bars(slices: Sequence[Slice], width: int = 480) -> str:
    "Return horizontal bars, one below the other, the longest over the width"
    row, label, number = 22, 150, 60
    longest = max((s.value for s in slices), default=0)
    space = width - label - number
    parts = []
    for index, slice_ in enumerate(slices):
        top = index * row
        length = space * slice_.value / longest if longest > 0 else 0
        parts.append(
            f'<text x="0" y="{top + 15}" {_FONT} font-size="11" '
            f'fill="{_INK}">{escape(slice_.label)}</text>'
            f'<rect x="{label}" y="{top + 5}" width="{space}" height="12" '
            f'rx="2" fill="{_EMPTY}" fill-opacity="0.5"/>'
            f'<rect x="{label}" y="{top + 5}" width="{max(length, 0):.2f}" '
            f'height="12" rx="2" fill="{escape(slice_.color)}"/>'
            f'<text x="{width}" y="{top + 15}" {_FONT} font-size="11" '
            f'font-weight="700" text-anchor="end" fill="{_INK}">'
            f'{escape(slice_.text or _write(slice_.value))}</text>')
    return _svg(width, max(len(slices) * row, 1), parts)


def donut(
        slices: Sequence[Slice], text: str = '', note: str = '',
        size: int = 160) -> str:
    "Return a ring with a text and a note in its middle"
    center = size / 2
    radius, stroke = size * 0.39, size * 0.17
    total = sum(max(s.value, 0) for s in slices)
    parts = [
        f'<circle cx="{center}" cy="{center}" r="{radius:.2f}" fill="none" '
        f'stroke="{_EMPTY}" stroke-width="{stroke:.2f}"/>']
    start = 0.0
    for slice_ in slices:
        part = max(slice_.value, 0) / total if total else 0
        if part:
            parts.append(_arc(
                    center, radius, stroke, start, start + part,
                    slice_.color))
        start += part
    if text:
        parts.append(
            f'<text x="{center}" y="{center + size * 0.045:.2f}" {_FONT} '
            f'font-size="{size * 0.17:.2f}" font-weight="700" '
            f'text-anchor="middle" fill="{_INK}">{escape(text)}</text>')
    if note:
        parts.append(
            f'<text x="{center}" y="{center + size * 0.15:.2f}" {_FONT} '
            f'font-size="{size * 0.065:.2f}" text-anchor="middle" '
            f'fill="{_MUTED}">{escape(note)}</text>')
    return _svg(size, size, parts)


def _arc(
        center: float, radius: float, stroke: float, start: float,
        end: float, color: str) -> str:
    if end - start > 0.9999:
        return (
            f'<circle cx="{center}" cy="{center}" r="{radius:.2f}" '
            f'fill="none" stroke="{escape(color)}" '
            f'stroke-width="{stroke:.2f}"/>')
    points = []
    for turn in [start, end]:
        angle = 2 * math.pi * turn
        points.append((
                center + radius * math.sin(angle),
                center - radius * math.cos(angle)))
    (x1, y1), (x2, y2) = points
    large = int(end - start > 0.5)
    return (
        f'<path d="M {x1:.3f} {y1:.3f} A {radius:.2f} {radius:.2f} 0 {large} '
        f'1 {x2:.3f} {y2:.3f}" fill="none" stroke="{escape(color)}" '
        f'stroke-width="{stroke:.2f}"/>')


def _svg(width: float, height: float, parts: Sequence[str]) -> str:
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" '
        f'width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}">{"".join(parts)}</svg>')


def _write(value: float) -> str:
    return f'{value:g}'

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Draw the QR code of a label.

One path of horizontal strokes: three hundred labels of a thousand squares
each would take a minute to print.
"""
from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import qrcode


def draw(code: str) -> str:
    "Return the QR code as SVG, without the quiet zone around it"
    drawing = qrcode.QRCode(
        border=0, error_correction=qrcode.ERROR_CORRECT_M)
    drawing.add_data(code)
    drawing.make()
    matrix: Sequence[Sequence[bool]] = drawing.get_matrix()
    size = len(matrix)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" '
        f'height="{size}" viewBox="0 0 {size} {size}">'
        # A little wider than one, lest light shines between the rows.
        f'<path d="{_strokes(matrix)}" stroke="#000" stroke-width="1.02"/>'
        '</svg>')


def _strokes(matrix: Sequence[Sequence[bool]]) -> str:
    parts = []
    for y, row in enumerate(matrix):
        x = 0
        for dark, cells in groupby(row):
            length = len(list(cells))
            if dark:
                parts.append(f'M{x} {y}.5h{length}')
            x += length
    return ''.join(parts)

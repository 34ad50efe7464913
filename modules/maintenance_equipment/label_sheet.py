# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Where labels stand on the sheets that shops sell."""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar('T')


@dataclass(frozen=True)
class Format:
    "The sizes in millimetres; without margin a roll or a plain sheet"
    name: str
    width: float
    height: float
    page_width: float
    page_height: float
    columns: int = 1
    rows: int = 1
    left: float = 0
    top: float = 0
    gap: float = 0

    @property
    def number(self) -> int:
        "How many labels a sheet has"
        return self.columns * self.rows


@dataclass(frozen=True)
class Place(Generic[T]):
    "What is printed where on the sheet"
    left: float
    top: float
    item: T


FORMATS = {f.name: f for f in [
        Format('roll_62x29', 62, 29, 62, 29),
        Format('a4_70x37', 70, 37, 210, 297, 3, 8, top=.5),
        Format(
            'a4_99x38', 99.1, 38.1, 210, 297, 2, 7,
            left=4.65, top=15.15, gap=2.5),
        Format(
            'a4_38x21', 38.1, 21.2, 210, 297, 5, 13,
            left=4.75, top=10.7, gap=2.5),
        ]}


def sheets(
        format_: Format, items: Sequence[T],
        first: int = 1) -> Iterator[list[Place[T]]]:
    "Yield the places of each sheet, of which the first is used in part"
    position = first - 1
    sheet: list[Place[T]] = []
    for item in items:
        row, column = divmod(position, format_.columns)
        sheet.append(Place(
                round(
                    format_.left + column * (format_.width + format_.gap), 2),
                round(format_.top + row * format_.height, 2), item))
        position += 1
        if position == format_.number:
            yield sheet
            position, sheet = 0, []
    if sheet:
        yield sheet

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The colours of a paper, derived from the two the company chose."""
import re
from dataclasses import dataclass

__all__ = ['DEFAULT_ACCENT', 'DEFAULT_PRIMARY', 'Palette', 'is_color',
    'make_palette']

DEFAULT_PRIMARY = '#1f4e79'
DEFAULT_ACCENT = '#c8102e'

_COLOR = re.compile(r'#[0-9a-fA-F]{6}')
_WHITE = (255, 255, 255)
_BLACK = (0, 0, 0)
_INK = (31, 36, 43)

RGB = tuple[int, int, int]


@dataclass(frozen=True)
class Palette:
    primary: str
    "Headings, rules and the total"
    primary_text: str
    "What is written in the primary colour on white paper"
    on_primary: str
    "What is written on the primary colour"
    tint: str
    "The background of table heads and boxes"
    line: str
    "Thin rules between rows"
    accent: str
    "What must catch the eye"
    on_accent: str
    accent_tint: str


def is_color(text: str | None) -> bool:
    "Whether the text is a colour like #1f4e79"
    return bool(text and _COLOR.fullmatch(text))


def make_palette(
        primary: str | None = None, accent: str | None = None) -> Palette:
    main = _parse(primary if primary else DEFAULT_PRIMARY)
    eye = _parse(accent if accent else DEFAULT_ACCENT)
    return Palette(
        primary=_format(main),
        primary_text=_format(_readable(main)),
        on_primary=_format(_text_on(main)),
        tint=_format(_mix(main, _WHITE, 0.08)),
        line=_format(_mix(main, _WHITE, 0.22)),
        accent=_format(eye),
        on_accent=_format(_text_on(eye)),
        accent_tint=_format(_mix(eye, _WHITE, 0.10)),
        )


def contrast(first: RGB, second: RGB) -> float:
    "The contrast ratio of two colours, from 1 to 21"
    light, dark = sorted(
        [_luminance(first), _luminance(second)], reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _parse(color: str) -> RGB:
    if not is_color(color):
        raise ValueError(f"Not a colour: {color!r}")
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _format(color: RGB) -> str:
    return '#{:02x}{:02x}{:02x}'.format(*color)


def _mix(color: RGB, other: RGB, part: float) -> RGB:
    red, green, blue = (
        round(a * part + b * (1 - part))
        for a, b in zip(color, other))
    return red, green, blue


def _luminance(color: RGB) -> float:
    channels = []
    for value in color:
        part = value / 255
        channels.append(
            part / 12.92 if part <= 0.03928
            else ((part + 0.055) / 1.055) ** 2.4)
    red, green, blue = channels
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _text_on(background: RGB) -> RGB:
    if contrast(_WHITE, background) >= contrast(_INK, background):
        return _WHITE
    return _INK


def _readable(color: RGB) -> RGB:
    "Darken the colour until it can be read on white"
    part = 1.0
    result = color
    while contrast(result, _WHITE) < 4.5 and part > 0:
        part -= 0.05
        result = _mix(color, _BLACK, max(part, 0))
    return result

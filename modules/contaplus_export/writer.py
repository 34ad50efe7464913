# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Values to lines of a layout."""
import datetime as dt
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from .layout import DATE, LOGICAL, NUMBER, Field, Layout

Value = str | int | bool | Decimal | dt.date | None
_Format = Callable[[Value], str]

# The usual typographic signs that a code page may lack, one for one: the
# width of the text must not change.
_SIGNS = str.maketrans({
        '\u2018': "'", '\u2019': "'", '\u201c': '"', '\u201d': '"',
        '\u2013': '-', '\u2014': '-', '\u2212': '-', '\u2026': '.',
        '\u00a0': ' ', '\u202f': ' ', '\u2022': '*', '\u0142': 'l',
        '\u0141': 'L', '\u0111': 'd', '\u0110': 'D', '\u0131': 'i',
        })


class Overflow(ValueError):
    "A value does not fit in its field"

    def __init__(self, field: str, value: Value) -> None:
        super().__init__(field, value)
        self.field = field
        self.value = value


@lru_cache(maxsize=8192)
def transliterate(text: str, encoding: str) -> tuple[str, str]:
    """Return the text as the encoding can hold it, and what was replaced

    A character is always replaced by exactly one.
    """
    if not text.isprintable():
        text = ''.join(c if c.isprintable() else ' ' for c in text)
    if text.isascii():
        return text, ''
    try:
        text.encode(encoding)
        return text, ''
    except UnicodeEncodeError:
        pass
    found, replaced = [], []
    for character in text:
        other = _encodable(character, encoding)
        if other != character:
            replaced.append(character)
        found.append(other)
    return ''.join(found), ''.join(dict.fromkeys(replaced))


def _encodable(character: str, encoding: str) -> str:
    decomposed = unicodedata.normalize('NFKD', character)
    for candidate in [character, character.translate(_SIGNS), decomposed[:1]]:
        if len(candidate) == 1:
            try:
                candidate.encode(encoding)
                return candidate
            except UnicodeEncodeError:
                continue
    return '?'


@dataclass(frozen=True)
class _Plan:
    template: str
    cells: list[tuple[str, _Format, str | None]]
    "The name, how it is written, and how when there is nothing to write"


class Writer:
    "Write lines of one layout"

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self._formats = {f.name: self._formatter(f) for f in layout.fields}
        self._blank = {f.name: self._formats[f.name](None)
            for f in layout.fields}
        # Where nothing and zero are written as the blank line has them.
        self._empty = {f.name for f in layout.fields if not f.value}
        self._plans: dict[tuple[str, ...], _Plan] = {}

    def line(self, values: Mapping[str, Value]) -> str:
        """Return the line of the values, with its end

        A name that the layout does not have is left out: the short layouts
        are the beginning of the long ones.
        """
        names = tuple(values)
        plan = self._plans.get(names)
        if plan is None:
            plan = self._plans[names] = self._plan(names)
        return plan.template % tuple([
                blank if blank is not None and not values[name]
                else format_(values[name])
                for name, format_, blank in plan.cells])

    def encode(self, line: str) -> bytes:
        # All the code pages begin with ASCII, which takes no looking up.
        return line.encode(
            'ascii' if line.isascii() else self.layout.encoding)

    def _plan(self, names: tuple[str, ...]) -> _Plan:
        "Return what is the same in all the lines with these names"
        parts, cells = [], []
        for field in self.layout.fields:
            name = field.name
            if name in names:
                parts.append('%s')
                cells.append((
                        name, self._formats[name],
                        self._blank[name] if name in self._empty else None))
            else:
                parts.append(self._blank[name].replace('%', '%%'))
        separator = '' if self.layout.fixed else self.layout.separator
        return _Plan(separator.join(parts) + self.layout.line_end, cells)

    def _formatter(self, field: Field) -> _Format:
        if field.type == NUMBER:
            return _number(field, self.layout.fixed)
        elif field.type == DATE:
            return _date(field, self.layout.fixed)
        elif field.type == LOGICAL:
            return lambda value: (
                self.layout.true if value else self.layout.false)
        return _text(field, self.layout)


# One function for each field: what is the same in all the lines is known
# before the first.

def _number(field: Field, fixed: bool) -> _Format:
    width, spec = field.width, f'.{field.decimals}f'
    nothing = field.value or 0

    def write(value: Value) -> str:
        if value is None:
            value = nothing
        if not isinstance(value, Decimal):
            value = Decimal(value)  # type: ignore[arg-type]
        text = format(value, spec)
        if text[0] == '-' and not text.strip('-0.'):
            text = text[1:]
        if len(text) > width:
            raise Overflow(field.name, value)
        return text.rjust(width) if fixed else text
    return write


def _date(field: Field, fixed: bool) -> _Format:
    blank = ' ' * field.width if fixed else ''

    def write(value: Value) -> str:
        if value is None:
            return blank
        if not isinstance(value, dt.date):
            raise TypeError(f"{field.name} wants a date, not {value!r}")
        return f'{value.year:04}{value.month:02}{value.day:02}'
    return write


def _text(field: Field, layout: Layout) -> _Format:
    width, nothing = field.width, field.value
    fixed, encoding = layout.fixed, layout.encoding
    separator = layout.separator

    def write(value: Value) -> str:
        text = nothing if value is None else str(value)
        if not (text.isascii() and text.isprintable()):
            text, _ = transliterate(text, encoding)
        if fixed:
            return text[:width].ljust(width)
        return text[:width].replace(separator, ',').replace('"', "'")
    return write

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Values to lines of a layout."""
import datetime as dt
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache

from .layout import DATE, LOGICAL, NUMBER, Field, Layout

Value = str | int | bool | Decimal | dt.date | None

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


class Writer:
    "Write lines of one layout"

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self._places = {f.name: i for i, f in enumerate(layout.fields)}
        self._blank = [self._format(f, None) for f in layout.fields]
        # Where nothing and zero are written as the blank line has them.
        self._empty = [not f.value for f in layout.fields]
        self._end = layout.line_end

    def line(self, values: Mapping[str, Value]) -> str:
        """Return the line of the values, with its end

        A name that the layout does not have is left out: the short layouts
        are the beginning of the long ones.
        """
        cells = self._blank.copy()
        places = self._places
        fields = self.layout.fields
        for name, value in values.items():
            place = places.get(name)
            if place is not None and (value or not self._empty[place]):
                cells[place] = self._format(fields[place], value)
        separator = '' if self.layout.fixed else self.layout.separator
        return separator.join(cells) + self._end

    def encode(self, line: str) -> bytes:
        return line.encode(self.layout.encoding)

    def _format(self, field: Field, value: Value) -> str:
        if field.type == NUMBER:
            return self._number(field, value)
        elif field.type == DATE:
            return self._date(field, value)
        elif field.type == LOGICAL:
            return self.layout.true if value else self.layout.false
        return self._text(field, value)

    def _number(self, field: Field, value: Value) -> str:
        if value is None:
            value = field.value or 0
        if not isinstance(value, Decimal):
            value = Decimal(value)  # type: ignore[arg-type]
        text = f'{value:.{field.decimals}f}'
        if text.startswith('-') and Decimal(text) == 0:
            text = text[1:]
        if len(text) > field.width:
            raise Overflow(field.name, value)
        return text.rjust(field.width) if self.layout.fixed else text

    def _date(self, field: Field, value: Value) -> str:
        if value is None:
            return ' ' * field.width if self.layout.fixed else ''
        if not isinstance(value, dt.date):
            raise TypeError(f"{field.name} wants a date, not {value!r}")
        return f'{value.year:04}{value.month:02}{value.day:02}'

    def _text(self, field: Field, value: Value) -> str:
        text = field.value if value is None else str(value)
        text, _ = transliterate(text, self.layout.encoding)
        text = text[:field.width]
        if self.layout.fixed:
            return text.ljust(field.width)
        return text.replace(self.layout.separator, ',').replace('"', "'")

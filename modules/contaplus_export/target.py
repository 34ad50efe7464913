# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What a program that reads our files has to offer.

A target is given the entries one by one and writes them as they come; it
ends with the files.
"""
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO

from .entries import Entry
from .layout import Layout
from .rows import Year
from .writer import transliterate
from .xdiario import Options, Subaccount

# An entry alone is half of what a file gathers by default.
_BUFFER = 1 << 18


@dataclass(frozen=True)
class Output:
    name: str
    kind: str
    "entries, subaccounts…"
    path: Path
    lines: int


@dataclass(frozen=True)
class Setting:
    "What a target needs to know of the profile"
    folder: Path
    years: dict[int, Year]
    options: Options
    encoding: str
    line_end: str
    layout: Layout | None = None
    subaccount_layout: Layout | None = None
    company_code: str = ''
    code_length: int = 8


class Target:
    "A program of an adviser"

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self._open: dict[tuple[str, int], tuple[str, BinaryIO]] = {}
        self._lines: dict[tuple[str, int], int] = {}

    def add(self, entry: Entry) -> None:
        raise NotImplementedError

    def close(self, subaccounts: Iterable[Subaccount]) -> list[Output]:
        raise NotImplementedError

    def sums(self, outputs: Iterable[Output]) -> dict[str, Decimal]:
        """Return the sums of the written files, as they read

        The names are debit, credit and base; a program whose files do not
        say one of them leaves it out.
        """
        return {}

    def limits(self, entry: Entry) -> str | None:
        "Return the code of what the program cannot be told of the entry"
        return None

    def replaced(self, text: str) -> str:
        "Return the characters of the text that cannot be written"
        return transliterate(text, self.setting.encoding)[1]

    def _write(
            self, kind: str, name: str, year: int, data: bytes,
            lines: int) -> None:
        key = kind, year
        if key not in self._open:
            path = self.setting.folder / f'{kind}-{year}'
            self._open[key] = name, open(path, 'wb', buffering=_BUFFER)
            self._lines[key] = 0
        self._open[key][1].write(data)
        self._lines[key] += lines

    def _outputs(self) -> list[Output]:
        outputs = []
        years = {y for _, y in self._open if y}
        for (kind, year), (name, file) in self._open.items():
            file.close()
            if year and len(years) > 1:
                # One file for each year is what the programs take.
                stem, dot, extension = name.rpartition('.')
                name = (
                    f'{stem}-{self.setting.years[year].name}'
                    f'{dot}{extension}')
            outputs.append(Output(
                    name=_safe(name), kind=kind, path=Path(file.name),
                    lines=self._lines[kind, year]))
        return outputs


def _safe(name: str) -> str:
    return ''.join(c if c.isalnum() or c in '-_.' else '_' for c in name)

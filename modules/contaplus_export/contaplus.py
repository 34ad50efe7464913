# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The files of ContaPlus and Sage 50."""
from collections.abc import Iterable
from decimal import Decimal

from .entries import Entry
from .layout import LayoutError
from .reader import column_sums
from .target import Output, Setting, Target
from .writer import Writer
from .xdiario import Subaccount, encoded, subaccount


class ContaPlus(Target):
    "XDIARIO and XSUBCTA"

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        if not (setting.layout and setting.subaccount_layout):
            raise LayoutError("ContaPlus wants both layouts")
        self._writer = Writer(setting.layout)
        self._subaccounts = Writer(setting.subaccount_layout)

    def add(self, entry: Entry) -> None:
        data = encoded(self._writer, entry, self.setting.options)
        self._write(
            'entries', f'XDIARIO.{self._writer.layout.extension}',
            entry.fiscalyear, data, len(entry.lines))

    def close(self, subaccounts: Iterable[Subaccount]) -> list[Output]:
        writer = self._subaccounts
        name = f'XSUBCTA.{writer.layout.extension}'
        for account in subaccounts:
            line = writer.line(subaccount(account))
            self._write('subaccounts', name, 0, writer.encode(line), 1)
        return self._outputs()

    def sums(self, outputs: Iterable[Output]) -> dict[str, Decimal]:
        names = {
            'debit': 'EuroDebe', 'credit': 'EuroHaber', 'base': 'BaseEuro'}
        sums = dict.fromkeys(names, Decimal(0))
        for output in outputs:
            if output.kind == 'entries':
                found = column_sums(
                    output.path, self._writer.layout, list(names.values()))
                for name, field in names.items():
                    sums[name] += found[field]
        return sums

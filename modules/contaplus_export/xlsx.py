# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""A workbook written row by row."""
import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path

from xlsxwriter import Workbook

from .writer import Value

Sheet = tuple[str, Sequence[str], Iterable[Sequence[Value]]]


def write(path: Path, sheets: Sequence[Sheet]) -> None:
    "Write the sheets: name, header, rows"
    # Each row goes to the disk when the next one begins.
    with Workbook(path, {'constant_memory': True}) as book:
        bold = book.add_format({'bold': True})
        date = book.add_format({'num_format': 'dd/mm/yyyy'})
        money = book.add_format({'num_format': '#,##0.00'})
        for name, header, rows in sheets:
            sheet = book.add_worksheet(name)
            # The header stays while the rows are scrolled.
            sheet.freeze_panes(1, 0)
            for column, title in enumerate(header):
                sheet.write_string(0, column, title, bold)
            for line, row in enumerate(rows, 1):
                for column, value in enumerate(row):
                    if value is None or value == '':
                        continue
                    elif isinstance(value, bool):
                        sheet.write_boolean(line, column, value)
                    elif isinstance(value, Decimal):
                        sheet.write_number(line, column, value, money)
                    elif isinstance(value, int):
                        sheet.write_number(line, column, value)
                    elif isinstance(value, dt.date):
                        sheet.write_datetime(line, column, value, date)
                    else:
                        sheet.write_string(
                            line, column,
                            ''.join(c for c in value if c.isprintable()))

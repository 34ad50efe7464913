# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Rows that come by the ten thousand and have nothing to validate."""
import datetime as dt

from trytond import backend
from trytond.tools import grouped_slice
from trytond.transaction import Transaction


def insert_rows(table, columns, rows):
    "Insert the rows with who made them and when"
    transaction = Transaction()
    cursor = transaction.connection.cursor()
    columns = [table.create_uid, table.create_date, *columns]
    now = dt.datetime.now(dt.timezone.utc).replace(tzinfo=None)
    rows = ([transaction.user, now, *row] for row in rows)
    if backend.name == 'postgresql':
        _copy(cursor, table, columns, rows)
        return
    size = backend.MAX_QUERY_PARAMS // (len(columns) + 1)
    for sub in grouped_slice(list(rows), min(size, 1000)):
        cursor.execute(*table.insert(columns, list(sub)))


def _copy(cursor, table, columns, rows):
    # Reading a statement of thousands of parameters takes longer than all
    # the rest of it.
    names = ', '.join(f'"{column.name}"' for column in columns)
    with cursor.copy(
            f'COPY "{table._name}" ({names}) FROM STDIN') as copy:
        for row in rows:
            copy.write_row(row)

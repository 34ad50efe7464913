# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Rows that come by the ten thousand and have nothing to validate."""
from sql.functions import CurrentTimestamp

from trytond import backend
from trytond.tools import grouped_slice
from trytond.transaction import Transaction


def insert_rows(table, columns, rows):
    "Insert the rows with who made them and when"
    transaction = Transaction()
    cursor = transaction.connection.cursor()
    columns = [table.create_uid, table.create_date, *columns]
    size = backend.MAX_QUERY_PARAMS // (len(columns) + 1)
    for sub in grouped_slice(rows, min(size, 1000)):
        cursor.execute(*table.insert(columns, [
                    [transaction.user, CurrentTimestamp(), *row]
                    for row in sub]))

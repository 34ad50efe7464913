# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Rows of a query as dictionaries."""
from typing import Any


def row_dicts(cursor: Any) -> list[dict[str, Any]]:
    """Return all the rows of the cursor by the names of its columns

    The names are asked for once: some drivers make them anew for each row.
    """
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row)) for row in cursor]

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Names which are made of other names."""
from functools import wraps

from trytond import backend
from trytond.transaction import Transaction

SEPARATOR = ' / '


def search_in_steps(searcher):
    """Decorate the searcher of a name around which others are built

    The name of a machine is searched in those of its site, its customer and
    their addresses, numbers and bank accounts, and that of a visit line in the
    name of its machine.  PostgreSQL takes it all in one statement; the parser
    of SQLite gives up beyond some twenty levels, so there each step is done
    before the next.
    """
    @wraps(searcher)
    def wrapper(cls, name, clause):
        domain = searcher(cls, name, clause)
        if backend.name != 'sqlite':
            return domain
        with Transaction().set_context(active_test=False):
            return [('id', 'in', [r.id for r in cls.search(domain, order=[])])]
    return wrapper


class TreeNameMixin:
    """A name which begins with those of what is above

    A list names the places of all its rows, so what is above is read level
    by level, for all rows at once, and not record by record.
    """
    __slots__ = ()

    @classmethod
    def get_rec_name(cls, records, name):
        rows, wanted = {}, {r.id for r in records}
        while wanted:
            rows.update(
                (row['id'], row)
                for row in cls.read(list(wanted), ['name', 'parent']))
            wanted = {row['parent'] for row in rows.values()}
            wanted -= {None, *rows}
        names = {}

        def whole(id):
            if id not in names:
                row = rows[id]
                own, parent = row['name'] or '', row['parent']
                names[id] = own if parent is None else (
                    whole(parent) + SEPARATOR + own)
            return names[id]

        return {r.id: whole(r.id) for r in records}

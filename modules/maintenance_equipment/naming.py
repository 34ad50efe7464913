# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Search by name where names are made of other names."""
from functools import wraps

from trytond import backend
from trytond.transaction import Transaction


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

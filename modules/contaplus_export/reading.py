# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What the queries for plain rows have in common."""
from trytond.model import fields
from trytond.pool import Pool
from trytond.transaction import Transaction

in_ = fields.SQL_OPERATORS['in']


def tables(*names):
    "Return the tables of the models of the names"
    pool = Pool()
    return [pool.get(name).__table__() for name in names]


def execute(query):
    "Return all the rows of the query"
    cursor = Transaction().connection.cursor()
    cursor.execute(*query)
    return cursor.fetchall()

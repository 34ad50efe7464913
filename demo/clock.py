# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Let the company live through its year, day by day.

What is dated in the books takes the date from ``ir.date``: while ``living``
lasts, today is another day for all that asks there. Timestamps that the
modules take from the computer are told again by ``stamp``.
"""
import datetime as dt
from contextlib import contextmanager

from dateutil.relativedelta import relativedelta

from trytond.pool import Pool
from trytond.transaction import Transaction


@contextmanager
def living(date):
    "Make the date today for the models of the database"
    Date = Pool().get('ir.date')
    own = vars(Date).get('today')
    Date.today = classmethod(lambda cls, timezone=None: date)
    try:
        yield
    finally:
        if own is None:
            del Date.today
        else:
            Date.today = own


def months(today, count=12):
    "Return the first days of the last months, the oldest first"
    first = today.replace(day=1)
    return [first - relativedelta(months=n) for n in range(count, -1, -1)]


def at(date, hour, minute=0):
    "Return the moment in UTC, near enough to the hour in Spain"
    return dt.datetime.combine(date, dt.time(hour - 1, minute))


def working_day(date):
    "Return the date, or the Monday after it"
    return date + dt.timedelta(days=max(0, 7 - date.weekday())) if (
        date.weekday() > 4) else date


def stamp(Model, moments):
    """Write when things happened, of records by their moments

    Some records are closed by then, so that nothing may be written any more:
    the table is.
    """
    table = Model.__table__()
    cursor = Transaction().connection.cursor()
    for record, values in moments:
        names = list(values)
        cursor.execute(*table.update(
                [getattr(table, n) for n in names],
                [values[n] for n in names],
                where=table.id == record.id))
    # What was read is not true any more.
    Transaction().cache.clear()

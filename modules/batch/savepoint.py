# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Undo a part of a transaction, in the database and in memory."""
import time
from collections import defaultdict
from contextlib import contextmanager

from trytond import backend
from trytond.cache import Cache
from trytond.transaction import Transaction

__all__ = ['lock_now', 'locks_released', 'restart', 'savepoint']


@contextmanager
def savepoint():
    "Leave the transaction as it was before when the block fails"
    transaction = Transaction()
    connection = transaction.connection
    memory = _remember(transaction)
    with connection.cursor() as cursor:
        cursor.execute('SAVEPOINT batch_work')
    try:
        yield
    except (GeneratorExit, KeyboardInterrupt, SystemExit):
        raise
    except Exception:
        try:
            with connection.cursor() as cursor:
                cursor.execute('ROLLBACK TO SAVEPOINT batch_work')
                cursor.execute('RELEASE SAVEPOINT batch_work')
        except backend.DatabaseOperationalError:
            # The transaction is gone as a whole: the connection is lost, or
            # a nested transaction ended it (SQLite in memory has only one).
            transaction.rollback()
        _restore(transaction, memory)
        raise
    else:
        with connection.cursor() as cursor:
            cursor.execute('RELEASE SAVEPOINT batch_work')


def _remember(transaction):
    return {
        'created': {
            name: len(ids)
            for name, ids in transaction.create_records.items()},
        'deleted': {
            name: set(ids)
            for name, ids in transaction.delete_records.items()},
        'triggered': {
            id_: set(ids)
            for id_, ids in transaction.trigger_records.items()},
        'logs': len(transaction.log_records),
        'notifications': len(transaction.user_notifications),
        'tasks': len(transaction.tasks),
        'datamanagers': len(transaction._datamanagers),
        }


def _restore(transaction, memory):
    for name, ids in transaction.create_records.items():
        del ids[memory['created'].get(name, 0):]
    for name, current in [
            ('deleted', transaction.delete_records),
            ('triggered', transaction.trigger_records)]:
        current.clear()
        current.update(memory[name])
    del transaction.log_records[memory['logs']:]
    del transaction.user_notifications[memory['notifications']:]
    del transaction.tasks[memory['tasks']:]
    for datamanager in transaction._datamanagers[memory['datamanagers']:]:
        datamanager.tpc_abort(transaction)
    del transaction._datamanagers[memory['datamanagers']:]
    for cache in transaction.cache.values():
        cache.clear()
    Cache.clear_all()


def lock_now(error):
    """Take the lock that the transaction should have been restarted with

    Return False if it is another kind of error.
    """
    locks = {}
    error.fix(locks)
    _take(locks)
    return bool(locks)


def restart(locks, patience=10):
    """Begin the transaction anew with the locks

    As Transaction.start does, which gives up after 0.2 s, too early when a
    user holds one of them; a worker can wait.
    """
    transaction = Transaction()
    until = time.monotonic() + patience
    while True:
        transaction.rollback()
        locks_released()
        try:
            _take(locks)
            return
        except backend.DatabaseOperationalError:
            if time.monotonic() > until:
                raise
        time.sleep(0.02)


def _take(locks):
    transaction = Transaction()
    database, connection = transaction.database, transaction.connection
    for table in locks.get('_lock_tables', []):
        database.lock(connection, table)
        transaction._locked_tables.add(table)
    for table, ids in locks.get('_lock_records', {}).items():
        database.lock_records(connection, table, ids)
        transaction._locked_records[table].update(ids)


def locks_released():
    "Forget the locks that a commit has released"
    transaction = Transaction()
    transaction._locked_tables = set()
    transaction._locked_records = defaultdict(set)

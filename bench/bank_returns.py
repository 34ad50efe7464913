# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Match a return of each debit of a collected remittance and book them."""
from contextlib import contextmanager

from bench import remittance
from bench.runner.world import TODAY

modules = remittance.modules


def prepare(world):
    remittance.prepare(world)
    remittance.run(world)
    get = world.pool.get
    with remittance.locked(world):
        Remittance = get('sepa.remittance')
        records = Remittance.search([('state', '=', 'generated')])
        Remittance.send(records)
        Remittance.settle(records)


@contextmanager
def draft(world):
    "Give a message that returns each debit, received but not read"
    from trytond.modules.sepa_remittance.tests.tools import camt054_returns
    get = world.pool.get
    with remittance.locked(world) as transaction:
        table = get('sepa.remittance.debit').__table__()
        Journal = get('account.payment.journal')
        journal, = Journal.search([('process_method', '=', 'sepa')])
        cursor = transaction.connection.cursor()
        cursor.execute(*table.select(table.end_to_end_id, table.amount))
        content = camt054_returns(
            journal.sepa_bank_account_number.number, TODAY,
            [(id_, amount, 'AM04', '0') for id_, amount in cursor])
        message, = get('sepa.bank_message').create([{
                    'name': 'camt.xml',
                    'content': content,
                    'company': world.company,
                    }])
        yield message


def run(world):
    with draft(world) as message:
        type(message).process([message])
        return len(message.lines)


def check(world, records):
    get = world.pool.get
    with world.transaction():
        Debit = get('sepa.remittance.debit')
        failed = Debit.search([('state', '=', 'failed')], count=True)
        if not records == failed == world.size:
            raise RuntimeError(f"{failed} of {world.size} came back")

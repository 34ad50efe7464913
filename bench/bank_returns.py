# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Match a return of each debit of a collected remittance and book them."""
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


def run(world):
    from trytond.modules.sepa_remittance.tests.tools import camt054_returns
    get = world.pool.get
    with remittance.locked(world):
        Debit = get('sepa.remittance.debit')
        Message = get('sepa.bank_message')
        Journal = get('account.payment.journal')
        journal, = Journal.search([('process_method', '=', 'sepa')])
        table = Debit.__table__()
        from trytond.transaction import Transaction
        cursor = Transaction().connection.cursor()
        cursor.execute(*table.select(table.end_to_end_id, table.amount))
        content = camt054_returns(
            journal.sepa_bank_account_number.number, TODAY,
            [(id_, amount, 'AM04', '0') for id_, amount in cursor])
        message, = Message.receive([('camt.xml', content)], world.company)
        return len(message.lines)


def check(world, records):
    get = world.pool.get
    with world.transaction():
        Debit = get('sepa.remittance.debit')
        failed = Debit.search([('state', '=', 'failed')], count=True)
        if not records == failed == world.size:
            raise RuntimeError(f"{failed} of {world.size} came back")

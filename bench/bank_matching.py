# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Read and match a return of each debit of a collected remittance."""
from bench import bank_returns

modules = bank_returns.modules
prepare = bank_returns.prepare


def run(world):
    with bank_returns.draft(world) as message:
        Message = type(message)
        message._read()
        message.save()
        Message._to_read([message])
        Message._match([message])
        return len(message.lines)


def check(world, records):
    with world.transaction():
        Line = world.pool.get('sepa.bank_message.line')
        matched = Line.search([('state', '=', 'matched')], count=True)
        if not records == matched == world.size:
            raise RuntimeError(f"{matched} of {world.size} were found")

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Write the adviser's files of a month with an invoice for each customer."""
import datetime as dt
import tempfile

from sql import Literal
from sql.functions import CurrentTimestamp

import trytond.config as config
from bench.runner.world import TODAY

modules = ['contaplus_export']

FIRST = dt.date(TODAY.year, 1, 1)
LAST = dt.date(TODAY.year, 1, 31)
CHUNK = 1000

# As the guide of the module says for production; read when it is loaded.
if not config.has_section('contaplus_export'):
    config.add_section('contaplus_export')
config.set('contaplus_export', 'filestore', 'True')


def prepare(world):
    config.set(
        'database', 'path', tempfile.mkdtemp(prefix='contaplus-bench-'))
    with world.transaction():
        profile = _profile(world)
        world.profile = profile.id
    rows = _template(world)
    for start in range(0, len(world.customers), CHUNK):
        with world.transaction():
            _invoices(
                world, rows, start, world.customers[start:start + CHUNK])


def _profile(world):
    "A profile, and the codes of a Spanish chart for the accounts in use"
    Account = world.pool.get('account.account')
    Profile = world.pool.get('contaplus.profile')
    Tax = world.pool.get('account.tax')
    tax = Tax(world.tax)
    for account, code in [
            (world.receivable, '4300'), (world.revenue, '705'),
            (tax.invoice_account.id, '477')]:
        Account.write([Account(account)], {'code': code})
    profile = Profile(name="Bench", company=world.company)
    profile.save()
    return profile


def _template(world):
    "Post one invoice: the others are copies of it"
    Invoice = world.pool.get('account.invoice')
    party, address = world.create_customers(1)[0]
    world.customers.pop()

    def post():
        Journal = world.pool.get('account.journal')
        journal, = Journal.search([('type', '=', 'revenue')], limit=1)
        invoice, = Invoice.create([{
                    'company': world.company,
                    'type': 'out',
                    'party': party,
                    'invoice_address': address,
                    'currency': world.currency,
                    'journal': journal.id,
                    'account': world.receivable,
                    'payment_term': world.payment_term,
                    'invoice_date': FIRST,
                    'lines': [('create', [{
                                    'account': world.revenue,
                                    'quantity': 1,
                                    'unit_price': price,
                                    'description': "Maintenance",
                                    'taxes': [('add', [world.tax])],
                                    } for price in [100, 50]])],
                    }])
        Invoice.post([invoice])
        # It is not of the month.
        table = world.pool.get('account.move').__table__()
        from trytond.transaction import Transaction
        cursor = Transaction().connection.cursor()
        cursor.execute(*table.update(
                [table.from_contaplus], [Literal(True)],
                where=table.id == invoice.move.id))
        return invoice.id

    return _locked(world, post)


def _locked(world, function):
    "Start again with the locks that are asked for, as a server does"
    from trytond.transaction import Transaction, TransactionError
    extras = {}
    while True:
        with Transaction().start(
                world.database, world.user, context={
                    'company': world.company,
                    'companies': [world.company],
                    '_skip_warnings': True,
                    }, **extras) as transaction:
            try:
                return function()
            except TransactionError as error:
                transaction.rollback()
                error.fix(extras)


def _copy(cursor, table, ids, source, changes):
    """Insert copies of a row, one for each id, with what changes in each

    The set-up is not what is measured: 25,000 invoices through the ORM take
    a quarter of an hour.
    """
    cursor.execute(*table.select(where=table.id == source))
    names = [d[0] for d in cursor.description]
    row = dict(zip(names, cursor.fetchone()))
    for start in range(0, len(ids), 200):
        values = []
        for id, change in list(zip(ids, changes))[start:start + 200]:
            new = {**row, **change, 'id': id}
            values.append([new[n] for n in names])
        cursor.execute(*table.insert(
                [getattr(table, n) for n in names], values))


def _ids(cursor, table, count):
    cursor.execute(
        "SELECT nextval(pg_get_serial_sequence(%s, 'id')) "
        "FROM generate_series(1, %s)", (table._name, count))
    return [id for id, in cursor]


def _invoices(world, template, start, customers):
    from trytond.transaction import Transaction
    get = world.pool.get
    Invoice = get('account.invoice')
    cursor = Transaction().connection.cursor()
    tables = {n: get(n).__table__() for n in [
            'account.invoice', 'account.move', 'account.move.line',
            'account.tax.line', 'party.identifier']}
    invoice = Invoice(template)
    count = len(customers)
    identifier = tables['party.identifier']
    cursor.execute(*identifier.insert(
            [identifier.create_uid, identifier.create_date,
                identifier.party, identifier.type, identifier.code,
                identifier.code_compact, identifier.active], [
                [1, CurrentTimestamp(), party, 'eu_vat',
                    _nif(start + i), _nif(start + i), True]
                for i, (party, _) in enumerate(customers)]))
    moves = _ids(cursor, tables['account.move'], count)
    invoices = _ids(cursor, tables['account.invoice'], count)
    _copy(cursor, tables['account.move'], moves, invoice.move.id, [{
                'number': str(10 + start + i),
                'date': FIRST + dt.timedelta(days=(start + i) % 31),
                'origin': f'account.invoice,{id}',
                'from_contaplus': False,
                } for i, id in enumerate(invoices)])
    _copy(cursor, tables['account.invoice'], invoices, invoice.id, [{
                'number': f'F{start + i + 1:07d}',
                'party': party,
                'invoice_address': address,
                'move': move,
                } for i, ((party, address), move) in enumerate(
                zip(customers, moves))])
    for line in invoice.move.lines:
        ids = _ids(cursor, tables['account.move.line'], count)
        _copy(cursor, tables['account.move.line'], ids, line.id, [{
                    'move': move,
                    'party': party if line.party else None,
                    'origin': None,
                    } for move, (party, _) in zip(moves, customers)])
        for tax_line in line.tax_lines:
            _copy(
                cursor, tables['account.tax.line'],
                _ids(cursor, tables['account.tax.line'], count),
                tax_line.id, [{'move_line': id} for id in ids])


def _nif(number):
    digits = f'{number:08d}'
    return f'ES{digits}{"TRWAGMYFPDXBNJZSQVHLCKE"[number % 23]}'


def run(world):
    Export = world.pool.get('contaplus.export')
    Profile = world.pool.get('contaplus.profile')

    def make():
        export = Export.make(Profile(world.profile), FIRST, LAST)
        world.export = export.id
        return export.number_of_lines

    return _locked(world, make)


def check(world, records):
    Export = world.pool.get('contaplus.export')
    Profile = world.pool.get('contaplus.profile')
    with world.transaction():
        export = Export(world.export)
        if export.state != 'done' or export.number_of_entries != world.size:
            raise RuntimeError(
                f"{export.number_of_entries} of {world.size} entries: "
                + '; '.join(p.text for p in export.problems[:3]))
        if records != 4 * world.size or export.debit != export.credit:
            raise RuntimeError(f"{records} lines, {export.debit}")
        file, = [f for f in export.files if f.kind == 'entries']
        if file.size != records * 1191:
            raise RuntimeError(f"{file.size} bytes")
    again = _locked(world, lambda: Export.make(
            Profile(world.profile), FIRST, LAST).number_of_entries)
    if again:
        raise RuntimeError("A second run sent entries again")

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Put a receipt of each customer into a remittance and write its file."""
import datetime as dt
from contextlib import contextmanager
from decimal import Decimal

from bench.runner.world import TODAY

modules = ['sepa_remittance']
CHUNK = 500


@contextmanager
def locked(world):
    """A transaction that has the locks of tables it may ask for

    A server starts again when a lock is missing; here it is taken at once.
    """
    with world.transaction() as transaction:
        for name in ['account_move', 'account_journal_period',
                'ir_sequence_strict', 'bank', 'sepa_remittance']:
            transaction.database.lock(transaction.connection, name)
            transaction._locked_tables.add(name)
        yield transaction


def prepare(world):
    from trytond.modules.sepa_remittance.tests.tools import spanish_iban
    get = world.pool.get
    with locked(world):
        bank = get('bank').create([{
                    'party': get('party.party').create(
                        [{'name': "Bank"}])[0].id,
                    'bic': 'CAIXESBB',
                    }])[0].id
        _journal(world, bank, spanish_iban(99_999_999))
    for start in range(0, len(world.customers), CHUNK):
        customers = world.customers[start:start + CHUNK]
        with locked(world):
            _mandates(world, bank, customers, start, spanish_iban)
            _receipts(world, customers)


def _journal(world, bank, iban):
    get = world.pool.get
    Company = get('company.company')
    company = Company(world.company)
    get('party.identifier').create([{
                'party': company.party.id,
                'type': 'es_vat',
                'code': 'B85626240',
                }])
    account, = get('bank.account').create([{
                'bank': bank,
                'owners': [('add', [company.party.id])],
                'numbers': [('create', [{'type': 'iban', 'number': iban}])],
                }])
    return get('account.payment.journal').create([{
                'name': "Bank",
                'company': world.company,
                'currency': world.currency,
                'process_method': 'sepa',
                'sepa_bank_account_number': account.numbers[0].id,
                }])[0]


def _mandates(world, bank, customers, start, spanish_iban):
    get = world.pool.get
    country = get('country.country').search([('code', '=', 'ES')], limit=1)
    if not country:
        country = get('country.country').create(
            [{'name': "Spain", 'code': 'ES'}])
    Address = get('party.address')
    Address.write(Address.browse([a for _, a in customers]), {
            'country': country[0].id,
            })
    accounts = get('bank.account').create([{
                'bank': bank,
                'owners': [('add', [party])],
                'numbers': [('create', [{
                                'type': 'iban',
                                'number': spanish_iban(start + i),
                                }])],
                } for i, (party, _) in enumerate(customers)])
    get('account.payment.sepa.mandate').create([{
                'company': world.company,
                'party': party,
                'address': address,
                'account_number': account.numbers[0].id,
                'identification': f'M{start + i:06d}',
                'signature_date': TODAY - dt.timedelta(days=400),
                'state': 'validated',
                } for i, ((party, address), account) in enumerate(
                zip(customers, accounts))])


def _receipts(world, customers):
    get = world.pool.get
    Move = get('account.move')
    period = get('account.period').find(world.company, date=TODAY)
    journal, = get('account.journal').search([('code', '=', 'REV')], limit=1)
    lines = [{
            'account': world.receivable,
            'party': party,
            'debit': Decimal('121.00'),
            'maturity_date': TODAY,
            'description': f"Fee {party}",
            } for party, _ in customers]
    lines.append({
            'account': world.revenue,
            'credit': Decimal('121.00') * len(customers),
            })
    move, = Move.create([{
                'company': world.company,
                'journal': journal.id,
                'period': period.id,
                'date': TODAY,
                'lines': [('create', lines)],
                }])
    Move.post([move])


def run(world):
    with locked(world):
        Remittance = world.pool.get('sepa.remittance')
        Journal = world.pool.get('account.payment.journal')
        journal, = Journal.search([('process_method', '=', 'sepa')])
        chosen, _ = Remittance.choose(journal, until=TODAY)
        remittance, = Remittance.create_from_lines(journal, chosen)
        Remittance.process([remittance])
    return len(chosen)


def check(world, records):
    from trytond.modules.sepa_remittance.pain import VARIANTS
    from trytond.modules.sepa_remittance.schema import review
    with world.transaction():
        Remittance = world.pool.get('sepa.remittance')
        remittance, = Remittance.search([], order=[('id', 'DESC')], limit=1)
        if remittance.state != 'generated' or records != world.size:
            raise RuntimeError(
                [f.text for f in remittance.faults[:3]] or records)
        if remittance.totals:
            raise RuntimeError("The totals of a draft are left")
        message, = remittance.messages
        if faults := review(message.message, VARIANTS['pain.008.001.08']):
            raise RuntimeError(faults[0])
        journal = remittance.journal
        again, _ = Remittance.choose(journal, until=TODAY)
        if again:
            raise RuntimeError("Receipts were left or taken twice")

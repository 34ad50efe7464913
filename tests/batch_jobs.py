# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""A job that only tests have, and the processes that work on it.

Run as a program in a process of its own: trytond decides once, when it is
imported, which kind of database it talks to.

    python -m tests.batch_jobs DATABASE build | start JSON | wake | post N
    python -m tests.batch_jobs DATABASE worker PROCESSES
"""
import json
import sys
import time

from trytond.modules.batch.job import Job, Problem, Then
from trytond.pool import Pool
from trytond.transaction import Transaction, TransactionError


class Sign(Job):
    """Put a + behind the name of each party, then number it

    It does not look what is still due: a party with two + was done twice.
    """
    model = 'party.party'
    chunk = 5
    phases = ('work', 'number')
    serial = ('number',)

    def plan(self, run):
        Party = Pool().get('party.party')
        return [p.id for p in Party.search([
                    ('name', 'like', 'Customer%'),
                    ], order=[('id', 'ASC')])]

    def work(self, run, keys):
        Party = Pool().get('party.party')
        parties = Party.browse(keys)
        for party in parties:
            party.name += '+'
        Party.save(parties)
        time.sleep(run.parameters.get('pause', 0))
        bad = set(run.parameters.get('bad', []))
        for party in parties:
            if party.name.rstrip('+') in bad:
                raise ZeroDivisionError(party.name)
        yield Problem(
            'batch.msg_problem_warning', parties[0],
            {'message': f'{len(parties)}'}, severity='warning')
        yield Then('number', keys)

    def number(self, run, keys):
        Party = Pool().get('party.party')
        parties = Party.browse(keys)
        numbers = list(get_sequence().get_many(len(parties)))
        for party, number in zip(parties, numbers):
            party.name += f' #{number}'
        Party.save(parties)
        time.sleep(run.parameters.get('pause_number', 0))


class SignAtOnce(Sign):
    "Number while others are still signed"
    overlap = True


def get_sequence():
    Sequence = Pool().get('ir.sequence.strict')
    sequence, = Sequence.search([('name', '=', "Test Number")])
    return sequence


def register():
    from trytond.modules.batch.run import Run
    jobs = {'test.sign': Sign, 'test.sign_at_once': SignAtOnce}
    Run.job.selection.extend((name, name) for name in jobs)
    Run._jobs = classmethod(lambda cls: jobs)


def attempt(database, function, user=1, **context):
    "Run the function as the dispatcher of requests does, return its result"
    from trytond import backend, config
    retry = config.getint('database', 'retry')
    extras = {}
    count = 0
    while True:
        if count:
            time.sleep(0.02 * count)
        with Transaction().start(
                database, user, context=context, **extras) as transaction:
            try:
                result = function()
            except TransactionError as error:
                transaction.rollback()
                error.fix(extras)
                continue
            except backend.DatabaseOperationalError:
                if count < retry:
                    transaction.rollback()
                    count += 1
                    continue
                raise
            transaction.commit()
            return result


def build(database):
    "Activate batch and make a company with customers"
    from trytond import backend
    connection = backend.Database(database).connect()
    connection.init()
    connection.close()
    Pool(database).init(
        update=['batch'], lang=['en'], activatedeps=True, indexes=True)
    attempt(database, _populate)


def _populate():
    from trytond.modules.company.tests import create_company
    pool = Pool()
    Party = pool.get('party.party')
    Sequence = pool.get('ir.sequence.strict')
    SequenceType = pool.get('ir.sequence.type')
    User = pool.get('res.user')
    company = create_company()
    User.write([User(1)], {
            'companies': [('add', [company.id])],
            'company': company.id,
            })
    type_, = SequenceType.search([], limit=1)
    Sequence.create([{
                'name': "Test Number",
                'sequence_type': type_.id,
                }])
    Party.create([{'name': f'Customer {i:02}'} for i in range(40)])


def start(database, params):
    def function():
        Company = Pool().get('company.company')
        Run = Pool().get('batch.run')
        company, = Company.search([])
        lanes = params.pop('lanes', 1)
        job = params.pop('job', 'test.sign')
        return Run.start(
            job, params, company=company.id, lanes=lanes).id
    return attempt(database, function)


def wake(database):
    def function():
        Run = Pool().get('batch.run')
        Run.wake()
    return attempt(database, function, user=0)


def post(database, count):
    "Take numbers one by one as a secretary would, tell how long each took"
    waits = []
    for _ in range(count):
        started = time.monotonic()
        attempt(database, lambda: get_sequence().get())
        waits.append(time.monotonic() - started)
        time.sleep(0.1)
    return waits


def worker(database, processes):
    from trytond.cli.worker import main
    sys.argv = [
        'trytond-worker', '-d', database, '-n', str(processes),
        '--timeout', '1', '-v']
    main()


def main():
    database, command, *arguments = sys.argv[1:]
    register()
    if command != 'worker':
        Pool.start()
        if command != 'build':
            with Transaction().start(database, 0, readonly=True):
                Pool(database).init()
    result = globals()[command](database, *map(json.loads, arguments))
    sys.stdout.write(json.dumps(result))


if __name__ == '__main__':
    main()

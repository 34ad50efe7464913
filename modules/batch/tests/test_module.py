# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

from trytond.exceptions import UserError, UserWarning
from trytond.model.exceptions import AccessError
from trytond.modules.batch.exceptions import (
    RunCompanyAccessError, RunCompanyError, RunCreatedError, RunDeleteError,
    RunModificationError, RunUserError)
from trytond.modules.batch.job import Created, Job, Problem, Then
from trytond.modules.batch.tests import register_job
from trytond.modules.batch.values import now
from trytond.modules.company.tests import (
    CompanyTestMixin, create_company, set_company)
from trytond.pool import Pool
from trytond.tests.test_tryton import ModuleTestCase, with_transaction
from trytond.transaction import Transaction


class Rename(Job):
    "Write 'done' into the code of each party of the list that has none"
    model = 'party.party'
    chunk = 4

    seen = []

    def plan(self, run):
        Party = Pool().get('party.party')
        return [p.id for p in Party.search([
                    ('id', 'in', run.parameters['parties']),
                    ], order=[('id', 'ASC')])]

    def work(self, run, keys):
        Party = Pool().get('party.party')
        self.seen.append(list(keys))
        parties = Party.search([
                ('id', 'in', keys),
                ('name', 'not like', 'done %'),
                ])
        for party in parties:
            party.name = f'done {party.name}'
        Party.save(parties)
        for party in parties:
            if 'bad' in party.name:
                raise ZeroDivisionError("bad luck")
            elif 'odd' in party.name:
                yield Problem(
                    'batch.msg_problem_warning', party,
                    {'message': party.name}, severity='warning')
        yield Created(parties)


class Phases(Job):
    "Tell in which order the phases saw the keys"
    chunk = 2
    lanes = 2
    phases = ('work', 'number')
    serial = ('number',)

    seen = []

    def plan(self, run):
        return ['a', 'b', 'c']

    def work(self, run, keys):
        self.seen.append(('work', keys))
        return [Then('number', [k * 2 for k in keys])]

    def number(self, run, keys):
        self.seen.append(('number', keys))


class Overlapping(Phases):
    "The same, as soon as what comes before is done"
    overlap = True


class Look(Job):
    "Keep what is around the work"
    seen = {}

    def plan(self, run):
        return [1]

    def work(self, run, keys):
        Date = Pool().get('ir.date')
        transaction = Transaction()
        self.seen.update(transaction.context, user=transaction.user)
        Date.today()


class Warn(Job):
    "Do something that the standard warns about"
    model = 'party.party'
    ask = True

    def plan(self, run):
        return run.parameters['parties']

    def work(self, run, keys):
        pool = Pool()
        Party = pool.get('party.party')
        Warning_ = pool.get('res.user.warning')
        for party in Party.browse(keys):
            if Warning_.check(f'look.{party.id}'):
                raise UserWarning(f'look.{party.id}', f"Look at {party.name}.")
            party.name += '+'
            party.save()


class Silent(Warn):
    ask = False


class Lock(Job):
    "Lock what it works on, as a job that counts must"
    model = 'party.party'

    def plan(self, run):
        return run.parameters['parties']

    def work(self, run, keys):
        Party = Pool().get('party.party')
        parties = Party.browse(keys)
        Party.lock(parties)
        for party in parties:
            party.name += '+'
        Party.save(parties)


class Destroy(Job):
    "Delete one party and fail on the other"
    model = 'party.party'
    chunk = 1

    def plan(self, run):
        return run.parameters['parties']

    def work(self, run, keys):
        Party = Pool().get('party.party')
        Party.create([{'name': "New"}])
        Party.delete(Party.browse(keys))
        raise UserError("Not that one.")


def create_parties(names):
    Party = Pool().get('party.party')
    return Party.create([{'name': name} for name in names])


class BatchTestCase(CompanyTestMixin, ModuleTestCase):
    "Test batch module"
    module = 'batch'

    def setUp(self):
        super().setUp()
        Rename.seen = []

    @with_transaction()
    def test_order_and_counts(self):
        "Test that chunks are worked in order and that counts follow"
        Run = Pool().get('batch.run')
        with set_company(create_company()), \
                register_job('test', Rename):
            parties = create_parties([f'p{i}' for i in range(10)])
            ids = [p.id for p in parties]
            run = Run.prepare('test', {'parties': ids})
            self.assertEqual(run.state, 'draft')
            Run.execute(run)

            self.assertEqual(Rename.seen, [ids[:4], ids[4:8], ids[8:]])
            self.assertEqual(run.state, 'done')
            self.assertEqual(
                (run.planned, run.done, run.failed, run.problems_found),
                (10, 10, 0, 0))
            self.assertEqual(run.progress, 1)
            self.assertEqual(
                run.created(), [f'party.party,{i}' for i in ids])
            self.assertTrue(
                all(p.name.startswith('done ') for p in parties))

    @with_transaction()
    def test_bisect(self):
        "Test that the bad record stands alone and the others are done"
        Run = Pool().get('batch.run')
        with set_company(create_company()), \
                register_job('test', Rename):
            parties = create_parties(['a', 'b', 'bad', 'd', 'e', 'odd'])
            ids = [p.id for p in parties]
            run = Run.prepare('test', {'parties': ids})
            with self.assertLogs('trytond.modules.batch.chunk'):
                Run.execute(run)

            self.assertEqual(
                Rename.seen,
                [ids[:4], ids[:2], ids[2:4], [ids[2]], [ids[3]], ids[4:]])
            self.assertEqual(
                (run.planned, run.done, run.failed, run.problems_found),
                (6, 5, 1, 2))
            self.assertEqual(
                [p.name for p in parties],
                ['done a', 'done b', 'bad', 'done d', 'done e', 'done odd'])
            error, warning = run.problems
            self.assertEqual(error.record, parties[2])
            self.assertEqual(error.severity, 'error')
            self.assertIn("ZeroDivisionError: bad luck", error.message)
            self.assertEqual(warning.record, parties[5])
            self.assertEqual(warning.severity, 'warning')

    @with_transaction()
    def test_second_run(self):
        "Test that what is done is not done again"
        Run = Pool().get('batch.run')
        with set_company(create_company()), \
                register_job('test', Rename):
            parties = create_parties(['a', 'b'])
            params = {'parties': [p.id for p in parties]}
            Run.execute(Run.prepare('test', params))
            again = Run.execute(Run.prepare('test', params))

            self.assertEqual(again.created(), [])
            self.assertEqual(
                [p.name for p in parties], ['done a', 'done b'])

    @with_transaction()
    def test_nothing_due(self):
        "Test that a run without anything to do comes to its end"
        Run = Pool().get('batch.run')
        with set_company(create_company()), \
                register_job('test', Rename):
            run = Run.execute(Run.prepare('test', {'parties': []}))
            self.assertEqual(run.state, 'done')
            self.assertEqual((run.planned, run.progress), (0, 1))

    @with_transaction()
    def test_phases(self):
        "Test that a serial phase follows the whole phase before it, in order"
        Run = Pool().get('batch.run')
        Phases.seen = []
        with set_company(create_company()), \
                register_job('test', Phases):
            run = Run.execute(Run.prepare('test'))
            self.assertEqual(Phases.seen, [
                    ('work', ['a', 'b']),
                    ('work', ['c']),
                    ('number', ['aa', 'bb']),
                    ('number', ['cc']),
                    ])
            self.assertEqual((run.planned, run.done), (6, 6))

    @with_transaction()
    def test_overlapping_phases(self):
        "Test a phase which does not wait for what is not before it"
        Run = Pool().get('batch.run')
        Phases.seen.clear()
        with set_company(create_company()), \
                register_job('test', Overlapping):
            run = Run.execute(Run.prepare('test'))
            self.assertEqual(Phases.seen, [
                    ('work', ['a', 'b']),
                    ('number', ['aa', 'bb']),
                    ('work', ['c']),
                    ('number', ['cc']),
                    ])
            self.assertEqual((run.planned, run.done), (6, 6))

    @with_transaction()
    def test_surroundings(self):
        "Test user, company, language and marks around the work"
        pool = Pool()
        Lang = pool.get('ir.lang')
        Run = pool.get('batch.run')
        company = create_company()
        spanish, = Lang.search([('code', '=', 'es')])
        with set_company(company), \
                register_job('test', Look):
            with Transaction().set_context(language='es'):
                run = Run.prepare('test')
            self.assertEqual(run.language, spanish)
            with Transaction().set_user(0), \
                    Transaction().set_context(company=None, language='en'):
                Run.execute(run)
            self.assertEqual(run.state, 'done')
            self.assertEqual(Look.seen, {
                    'user': 1,
                    'company': company.id,
                    'employee': None,
                    'language': 'es',
                    '_generated': True,
                    '_skip_warnings': True,
                    })
            self.assertNotIn('_generated', Transaction().context)

    @with_transaction()
    def test_wrong_company(self):
        "Test that a run is for a company which its user may see"
        Run = Pool().get('batch.run')
        mine = create_company()
        other = create_company("Other", currency=mine.currency)
        with set_company(mine), register_job('test', Rename):
            with self.assertRaises(RunCompanyAccessError):
                Run.start('test', {'parties': []}, company=other)
            with Transaction().set_context(company=None):
                with self.assertRaises(RunCompanyError):
                    Run.start('test', {'parties': []})
            with Transaction().set_user(0):
                run = Run.start('test', {'parties': []}, company=other)
            self.assertEqual(run.company, other)
            self.assertIsNone(run.user)
            with Transaction().set_context(_check_access=True):
                self.assertEqual(Run.search([]), [])
                with self.assertRaises(AccessError):
                    Run.read([run.id], ['state'])
                with self.assertRaises(AccessError):
                    Run.stop([run])

    @with_transaction()
    def test_rights(self):
        "Test that nobody changes a run and only its user drives it"
        pool = Pool()
        Chunk = pool.get('batch.chunk')
        Run = pool.get('batch.run')
        BatchProblem = pool.get('batch.problem')
        User = pool.get('res.user')
        company = create_company()
        with set_company(company), register_job('test', Rename):
            one, two = User.create([{
                        'name': name,
                        'login': name,
                        'companies': [('add', [company.id])],
                        'company': company.id,
                        } for name in ['one', 'two']])
            parties = create_parties(['odd', 'b', 'c', 'd', 'e'])
            with Transaction().set_user(one.id):
                run = Run.start(
                    'test', {'parties': [p.id for p in parties]})
            Run.step([run])
            checked = {'company': company.id, '_check_access': True}
            with Transaction().set_user(two.id), \
                    Transaction().set_context(**checked):
                run = Run(run.id)
                self.assertEqual(run.done, 4)
                self.assertEqual(len(run.problems), 1)
                with self.assertRaises(RunUserError):
                    Run.stop([run])
                with self.assertRaises(AccessError):
                    Run.delete([run])
            with Transaction().set_user(one.id), \
                    Transaction().set_context(**checked):
                run = Run(run.id)
                with self.assertRaises(RunModificationError):
                    Run.write([run], {'params': '{}'})
                with self.assertRaises(RunModificationError):
                    BatchProblem.write(
                        list(run.problems), {'severity': 'error'})
                with self.assertRaises(AccessError):
                    Run.create([{'job': 'test', 'company': company.id}])
                # Nor what is left to do, which would be done in his name.
                self.assertEqual(Chunk.search([]), list(run.chunks))
                with self.assertRaises(AccessError):
                    Chunk.write(list(run.chunks), {'keys': '[]'})
                with self.assertRaises(AccessError):
                    Chunk.delete(list(run.chunks))
                Run.stop([run])
                self.assertEqual(run.state, 'stopped')
            with Transaction().set_context(**checked):
                run = Run(run.id)
                Run.resume([run])
                self.assertEqual(run.state, 'running')

    @with_transaction()
    def test_stop_and_resume(self):
        "Test that a stopped run does nothing until it is resumed"
        Run = Pool().get('batch.run')
        with set_company(create_company()), \
                register_job('test', Rename):
            parties = create_parties([f'p{i}' for i in range(10)])
            run = Run.start('test', {'parties': [p.id for p in parties]})
            Run.step([run])
            self.assertEqual((run.state, run.done), ('running', 4))
            self.assertEqual(run.progress, 0.4)
            with self.assertRaises(RunDeleteError):
                Run.delete([run])
            Run.stop([run])
            Run.step([run])
            self.assertEqual((run.state, run.done), ('stopped', 4))
            Run.resume([run])
            Run.step([run])
            Run.step([run])
            self.assertEqual((run.state, run.done), ('running', 10))
            Run.step([run])
            self.assertEqual(run.state, 'done')
            self.assertIsNotNone(run.finished_at)

    @with_transaction()
    def test_chain(self):
        "Test that each link pushes the next of its lane and the last none"
        pool = Pool()
        Queue = pool.get('ir.queue')
        Run = pool.get('batch.run')
        Phases.seen = []

        def links():
            return [
                (list(t.data['instances']), t.data['kwargs']['lane'])
                for t in Queue.search([
                        ('id', '>', before),
                        ], order=[('id', 'ASC')])]

        with set_company(create_company()), \
                register_job('test', Phases):
            before = max((t.id for t in Queue.search([])), default=0)
            run = Run.start('test')
            self.assertEqual(links(), [([run.id], 0), ([run.id], 1)])
            Run.step([run], lane=1)
            self.assertEqual(links()[2:], [([run.id], 1)])
            for _ in range(3):
                Run.step([run], lane=0)
            self.assertEqual(len(links()), 6)
            Run.step([run], lane=0)
            self.assertEqual(run.state, 'done')
            self.assertEqual(len(links()), 6)

    @with_transaction()
    def test_retry(self):
        "Test that what failed can be done once its cause is gone"
        Run = Pool().get('batch.run')
        with set_company(create_company()), \
                register_job('test', Rename):
            good, bad = create_parties(['good', 'bad'])
            run = Run.prepare('test', {'parties': [good.id, bad.id]})
            with self.assertLogs('trytond.modules.batch.chunk'):
                Run.execute(run)
            self.assertEqual((run.done, run.failed), (1, 1))
            bad.name = "better"
            bad.save()
            Run.retry([run])
            self.assertEqual((run.state, run.failed), ('running', 0))
            Run.execute(run)
            self.assertEqual(
                (run.state, run.done, run.failed, run.problems_found),
                ('done', 2, 0, 0))
            self.assertEqual(
                [good.name, bad.name], ['done good', 'done better'])

    @with_transaction()
    def test_warnings(self):
        "Test that warnings are problems when asked for, else silent"
        Run = Pool().get('batch.run')
        for Job_, messages in [
                (Warn, [
                    "It was done, but please check: Look at a.",
                    "It was done, but please check: Look at b."]),
                (Silent, []),
                ]:
            with self.subTest(job=Job_.__name__), \
                    set_company(create_company()), \
                    register_job('test', Job_):
                parties = create_parties(['a', 'b'])
                run = Run.execute(Run.prepare(
                        'test', {'parties': [p.id for p in parties]}))
                self.assertEqual(
                    [p.message for p in run.problems], messages)
                self.assertEqual([p.name for p in parties], ['a+', 'b+'])
                self.assertEqual((run.done, run.failed), (2, 0))

    @with_transaction()
    def test_lock(self):
        "Test that a job may lock its records in the caller's transaction"
        Run = Pool().get('batch.run')
        with set_company(create_company()), \
                register_job('test', Lock):
            parties = create_parties(['a', 'b'])
            # As if they had been there before.
            Transaction().create_records.clear()
            run = Run.execute(Run.prepare(
                    'test', {'parties': [p.id for p in parties]}))
            self.assertEqual((run.done, run.failed), (2, 0))
            self.assertEqual([p.name for p in parties], ['a+', 'b+'])

    @with_transaction()
    def test_undone(self):
        "Test that nothing is left of a chunk that failed"
        pool = Pool()
        Party = pool.get('party.party')
        Run = pool.get('batch.run')
        with set_company(create_company()), \
                register_job('test', Destroy):
            party, = create_parties(['a'])
            run = Run.execute(Run.prepare('test', {'parties': [party.id]}))
            self.assertEqual(run.failed, 1)
            problem, = run.problems
            self.assertEqual(
                problem.message, "It was left out: Not that one.")
            self.assertEqual(problem.record, party)
            self.assertEqual(Party.search([('name', '=', "New")]), [])
            self.assertNotIn(
                party.id, Transaction().delete_records['party.party'])
            party.name = "still here"
            party.save()
            self.assertEqual(
                Party.search([('name', '=', "still here")]), [party])

    @with_transaction()
    def test_message_language(self):
        "Test that a message is written as its reader does"
        pool = Pool()
        BatchProblem = pool.get('batch.problem')
        Run = pool.get('batch.run')
        with set_company(create_company()), \
                register_job('test', Rename):
            party, = create_parties(['a'])
            run = Run.execute(Run.prepare('test', {'parties': [party.id]}))
            chunk, = run.chunks
            BatchProblem.report(chunk, [
                    Problem('batch.msg_problem_refused', arguments={
                            'message': [
                                dt.date(2026, 3, 2), Decimal('1234.50'),
                                party],
                            }),
                    Problem('batch.msg_gone', arguments={'number': 7}),
                    ])
            first, second = run.problems
            self.assertEqual(
                first.message,
                "It was left out: 03/02/2026, 1,234.50, done a")
            with Transaction().set_context(language='es'):
                self.assertIn(
                    "02/03/2026, 1.234,50, done a",
                    BatchProblem(first.id).message)
            self.assertEqual(second.message, "batch.msg_gone (number: 7)")

    @with_transaction()
    def test_search_counts(self):
        "Test that runs are found by their counts"
        Run = Pool().get('batch.run')
        with set_company(create_company()), \
                register_job('test', Rename):
            parties = create_parties(['a', 'bad', 'odd'])
            with self.assertLogs('trytond.modules.batch.chunk'):
                full = Run.execute(Run.prepare(
                        'test', {'parties': [p.id for p in parties]}))
            empty = Run.prepare('test', {'parties': []})
            for domain, found in [
                    (('planned', '=', 3), [full]),
                    (('planned', '=', 0), [empty]),
                    (('done', '=', 2), [full]),
                    (('failed', '>', 0), [full]),
                    (('failed', '=', 0), [empty]),
                    (('problems_found', '>=', 2), [full]),
                    (('problems_found', '<', 1), [empty]),
                    (('rec_name', 'ilike', '%tes%'), [empty, full]),
                    (('rec_name', '=', str(full.id)), [full]),
                    ]:
                with self.subTest(domain=domain):
                    self.assertEqual(Run.search([domain]), found)

    @with_transaction()
    def test_notification(self):
        "Test that the user is told the end"
        Run = Pool().get('batch.run')
        with set_company(create_company()), \
                register_job('test', Rename):
            party, = create_parties(['a'])
            run = Run.execute(Run.prepare('test', {'parties': [party.id]}))
            notification, = Transaction().user_notifications
            self.assertEqual(notification.user.id, 1)
            self.assertEqual(notification.model, 'batch.run')
            self.assertEqual(notification.records, f'[{run.id}]')
            self.assertEqual(
                notification.description,
                "Done: 1 of 1, failed: 0, problems: 0.")

    @with_transaction()
    def test_open_record(self):
        "Test that a problem leads to its record"
        pool = Pool()
        OpenRecord = pool.get('batch.problem.open_record', type='wizard')
        Run = pool.get('batch.run')
        with set_company(create_company()), \
                register_job('test', Rename):
            party, = create_parties(['odd'])
            run = Run.execute(Run.prepare('test', {'parties': [party.id]}))
            problem, = run.problems
            session_id, _, _ = OpenRecord.create()
            with Transaction().set_context(
                    active_model='batch.problem', active_id=problem.id,
                    active_ids=[problem.id]):
                result = OpenRecord.execute(session_id, {}, 'open_')
            (action, data), = result['actions']
            self.assertEqual(action['res_model'], 'party.party')
            self.assertEqual(data['res_id'], party.id)

    @with_transaction()
    def test_open_created(self):
        "Test that a run leads to what it has made"
        pool = Pool()
        OpenCreated = pool.get('batch.run.open_created', type='wizard')
        Run = pool.get('batch.run')
        with set_company(create_company()), \
                register_job('test', Rename):
            party, = create_parties(['a'])
            params = {'parties': [party.id]}
            first = Run.execute(Run.prepare('test', params))
            second = Run.execute(Run.prepare('test', params))
            session_id, _, _ = OpenCreated.create()

            def open_(run):
                with Transaction().set_context(
                        active_model='batch.run', active_id=run.id,
                        active_ids=[run.id]):
                    return OpenCreated.execute(session_id, {}, 'open_')

            (action, _), = open_(first)['actions']
            self.assertEqual(action['res_model'], 'party.party')
            self.assertEqual(
                action['pyson_domain'], f'[["id", "in", [{party.id}]]]')
            with self.assertRaises(RunCreatedError):
                open_(second)

    @with_transaction()
    def test_cron(self):
        "Test that running runs are woken and only old ones deleted"
        pool = Pool()
        Queue = pool.get('ir.queue')
        Run = pool.get('batch.run')
        with set_company(create_company()), \
                register_job('test', Rename):
            done = Run.execute(Run.prepare('test', {'parties': []}))
            running = Run.start('test', {'parties': []}, lanes=2)
            before = max(t.id for t in Queue.search([]))
            Run.wake()
            links = Queue.search([('id', '>', before)])
            self.assertEqual(
                [list(t.data['instances']) for t in links],
                [[running.id]] * 2)

            Run.clean()
            self.assertEqual(Run.search([]), [running, done])
            Run.clean(now() + dt.timedelta(days=1))
            self.assertEqual(Run.search([]), [running])


del ModuleTestCase

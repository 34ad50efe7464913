# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

from trytond.model.exceptions import AccessError
from trytond.modules.batch.exceptions import (
    RunCompanyAccessError, RunCompanyError, RunDeleteError, RunUserError)
from trytond.modules.batch.job import Created, Job, Problem, Then
from trytond.modules.batch.tests import register_job
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


del ModuleTestCase

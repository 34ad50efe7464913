# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import logging
import time

from sql import Literal
from sql.operators import Exists

from trytond.exceptions import UserError
from trytond.model import Index, ModelSQL, ModelView, fields
from trytond.pool import Pool
from trytond.pyson import Eval, If
from trytond.tools import grouped_slice
from trytond.transaction import Transaction, without_check_access

from .job import Created, Problem, Then, chunked, halves
from .values import decode, encode, now, reference

logger = logging.getLogger(__name__)


class SerialPhaseBusy(Exception):
    "Another run is in the phase"


class Chunk(ModelSQL, ModelView):
    __name__ = 'batch.chunk'

    run = fields.Many2One(
        'batch.run', "Run", required=True, readonly=True, ondelete='CASCADE',
        help="The run that the chunk is a part of.")
    company = fields.Function(
        fields.Many2One(
            'company.company', "Company",
            help="The company that the run works for."),
        'on_change_with_company', searcher='search_company')
    phase = fields.Char(
        "Phase", required=True, readonly=True,
        help="The phase of the job that works on the chunk.")
    rank = fields.Integer(
        "Rank", required=True, readonly=True,
        help="The order of the phase in the job.")
    sequence = fields.Integer(
        "Sequence", required=True, readonly=True,
        help="The place of the first record of the chunk in the plan.")
    keys = fields.Text(
        "Keys", required=True, readonly=True, strip=False,
        help="What the chunk works on, as JSON.")
    number_of_keys = fields.Integer(
        "Records", required=True, readonly=True,
        help="How many records the chunk works on.")
    attempts = fields.Integer(
        "Attempts", required=True, readonly=True,
        help="How often the chunk was worked on to an end.")
    created = fields.Text(
        "Created", readonly=True, strip=False,
        help="The records that the chunk has made, as JSON.")
    finished_at = fields.Timestamp(
        "Finished At", readonly=True,
        help="When the work on the chunk came to its end.")
    state = fields.Selection([
            ('pending', "Pending"),
            ('done', "Done"),
            ('split', "Split"),
            ('failed', "Failed"),
            ], "State", required=True, readonly=True, sort=False,
        help="The current state of the chunk.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        # Not the access to the run: its parts are nobody's to change.
        t = cls.__table__()
        cls._sql_indexes.update({
                Index(
                    t,
                    (t.run, Index.Equality()),
                    (t.rank, Index.Range()),
                    (t.sequence, Index.Range()),
                    where=t.state == 'pending'),
                Index(
                    t,
                    (t.run, Index.Equality()),
                    (t.state, Index.Equality(cardinality='low'))),
                })
        cls._order = [
            ('run', 'DESC'),
            ('rank', 'ASC'),
            ('sequence', 'ASC'),
            ('id', 'ASC'),
            ]

    @classmethod
    def default_attempts(cls):
        return 0

    @classmethod
    def default_state(cls):
        return 'pending'

    @fields.depends('run', '_parent_run.company')
    def on_change_with_company(self, name=None):
        return self.run.company if self.run else None

    @classmethod
    def search_company(cls, name, clause):
        return [('run.' + clause[0], *clause[1:])]

    def get_rec_name(self, name):
        return f'{self.run.rec_name} / {self.sequence}'

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('run.rec_name', *clause[1:])]

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual',
                If(Eval('state') == 'failed', 'danger',
                    If(Eval('state').in_(['done', 'split']), 'muted', ''))),
            ]

    @classmethod
    def plan(cls, run, job, phase, keys, sequence=1):
        "Store the keys as pending chunks of the phase"
        rank = job.phases.index(phase)
        values = []
        for part in chunked(keys, job.chunk):
            values.append({
                    'run': run.id,
                    'phase': phase,
                    'rank': rank,
                    'sequence': sequence,
                    'keys': encode(part),
                    'number_of_keys': len(part),
                    })
            sequence += len(part)
        with without_check_access():
            for sub_values in grouped_slice(values, 500):
                cls.create(list(sub_values))

    @classmethod
    def claim(cls, run, job, polite=False):
        """Return the next pending chunk of the run, locked, or nothing

        The lock of the row is the lease: it ends with the transaction, so a
        chunk whose process was killed is pending again.  Raise
        SerialPhaseBusy when the next one has to wait.  Polite is to let
        others have the locks of a serial phase before they are taken again.
        """
        transaction = Transaction()
        database = transaction.database
        cursor = transaction.connection.cursor()
        t = cls.__table__()
        busy = None
        while True:
            for id_, phase in cls._next(run, job):
                if phase in job.serial:
                    if not run.lease('run', run.id, phase):
                        # The lane that is there goes on with this one after
                        # it.
                        continue
                    if not run.lease('company', run.company.id, phase):
                        busy = phase
                        continue
                    if polite and database.has_select_for():
                        time.sleep(job.courtesy)
                # Without row locks (SQLite) the write itself is the lock.
                cursor.execute(*t.update(
                        [t.attempts], [t.attempts + 1],
                        where=(t.id == id_) & (t.state == 'pending')))
                if cursor.rowcount:
                    chunk, = cls.browse([id_])
                    return chunk
                break
            else:
                if busy:
                    raise SerialPhaseBusy(busy)
                return None

    @classmethod
    def _next(cls, run, job):
        """Yield id and phase of the chunks to try, the best first

        One of a serial phase waits for those of the phases before it: for all
        of them or, where the phases overlap, for those before it in order.
        """
        transaction = Transaction()
        database = transaction.database
        cursor = transaction.connection.cursor()
        t = cls.__table__()
        before = cls.__table__()
        waits = (
            (before.run == run.id) & (before.state == 'pending')
            & (before.rank < t.rank))
        if job.overlap:
            waits &= before.sequence < t.sequence
        is_serial = t.phase.in_(job.serial) if job.serial else Literal(False)
        pending = (t.run == run.id) & (t.state == 'pending')
        order = [t.rank.asc, t.sequence.asc, t.id.asc]
        others = t.select(
            t.id, t.phase, where=pending & ~is_serial, order_by=order, limit=1)
        if database.has_select_for():
            For = database.get_select_for_skip_locked()
            others.for_ = For('UPDATE')
        # No lock, because whoever does not get the lease would let the one who
        # has it pass over the chunk.
        serial = t.select(
            t.id, t.phase,
            where=pending & is_serial
            & ~Exists(before.select(Literal(1), where=waits)),
            order_by=order, limit=1)
        # Nobody but one lane numbers, so it is the first to choose.
        for query in [serial, others] if job.overlap else [others, serial]:
            cursor.execute(*query)
            yield from cursor.fetchall()

    def decode_keys(self):
        return decode(self.keys)

    def close(self, job, outcomes):
        "Keep what the job told and be done, in the transaction of the work"
        pool = Pool()
        BatchProblem = pool.get('batch.problem')
        created = []
        problems = []
        for outcome in outcomes:
            if isinstance(outcome, Problem):
                problems.append(outcome)
            elif isinstance(outcome, Created):
                created.extend(map(reference, outcome.records))
            elif isinstance(outcome, Then):
                self.plan(
                    self.run, job, outcome.phase, outcome.keys,
                    sequence=self.sequence)
        BatchProblem.report(self, problems)
        self.state = 'done'
        self.created = encode(created) if created else None
        self._end()

    def bisect(self, job, error):
        "Make two chunks of this one, or name the record that is bad"
        pool = Pool()
        BatchProblem = pool.get('batch.problem')
        keys = self.decode_keys()
        if len(keys) > 1:
            self.state = 'split'
            sequence = self.sequence
            for half in halves(keys):
                self.plan(
                    self.run, job, self.phase, half, sequence=sequence)
                sequence += len(half)
        else:
            key, = keys
            if isinstance(error, UserError):
                code, arguments = 'batch.msg_problem_refused', {
                    'message': '\n'.join(
                        filter(None, [error.message, error.description]))}
            else:
                logger.error(
                    "%s of run %s failed on %r", self.run.job, self.run.id,
                    key, exc_info=error)
                code, arguments = 'batch.msg_problem_unexpected', {
                    'error': f'{type(error).__name__}: {error}'}
            BatchProblem.report(self, [
                    Problem(code, job.record(key), arguments)])
            self.state = 'failed'
        self._end()

    def _end(self):
        self.finished_at = now()
        with without_check_access():
            self.save()

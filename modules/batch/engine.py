# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""How a run works: chains of links, each of which does one chunk."""
import hashlib
import time
from contextlib import contextmanager

from sql import Select

from trytond import backend
from trytond.exceptions import UserWarning
from trytond.i18n import gettext
from trytond.pool import Pool
from trytond.transaction import (
    Transaction, TransactionError, without_check_access)

from .chunk import SerialPhaseBusy
from .job import Problem
from .savepoint import lock_now, locks_released, restart, savepoint
from .values import now

_WAIT = 0.2


class Engine:
    """The work on a run

    A lane is a chain of links in the queue: each does one chunk in its own
    transaction and pushes the next.  It works the same without a worker,
    where the process that started the run goes from link to link.
    """
    __slots__ = ()

    @classmethod
    def execute(cls, run, commit=False):
        """Do the whole run here and now, in the transaction of the caller

        With commit each chunk is committed as the queue would.
        """
        if run.state == 'draft':
            run._plan()
        while run.state == 'running':
            try:
                if not run._advance(inline=True):
                    break
            except SerialPhaseBusy:
                time.sleep(_WAIT)
                continue
            if commit:
                Transaction().commit()
                locks_released()
        return run

    @classmethod
    def step(cls, runs, lane=0):
        "Work on one chunk and push the next link of the chain"
        for run in runs:
            locks = {}
            while True:
                try:
                    run._link(lane, polite=not locks)
                    break
                except TransactionError as error:
                    # Nothing was written: once more, the locks first.
                    error.fix(locks)
                    restart(locks)

    def _link(self, lane, polite):
        if self.state != 'running' or not self.lease('lane', self.id, lane):
            # A surplus link dies where its lane is already at work.
            return
        try:
            if self._advance(polite=polite):
                self._push([lane])
        except SerialPhaseBusy:
            time.sleep(_WAIT)
            self._push([lane])

    def _get_job(self):
        return self._jobs()[self.job]()

    def _plan(self):
        pool = Pool()
        Chunk = pool.get('batch.chunk')
        with self._worker():
            job = self._get_job()
            Chunk.plan(self, job, job.phases[0], list(job.plan(self)))
        self.started_at = now()
        with without_check_access():
            self.save()
            self._to_running([self])

    def _push(self, lanes=None):
        "Put the next link of the lanes into the queue"
        transaction = Transaction()
        if lanes is None:
            lanes = range(self.lanes)
        with transaction.set_user(self.user.id if self.user else 0), \
                transaction.reset_context(), \
                transaction.set_context(company=self.company.id):
            for lane in lanes:
                self.__class__.__queue__.step([self], lane=lane)

    def _advance(self, inline=False, polite=False):
        "Work on one chunk, return False if there is none to take"
        pool = Pool()
        Chunk = pool.get('batch.chunk')
        job = self._get_job()
        chunk = Chunk.claim(self, job, polite=polite)
        if chunk is None:
            self._finish()
            return False
        try:
            outcomes = self._perform(job, chunk, inline=inline)
        except (TransactionError, backend.DatabaseOperationalError):
            raise
        except Exception as error:
            chunk.bisect(job, error)
        else:
            chunk.close(job, outcomes)
        return True

    def _perform(self, job, chunk, inline=False):
        asked = () if job.ask else None
        warnings = []
        while True:
            try:
                with savepoint(), self._worker(_batch_asked=asked):
                    outcomes = job.perform(
                        chunk.phase, self, chunk.decode_keys())
                return warnings + outcomes
            except UserWarning as warning:
                if asked is None or warning.name in asked:
                    raise
                asked += (warning.name,)
                warnings.append(Problem(
                        'batch.msg_problem_warning', arguments={
                            'message': '\n'.join(filter(None, [
                                        warning.message,
                                        warning.description])),
                            }, severity='warning'))
            except TransactionError as error:
                if not inline or not lock_now(error):
                    raise

    @contextmanager
    def _worker(self, **context):
        "Be the user, company and language of the run"
        transaction = Transaction()
        context = {k: v for k, v in context.items() if v is not None}
        with transaction.set_user(self.user.id if self.user else 0), \
                transaction.reset_context(), \
                transaction.set_context(
                    company=self.company.id,
                    employee=self.employee.id if self.employee else None,
                    language=self.language.code if self.language else None,
                    _skip_warnings=True,
                    _generated=True,
                    **context):
            yield

    def _finish(self):
        pool = Pool()
        Chunk = pool.get('batch.chunk')
        if Chunk.search([
                    ('run', '=', self.id),
                    ('state', '=', 'pending'),
                    ], limit=1):
            # Another lane is still at work and goes on after it.
            return
        self.finished_at = now()
        with without_check_access():
            self.save()
            self._to_done([self])
        if self.user:
            with self._worker():
                names = ['planned', 'done', 'failed', 'problems_found']
                counts = self.get_counts([self], names)
                self.notify_user(
                    'batch-run', self.job_string,
                    description=gettext(
                        'batch.msg_run_finished',
                        **{name: counts[name][self.id] for name in names}),
                    user=self.user)

    def lease(self, *names):
        "Take a lock that ends with the transaction, if nobody holds it"
        transaction = Transaction()
        digest = hashlib.sha256(repr(names).encode()).hexdigest()
        cursor = transaction.connection.cursor()
        cursor.execute(*Select([
                    transaction.database.lock_id(int(digest[:15], 16))]))
        taken, = cursor.fetchone()
        return bool(taken)

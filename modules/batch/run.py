# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from collections import defaultdict
from functools import wraps

from sql.aggregate import Count, Sum
from sql.conditionals import Case, Coalesce

import trytond.config as config
from trytond.i18n import gettext
from trytond.model import Index, ModelSQL, ModelView, Workflow, fields
from trytond.pool import Pool
from trytond.pyson import Eval, If, PYSONEncoder
from trytond.transaction import Transaction, without_check_access
from trytond.wizard import StateAction, Wizard

from .engine import Engine
from .exceptions import (
    RunCompanyAccessError, RunCompanyError, RunCreatedError, RunDeleteError,
    RunModificationError, RunUserError)
from .values import decode, encode, now


def _by_its_user(button):
    # Before the button itself, which lifts the check of access.
    @wraps(button)
    def wrapper(cls, runs):
        if Transaction().check_access:
            cls._check_user(runs)
        return button(cls, runs)
    return wrapper


class Run(Engine, Workflow, ModelSQL, ModelView):
    __name__ = 'batch.run'

    job = fields.Selection(
        [], "Job", required=True, readonly=True,
        help="What is done to the records.")
    job_string = job.translated('job')
    company = fields.Many2One(
        'company.company', "Company", required=True, readonly=True,
        ondelete='CASCADE',
        help="The company that the run works for.")
    user = fields.Many2One(
        'res.user', "User", readonly=True, ondelete='SET NULL',
        help="Who started the run and does what it does.\n"
        "Empty when the system did.")
    employee = fields.Many2One(
        'company.employee', "Employee", readonly=True, ondelete='SET NULL',
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        help="The employee in whose name the run works.")
    language = fields.Many2One(
        'ir.lang', "Language", readonly=True, ondelete='SET NULL',
        help="The language of what the run writes.")
    params = fields.Text(
        "Parameters", readonly=True, strip=False,
        help="What the job was asked, as JSON.")
    lanes = fields.Integer(
        "Lanes", required=True, readonly=True,
        domain=[
            ('lanes', '>=', 1),
            ],
        help="How many chunks may be worked on at the same time.")
    planned = fields.Function(
        fields.Integer(
            "Planned",
            help="The number of records to work on.\n"
            "A job of several phases counts a record in each."),
        'get_counts', searcher='search_count')
    done = fields.Function(
        fields.Integer(
            "Done",
            help="The number of records that are done."),
        'get_counts', searcher='search_count')
    failed = fields.Function(
        fields.Integer(
            "Failed",
            help="The number of records that could not be done."),
        'get_counts', searcher='search_count')
    problems_found = fields.Function(
        fields.Integer(
            "Problems",
            help="The number of errors and warnings that were met."),
        'get_counts', searcher='search_count')
    progress = fields.Function(
        fields.Float(
            "Progress", digits=(1, 4),
            states={
                'invisible': Eval('state') == 'draft',
                },
            help="The part of the records that was worked on."),
        'get_counts')
    chunks = fields.One2Many(
        'batch.chunk', 'run', "Chunks", readonly=True,
        help="The parts in which the run works.")
    problems = fields.One2Many(
        'batch.problem', 'run', "Problems", readonly=True,
        help="The records that were left out, or should be looked at.")
    started_at = fields.Timestamp(
        "Started At", readonly=True,
        help="When the run was planned and began to work.")
    finished_at = fields.Timestamp(
        "Finished At", readonly=True,
        help="When nothing was left to work on.")
    state = fields.Selection([
            ('draft', "Draft"),
            ('running', "Running"),
            ('done', "Done"),
            ('stopped', "Stopped"),
            ], "State", required=True, readonly=True, sort=False,
        help="The current state of the run.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.update({
                Index(
                    t, (t.state, Index.Equality(cardinality='low')),
                    where=t.state.in_(['draft', 'running', 'stopped'])),
                Index(
                    t,
                    (t.company, Index.Equality()),
                    (t.job, Index.Equality())),
                })
        cls._order = [('id', 'DESC')]
        cls._transitions |= {
            ('draft', 'running'),
            ('running', 'stopped'),
            ('stopped', 'running'),
            ('running', 'done'),
            ('done', 'running'),
            }
        cls._buttons.update({
                'launch': {
                    'invisible': Eval('state') != 'draft',
                    'icon': 'tryton-launch',
                    'depends': ['state'],
                    },
                'stop': {
                    'invisible': Eval('state') != 'running',
                    'icon': 'tryton-cancel',
                    'depends': ['state'],
                    },
                'resume': {
                    'invisible': Eval('state') != 'stopped',
                    'icon': 'tryton-forward',
                    'depends': ['state'],
                    },
                'retry': {
                    'invisible': (
                        ~Eval('state').in_(['done', 'stopped'])
                        | (Eval('failed', 0) == 0)),
                    'icon': 'tryton-refresh',
                    'depends': ['state', 'failed'],
                    },
                'open_created': {
                    'invisible': Eval('done', 0) == 0,
                    'icon': 'tryton-open',
                    'depends': ['done'],
                    },
                })

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_lanes(cls):
        return 1

    @classmethod
    def default_state(cls):
        return 'draft'

    @classmethod
    def get_counts(cls, runs, names):
        "Count over chunks and problems: nothing is stored, nobody waits"
        pool = Pool()
        Chunk = pool.get('batch.chunk')
        BatchProblem = pool.get('batch.problem')
        cursor = Transaction().connection.cursor()
        result = {
            name: dict.fromkeys((r.id for r in runs), 0) for name in names}
        ids = [r.id for r in runs]

        chunk = Chunk.__table__()
        columns = [
            Sum(_keys(chunk, state)).as_(state)
            for state in ['pending', 'done', 'failed']]
        cursor.execute(*chunk.select(
                chunk.run, *columns,
                where=fields.SQL_OPERATORS['in'](chunk.run, ids),
                group_by=chunk.run))
        for id_, pending, done, failed in cursor:
            planned = pending + done + failed
            values = {
                'planned': planned,
                'done': done,
                'failed': failed,
                'progress': (
                    round((done + failed) / planned, 4) if planned else 0),
                }
            for name in names:
                if name in values:
                    result[name][id_] = values[name]

        if 'problems_found' in names:
            problem = BatchProblem.__table__()
            cursor.execute(*problem.select(
                    problem.run, Count(problem.id),
                    where=fields.SQL_OPERATORS['in'](problem.run, ids),
                    group_by=problem.run))
            result['problems_found'].update(cursor)
        if 'progress' in names:
            for run in runs:
                if run.state == 'done':
                    result['progress'][run.id] = 1
        return result

    @classmethod
    def search_count(cls, name, clause):
        pool = Pool()
        Chunk = pool.get('batch.chunk')
        BatchProblem = pool.get('batch.problem')
        _, operator, value = clause
        Operator = fields.SQL_OPERATORS[operator]
        run = cls.__table__()
        if name == 'problems_found':
            problem = BatchProblem.__table__()
            query = run.join(
                problem, 'LEFT', condition=problem.run == run.id)
            count = Count(problem.id)
        else:
            chunk = Chunk.__table__()
            states = {
                'planned': ['pending', 'done', 'failed'],
                }.get(name, [name])
            query = run.join(chunk, 'LEFT', condition=chunk.run == run.id)
            count = Coalesce(Sum(_keys(chunk, *states)), 0)
        return [('id', 'in', query.select(
                    run.id, group_by=run.id,
                    having=Operator(count, value)))]

    def get_rec_name(self, name):
        return f'{self.job_string} ({self.id})'

    @classmethod
    def search_rec_name(cls, name, clause):
        _, operator, value = clause
        labels = dict(cls.fields_get(['job'])['job']['selection'])
        text = (value or '').strip('%').lower()
        found = [('job', 'in', [
                    job for job, label in labels.items()
                    if text in label.lower()])]
        if text.isdigit():
            found = ['OR', found, ('id', '=', int(text))]
        if operator.startswith('!') or operator.startswith('not'):
            ids = cls.search(found)
            return [('id', 'not in', [r.id for r in ids])]
        return found

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual',
                If(Eval('failed', 0) > 0, 'danger',
                    If(Eval('state') == 'stopped', 'warning',
                        If(Eval('state') == 'done', 'muted', '')))),
            ]

    @classmethod
    def check_modification(cls, mode, runs, values=None, external=False):
        super().check_modification(
            mode, runs, values=values, external=external)
        if mode in {'create', 'write'} and external:
            # Everybody may press the buttons, nobody may change what is done.
            raise RunModificationError(gettext(
                    'batch.msg_run_modify', run=runs[0].rec_name))
        elif mode == 'delete':
            for run in runs:
                if run.state == 'running':
                    raise RunDeleteError(gettext(
                            'batch.msg_run_delete_running',
                            run=run.rec_name))

    @classmethod
    def copy(cls, runs, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('chunks')
        default.setdefault('problems')
        default.setdefault('started_at')
        default.setdefault('finished_at')
        default.setdefault('state', 'draft')
        return super().copy(runs, default=default)

    @classmethod
    @_by_its_user
    @ModelView.button
    def launch(cls, runs):
        "Plan what is due and let the queue begin"
        for run in runs:
            run._plan()
            run._push()

    @classmethod
    @_by_its_user
    @ModelView.button
    def stop(cls, runs):
        "Let the chunks at work come to their end and begin no other"
        with without_check_access():
            cls._to_stopped(runs)

    @classmethod
    @Workflow.transition('stopped')
    def _to_stopped(cls, runs):
        pass

    @classmethod
    @_by_its_user
    @ModelView.button
    def resume(cls, runs):
        with without_check_access():
            cls._to_running(runs)
        for run in runs:
            run._push()

    @classmethod
    @Workflow.transition('running')
    def _to_running(cls, runs):
        pass

    @classmethod
    @_by_its_user
    @ModelView.button
    def retry(cls, runs):
        "Work once more on what has failed"
        pool = Pool()
        Chunk = pool.get('batch.chunk')
        BatchProblem = pool.get('batch.problem')
        with without_check_access():
            chunks = Chunk.search([
                    ('run', 'in', [r.id for r in runs]),
                    ('state', '=', 'failed'),
                    ])
            BatchProblem.delete(BatchProblem.search([
                        ('chunk', 'in', [c.id for c in chunks]),
                        ]))
            Chunk.write(chunks, {'state': 'pending', 'finished_at': None})
            cls._to_running(runs)
            cls.write(runs, {'finished_at': None})
        for run in runs:
            run._push()

    # What other modules call

    @classmethod
    def _jobs(cls):
        "Return the class of each job by name"
        return {}

    @classmethod
    def prepare(cls, job, params=None, company=None, lanes=None):
        "Return a new draft run of the job"
        pool = Pool()
        User = pool.get('res.user')
        Lang = pool.get('ir.lang')
        transaction = Transaction()
        context = transaction.context

        Job = cls._jobs()[job]
        if company is None:
            company = context.get('company')
        if company is None:
            raise RunCompanyError(gettext('batch.msg_run_company_missing'))
        company = int(company)
        if transaction.user and company not in User.get_companies():
            raise RunCompanyAccessError(gettext(
                    'batch.msg_run_company_access',
                    company=pool.get('company.company')(company).rec_name))
        employee = context.get('employee')
        with without_check_access():
            if employee:
                Employee = pool.get('company.employee')
                if Employee(employee).company.id != company:
                    employee = None
            run, = cls.create([{
                        'job': job,
                        'company': company,
                        'user': transaction.user or None,
                        'employee': employee,
                        'language': Lang.get(transaction.language).id,
                        'params': encode(params or {}),
                        'lanes': lanes or Job.lanes,
                        }])
        return run

    @classmethod
    def start(cls, job, params=None, company=None, lanes=None):
        "Return a new run of the job, planned and handed to the queue"
        run = cls.prepare(job, params=params, company=company, lanes=lanes)
        run._plan()
        run._push()
        return run

    @property
    def parameters(self):
        return decode(self.params) or {}

    def created(self):
        "Return the references of the records that the run has made"
        pool = Pool()
        Chunk = pool.get('batch.chunk')
        chunks = Chunk.search([
                ('run', '=', self.id),
                ('created', '!=', None),
                ])
        return [r for c in chunks for r in decode(c.created)]

    @classmethod
    @Workflow.transition('done')
    def _to_done(cls, runs):
        pass

    @classmethod
    @ModelView.button_action('batch.wizard_open_created')
    def open_created(cls, runs):
        pass

    @classmethod
    def _check_user(cls, runs):
        "Only who started a run or administers all may drive it"
        pool = Pool()
        ModelData = pool.get('ir.model.data')
        User = pool.get('res.user')
        admin = ModelData.get_id('batch', 'group_batch_admin')
        if admin in User.get_groups():
            return
        for run in runs:
            if not run.user or run.user.id != Transaction().user:
                raise RunUserError(gettext(
                        'batch.msg_run_user', run=run.rec_name))

    # Cron

    @classmethod
    def wake(cls):
        "Push a link for each lane of the running runs: a killed one goes on"
        for run in cls.search([('state', '=', 'running')]):
            run._push()

    @classmethod
    def clean(cls, date=None):
        "Delete what came to its end long ago"
        if date is None:
            days = config.getint('batch', 'clean_days', default=90)
            date = now() - dt.timedelta(days=days)
        cls.delete(cls.search([
                    ('state', '!=', 'running'),
                    ('write_date', '<', date),
                    ]))


def _keys(chunk, *states):
    "Count the keys of a chunk if it is in one of the states"
    return Case(
        (chunk.state.in_(list(states)), chunk.number_of_keys), else_=0)


class OpenCreated(Wizard):
    __name__ = 'batch.run.open_created'
    start_state = 'open_'
    open_ = StateAction('batch.act_record')

    def do_open_(self, action):
        pool = Pool()
        Model = pool.get('ir.model')
        ids = defaultdict(list)
        for reference in self.record.created():
            name, id_ = reference.split(',')
            ids[name].append(int(id_))
        if not ids:
            raise RunCreatedError(gettext(
                    'batch.msg_run_created_nothing',
                    run=self.record.rec_name))
        # One action opens one model: what the job makes, not what goes along.
        name = max(ids, key=lambda n: len(ids[n]))
        action['res_model'] = name
        action['name'] = Model.get_name(name)
        action['pyson_domain'] = PYSONEncoder().encode(
            [('id', 'in', ids[name])])
        return action, {}

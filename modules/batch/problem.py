# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

from trytond.i18n import gettext
from trytond.model import Index, ModelSQL, ModelStorage, ModelView, fields
from trytond.pool import Pool
from trytond.pyson import Eval, If
from trytond.tools import grouped_slice
from trytond.transaction import without_check_access
from trytond.wizard import StateAction, Wizard

from .exceptions import RunModificationError
from .values import decode, encode, reference


class Problem(ModelSQL, ModelView):
    __name__ = 'batch.problem'

    run = fields.Many2One(
        'batch.run', "Run", required=True, readonly=True, ondelete='CASCADE',
        help="The run that met the problem.")
    chunk = fields.Many2One(
        'batch.chunk', "Chunk", readonly=True, ondelete='CASCADE',
        help="The part of the run that met the problem.")
    company = fields.Function(
        fields.Many2One(
            'company.company', "Company",
            help="The company that the run works for."),
        'on_change_with_company', searcher='search_company')
    record = fields.Reference(
        "Record", selection='get_models', readonly=True,
        help="The record that has the problem.")
    message = fields.Function(
        fields.Text(
            "Message",
            help="What is wrong and what can be done."),
        'get_message')
    code = fields.Char(
        "Code", required=True, readonly=True,
        help="The message as the job knows it.")
    arguments = fields.Text(
        "Arguments", readonly=True, strip=False,
        help="The values inside the message, as JSON.")
    severity = fields.Selection([
            ('error', "Error"),
            ('warning', "Warning"),
            ], "Severity", required=True, readonly=True, sort=False,
        help="An error means that the record was left out, a warning that "
        "it was done but should be looked at.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('run')
        t = cls.__table__()
        cls._sql_indexes.update({
                Index(t, (t.run, Index.Equality())),
                Index(t, (t.chunk, Index.Equality())),
                })
        cls._order = [('run', 'DESC'), ('id', 'ASC')]
        cls._buttons.update({
                'open_record': {
                    'invisible': ~Eval('record'),
                    'icon': 'tryton-open',
                    'depends': ['record'],
                    },
                })

    @classmethod
    def default_severity(cls):
        return 'error'

    @fields.depends('run', '_parent_run.company')
    def on_change_with_company(self, name=None):
        return self.run.company if self.run else None

    @classmethod
    def get_models(cls):
        pool = Pool()
        Model = pool.get('ir.model')
        return [(None, '')] + Model.get_name_items(ModelStorage)

    def get_message(self, name):
        arguments = {
            key: _format(value)
            for key, value in (decode(self.arguments) or {}).items()}
        try:
            return gettext(self.code, **arguments)
        except (KeyError, TypeError, ValueError):
            # The module that wrote it is gone or says it in other words now.
            values = ', '.join(f'{k}: {v}' for k, v in arguments.items())
            return f'{self.code} ({values})' if values else self.code

    @classmethod
    def search_company(cls, name, clause):
        return [('run.' + clause[0], *clause[1:])]

    def get_rec_name(self, name):
        return self.message

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('run.rec_name', *clause[1:])]

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual',
                If(Eval('severity') == 'error', 'danger', 'warning')),
            ]

    @classmethod
    def check_modification(cls, mode, problems, values=None, external=False):
        super().check_modification(
            mode, problems, values=values, external=external)
        if mode in {'create', 'write'} and external:
            raise RunModificationError(gettext(
                    'batch.msg_run_modify', run=problems[0].run.rec_name))

    @classmethod
    @ModelView.button_action('batch.wizard_open_record')
    def open_record(cls, problems):
        pass

    @classmethod
    def report(cls, chunk, problems):
        "Store the problems that a job told about the chunk"
        values = [{
                'run': chunk.run.id,
                'chunk': chunk.id,
                'record': reference(p.record),
                'code': p.code,
                'arguments': encode(dict(p.arguments)),
                'severity': p.severity,
                } for p in problems]
        with without_check_access():
            for sub_values in grouped_slice(values, 500):
                cls.create(list(sub_values))


def _format(value):
    "Write the value as the reader of the message does"
    pool = Pool()
    Lang = pool.get('ir.lang')
    if isinstance(value, (dt.date, dt.datetime)):
        return Lang.get().strftime(value)
    elif isinstance(value, Decimal):
        digits = max(0, -value.as_tuple().exponent)
        return Lang.get().format(f'%.{digits}f', value, grouping=True)
    elif isinstance(value, (list, tuple)):
        return ', '.join(str(_format(v)) for v in value)
    return value


class OpenRecord(Wizard):
    __name__ = 'batch.problem.open_record'
    start_state = 'open_'
    open_ = StateAction('batch.act_record')

    def do_open_(self, action):
        record = self.record.record
        if record is None or record.id < 0:
            return None, {}
        action['res_model'] = record.__name__
        action['name'] = record.rec_name
        return action, {
            'res_id': record.id,
            'views': [[None, 'form']],
            }

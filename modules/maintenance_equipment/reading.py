# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
import operator
import uuid
from collections import defaultdict

from trytond.i18n import gettext
from trytond.model import Index, ModelSQL, ModelView, Unique, Workflow, fields
from trytond.modules.report_html.workflow import ButtonWorkflow
from trytond.pool import Pool
from trytond.pyson import Eval, If
from trytond.tools import grouped_slice
from trytond.transaction import Transaction
from trytond.wizard import Button, StateTransition, StateView, Wizard

from . import reading_chain
from .exceptions import (
    ReadingChainError, ReadingOutlierWarning, ReadingStateError)

_states = {
    'readonly': Eval('state') != 'draft',
    }
SLICE = 1000
_COMPARE = {
    '=': operator.eq,
    '!=': operator.ne,
    '<': operator.lt,
    '<=': operator.le,
    '>': operator.gt,
    '>=': operator.ge,
    }


class Reading(ButtonWorkflow, ModelSQL, ModelView):
    """What a meter showed

    A reading that counts is not changed any more: another corrects it.
    """
    __name__ = 'maintenance.meter.reading'

    uuid = fields.Char(
        "UUID", readonly=True,
        help="The identity which the device gave to the reading, "
        "so that it arrives only once.")
    meter = fields.Many2One(
        'maintenance.meter', "Meter", required=True, ondelete='CASCADE',
        states=_states,
        help="The meter that was read.")
    company = fields.Function(
        fields.Many2One(
            'company.company', "Company",
            help="The company which attends the equipment."),
        'on_change_with_company', searcher='search_company')
    equipment = fields.Function(
        fields.Many2One(
            'maintenance.equipment', "Equipment",
            help="The machine that is measured."),
        'on_change_with_equipment', searcher='search_equipment')
    when = fields.DateTime(
        "When", required=True, states=_states,
        help="When the meter was read.")
    value = fields.Numeric(
        "Value", required=True, states=_states,
        help="What it showed.")
    consumption = fields.Function(
        fields.Numeric(
            "Consumption",
            help="What was consumed since the reading before."),
        'get_consumption')
    source = fields.Selection([
            ('technician', "Technician"),
            ('customer', "Customer"),
            ('office', "Office"),
            ('import', "Import"),
            ('estimate', "Estimate"),
            ('closing', "Closing"),
            ('opening', "Opening"),
            ], "Source", required=True, sort=False, states=_states,
        help="Who read it. An estimate is a guess until somebody reads; "
        "closing and opening are those of a change of meter or machine.")
    photo = fields.Binary(
        "Photo", file_id='photo_id', states=_states,
        help="The picture of the meter.")
    photo_id = fields.Char(
        "Photo ID", readonly=True,
        help="Where the photo is stored.")
    note = fields.Char(
        "Note",
        help="What the next one who reads should know.")
    origin = fields.Reference(
        "Origin", selection='get_origins', readonly=True,
        help="What the reading was taken for.")
    corrects = fields.Many2One(
        'maintenance.meter.reading', "Corrects", ondelete='RESTRICT',
        states=_states,
        domain=[
            ('meter', '=', Eval('meter', -1)),
            If(Eval('state') == 'draft',
                ('state', '=', 'valid'),
                ()),
            ],
        help="The wrong reading whose place it takes.")
    invoiced_consumption = fields.Numeric(
        "Invoiced", readonly=True,
        help="The consumption that was invoiced.")
    difference = fields.Function(
        fields.Numeric(
            "To Settle",
            help="What a correction leaves to invoice or to give back."),
        'get_difference', searcher='search_difference')
    state = fields.Selection([
            ('draft', "Draft"),
            ('valid', "Valid"),
            ('rejected', "Rejected"),
            ('corrected', "Corrected"),
            ], "State", required=True, readonly=True, sort=False,
        help="The current state of the reading.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls.__access__.add('meter')
        cls._sql_constraints += [
            ('uuid_unique', Unique(t, t.uuid),
                'maintenance_equipment.msg_reading_uuid_unique'),
            ]
        cls._sql_indexes.update({
                Index(t, (t.meter, Index.Range()), (t.when, Index.Range())),
                Index(t,
                    (t.state, Index.Equality(cardinality='low')),
                    where=t.state == 'draft'),
                })
        cls._order = [
            ('when', 'DESC'),
            ('id', 'DESC'),
            ]
        cls._transitions |= {
            ('draft', 'valid'),
            ('draft', 'rejected'),
            ('valid', 'rejected'),
            ('valid', 'corrected'),
            ('rejected', 'draft'),
            }
        cls._buttons.update({
                'draft': {
                    'invisible': Eval('state') != 'rejected',
                    'icon': 'tryton-back',
                    'depends': ['state'],
                    },
                'reject': {
                    'invisible': ~Eval('state').in_(['draft', 'valid']),
                    'icon': 'tryton-cancel',
                    'depends': ['state'],
                    },
                'correct_wizard': {
                    'invisible': Eval('state') != 'valid',
                    'icon': 'tryton-edit',
                    'depends': ['state'],
                    },
                'confirm': {
                    'invisible': Eval('state') != 'draft',
                    'icon': 'tryton-ok',
                    'depends': ['state'],
                    },
                })

    @classmethod
    def default_when(cls):
        return dt.datetime.now(dt.timezone.utc).replace(
            tzinfo=None, microsecond=0)

    @classmethod
    def default_source(cls):
        return 'technician'

    @classmethod
    def default_state(cls):
        return 'draft'

    @fields.depends('meter', '_parent_meter.equipment')
    def on_change_with_company(self, name=None):
        if self.meter and self.meter.equipment:
            return self.meter.equipment.company

    @classmethod
    def search_company(cls, name, clause):
        return [('meter.equipment.' + clause[0],) + tuple(clause[1:])]

    @fields.depends('meter', '_parent_meter.equipment')
    def on_change_with_equipment(self, name=None):
        return self.meter.equipment if self.meter else None

    @classmethod
    def search_equipment(cls, name, clause):
        return [('meter.' + clause[0],) + tuple(clause[1:])]

    @classmethod
    def get_origins(cls):
        pool = Pool()
        Model = pool.get('ir.model')
        return [(None, '')] + [
            (name, Model.get_name(name)) for name in cls._get_origins()]

    @classmethod
    def _get_origins(cls):
        "Return the models a reading may be taken for"
        return []

    @classmethod
    def get_consumption(cls, readings, name):
        pool = Pool()
        Meter = pool.get('maintenance.meter')
        result = dict.fromkeys(r.id for r in readings)
        chains = Meter.chains(Meter.browse({r.meter.id for r in readings}))
        for chain in chains.values():
            for step in chain.steps:
                if step.key in result:
                    result[step.key] = step.consumption
        return result

    @classmethod
    def get_difference(cls, readings, name):
        "Return what is to settle for what was invoiced otherwise"
        pool = Pool()
        Meter = pool.get('maintenance.meter')
        result = dict.fromkeys(r.id for r in readings)
        invoiced = defaultdict(dict)
        for reading in readings:
            if reading.invoiced_consumption is not None:
                invoiced[reading.meter][reading.id] = (
                    reading.invoiced_consumption)
        if not invoiced:
            return result
        chains = Meter.chains(invoiced)
        corrections = {
            r.corrects.id: r.id for r in cls.search([
                    ('meter', 'in', [m.id for m in invoiced]),
                    ('corrects', '!=', None),
                    ('state', 'in', ['valid', 'corrected']),
                    ])}
        for meter, amounts in invoiced.items():
            for difference in reading_chain.differences(
                    chains[meter.id], amounts, corrections):
                result[difference.key] = difference.amount
        return result

    @classmethod
    def search_difference(cls, name, clause):
        # Only meters with a correction can have one.
        _, comparison, operand = clause
        readings = cls.search([
                ('invoiced_consumption', '!=', None),
                ('meter.readings', 'where', [('state', '=', 'corrected')]),
                ])
        compare = _COMPARE[comparison]
        return [('id', 'in', [
                    r.id for r in readings
                    if operand is None or r.difference is not None
                    if compare(r.difference, operand)])]

    def get_rec_name(self, name):
        return f'{self.meter.rec_name}: {self.value}'

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('meter.rec_name',) + tuple(clause[1:])]

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual',
                If(Eval('state').in_(['rejected', 'corrected']), 'muted',
                    If(Eval('state') == 'draft', 'warning', ''))),
            ]

    @classmethod
    def rows(cls, meter_ids, also=()):
        "Return by meter the readings that count, as the engine knows them"
        table = cls.__table__()
        cursor = Transaction().connection.cursor()
        states = table.state.in_(['valid', 'corrected'])
        if also:
            states |= fields.SQL_OPERATORS['in'](
                table.id, [r.id for r in also])
        found = defaultdict(list)
        for ids in grouped_slice(list(meter_ids), SLICE):
            cursor.execute(*table.select(
                    table.meter, table.id, table.when, table.value,
                    table.source, table.corrects,
                    where=fields.SQL_OPERATORS['in'](
                        table.meter, list(ids)) & states))
            for meter, id_, when, value, source, corrects in cursor:
                found[meter].append(reading_chain.Reading(
                        id_, when, value, source, corrects))
        return found

    @classmethod
    def at(cls, meter, date, value, source='technician'):
        "Return an unsaved reading of the middle of the day, today of now"
        when = cls.default_when()
        if date != when.date():
            when = dt.datetime.combine(date, dt.time(12))
        return cls(meter=meter, when=when, value=value, source=source)

    @classmethod
    def preprocess_values(cls, mode, values):
        values = super().preprocess_values(mode, values)
        if mode == 'create' and not values.get('uuid'):
            values['uuid'] = str(uuid.uuid4())
        return values

    @classmethod
    def check_modification(
            cls, mode, readings, values=None, external=False):
        super().check_modification(
            mode, readings, values=values, external=external)
        if mode == 'delete' or (mode == 'write' and (
                    values.keys()
                    & {'meter', 'when', 'value', 'source', 'corrects'})):
            for reading in readings:
                if reading.state in {'valid', 'corrected'}:
                    raise ReadingStateError(gettext(
                            'maintenance_equipment.msg_reading_state',
                            reading=reading.rec_name))

    @classmethod
    def copy(cls, readings, default=None):
        default = default.copy() if default is not None else {}
        for name in ['uuid', 'corrects', 'invoiced_consumption', 'origin']:
            default.setdefault(name)
        default.setdefault('state', 'draft')
        return super().copy(readings, default=default)

    @classmethod
    @ModelView.button
    @Workflow.transition('draft')
    def draft(cls, readings):
        pass

    @classmethod
    @ModelView.button
    @Workflow.transition('valid')
    def confirm(cls, readings):
        """Let the readings count

        What can not be is refused with the reading before it; what is far from
        the history of its meter is asked for.
        """
        pool = Pool()
        Warning = pool.get('res.user.warning')

        cls.check_when(readings)
        doubtful = cls.check_chains(readings)
        if doubtful:
            key = Warning.format('reading_outlier', doubtful)
            if Warning.check(key):
                raise ReadingOutlierWarning(key, gettext(
                        'maintenance_equipment.msg_reading_outlier',
                        readings=", ".join(
                            r.rec_name for r in doubtful[:5])))
        wrong = [r.corrects for r in readings if r.corrects]
        cls.write(wrong, {'state': 'corrected'})

    @classmethod
    def check_when(cls, readings):
        """Raise for what nobody can have read yet

        It would refuse whatever is read until then.  A day is left for those
        whose today begins before ours.
        """
        pool = Pool()
        Lang = pool.get('ir.lang')
        latest = cls.default_when() + dt.timedelta(days=1)
        for reading in readings:
            if reading.when > latest:
                raise ReadingChainError(gettext(
                        'maintenance_equipment.msg_reading_future',
                        meter=reading.meter.rec_name,
                        date=Lang.get().strftime(reading.when)))

    @classmethod
    def check_chains(cls, readings):
        "Raise for what can not be, return what is far from its history"
        by_meter = defaultdict(set)
        for reading in readings:
            by_meter[reading.meter].add(reading.id)
        rows = cls.rows({m.id for m in by_meter}, also=readings)
        doubtful = []
        for meter, ids in by_meter.items():
            engine = meter.get_engine()
            before = {
                p.key for p in reading_chain.chain(engine, [
                        r for r in rows[meter.id] if r.key not in ids
                        ]).problems}
            chain = reading_chain.chain(engine, rows[meter.id])
            for problem in chain.problems:
                if problem.key not in before:
                    cls._raise_problem(problem)
            doubtful += [
                s.key for s in chain.steps
                if s.key in ids
                and reading_chain.outlier(engine, chain.steps, s)]
        return cls.browse(doubtful)

    @classmethod
    def _raise_problem(cls, problem):
        pool = Pool()
        Lang = pool.get('ir.lang')
        lang = Lang.get()
        reading = cls(problem.key)
        values = {
            'meter': reading.meter.rec_name,
            'value': lang.format_number(problem.value),
            }
        if problem.previous is not None:
            values['previous'] = lang.format_number(problem.previous)
        if problem.previous_when is not None:
            values['date'] = lang.strftime(problem.previous_when)
        raise ReadingChainError(gettext(
                f'maintenance_equipment.msg_reading_{problem.code}',
                **values))

    @classmethod
    @ModelView.button
    @Workflow.transition('rejected')
    def reject(cls, readings):
        for reading in readings:
            if reading.invoiced_consumption is not None:
                raise ReadingStateError(gettext(
                        'maintenance_equipment.msg_reading_invoiced',
                        reading=reading.rec_name))

    @classmethod
    @ModelView.button_action(
        'maintenance_equipment.wizard_reading_correct')
    def correct_wizard(cls, readings):
        pass

    def correct(self, value, note=None):
        "Put a reading with the value in the place of this one"
        correction = self.__class__(
            meter=self.meter, when=self.when, value=value,
            source=self.source, corrects=self, note=note)
        correction.save()
        self.confirm([correction])
        return correction


class CorrectReading(Wizard):
    __name__ = 'maintenance.meter.reading.correct'

    start = StateView(
        'maintenance.meter.reading.correct.start',
        'maintenance_equipment.reading_correct_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Correct", 'correct', 'tryton-ok', default=True),
            ])
    correct = StateTransition()

    def default_start(self, fields):
        return {'value': self.record.value}

    def transition_correct(self):
        self.record.correct(self.start.value, self.start.note)
        return 'end'

    def end(self):
        return 'reload'


class CorrectReadingStart(ModelView):
    __name__ = 'maintenance.meter.reading.correct.start'

    value = fields.Numeric(
        "Value", required=True,
        help="What the meter really showed then.")
    note = fields.Char(
        "Note",
        help="Why it is corrected.")

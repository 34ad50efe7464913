# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt

from sql import Window
from sql.functions import RowNumber

from trytond.i18n import gettext
from trytond.model import DeactivableMixin, Index, ModelSQL, ModelView, fields
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.transaction import Transaction
from trytond.wizard import Button, StateTransition, StateView, Wizard

from . import reading_chain
from .exceptions import ReadingChainError


class Meter(DeactivableMixin, ModelSQL, ModelView):
    __name__ = 'maintenance.meter'

    equipment = fields.Many2One(
        'maintenance.equipment', "Equipment", required=True,
        ondelete='CASCADE',
        help="The machine that is measured.")
    company = fields.Function(
        fields.Many2One(
            'company.company', "Company",
            help="The company which attends the equipment."),
        'on_change_with_company', searcher='search_company')
    name = fields.Char(
        "Name", required=True,
        help="What it measures, for example \"Black copies\" or \"Hours\".")
    unit = fields.Many2One(
        'product.uom', "Unit", ondelete='RESTRICT',
        help="The unit of its readings. Empty means pieces.")
    kind = fields.Selection([
            ('counter', "Counter"),
            ('gauge', "Gauge"),
            ], "Kind", required=True, sort=False,
        help="A counter only goes up and tells a consumption, "
        "a gauge goes up and down, like a pressure.")
    rollover = fields.Numeric(
        "Rollover",
        domain=['OR',
            ('rollover', '=', None),
            ('rollover', '>', 0),
            ],
        states={
            'invisible': Eval('kind') != 'counter',
            },
        help="Where the counter starts again from zero: 100000 for one with "
        "five digits. Leave empty if it never does.")
    replaces = fields.Many2One(
        'maintenance.meter', "Replaces", ondelete='RESTRICT',
        domain=[
            ('id', '!=', Eval('id', -1)),
            ],
        help="The meter of the machine that stood there before.")
    readings = fields.One2Many(
        'maintenance.meter.reading', 'meter', "Readings",
        help="What it showed, and when.")
    last_value = fields.Function(
        fields.Numeric(
            "Last Reading",
            help="What it showed the last time."),
        'get_last')
    last_at = fields.Function(
        fields.DateTime(
            "Read at",
            help="When it was read the last time."),
        'get_last')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls.__access__.add('equipment')
        cls._sql_indexes.add(Index(t, (t.equipment, Index.Range())))
        cls._order = [
            ('equipment', 'ASC'),
            ('name', 'ASC'),
            ('id', 'ASC'),
            ]
        cls._buttons.update({
                'replace_wizard': {
                    'icon': 'tryton-switch',
                    },
                })

    @classmethod
    def default_kind(cls):
        return 'counter'

    @classmethod
    def default_unit(cls):
        pool = Pool()
        ModelData = pool.get('ir.model.data')
        return ModelData.get_id('product', 'uom_unit')

    @fields.depends('equipment', '_parent_equipment.company')
    def on_change_with_company(self, name=None):
        return self.equipment.company if self.equipment else None

    @classmethod
    def search_company(cls, name, clause):
        return [('equipment.' + clause[0],) + tuple(clause[1:])]

    @classmethod
    def get_last(cls, meters, names):
        pool = Pool()
        Reading = pool.get('maintenance.meter.reading')

        reading = Reading.__table__()
        cursor = Transaction().connection.cursor()
        ids = [m.id for m in meters]
        result = {name: dict.fromkeys(ids) for name in names}
        ranked = reading.select(
            reading.meter, reading.value, reading.when,
            RowNumber(window=Window(
                    [reading.meter],
                    order_by=[reading.when.desc, reading.id.desc])
                ).as_('rank'),
            where=fields.SQL_OPERATORS['in'](reading.meter, ids)
            & (reading.state == 'valid'))
        cursor.execute(*ranked.select(
                ranked.meter, ranked.value, ranked.when,
                where=ranked.rank == 1))
        for meter_id, value, when in cursor:
            for name, last in [('last_value', value), ('last_at', when)]:
                if name in result:
                    result[name][meter_id] = last
        return result

    def get_rec_name(self, name):
        return f'{self.name} - {self.equipment.rec_name}'

    @classmethod
    def search_rec_name(cls, name, clause):
        _, operator, operand = clause[:3]
        if operator.startswith('!') or operator.startswith('not '):
            bool_op = 'AND'
        else:
            bool_op = 'OR'
        return [bool_op,
            ('name', operator, operand),
            ('equipment.rec_name', operator, operand),
            ]

    def get_engine(self):
        "Return the meter as the engine knows it"
        return reading_chain.Meter(self.kind, self.rollover)

    @classmethod
    def chains(cls, meters):
        "Return by meter its readings that count, with their consumption"
        pool = Pool()
        Reading = pool.get('maintenance.meter.reading')
        rows = Reading.rows({m.id for m in meters})
        return {
            m.id: reading_chain.chain(m.get_engine(), rows[m.id])
            for m in meters}

    def estimate(self, when):
        "Return what the meter is likely to show, None without a history"
        chain = self.chains([self])[self.id]
        return reading_chain.estimate(
            self.get_engine(), chain.steps, when)

    def replace(self, when, closing, opening):
        """Change the counter of the machine, which keeps its history

        The closing reading is the last of the old counter, the opening one the
        first of the new.
        """
        pool = Pool()
        Reading = pool.get('maintenance.meter.reading')
        if closing is None or opening is None:
            raise ReadingChainError(gettext(
                    'maintenance_equipment.msg_meter_replace',
                    meter=self.rec_name))
        readings = [
            Reading(meter=self, when=when, value=closing, source='closing'),
            Reading(
                meter=self, when=when + dt.timedelta(seconds=1),
                value=opening, source='opening'),
            ]
        Reading.save(readings)
        Reading.confirm(readings)
        return readings

    @classmethod
    @ModelView.button_action(
        'maintenance_equipment.wizard_meter_replace')
    def replace_wizard(cls, meters):
        pass


class ReplaceMeter(Wizard):
    __name__ = 'maintenance.meter.replace'

    start = StateView(
        'maintenance.meter.replace.start',
        'maintenance_equipment.meter_replace_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Replace", 'replace', 'tryton-ok', default=True),
            ])
    replace = StateTransition()

    def default_start(self, fields):
        return {
            'when': dt.datetime.now(dt.timezone.utc).replace(
                tzinfo=None, microsecond=0),
            'last_value': self.record.last_value,
            'opening': 0,
            }

    def transition_replace(self):
        self.record.replace(
            self.start.when, self.start.closing, self.start.opening)
        return 'end'

    def end(self):
        return 'reload'


class ReplaceMeterStart(ModelView):
    __name__ = 'maintenance.meter.replace.start'

    when = fields.DateTime(
        "When", required=True,
        help="When the counter was changed.")
    last_value = fields.Numeric(
        "Last Reading", readonly=True,
        help="What it showed the last time.")
    closing = fields.Numeric(
        "Closing Reading", required=True,
        help="What the old counter showed.")
    opening = fields.Numeric(
        "Opening Reading", required=True,
        help="What the new counter shows.")

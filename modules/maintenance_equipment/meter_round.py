# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt

from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.transaction import Transaction
from trytond.wizard import Button, StateTransition, StateView, Wizard

from . import reading_chain


class ReadingRound(Wizard):
    "Enter the readings of a round, one after the other"
    __name__ = 'maintenance.meter.round'

    start = StateView(
        'maintenance.meter.round.start',
        'maintenance_equipment.meter_round_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Continue", 'entry', 'tryton-forward', default=True),
            ])
    entry = StateView(
        'maintenance.meter.round.entry',
        'maintenance_equipment.meter_round_entry_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Back", 'start', 'tryton-back'),
            Button("Record", 'record_', 'tryton-ok', default=True),
            ])
    record_ = StateTransition()

    def default_start(self, fields):
        sites = []
        company = Transaction().context.get('company')
        if self.records and self.model.__name__ == 'maintenance.site':
            sites = self.records
            company = sites[0].company.id
        return {
            'company': company,
            'sites': [s.id for s in sites],
            'when': dt.datetime.now(dt.timezone.utc).replace(
                tzinfo=None, microsecond=0),
            'source': 'technician',
            }

    def default_entry(self, fields):
        return {
            'lines': [{
                    'meter': meter.id,
                    'site': (
                        meter.equipment.site.id
                        if meter.equipment.site else None),
                    'last_value': meter.last_value,
                    'last_at': meter.last_at,
                    'when': self.start.when,
                    } for meter in self._meters()],
            }

    def _meters(self):
        pool = Pool()
        Meter = pool.get('maintenance.meter')
        domain = [
            ('company', '=', self.start.company.id),
            ('equipment.state', 'in', ['in_service', 'out_of_service']),
            ]
        if self.start.sites:
            domain.append(('equipment.site', 'child_of',
                    [s.id for s in self.start.sites], 'parent'))
        if self.start.category:
            domain.append(('equipment.category', 'child_of',
                    [self.start.category.id], 'parent'))
        meters = Meter.search(domain)

        def on_the_way(meter):
            site = meter.equipment.site
            return (
                site.rec_name if site else '',
                (site.route_order or 0) if site else 0, meter.id)
        return sorted(meters, key=on_the_way)

    def transition_record_(self):
        pool = Pool()
        Reading = pool.get('maintenance.meter.reading')
        readings = [
            Reading(
                meter=line.meter, when=self.start.when, value=line.value,
                source=self.start.source, note=line.note)
            for line in self.entry.lines if line.value is not None]
        Reading.save(readings)
        Reading.confirm(readings)
        return 'end'


class ReadingRoundStart(ModelView):
    __name__ = 'maintenance.meter.round.start'

    company = fields.Many2One(
        'company.company', "Company", required=True,
        help="The company which attends the equipment.")
    sites = fields.Many2Many(
        'maintenance.site', None, None, "Sites",
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        help="Where the round passes. Leave empty for all.")
    category = fields.Many2One(
        'maintenance.equipment.category', "Category",
        domain=[
            ('company', 'in', [Eval('company', -1), None]),
            ],
        help="What is read. Leave empty for all.")
    when = fields.DateTime(
        "When", required=True,
        help="When the meters were read.")
    source = fields.Selection(
        'get_sources', "Source", required=True, sort=False,
        help="Who read them.")

    @classmethod
    def get_sources(cls):
        pool = Pool()
        Reading = pool.get('maintenance.meter.reading')
        sources = Reading.fields_get(['source'])['source']['selection']
        return [
            (v, s) for v, s in sources if v not in {'closing', 'opening'}]


class ReadingRoundEntry(ModelView):
    __name__ = 'maintenance.meter.round.entry'

    lines = fields.One2Many(
        'maintenance.meter.round.line', None, "Meters",
        help="Type what each meter shows. What is left empty is not "
        "recorded.")


class ReadingRoundLine(ModelView):
    __name__ = 'maintenance.meter.round.line'

    meter = fields.Many2One(
        'maintenance.meter', "Meter", readonly=True,
        help="The meter that is read.")
    site = fields.Many2One(
        'maintenance.site', "Site", readonly=True,
        help="Where it is.")
    last_value = fields.Numeric(
        "Last Reading", readonly=True,
        help="What it showed the last time.")
    last_at = fields.DateTime(
        "Read at", readonly=True,
        help="When it was read the last time.")
    when = fields.DateTime(
        "When", readonly=True,
        help="When it is read now.")
    value = fields.Numeric(
        "Value",
        help="What it shows.")
    consumption = fields.Numeric(
        "Consumption", readonly=True,
        help="What was consumed since the reading before.")
    remark = fields.Char(
        "Remark", readonly=True,
        help="What to look at again before recording.")
    note = fields.Char(
        "Note",
        help="What the next one who reads should know.")

    @fields.depends('meter', 'value', 'when')
    def on_change_value(self):
        pool = Pool()
        Reading = pool.get('maintenance.meter.reading')
        self.consumption, self.remark = None, None
        if not self.meter or self.value is None or not self.when:
            return
        engine = self.meter.get_engine()
        candidate = reading_chain.Reading(-1, self.when, self.value)
        rows = Reading.rows({self.meter.id})[self.meter.id]
        chain = reading_chain.chain(engine, [*rows, candidate])
        step = chain.by_key().get(-1)
        if chain.problems:
            self.remark = gettext('maintenance_equipment.msg_round_wrong')
        if step:
            self.consumption = step.consumption
            if reading_chain.outlier(engine, chain.steps, step):
                self.remark = gettext(
                    'maintenance_equipment.msg_round_outlier')

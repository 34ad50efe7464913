# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from collections import defaultdict
from zoneinfo import ZoneInfo

from trytond.i18n import gettext
from trytond.pool import Pool
from trytond.tools import grouped_slice
from trytond.transaction import Transaction

from . import import_values, reading_chain
from .equipment_import import CHUNK, TableImporter
from .import_values import Problem

NOON = dt.time(12)
MACHINE = ['number', 'serial', 'external_code', 'manufacturer_serial']


class ReadingImporter(TableImporter):
    "Makes readings of the rows of a table"

    def __init__(self, profile, unusual=False):
        super().__init__(profile)
        self.unusual = unusual
        self.zone = ZoneInfo(self.company.timezone or 'UTC')

    def run(self, table):
        "Save what is right; the problems tell what is not"
        records, self.problems = import_values.understand(
            table, self.profile.get_columns(), self.profile.get_style())
        by_meter = self._by_meter(records)
        readings = []
        for meters in grouped_slice(list(by_meter), CHUNK):
            readings += self._check(
                {meter: by_meter[meter] for meter in meters})
        self._save(readings)
        self.problems.sort(key=lambda p: p.row)

    def _by_meter(self, records):
        "Return by meter the records of its readings, with their time"
        now = dt.datetime.now(dt.timezone.utc).replace(tzinfo=None)
        found = self._find(
            'maintenance.equipment', MACHINE,
            sorted({r.values['machine'] for r in records
                    if r.values.get('machine')}), [
                ('company', '=', self.company.id),
                ('state', '!=', 'cancelled'),
                ])
        # One machine may have the same text in several of its numbers.
        found = {text: list(set(each)) for text, each in found.items()}
        by_meter = defaultdict(list)
        for record in records:
            missing = [
                name for name in ['machine', 'when', 'value']
                if record.values.get(name) is None]
            for name in missing:
                self._problem(record, name, 'required')
            if missing:
                continue
            machine = self._one(record, {'machine': found}, 'machine')
            meter = machine and self._meter(record, machine)
            if not meter:
                continue
            when = self._moment(record.values['when'])
            if when > now:
                self._problem(record, 'when', 'future')
                continue
            by_meter[meter].append((when, record))
        return by_meter

    def _meter(self, record, machine):
        "Return the meter of the name; a machine with one needs none"
        name = record.values.get('meter')
        meters = [
            m for m in machine.meters
            if not name or import_values.normal(m.name)
            == import_values.normal(name)]
        if len(meters) == 1:
            return meters[0]
        self._problem(
            record, 'meter' if name or meters else 'machine',
            'several' if meters else 'no_meter')

    def _moment(self, local):
        "Return the UTC time; a day without time is its middle"
        if local.time() == dt.time():
            local = dt.datetime.combine(local, NOON)
        return local.replace(tzinfo=self.zone).astimezone(
            dt.timezone.utc).replace(tzinfo=None)

    def _check(self, by_meter):
        "Return the readings which can be, as values to create"
        pool = Pool()
        Reading = pool.get('maintenance.meter.reading')
        rows = Reading.rows({m.id for m in by_meter})
        readings = []
        for meter, candidates in by_meter.items():
            engine = meter.get_engine()
            known = rows[meter.id]
            # What is not there yet has its row, below zero, as key.
            records = {-record.row: record for _, record in candidates}
            new = self._without_known(known, candidates)
            new = self._possible(engine, meter, known, new, records)
            if not self.unusual:
                new = self._usual(engine, known, new, records)
            readings += [{
                    'meter': meter.id,
                    'when': reading.when,
                    'value': reading.value,
                    'source': 'import',
                    'note': records[reading.key].values.get('note'),
                    } for reading in new]
        return readings

    def _without_known(self, known, candidates):
        there = {r.when for r in known}
        new = []
        for when, record in sorted(
                candidates, key=lambda c: (c[0], c[1].row)):
            if when in there:
                self._problem(record, 'when', 'there')
                continue
            there.add(when)
            new.append(reading_chain.Reading(
                    -record.row, when, record.values['value'], 'import'))
        return new

    def _possible(self, engine, meter, known, new, records):
        "Leave out what the counter can not have shown"
        before = {p.key for p in reading_chain.chain(engine, known).problems}
        while new:
            chain = reading_chain.chain(engine, [*known, *new])
            problems = [p for p in chain.problems if p.key not in before]
            if not problems:
                break
            wrong = {}
            for problem in problems:
                key = problem.key
                if key > 0:
                    # One of the file made a reading impossible that was right.
                    when = next(r.when for r in known if r.key == key)
                    earlier = [r for r in new if r.when < when]
                    if not earlier:
                        continue
                    key = earlier[-1].key
                wrong.setdefault(key, problem)
                break
            if not wrong:
                break
            for key, problem in wrong.items():
                self._impossible(meter, records[key], problem)
            new = [r for r in new if r.key not in wrong]
        return new

    def _impossible(self, meter, record, problem):
        pool = Pool()
        Lang = pool.get('ir.lang')
        lang = Lang.get()
        values = {
            'meter': meter.rec_name,
            'value': lang.format_number(record.values['value']),
            }
        code = problem.code
        if problem.key > 0:
            code = 'higher'
            values['next'] = lang.format_number(problem.value)
        if problem.previous is not None:
            values['previous'] = lang.format_number(problem.previous)
        if problem.previous_when is not None:
            values['date'] = lang.strftime(problem.previous_when)
        titles = {c.field: c.title for c in self.profile.columns}
        self.problems.append(Problem(
                record.row, titles.get('value') or '',
                str(record.values['value']), '!' + gettext(
                    f'maintenance_equipment.msg_reading_{code}', **values)))

    def _usual(self, engine, known, new, records):
        "Leave out what is far from the history of the meter"
        usual = {r.key: r for r in new}
        chain = reading_chain.chain(engine, [*known, *new])
        for reading in new:
            step = chain.by_key().get(reading.key)
            if step and reading_chain.outlier(engine, chain.steps, step):
                self._problem(records[reading.key], 'value', 'unusual')
                del usual[reading.key]
                chain = reading_chain.chain(
                    engine, [*known, *usual.values()])
        return list(usual.values())

    def _save(self, readings):
        pool = Pool()
        Reading = pool.get('maintenance.meter.reading')
        for chunk in grouped_slice(readings, CHUNK):
            created = Reading.create(list(chunk))
            # What is unusual was looked at above.
            with Transaction().set_context(_skip_warnings=True):
                Reading.confirm(Reading.browse(created))
            self.created += len(created)
            self.records += created

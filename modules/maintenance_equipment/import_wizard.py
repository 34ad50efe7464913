# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What one sees of an import: the file, every bad row, the result."""
import csv
import io
from collections import defaultdict

from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.pool import Pool
from trytond.pyson import Eval, If, PYSONEncoder
from trytond.wizard import Button, StateAction, StateView, Wizard

from .equipment_import import Importer, savepoint
from .reading_import import ReadingImporter


def _buttons_start():
    return [
        Button("Cancel", 'end', 'tryton-cancel'),
        Button("Check", 'preview', 'tryton-forward', default=True),
        ]


def _buttons_preview():
    return [
        Button("Cancel", 'end', 'tryton-cancel'),
        Button("Back", 'start', 'tryton-back'),
        Button("Import Good Rows", 'import_', 'tryton-ok', default=True),
        ]


class ImportWizard(Wizard):
    "Shows what would happen before anything is saved, then what was made"

    def _importer(self):
        raise NotImplementedError

    def default_start(self, fields):
        return {
            name: getattr(value, 'id', value)
            for name in fields
            if name in {'profile', 'unusual'}
            and (value := getattr(self.start, name, None))}

    def default_preview(self, fields):
        "Import all, tell what happened and undo it"
        importer = self._importer()
        table = importer.read(self.start.file)
        with savepoint(keep=False):
            importer.run(table)
        lines = [{
                'row': p.row,
                'title': p.title,
                'value': p.value,
                'reason': self._reason(p),
                'remark': p.remark,
                } for p in importer.problems]
        bad = {p.row for p in importer.problems if not p.remark}
        return {
            'rows': len(table.rows),
            'created': importer.created,
            'updated': importer.updated,
            'bad': len(bad),
            'remarks': sum(line['remark'] for line in lines),
            'problems': lines,
            'bad_rows': self._bad_rows(table, lines) if bad else None,
            'bad_rows_name': 'bad_rows.csv',
            }

    def _reason(self, problem):
        if problem.code.startswith('!'):
            return problem.code[1:]
        return gettext(
            f'maintenance_equipment.msg_import_problem_{problem.code}',
            choices=', '.join(filter(None, problem.choices)))

    def _bad_rows(self, table, lines):
        "Return the bad rows as a file to correct and import again"
        reasons = defaultdict(list)
        for line in lines:
            if not line['remark']:
                reasons[line['row']].append(
                    ': '.join(filter(None, [line['title'], line['reason']])))
        output = io.StringIO()
        writer = csv.writer(output, delimiter=';')
        writer.writerow([*table.titles, gettext(
                    'maintenance_equipment.msg_import_reason')])
        for row in table.rows:
            if row.number in reasons:
                writer.writerow([
                        *(row.values.get(t, '') for t in table.titles),
                        ' / '.join(reasons[row.number])])
        return output.getvalue().encode('utf-8-sig')

    def do_import_(self, action):
        "Open what the file made and changed, named with how many"
        importer = self._importer()
        importer.run(importer.read(self.start.file))
        if not importer.records:
            return None
        action['name'] = gettext(
            'maintenance_equipment.msg_import_done',
            created=importer.created, updated=importer.updated)
        action['pyson_domain'] = PYSONEncoder().encode(
            [('id', 'in', [r.id for r in importer.records])])
        # All at once, whatever their state.
        action['domains'] = []
        return action, {}

    def transition_import_(self):
        return 'end'

    def end(self):
        return 'reload'


class ImportEquipment(ImportWizard):
    __name__ = 'maintenance.equipment.import'

    start = StateView(
        'maintenance.equipment.import.start',
        'maintenance_equipment.equipment_import_start_view_form',
        _buttons_start())
    preview = StateView(
        'maintenance.equipment.import.preview',
        'maintenance_equipment.equipment_import_preview_view_form',
        _buttons_preview())
    import_ = StateAction('maintenance_equipment.act_equipment_form')

    def _importer(self):
        return Importer(self.start.get_profile())


class ImportReadings(ImportWizard):
    __name__ = 'maintenance.meter.import'

    start = StateView(
        'maintenance.meter.import.start',
        'maintenance_equipment.meter_import_start_view_form',
        _buttons_start())
    preview = StateView(
        'maintenance.equipment.import.preview',
        'maintenance_equipment.meter_import_preview_view_form',
        _buttons_preview())
    import_ = StateAction('maintenance_equipment.act_reading_form')

    def _importer(self):
        return ReadingImporter(
            self.start.get_profile(), unusual=bool(self.start.unusual))


class ImportStartMixin:
    "The file to import, and one that shows how it looks"
    __slots__ = ()

    _content = None

    profile = fields.Many2One(
        'maintenance.import.profile', "Profile",
        help="How the file is read.\n"
        "Leave empty for a file with the titles of the sample file.")
    file = fields.Binary(
        "File", filename='file_name', required=True,
        help="A CSV or XLSX file whose first row has the titles.")
    file_name = fields.Char(
        "File Name",
        help="What the file is called.")
    sample = fields.Binary(
        "Sample File", filename='sample_name', readonly=True,
        help="A file as it is read, to fill in.")
    sample_name = fields.Char(
        "Name of Sample File", readonly=True,
        help="What the sample file is called.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.profile.domain = [('content', '=', cls._content)]

    @classmethod
    def default_sample_name(cls):
        return f'{cls._content}.csv'

    @classmethod
    def default_sample(cls):
        return cls().get_profile().get_sample()

    @fields.depends('profile')
    def on_change_with_sample(self):
        return self.get_profile().get_sample()

    def get_profile(self):
        "Return the profile chosen, or that of the sample"
        pool = Pool()
        Profile = pool.get('maintenance.import.profile')
        return (
            getattr(self, 'profile', None)
            or Profile.get_standard(self._content))


class ImportEquipmentStart(ImportStartMixin, ModelView):
    __name__ = 'maintenance.equipment.import.start'
    _content = 'equipment'


class ImportReadingsStart(ImportStartMixin, ModelView):
    __name__ = 'maintenance.meter.import.start'
    _content = 'readings'

    unusual = fields.Boolean(
        "Import Unusual Values",
        help="Check to import also the values which are far from the history "
        "of their meters, after you have looked at them.")


class ImportEquipmentPreview(ModelView):
    __name__ = 'maintenance.equipment.import.preview'

    rows = fields.Integer(
        "Rows", readonly=True,
        help="How many rows the file has.")
    created = fields.Integer(
        "New", readonly=True,
        help="How many rows make new equipment.")
    updated = fields.Integer(
        "Updated", readonly=True,
        help="How many rows update equipment.")
    bad = fields.Integer(
        "Bad Rows", readonly=True,
        help="How many rows are left out.")
    remarks = fields.Integer(
        "Remarks", readonly=True,
        help="How many rows come in, but should be looked at.")
    problems = fields.One2Many(
        'maintenance.equipment.import.problem', None, "Problems",
        readonly=True,
        help="Every bad row and what is wrong with it, and the remarks.")
    bad_rows = fields.Binary(
        "File of Bad Rows", filename='bad_rows_name', readonly=True,
        states={
            'invisible': ~Eval('bad'),
            },
        help="The bad rows with their reasons, to correct and import again.")
    bad_rows_name = fields.Char(
        "Name of Bad Rows", readonly=True,
        help="What the file of bad rows is called.")


class ImportEquipmentProblem(ModelView):
    __name__ = 'maintenance.equipment.import.problem'

    row = fields.Integer(
        "Row", readonly=True,
        help="The number of the row in the file.")
    title = fields.Char(
        "Column", readonly=True,
        help="The column that is wrong.")
    value = fields.Char(
        "Value", readonly=True,
        help="What the cell says.")
    reason = fields.Char(
        "Reason", readonly=True,
        help="Why the row is left out.")
    remark = fields.Boolean(
        "Remark", readonly=True,
        help="Checked when the row comes in all the same.")

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual', If(Eval('remark'), 'warning', 'danger')),
            ]

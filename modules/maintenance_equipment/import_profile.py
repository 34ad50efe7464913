# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import re

from trytond.i18n import gettext
from trytond.model import ModelSQL, ModelView, fields, sequence_ordered
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.tools import file_open
from trytond.transaction import Transaction

from . import import_sample, import_values
from .exceptions import ImportFileError

# What can be imported, and how its cells are read.
EQUIPMENT = {
    'external_code': 'char',
    'name': 'char',
    'kind': 'selection',
    'category': 'char',
    'customer': 'char',
    'site': 'char',
    'point': 'char',
    'parent': 'char',
    'product': 'char',
    'serial': 'char',
    'manufacturer': 'char',
    'model': 'char',
    'manufacturer_serial': 'char',
    'quantity': 'integer',
    'manufactured_date': 'date',
    'sold_date': 'date',
    'delivered_date': 'date',
    'installed_date': 'date',
    'commissioned_date': 'date',
    'criticality': 'selection',
    'notes': 'char',
    }
READINGS = {
    'machine': 'char',
    'meter': 'char',
    'when': 'datetime',
    'value': 'numeric',
    'note': 'char',
    }
KINDS = {**EQUIPMENT, **READINGS}
ATTRIBUTE = 'attribute:'
# What the cells of an attribute can tell.
ATTRIBUTE_KINDS = [
    'boolean', 'char', 'date', 'datetime', 'float', 'integer', 'numeric',
    'selection']


class ImportProfile(ModelSQL, ModelView):
    "How the file of somebody is read"
    __name__ = 'maintenance.import.profile'

    _states = {
        'invisible': Eval('content') != 'equipment',
        }

    name = fields.Char(
        "Name", required=True,
        help="Whose files are read like this.")
    company = fields.Many2One(
        'company.company', "Company", required=True,
        help="The company which attends the equipment.")
    content = fields.Selection([
            ('equipment', "Equipment"),
            ('readings', "Readings"),
            ], "Content", required=True, sort=False,
        help="What the rows of the file are.")
    encoding = fields.Selection([
            ('utf-8', "UTF-8"),
            ('cp1252', "Windows (Western Europe)"),
            ], "Encoding", required=True, sort=False,
        help="How a CSV file writes accents. XLSX files need none.")
    decimal = fields.Selection([
            (',', "Comma"),
            ('.', "Point"),
            ], "Decimal Separator", required=True, sort=False,
        help="What stands before the decimals.")
    date_format = fields.Selection([
            ('dmy', "Day, Month, Year"),
            ('mdy', "Month, Day, Year"),
            ('ymd', "Year, Month, Day"),
            ], "Dates", required=True, sort=False,
        help="The order in which dates are written.")
    update_by = fields.Selection([
            (None, "Nothing"),
            ('serial', "Serial"),
            ('external_code', "External Code"),
            ], "Update by", sort=False, states=_states,
        help="Equipment with the same one is updated; the rest is new.\n"
        "With nothing all rows are new.")
    create_sites = fields.Boolean(
        "Create Sites", states=_states,
        help="Check to make the sites and points which are not there yet.")
    put_in_service = fields.Boolean(
        "Put in Service", states=_states,
        help="Check to put new equipment with a site in service.")
    columns = fields.One2Many(
        'maintenance.import.column', 'profile', "Columns",
        help="Which column of the file fills what.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [
            ('name', 'ASC'),
            ('id', 'ASC'),
            ]

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_encoding(cls):
        return 'utf-8'

    @classmethod
    def default_decimal(cls):
        return ','

    @classmethod
    def default_date_format(cls):
        return 'dmy'

    @classmethod
    def default_update_by(cls):
        return 'serial'

    @classmethod
    def default_put_in_service(cls):
        return True

    @classmethod
    def default_content(cls):
        return 'equipment'

    @classmethod
    def default_columns(cls):
        return [
            {'field': field, 'title': title}
            for field, title in cls._fields_of(cls.default_content())]

    @fields.depends('content', 'columns')
    def on_change_content(self):
        pool = Pool()
        ImportColumn = pool.get('maintenance.import.column')
        names = READINGS if self.content == 'readings' else EQUIPMENT
        if any(getattr(c, 'field', None) not in names for c in self.columns):
            self.columns = [
                ImportColumn(
                    field=field, title=title,
                    required=field in {'machine', 'when', 'value'})
                for field, title in self._fields_of(self.content)]

    @classmethod
    def _fields_of(cls, content):
        "Return pairs of name and label of what the content has"
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')
        Reading = pool.get('maintenance.meter.reading')
        Site = pool.get('maintenance.site')

        def labels_of(Model, names):
            return {
                name: definition['string'] for name, definition
                in Model.fields_get(list(names)).items()}
        if content == 'readings':
            labels = labels_of(Reading, READINGS.keys() - {'machine'})
            equipment = Reading.fields_get(['equipment'])['equipment']
            labels['machine'] = equipment['string']
            return [(name, labels[name]) for name in READINGS]
        labels = labels_of(Equipment, EQUIPMENT.keys() - {'point'})
        kinds = dict(Site.fields_get(['kind'])['kind']['selection'])
        labels['point'] = kinds['point']
        return [(name, labels[name]) for name in EQUIPMENT]

    @classmethod
    def get_standard(cls, content):
        "Return what reads a file like the sample, with no profile saved"
        pool = Pool()
        Company = pool.get('company.company')
        ImportColumn = pool.get('maintenance.import.column')
        Lang = pool.get('ir.lang')
        lang = Lang.get()
        first = re.search('%[dmyY]', lang.date or '')
        required = {'machine', 'when', 'value'}
        return cls(
            name=gettext('maintenance_equipment.msg_import_standard'),
            company=Company(cls.default_company()),
            content=content,
            encoding='utf-8',
            decimal=',' if lang.decimal_point == ',' else '.',
            date_format={'%m': 'mdy', '%Y': 'ymd', '%y': 'ymd'}.get(
                first and first.group(), 'dmy'),
            update_by='serial',
            create_sites=True,
            put_in_service=True,
            columns=[
                ImportColumn(
                    field=field, title=title, default=None,
                    required=field in required)
                for field, title in cls._fields_of(content)])

    def get_style(self):
        return import_values.Style(self.decimal, self.date_format)

    def get_columns(self):
        "Return the columns as the engine knows them"
        return [c.get_column() for c in self.columns]

    def get_sample(self):
        "Return a file which the profile reads, to fill in"
        with file_open(
                f'maintenance_equipment/data/sample_{self.content}.csv',
                mode='r', encoding='utf-8') as lines:
            examples = import_sample.read(lines, Transaction().language)
        return import_sample.write(
            self.get_columns(), examples, self.get_style(), self.encoding)


class ImportColumn(sequence_ordered(), ModelSQL, ModelView):
    __name__ = 'maintenance.import.column'

    profile = fields.Many2One(
        'maintenance.import.profile', "Profile", required=True,
        ondelete='CASCADE',
        help="The profile the column belongs to.")
    title = fields.Char(
        "Title",
        help="What stands above the column in the file.\n"
        "Leave empty to give all rows the default.")
    field = fields.Selection(
        'get_fields', "Fills", required=True, sort=False,
        help="What the column fills.")
    required = fields.Boolean(
        "Required",
        help="Check to refuse rows without it.")
    default = fields.Char(
        "Default",
        help="What rows without it get.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('profile')

    @fields.depends('profile', '_parent_profile.content')
    def get_fields(self):
        content = (
            self.profile.content if self.profile else None) or 'equipment'
        Profile = Pool().get('maintenance.import.profile')
        found = Profile._fields_of(content)
        if content == 'equipment':
            found += self._attribute_fields()
        return found

    @classmethod
    def _attribute_fields(cls):
        pool = Pool()
        Attribute = pool.get('maintenance.equipment.attribute')
        Equipment = pool.get('maintenance.equipment')
        sheet = Equipment.fields_get(['attributes'])['attributes']['string']
        return [
            (f'{ATTRIBUTE}{a.name}', f'{sheet}: {a.get_label()}')
            for a in Attribute.search([('type_', 'in', ATTRIBUTE_KINDS)])]

    def get_rec_name(self, name):
        return self.title or self.field

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('title',) + tuple(clause[1:])]

    def get_column(self):
        "Return the column as the engine knows it"
        pool = Pool()
        Attribute = pool.get('maintenance.equipment.attribute')
        Equipment = pool.get('maintenance.equipment')
        selection = ()
        if self.field.startswith(ATTRIBUTE):
            attributes = Attribute.search([
                    ('name', '=', self.field[len(ATTRIBUTE):])])
            if not attributes:
                raise ImportFileError(gettext(
                        'maintenance_equipment.msg_import_attribute',
                        column=self.rec_name,
                        profile=self.profile.rec_name))
            column = attributes[0].get_column()
            kind, selection = column.kind, column.selection
        else:
            kind = KINDS[self.field]
            if kind == 'selection':
                definition = Equipment.fields_get([self.field])[self.field]
                selection = tuple(
                    (k, label) for k, label in definition['selection'] if k)
        return import_values.Column(
            self.title or '', self.field, kind, bool(self.required),
            self.default or '', selection)

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.model import ModelSQL, ModelView, fields, sequence_ordered
from trytond.pool import Pool
from trytond.transaction import Transaction

from . import import_values

# What can be imported, and how its cells are read; what is not told here is
# read as the equipment's own field of the name.
KINDS = {
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


class ImportProfile(ModelSQL, ModelView):
    "How the file of somebody is read"
    __name__ = 'maintenance.import.profile'

    name = fields.Char(
        "Name", required=True,
        help="Whose files are read like this.")
    company = fields.Many2One(
        'company.company', "Company", required=True,
        help="The company which attends the equipment.")
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
            ], "Update by", sort=False,
        help="Equipment with the same one is updated; the rest is new.\n"
        "With nothing all rows are new.")
    create_sites = fields.Boolean(
        "Create Sites",
        help="Check to make the sites and points which are not there yet.")
    put_in_service = fields.Boolean(
        "Put in Service",
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
    def default_columns(cls):
        pool = Pool()
        ImportColumn = pool.get('maintenance.import.column')
        return [
            {'field': field, 'title': title}
            for field, title in ImportColumn.get_fields()]

    def get_style(self):
        return import_values.Style(self.decimal, self.date_format)

    def get_columns(self):
        "Return the columns as the engine knows them"
        return [c.get_column() for c in self.columns]


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

    @classmethod
    def get_fields(cls):
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')
        Site = pool.get('maintenance.site')
        labels = {
            name: definition['string']
            for name, definition in Equipment.fields_get(
                [n for n in KINDS if n != 'point']).items()}
        kinds = dict(Site.fields_get(['kind'])['kind']['selection'])
        labels['point'] = kinds['point']
        return [(name, labels[name]) for name in KINDS]

    def get_rec_name(self, name):
        return self.title or self.field

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('title',) + tuple(clause[1:])]

    def get_column(self):
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')
        selection = ()
        if KINDS[self.field] == 'selection':
            definition = Equipment.fields_get([self.field])[self.field]
            selection = tuple(
                (key, label) for key, label in definition['selection'] if key)
        return import_values.Column(
            self.title or '', self.field, KINDS[self.field],
            bool(self.required), self.default or '', selection)

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.i18n import gettext
from trytond.model import Index, ModelSQL, ModelView, Unique, fields
from trytond.pool import Pool

from .contract_check import refuse
from .exceptions import CountQuantityError
from .refresh import RefreshMixin


class LineCount(RefreshMixin, ModelSQL, ModelView):
    __name__ = 'service.contract.line.count'
    _refresh_fields = frozenset(['line', 'date', 'quantity'])

    line = fields.Many2One(
        'service.contract.line', "Line", required=True, ondelete='CASCADE',
        help="The line of the contract whose machines were counted.")
    company = fields.Function(fields.Many2One(
            'company.company', "Company",
            help="The company of the contract."),
        'on_change_with_company', searcher='search_company')
    date = fields.Date(
        "Date", required=True,
        help="The day from which the count holds.")
    quantity = fields.Float(
        "Quantity", digits='unit', required=True,
        help="How many were found.")
    unit = fields.Function(fields.Many2One(
            'product.uom', "Unit",
            help="The unit of the quantity."),
        'on_change_with_unit')
    origin = fields.Reference(
        "Origin", selection='get_origin',
        help="The visit or audit in which they were counted.")
    note = fields.Char(
        "Note",
        help="What is worth knowing about the count.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls.__access__.add('line')
        cls._sql_constraints += [
            ('line_date_unique', Unique(t, t.line, t.date),
                'service_contract.msg_line_count_unique'),
            ]
        cls._sql_indexes.add(
            Index(t, (t.line, Index.Equality()), (t.date, Index.Range())))
        cls._order = [
            ('line', 'ASC'),
            ('date', 'DESC'),
            ('id', 'DESC'),
            ]

    @classmethod
    def default_date(cls):
        return Pool().get('ir.date').today()

    @fields.depends('line', '_parent_line.contract')
    def on_change_with_company(self, name=None):
        if self.line and self.line.contract:
            return self.line.contract.company

    @classmethod
    def search_company(cls, name, clause):
        return [('line.contract.' + clause[0], *clause[1:])]

    @fields.depends('line', '_parent_line.unit')
    def on_change_with_unit(self, name=None):
        return self.line.unit if self.line else None

    @classmethod
    def _get_origin(cls):
        "Return the names of the models in which machines are counted"
        return ['maintenance.visit']

    @classmethod
    def get_origin(cls):
        pool = Pool()
        Model = pool.get('ir.model')
        get_name = Model.get_name
        return [(None, "")] + [(m, get_name(m)) for m in cls._get_origin()]

    @property
    def the_contract(self):
        return self.line.contract

    @classmethod
    def validate_fields(cls, counts, field_names):
        super().validate_fields(counts, field_names)
        cls.check_quantity(counts, field_names)

    @classmethod
    def check_quantity(cls, counts, field_names=None):
        if field_names and 'quantity' not in field_names:
            return
        refuse(
            CountQuantityError(gettext(
                    'service_contract.msg_line_count_quantity',
                    line=count.line.rec_name))
            for count in counts if count.quantity < 0)

    def get_rec_name(self, name):
        return f'{self.line.rec_name} {self.date}'

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('line.' + clause[0], *clause[1:])]

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from collections import defaultdict

from trytond.i18n import gettext
from trytond.model import Index, ModelSQL, ModelView, Unique, fields
from trytond.modules.product import price_digits
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.tools import grouped_slice
from trytond.transaction import Transaction

from .contract_check import refuse
from .exceptions import TermDateError, TermDiscountError, TermQuantityError
from .refresh import RefreshMixin


class Term(RefreshMixin, ModelSQL, ModelView):
    __name__ = 'service.contract.line.term'
    _refresh_fields = frozenset([
            'line', 'from_date', 'quantity', 'unit_price', 'discount',
            'payer'])

    line = fields.Many2One(
        'service.contract.line', "Line", required=True, ondelete='CASCADE',
        help="The line of the contract whose price is agreed.")
    company = fields.Function(fields.Many2One(
            'company.company', "Company",
            help="The company of the contract."),
        'on_change_with_company', searcher='search_company')
    from_date = fields.Date(
        "From",
        help="The first day on which the terms count. "
        "Leave empty for the start of the line.")
    quantity = fields.Float(
        "Quantity", digits='unit', required=True,
        help="The quantity of each period.")
    unit = fields.Function(fields.Many2One(
            'product.uom', "Unit",
            help="The unit of the quantity."),
        'on_change_with_unit')
    unit_price = fields.Numeric(
        "Unit Price", digits=price_digits, required=True,
        help="The price of one unit in each period.")
    discount = fields.Numeric(
        "Discount", digits=(16, 4), required=True,
        help="The part of the price given away.")
    payer = fields.Many2One(
        'party.party', "Payer", ondelete='RESTRICT',
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="Who pays from then on. Leave empty for the payer of the line.")
    amendment = fields.Many2One(
        'service.contract.amendment', "Amendment", ondelete='RESTRICT',
        domain=[
            ('contract.lines', '=', Eval('line', -1)),
            ],
        help="Why the terms changed.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints += [
            ('line_date_unique', Unique(t, t.line, t.from_date),
                'service_contract.msg_term_unique'),
            ]
        cls._sql_indexes.add(
            Index(
                t, (t.line, Index.Equality()), (t.from_date, Index.Range())))
        cls._order = [
            ('line', 'ASC'),
            ('from_date', 'DESC NULLS LAST'),
            ('id', 'DESC'),
            ]

    @staticmethod
    def default_quantity():
        return 1

    @staticmethod
    def default_discount():
        return 0

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

    @property
    def the_contract(self):
        return self.line.contract

    def get_rec_name(self, name):
        return f'{self.line.rec_name} {self.from_date or ""}'.strip()

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('line.' + clause[0], *clause[1:])]

    @classmethod
    def validate_fields(cls, terms, field_names):
        super().validate_fields(terms, field_names)
        cls.check_first(terms, field_names)
        cls.check_discount(terms, field_names)
        cls.check_quantity(terms, field_names)

    @classmethod
    def check_first(cls, terms, field_names=None):
        "A line has at most one set of terms without date"
        if field_names and not (field_names & {'line', 'from_date'}):
            return
        # An SQL constraint takes two empty dates for different.
        lines = list({t.line.id for t in terms if not t.from_date})
        counts = defaultdict(int)
        for sub_lines in grouped_slice(lines, 500):
            for term in cls.search([
                        ('line', 'in', list(sub_lines)),
                        ('from_date', '=', None),
                        ]):
                counts[term.line] += 1
        for line, count in counts.items():
            if count > 1:
                raise TermDateError(gettext(
                        'service_contract.msg_term_without_date',
                        line=line.rec_name))

    @classmethod
    def check_discount(cls, terms, field_names=None):
        if field_names and 'discount' not in field_names:
            return
        refuse(
            TermDiscountError(gettext(
                    'service_contract.msg_term_discount',
                    line=term.line.rec_name))
            for term in terms if not (0 <= term.discount <= 1))

    @classmethod
    def check_quantity(cls, terms, field_names=None):
        if field_names and 'quantity' not in field_names:
            return
        refuse(
            TermQuantityError(gettext(
                    'service_contract.msg_term_quantity',
                    line=term.line.rec_name))
            for term in terms if term.quantity < 0)

    @classmethod
    def in_force(cls, lines, date=None):
        """Return the terms of each line in force on the date

        Before the line starts its first terms are returned. Without date it
        is today at each company.
        """
        pool = Pool()
        Date = pool.get('ir.date')

        today = {}
        for company in {line.contract.company.id for line in lines}:
            with Transaction().set_context(company=company):
                today[company] = date or Date.today()
        terms = defaultdict(list)
        for sub_lines in grouped_slice(lines, 500):
            for term in cls.search([
                        ('line', 'in', [line.id for line in sub_lines]),
                        ],
                    order=[('from_date', 'ASC NULLS FIRST'), ('id', 'ASC')]):
                terms[term.line.id].append(term)
        result = {}
        for line in lines:
            found = terms.get(line.id)
            if found:
                day = today[line.contract.company.id]
                started = [
                    t for t in found if not t.from_date or t.from_date <= day]
                result[line.id] = started[-1] if started else found[0]
        return result

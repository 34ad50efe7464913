# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt

from sql import Cast, Null
from sql.conditionals import Case, Greatest
from sql.operators import Or

from trytond.i18n import gettext
from trytond.model import Index, ModelSQL, ModelView, fields
from trytond.pool import Pool
from trytond.pyson import Bool, Eval

from . import warranty_terms
from .exceptions import WarrantyTermError

BASES = {
    'sale': 'sold_date',
    'delivery': 'delivered_date',
    'installation': 'installed_date',
    'commissioning': 'commissioned_date',
    }


def _rate(string, help):
    return fields.Numeric(
        string, digits=(3, 4), required=True, help=help)


def _end_date(string, name, help):
    return fields.Date(
        string,
        states={
            'readonly': ~Bool(Eval(name + '_rate', 0)),
            },
        help=help)


class Warranty(ModelSQL, ModelView):
    __name__ = 'maintenance.warranty'

    equipment = fields.Many2One(
        'maintenance.equipment', "Equipment", required=True,
        ondelete='CASCADE',
        help="What is under warranty.")
    company = fields.Function(
        fields.Many2One(
            'company.company', "Company",
            help="The company which attends the equipment."),
        'on_change_with_company', searcher='search_company')
    kind = fields.Selection([
            ('ours', "Ours"),
            ('manufacturer', "Manufacturer"),
            ('extended', "Extended"),
            ], "Kind", required=True, sort=False,
        help="Who promised it.")
    kind_string = kind.translated('kind')
    provider = fields.Many2One(
        'party.party', "Provider", ondelete='RESTRICT',
        states={
            'invisible': Eval('kind') == 'ours',
            },
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="The party which pays when a defect is covered.")
    basis = fields.Selection([
            (None, ""),
            ('sale', "Sale"),
            ('delivery', "Delivery"),
            ('installation', "Installation"),
            ('commissioning', "Commissioning"),
            ], "Counts from", sort=False,
        help="The event from which the warranty runs.")
    start_date = fields.Date(
        "Start", required=True,
        help="The first day which is covered.")
    labour_rate = _rate(
        "Labour", "The share of the labour that is covered.")
    labour_end_date = _end_date(
        "Labour until", 'labour',
        "The last day labour is covered. Empty means for life.")
    parts_rate = _rate(
        "Parts", "The share of the parts that is covered.")
    parts_end_date = _end_date(
        "Parts until", 'parts',
        "The last day parts are covered. Empty means for life.")
    travel_rate = _rate(
        "Travel", "The share of the travel that is covered.")
    travel_end_date = _end_date(
        "Travel until", 'travel',
        "The last day travel is covered. Empty means for life.")
    end_date = fields.Function(
        fields.Date(
            "Last Day",
            help="The last day anything is covered. Empty means for life."),
        'get_end_date', searcher='search_end_date')
    summary = fields.Function(
        fields.Char(
            "Covers",
            help="What is covered until when, in words."),
        'get_summary')
    exclusions = fields.Text(
        "Exclusions",
        help="What is not covered, in words for the technician.")
    transferable = fields.Boolean(
        "Transferable",
        help="Check if the warranty goes along when the owner changes.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        # Not the access to the equipment: who fills in a machine does not
        # say by this who pays for it.
        cls._sql_indexes.add(
            Index(t,
                (t.equipment, Index.Range()),
                (t.start_date, Index.Range())))
        cls._order = [
            ('start_date', 'DESC'),
            ('id', 'DESC'),
            ]

    @classmethod
    def _end_date_column(cls, table):
        # SQLite keeps decimals as texts, which are above every number.
        rates = [
            Cast(getattr(table, f'{p}_rate'), 'NUMERIC')
            for p in warranty_terms.PARTS]
        ends = [getattr(table, f'{p}_end_date') for p in warranty_terms.PARTS]
        for_life = Or([
                (rate > 0) & (end == Null) for rate, end in zip(rates, ends)])
        return Case(
            (for_life, Null),
            else_=Greatest(*(
                    Case((rate > 0, end), else_=table.start_date)
                    for rate, end in zip(rates, ends))))

    @classmethod
    def order_end_date(cls, tables):
        table, _ = tables[None]
        return [cls._end_date_column(table)]

    @classmethod
    def default_kind(cls):
        return 'ours'

    @classmethod
    def default_labour_rate(cls):
        return 1

    @classmethod
    def default_parts_rate(cls):
        return 1

    @classmethod
    def default_travel_rate(cls):
        return 0

    @classmethod
    def default_transferable(cls):
        return True

    @fields.depends('equipment', '_parent_equipment.company')
    def on_change_with_company(self, name=None):
        return self.equipment.company if self.equipment else None

    @classmethod
    def search_company(cls, name, clause):
        return [('equipment.' + clause[0],) + tuple(clause[1:])]

    @classmethod
    def get_end_date(cls, warranties, name):
        return {
            w.id: warranty_terms.last_day(w._terms()) for w in warranties}

    @classmethod
    def search_end_date(cls, name, clause):
        _, operator, operand = clause
        table = cls.__table__()
        Operator = fields.SQL_OPERATORS[operator]
        column = cls._end_date_column(table)
        if operand is not None:
            operand = cls.start_date.sql_format(operand)
        return [('id', 'in', table.select(
                    table.id, where=Operator(column, operand)))]

    @classmethod
    def get_summary(cls, warranties, name):
        pool = Pool()
        Lang = pool.get('ir.lang')
        lang = Lang.get()
        labels = {
            name.removesuffix('_rate'): definition['string']
            for name, definition in cls.fields_get(
                [f'{p}_rate' for p in warranty_terms.PARTS]).items()}
        return {
            w.id: ", ".join(
                cls._term_in_words(labels[term.part], term, lang)
                for term in w._terms().terms if term.rate) or None
            for w in warranties}

    @classmethod
    def _term_in_words(cls, label, term, lang):
        if term.rate != 1:
            share = (term.rate * 100).normalize()
            share = lang.format_number(
                share, digits=max(0, -share.as_tuple().exponent))
            label = f'{label} {share} %'
        if not term.end:
            return gettext(
                'maintenance_equipment.msg_warranty_part_for_life', part=label)
        return gettext(
            'maintenance_equipment.msg_warranty_part_until',
            part=label, date=lang.strftime(term.end))

    @fields.depends(
        'basis', 'equipment', '_parent_equipment.sold_date',
        '_parent_equipment.delivered_date',
        '_parent_equipment.installed_date',
        '_parent_equipment.commissioned_date', 'start_date')
    def on_change_basis(self):
        if self.equipment and self.basis:
            date = getattr(self.equipment, BASES[self.basis], None)
            if date:
                self.start_date = date

    def get_rec_name(self, name):
        return f'{self.kind_string} - {self.equipment.rec_name}'

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('equipment.rec_name',) + tuple(clause[1:])]

    @classmethod
    def validate_fields(cls, warranties, field_names):
        super().validate_fields(warranties, field_names)
        cls.check_terms(warranties)

    @classmethod
    def check_terms(cls, warranties):
        terms = [w._terms() for w in warranties]
        for problem in warranty_terms.problems(terms):
            warranty = cls(problem.warranty)
            raise WarrantyTermError(gettext(
                    f'maintenance_equipment.msg_warranty_{problem.code}',
                    equipment=warranty.equipment.rec_name,
                    part=cls.fields_get([f'{problem.part}_rate'])[
                        f'{problem.part}_rate']['string']))

    def _terms(self):
        return warranty_terms.Warranty(
            key=self.id, start=self.start_date,
            terms=tuple(
                warranty_terms.Term(
                    part,
                    getattr(self, f'{part}_rate'),
                    getattr(self, f'{part}_end_date'))
                for part in warranty_terms.PARTS))

    @classmethod
    def coverage(cls, equipments, date):
        "Return by equipment what its warranties cover on the date"
        warranties = cls.search([
                ('equipment', 'in', [e.id for e in equipments]),
                ('start_date', '<=', date),
                ])
        by_equipment = {e.id: [] for e in equipments}
        for warranty in warranties:
            by_equipment[warranty.equipment.id].append(warranty._terms())
        return {
            id_: warranty_terms.coverage(terms, date)
            for id_, terms in by_equipment.items()}

    @classmethod
    def propose(cls, equipments):
        """Save our warranty as the category of the equipment promises it

        Equipment with a warranty of ours, or without the date from which it
        counts, gets none.
        """
        warranties = []
        for equipment in equipments:
            category = (
                equipment.category
                and equipment.category.get_warranty_category())
            if not category or any(
                    w.kind == 'ours' for w in equipment.warranties):
                continue
            start = getattr(equipment, BASES[category.warranty_basis])
            if not start:
                continue
            warranty = cls(
                equipment=equipment, kind='ours', start_date=start,
                basis=category.warranty_basis)
            for part in warranty_terms.PARTS:
                months = getattr(category, f'warranty_{part}')
                setattr(warranty, f'{part}_rate', 1 if months else 0)
                if months:
                    setattr(warranty, f'{part}_end_date',
                        warranty_terms.after_months(start, months))
            warranties.append(warranty)
        cls.save(warranties)
        return warranties

    @classmethod
    def end_not_transferable(cls, equipments, date):
        "End the warranties which do not go along with the equipment"
        last = date - dt.timedelta(days=1)
        warranties = cls.search([
                ('equipment', 'in', [e.id for e in equipments]),
                ('transferable', '=', False),
                ('start_date', '<', date),
                ])
        for warranty in warranties:
            for part in warranty_terms.PARTS:
                end = getattr(warranty, f'{part}_end_date')
                if not end or end > last:
                    setattr(warranty, f'{part}_end_date', last)
        cls.save(warranties)

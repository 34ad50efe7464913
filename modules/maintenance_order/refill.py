# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from sql import Null
from sql.aggregate import Max, Sum
from sql.conditionals import Case

from trytond.model import ModelSQL, ModelView, fields
from trytond.modules.report_html.declaration import Text
from trytond.modules.report_html.report import HTMLReport
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.transaction import without_check_access


class VanRefill(ModelSQL, ModelView):
    "What the visits of a day took from a van, to be put back in the evening"
    __name__ = 'maintenance.van.refill'

    company = fields.Many2One(
        'company.company', "Company",
        help="The company of the van.")
    location = fields.Many2One(
        'stock.location', "Van",
        help="Where the material was taken.")
    date = fields.Date(
        "Date",
        help="The day of the visits.")
    product = fields.Many2One(
        'product.product', "Product",
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="What was taken.")
    unit = fields.Function(
        fields.Many2One(
            'product.uom', "Unit",
            help="The unit of the quantity."),
        'on_change_with_unit')
    quantity = fields.Float(
        "Taken", digits='unit',
        help="How much more was taken on that day than came back.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [
            ('date', 'DESC'),
            ('location', 'ASC'),
            ('product', 'ASC'),
            ('id', 'ASC'),
            ]

    @fields.depends('product')
    def on_change_with_unit(self, name=None):
        return self.product.default_uom if self.product else None

    def get_rec_name(self, name):
        return f'{self.product.rec_name} @ {self.location.rec_name}'

    @classmethod
    def table_query(cls):
        pool = Pool()
        Line = pool.get('maintenance.visit.line')
        Move = pool.get('stock.move')
        Visit = pool.get('maintenance.visit')
        line = Line.__table__()
        move = Move.__table__()
        visit = Visit.__table__()
        taken = move.from_location.in_(cls._vans())
        location = Case(
            (taken, move.from_location), else_=move.to_location)
        quantity = Sum(Case(
                (taken, move.internal_quantity),
                else_=-move.internal_quantity))
        return (move
            .join(line, condition=line.id == Move.origin.sql_id(
                    move.origin, Move))
            .join(visit, condition=line.visit == visit.id)
            .select(
                Max(move.id).as_('id'),
                move.company.as_('company'),
                location.as_('location'),
                visit.date.as_('date'),
                move.product.as_('product'),
                cls.quantity.sql_cast(quantity).as_('quantity'),
                where=(move.state == 'done')
                & move.origin.like('maintenance.visit.line,%')
                & (taken
                    # Not the old parts which come along.
                    | ((line.quantity < 0)
                        & move.to_location.in_(cls._vans())))
                & ~visit.id.in_(cls._superseded()),
                group_by=[move.company, location, visit.date, move.product],
                having=quantity > 0))

    @classmethod
    def _superseded(cls):
        "What a corrected report took counts on the one in its place"
        pool = Pool()
        Visit = pool.get('maintenance.visit')
        visit = Visit.__table__()
        return visit.select(
            visit.corrects,
            where=(visit.corrects != Null) & (visit.state == 'posted'))

    @classmethod
    def _vans(cls):
        pool = Pool()
        Employee = pool.get('company.employee')
        employee = Employee.__table__()
        return employee.select(
            employee.vehicle, where=employee.vehicle != Null)


class VanRefillList(HTMLReport):
    """What the storekeeper puts into the vans in the evening

    A page for each van and day, with all that the van lacks, whichever rows
    were chosen.
    """
    __name__ = 'maintenance.van.refill.list'

    texts = [
        Text('title', 'maintenance_order.msg_text_title',
            'maintenance_order.msg_refill_title_default'),
        Text('conditions', 'maintenance_order.msg_text_conditions',
            'maintenance_order.msg_refill_conditions_default'),
        ]
    placeholders = {
        'van': 'location.name',
        'date': 'date',
        }

    @classmethod
    def _execute(cls, records, header, data, action):
        pages = {}
        for record in records:
            pages.setdefault(
                (record.company, record.location, record.date), record)
        return super()._execute(list(pages.values()), header, data, action)

    @classmethod
    def get_context(cls, records, header, data):
        pool = Pool()
        Employee = pool.get('company.employee')
        Refill = pool.get('maintenance.van.refill')
        context = super().get_context(records, header, data)
        rows, drivers = [], []
        for record in records:
            rows += Refill.search([
                    ('company', '=', record.company.id),
                    ('location', '=', record.location.id),
                    ('date', '=', record.date),
                    ], order=[('product.rec_name', 'ASC'), ('id', 'ASC')])
            with without_check_access():
                drivers += [
                    e.rec_name for e in Employee.search([
                            ('company', '=', record.company.id),
                            ('vehicle', '=', record.location.id),
                            ])]
        context['rows'] = rows
        context['drivers'] = drivers
        return context

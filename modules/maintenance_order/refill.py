# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from sql import Null
from sql.aggregate import Max, Sum

from trytond.model import ModelSQL, ModelView, fields
from trytond.pool import Pool
from trytond.pyson import Eval


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
        help="How much was taken on that day.")

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
        Move = pool.get('stock.move')
        move = Move.__table__()
        return move.select(
            Max(move.id).as_('id'),
            move.company.as_('company'),
            move.from_location.as_('location'),
            move.effective_date.as_('date'),
            move.product.as_('product'),
            cls.quantity.sql_cast(
                Sum(move.internal_quantity)).as_('quantity'),
            where=(move.state == 'done')
            & move.origin.like('maintenance.visit.line,%')
            & move.from_location.in_(cls._vans()),
            group_by=[
                move.company, move.from_location, move.effective_date,
                move.product])

    @classmethod
    def _vans(cls):
        pool = Pool()
        Employee = pool.get('company.employee')
        employee = Employee.__table__()
        return employee.select(
            employee.vehicle, where=employee.vehicle != Null)

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Buy the material of orders, and know when it has arrived."""
from decimal import Decimal

from sql import Null

from trytond.model import Index, ModelView, Workflow, fields
from trytond.modules.account_product.exceptions import AccountError
from trytond.modules.product import round_price
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.transaction import without_check_access

from .material import MISSING
from .purchase import draft_purchase

_BOUGHT = {'confirmed', 'processing', 'done'}


class OrderMaterial(metaclass=PoolMeta):
    __name__ = 'maintenance.order.material'

    purchase_line = fields.Many2One(
        'purchase.line', "Purchase Line", readonly=True, ondelete='SET NULL',
        states={
            'invisible': ~Eval('purchase_line'),
            },
        help="The line of the purchase which brings it.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.add(Index(
                t, (t.purchase_line, Index.Range()),
                where=t.purchase_line != Null))
        # A purchase which is cancelled brings nothing.
        cls._transitions |= {
            ('requested', 'planned'),
            ('ordered', 'planned'),
            }

    @fields.depends('product', 'supplier')
    def on_change_product(self):
        "Who sells it first is asked for it"
        if self.product and not self.supplier:
            for supplier in self.product.product_suppliers_used():
                self.supplier = supplier.party
                break

    @classmethod
    def copy(cls, materials, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('purchase_line')
        return super().copy(materials, default=default)

    @classmethod
    @ModelView.button
    @Workflow.transition('requested')
    def request(cls, materials):
        "What has a supplier is put on a draft purchase"
        super().request(materials)
        cls._purchase([
                m for m in materials
                if m.supplier and m.product.purchasable
                and not m.purchase_line])

    @classmethod
    @without_check_access
    def _purchase(cls, materials):
        pool = Pool()
        PurchaseLine = pool.get('purchase.line')
        drafts, lines = {}, []
        for material in materials:
            key = material.company, material.supplier
            if key not in drafts:
                drafts[key] = draft_purchase(*key, 'order_materials')
            line = material._purchase_line(drafts[key])
            material.purchase_line = line
            lines.append(line)
        PurchaseLine.save(lines)
        cls.save(materials)

    def _purchase_line(self, purchase):
        pool = Pool()
        Line = pool.get('purchase.line')
        Uom = pool.get('product.uom')
        line = Line(
            purchase=purchase, type='line', product=self.product,
            quantity=self.quantity, unit=None, unit_price=None,
            note=self.order.rec_name)
        try:
            line.on_change_product()
        except AccountError:
            # It is needed all the same: who buys sets the taxes.
            line.unit = self.product.purchase_uom
        line.quantity = Uom.compute_qty(self.unit, self.quantity, line.unit)
        line.on_change_quantity()
        if line.unit_price is None:
            cost = self.product.get_multivalue(
                'cost_price', company=self.company.id)
            line.unit_price = round_price(Uom.compute_price(
                    self.unit, cost or Decimal(0), line.unit))
        return line


class Purchase(metaclass=PoolMeta):
    __name__ = 'purchase.purchase'

    @classmethod
    def on_modification(cls, mode, purchases, field_names=None):
        super().on_modification(mode, purchases, field_names=field_names)
        if mode == 'write' and 'state' in field_names:
            cls._tell_materials(purchases)

    @classmethod
    @without_check_access
    def _tell_materials(cls, purchases):
        "Let the material follow its purchase"
        pool = Pool()
        Material = pool.get('maintenance.order.material')
        to_save, ordered, dropped = [], [], []
        for material in Material.search([
                    ('purchase_line.purchase', 'in',
                        [p.id for p in purchases]),
                    ('state', 'in', MISSING),
                    ]):
            line = material.purchase_line
            if line.purchase.state == 'cancelled':
                material.purchase_line = None
                material.purchase_reference = None
                dropped.append(material)
            elif line.purchase.state in _BOUGHT:
                if material.state == 'ordered':
                    continue
                material.purchase_reference = line.purchase.number
                material.expected = line.delivery_date
                ordered.append(material)
            else:
                continue
            to_save.append(material)
        Material.save(to_save)
        Material.buy(ordered)
        Material.plan([m for m in dropped if m.state != 'planned'])


class PurchaseLine(metaclass=PoolMeta):
    __name__ = 'purchase.line'

    order_materials = fields.One2Many(
        'maintenance.order.material', 'purchase_line', "Material of Orders",
        readonly=True,
        states={
            'invisible': ~Eval('order_materials', [0]),
            },
        help="The orders which need it.")

    @classmethod
    def copy(cls, lines, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('order_materials')
        return super().copy(lines, default=default)

    def _has_arrived(self):
        "Whether all of it was received"
        pool = Pool()
        Uom = pool.get('product.uom')
        received = sum(
            Uom.compute_qty(m.unit, m.quantity, self.unit, round=False)
            for m in self.moves if m.state == 'done')
        return self.unit.round(received) >= self.quantity


class Move(metaclass=PoolMeta):
    __name__ = 'stock.move'

    @classmethod
    @ModelView.button
    @Workflow.transition('done')
    def do(cls, moves):
        super().do(moves)
        cls._receive_materials(moves)

    @classmethod
    @without_check_access
    def _receive_materials(cls, moves):
        "What was bought for an order is here when all of its line is"
        pool = Pool()
        Line = pool.get('purchase.line')
        Material = pool.get('maintenance.order.material')
        lines = {m.origin for m in moves if isinstance(m.origin, Line)}
        if lines:
            Material.receive([
                    m for line in Line.browse(lines)
                    if line.order_materials and line._has_arrived()
                    for m in line.order_materials if m.state in MISSING])

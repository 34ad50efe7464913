# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Buy from subcontractors what was agreed for their visits."""
from collections import defaultdict
from decimal import Decimal

from sql import Null

from trytond.i18n import gettext
from trytond.model import Index, fields
from trytond.modules.account_product.exceptions import AccountError
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.transaction import without_check_access

_subcontract_product = fields.Many2One(
    'product.product', "Subcontracted Work", ondelete='RESTRICT',
    domain=[
        ('type', '=', 'service'),
        ('purchasable', '=', True),
        ],
    context={
        'company': Eval('context', {}).get('company', -1),
        },
    help="The service bought from subcontractors, with its account and taxes."
    "\nLeave empty to describe it in words only.")


class Configuration(metaclass=PoolMeta):
    __name__ = 'maintenance.configuration'

    subcontract_product = fields.MultiValue(_subcontract_product)

    @classmethod
    def multivalue_model(cls, field):
        pool = Pool()
        if field == 'subcontract_product':
            return pool.get('maintenance.configuration.order')
        return super().multivalue_model(field)


class ConfigurationOrder(metaclass=PoolMeta):
    __name__ = 'maintenance.configuration.order'

    subcontract_product = _subcontract_product


class PurchaseLine(metaclass=PoolMeta):
    __name__ = 'purchase.line'

    visit = fields.Many2One(
        'maintenance.visit', "Visit", readonly=True, ondelete='RESTRICT',
        help="The visit which the supplier made in our name.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.add(
            Index(t, (t.visit, Index.Range()), where=t.visit != Null))

    @classmethod
    def copy(cls, lines, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('visit')
        return super().copy(lines, default=default)


class Visit(metaclass=PoolMeta):
    __name__ = 'maintenance.visit'

    purchase_lines = fields.One2Many(
        'purchase.line', 'visit', "Purchase Lines", readonly=True,
        states={
            'invisible': ~Eval('purchase_lines', [0]),
            },
        help="What was bought from the subcontractor.")

    @classmethod
    def copy(cls, visits, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('purchase_lines')
        return super().copy(visits, default=default)

    @classmethod
    def _post(cls, visits):
        super()._post(visits)
        cls._purchase(visits)

    @classmethod
    def _settle_failed(cls, visits):
        super()._settle_failed(visits)
        cls._purchase(visits)

    @classmethod
    @without_check_access
    def _purchase(cls, visits):
        """Buy what was agreed, less what was bought for the visits before

        The reports which a visit corrects count as the same visit.
        """
        pool = Pool()
        Line = pool.get('purchase.line')
        purchases = {}
        to_save, to_delete = [], []
        for visit in cls.browse(visits):
            lines = visit._bought_lines()
            due = defaultdict(Decimal)
            if visit.performer and visit.performer_cost:
                due[visit.performer] += visit.performer_cost
            for line in lines:
                due[line.purchase.party] -= line.amount
            for line in lines:
                # What nobody has sent yet is changed, not taken back.
                party = line.purchase.party
                if line.purchase.state != 'draft' or not due[party]:
                    continue
                amount = line.amount + due.pop(party)
                if amount > 0:
                    line.quantity, line.unit_price = 1, amount
                    line.visit = visit
                    to_save.append(line)
                else:
                    to_delete.append(line)
                    due[party] = amount
            for party, amount in due.items():
                if not amount:
                    continue
                key = visit.company, party
                if key not in purchases:
                    purchases[key] = draft_purchase(
                        visit.company, party, 'visit')
                to_save.append(
                    visit._purchase_line(purchases[key], amount))
        Line.save(to_save)
        Line.delete(to_delete)

    def _bought_lines(self):
        "Return what was bought for the visit and for those it corrects"
        lines = []
        visit = self
        while visit:
            lines.extend(
                l for l in visit.purchase_lines
                if l.purchase.state != 'cancelled')
            visit = visit.corrects
        return lines

    def _purchase_line(self, purchase, amount):
        pool = Pool()
        Configuration = pool.get('maintenance.configuration')
        Lang = pool.get('ir.lang')
        Line = pool.get('purchase.line')
        lang = purchase.party.lang or Lang.get()
        line = Line(
            purchase=purchase, type='line', visit=self, unit=None,
            quantity=1 if amount > 0 else -1)
        line.product = Configuration(1).get_multivalue(
            'subcontract_product', company=self.company.id)
        try:
            line.on_change_product()
        except AccountError:
            # The visit is posted all the same: who buys sets the taxes.
            line.unit = line.product.purchase_uom
        line.unit_price = abs(amount)
        line.description = gettext(
            'maintenance_order.msg_purchase_line', lang.code,
            visit=self.number, site=self.site.name,
            date=lang.strftime(self.date))
        return line


def draft_purchase(company, party, field):
    "Return the draft purchase whose lines have the field, made if missing"
    pool = Pool()
    Purchase = pool.get('purchase.purchase')
    purchases = Purchase.search([
            ('company', '=', company.id),
            ('party', '=', party.id),
            ('currency', '=', company.currency.id),
            ('state', '=', 'draft'),
            (f'lines.{field}', '!=', None),
            ], order=[('id', 'DESC')], limit=1)
    if purchases:
        return purchases[0]
    purchase = Purchase(company=company, party=party)
    purchase.on_change_party()
    purchase.currency = company.currency
    purchase.save()
    return purchase

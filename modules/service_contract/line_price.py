# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The price that the tariff proposes for a line of a contract."""
from trytond.model import fields
from trytond.modules.product import round_price
from trytond.modules.service_pricing.gathering import price_case
from trytond.pool import Pool, PoolMeta
from trytond.transaction import Transaction, without_check_access


class ContractLine(metaclass=PoolMeta):
    __name__ = 'service.contract.line'

    @fields.depends(
        'product', 'unit', 'quantity', 'unit_price', 'start_date', 'contract',
        '_parent_contract.company', '_parent_contract.currency',
        '_parent_contract.party', '_parent_contract.sites',
        '_parent_contract.start_date')
    def on_change_product(self):
        typed = self.unit_price is not None
        super().on_change_product()
        if not typed:
            price = self._tariff_price()
            if price is not None:
                self.unit_price = price

    @without_check_access
    def _tariff_price(self):
        "Return the price of the tariff, if one of its rules answers"
        pool = Pool()
        Currency = pool.get('currency.currency')
        Date = pool.get('ir.date')
        Uom = pool.get('product.uom')
        contract, product = self.contract, self._product_sold()
        if not product:
            return None
        company = contract.company
        with Transaction().set_context(company=company.id):
            date = self.start_date or contract.start_date or Date.today()
        quantity, unit = self.quantity or 0, product.default_uom
        if self.unit:
            quantity = Uom.compute_qty(
                self.unit, quantity, unit, round=False)
        sites = contract.sites or []
        price, rule, _ = price_case(
            company, date, quantity=quantity, product=product,
            party=contract.party, site=sites[0] if len(sites) == 1 else None)
        if rule is None or price is None:
            return None
        if self.unit:
            price = Uom.compute_price(unit, price, self.unit)
        if contract.currency and contract.currency != company.currency:
            price = Currency.compute(
                company.currency, price, contract.currency, round=False)
        return round_price(price)

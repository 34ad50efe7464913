# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Sell what is charged each period: the sale makes the contract."""
from decimal import Decimal

from trytond.i18n import gettext
from trytond.model import ModelView, Workflow, fields
from trytond.modules.product import round_price
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval, If
from trytond.transaction import without_check_access

from .exceptions import SaleMonthsError

_months_help = (
    "How many months one period lasts. It makes the line a fee of a contract: "
    "the periods are invoiced, not the sale.\n"
    "Leave empty for what is sold once.")


class Template(metaclass=PoolMeta):
    __name__ = 'product.template'

    contract_months = fields.Integer(
        "Charged Every (Months)",
        domain=[
            If(Eval('contract_months', None),
                ('contract_months', '>=', 1),
                ()),
            ],
        states={
            'invisible': (
                (Eval('type') != 'service') | ~Eval('salable', False)),
            },
        help=_months_help)


class Sale(metaclass=PoolMeta):
    __name__ = 'sale.sale'

    contract_type = fields.Many2One(
        'service.contract.type', "Contract Type", ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        states={
            'readonly': ~Eval('state').in_(['draft', 'quotation']),
            },
        help="Gives the conditions of the contract that the sale makes.")
    contract_start_date = fields.Date(
        "Contract Start",
        states={
            'readonly': ~Eval('state').in_(['draft', 'quotation']),
            },
        help="The first day of the contract that the sale makes.\n"
        "Leave empty for the date of the sale.")
    contracts = fields.One2Many(
        'service.contract', 'sale', "Contracts", readonly=True,
        help="The contracts which are offered with the sale or made by it.")

    @classmethod
    def copy(cls, sales, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('contracts')
        return super().copy(sales, default=default)

    @classmethod
    @ModelView.button
    @Workflow.transition('quotation')
    def quote(cls, sales):
        cls.check_contract_months(sales)
        super().quote(sales)

    @classmethod
    @ModelView.button
    @Workflow.transition('confirmed')
    def confirm(cls, sales):
        super().confirm(sales)
        cls.make_contracts(sales)

    @classmethod
    def check_contract_months(cls, sales):
        for sale in sales:
            for line in sale.lines:
                if line.of_contract and not (
                        line.contract_months > 0 and line.product):
                    raise SaleMonthsError(gettext(
                            'service_contract.msg_sale_line_months',
                            line=line.rec_name))

    @classmethod
    @without_check_access
    def make_contracts(cls, sales):
        "Quote a contract for the lines of each sale which are charged again"
        pool = Pool()
        Contract = pool.get('service.contract')
        SaleLine = pool.get('sale.line')
        contracts, sold = [], []
        for sale in sales:
            lines = [
                l for l in sale.lines
                if l.of_contract and not l.contract_line]
            if lines:
                contract = sale._get_contract()
                contract.lines = [l._get_contract_line() for l in lines]
                contracts.append(contract)
                sold.append(lines)
        Contract.save(contracts)
        for contract, lines in zip(contracts, sold):
            for line, contract_line in zip(lines, contract.lines):
                line.contract_line = contract_line
        SaleLine.save([l for lines in sold for l in lines])
        Contract.quote(contracts)

    def _get_contract(self):
        "Return the contract that the sale makes, without lines"
        pool = Pool()
        Contract = pool.get('service.contract')
        Site = pool.get('maintenance.site')
        contract = Contract(
            company=self.company, party=self.party, sale=self,
            currency=self.currency, reference=self.reference,
            grouping=Contract.default_grouping(),
            start_date=self.contract_start_date or self.sale_date)
        contract.type = self.contract_type
        contract.payment_term = self.payment_term
        contract.on_change_type()
        if self.invoice_party and self.invoice_party != self.party:
            contract.invoice_party = self.invoice_party
        contract.invoice_address = self.invoice_address
        if self.shipment_address:
            contract.sites = Site.search([
                    ('company', '=', self.company.id),
                    ('address', '=', self.shipment_address.id),
                    ])
        return contract


class SaleLine(metaclass=PoolMeta):
    __name__ = 'sale.line'

    contract_months = fields.Integer(
        "Charged Every (Months)",
        states={
            'readonly': Eval('sale_state') != 'draft',
            'invisible': Eval('type') != 'line',
            },
        help=_months_help)
    contract_line = fields.Many2One(
        'service.contract.line', "Contract Line", readonly=True,
        ondelete='RESTRICT',
        states={
            'invisible': ~Eval('contract_line'),
            },
        help="The line of the contract which charges what was sold.")

    @property
    def of_contract(self):
        "Whether a contract charges the line in place of the sale"
        return self.type == 'line' and self.contract_months is not None

    @property
    def of_order(self):
        "What is recommended and a contract charges needs no order"
        return super().of_order and not self.of_contract

    @fields.depends('product', 'contract_months')
    def on_change_product(self):
        super().on_change_product()
        self.contract_months = (
            self.product.contract_months if self.product else None)

    @property
    def _invoice_remaining_quantity(self):
        if self.of_contract:
            return None
        return super()._invoice_remaining_quantity

    @classmethod
    def copy(cls, lines, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('contract_line')
        return super().copy(lines, default=default)

    def _get_invoice_line_quantity(self):
        if self.of_contract:
            return 0
        return super()._get_invoice_line_quantity()

    def _get_contract_line(self):
        "Return the line of the contract that charges what is sold"
        pool = Pool()
        ContractLine = pool.get('service.contract.line')
        Term = pool.get('service.contract.line.term')
        type_ = self.sale.contract_type
        return ContractLine(
            kind='fee', product=self.product, description=self.description,
            unit=self.unit, months=self.contract_months,
            coverage=type_.coverage if type_ else None,
            terms=[Term(
                    quantity=self.quantity,
                    unit_price=round_price(self.unit_price),
                    discount=Decimal(0))])


class Contract(metaclass=PoolMeta):
    __name__ = 'service.contract'

    sale = fields.Many2One(
        'sale.sale', "Sale", ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ('party', '=', Eval('party', -1)),
            ],
        states={
            'readonly': ~Eval('state').in_(['draft', 'quotation']),
            },
        help="The sale with which the contract is offered, "
        "or which made it. They print as one paper.")

    @classmethod
    def copy(cls, contracts, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('sale')
        return super().copy(contracts, default=default)

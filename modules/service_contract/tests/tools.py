# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from contextlib import contextmanager
from decimal import Decimal
from unittest.mock import patch

from proteus import Model

from trytond.modules.company.tests.tools import get_company

__all__ = [
    'create_fee', 'create_coverage', 'create_contract', 'run_contract',
    'invoice_periods', 'today_is']


def create_fee(
        name="Maintenance Fee", list_price='100.00', category=None,
        config=None):
    "Create a service to be invoiced each period"
    ProductUom = Model.get('product.uom', config=config)
    Template = Model.get('product.template', config=config)
    unit, = ProductUom.find([('name', '=', 'Unit')], limit=1)
    template = Template(
        name=name, type='service', default_uom=unit,
        list_price=Decimal(list_price), account_category=category)
    template.save()
    product, = template.products
    return product


def create_coverage(
        name="Labour included", line_kinds=('work', 'travel', 'call_out'),
        percentage='1', config=None):
    "Create a coverage that pays these kinds of lines, and nothing else"
    Coverage = Model.get('service.contract.coverage', config=config)
    coverage = Coverage(name=name, company=get_company(config=config))
    for kind in line_kinds:
        rule = coverage.rules.new()
        rule.line_kind = kind
        rule.percentage = Decimal(percentage)
    coverage.save()
    return coverage


def create_contract(
        party, product=None, equipments=(), coverage=None, price='100.00',
        start_date=dt.date(2026, 1, 1), months=1, config=None,
        line_values=None, **values):
    "Create a contract with one fee that covers the machines"
    Contract = Model.get('service.contract', config=config)
    contract = Contract(
        company=get_company(config=config), party=party,
        start_date=start_date)
    for name, value in values.items():
        setattr(contract, name, value)
    line = contract.lines.new()
    line.product = product
    line.months = months
    line.quantity = 1
    line.unit_price = Decimal(price)
    line.coverage = coverage
    for name, value in (line_values or {}).items():
        setattr(line, name, value)
    for equipment in equipments:
        covered = line.equipments.new()
        covered.equipment = equipment
    contract.save()
    return contract


def run_contract(contract):
    "Put the contract in force"
    contract.click('run')
    return contract


def invoice_periods(contract, until, config=None):
    """Put the pending periods until the date on a draft invoice by hand

    For scenarios which tell what happens after the invoice, whoever makes it.
    """
    Invoice = Model.get('account.invoice', config=config)
    Period = Model.get('service.contract.period', config=config)
    periods = Period.find([
            ('contract', '=', contract.id),
            ('state', '=', 'pending'),
            ('invoice_date', '<=', until),
            ], order=[('from_date', 'ASC'), ('id', 'ASC')])
    invoice = Invoice(type='out', party=contract.party)
    for period in periods:
        line = invoice.lines.new()
        line.product = period.line.product
        line.quantity = 1
        line.unit_price = period.amount
    invoice.save()
    for period, line in zip(periods, invoice.lines):
        Period._proxy.write(
            [period.id], {'invoice_line': line.id}, Period._config.context)
    return invoice


@contextmanager
def today_is(date):
    "Let it be another day for the contracts, whenever the test runs"
    with patch(
            'trytond.ir.date.Date.today',
            staticmethod(lambda timezone=None: date)):
        yield

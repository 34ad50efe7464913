# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What the scenarios of invoicing need besides the work itself."""
import datetime as dt
from decimal import Decimal

from proteus import Model, Wizard

from trytond.modules.account.tests.tools import (
    create_chart, create_fiscalyear, create_tax, get_accounts)
from trytond.modules.account_invoice.tests.tools import (
    create_payment_term, set_fiscalyear_invoice_sequences)
from trytond.modules.maintenance_order.tests.tools import create_work_products

__all__ = ['create_books', 'get_category', 'get_payment_term', 'run_wizard']


def create_books(config=None):
    "Create chart, year 2026, 21 % of tax, a term and the work products"
    Category = Model.get('product.category', config=config)
    create_chart(config=config)
    fiscalyear = create_fiscalyear(
        today=(dt.date(2026, 1, 1), dt.date(2026, 12, 31)), config=config)
    set_fiscalyear_invoice_sequences(fiscalyear, config=config)
    fiscalyear.save()
    fiscalyear.click('create_period')
    tax = create_tax(Decimal('0.21'), config=config)
    tax.save()
    create_payment_term(config=config).save()
    category = Category(name="Work", accounting=True)
    category.account_revenue = get_accounts(config=config)['revenue']
    category.customer_taxes.append(tax)
    category.save()
    create_work_products(category=category, config=config)


def get_category(config=None):
    "Return the account category of what is charged"
    Category = Model.get('product.category', config=config)
    category, = Category.find([('name', '=', "Work")])
    return category


def get_payment_term(config=None):
    "Return the term at which everything is due at once"
    PaymentTerm = Model.get('account.invoice.payment_term', config=config)
    term, = PaymentTerm.find(
        [('name', '=', "Direct")], order=[('id', 'DESC')], limit=1)
    return term


def run_wizard(
        name, records=None, date=dt.date(2026, 4, 1), post=True, config=None,
        **values):
    "Invoice with the wizard and return its run"
    Run = Model.get('batch.run', config=config)
    wizard = Wizard(name, records or [], config=config)
    wizard.form.date = date
    wizard.form.up_to = date
    wizard.form.post = post
    for field, value in values.items():
        setattr(wizard.form, field, value)
    wizard.execute('run')
    run, = Run.find([], order=[('id', 'DESC')], limit=1)
    return run

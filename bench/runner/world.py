# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""A world of N customers, made in batches."""
import datetime as dt
import gc
from contextlib import ExitStack, contextmanager
from decimal import Decimal

from oficio.tuning import tune

from .helper import Helper, run_tasks

TODAY = dt.datetime.now().astimezone().date()


def build(uri):
    "Make the company with its chart, taxes, years, terms and products"
    import proteus

    from trytond.modules.account.tests.tools import (
        create_chart, create_fiscalyear, create_tax, get_accounts)
    from trytond.modules.account_invoice.tests.tools import (
        create_payment_term, set_fiscalyear_invoice_sequences)
    from trytond.modules.company.tests.tools import create_company, get_company

    config = proteus.config.set_trytond(uri)
    Model = proteus.Model
    create_company(currency='EUR', config=config)
    company = get_company(config=config)
    create_chart(company=company, config=config)
    accounts = get_accounts(company, config=config)
    # The year of today and the one before, each with its sequences.
    for year in [TODAY.year - 1, TODAY.year]:
        fiscalyear = create_fiscalyear(
            company, (dt.date(year, 1, 1), dt.date(year, 12, 31)),
            config=config)
        set_fiscalyear_invoice_sequences(fiscalyear, config=config)
        fiscalyear.save()
        fiscalyear.click('create_period')
    tax = create_tax(Decimal('0.21'), company, config=config)
    tax.save()
    payment_term = create_payment_term(config=config)
    payment_term.save()

    Category = Model.get('product.category', config=config)
    category = Category(name="Service", accounting=True)
    category.account_revenue = accounts['revenue']
    category.account_expense = accounts['expense']
    category.customer_taxes.append(tax)
    category.save()
    Uom = Model.get('product.uom', config=config)
    Template = Model.get('product.template', config=config)
    for name, type_, unit, price in [
            ("Labour", 'service', "Hour", Decimal('42.00')),
            ("Fee", 'service', "Unit", Decimal('52.50')),
            ("Part", 'goods', "Unit", Decimal('17.35')),
            ]:
        template = Template(name=name, type=type_)
        template.default_uom, = Uom.find([('name', '=', unit)], limit=1)
        template.list_price = price
        template.account_category = category
        template.save()


class World:
    """What a benchmark works on

    database and size say where and how much. The other attributes are the
    ids of the records every benchmark needs.
    """

    def __init__(self, database, size, workers=1):
        from trytond.pool import Pool

        # As the server does.
        tune()
        self.database = database
        self.size = size
        self.workers = workers
        self.helpers = []
        Pool.start()
        self.pool = Pool(database)
        self.user = 1
        self.company = None
        with self.transaction():
            self.pool.init()
        gc.collect()
        gc.freeze()
        with self.transaction():
            get = self.pool.get
            company, = get('company.company').search([])
            self.company = company.id
            self.currency = company.currency.id
            self.payment_term = get('account.invoice.payment_term').search(
                [], limit=1)[0].id
            self.tax = get('account.tax').search([], limit=1)[0].id
            self.country = None
            for kind in ['receivable', 'revenue', 'expense']:
                account, = get('account.account').search([
                        (f'type.{kind}', '=', True),
                        ('company', '=', company.id),
                        ('closed', '!=', True),
                        ], limit=1)
                setattr(self, kind, account.id)
            self.products = {
                p.template.name.lower(): p.id
                for p in get('product.product').search([])}
            self.units = {
                u.name.lower(): u.id for u in get('product.uom').search([])}
        # Pairs of party and address.
        self.customers = []
        self._stack = ExitStack()

    @contextmanager
    def transaction(self, **context):
        "A transaction of the administrator, its tasks are run after it"
        from trytond.transaction import Transaction
        if self.company:
            context.setdefault('company', self.company)
            context.setdefault('companies', [self.company])
        with Transaction().start(
                self.database, self.user, context=context) as transaction:
            yield transaction
        # What a server without worker does, see trytond's dispatcher. Each
        # helper takes a lane.
        busy = []
        for helper in self.helpers:
            if len(transaction.tasks) > 1:
                helper.give(transaction.tasks.pop())
                busy.append(helper)
        run_tasks(self.database)
        for helper in busy:
            helper.wait()

    def start_helpers(self):
        "Start the workers beside this process"
        for _ in range(self.workers - 1):
            helper = Helper(self.database)
            self._stack.callback(helper.close)
            self.helpers.append(helper)

    def enter(self, context):
        "Enter the context, which is left after the check"
        return self._stack.enter_context(context)

    def close(self):
        self._stack.close()

    def create_customers(self, number=None, chunk=500):
        "Add customers with address and payment term"
        Party = self.pool.get('party.party')
        number = self.size if number is None else number
        first = len(self.customers)
        for start in range(first, first + number, chunk):
            stop = min(start + chunk, first + number)
            with self.transaction():
                parties = Party.create([{
                            'name': f"Customer {i:06d}",
                            'addresses': [('create', [{
                                            'street_unstructured':
                                            f"Calle Mayor, {i}",
                                            'city': "Elche",
                                            'postal_code': '03201',
                                            }])],
                            'customer_payment_term': self.payment_term,
                            } for i in range(start, stop)])
                self.customers.extend(
                    (p.id, p.addresses[0].id) for p in parties)
        return self.customers[first:]

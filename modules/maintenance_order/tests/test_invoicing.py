# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Generated invoices are those of the standard, to the cent."""
import datetime as dt
import random
import unittest
from decimal import Decimal
from types import SimpleNamespace

from trytond.modules import get_modules
from trytond.modules.account.tax import TaxableMixin
from trytond.modules.account.tests import create_chart, get_fiscalyear
from trytond.modules.account_invoice.tests import set_invoice_sequences
from trytond.modules.company.tests import create_company, set_company
from trytond.modules.maintenance_order.invoicing import (
    Item, Line, Money, Tax, compute_taxes, invoice_drafts, invoice_line)
from trytond.modules.maintenance_order.invoicing_billing import Billing
from trytond.modules.maintenance_order.invoicing_generation import (
    generation, plain_money, plain_tax)
from trytond.pool import Pool
from trytond.tests.test_tryton import activate_module, with_transaction
from trytond.transaction import Transaction

TODAY = dt.datetime.now().astimezone().date()
CENT = Decimal('0.01')


def cents(amount):
    return Decimal(amount).quantize(CENT)


MONEY = Money(unit=CENT, round=cents, round_opposite=cents)


def item(amount, heading='customer', **values):
    values.setdefault('quantity', Decimal(1))
    values.setdefault('unit_price', Decimal(amount))
    values.setdefault('account', 1)
    return Item(
        origin=f'thing,{amount}', heading=heading, amount=Decimal(amount),
        **values)


class EngineTestCase(unittest.TestCase):
    "Test the engine of invoices"

    def drafts(self, items, taxes=()):
        return invoice_drafts(
            items, {t.id: t for t in taxes}, lambda heading: MONEY, TODAY)

    def test_grouping(self):
        "Heading and group keep invoices apart, the order is kept"
        drafts = self.drafts([
                item('3', 'b'), item('1', 'a'), item('2', 'b'),
                item('4', 'a', group='site'), item('5', 'b', order=(0,))])

        self.assertEqual(
            [[line.amount for line in d.lines] for d in drafts],
            [[3, 2, 5], [1], [4]])

    def test_totals(self):
        "The totals are the sums of what is printed"
        tax = Tax(1, 'percentage', rate=Decimal('0.21'))
        draft, = self.drafts(
            [item('52.50', taxes=(1,)), item('10', taxes=(1,))], [tax])

        self.assertEqual(draft.untaxed_amount, Decimal('62.50'))
        self.assertEqual(draft.tax_amount, Decimal('13.12'))
        self.assertEqual(draft.total_amount, Decimal('75.62'))
        self.assertFalse(draft.is_credit_note)

    def test_credit_note(self):
        draft, = self.drafts([item('-5'), item('-1')])
        self.assertTrue(draft.is_credit_note)
        draft, = self.drafts([item('-5'), item('1')])
        self.assertFalse(draft.is_credit_note)

    def test_lump(self):
        "The amount is the truth"
        third = invoice_line(item(
                '33.33', quantity=Decimal('0.3333'),
                unit_price=Decimal('100'), quantity_digits=2), MONEY)
        self.assertTrue(third.lump)
        self.assertEqual(
            (third.quantity, third.unit_price, third.stated_quantity),
            (1, Decimal('33.33'), Decimal('0.3333')))
        plain = invoice_line(item(
                '63', quantity=Decimal('1.5'), unit_price=Decimal('42'),
                quantity_digits=2), MONEY)
        self.assertFalse(plain.lump)
        self.assertEqual(plain.quantity, Decimal('1.5'))

    def test_dates(self):
        "The tax of the day of the supply"
        old = Tax(1, 'percentage', rate=Decimal('0.18'),
            end_date=dt.date(2012, 8, 31))
        new = Tax(2, 'percentage', rate=Decimal('0.21'),
            start_date=dt.date(2012, 9, 1))
        draft, = self.drafts([
                item('100', taxes=(1, 2), taxes_date=dt.date(2012, 8, 31)),
                item('200', taxes=(1, 2), taxes_date=dt.date(2012, 9, 1))],
            [old, new])

        self.assertEqual(
            [(t.tax, t.base, t.amount) for t in draft.taxes],
            [(1, 100, 18), (2, 200, 42)])

    def test_nothing_to_take_the_rounding_from(self):
        "Less than a cent of tax on everything ends too"
        taxes = {
            1: Tax(1, 'percentage', rate=Decimal('0.21')),
            2: Tax(2, 'percentage', rate=Decimal('0.20')),
            }
        line = Line(
            origin='', quantity=Decimal(1), unit_price=Decimal('0.02'),
            amount=Decimal('0.02'), account=1, taxes=(1, 2), taxes_date=None)
        self.assertEqual(
            [t.amount for t in compute_taxes([line], taxes, MONEY, TODAY)],
            [0, 0])


class GeneratedInvoiceMixin:
    "The same invoices on the short way and on the way of the standard"
    modules = None
    chart = 'account.account_template_root_en'

    @classmethod
    def setUpClass(cls):
        activate_module(cls.modules)
        super().setUpClass()

    def setup_company(self):
        pool = Pool()
        Country = pool.get('country.country')
        company = create_company()
        self.random = random.Random(8)
        spain = Country.search([('code', '=', 'ES')], limit=1)
        if not spain:
            spain = Country.create([{'name': "Spain", 'code': 'ES'}])
        self.country = spain[0]
        return company

    def setup_accounting(self, company):
        pool = Pool()
        Template = pool.get('product.template')
        Term = pool.get('account.invoice.payment_term')
        Uom = pool.get('product.uom')
        Account = pool.get('account.account')
        Category = pool.get('product.category')
        Invoice = pool.get('account.invoice')
        Journal = pool.get('account.journal')
        create_chart(company, chart=self.chart)
        fiscalyear = set_invoice_sequences(get_fiscalyear(company))
        fiscalyear.save()
        fiscalyear.create_period([fiscalyear])
        # The standard would start the transaction again to lock them.
        Invoice._create_journal_periods([
                Invoice(
                    company=company, invoice_date=TODAY,
                    accounting_date=None,
                    journal=Journal.find({'type': 'revenue'}))])
        self.term, = Term.create([{
                    'name': "25 / 75",
                    'lines': [('create', [{
                                    'type': 'percent',
                                    'ratio': Decimal('0.25'),
                                    'divisor': Decimal(4),
                                    }, {
                                    'type': 'remainder',
                                    'relativedeltas': [
                                        ('create', [{'days': 30}])],
                                    }])],
                    }])
        self.revenue, = Account.search([
                ('type.revenue', '=', True),
                ('closed', '!=', True),
                ('company', '=', company.id),
                ], limit=1)
        category, = Category.create([{
                    'name': "Service",
                    'accounting': True,
                    'account_revenue': self.revenue.id,
                    }])
        unit, = Uom.search([('name', '=', "Hour")], limit=1)
        template, = Template.create([{
                    'name': "Service",
                    'type': 'service',
                    'default_uom': unit.id,
                    'list_price': Decimal(10),
                    'account_category': category.id,
                    'products': [('create', [{}])],
                    }])
        self.product, = template.products
        self.unit = unit

    def create_taxes(self, company):
        pool = Pool()
        Account = pool.get('account.account')
        Tax = pool.get('account.tax')
        account, = Account.search([
                ('type', '!=', None),
                ('type.receivable', '=', False),
                ('type.payable', '=', False),
                ('type.revenue', '=', False),
                ('closed', '!=', True),
                ('company', '=', company.id),
                ], limit=1)

        def values(name, **extra):
            return {
                'name': name,
                'description': name,
                'type': 'percentage',
                'company': company.id,
                'invoice_account': account.id,
                'credit_note_account': account.id,
                **extra,
                }
        return Tax.create([
                values("21 %", rate=Decimal('0.21')),
                values("10 %", rate=Decimal('0.10')),
                values("4 %", rate=Decimal('0.04'), sequence=20),
                values("-15 %", rate=Decimal('-0.15'), sequence=5),
                values("Fee", type='fixed', amount=Decimal('0.333'),
                    rate=None),
                values("Excise", rate=Decimal('0.051'), sequence=1,
                    update_unit_price=True),
                values("Group", type='none', rate=None, childs=[
                        ('create', [
                                values("21 % of group", rate=Decimal('0.21')),
                                values("5.2 %", rate=Decimal('0.052')),
                                values("Ended", rate=Decimal('0.5'),
                                    end_date=dt.date(2012, 8, 31)),
                                ])]),
                ])

    def create_party(self):
        pool = Pool()
        Party = pool.get('party.party')
        party, = Party.create([{
                    'name': "Customer",
                    'customer_payment_term': self.term.id,
                    'addresses': [('create', [{
                                    'city': "Elche",
                                    'country': self.country.id,
                                    }])],
                    }])
        return party

    def random_lines(self, taxes):
        for _ in range(self.random.randint(1, 4)):
            quantity = Decimal(self.random.randint(-300, 900)) / 100
            price = Decimal(self.random.randint(1, 200000)) / 10000
            # In one order, as they are read from the database.
            chosen = sorted(self.random.sample(
                    list(taxes), self.random.randint(0, 3)))
            date = self.random.choice([None, TODAY, dt.date(2012, 8, 1)])
            yield quantity, price, chosen, date

    def stock_invoice(self, company, party, lines):
        pool = Pool()
        Invoice = pool.get('account.invoice')
        InvoiceLine = pool.get('account.invoice.line')
        invoice = Invoice(
            company=company, type='out', party=party, invoice_date=TODAY)
        invoice.currency = company.currency
        invoice.set_journal()
        invoice.on_change_party()
        invoice.lines = [
            InvoiceLine(
                type='line', company=company, currency=company.currency,
                product=self.product, unit=self.unit, account=self.revenue,
                quantity=float(quantity), unit_price=price, taxes=taxes,
                taxes_date=date)
            for quantity, price, taxes, date in lines]
        return invoice

    def post_generated(self, company, party, lines):
        pool = Pool()
        Share = pool.get('maintenance.visit.share')
        with Transaction().set_context(_generated=True), \
                generation() as value:
            billing = Billing(company, TODAY, value)
            heading = billing.heading(party, company.currency)
            billing._find_account_and_taxes = lambda *a: next(found)
            found = ((self.revenue, taxes) for _, _, taxes, _ in lines)
            for number, (quantity, price, _, date) in enumerate(lines, 1):
                # Each line has its own taxes: nothing is remembered.
                billing._products.clear()
                billing.item(
                    Share(10 ** 6 + number), heading, self.product, quantity,
                    price, company.currency.round(quantity * price),
                    taxes_date=date, unit=self.unit, order=(number,))
            drafts = billing.drafts()
            invoices, _ = billing.store(drafts)
            for invoice, draft in zip(invoices, drafts):
                self.assertEqual(invoice.state, 'draft')
                self.assertEqual(invoice.untaxed_amount, draft.untaxed_amount)
                self.assertEqual(invoice.tax_amount, draft.tax_amount)
                self.assertEqual(invoice.total_amount, draft.total_amount)
            invoices[0].__class__.post_generated(invoices)
        invoice, = invoices
        return invoice

    def values_of(self, invoice):
        def name(record):
            return record.rec_name if record else None

        def tax_lines(line):
            return sorted(
                (t.tax.id, t.type, t.amount) for t in line.tax_lines)
        move = invoice.move
        return {
            'invoice': {
                n: getattr(invoice, n) for n in [
                    'state', 'type', 'invoice_date', 'accounting_date',
                    'untaxed_amount', 'tax_amount', 'total_amount',
                    'untaxed_amount_cache', 'tax_amount_cache',
                    'total_amount_cache', 'sequence_type_cache', 'currency',
                    'journal', 'account', 'payment_term', 'party',
                    'invoice_address', 'tax_identifier',
                    'party_tax_identifier']},
            'sequence': invoice.sequence,
            'lines': [
                (l.amount, l.quantity, l.unit_price, l.account.id,
                    sorted(t.id for t in l.taxes), l.taxes_date)
                for l in invoice.lines],
            'taxes': sorted(
                (t.tax.id, t.account.id, t.base, t.amount, t.description,
                    t.legal_notice or '', t.manual)
                for t in invoice.taxes),
            'move': (
                move.state, move.date, move.period.id, move.journal.id,
                bool(move.number), move.post_date),
            'move_lines': sorted((
                    (l.account.id, l.debit, l.credit, name(l.party),
                        l.maturity_date or dt.date.min, l.state,
                        l.description or '', tax_lines(l))
                    for l in move.lines), key=str),
            }

    @with_transaction()
    def test_taxes(self):
        "The taxes of random invoices are those of the standard"
        pool = Pool()
        Configuration = pool.get('account.configuration')
        company = self.setup_company()
        with set_company(company):
            self.setup_accounting(company)
            taxes = self.create_taxes(company)
            party = self.create_party()
            plain = {t.id: plain_tax(t) for t in taxes}
            money = plain_money(company.currency)
            configuration = Configuration(1)
            for rounding in ['document', 'line']:
                configuration.tax_rounding = rounding
                configuration.save()
                for _ in range(150):
                    lines = list(self.random_lines(taxes))
                    invoice = self.stock_invoice(company, party, lines)
                    result = compute_taxes([
                            invoice_line(Item(
                                    origin='', heading=None,
                                    quantity=quantity, unit_price=price,
                                    amount=company.currency.round(
                                        quantity * price),
                                    account=1,
                                    taxes=tuple(t.id for t in line_taxes),
                                    taxes_date=date), money)
                            for quantity, price, line_taxes, date in lines],
                        plain, money, TODAY, rounding)
                    expected = [
                        (t.tax.id, t.account.id, t.base, t.amount)
                        for t in invoice._get_taxes().values()]
                    with self.subTest(rounding=rounding, lines=lines):
                        self.assertEqual(sorted([
                                    (t.tax, t.account, t.base, t.amount)
                                    for t in result]), sorted(expected))

    @with_transaction()
    def test_round_taxes(self):
        "Taxes are rounded as the standard does wherever it ends"
        pool = Pool()
        Invoice = pool.get('account.invoice')
        company = self.setup_company()
        invoice = Invoice(company=company, currency=company.currency)
        for _ in range(500):
            amounts = [
                Decimal(self.random.randint(-30000, 90000)) / 10000
                for _ in range(self.random.randint(1, 5))]
            # The first is no less than the others could take away.
            amounts[0] = abs(amounts[0]) + 1
            taxes = {i: SimpleNamespace(amount=a)
                for i, a in enumerate(amounts)}
            expected = {i: SimpleNamespace(amount=a)
                for i, a in enumerate(amounts)}
            invoice._round_taxes(taxes)
            TaxableMixin._round_taxes(invoice, expected)
            with self.subTest(amounts=amounts):
                self.assertEqual(taxes, expected)

    @with_transaction()
    def test_round_nothing(self):
        "An invoice with less than a cent of tax on everything is made"
        company = self.setup_company()
        with set_company(company):
            self.setup_accounting(company)
            taxes = self.create_taxes(company)
            party = self.create_party()
            invoice = self.stock_invoice(company, party, [
                    (Decimal(1), Decimal('0.02'), list(taxes[:2]), None)])
            invoice.save()
            self.assertEqual(invoice.untaxed_amount, Decimal('0.02'))
            self.assertEqual(invoice.tax_amount, 0)

    @with_transaction()
    def test_posting(self):
        "Posted on the short way they are those of the standard"
        pool = Pool()
        Invoice = pool.get('account.invoice')
        company = self.setup_company()
        with set_company(company):
            self.setup_accounting(company)
            taxes = self.create_taxes(company)
            party = self.create_party()
            for number in range(8):
                lines = list(self.random_lines(taxes))
                if number == 0:
                    # A credit note
                    lines = [(-abs(q or 1), p, t, d) for q, p, t, d in lines]
                with self.subTest(lines=lines):
                    invoice = self.stock_invoice(company, party, lines)
                    invoice.save()
                    with Transaction().set_context(_skip_warnings=True):
                        Invoice.post([invoice])
                        generated = self.post_generated(
                            company, party, lines)
                    self.assertEqual(
                        self.values_of(Invoice(generated.id)),
                        self.values_of(Invoice(invoice.id)))
                    self.assertEqual(
                        int(generated.number), int(invoice.number) + 1)

    @with_transaction()
    def test_outside_batch(self):
        "The context alone changes nothing"
        pool = Pool()
        InvoiceTax = pool.get('account.invoice.tax')
        company = self.setup_company()
        with set_company(company):
            self.setup_accounting(company)
            tax = self.create_taxes(company)[0]
            party = self.create_party()
            invoice = self.stock_invoice(
                company, party,
                [(Decimal(1), Decimal(100), [tax], None)])
            with Transaction().set_context(_generated=True):
                invoice.save()
                self.assertEqual(invoice.tax_amount, Decimal(21))
                InvoiceTax.delete(invoice.taxes)
                invoice.description = "Changed"
                invoice.save()
                self.assertEqual(invoice.tax_amount, Decimal(21))

    @with_transaction()
    def test_not_printed(self):
        "Generated invoices are not queued for printing, others are"
        pool = Pool()
        Invoice = pool.get('account.invoice')
        Queue = pool.get('ir.queue')
        company = self.setup_company()
        with set_company(company):
            self.setup_accounting(company)
            self.create_taxes(company)
            party = self.create_party()
            lines = [(Decimal(1), Decimal(100), [], None)]
            with Transaction().set_context(_skip_warnings=True):
                self.post_generated(company, party, lines)

                def printed():
                    return [
                        q for q in Queue.search([])
                        if q.data['method'] == 'print_invoice']
                self.assertFalse(printed())

                invoice = self.stock_invoice(company, party, lines)
                invoice.save()
                Invoice.post([invoice])
                self.assertTrue(printed())


class GeneratedInvoiceTestCase(GeneratedInvoiceMixin, unittest.TestCase):
    "Test generated invoices on the generic chart"
    modules = ['maintenance_order']


@unittest.skipUnless(
    'account_es' in set(get_modules()),
    "the Spanish chart (trytoncommunity_account_es) is not installed")
class GeneratedInvoiceEsTestCase(GeneratedInvoiceMixin, unittest.TestCase):
    "Test generated invoices on the Spanish chart, rounded half up"
    modules = ['maintenance_order', 'account_es', 'currency_half_up']
    chart = 'account_es.pgc_0_pyme'

    def create_taxes(self, company):
        pool = Pool()
        Tax = pool.get('account.tax')
        return Tax.search([
                ('company', '=', company.id),
                ('parent', '=', None),
                ('group.kind', 'in', ['sale', 'both']),
                ('type', '!=', None),
                ])

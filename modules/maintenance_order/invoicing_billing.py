# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Gather what invoices need and store them, in a few queries a chunk."""
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from trytond.exceptions import UserError
from trytond.i18n import gettext
from trytond.modules.batch.job import Problem
from trytond.modules.product import price_digits
from trytond.pool import Pool
from trytond.transaction import Transaction

from .exceptions import InvoicingDateError
from .invoicing import Item, invoice_drafts

__all__ = ['NO_RULE', 'Billing', 'Heading']

NO_RULE = object()


@dataclass(frozen=True)
class Heading:
    "What all lines of an invoice share"
    party: int
    address: int
    currency: int
    payment_term: int
    account: int
    language: str | None = None
    reference: str | None = None
    description: str | None = None


class Billing:
    """Makes the invoices of one company at one date

    ``heading`` and ``item`` turn records into what the engine understands, or
    into problems; ``drafts`` computes and ``store`` creates the invoices.
    """

    def __init__(self, company, date, generation):
        pool = Pool()
        Invoice = pool.get('account.invoice')
        Configuration = pool.get('account.configuration')
        self.company = company
        self.date = date
        self.generation = generation
        self.problems = []
        self.items = []
        # What who gathers wants to find only once.
        self.cache = {}
        self._texts = {}
        self._headings = {}
        # The records as they were gathered: their fields are read together.
        self._parties = {}
        self._addresses = {}
        self._products = {}
        self._currencies = {}
        self._descriptions = {}
        self._tax_rounding = Configuration(1).get_multivalue(
            'tax_rounding', company=company.id)
        invoice = Invoice(type='out', company=company)
        invoice.set_journal()
        self._journal = invoice.journal

    @classmethod
    def check_date(cls, company, date, post=True):
        """Refuse a date at which nothing could be posted

        One date for the whole run: numbers and dates go together.
        """
        pool = Pool()
        Date = pool.get('ir.date')
        Invoice = pool.get('account.invoice')
        Lang = pool.get('ir.lang')
        Period = pool.get('account.period')
        lang = Lang.get()
        with Transaction().set_context(company=company.id):
            today = Date.today()
        if date > today:
            raise InvoicingDateError(gettext(
                    'maintenance_order.msg_invoicing_date_future',
                    date=lang.strftime(date)))
        if not post:
            return
        period = Period.find(company, date=date)
        sequences = set()
        for sequence in period.fiscalyear.invoice_sequences:
            if sequence.period in {None, period}:
                sequences.add(sequence.out_invoice_sequence.id)
                sequences.add(sequence.out_credit_note_sequence.id)
        later = Invoice.search([
                ('company', '=', company.id),
                ('type', '=', 'out'),
                ('sequence', 'in', list(sequences)),
                ('invoice_date', '>', date),
                ],
            order=[('invoice_date', 'DESC')], limit=1)
        if later:
            invoice, = later
            raise InvoicingDateError(gettext(
                    'maintenance_order.msg_invoicing_date_before',
                    date=lang.strftime(date),
                    invoice=invoice.rec_name,
                    latest=lang.strftime(invoice.invoice_date)))

    def problem(self, code, record, severity='error', **arguments):
        self.problems.append(Problem(
                code, record=str(record), arguments=arguments,
                severity=severity))

    def heading(
            self, party, currency, address=None, payment_term=None,
            reference=None, description=None):
        "Return what the invoices of the party share, or nothing"
        key = (party.id, address, payment_term)
        if key not in self._headings:
            self._parties.setdefault(party.id, party)
            self._headings[key] = self._find_heading(
                party, address, payment_term)
        common = self._headings[key]
        if common is None:
            return None
        self._currencies.setdefault(currency.id, currency)
        address, payment_term, account, language = common
        return Heading(
            party=party.id, address=address, currency=currency.id,
            payment_term=payment_term, account=account, language=language,
            reference=reference, description=description)

    def _find_heading(self, party, address, payment_term):
        if address is None:
            address = party.address_get(type='invoice')
        if address is None:
            self.problem(
                'maintenance_order.msg_invoicing_address_missing', party,
                party=party.rec_name)
            return None
        if payment_term is None:
            payment_term = party.customer_payment_term
        if payment_term is None:
            self.problem(
                'maintenance_order.msg_invoicing_payment_term_missing', party,
                party=party.rec_name)
            return None
        self._addresses.setdefault(address.id, address)
        try:
            account = party.account_receivable_used
        except UserError as error:
            self.problem(
                'maintenance_order.msg_invoicing_party', party,
                party=party.rec_name, reason=error.message)
            return None
        return (
            address.id, payment_term.id, account.current(date=self.date).id,
            party.lang.code if party.lang else None)

    def item(
            self, record, heading, product, quantity, unit_price, amount,
            taxes_date=None, unit=None, description=None, group=None,
            order=(), values=None, tax_rule=None):
        """Add something to invoice, return whether it can be

        record becomes the origin of the line, values go to the line as well.
        tax_rule stands in place of that of the party; it is NO_RULE to take
        the taxes of the product as they are.
        """
        origin = str(record)
        found = self._account_and_taxes(
            record, heading, product, taxes_date or self.date, tax_rule)
        if found is None:
            return False
        account, taxes = found
        item = Item(
            origin=origin, heading=heading, quantity=quantity,
            unit_price=unit_price, amount=amount, account=account.id,
            taxes=tuple(t.id for t in taxes), taxes_date=taxes_date,
            quantity_digits=unit.digits if unit else None,
            group=group, order=order)
        for tax in taxes:
            self.generation.tax(tax)
        self.items.append(item)
        self._texts[origin] = {
            'product': product.id if product else None,
            'unit': unit.id if unit else None,
            'symbol': unit.symbol if unit else '',
            'description': description,
            'values': values or {},
            }
        return True

    def configured(self, name):
        "Return what the configuration of maintenance says"
        pool = Pool()
        Configuration = pool.get('maintenance.configuration')
        key = 'configuration', name
        if key not in self.cache:
            self.cache[key] = Configuration(1).get_multivalue(
                name, company=self.company.id)
        return self.cache[key]

    def _account_and_taxes(self, record, heading, product, date, rule=None):
        if rule is NO_RULE:
            rule = None
        else:
            rule = rule or self._parties[heading.party].customer_tax_rule
        pattern = self._tax_rule_pattern(heading, product, date)
        key = (product, rule, frozenset(pattern.items()))
        if key not in self._products:
            try:
                with Transaction().set_context(date=self.date):
                    self._products[key] = self._find_account_and_taxes(
                        product, rule, pattern)
            except UserError as error:
                self._products[key] = error.message
        found = self._products[key]
        if found is None:
            self.problem(
                'maintenance_order.msg_invoicing_product_missing', record,
                record=record.rec_name)
            return None
        if isinstance(found, str):
            self.problem(
                'maintenance_order.msg_invoicing_product', record,
                product=product.rec_name, record=record.rec_name,
                reason=found)
            return None
        return found

    def _find_account_and_taxes(self, product, rule, pattern):
        pool = Pool()
        Configuration = pool.get('account.configuration')
        if product:
            account = product.account_revenue_used
            taxes = product.customer_taxes_used
        else:
            # What was described in words only.
            account = Configuration(1).get_multivalue(
                'default_category_account_revenue', company=self.company.id)
            taxes = account.taxes if account else None
            if not taxes:
                return None
        return account, self._apply(taxes, rule, pattern)

    def _tax_rule_pattern(self, heading, product, date):
        "Return the pattern of the standard, at the date of the supply"
        pool = Pool()
        Invoice = pool.get('account.invoice')
        Line = pool.get('account.invoice.line')
        invoice = Invoice(
            type='out', company=self.company,
            party=self._parties[heading.party],
            invoice_address=self._addresses[heading.address],
            currency=self._currencies[heading.currency],
            invoice_date=self.date, accounting_date=None, state='draft')
        line = Line(
            invoice=invoice, product=product, company=self.company,
            origin=None)
        return {**line._get_tax_rule_pattern(), 'date': date}

    @staticmethod
    def _apply(taxes, rule, pattern):
        "Return the taxes that the rule of the party gives for the taxes"
        pool = Pool()
        Tax = pool.get('account.tax')
        ids = []
        for tax in taxes:
            if rule:
                ids.extend(rule.apply(tax, pattern) or [])
            else:
                ids.append(tax.id)
        if rule:
            ids.extend(rule.apply(None, pattern) or [])
        return Tax.browse(list(dict.fromkeys(ids)))

    def drafts(self):
        "Compute the invoices of the items"
        return invoice_drafts(
            self.items, self.generation.known_taxes(),
            lambda heading: self.generation.money(
                self._currencies[heading.currency]),
            self.date, tax_rounding=self._tax_rounding,
            price_digits=price_digits[1])

    def store(self, drafts):
        """Create the invoices and return them with the line of each origin

        One creation per model: the taxes are known, so nothing is computed
        while they are stored.
        """
        pool = Pool()
        Invoice = pool.get('account.invoice')
        Line = pool.get('account.invoice.line')
        LineTax = pool.get('account.invoice.line-account.tax')
        InvoiceTax = pool.get('account.invoice.tax')
        if not drafts:
            return [], {}
        with self.generation.store():
            invoices = Invoice.create([
                    self.invoice_values(draft.heading) for draft in drafts])
            lines = Line.create([
                    self._line_values(invoice, draft, line, number)
                    for invoice, draft in zip(invoices, drafts)
                    for number, line in enumerate(draft.lines, 1)])
            all_lines = [line for draft in drafts for line in draft.lines]
            LineTax.create([{
                        'line': line.id,
                        'tax': tax,
                        } for line, row in zip(lines, all_lines)
                    for tax in row.taxes])
            InvoiceTax.create([
                    self._tax_values(invoice, draft, tax)
                    for invoice, draft in zip(invoices, drafts)
                    for tax in draft.taxes])
        self.generation.invoices.update(i.id for i in invoices)
        return invoices, {
            row.origin: line for line, row in zip(lines, all_lines)}

    def invoice_values(self, heading):
        "Return the values of a draft without lines"
        identifier = self._parties[heading.party].tax_identifier
        return {
            'company': self.company.id,
            'type': 'out',
            'party': heading.party,
            'party_tax_identifier': identifier.id if identifier else None,
            'invoice_address': heading.address,
            'currency': heading.currency,
            'journal': self._journal.id if self._journal else None,
            'account': heading.account,
            'payment_term': heading.payment_term,
            'invoice_date': self.date,
            'reference': heading.reference,
            'description': heading.description,
            }

    def _line_values(self, invoice, draft, line, number):
        texts = self._texts[line.origin]
        description = texts['description']
        if line.lump and line.stated_quantity != 1:
            # The amount is what was agreed; how it came about is told.
            stated = (
                f'{line.stated_quantity.normalize():f} {texts["symbol"]} × '
                f'{line.stated_price.normalize():f}')
            description = '\n'.join(filter(None, [description, stated]))
        return {
            'invoice': invoice.id,
            'invoice_type': None,
            'company': self.company.id,
            'currency': draft.heading.currency,
            'type': 'line',
            'sequence': number,
            'product': texts['product'],
            'unit': texts['unit'],
            'quantity': float(line.quantity),
            'unit_price': line.unit_price,
            'account': line.account,
            'taxes_date': line.taxes_date,
            'description': description,
            'origin': line.origin,
            **texts['values'],
            }

    def _tax_values(self, invoice, draft, tax):
        description, legal_notice = self._tax_texts(
            draft.heading.language, tax.tax)
        return {
            'invoice': invoice.id,
            'manual': False,
            'tax': tax.tax,
            'account': tax.account,
            'base': tax.base,
            'amount': tax.amount,
            'description': description,
            'legal_notice': legal_notice,
            }

    def _tax_texts(self, language, tax_id):
        pool = Pool()
        Configuration = pool.get('ir.configuration')
        Tax = pool.get('account.tax')
        key = language, tax_id
        if key not in self._descriptions:
            with Transaction().set_context(
                    language=language or Configuration.get_language()):
                tax = Tax(tax_id)
                self._descriptions[key] = tax.description, tax.legal_notice
        return self._descriptions[key]


def totals_by_party(drafts):
    "Return by party how many invoices and their untaxed, tax and total"
    totals = defaultdict(lambda: [0, 0, Decimal(0), Decimal(0), Decimal(0)])
    for draft in drafts:
        total = totals[draft.heading.party, draft.heading.currency]
        total[0] += 1
        total[1] += len(draft.lines)
        total[2] += draft.untaxed_amount
        total[3] += draft.tax_amount
        total[4] += draft.total_amount
    return totals

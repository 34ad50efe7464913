# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Quote by the tariff and by prepared concepts."""
from decimal import Decimal
from html import escape

from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.modules.currency.fields import Monetary
from trytond.modules.product import price_digits, round_price
from trytond.modules.report_html.declaration import Block, Text
from trytond.modules.report_html.report import HTMLReport
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.transaction import Transaction, without_check_access
from trytond.wizard import Button, StateAction, StateView, Wizard

from .exceptions import OfferEmptyError, OfferProductError, OfferQuantityError
from .gathering import line_kind_of, price_case


class SaleLine(metaclass=PoolMeta):
    __name__ = 'sale.line'

    concept = fields.Many2One(
        'service.concept', "Concept", readonly=True, ondelete='RESTRICT',
        states={
            'invisible': ~Eval('concept'),
            },
        help="The prepared concept that is quoted.")

    @fields.depends(
        'sale', '_parent_sale.company', '_parent_sale.currency',
        '_parent_sale.party', '_parent_sale.shipment_address',
        '_parent_sale.sale_date', '_parent_sale.quotation_date',
        'product', 'quantity', 'unit', 'concept')
    def compute_unit_price(self):
        price = super().compute_unit_price()
        found = self._tariff_price()
        if found is not None:
            return found
        if self.concept and self.concept.unit_price is not None:
            return self._in_sale_currency(self.concept.unit_price)
        return price

    @without_check_access
    def _tariff_price(self):
        "Return the price of the tariff, if one of its rules answers"
        pool = Pool()
        Date = pool.get('ir.date')
        Uom = pool.get('product.uom')
        sale = self.sale
        if not (sale and sale.company and self.product):
            return None
        with Transaction().set_context(company=sale.company.id):
            date = (
                sale.sale_date or sale.quotation_date or Date.today())
        quantity = self.quantity or 0
        unit = self.product.default_uom
        if self.unit:
            quantity = Uom.compute_qty(
                self.unit, quantity, unit, round=False)
        price, rule, _ = price_case(
            sale.company, date, quantity=quantity, product=self.product,
            party=sale.party, site=self._tariff_site(),
            line_kind=line_kind_of(sale.company, self.product))
        if rule is None or price is None:
            return None
        if self.unit:
            price = Uom.compute_price(unit, price, self.unit)
        return self._in_sale_currency(price)

    def _tariff_site(self):
        "Return the site at the address of the shipment"
        pool = Pool()
        Site = pool.get('maintenance.site')
        address = self.sale.shipment_address
        if not address:
            return None
        sites = Site.search([
                ('company', '=', self.sale.company.id),
                ('address', '=', address.id),
                ('parent', '=', None),
                ], limit=1)
        return sites[0] if sites else None

    def _in_sale_currency(self, price):
        pool = Pool()
        Currency = pool.get('currency.currency')
        sale = self.sale
        if sale.currency and sale.currency != sale.company.currency:
            price = Currency.compute(
                sale.company.currency, price, sale.currency, round=False)
        return round_price(price)


class OfferServices(Wizard):
    __name__ = 'service.offer'

    start = StateView(
        'service.offer.start', 'service_pricing.offer_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Quote", 'quote', 'tryton-ok', default=True),
            ])
    quote = StateAction('sale.act_sale_form')

    def default_start(self, fields):
        pool = Pool()
        Company = pool.get('company.company')
        Concept = pool.get('service.concept')
        company = Company(Transaction().context['company'])
        rows = [{
                'concept': concept.id,
                'chapter': concept.chapter,
                'reason': self._reason(offer),
                'quantity': 1,
                'currency': company.currency.id,
                'unit_price': concept.unit_price,
                } for concept, offer in Concept.offerable(
                    self.record, company)]
        return {
            'party': self.record.id,
            'company': company.id,
            'rows': rows,
            }

    def _reason(self, offer):
        pool = Pool()
        Lang = pool.get('ir.lang')
        lang = Lang.get()
        return ', '.join(
            gettext(
                f'service_pricing.msg_offer_{code}',
                date=lang.strftime(offer.rendered) if offer.rendered else '')
            for code in offer.reasons)

    def do_quote(self, action):
        pool = Pool()
        Sale = pool.get('sale.sale')
        start = self.start
        rows = [r for r in start.rows if r.quantity]
        if not rows:
            raise OfferEmptyError(gettext(
                    'service_pricing.msg_offer_empty',
                    party=start.party.rec_name))
        negative = [
            gettext(
                'service_pricing.msg_offer_quantity',
                concept=r.concept.rec_name)
            for r in rows if r.quantity < 0]
        if negative:
            raise OfferQuantityError('\n'.join(negative))
        sale = Sale.offer(
            start.party, start.company,
            [(r.concept, r.quantity) for r in rows])
        action['views'].reverse()
        return action, {'res_id': [sale.id]}


class OfferServicesStart(ModelView):
    __name__ = 'service.offer.start'

    company = fields.Many2One(
        'company.company', "Company", readonly=True,
        help="The company which quotes.")
    party = fields.Many2One(
        'party.party', "Customer", readonly=True,
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="Who gets the quote.")
    rows = fields.One2Many(
        'service.offer.row', None, "Services",
        help="What suits the customer, without what a contract gives "
        "already. Remove what you do not want to quote.")


class OfferServicesRow(ModelView):
    __name__ = 'service.offer.row'

    concept = fields.Many2One(
        'service.concept', "Concept", required=True,
        help="What is quoted.")
    chapter = fields.Char(
        "Chapter", readonly=True,
        help="The title under which it stands on the quote.")
    reason = fields.Char(
        "Reason", readonly=True,
        help="Why it is offered.")
    quantity = fields.Float(
        "Quantity", required=True,
        help="How much is quoted; nothing if it is zero.")
    currency = fields.Many2One(
        'currency.currency', "Currency", readonly=True,
        help="The currency of the price.")
    unit_price = Monetary(
        "Price", currency='currency', digits=price_digits, readonly=True,
        help="The price of the concept. A rule of the tariff for the customer "
        "replaces it on the quote.")

    @classmethod
    def default_quantity(cls):
        return 1

    @fields.depends('concept')
    def on_change_concept(self):
        if self.concept:
            self.chapter = self.concept.chapter
            self.currency = self.concept.currency
            self.unit_price = self.concept.unit_price


class Sale(metaclass=PoolMeta):
    __name__ = 'sale.sale'

    @classmethod
    def offer(cls, party, company, concepts):
        """Return a draft quote of pairs of concept and quantity

        Concepts of one chapter stand together under its title, with their
        specification.
        """
        with Transaction().set_context(
                company=company.id,
                language=party.lang.code if party.lang
                else Transaction().language):
            sale = cls(company=company, party=party)
            sale.on_change_company()
            sale.on_change_party()
            sale.lines = list(cls._offer_lines(sale, concepts))
            sale.save()
        return sale

    @classmethod
    def _offer_lines(cls, sale, concepts):
        pool = Pool()
        Concept = pool.get('service.concept')
        SaleLine = pool.get('sale.line')
        chapters = {}
        # In the language of the customer.
        concepts = [(Concept(c.id), quantity) for c, quantity in concepts]
        texts = [
            gettext(
                'service_pricing.msg_offer_product',
                product=concept.product.rec_name, concept=concept.rec_name)
            for concept, _ in concepts if not concept.product.salable]
        if texts:
            raise OfferProductError('\n'.join(texts))
        for concept, quantity in concepts:
            chapters.setdefault(concept.chapter or '', []).append(
                (concept, quantity))
        for chapter, found in chapters.items():
            if chapter:
                yield SaleLine(type='title', description=chapter, sale=sale)
            for concept, quantity in found:
                line = SaleLine(
                    type='line', sale=sale, product=concept.product,
                    concept=concept, quantity=quantity, unit=None,
                    unit_price=None)
                line.on_change_product()
                line.description = '\n'.join(
                    filter(None, [concept.name, concept.specification]))
                yield line


class EmailTemplate(metaclass=PoolMeta):
    __name__ = 'ir.email.template'

    @classmethod
    def get_default(cls, model, record):
        "Send the offer with a quote, in the language of the customer"
        pool = Pool()
        Data = pool.get('ir.model.data')
        Sale = pool.get('sale.sale')
        values = super().get_default(model, record)
        if model == 'sale.sale':
            sale = Sale(int(record))
            if sale.state in {'draft', 'quotation'}:
                values['reports'] = [
                    Data.get_id('service_pricing', 'report_offer')]
                with Transaction().set_context(
                        language=sale.party_lang or Transaction().language):
                    values['subject'] = gettext(
                        'service_pricing.msg_offer_mail_subject',
                        offer=' '.join(
                            filter(None, [sale.number, sale.description])),
                        company=sale.company.rec_name)
                    values['body'] = gettext(
                        'service_pricing.msg_offer_mail_body',
                        party=escape(sale.party.name or ''))
        return values


class OfferReport(HTMLReport):
    "What is quoted, with specifications; other modules add what goes with it"
    __name__ = 'service_pricing.offer'

    blocks = [
        Block('once', 'service_pricing.msg_block_once'),
        Block('breakdown', 'service_pricing.msg_block_breakdown'),
        Block('fees', 'service_pricing.msg_block_fees'),
        Block('signature', 'service_pricing.msg_block_signature'),
        ]
    texts = [
        Text('conditions', 'service_pricing.msg_text_conditions'),
        ]
    placeholders = {
        'number': 'number',
        'customer': 'party.name',
        }

    @classmethod
    def get_context(cls, records, header, data):
        context = super().get_context(records, header, data)
        context['breakdown'] = cls.get_breakdown
        context['once'] = cls.get_once
        context['fees'] = cls.get_fees
        context['totals'] = cls.get_totals
        return context

    @classmethod
    def get_breakdown(cls, line):
        "Return text, quantity and unit of what the concept of a line has"
        if not line.concept:
            return []
        return [
            (part.product.name if part.product else part.description,
                part.quantity * line.quantity, part.unit)
            for part in line.concept.lines]

    @classmethod
    def get_once(cls, sale):
        "Return the lines which the sale itself charges, with their titles"
        return list(sale.lines)

    @classmethod
    def get_fees(cls, sale):
        "Return the lines which are charged each period"
        return []

    @classmethod
    def get_totals(cls, sale):
        "Return untaxed amount, taxes and total of what is charged once"
        pool = Pool()
        Sale = pool.get('sale.sale')
        lines = cls.get_once(sale)
        once = Sale(
            company=sale.company, party=sale.party, currency=sale.currency,
            party_lang=sale.party_lang, sale_date=sale.sale_date, lines=lines)
        untaxed = sum(
            (l.amount for l in lines if l.type == 'line'), Decimal(0))
        tax = once.get_tax_amount()
        return untaxed, tax, untaxed + tax

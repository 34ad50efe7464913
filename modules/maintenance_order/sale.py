# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Quote what technicians recommend; the accepted quote makes the order."""
from collections import defaultdict
from decimal import Decimal

from trytond.i18n import gettext
from trytond.model import Index, ModelView, Workflow, fields
from trytond.modules.account_product.exceptions import AccountError
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval, If
from trytond.transaction import Transaction, without_check_access
from trytond.wizard import StateAction, StateTransition, Wizard

from .exceptions import QuoteWithoutPriceWarning, RecommendationQuoteError
from .visit_posting import wait_for

_STATES = {
    'draft': 'quoted',
    'quotation': 'quoted',
    'cancelled': 'refused',
    }


class Recommendation(metaclass=PoolMeta):
    __name__ = 'maintenance.recommendation'

    sale_line = fields.Many2One(
        'sale.line', "Quote Line", readonly=True, ondelete='SET NULL',
        states={
            'invisible': ~Eval('sale_line'),
            },
        help="The line which quotes it.")
    sale = fields.Function(
        fields.Many2One(
            'sale.sale', "Quote",
            states={
                'invisible': ~Eval('sale'),
                },
            help="The quote on which it stands."),
        'on_change_with_sale', searcher='search_sale')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.add(Index(t, (t.sale_line, Index.Range())))
        cls.product.domain = [
            cls.product.domain,
            If(Eval('state') == 'open', ('salable', '=', True), ()),
            ]
        cls._buttons['open']['invisible'] |= Eval('sale_line')
        cls._buttons['open']['depends'].append('sale_line')
        cls._buttons.update({
                'quote': {
                    'invisible': Eval('state') != 'open',
                    'icon': 'tryton-sale',
                    'depends': ['state'],
                    },
                })

    @fields.depends('sale_line', '_parent_sale_line.sale')
    def on_change_with_sale(self, name=None):
        return self.sale_line.sale if self.sale_line else None

    @classmethod
    def search_sale(cls, name, clause):
        nested = clause[0][len(name):]
        return [('sale_line.sale' + nested, *clause[1:])]

    @classmethod
    def on_modification(cls, mode, recommendations, field_names=None):
        super().on_modification(
            mode, recommendations, field_names=field_names)
        if mode == 'write' and 'sale_line' in field_names:
            cls.update_state(recommendations)

    @classmethod
    def copy(cls, recommendations, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('sale_line')
        return super().copy(recommendations, default=default)

    @classmethod
    @without_check_access
    def update_state(cls, recommendations):
        "Follow the state of the quote"
        found = defaultdict(list)
        for recommendation in cls.browse(recommendations):
            state = 'open'
            if recommendation.sale_line:
                state = _STATES.get(
                    recommendation.sale_line.sale.state, 'accepted')
            if recommendation.state != state:
                found[state].append(recommendation)
        for state, changed in found.items():
            cls.write(changed, {'state': state})

    @classmethod
    @ModelView.button_action('maintenance_order.wizard_recommendation_quote')
    def quote(cls, recommendations):
        pass

    @classmethod
    @without_check_access
    def quote_all(cls, recommendations):
        "Return the draft sale with a line for each of the recommendations"
        pool = Pool()
        Sale = pool.get('sale.sale')
        wait_for(cls, recommendations)
        recommendations = cls.browse(
            sorted(recommendations, key=lambda r: (r.site.id, r.id)))
        cls._check_quote(recommendations)
        first = recommendations[0]
        with Transaction().set_context(
                company=first.company.id,
                language=first.party.lang.code if first.party.lang
                else Transaction().language):
            sale = Sale(company=first.company, party=first.party)
            sale.on_change_company()
            sale.on_change_party()
            sites = list(dict.fromkeys(r.site for r in recommendations))
            if len(sites) == 1 and sites[0].address:
                sale.shipment_address = sites[0].address
            sale.description = cls._quote_description(recommendations)
            sale.save()
            site = None
            for recommendation in recommendations:
                if len(sites) > 1 and recommendation.site != site:
                    site = recommendation.site
                    _title(sale, site)
                line = recommendation._sale_line(sale)
                line.save()
                recommendation.sale_line = line
            cls.save(recommendations)
        return Sale(sale.id)

    @classmethod
    def _check_quote(cls, recommendations):
        first = recommendations[0]
        for recommendation in recommendations:
            if recommendation.state != 'open':
                raise RecommendationQuoteError(gettext(
                        'maintenance_order.msg_recommendation_not_open',
                        recommendation=recommendation.rec_name,
                        state=recommendation.state_string))
            if (recommendation.party, recommendation.company) != (
                    first.party, first.company):
                raise RecommendationQuoteError(gettext(
                        'maintenance_order.msg_recommendation_party',
                        recommendation=recommendation.rec_name,
                        party=recommendation.party.rec_name,
                        other=first.party.rec_name))

    @classmethod
    def _quote_description(cls, recommendations):
        visits = dict.fromkeys(
            r.visit.number for r in recommendations if r.visit)
        if not visits:
            return None
        return gettext(
            'maintenance_order.msg_recommendation_after',
            visits=', '.join(filter(None, visits)))

    def _sale_line(self, sale):
        pool = Pool()
        Line = pool.get('sale.line')
        line = Line(
            sale=sale, type='line', quantity=self.quantity, unit=None,
            unit_price=None)
        line.product = self.product
        try:
            line.on_change_product()
        except AccountError:
            # It is quoted all the same: who sells sets the taxes.
            line.unit = self.product.sale_uom
            line.unit_price = line.compute_unit_price()
        if line.unit_price is None:
            line.unit_price = Decimal(0)
        line.description = self.description
        machine = self.equipment
        if machine and machine.name.lower() not in self.description.lower():
            line.description = f'{machine.rec_name}: {self.description}'
        return line

    def _task_values(self):
        "Return the task of the order that the accepted quote makes"
        return {
            'company': self.company.id,
            'kind': 'repair',
            'equipment': self.equipment.id if self.equipment else None,
            'origin': str(self),
            'description': self.description,
            }


def _title(sale, site):
    pool = Pool()
    Line = pool.get('sale.line')
    line = Line(sale=sale, type='title', description=site.name)
    line.save()


class QuoteRecommendations(Wizard):
    __name__ = 'maintenance.recommendation.quote'
    start_state = 'quote'

    quote = StateTransition()
    open_ = StateAction('sale.act_sale_form')

    def transition_quote(self):
        pool = Pool()
        ModelAccess = pool.get('ir.model.access')
        self.model.quote_all(self.records)
        # Who plans need not see the sales.
        if ModelAccess.check('sale.sale', 'read', raise_exception=False):
            return 'open_'
        return 'end'

    def do_open_(self, action):
        record, *_ = self.model.browse(self.records)
        action['views'].reverse()
        return action, {'res_id': [record.sale.id]}

    def end(self):
        return 'reload'


class Sale(metaclass=PoolMeta):
    __name__ = 'sale.sale'

    @classmethod
    def on_modification(cls, mode, sales, field_names=None):
        pool = Pool()
        Recommendation = pool.get('maintenance.recommendation')
        super().on_modification(mode, sales, field_names=field_names)
        if mode == 'write' and 'state' in field_names:
            with without_check_access():
                recommendations = Recommendation.search([
                        ('sale_line.sale', 'in', [s.id for s in sales]),
                        ])
                if recommendations:
                    Recommendation.update_state(recommendations)

    @classmethod
    @ModelView.button
    @Workflow.transition('quotation')
    def quote(cls, sales):
        cls._warn_without_price(sales)
        super().quote(sales)

    @classmethod
    def _warn_without_price(cls, sales):
        "The words of a technician have no price until somebody writes it"
        pool = Pool()
        Warning = pool.get('res.user.warning')
        lines = [
            l for s in sales for l in s.lines
            if l.type == 'line' and l.recommendations and not l.unit_price]
        if lines:
            key = Warning.format('quote_without_price', lines)
            if Warning.check(key):
                raise QuoteWithoutPriceWarning(key, gettext(
                        'maintenance_order.msg_quote_without_price',
                        lines='\n'.join(
                            f'{l.sale.rec_name}: '
                            f'{l.recommendations[0].rec_name}'
                            for l in lines)))

    @classmethod
    @ModelView.button
    @Workflow.transition('confirmed')
    def confirm(cls, sales):
        super().confirm(sales)
        cls.make_orders(sales)

    @classmethod
    @ModelView.button
    @Workflow.transition('draft')
    def draft(cls, sales):
        super().draft(sales)
        cls.withdraw_orders(sales)

    @classmethod
    @without_check_access
    def make_orders(cls, sales):
        "Order what the sales quote of recommendations, by site"
        pool = Pool()
        Order = pool.get('maintenance.order')
        to_create = []
        for sale in sales:
            by_site = defaultdict(list)
            for line in sale.lines:
                if not line.of_order:
                    continue
                for recommendation in line.recommendations:
                    if all(t.state == 'cancelled'
                            for t in recommendation.tasks):
                        by_site[recommendation.site].append(recommendation)
            to_create.extend(
                sale._order_values(site, found)
                for site, found in by_site.items())
        if to_create:
            Order.create(to_create)

    def _order_values(self, site, recommendations):
        """Return the order of what was accepted at the site

        It is charged at what was quoted; without a price, like any work.
        """
        pool = Pool()
        Currency = pool.get('currency.currency')
        amount = Currency.compute(
            self.currency,
            sum(
                (r.sale_line.amount for r in recommendations), Decimal(0)),
            self.company.currency)
        values = {
            'company': self.company.id,
            'party': self.party.id,
            'site': site.id,
            'kind': 'repair',
            'date': self.sale_date,
            'customer_reference': self.reference,
            'description': self.rec_name,
            'tasks': [
                ('create', [r._task_values() for r in recommendations])],
            }
        if self.invoice_party and self.invoice_party != self.party:
            values['invoice_party'] = self.invoice_party.id
        if amount > 0:
            values.update(
                agreed_kind='fixed', agreed_amount=amount,
                agreed_on=self.sale_date)
        return values

    @classmethod
    @without_check_access
    def withdraw_orders(cls, sales):
        "Cancel the orders of sales which are changed, if nobody planned them"
        pool = Pool()
        Order = pool.get('maintenance.order')
        orders = {
            t.order for s in sales for l in s.lines
            for r in l.recommendations for t in r.tasks}
        Order.cancel([
                o for o in orders if o.state == 'draft' and not o.visits])


class SaleLine(metaclass=PoolMeta):
    __name__ = 'sale.line'

    recommendations = fields.One2Many(
        'maintenance.recommendation', 'sale_line', "Recommendations",
        readonly=True,
        help="What the line quotes: its order charges it, not the sale.")

    @classmethod
    def copy(cls, lines, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('recommendations')
        return super().copy(lines, default=default)

    @property
    def of_order(self):
        "Whether an order delivers and charges the line in place of the sale"
        return bool(self.recommendations)

    @property
    def _invoice_remaining_quantity(self):
        if self.of_order:
            return None
        return super()._invoice_remaining_quantity

    @property
    def _move_remaining_quantity(self):
        if self.of_order:
            return None
        return super()._move_remaining_quantity

    def _get_invoice_line_quantity(self):
        if self.of_order:
            return 0
        return super()._get_invoice_line_quantity()

    def get_move(self, shipment_type):
        if self.of_order:
            return None
        return super().get_move(shipment_type)

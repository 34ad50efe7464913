# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""From the shares of posted visits to invoices, and back by credit notes."""
from collections import defaultdict
from decimal import Decimal

from dateutil.relativedelta import relativedelta
from sql import Null
from sql.aggregate import Min

from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.transaction import Transaction

from .exceptions import InvoiceChargedError

GROUPINGS = [
    ('party', "Customer"),
    ('site', "Site"),
    ('order', "Order"),
    ('visit', "Visit"),
    ('month', "Month"),
    ]


class VisitShare(metaclass=PoolMeta):
    __name__ = 'maintenance.visit.share'

    corrects = fields.Many2One(
        'maintenance.visit.share', "Corrects", readonly=True,
        ondelete='RESTRICT',
        states={
            'invisible': ~Eval('corrects'),
            },
        help="The invoiced share which a credit note takes back.")
    replaces = fields.Many2One(
        'maintenance.visit.share', "Replaces", readonly=True,
        ondelete='SET NULL',
        states={
            'invisible': ~Eval('replaces'),
            },
        help="The credit in whose place the share stands.")
    invoice = fields.Function(
        fields.Many2One(
            'account.invoice', "Invoice",
            help="The invoice which charges the share."),
        'get_invoice', searcher='search_invoice')

    @classmethod
    def get_invoice(cls, shares, name):
        return {
            s.id: (s.invoice_line.invoice.id
                if s.invoice_line and s.invoice_line.invoice else None)
            for s in shares}

    @classmethod
    def search_invoice(cls, name, clause):
        return [('invoice_line.' + clause[0], *clause[1:])]

    @classmethod
    def due_domain(
            cls, company, up_to=None, parties=None, visits=None, orders=None,
            shares=None):
        "Return the domain of what can be invoiced"
        domain = [
            cls.pending_domain(),
            ('company', '=', company.id),
            ('payer', '!=', None),
            ]
        if up_to is not None:
            domain.append(('visit.date', '<=', up_to))
        if parties is not None:
            domain.append(('payer', 'in', parties))
        if visits is not None:
            domain.append(('visit', 'in', visits))
        if orders is not None:
            domain.append(cls._of_orders(orders))
        if shares is not None:
            domain.append(('id', 'in', shares))
        return domain

    @classmethod
    def _of_orders(cls, orders):
        "Return the domain of the shares of work for the orders"
        return ['OR',
            ('line.task.order', 'in', orders),
            [
                # The visit has one task only, or the line is for all.
                ('line.task', '=', None),
                ('visit.tasks.order', 'in', orders),
                ],
            ]

    @classmethod
    def due_parties(cls, company, **filters):
        "Return the ids of who has something to pay, who waits longest first"
        pool = Pool()
        Visit = pool.get('maintenance.visit')
        share = cls.__table__()
        visit = Visit.__table__()
        cursor = Transaction().connection.cursor()
        query = cls.search(cls.due_domain(company, **filters), query=True)
        oldest = Min(visit.date)
        cursor.execute(*share
            .join(visit, condition=share.visit == visit.id)
            .select(
                share.payer, oldest,
                where=share.id.in_(query),
                group_by=share.payer,
                order_by=[oldest.asc, share.payer.asc]))
        return [party for party, _ in cursor]

    @classmethod
    def due_shares(cls, company, **filters):
        return cls.search(
            cls.due_domain(company, **filters),
            order=[('payer', 'ASC'), ('visit', 'ASC'), ('id', 'ASC')])

    @classmethod
    def gather(cls, billing, shares, grouping=None, wait=False):
        """Add the shares to the billing, the bad ones to its problems

        wait is whether what is too little for an invoice waits for more.
        """
        texts = {}
        if wait:
            shares = cls._enough(billing, shares)
        for share in shares:
            if share.amount is None:
                billing.problem(
                    'maintenance_order.msg_invoicing_price_missing',
                    share.visit, visit=share.visit.rec_name,
                    line=share.line.rec_name)
                continue
            heading = share._invoicing_heading(billing)
            if heading is None:
                continue
            key = share.visit.id, heading.language
            if key not in texts:
                texts[key] = share.visit.invoicing_text(heading.language)
            values = share._invoicing_values(billing, heading)
            if values is None:
                continue
            line = share.line
            billing.item(
                share, heading, line.product, share.quantity,
                share.unit_price, share.amount,
                taxes_date=share.visit.date,
                unit=line.unit,
                description='\n'.join(
                    filter(None, [
                            texts[key], line.description,
                            values.pop('note', None)])),
                group=share._invoicing_group(
                    grouping or share.payer.work_grouping or 'party'),
                order=share._invoicing_order(),
                **values)

    @classmethod
    def _enough(cls, billing, shares):
        """Return the shares of who has enough to pay for an invoice

        What is below the minimum waits, but not longer than the months of
        the configuration.
        """
        pool = Pool()
        Lang = pool.get('ir.lang')
        minimum = billing.configured('invoice_minimum')
        if not minimum:
            return shares
        lang, currency = Lang.get(), billing.company.currency
        months = billing.configured('invoice_minimum_months')
        oldest = billing.date - relativedelta(months=months or 0)
        by_payer = defaultdict(list)
        for share in shares:
            by_payer[share.payer].append(share)
        enough = []
        for payer, found in by_payer.items():
            total = sum(s.amount or 0 for s in found)
            if (total < minimum
                    and min(s.visit.date for s in found) > oldest):
                billing.problem(
                    'maintenance_order.msg_invoicing_minimum', payer,
                    severity='warning', party=payer.rec_name,
                    amount=lang.currency(total, currency),
                    minimum=lang.currency(minimum, currency))
            else:
                enough.extend(found)
        return enough

    def _invoicing_order(self):
        "Return what the lines of an invoice are sorted by"
        line = self.line
        return self.visit.date, self.visit.id, line.sequence or 0, self.id

    def _invoicing_values(self, billing, heading):
        """Return what else the item needs, or None if there is a problem

        *tax_rule* and *note*, which goes to the description, or more.
        """
        return {}

    def _invoicing_heading(self, billing):
        task = self.line.the_task
        reference = task.reference if task else None
        if not reference and self.payer.work_reference_required:
            billing.problem(
                'maintenance_order.msg_invoicing_reference_missing',
                self.visit, visit=self.visit.rec_name,
                party=self.payer.rec_name)
            return None
        return billing.heading(
            self.payer, self.currency, reference=reference)

    def _invoicing_group(self, grouping):
        if grouping == 'site':
            return 'site', self.visit.site.id
        elif grouping == 'order':
            task = self.line.the_task
            return 'order', task.order.id if task else None
        elif grouping == 'visit':
            return 'visit', self.visit.id
        elif grouping == 'month':
            return 'month', self.visit.date.strftime('%Y-%m')
        return None

    @classmethod
    def settle(cls, lines):
        "Mark the shares which the lines, by origin, charge"
        pool = Pool()
        Order = pool.get('maintenance.order')
        shares = cls.browse([
                int(origin.split(',')[1]) for origin in lines
                if origin.startswith('maintenance.visit.share,')])
        args = []
        for share in shares:
            args.extend(([share], {'invoice_line': lines[str(share)].id}))
        if args:
            cls.write(*args)
        tasks = {s.line.the_task for s in shares}
        orders = {t.order for t in tasks if t}
        if orders:
            Order.close_settled(list(orders))

    @classmethod
    def invoice_due(
            cls, company=None, date=None, up_to=None, parties=None,
            visits=None, orders=None, post=True, grouping=None, shares=None):
        """Invoice what is due here and now and return the run

        For scripts; people have the wizard.
        """
        pool = Pool()
        Company = pool.get('company.company')
        Date = pool.get('ir.date')
        Run = pool.get('batch.run')
        if company is None:
            company = Company(Transaction().context['company'])
        with Transaction().set_context(company=company.id):
            date = date or Date.today()
        run = Run.prepare('maintenance_order.invoice_work', params={
                'date': date,
                'up_to': up_to or date,
                'parties': _ids(parties),
                'visits': _ids(visits),
                'orders': _ids(orders),
                'shares': _ids(shares),
                'post': post,
                'grouping': grouping,
                }, company=company)
        return Run.execute(run)

    # Back from the invoice

    @classmethod
    def of_lines(cls, lines):
        "Return the shares which the invoice lines charge, by line"
        by_line = defaultdict(list)
        for share in cls.search([
                    ('invoice_line', 'in', [l.id for l in lines]),
                    ]):
            by_line[share.invoice_line].append(share)
        return by_line

    @classmethod
    def release_lines(cls, lines):
        "What the lines charged is to invoice again"
        shares = [s for found in cls.of_lines(lines).values() for s in found]
        # A credit note that is cancelled was never given: neither it nor
        # what came in its place counts.
        credits = [s for s in shares if s.corrects]
        shares = [s for s in shares if not s.corrects]
        if shares:
            cls.write(shares, {'invoice_line': None})
        if credits:
            cls.delete(cls.search([
                        ('replaces', 'in', [s.id for s in credits]),
                        ('invoice_line', '=', None),
                        ]))
            cls.delete(credits)

    @classmethod
    def take_lines(cls, lines):
        "The lines charge again what they did before they were released"
        args = []
        for line in lines:
            share = line.origin
            if not isinstance(share, cls) or share.invoice_line == line:
                continue
            if share.invoice_line:
                raise InvoiceChargedError(gettext(
                        'maintenance_order.msg_invoice_charged_again',
                        invoice=line.invoice.rec_name,
                        record=share.rec_name,
                        other=share.invoice_line.invoice.rec_name))
            args.extend(([share], {'invoice_line': line.id}))
        if args:
            cls.write(*args)

    @classmethod
    def credit_lines(cls, lines):
        """Make the counter-shares of credit lines

        What is taken back is charged again, or settled: then it is given away
        and the quantities of the visit line still add up.
        """
        done = cls.of_lines(lines)
        credited = cls.of_lines([l.origin for l in lines if l not in done])
        to_create, replacements = [], []
        for line in lines:
            shares = credited.get(line.origin, [])
            if line in done or not shares:
                continue
            charged = sum(s.amount for s in shares)
            left = line.amount
            part = _part(line)
            for number, share in enumerate(shares, 1):
                if number == len(shares):
                    amount = left
                else:
                    amount = line.currency.round(
                        line.amount * share.amount / charged)
                left -= amount
                credit, replacement = share._credit_values(line, part, amount)
                to_create.append(credit)
                replacements.append(replacement)
        if to_create:
            credits = cls.create(to_create)
            for credit, replacement in zip(credits, replacements):
                replacement['replaces'] = credit.id
            cls.create(replacements)

    def _credit_values(self, line, part, amount):
        "Return the values of the counter-share and of what replaces it"
        quantity = round(self.quantity * part, 4)
        list_amount = None
        if self.list_amount is not None:
            list_amount = line.currency.round(self.list_amount * part)
        payer = self.payer.id if self.payer else None
        common = {
            'line': self.line.id,
            'visit': self.visit.id,
            'company': self.company.id,
            'list_price': self.list_price,
            'source': str(self.source) if self.source else None,
            'trace': self.trace,
            'state': 'decided',
            }
        credit = {
            **common,
            'corrects': self.id,
            'payer_kind': self.payer_kind,
            'payer': payer,
            'quantity': -quantity,
            'list_amount': -list_amount if list_amount is not None else None,
            'unit_price': self.unit_price,
            'amount': amount,
            'invoice_line': line.id,
            }
        replacement = {
            **common,
            'quantity': quantity,
            'list_amount': list_amount,
            }
        if line.charge_again:
            replacement.update(
                payer_kind=self.payer_kind, payer=payer,
                unit_price=self.unit_price, amount=-amount)
        else:
            replacement.update(
                payer_kind='goodwill', unit_price=Decimal(0),
                amount=Decimal(0),
                override_reason=gettext(
                    'maintenance_order.msg_share_credited',
                    invoice=line.invoice.rec_name))
        return credit, replacement


class Visit(metaclass=PoolMeta):
    __name__ = 'maintenance.visit'

    to_invoice = fields.Function(
        fields.Boolean(
            "To Invoice",
            help="Something of the visit is still to be invoiced."),
        'get_to_invoice', searcher='search_to_invoice')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons.update({
                'invoice_work': {
                    'invisible': ~Eval('to_invoice', False),
                    'icon': 'maintenance_order-invoice',
                    'depends': ['to_invoice'],
                    },
                })

    @classmethod
    def get_to_invoice(cls, visits, name):
        pool = Pool()
        Share = pool.get('maintenance.visit.share')
        share = Share.__table__()
        cursor = Transaction().connection.cursor()
        result = dict.fromkeys((v.id for v in visits), False)
        query = Share.search([
                Share.pending_domain(),
                ('payer', '!=', None),
                ], query=True)
        cursor.execute(*share.select(
                share.visit,
                where=fields.SQL_OPERATORS['in'](
                    share.visit, [v.id for v in visits])
                & share.id.in_(query),
                group_by=share.visit))
        result.update((id_, True) for id_, in cursor)
        return result

    @classmethod
    def search_to_invoice(cls, name, clause):
        pool = Pool()
        Share = pool.get('maintenance.visit.share')
        _, operator, value = clause
        domain = [('shares', 'where', [
                    Share.pending_domain(),
                    ('payer', '!=', None),
                    ])]
        if (operator == '=') == bool(value):
            return domain
        return [('id', 'not in', cls.search(domain, query=True))]

    def invoicing_text(self, language=None):
        "Return how the lines of an invoice speak of the visit"
        pool = Pool()
        Lang = pool.get('ir.lang')
        lang = Lang.get(language)
        return gettext(
            'maintenance_order.msg_invoice_line_visit',
            language or Transaction().language,
            visit=self.number, date=lang.strftime(self.date),
            site=self.site.rec_name)

    @classmethod
    @ModelView.button_action('maintenance_order.wizard_invoice_work')
    def invoice_work(cls, visits):
        pass


class Order(metaclass=PoolMeta):
    __name__ = 'maintenance.order'

    to_invoice = fields.Function(
        fields.Boolean(
            "To Invoice",
            help="Something of the order is still to be invoiced."),
        'get_to_invoice', searcher='search_to_invoice')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons.update({
                'invoice_work': {
                    'invisible': ~Eval('to_invoice', False),
                    'icon': 'maintenance_order-invoice',
                    'depends': ['to_invoice'],
                    },
                })

    @classmethod
    def get_to_invoice(cls, orders, name):
        pool = Pool()
        Share = pool.get('maintenance.visit.share')
        result = dict.fromkeys((o.id for o in orders), False)
        for share in Share.search([
                    Share.pending_domain(),
                    ('payer', '!=', None),
                    Share._of_orders([o.id for o in orders]),
                    ]):
            order = share.line.the_task.order
            if order.id in result:
                result[order.id] = True
        return result

    @classmethod
    def search_to_invoice(cls, name, clause):
        pool = Pool()
        Share = pool.get('maintenance.visit.share')
        Line = pool.get('maintenance.visit.line')
        Task = pool.get('maintenance.order.task')
        Visit_Task = pool.get('maintenance.visit-maintenance.order.task')
        share = Share.__table__()
        line = Line.__table__()
        link = Visit_Task.__table__()
        task = Task.__table__()
        _, operator, value = clause
        pending = Share.search([
                Share.pending_domain(),
                ('payer', '!=', None),
                ], query=True)
        query = (share
            .join(line, condition=share.line == line.id)
            .join(link, condition=link.visit == share.visit)
            .join(task, condition=(link.task == task.id)
                & ((line.task == task.id) | (line.task == Null)))
            .select(task.order, where=share.id.in_(pending)))
        positive = (operator == '=') == bool(value)
        return [('id', 'in' if positive else 'not in', query)]

    @classmethod
    @ModelView.button_action('maintenance_order.wizard_invoice_work')
    def invoice_work(cls, orders):
        pass


class Party(metaclass=PoolMeta):
    __name__ = 'party.party'

    work_grouping = fields.Selection(
        [(None, "")] + GROUPINGS, "Work Grouping", sort=False,
        help="What one invoice for work is made for.\n"
        "Leave empty for one invoice for everything.")
    work_reference_required = fields.Boolean(
        "Reference Required",
        help="Check to invoice the work only when the order number of the "
        "customer is known.")

    @classmethod
    def default_work_reference_required(cls):
        return False


def _ids(records):
    return None if records is None else [int(r) for r in records]


def _part(line):
    "Return the part of the credited line which the credit line takes back"
    if line.origin.quantity and line.unit_price == line.origin.unit_price:
        return (
            -Decimal(str(line.quantity)) / Decimal(str(line.origin.quantity)))
    return -line.amount / line.origin.amount if line.origin.amount else (
        Decimal(0))

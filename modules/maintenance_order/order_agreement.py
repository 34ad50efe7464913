# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What was agreed before the work: a price, who else pays, a free return."""
import datetime as dt
from collections import defaultdict
from decimal import Decimal

from trytond.i18n import gettext
from trytond.model import Index, ModelSQL, ModelView, fields, sequence_ordered
from trytond.modules.currency.fields import Monetary
from trytond.modules.product import price_digits
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Bool, Eval
from trytond.transaction import Transaction, without_check_access

from .agreement import Agreement
from .decision import PRIORITY_PAYER, PRIORITY_RETURN, Candidate
from .visit_line import KINDS as LINE_KINDS

# From this part of the cap on the technician is told.
CAP_WARNING = Decimal('0.8')
REPAIRS = frozenset(['corrective', 'repair'])


class Order(metaclass=PoolMeta):
    __name__ = 'maintenance.order'

    _agreed_states = {
        'readonly': Eval('state').in_(['closed', 'cancelled']),
        'invisible': ~Eval('agreed_kind'),
        }

    agreed_kind = fields.Selection([
            (None, ""),
            ('fixed', "All In"),
            ('hourly', "By the Hour"),
            ('cap', "Not Above"),
            ], "Agreed Price", sort=False,
        states={
            'readonly': Eval('state').in_(['closed', 'cancelled']),
            },
        help="What was agreed with the customer before the work. "
        "It stands above every list price.")
    agreed_kind_string = agreed_kind.translated('agreed_kind')
    agreed_amount = fields.Numeric(
        "Agreed Amount", digits=price_digits,
        domain=['OR',
            ('agreed_amount', '=', None),
            ('agreed_amount', '>=', 0),
            ],
        states={
            **_agreed_states,
            'required': Bool(Eval('agreed_kind')),
            },
        help="The amount without taxes: for everything, for each hour, "
        "or not to be passed.")
    agreed_with = fields.Char(
        "Agreed with", states=_agreed_states,
        help="Who agreed for the customer.")
    agreed_on = fields.Date(
        "Agreed on", states=_agreed_states,
        help="When it was agreed.")
    agreed_means = fields.Selection([
            (None, ""),
            ('phone', "Phone"),
            ('mail', "Mail"),
            ('paper', "Paper"),
            ('talk', "Talk"),
            ], "Agreed by", sort=False, states=_agreed_states,
        help="How it was agreed.")
    payers = fields.One2Many(
        'maintenance.order.payer', 'order', "Other Payers",
        states={
            'readonly': Eval('state').in_(['closed', 'cancelled']),
            },
        help="Who pays a part of the work besides the customer.")

    @fields.depends('agreed_kind', 'agreed_on')
    def on_change_agreed_kind(self):
        if self.agreed_kind and not self.agreed_on:
            self.agreed_on = Pool().get('ir.date').today()

    @classmethod
    def copy(cls, orders, default=None):
        default = default.copy() if default is not None else {}
        for name in [
                'agreed_kind', 'agreed_amount', 'agreed_with', 'agreed_on',
                'agreed_means']:
            default.setdefault(name)
        return super().copy(orders, default=default)


class OrderPayer(sequence_ordered(), ModelSQL, ModelView):
    """Somebody who pays a part of an order: an insurer, a landlord

    He has an invoice of his own.  The customer pays the rest.
    """
    __name__ = 'maintenance.order.payer'

    order = fields.Many2One(
        'maintenance.order', "Order", required=True, ondelete='CASCADE',
        help="The order of which a part is paid.")
    company = fields.Many2One(
        'company.company', "Company", required=True, readonly=True,
        help="The company which does the work.")
    task = fields.Many2One(
        'maintenance.order.task', "Task", ondelete='CASCADE',
        domain=[
            ('order', '=', Eval('order', -1)),
            ],
        help="Only the work for this task. Leave empty for the whole order.")
    party = fields.Many2One(
        'party.party', "Payer", required=True, ondelete='RESTRICT',
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="Who pays.")
    line_kind = fields.Selection(
        [(None, "")] + LINE_KINDS, "Kind", sort=False,
        help="Only lines of this kind. Leave empty for all.")
    rate = fields.Numeric(
        "Part", digits=(5, 4), required=True,
        domain=[
            ('rate', '>', 0),
            ('rate', '<=', 1),
            ],
        help="The part he pays.")
    currency = fields.Function(
        fields.Many2One(
            'currency.currency', "Currency",
            help="The currency of the limit."),
        'on_change_with_currency')
    limit = Monetary(
        "Up to", currency='currency', digits='currency',
        domain=['OR',
            ('limit', '=', None),
            ('limit', '>=', 0),
            ],
        help="The amount without taxes up to which he pays.")
    reference = fields.Char(
        "Reference",
        help="His number for it, for instance that of the claim.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('order')
        t = cls.__table__()
        cls._sql_indexes.add(Index(t, (t.order, Index.Range())))

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_rate(cls):
        return 1

    @fields.depends('company')
    def on_change_with_currency(self, name=None):
        return self.company.currency if self.company else None

    def get_rec_name(self, name):
        return ' '.join(filter(None, [self.party.rec_name, self.reference]))

    @classmethod
    def search_rec_name(cls, name, clause):
        return ['OR',
            ('party.rec_name',) + tuple(clause[1:]),
            ('reference',) + tuple(clause[1:]),
            ]

    @classmethod
    def preprocess_values(cls, mode, values):
        pool = Pool()
        Order = pool.get('maintenance.order')
        values = super().preprocess_values(mode, values)
        if mode == 'create' and values.get('order'):
            values['company'] = Order(values['order']).company.id
        return values

    def candidate(self, lines, used):
        "Return the candidate for the lines, used is what he paid before"
        return Candidate(
            'customer', source=str(self), label=self.rec_name,
            priority=PRIORITY_PAYER, percentage=self.rate, unit_price=None,
            payer=self.party.id, lines=frozenset(lines),
            line_kinds=frozenset([self.line_kind] if self.line_kind else []),
            limit=(
                max(self.limit - used, Decimal(0))
                if self.limit is not None else None),
            measure='amount')


class Visit(metaclass=PoolMeta):
    __name__ = 'maintenance.visit'

    @classmethod
    def _agreements(cls, lines):
        agreements = super()._agreements(lines)
        for order, ids in _by_order(lines).items():
            if not order.agreed_kind:
                continue
            payer = order.payer
            agreements.append(Agreement(
                    order.agreed_kind, order.agreed_amount, payer.id,
                    frozenset(ids), label=order.number,
                    used=_charged(order, ids, [
                            ('payer_kind', '=', 'customer'),
                            ('payer', '=', payer.id),
                            ])))
        return agreements

    @classmethod
    def _decision_candidates(cls, visits):
        candidates = super()._decision_candidates(visits)
        found = [cls._payer_candidates(visits), cls._return_candidates(visits)]
        for by_visit in found:
            for visit_id, more in by_visit.items():
                candidates.setdefault(visit_id, []).extend(more)
        return candidates

    @classmethod
    def _payer_candidates(cls, visits):
        candidates = defaultdict(list)
        lines = [l for v in visits for l in v.lines]
        for order, ids in _by_order(lines).items():
            for payer in order.payers:
                used = Decimal(0)
                if payer.limit is not None:
                    used = _charged(
                        order, ids, [('source', '=', str(payer))])
                mine = [
                    l for l in lines if l.id in ids
                    and payer.task in {None, l.the_task}]
                if not mine:
                    continue
                candidate = payer.candidate([l.id for l in mine], used)
                for visit_id in dict.fromkeys(l.visit.id for l in mine):
                    candidates[visit_id].append(candidate)
        return candidates

    @classmethod
    def _return_candidates(cls, visits):
        "Return who comes back for the same fault within the time is free"
        pool = Pool()
        Configuration = pool.get('maintenance.configuration')
        configuration = Configuration(1)
        limits = {
            company: configuration.get_multivalue(
                'free_return_days', company=company.id)
            for company in {v.company for v in visits}}
        candidates = {}
        for visit in visits:
            days = limits[visit.company]
            if not days or not visit.cause or not visit.date:
                continue
            machines = {
                t.equipment.id for t in visit.tasks
                if t.equipment and t.kind in REPAIRS}
            found = list(visit._returns(machines, days))
            if found:
                candidates[visit.id] = found
        return candidates

    def _returns(self, machines, days):
        cls = self.__class__
        earlier = cls.search([
                ('company', '=', self.company.id),
                ('tasks', 'where', [
                        ('equipment', 'in', list(machines)),
                        ('kind', 'in', list(REPAIRS)),
                        ]),
                ('cause', '=', self.cause.id),
                ('state', '=', 'posted'),
                ('superseded', '=', False),
                ('date', '>=', self.date - dt.timedelta(days=days)),
                ('date', '<=', self.date),
                ('id', 'not in', [
                        self.id, self.corrects.id if self.corrects else -1]),
                ],
            order=[('date', 'ASC'), ('id', 'ASC')])
        for visit in earlier:
            repaired = {
                t.equipment.id for t in visit.tasks
                if t.equipment and t.kind in REPAIRS} & machines
            machines = machines - repaired
            if repaired and (visit.date, visit.id) < (self.date, self.id):
                yield Candidate(
                    'goodwill', source=str(visit), label=visit.number,
                    priority=PRIORITY_RETURN,
                    equipments=frozenset(repaired), task_kinds=REPAIRS)

    @classmethod
    def get_summary(cls, visits, name):
        summaries = super().get_summary(visits, name)
        for visit in visits:
            warnings = visit._cap_warnings()
            if warnings:
                summaries[visit.id] = '\n'.join(
                    filter(None, [summaries.get(visit.id), *warnings]))
        return summaries

    @without_check_access
    def _cap_warnings(self):
        "Tell when what was agreed not to be passed is near"
        pool = Pool()
        Lang = pool.get('ir.lang')
        lang = Lang.get()
        warnings = []
        for order in self.orders:
            if order.agreed_kind != 'cap':
                continue
            charged = sum((
                    s.amount or Decimal(0) for s in self.shares
                    if s.payer == order.payer
                    and s.line.the_task
                    and s.line.the_task.order == order), Decimal(0))
            charged += _charged(order, [s.line.id for s in self.shares], [
                    ('payer', '=', order.payer.id)])
            if charged >= order.agreed_amount * CAP_WARNING:
                currency = self.company.currency
                warnings.append(gettext(
                        'maintenance_order.msg_summary_cap',
                        order=order.number,
                        charged=lang.currency(charged, currency),
                        amount=lang.currency(
                            order.agreed_amount, currency)))
        return warnings


def _by_order(lines):
    "Return the ids of the lines by order"
    orders = defaultdict(set)
    for line in lines:
        task = line.the_task
        # What is only asked for has no order.
        if task and task.order:
            orders[task.order].add(line.id)
    return orders


def _charged(order, except_lines, domain):
    "Return what was charged for the order before, besides the lines"
    pool = Pool()
    Share = pool.get('maintenance.visit.share')
    shares = Share.search([
            Share._of_orders([order.id]),
            ('state', '=', 'decided'),
            ('line', 'not in', list(except_lines)),
            ('amount', '!=', None),
            *domain,
            ])
    return sum(
        (s.amount for s in shares if s.line.the_task.order == order),
        Decimal(0))

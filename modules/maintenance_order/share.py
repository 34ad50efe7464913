# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import json
from collections import defaultdict
from decimal import Decimal

from sql import Null

from trytond.i18n import gettext
from trytond.model import Index, ModelSQL, ModelView, fields
from trytond.modules.company.model import employee_field
from trytond.modules.currency.fields import Monetary
from trytond.modules.product import price_digits
from trytond.pool import Pool
from trytond.pyson import Eval, If
from trytond.transaction import Transaction, without_check_access

from .exceptions import ShareInvoicedError
from .visit_decision import steps_text

PAYER_KINDS = [
    ('customer', "Customer"),
    ('contract', "Contract"),
    ('bank', "Hour Bank"),
    ('warranty', "Warranty"),
    ('goodwill', "Goodwill"),
    ('internal', "Internal"),
    ]


class VisitShare(ModelSQL, ModelView):
    """The part of a visit line that one payer pays: what is invoiced

    Quantities and list values of the shares of a line add up to the line.
    ``amount`` is the truth of what is charged; ``unit_price`` is None and
    ``amount`` too when nobody knows the price yet.

    To invoice: shares of ``pending_domain()`` — decided, with a payer, an
    amount other than zero and no ``invoice_line``.  ``state`` is *preview*
    until the visit is posted.  The quantity may have more digits than its unit
    when several pay one piece: the invoice line is then 1 × amount.
    """
    __name__ = 'maintenance.visit.share'

    line = fields.Many2One(
        'maintenance.visit.line', "Line", required=True, readonly=True,
        ondelete='CASCADE',
        help="The line of the visit.")
    visit = fields.Many2One(
        'maintenance.visit', "Visit", required=True, readonly=True,
        ondelete='CASCADE',
        help="The visit of the line.")
    company = fields.Many2One(
        'company.company', "Company", required=True, readonly=True,
        help="The company which made the visit.")
    currency = fields.Function(
        fields.Many2One(
            'currency.currency', "Currency",
            help="The currency of the amounts."),
        'on_change_with_currency')
    payer_kind = fields.Selection(
        PAYER_KINDS, "Payer Kind", required=True, readonly=True, sort=False,
        help="Who takes the cost.")
    payer_kind_string = payer_kind.translated('payer_kind')
    payer = fields.Many2One(
        'party.party', "Payer", readonly=True, ondelete='RESTRICT',
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="The party to invoice. Nobody when the share is free.")
    product = fields.Function(
        fields.Many2One(
            'product.product', "Product",
            context={
                'company': Eval('company', -1),
                },
            depends={'company'},
            help="What is charged."),
        'on_change_with_product')
    unit = fields.Function(
        fields.Many2One(
            'product.uom', "Unit",
            help="The unit of the quantity."),
        'on_change_with_unit')
    quantity = fields.Numeric(
        "Quantity", digits=(16, 4), required=True, readonly=True,
        help="The part of the quantity of the line.")
    list_price = fields.Numeric(
        "List Price", digits=price_digits, readonly=True,
        help="The price of one unit before anybody's coverage.")
    list_amount = Monetary(
        "List Amount", currency='currency', digits='currency', readonly=True,
        help="What the part is worth at list price.")
    unit_price = fields.Numeric(
        "Unit Price", digits=price_digits, readonly=True,
        help="What the payer is charged for one unit.")
    amount = Monetary(
        "Amount", currency='currency', digits='currency', readonly=True,
        help="What the payer is charged, without taxes. "
        "Empty when the price is not known.")
    source = fields.Reference(
        "Source", selection='get_source', readonly=True,
        help="The warranty, contract or decision which answered.")
    consumed = fields.Numeric(
        "Consumed", digits=(16, 4), readonly=True,
        help="What the share took of the limit of its source.")
    trace = fields.Text(
        "Trace", readonly=True,
        help="What matched and what was rejected, as JSON codes.")
    explanation = fields.Function(
        fields.Text(
            "Explanation",
            help="Why this payer pays, in words."),
        'get_explanation')
    override_reason = fields.Char(
        "Override Reason", readonly=True,
        help="Why somebody decided otherwise.")
    override_by = employee_field(
        "Override by", states=['preview', 'decided'])
    invoice_line = fields.Many2One(
        'account.invoice.line', "Invoice Line", readonly=True,
        ondelete='SET NULL',
        help="The invoice line which charges the share.")
    state = fields.Selection([
            ('preview', "Preview"),
            ('decided', "Decided"),
            ], "State", readonly=True, required=True, sort=False,
        help="Decided when the visit is posted.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.override_by.help = "Who decided otherwise."
        # Not the access to the visit: who writes the report does not say who
        # pays for it.
        t = cls.__table__()
        cls._sql_indexes.update({
                Index(t, (t.line, Index.Range())),
                Index(t, (t.visit, Index.Range())),
                Index(t, (t.source, Index.Equality())),
                Index(
                    t,
                    (t.company, Index.Range()),
                    (t.payer, Index.Range()),
                    where=(
                        (t.state == 'decided')
                        & (t.invoice_line == Null))),
                Index(
                    t,
                    (t.invoice_line, Index.Range()),
                    where=t.invoice_line != Null),
                })
        cls._order = [
            ('visit', 'DESC'),
            ('id', 'ASC'),
            ]

    @classmethod
    def _get_source(cls):
        "Return the names of the models which may pay or decide"
        return [
            'maintenance.order.payer',
            'maintenance.visit',
            'maintenance.warranty',
            ]

    @classmethod
    def get_source(cls):
        pool = Pool()
        Model = pool.get('ir.model')
        get_name = Model.get_name
        return [(None, "")] + [(m, get_name(m)) for m in cls._get_source()]

    @fields.depends('company')
    def on_change_with_currency(self, name=None):
        return self.company.currency if self.company else None

    @fields.depends('line')
    def on_change_with_product(self, name=None):
        return self.line.product if self.line else None

    @fields.depends('line')
    def on_change_with_unit(self, name=None):
        return self.line.unit if self.line else None

    @classmethod
    def pending_domain(cls):
        "Return the domain of the shares which are still to invoice"
        return [
            ('state', '=', 'decided'),
            ('invoice_line', '=', None),
            ['OR',
                ('amount', '!=', 0),
                ('amount', '=', None),
                ],
            ]

    @classmethod
    def unsettled_domain(cls):
        "Return the domain of the shares which have no outcome yet"
        return cls.pending_domain()

    def get_rec_name(self, name):
        payer = self.payer.rec_name if self.payer else self.payer_kind_string
        return f'{self.line.rec_name} → {payer}'

    @classmethod
    def search_rec_name(cls, name, clause):
        return ['OR',
            ('line.rec_name',) + tuple(clause[1:]),
            ('payer.rec_name',) + tuple(clause[1:]),
            ]

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual',
                If(~Eval('unit_price') & (Eval('unit_price', 1) != 0),
                    'warning',
                    If(Eval('amount', 0) == 0, 'muted', ''))),
            ]

    @classmethod
    def _source_names(cls, steps):
        "Return the names of the sources of the steps, in few queries"
        return {
            key: cls._source_name(source)
            for key, source in cls._sources(steps).items()}

    @classmethod
    def _sources(cls, steps):
        pool = Pool()
        ids = defaultdict(set)
        for step in steps:
            source = step.get('source')
            if source:
                model, id_ = source.split(',')
                ids[model].add(int(id_))
        sources = {}
        for model, model_ids in ids.items():
            Model = pool.get(model)
            for record in Model.search([('id', 'in', list(model_ids))]):
                sources[str(record)] = record
        return sources

    @classmethod
    def _source_party(cls, record):
        "Return whose affair the source is, None if it is that of the machine"
        if record.__name__ == 'maintenance.visit':
            return record.party
        return None

    @classmethod
    def _source_name(cls, record):
        if record.__name__ == 'maintenance.warranty':
            return gettext(
                'maintenance_order.msg_source_warranty', name=record.rec_name)
        if record.__name__ == 'maintenance.visit':
            return gettext(
                'maintenance_order.msg_source_return', name=record.rec_name)
        return record.rec_name

    @classmethod
    @without_check_access
    def get_explanation(cls, shares, name):
        steps = {s.id: json.loads(s.trace or '[]') for s in shares}
        names = cls._source_names(
            step for found in steps.values() for step in found)
        return {
            s.id: steps_text(steps[s.id], names)
            for s in shares}

    @classmethod
    def sentences(cls, shares):
        """Return by visit who pays how much, in words

        One line for each payer, so that a technician can read it out.
        """
        names = cls._source_names(
            {'source': str(s.source)} for s in shares if s.source)
        totals = defaultdict(lambda: [Decimal(0), Decimal(0), False])
        for share in shares:
            key = (
                share.visit, share.payer_kind, share.payer,
                str(share.source) if share.source else None)
            total = totals[key]
            total[0] += share.amount or 0
            total[1] += share.list_amount or 0
            total[2] |= share.amount is None
        sentences = defaultdict(list)
        lang = Pool().get('ir.lang').get()
        for (visit, kind, payer, source), total in totals.items():
            amount, value, unknown = total
            currency = visit.company.currency
            if unknown:
                code = 'no_price'
            elif payer and amount:
                code = 'pays' if kind == 'customer' else 'pays_for'
            else:
                code = kind
            sentences[visit.id].append(gettext(
                    f'maintenance_order.msg_summary_{code}',
                    payer=payer.rec_name if payer else '',
                    source=names.get(source, ''),
                    amount=lang.currency(amount, currency),
                    value=lang.currency(value, currency)))
        return {
            visit_id: '\n'.join(found)
            for visit_id, found in sentences.items()}

    @classmethod
    def override(
            cls, lines, payer_kind, reason, payer=None, unit_price=None):
        """Let somebody else pay the lines, which somebody decided

        unit_price None is the list price when there is a payer, otherwise
        nothing is charged.
        """
        pool = Pool()
        User = pool.get('res.user')
        Visit = pool.get('maintenance.visit')
        for line in lines:
            if any(s.invoice_line for s in line.shares):
                raise ShareInvoicedError(gettext(
                        'maintenance_order.msg_share_invoiced',
                        line=line.rec_name))
        employee = User(Transaction().user).employee
        cls.delete([s for l in lines for s in l.shares])
        to_create = []
        for line in lines:
            price = unit_price
            if price is None:
                price = line.get_list_price() if payer else Decimal(0)
            to_create.append({
                    'line': line.id,
                    'visit': line.visit.id,
                    'company': line.company.id,
                    'payer_kind': payer_kind,
                    'payer': payer.id if payer else None,
                    'quantity': Decimal(str(line.quantity)),
                    'unit_price': price,
                    'override_reason': reason,
                    'override_by': employee.id if employee else None,
                    'state': 'preview',
                    })
        cls.create(to_create)
        Visit.decide(list({l.visit for l in lines}))

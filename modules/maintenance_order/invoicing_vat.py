# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Which tax the building work takes: gathered, told, and applied."""
import datetime as dt
from decimal import Decimal

from trytond.i18n import gettext
from trytond.model import Index, ModelSQL, ModelView, fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Bool, Eval
from trytond.transaction import Transaction, without_check_access

from .invoicing_billing import NO_RULE
from .vat import Declaration, Operation, Proposal, propose, share_of

RATES = [
    ('general', "General"),
    ('reduced', "Reduced"),
    ('reverse', "Reverse Charge"),
    ]
RULES = {
    'reduced': 'reduced_tax_rule',
    'reverse': 'reverse_tax_rule',
    }


class Party(metaclass=PoolMeta):
    __name__ = 'party.party'

    vat_kind = fields.Selection([
            (None, ""),
            ('private', "Private Person"),
            ('community', "Community of Owners"),
            ('business', "Company"),
            ('contractor', "Contractor or Developer"),
            ('public', "Public Body"),
            ], "Kind of Customer", sort=False,
        help="What the customer is for the tax on building work.")
    vat_declarations = fields.One2Many(
        'maintenance.vat.declaration', 'party', "Declarations",
        help="What the customer declared in writing for the tax on building "
        "work.")


class Site(metaclass=PoolMeta):
    __name__ = 'maintenance.site'

    dwelling = fields.Selection([
            (None, "As the Site Above"),
            ('yes', "Dwelling"),
            ('no', "Not a Dwelling"),
            ], "Use", sort=False,
        help="Whether people live there, which may lower the tax on repairs.")
    building_finished = fields.Date(
        "Building Finished",
        help="When the building was finished or last rehabilitated.\n"
        "Leave empty to take that of the site above.")

    def _from_above(self, name):
        site = self
        while site:
            value = getattr(site, name)
            if value:
                return value
            site = site.parent


class VatDeclaration(ModelSQL, ModelView):
    """A paper in which the customer declares what lowers the tax

    Attach the signed paper itself.
    """
    __name__ = 'maintenance.vat.declaration'

    party = fields.Many2One(
        'party.party', "Customer", required=True, ondelete='CASCADE',
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="Who declares.")
    company = fields.Many2One(
        'company.company', "Company", required=True,
        help="The company to which it is declared.")
    site = fields.Many2One(
        'maintenance.site', "Site", ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        help="The place it is for, with what is inside. "
        "Leave empty for all places of the customer.")
    kind = fields.Selection([
            ('dwelling', "Dwelling, Two Years, for Private Use"),
            ('reverse', "Building Work, Reverse Charge"),
            ], "Declares", required=True, sort=False,
        help="What is declared.")
    kind_string = kind.translated('kind')
    date = fields.Date(
        "Date", required=True,
        help="The date of the paper. It counts from this day on.")
    to_date = fields.Date(
        "Until",
        domain=['OR',
            ('to_date', '=', None),
            ('to_date', '>=', Eval('date', dt.date.min)),
            ],
        help="The last day it counts. Leave empty if it has no end.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.add(Index(t, (t.party, Index.Range())))
        cls._order = [
            ('date', 'DESC'),
            ('id', 'DESC'),
            ]

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_date(cls):
        return Pool().get('ir.date').today()

    def get_rec_name(self, name):
        lang = Pool().get('ir.lang').get()
        return f'{self.party.rec_name} · {lang.strftime(self.date)}'

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('party.rec_name',) + tuple(clause[1:])]

    def holds_at(self, site):
        "Whether the paper is for the site"
        while site and self.site:
            if site == self.site:
                return True
            site = site.parent
        return not self.site


class Order(metaclass=PoolMeta):
    __name__ = 'maintenance.order'

    building_work = fields.Selection([
            (None, ""),
            ('repair', "Renovation or Repair of a Building"),
            ('construction', "Construction or Rehabilitation"),
            ], "Building Work", sort=False,
        states={
            'readonly': Eval('state').in_(['closed', 'cancelled']),
            },
        help="What the work is for the tax. "
        "Leave empty for fees, checks and goods alone.")
    vat_rate = fields.Selection(
        [(None, "As Proposed")] + RATES, "Tax", sort=False,
        states={
            'readonly': Eval('state').in_(['closed', 'cancelled']),
            },
        help="The tax to apply in place of the one which is proposed.")
    vat_reason = fields.Char(
        "Reason of the Tax",
        states={
            'readonly': Eval('state').in_(['closed', 'cancelled']),
            'required': Bool(Eval('vat_rate')),
            'invisible': ~Eval('vat_rate'),
            },
        help="Why another tax is applied than the one proposed.")
    vat_proposal = fields.Function(
        fields.Selection(
            RATES, "Proposed Tax", sort=False,
            help="The tax which is proposed for the work."),
        'get_vat')
    vat_explanation = fields.Function(
        fields.Text(
            "Why this Tax",
            help="What speaks for the tax, or what is missing for a lower "
            "one."),
        'get_vat')

    @classmethod
    @without_check_access
    def get_vat(cls, orders, names):
        result = {name: {} for name in names}
        for order in orders:
            proposal = order.vat_proposed(order.payer)
            values = {
                'vat_proposal': proposal.rate,
                'vat_explanation': '\n'.join(
                    _text(code, arguments) for code, arguments in (
                        *proposal.reasons, *proposal.missing)),
                }
            for name in names:
                result[name][order.id] = values[name]
        return result

    @without_check_access
    def vat_proposed(self, payer, date=None):
        """Return the proposal for the part of the work which the party pays

        The materials count against the whole work, whoever pays them.
        """
        pool = Pool()
        Share = pool.get('maintenance.visit.share')
        if not self.building_work:
            return Proposal('general')
        shares = Share.search([
                Share._of_orders([self.id]),
                ('payer', '!=', None),
                ('amount', '!=', None),
                ('visit.state', '!=', 'cancelled'),
                ['OR',
                    # The report it corrects counts until it is posted.
                    ('state', '=', 'decided'),
                    ('visit.corrects', '=', None),
                    ],
                ])
        shares = [s for s in shares if s.line.the_task.order == self]
        if date is None:
            date = max(
                (s.visit.date for s in shares if s.visit.date),
                default=self.date)
        materials, total = share_of(
            (s.line.kind == 'material', s.amount) for s in shares)
        address = self.site.get_full_address()
        country = address.country if address else None
        return propose(Operation(
                date=date,
                country=country.code if country else 'ES',
                customer=payer.vat_kind,
                work=self.building_work,
                dwelling=self.site._from_above('dwelling') == 'yes',
                finished=self.site._from_above('building_finished'),
                materials=materials, total=total,
                declarations=tuple(
                    Declaration(d.kind, d.date, d.to_date)
                    for d in payer.vat_declarations
                    if d.company == self.company
                    and d.holds_at(self.site))))

    def vat_applied(self, payer):
        "Return the rate which the invoice of the party takes"
        return self.vat_rate or self.vat_proposed(payer).rate

    @classmethod
    def copy(cls, orders, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('vat_rate')
        default.setdefault('vat_reason')
        return super().copy(orders, default=default)


class VisitShare(metaclass=PoolMeta):
    __name__ = 'maintenance.visit.share'

    def _invoicing_values(self, billing, heading):
        values = super()._invoicing_values(billing, heading)
        if values is None:
            return None
        task = self.line.the_task
        order = task.order if task else None
        if not order or not (order.building_work or order.vat_rate):
            return values
        key = ('vat', order.id, self.payer.id)
        if key not in billing.cache:
            billing.cache[key] = order.vat_applied(self.payer)
        rate = billing.cache[key]
        if rate == 'general':
            if order.vat_rate:
                # Who decided so means it, whatever the customer has.
                values['tax_rule'] = NO_RULE
            return values
        rule = billing.configured(RULES[rate])
        if rule is None:
            billing.problem(
                f'maintenance_order.msg_invoicing_vat_{rate}', order,
                order=order.rec_name, party=self.payer.rec_name)
            return None
        values['tax_rule'] = rule
        if rate == 'reverse':
            values['note'] = gettext(
                'maintenance_order.msg_invoice_reverse_charge',
                heading.language or Transaction().language)
        return values


def _text(code, arguments):
    lang = Pool().get('ir.lang').get()
    arguments = dict(arguments)
    if 'date' in arguments:
        arguments['date'] = lang.strftime(
            dt.date.fromisoformat(arguments['date']))
    for name in {'percentage', 'limit'} & arguments.keys():
        arguments[name] = lang.format_number(
            Decimal(f'{Decimal(arguments[name]).normalize():f}'))
    return gettext(f'maintenance_order.msg_vat_{code}', **arguments)

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from decimal import Decimal

from trytond.model import DeactivableMixin, ModelSQL, ModelView, Unique, fields
from trytond.modules.product import price_digits
from trytond.pyson import Eval
from trytond.transaction import Transaction

from . import call_out_price
from .not_negative import NotNegativeMixin


class CallOut(NotNegativeMixin, DeactivableMixin, ModelSQL, ModelView):
    __name__ = 'service.call_out'
    _not_negative = frozenset(['amount', 'unit_price', 'included', 'minimum'])

    _by_way = {
        'invisible': ~Eval('kind').in_(['time', 'distance']),
        }

    name = fields.Char(
        "Name", required=True, translate=True,
        help="How the way to charge a call-out is called.")
    company = fields.Many2One(
        'company.company', "Company", required=True,
        help="The company which charges it.")
    kind = fields.Selection([
            ('fixed', "Fixed"),
            ('time', "By Time"),
            ('distance', "By Distance"),
            ('zone', "By Zone"),
            ], "Kind", required=True, sort=False,
        help="What the price depends on.")
    amount = fields.Numeric(
        "Amount", digits=price_digits, required=True,
        help="What is charged each time.")
    unit_price = fields.Numeric(
        "Price of One", digits=price_digits, states=_by_way,
        help="What is charged besides for each minute or kilometre.")
    included = fields.Numeric(
        "Included", digits=(16, 2), states=_by_way,
        help="How many minutes or kilometres cost nothing.")
    minimum = fields.Numeric(
        "At Least", digits=price_digits, states=_by_way,
        help="What the call-out costs at least.")
    sharing = fields.Selection([
            ('base', "Each from the Base"),
            ('chain', "Each What Was Driven to Him"),
            ('equal', "Equal Parts of the Trip"),
            ], "Several Customers on One Trip", required=True, sort=False,
        states={
            'invisible': Eval('kind') != 'distance',
            },
        help="Which way each customer pays when the team attends several on "
        "one day.")
    zones = fields.One2Many(
        'service.call_out.zone', 'call_out', "Zones",
        states={
            'invisible': Eval('kind') != 'zone',
            },
        help="What is charged besides in each zone.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [
            ('name', 'ASC'),
            ('id', 'ASC'),
            ]

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @staticmethod
    def default_kind():
        return 'fixed'

    @staticmethod
    def default_amount():
        return Decimal(0)

    @staticmethod
    def default_sharing():
        return 'base'

    def to_engine(self):
        return call_out_price.CallOut(
            self.kind, self.amount,
            self.unit_price or Decimal(0),
            self.included or Decimal(0),
            self.minimum or Decimal(0),
            {z.zone.id: z.amount for z in self.zones},
            self.sharing)


class CallOutZone(NotNegativeMixin, ModelSQL, ModelView):
    __name__ = 'service.call_out.zone'
    _not_negative = frozenset(['amount'])

    call_out = fields.Many2One(
        'service.call_out', "Call-Out", required=True, ondelete='CASCADE',
        help="The call-out which depends on the zone.")
    company = fields.Function(fields.Many2One(
            'company.company', "Company",
            help="The company which charges it."),
        'on_change_with_company', searcher='search_company')
    zone = fields.Many2One(
        'service.zone', "Zone", required=True, ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        help="Where the site is.")
    amount = fields.Numeric(
        "Amount", digits=price_digits, required=True,
        help="What is charged in the zone.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls.__access__.add('call_out')
        cls._sql_constraints += [
            ('call_out_zone_unique', Unique(t, t.call_out, t.zone),
                'service_pricing.msg_call_out_zone_unique'),
            ]

    @fields.depends('call_out', '_parent_call_out.company')
    def on_change_with_company(self, name=None):
        return self.call_out.company if self.call_out else None

    @classmethod
    def search_company(cls, name, clause):
        return [('call_out.' + clause[0], *clause[1:])]

    def get_rec_name(self, name):
        return f'{self.call_out.rec_name} {self.zone.rec_name}'

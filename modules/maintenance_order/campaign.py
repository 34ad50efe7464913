# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Many orders at once: a recall, a change of parts in all shops."""
from collections import defaultdict

from trytond.i18n import gettext
from trytond.model import Index, ModelView, fields
from trytond.pool import Pool, PoolMeta
from trytond.wizard import Button, StateAction, StateView, Wizard

from .exceptions import CampaignError
from .order import KINDS


class Order(metaclass=PoolMeta):
    __name__ = 'maintenance.order'

    campaign = fields.Char(
        "Campaign",
        help="The name of what was ordered for many machines at once.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.add(
            Index(t, (t.campaign, Index.Range())))


class CreateOrders(Wizard):
    "Make an order for each site of the chosen machines or sites"
    __name__ = 'maintenance.order.create_many'

    start = StateView(
        'maintenance.order.create_many.start',
        'maintenance_order.order_create_many_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Create", 'create_', 'tryton-ok', default=True),
            ])
    create_ = StateAction('maintenance_order.act_order_form')

    def default_start(self, fields):
        return {'number': len(self.records)}

    def do_create_(self, action):
        pool = Pool()
        Order = pool.get('maintenance.order')
        machines = defaultdict(list)
        if self.model.__name__ == 'maintenance.equipment':
            for equipment in self.records:
                if not equipment.site:
                    raise CampaignError(gettext(
                            'maintenance_order.msg_campaign_site',
                            equipment=equipment.rec_name))
                if equipment.state == 'retired':
                    raise CampaignError(gettext(
                            'maintenance_order.msg_campaign_retired',
                            equipment=equipment.rec_name))
                machines[equipment.site].append(equipment)
        else:
            for site in self.records:
                machines[site] = [None]
        orders = Order.create([
                self._values(site, found)
                for site, found in machines.items()])
        return action, {'res_id': [o.id for o in orders]}

    def _values(self, site, equipments):
        start = self.start
        return {
            'company': site.company.id,
            'party': site.party.id,
            'site': site.id,
            'kind': start.kind,
            'date': start.date,
            'campaign': start.campaign,
            'description': start.campaign,
            'tasks': [('create', [{
                            'kind': start.kind,
                            'equipment': e.id if e else None,
                            'description': start.description,
                            } for e in equipments])],
            }


class CreateOrdersStart(ModelView):
    __name__ = 'maintenance.order.create_many.start'

    number = fields.Integer(
        "Chosen", readonly=True,
        help="How many machines or sites were chosen.")
    campaign = fields.Char(
        "Campaign", required=True,
        help="The name by which you find the orders again.")
    kind = fields.Selection(
        KINDS, "Kind", required=True, sort=False,
        help="What the work is for.")
    date = fields.Date(
        "Date", required=True,
        help="When the work was ordered.")
    description = fields.Text(
        "Description", required=True,
        help="What is to be done at each of them.")

    @classmethod
    def default_kind(cls):
        return 'corrective'

    @classmethod
    def default_date(cls):
        return Pool().get('ir.date').today()

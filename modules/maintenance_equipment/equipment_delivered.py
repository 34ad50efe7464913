# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from sql import Null

from trytond.i18n import gettext
from trytond.model import Index, ModelView, fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval, If, PYSONEncoder
from trytond.transaction import Transaction, without_check_access
from trytond.wizard import Button, StateAction, StateView, Wizard


class Equipment(metaclass=PoolMeta):
    __name__ = 'maintenance.equipment'

    delivery = fields.Many2One(
        'stock.move', "Delivery", readonly=True, ondelete='SET NULL',
        help="The movement by which the unit left our stock.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.update({
                Index(t,
                    (t.delivery, Index.Range()), where=t.delivery != Null),
                Index(t, (t.lot, Index.Range()), where=t.lot != Null),
                })

    @property
    def missing_attributes(self):
        "What the category asks for and nobody has written yet"
        if not self.category:
            return []
        return [
            a.attribute for a in self.category.get_attributes()
            if a.required
            and (self.attributes or {}).get(a.attribute.name) in {None, ''}]

    @classmethod
    def copy(cls, equipments, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('delivery')
        return super().copy(equipments, default=default)


class Site(metaclass=PoolMeta):
    __name__ = 'maintenance.site'

    @classmethod
    def for_address(cls, company, party, address):
        "Return the site of the party at the address, made when it is new"
        sites = cls.search([
                ('company', '=', company.id),
                ('party', '=', party.id),
                ('address', '=', address.id if address else None),
                ('kind', '!=', 'point'),
                ], order=[('parent', 'ASC NULLS FIRST'), ('id', 'ASC')],
            limit=1)
        if sites:
            site, = sites
        else:
            site = cls(
                company=company, party=party, address=address, kind='site',
                name=cls.name_for_address(party, address))
            site.save()
        return site

    @classmethod
    def name_for_address(cls, party, address):
        names = [address.party_name, address.city] if address else []
        return ', '.join(filter(None, names)) or party.name or party.rec_name


class FromDeliveries(Wizard):
    __name__ = 'maintenance.equipment.from_deliveries'

    start = StateView(
        'maintenance.equipment.from_deliveries.start',
        'maintenance_equipment.equipment_from_deliveries_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Look", 'preview', 'tryton-forward', default=True),
            ])
    preview = StateView(
        'maintenance.equipment.from_deliveries.preview',
        'maintenance_equipment.equipment_from_deliveries_preview_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Back", 'start', 'tryton-back'),
            Button("Make Equipment", 'make', 'tryton-ok', default=True),
            ])
    make = StateAction('maintenance_equipment.act_equipment_form')

    def default_start(self, fields):
        pool = Pool()
        Date = pool.get('ir.date')
        today = Date.today()
        start = {
            'company': Transaction().context.get('company'),
            'from_date': today.replace(year=today.year - 1, day=1),
            'to_date': today,
            'policy': 'propose',
            }
        for name in ['company', 'from_date', 'to_date', 'customer', 'policy']:
            # After a step back.
            if value := getattr(self.start, name, None):
                start[name] = getattr(value, 'id', value)
        return start

    def default_preview(self, fields):
        return {
            'lines': [
                self._line(move, outcome) for move, outcome in self._plan()],
            }

    @without_check_access
    def _plan(self):
        "Return the last delivery of each unit with what becomes of it"
        pool = Pool()
        Move = pool.get('stock.move')

        domain = [
            ('company', '=', self.start.company.id),
            ('state', '=', 'done'),
            ('lot', '!=', None),
            ('effective_date', '>=', self.start.from_date),
            ('effective_date', '<=', self.start.to_date),
            ]
        if self.start.customer:
            domain.append(['OR',
                    ('shipment.customer', '=', self.start.customer.id,
                        'stock.shipment.out'),
                    ('shipment.customer', '=', self.start.customer.id,
                        'stock.shipment.out.return'),
                    ])
        else:
            domain.append(['OR',
                    ('shipment', 'like', 'stock.shipment.out,%'),
                    ('shipment', 'like', 'stock.shipment.out.return,%'),
                    ])
        last = {}
        for move in Move.search(
                domain, order=[('effective_date', 'ASC'), ('id', 'ASC')]):
            if 'customer' in {
                    move.from_location.type, move.to_location.type}:
                last[move.lot] = move
        moves = [
            m for m in last.values() if m.to_location.type == 'customer']
        outcomes = Move.plan_equipment(
            moves, policy=self.start.policy, may_move=False)
        return list(zip(moves, outcomes))

    @without_check_access
    def _line(self, move, outcome):
        reason = None
        if outcome.reason:
            known = outcome.delivery.known
            with Transaction().set_context(company=move.company.id):
                pool = Pool()
                Equipment = pool.get('maintenance.equipment')
                reason = gettext(
                    'maintenance_equipment.msg_delivery_' + outcome.reason,
                    product=move.product.rec_name,
                    lot=move.lot.rec_name,
                    equipment=known and Equipment(known.key).rec_name)
        shipment = move.shipment
        return {
            'move': move.id,
            'include': outcome.action != 'skip',
            'date': move.effective_date,
            'shipment': shipment.number,
            'customer': shipment.customer.rec_name,
            'address': (
                shipment.delivery_address.rec_name
                if shipment.delivery_address else None),
            'product': move.product.rec_name,
            'lot': move.lot.rec_name,
            'action': outcome.action,
            'reason': reason,
            }

    def do_make(self, action):
        pool = Pool()
        Move = pool.get('stock.move')

        chosen = {l.move for l in self.preview.lines if l.include}
        outcomes = [o for m, o in self._plan() if m.id in chosen]
        with without_check_access(), Transaction().set_context(
                company=self.start.company.id):
            equipments = Move.make_equipment(outcomes)
        action['pyson_domain'] = PYSONEncoder().encode(
            [('id', 'in', [e.id for e in equipments])])
        # The tabs would hide a part of them.
        action['domains'] = []
        return action, {}


class FromDeliveriesStart(ModelView):
    __name__ = 'maintenance.equipment.from_deliveries.start'

    company = fields.Many2One(
        'company.company', "Company", required=True,
        help="The company which delivered.")
    from_date = fields.Date(
        "From", required=True,
        help="The first day of the deliveries to look at.")
    to_date = fields.Date(
        "To", required=True,
        domain=[
            ('to_date', '>=', Eval('from_date')),
            ],
        help="The last day of the deliveries to look at.")
    customer = fields.Many2One(
        'party.party', "Customer",
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="Leave empty to look at the deliveries to all customers.")
    policy = fields.Selection([
            ('propose', "Propose"),
            ('create', "Put in Service"),
            ], "Other Products", required=True, sort=False,
        help="What becomes of units whose product does not tell.")


class FromDeliveriesPreview(ModelView):
    __name__ = 'maintenance.equipment.from_deliveries.preview'

    lines = fields.One2Many(
        'maintenance.equipment.from_deliveries.line', None, "Deliveries",
        help="The last delivery of each unit and what will be made of it.")


class FromDeliveriesLine(ModelView):
    __name__ = 'maintenance.equipment.from_deliveries.line'

    move = fields.Integer(
        "Movement", readonly=True,
        help="The movement of the delivery.")
    include = fields.Boolean(
        "Make",
        states={
            'readonly': Eval('action') == 'skip',
            },
        help="Uncheck to leave the unit out.")
    date = fields.Date(
        "Date", readonly=True,
        help="When it was delivered.")
    shipment = fields.Char(
        "Shipment", readonly=True,
        help="The number of the shipment.")
    customer = fields.Char(
        "Customer", readonly=True,
        help="Whom it was delivered to.")
    address = fields.Char(
        "Address", readonly=True,
        help="Where it was delivered. It gets the site of the address, or a "
        "new one.")
    product = fields.Char(
        "Product", readonly=True,
        help="What was delivered.")
    lot = fields.Char(
        "Lot", readonly=True,
        help="Which unit it was.")
    action = fields.Selection([
            ('create', "Put in Service"),
            ('propose', "Propose"),
            ('skip', "Leave"),
            ], "Becomes", readonly=True, sort=False,
        help="What will be made of it.")
    reason = fields.Char(
        "Reason", readonly=True,
        help="Why it is left as it is.")

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual', If(Eval('action') == 'skip', 'muted', '')),
            ]

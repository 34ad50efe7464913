# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.pool import Pool, PoolMeta
from trytond.tools import grouped_slice
from trytond.transaction import Transaction, without_check_access

from . import delivery

CHUNK = 500


class Move(metaclass=PoolMeta):
    __name__ = 'stock.move'

    def _get_equipment_sold_date(self):
        "Return when the customer bought what the move delivers"
        return None

    @classmethod
    def plan_equipment(cls, moves, policy=None, may_move=True):
        """Return what becomes of the units which the moves deliver

        The policy counts for products which have none.
        """
        known = cls._known_equipment(moves)
        deliveries = []
        for move in moves:
            equipment = known.get(move.lot)
            template = move.product.template
            deliveries.append(delivery.Delivery(
                    move.id, move.lot.id, move.internal_quantity,
                    template.get_equipment_setting(
                        'equipment_policy') or policy,
                    equipment and delivery.Known(
                        equipment.id, equipment.state,
                        cls._stands_there(equipment, move.shipment))))
        return delivery.plan(deliveries, may_move=may_move)

    @classmethod
    def _stands_there(cls, equipment, shipment):
        place = equipment.site
        while place:
            if place.address == shipment.delivery_address:
                return True
            place = place.parent
        return False

    @classmethod
    def _known_equipment(cls, moves):
        "Return by lot the equipment that is this unit"
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')

        found = {}
        for chunk in grouped_slice(moves, CHUNK):
            chunk = list(chunk)
            by_serial = {
                (m.company, m.product, m.lot.number): m.lot for m in chunk}
            lots = list({lot.id for lot in by_serial.values()})
            for equipment in Equipment.search([
                        ('company', 'in', [m.company.id for m in chunk]),
                        ('state', '!=', 'cancelled'),
                        ['OR',
                            ('lot', 'in', lots),
                            [
                                ('product', 'in', [
                                        m.product.id for m in chunk]),
                                ('serial', 'in', [
                                        m.lot.number for m in chunk]),
                                ],
                            ],
                        ]):
                lot = equipment.lot or by_serial.get((
                        equipment.company, equipment.product,
                        equipment.serial))
                if lot:
                    found[lot] = equipment
        return found

    @classmethod
    def make_equipment(cls, outcomes):
        "Do as the outcomes say and return the equipment"
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')
        Site = pool.get('maintenance.site')

        made = []
        new, start = [], []
        moves = cls.browse([o.delivery.key for o in outcomes])
        for move, outcome in zip(moves, outcomes):
            if outcome.action == 'skip':
                continue
            shipment = move.shipment
            date = shipment.effective_date or move.effective_date
            site = Site.for_address(
                move.company, shipment.customer, shipment.delivery_address)
            if outcome.action == 'move':
                equipment = Equipment(outcome.delivery.known.key)
                Equipment.move([equipment], site, date=date)
                equipment = Equipment(equipment.id)
                equipment.lot, equipment.delivery = move.lot, move
                equipment.save()
                if equipment.state == 'out_of_service':
                    Equipment.put_in_service([equipment])
                made.append(equipment)
                continue
            equipment = move._get_equipment(
                site, date, delivery.units(outcome.delivery.quantity))
            if outcome.action == 'create' and not equipment.missing_attributes:
                equipment.commissioned_date = date
                start.append(equipment)
            new.append(equipment)
        Equipment.save(new)
        Equipment.put_in_service(start)
        return made + new

    def _get_equipment(self, site, date, quantity):
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')
        Placement = pool.get('maintenance.equipment.placement')

        product = self.product
        equipment = Equipment(
            company=self.company, name=product.name, product=product,
            lot=self.lot, quantity=quantity, delivery=self,
            category=product.template.get_equipment_setting(
                'equipment_category'),
            sold_date=self._get_equipment_sold_date(), delivered_date=date,
            placements=[Placement(site=site, from_date=date)])
        if quantity == 1:
            equipment.serial = self.lot.number
        equipment.attributes = None
        equipment.set_default_attributes()
        return equipment


class ShipmentOut(metaclass=PoolMeta):
    __name__ = 'stock.shipment.out'

    @classmethod
    def do(cls, shipments):
        super().do(shipments)
        cls._make_equipment(shipments)

    @classmethod
    @without_check_access
    def _make_equipment(cls, shipments):
        # Who ships needs no right on the installed base.
        pool = Pool()
        Move = pool.get('stock.move')
        for company in {s.company for s in shipments}:
            moves = [
                m for s in cls.browse(shipments) if s.company == company
                for m in s.outgoing_moves
                if m.state == 'done' and m.lot]
            if moves:
                with Transaction().set_context(company=company.id):
                    Move.make_equipment(Move.plan_equipment(moves))

    @classmethod
    def cancel(cls, shipments):
        super().cancel(shipments)
        cls._cancel_equipment(shipments)

    @classmethod
    @without_check_access
    def _cancel_equipment(cls, shipments):
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')
        moves = [m.id for s in shipments for m in s.outgoing_moves]
        Equipment.cancel(Equipment.search([
                    ('delivery', 'in', moves),
                    ('state', '=', 'draft'),
                    ]))


class ShipmentOutReturn(metaclass=PoolMeta):
    __name__ = 'stock.shipment.out.return'

    @classmethod
    def receive(cls, shipments):
        super().receive(shipments)
        cls._take_back_equipment(shipments)

    @classmethod
    @without_check_access
    def _take_back_equipment(cls, shipments):
        """Bring what the customers gave back into our workshop

        Without a workshop it is retired; a mere proposal is cancelled.
        """
        pool = Pool()
        Configuration = pool.get('maintenance.configuration')
        Equipment = pool.get('maintenance.equipment')
        Move = pool.get('stock.move')

        for shipment in shipments:
            company = shipment.company
            moves = [
                m for m in shipment.incoming_moves
                if m.state == 'done' and m.lot
                and delivery.units(m.internal_quantity) == 1]
            equipments = [
                e for e in Move._known_equipment(moves).values()
                if e.quantity == 1]
            if not equipments:
                continue
            workshop = Configuration(1).get_multivalue(
                'workshop', company=company.id)
            with Transaction().set_context(company=company.id):
                Equipment.cancel([e for e in equipments if e.state == 'draft'])
                used = [e for e in equipments
                    if e.state in {'in_service', 'out_of_service'}]
                if workshop:
                    Equipment.take_out_of_service(
                        [e for e in used if e.state == 'in_service'])
                    Equipment.move(
                        used, workshop, date=moves[0].effective_date)
                else:
                    Equipment.retire(used)

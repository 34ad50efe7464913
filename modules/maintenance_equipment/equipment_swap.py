# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.pool import Pool
from trytond.pyson import Bool, Eval
from trytond.transaction import Transaction
from trytond.wizard import Button, StateTransition, StateView, Wizard

from .exceptions import EquipmentSwapError


class SwapMixin:
    "One unit comes in the place of another, each keeps its own history"
    __slots__ = ()

    replaces = fields.Function(
        fields.Many2One(
            'maintenance.equipment', "Replaces",
            help="The unit which stood there before."),
        'get_replaces')
    replaced_by = fields.Function(
        fields.Many2One(
            'maintenance.equipment', "Replaced by",
            help="The unit which came in its place the last time."),
        'get_replaced_by')

    @classmethod
    def get_replaces(cls, equipments, name):
        return cls._get_replacement(equipments, 'equipment', 'replaces')

    @classmethod
    def get_replaced_by(cls, equipments, name):
        return cls._get_replacement(equipments, 'replaces', 'equipment')

    @classmethod
    def _get_replacement(cls, equipments, key, value):
        pool = Pool()
        Placement = pool.get('maintenance.equipment.placement')
        result = dict.fromkeys(e.id for e in equipments)
        placements = Placement.search([
                (key, 'in', list(result)),
                ('replaces', '!=', None),
                ], order=[('from_date', 'ASC'), ('id', 'ASC')])
        for placement in placements:
            result[getattr(placement, key).id] = getattr(placement, value).id
        return result

    @classmethod
    @ModelView.button_action(
        'maintenance_equipment.wizard_equipment_swap')
    def swap_wizard(cls, equipments):
        pass

    def swap(self, new, date, site=None, role='in_workshop', new_role='own',
            reason=None, closing=(), opening=()):
        """Put the new unit where this one stands

        This one goes to the site with the role, or without site out of use for
        good.  Closing and opening are pairs of meter and value.
        """
        pool = Pool()
        Placement = pool.get('maintenance.equipment.placement')

        self._check_swap(new)
        here = self.site
        placement, = [
            p for p in self.placements if p.site == here and (
                not p.to_date or p.to_date > date)][:1] or [None]
        values = {'role': new_role, 'reason': reason, 'replaces': self}
        if new_role == 'loan':
            values['owner'] = self.company.party
            values['home'] = new.home
        elif placement:
            values['owner'] = placement.owner
            values['user'] = placement.user
            if placement.role != 'own' and new.home == here:
                values['owner'] = values['user'] = None
        self._save_readings(closing, date, 'closing')
        if site:
            self.move(
                [self], site, date=date, role=role, reason=reason,
                components=True)
        else:
            old = [self, *self._components_to_retire([self])]
            Placement.end(old, {self.company.id: date})
            self.retire(old)
            self.write(old, {'retired_date': date})
        # The point holds as many units as before.
        with Transaction().set_context(_points_checked=True):
            self.move([new], here, date=date, components=True, **values)
        if self.kind in {'component', 'accessory'}:
            new.parent = self.parent
            new.save()
        if new.state in {'draft', 'out_of_service'}:
            if not new.installed_date:
                new.installed_date = date
                new.save()
            self.put_in_service([new])
        self._save_readings(opening, date, 'opening')
        return new

    def _check_swap(self, new):
        site = new.site
        code = None
        if not self.site:
            code = 'nowhere'
        elif new == self:
            code = 'same'
        elif (site and site.party != self.company.party
                and site != self.site and new.placement_role == 'own'):
            code = 'elsewhere'
        if code:
            raise EquipmentSwapError(gettext(
                    f'maintenance_equipment.msg_equipment_swap_{code}',
                    equipment=self.rec_name,
                    new=new.rec_name,
                    site=site.rec_name if site else ''))

    def _save_readings(self, values, date, source):
        pool = Pool()
        Reading = pool.get('maintenance.meter.reading')
        readings = [
            Reading.at(meter, date, value, source=source)
            for meter, value in values if value is not None]
        Reading.save(readings)
        Reading.confirm(readings)

    def copy_for_swap(self, serial=None):
        "Return a new unit like this one, with meters of its own"
        pool = Pool()
        Meter = pool.get('maintenance.meter')
        new, = self.copy([self], default={
                'serial': serial,
                'state': 'draft',
                'children': None,
                **dict.fromkeys([
                        'manufactured_date', 'sold_date', 'delivered_date',
                        'installed_date', 'commissioned_date']),
                })
        Meter.copy(list(self.meters), default={
                'equipment': new.id,
                'readings': None,
                'replaces': lambda data: data['id'],
                })
        return self.__class__(new.id)


class SwapEquipment(Wizard):
    __name__ = 'maintenance.equipment.swap'

    start = StateView(
        'maintenance.equipment.swap.start',
        'maintenance_equipment.equipment_swap_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Swap", 'swap', 'tryton-ok', default=True),
            ])
    swap = StateTransition()

    def default_start(self, fields):
        pool = Pool()
        Configuration = pool.get('maintenance.configuration')
        Date = pool.get('ir.date')
        workshop = Configuration(1).get_multivalue(
            'workshop', company=self.record.company.id)
        return {
            'company': self.record.company.id,
            'old': self.record.id,
            'site': workshop.id if workshop else None,
            'old_goes': 'workshop' if workshop else 'retired',
            'role': 'own',
            'date': Date.today(),
            'closing': [{
                    'meter': meter.id,
                    'last_value': meter.last_value,
                    } for meter in self.record.meters],
            }

    def transition_swap(self):
        new = self.start.new
        opening = [(r.meter, r.value) for r in self.start.opening]
        if not new:
            self._check_unit()
            new = self.record.copy_for_swap(self.start.serial)
            opening = [(m, 0) for m in new.meters if m.kind == 'counter']
        roles = {'workshop': 'in_workshop', 'site': 'own', 'retired': None}
        self.record.swap(
            new, self.start.date,
            site=self.start.site if self.start.old_goes != 'retired'
            else None,
            role=roles[self.start.old_goes], new_role=self.start.role,
            reason=self.start.reason,
            closing=[(r.meter, r.value) for r in self.start.closing],
            opening=opening)
        return 'end'

    def _check_unit(self):
        "A new unit has a serial, or somebody says that it has none"
        if (self.start.serial or '').strip() or self.start.no_serial:
            return
        name = 'no_serial'
        raise EquipmentSwapError(gettext(
                'maintenance_equipment.msg_equipment_swap_unit',
                equipment=self.record.rec_name,
                field=self.start.fields_get([name])[name]['string']))

    def end(self):
        return 'reload'


class SwapEquipmentStart(ModelView):
    __name__ = 'maintenance.equipment.swap.start'

    company = fields.Many2One(
        'company.company', "Company", readonly=True,
        help="The company which attends the equipment.")
    old = fields.Many2One(
        'maintenance.equipment', "Leaves", readonly=True,
        help="The unit which stands there now.")
    new = fields.Many2One(
        'maintenance.equipment', "Comes",
        domain=[
            ('company', '=', Eval('company', -1)),
            ('state', 'in', ['draft', 'in_service', 'out_of_service']),
            ('id', '!=', Eval('old', -1)),
            ],
        help="The unit which comes in its place.\n"
        "Leave empty to make a new one like the one that leaves.")
    serial = fields.Char(
        "Serial",
        states={
            'invisible': Bool(Eval('new')),
            'readonly': Bool(Eval('no_serial')),
            'required': ~Eval('new') & ~Eval('no_serial'),
            },
        help="The serial of the new unit.")
    no_serial = fields.Boolean(
        "No Serial",
        states={
            'invisible': Bool(Eval('new')),
            },
        help="Check if the new unit has no serial.")
    role = fields.Selection([
            ('own', "Belongs There"),
            ('loan', "Loan"),
            ], "Comes as", required=True, sort=False,
        help="Whether it stays there, or is lent until the other comes back.")
    old_goes = fields.Selection([
            ('workshop', "To the Workshop"),
            ('site', "To Stay Elsewhere"),
            ('retired', "Out of Use"),
            ], "The Other Goes", required=True, sort=False,
        help="What happens to the unit which leaves.\n"
        "From the workshop it comes back home, so its place is kept.")
    site = fields.Many2One(
        'maintenance.site', "To Site",
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        states={
            'required': Eval('old_goes') != 'retired',
            'invisible': Eval('old_goes') == 'retired',
            },
        help="Where the unit which leaves goes.")
    date = fields.Date(
        "Date", required=True,
        help="The day of the swap.")
    reason = fields.Char(
        "Reason",
        help="Why they are swapped.")
    closing = fields.One2Many(
        'maintenance.equipment.swap.reading', None, "Closing Readings",
        help="What the meters of the unit which leaves show.")
    opening = fields.One2Many(
        'maintenance.equipment.swap.reading', None, "Opening Readings",
        states={
            'invisible': ~Bool(Eval('new')),
            },
        help="What the meters of the unit which comes show.")

    @fields.depends('no_serial')
    def on_change_no_serial(self):
        if self.no_serial:
            self.serial = None

    @fields.depends('new', 'opening')
    def on_change_new(self):
        pool = Pool()
        SwapReading = pool.get('maintenance.equipment.swap.reading')
        self.opening = [
            SwapReading(meter=m, last_value=m.last_value)
            for m in (self.new.meters if self.new else [])]


class SwapEquipmentReading(ModelView):
    __name__ = 'maintenance.equipment.swap.reading'

    meter = fields.Many2One(
        'maintenance.meter', "Meter", readonly=True,
        help="The meter that is read.")
    last_value = fields.Numeric(
        "Last Reading", readonly=True,
        help="What it showed the last time.")
    value = fields.Numeric(
        "Value",
        help="What it shows on the day.")

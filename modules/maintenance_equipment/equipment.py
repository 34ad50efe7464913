# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from sql import Column
from sql.conditionals import Coalesce
from sql.functions import CharLength
from sql.operators import Equal

from trytond.i18n import gettext
from trytond.model import (
    Exclude, Index, ModelSQL, ModelView, Unique, Workflow, fields, tree)
from trytond.model.exceptions import AccessError
from trytond.modules.company.model import (
    employee_field, reset_employee, set_employee)
from trytond.modules.report_html.workflow import ButtonWorkflow
from trytond.pool import Pool
from trytond.pyson import Eval, If
from trytond.transaction import Transaction, without_check_access

from .attribute import DataSheetMixin
from .equipment_placed import PlacedMixin
from .equipment_swap import SwapMixin
from .equipment_twin import TwinMixin
from .exceptions import (
    EquipmentQuantityError, EquipmentRetireWarning, EquipmentSerialError,
    EquipmentSiteError)
from .exclusion import ExclusionMixin
from .naming import search_in_steps
from .numbering import NumberingMixin

_placed = {'site', 'owner', 'user'}
# What is shorter may as well be the name of a place.
_WHOLE_NUMBER = 5
_NUMBERS = ['number', 'external_code', 'serial', 'manufacturer_serial']


class Equipment(
        DataSheetMixin, ExclusionMixin, NumberingMixin, PlacedMixin,
        SwapMixin, TwinMixin, tree(), ButtonWorkflow, ModelSQL, ModelView):
    __name__ = 'maintenance.equipment'

    _number_sequence = 'equipment_sequence'
    _states = {
        'readonly': Eval('state').in_(['retired', 'cancelled']),
        }

    number = fields.Char(
        "Number", readonly=True,
        help="The main identification of the equipment.")
    external_code = fields.Char(
        "External Code", states=_states,
        help="The code in the program or list it was imported from.")
    name = fields.Char(
        "Name", required=True, states=_states,
        help="What people call the equipment.")
    company = fields.Many2One(
        'company.company', "Company", required=True, states=_states,
        help="The company which attends the equipment.")
    kind = fields.Selection([
            ('plant', "Plant"),
            ('machine', "Machine"),
            ('component', "Component"),
            ('accessory', "Accessory"),
            ], "Kind", required=True, sort=False, states=_states,
        help="A plant is made of machines, a machine of components.")
    category = fields.Many2One(
        'maintenance.equipment.category', "Category", ondelete='RESTRICT',
        states=_states,
        domain=[
            ('company', 'in', [Eval('company', -1), None]),
            ],
        help="What kind of equipment it is.")
    parent = fields.Many2One(
        'maintenance.equipment', "Part of", ondelete='RESTRICT',
        states=_states,
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        help="The plant or machine which contains this one.")
    children = fields.One2Many(
        'maintenance.equipment', 'parent', "Components",
        states=_states,
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        help="What the equipment is made of.")
    product = fields.Many2One(
        'product.product', "Product", ondelete='RESTRICT', states=_states,
        domain=[
            ('type', 'in', ['goods', 'assets']),
            ],
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="The product we sold. Machines of other makers need none.")
    lot = fields.Many2One(
        'stock.lot', "Lot", ondelete='RESTRICT',
        states={
            'readonly': _states['readonly'],
            'invisible': ~Eval('product'),
            },
        domain=[
            ('product', '=', Eval('product', -1)),
            ],
        help="The lot under which the unit left our stock.")
    serial = fields.Char(
        "Serial", states=_states,
        help="The serial number by which we know the unit.")
    manufacturer = fields.Char(
        "Manufacturer", states=_states,
        help="Who made the unit.")
    model = fields.Char(
        "Model", states=_states,
        help="The manufacturer's name of the type.")
    manufacturer_serial = fields.Char(
        "Manufacturer's Serial", states=_states,
        help="The serial number on the maker's plate.")
    quantity = fields.Integer(
        "Quantity", required=True, states=_states,
        help="How many equal units the record stands for: "
        "1 for a machine, more for a group without serial.")
    manufactured_date = fields.Date(
        "Manufactured", states=_states,
        help="The date on the maker's plate.")
    sold_date = fields.Date(
        "Sold", states=_states,
        help="When the customer bought the unit.")
    delivered_date = fields.Date(
        "Delivered", states=_states,
        help="When the unit reached the customer.")
    installed_date = fields.Date(
        "Installed", states=_states,
        help="When the unit was mounted.")
    commissioned_date = fields.Date(
        "Commissioned", states=_states,
        help="When the unit was put into service.")
    retired_date = fields.Date(
        "Retired", readonly=True,
        help="When the unit went out of use for good.")
    placements = fields.One2Many(
        'maintenance.equipment.placement', 'equipment', "Placements",
        help="Where the equipment stood, and when.")
    meters = fields.One2Many(
        'maintenance.meter', 'equipment', "Meters",
        help="What counts its work.")
    warranties = fields.One2Many(
        'maintenance.warranty', 'equipment', "Warranties",
        help="Who answers for defects, and until when.")
    criticality = fields.Selection([
            (None, ""),
            ('low', "Low"),
            ('medium', "Medium"),
            ('high', "High"),
            ], "Criticality", sort=False, states=_states,
        help="What it means for the customer when it stands still.")
    notes = fields.Text(
        "Notes",
        help="What the next technician should know.")
    in_service_by = employee_field(
        "Put in Service by",
        states=['draft', 'in_service', 'out_of_service', 'retired',
            'cancelled'])
    retired_by = employee_field(
        "Retired by",
        states=['draft', 'in_service', 'out_of_service', 'retired',
            'cancelled'])
    state = fields.Selection([
            ('draft', "Draft"),
            ('in_service', "In Service"),
            ('out_of_service', "Out of Service"),
            ('retired', "Retired"),
            ('cancelled', "Cancelled"),
            ], "State", readonly=True, required=True, sort=False,
        help="The current state of the equipment.")

    @classmethod
    def __setup__(cls):
        for name in _NUMBERS:
            getattr(cls, name).search_unaccented = False
        for name in ['in_service_by', 'retired_by']:
            getattr(cls, name).help = "Who did it."
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints += [
            ('number_unique', Unique(t, t.company, t.number),
                'maintenance_equipment.msg_equipment_number_unique'),
            ('external_code_unique', Unique(t, t.company, t.external_code),
                'maintenance_equipment.msg_equipment_external_code_unique'),
            ('serial_exclude',
                Exclude(t,
                    (t.company, Equal), (t.product, Equal),
                    (t.serial, Equal),
                    where=t.state != 'cancelled'),
                'maintenance_equipment.msg_equipment_serial_unique'),
            ]
        cls._sql_indexes.update({
                Index(t, (Index.Unaccent(t.name), Index.Similarity())),
                # The order of the list.
                Index(t,
                    (CharLength(t.number), Index.Range()),
                    (t.number, Index.Range()),
                    (t.id, Index.Range())),
                Index(t, (t.company, Index.Range()), (t.id, Index.Range())),
                # The tabs and their numbers.
                Index(t,
                    (t.state, Index.Range()), (t.company, Index.Range())),
                # As the search of a field that may be empty asks.
                *(Index(t, (Coalesce(Column(t, name), ''), Index.Similarity()))
                    for name in _NUMBERS),
                })
        cls._order = [
            ('number', 'ASC'),
            ('id', 'ASC'),
            ]
        cls._transitions |= {
            ('draft', 'in_service'),
            ('in_service', 'out_of_service'),
            ('out_of_service', 'in_service'),
            ('in_service', 'retired'),
            ('out_of_service', 'retired'),
            ('draft', 'cancelled'),
            ('cancelled', 'draft'),
            }
        cls._buttons.update({
                'draft': {
                    'invisible': Eval('state') != 'cancelled',
                    'icon': 'tryton-back',
                    'depends': ['state'],
                    },
                'put_in_service': {
                    'invisible': ~Eval('state').in_(
                        ['draft', 'out_of_service']),
                    'icon': 'tryton-ok',
                    'depends': ['state'],
                    },
                'take_out_of_service': {
                    'invisible': Eval('state') != 'in_service',
                    'icon': 'tryton-warning',
                    'depends': ['state'],
                    },
                'move_wizard': {
                    'invisible': Eval('state').in_(['retired', 'cancelled']),
                    'icon': 'tryton-forward',
                    'depends': ['state'],
                    },
                'swap_wizard': {
                    'invisible': ~Eval('state').in_(
                        ['in_service', 'out_of_service']),
                    'icon': 'tryton-switch',
                    'depends': ['state'],
                    },
                'retire': {
                    'invisible': ~Eval('state').in_(
                        ['in_service', 'out_of_service']),
                    'icon': 'tryton-archive',
                    'depends': ['state'],
                    },
                'cancel': {
                    'invisible': Eval('state') != 'draft',
                    'icon': 'tryton-cancel',
                    'depends': ['state'],
                    },
                })

    @classmethod
    def order_number(cls, tables):
        table, _ = tables[None]
        return [CharLength(table.number), table.number]

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_kind(cls):
        return 'machine'

    @classmethod
    def default_quantity(cls):
        return 1

    @classmethod
    def default_state(cls):
        return 'draft'

    @fields.depends('name', 'product')
    def on_change_product(self):
        if not self.name and self.product:
            self.name = self.product.name

    @fields.depends(
        'name', 'category', methods=['set_default_attributes'])
    def on_change_category(self):
        if not self.name and self.category:
            self.name = self.category.name
        self.set_default_attributes()

    @fields.depends('serial', 'lot')
    def on_change_lot(self):
        if self.lot and not self.serial:
            self.serial = self.lot.number

    def get_rec_name(self, name):
        if self.number:
            return f'{self.name} [{self.number}]'
        return self.name

    @classmethod
    @search_in_steps
    def search_rec_name(cls, name, clause):
        _, operator, operand = clause[:3]
        if operator.startswith('!') or operator.startswith('not '):
            bool_op = 'AND'
            nobody = [('user', '=', None)]
        else:
            bool_op = 'OR'
            nobody = []
        code_operand = operand
        if operator.endswith('like') and isinstance(operand, str):
            code_operand = operand.strip('%').strip() + '%'
            if operator == 'ilike':
                found = cls._search_number(code_operand[:-1])
                if found:
                    return [('id', 'in', found)]
        return [bool_op,
            ('name', operator, operand),
            *((name, operator, code_operand) for name in _NUMBERS),
            ('lot.number', operator, code_operand),
            # One search for place and people: the site knows its customer.
            cls._placement_domain([bool_op,
                    ('site.rec_name', operator, operand),
                    ['OR', *nobody, ('user.rec_name', operator, operand)],
                    ]),
            ]

    @classmethod
    def _search_number(cls, text):
        """Return the units which have exactly the number

        Who types a whole number wants that unit, and finds it at once: the
        names of all the places and people need not be searched.
        """
        if (len(text) < _WHOLE_NUMBER or '%' in text or '_' in text
                or not any(c.isdigit() for c in text)):
            return []
        with Transaction().set_context(active_test=False):
            return [e.id for e in cls.search(['OR',
                        *((name, 'ilike', text) for name in _NUMBERS)],
                    order=[])]

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual',
                If(Eval('state').in_(['retired', 'cancelled']), 'muted',
                    If(Eval('state') == 'out_of_service', 'warning', ''))),
            ]

    @classmethod
    def validate_fields(cls, equipments, field_names):
        super().validate_fields(equipments, field_names)
        cls.check_quantity(equipments, field_names)
        if not field_names or (
                field_names & {'attributes', 'category', 'state'}):
            cls.check_attributes(equipments)

    @classmethod
    def check_quantity(cls, equipments, field_names=None):
        if field_names and not (
                field_names & {'quantity', 'serial', 'manufacturer_serial'}):
            return
        for equipment in equipments:
            if (equipment.quantity < 1
                    or (equipment.quantity > 1
                        and (equipment.serial
                            or equipment.manufacturer_serial))):
                raise EquipmentQuantityError(gettext(
                        'maintenance_equipment.msg_equipment_quantity',
                        equipment=equipment.rec_name))

    @classmethod
    def check_serials(cls, serials, equipments=()):
        """Raise if another unit of the product has the serial already.

        The database refuses it too, but without saying which one it is.
        """
        seen = set()
        for company, product, serial in serials:
            duplicate = (company, product, serial) in seen
            seen.add((company, product, serial))
            if duplicate:
                raise EquipmentSerialError(gettext(
                        'maintenance_equipment.msg_equipment_serial_twice',
                        serial=serial))
        with without_check_access():
            others = cls.search([
                    ('id', 'not in', [e.id for e in equipments]),
                    ('state', '!=', 'cancelled'),
                    ('company', 'in', list({c for c, _, _ in seen})),
                    ('product', 'in', list({p for _, p, _ in seen})),
                    ('serial', 'in', list({s for _, _, s in seen})),
                    ])
            for other in others:
                key = (other.company.id, other.product.id, other.serial)
                if key in seen:
                    raise EquipmentSerialError(gettext(
                            'maintenance_equipment.msg_equipment_serial_of',
                            serial=other.serial,
                            product=other.product.rec_name,
                            equipment=other.rec_name))

    @classmethod
    def create(cls, vlist):
        serials = []
        for values in vlist:
            company = values.get('company', cls.default_company())
            if (company and values.get('product') and values.get('serial')
                    and values.get('state') != 'cancelled'):
                serials.append(
                    (int(company), int(values['product']), values['serial']))
        if serials:
            cls.check_serials(serials)
        return super().create(vlist)

    @classmethod
    def preprocess_values(cls, mode, values):
        pool = Pool()
        Date = pool.get('ir.date')

        for name in ['external_code', 'serial', 'manufacturer_serial']:
            if values.get(name) is not None:
                values[name] = values[name].strip() or None
        values = super().preprocess_values(mode, values)
        if mode == 'create' and _placed & values.keys():
            placement = {n: values.pop(n) for n in _placed if n in values}
            if placement.get('site'):
                company_id = values.get('company', cls.default_company())
                with Transaction().set_context(company=company_id):
                    today = Date.today()
                placement['from_date'] = (
                    values.get('installed_date')
                    or values.get('commissioned_date') or today)
                values['placements'] = [
                    *values.get('placements', []),
                    ('create', [placement]),
                    ]
        return values

    @classmethod
    def check_modification(
            cls, mode, equipments, values=None, external=False):
        super().check_modification(
            mode, equipments, values=values, external=external)
        if mode == 'delete':
            for equipment in equipments:
                if equipment.state not in {'draft', 'cancelled'}:
                    raise AccessError(gettext(
                            'maintenance_equipment.msg_equipment_delete',
                            equipment=equipment.rec_name))
        elif mode == 'write' and {'serial', 'product'} & values.keys():
            serials = [
                (e.company.id, product, serial)
                for e in equipments
                if (product := values.get(
                        'product', e.product and e.product.id))
                and (serial := values.get('serial', e.serial))
                and e.state != 'cancelled']
            if serials:
                cls.check_serials(serials, equipments)

    @classmethod
    def copy(cls, equipments, default=None):
        default = default.copy() if default is not None else {}
        for name in [
                'number', 'external_code', 'lot', 'serial',
                'manufacturer_serial',
                'placements', 'warranties', 'meters', 'photos',
                'retired_date',
                'in_service_by', 'retired_by']:
            default.setdefault(name)
        return super().copy(equipments, default=default)

    @classmethod
    @ModelView.button
    @Workflow.transition('draft')
    def draft(cls, equipments):
        pass

    @classmethod
    @ModelView.button
    @Workflow.transition('in_service')
    @reset_employee('retired_by')
    @set_employee('in_service_by')
    def put_in_service(cls, equipments):
        pool = Pool()
        Date = pool.get('ir.date')
        Warranty = pool.get('maintenance.warranty')

        to_save = []
        for equipment in equipments:
            if not equipment.site:
                raise EquipmentSiteError(gettext(
                        'maintenance_equipment.msg_equipment_site_missing',
                        equipment=equipment.rec_name))
            if not equipment.commissioned_date:
                with Transaction().set_context(company=equipment.company.id):
                    equipment.commissioned_date = Date.today()
                to_save.append(equipment)
        cls.save(to_save)
        Warranty.propose(equipments)

    @classmethod
    @ModelView.button
    @Workflow.transition('out_of_service')
    def take_out_of_service(cls, equipments):
        pass

    @classmethod
    @ModelView.button_action(
        'maintenance_equipment.wizard_equipment_move')
    def move_wizard(cls, equipments):
        pass

    @classmethod
    @ModelView.button
    @Workflow.transition('retired')
    @set_employee('retired_by')
    def retire(cls, equipments):
        """Put out of use for good, with the components which are there

        What goes on elsewhere is made part of another machine before.
        """
        pool = Pool()
        Date = pool.get('ir.date')
        Placement = pool.get('maintenance.equipment.placement')

        components = cls._components_to_retire(equipments)
        today = {}
        for equipment in equipments:
            company_id = equipment.company.id
            if company_id not in today:
                with Transaction().set_context(company=company_id):
                    today[company_id] = Date.today()
            equipment.retired_date = today[company_id]
        cls.save(equipments)
        Placement.end(equipments, today)
        if components:
            cls.retire(components)

    @classmethod
    def _components_to_retire(cls, equipments):
        pool = Pool()
        Warning = pool.get('res.user.warning')

        components = [
            c for c in cls._components_along(equipments)
            if c.state in {'in_service', 'out_of_service'}]
        if components:
            key = Warning.format('equipment_retire', components)
            if Warning.check(key):
                raise EquipmentRetireWarning(key, gettext(
                        'maintenance_equipment.msg_equipment_retire',
                        equipments=", ".join(
                            e.rec_name for e in equipments[:5]),
                        number=len(components),
                        components=", ".join(
                            c.rec_name for c in components[:5])))
        return components

    @classmethod
    @ModelView.button
    @Workflow.transition('cancelled')
    def cancel(cls, equipments):
        pool = Pool()
        Placement = pool.get('maintenance.equipment.placement')
        # What never served never stood anywhere.
        Placement.delete(Placement.search([
                    ('equipment', 'in', [e.id for e in equipments]),
                    ]))

    @classmethod
    def warranty_coverage(cls, equipments, date):
        """Return the coverage of each equipment on the date.

        The values are those of the engine warranty_terms, whose warranties
        are told by id.
        """
        pool = Pool()
        Warranty = pool.get('maintenance.warranty')
        return Warranty.coverage(equipments, date)

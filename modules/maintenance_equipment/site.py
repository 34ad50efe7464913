# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from sql.functions import CharLength

from trytond.i18n import gettext
from trytond.model import (
    DeactivableMixin, Index, ModelSQL, ModelView, Unique, fields,
    sequence_ordered, tree)
from trytond.model.exceptions import AccessError
from trytond.pool import Pool
from trytond.pyson import Bool, Eval
from trytond.transaction import Transaction

from . import travel
from .exceptions import SitePositionError
from .naming import SEPARATOR, TreeNameMixin, search_in_steps
from .numbering import NumberingMixin
from .site_holder import HeldMixin
from .site_party import RolesMixin
from .site_points import PointsMixin


class Site(
        RolesMixin, HeldMixin, PointsMixin, NumberingMixin, DeactivableMixin,
        sequence_ordered('route_order', "Route Order"),
        TreeNameMixin, tree(separator=SEPARATOR), ModelSQL, ModelView):
    __name__ = 'maintenance.site'

    _number_field = 'code'
    _number_sequence = 'site_sequence'

    name = fields.Char(
        "Name", required=True,
        help="The name people use for the place, "
        "for example \"Hotel Sol\", \"2nd floor\" or \"P12\".")
    code = fields.Char(
        "Code",
        help="The main identifier of the site, or the number of the point.\n"
        "Leave empty on a site to take the next one of the sequence.")
    kind = fields.Selection([
            ('site', "Site"),
            ('building', "Building"),
            ('floor', "Floor"),
            ('room', "Room"),
            ('area', "Area"),
            ('point', "Point"),
            ], "Kind", required=True, sort=False,
        help="What the place is. "
        "A point is a numbered place on a wall where one unit hangs.")
    company = fields.Many2One(
        'company.company', "Company", required=True,
        help="The company which attends the site.")
    parent = fields.Many2One(
        'maintenance.site', "Inside", ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        help="The place which contains this one.")
    children = fields.One2Many(
        'maintenance.site', 'parent', "Places Inside",
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        help="The buildings, floors, rooms and points of the place.")
    party = fields.Many2One(
        'party.party', "Customer", required=True, ondelete='RESTRICT',
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="The party whose place it is. "
        "For our own workshop it is the company.")
    address = fields.Many2One(
        'party.address', "Address", ondelete='RESTRICT',
        domain=[
            ('party', '=', Eval('party', -1)),
            ],
        help="Where the technician goes.")
    access_notes = fields.Text(
        "Access Notes",
        help="How to get in: entrance, parking, permits, induction.")
    opening_hours = fields.Text(
        "Opening Hours",
        help="When somebody is there to open.")
    latitude = fields.Float(
        "Latitude", digits=(3, 7),
        domain=['OR',
            ('latitude', '=', None),
            [('latitude', '>=', -90), ('latitude', '<=', 90)],
            ],
        help="Degrees north of the equator.")
    longitude = fields.Float(
        "Longitude", digits=(3, 7),
        domain=['OR',
            ('longitude', '=', None),
            [('longitude', '>=', -180), ('longitude', '<=', 180)],
            ],
        help="Degrees east of Greenwich.")
    distance = fields.Float(
        "Distance", digits=(6, 1),
        domain=['OR',
            ('distance', '=', None),
            ('distance', '>=', 0),
            ],
        help="Kilometres from our base, one way.")
    travel_time = fields.TimeDelta(
        "Travel Time",
        help="The usual time from our base, one way.")
    zone = fields.Many2One(
        'maintenance.zone', "Zone", ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        help="The part of the country for planning and call-out prices.")
    expected_category = fields.Many2One(
        'maintenance.equipment.category', "Expected Category",
        ondelete='RESTRICT',
        states={
            'invisible': Eval('kind') != 'point',
            },
        help="The category of the unit which must hang at the point.")
    parties = fields.One2Many(
        'maintenance.site.party', 'site', "Parties",
        help="Who manages, owns, occupies or pays, and since when.")
    keys = fields.One2Many(
        'maintenance.site.key', 'site', "Keys",
        help="The keys, cards and codes that open the place.")
    unit = fields.Function(
        fields.Many2One(
            'maintenance.equipment', "Unit",
            states={
                'invisible': Eval('kind') != 'point',
                },
            help="What hangs at the point now."),
        'get_unit')
    equipments = fields.Function(
        fields.Many2Many(
            'maintenance.equipment', None, None, "Equipment",
            help="What stands there now."),
        'get_equipments')

    @classmethod
    def __setup__(cls):
        cls.code.search_unaccented = False
        super().__setup__()
        cls.route_order.help = "The order in which the round passes here."
        t = cls.__table__()
        cls._sql_constraints += [
            ('code_unique', Unique(t, t.company, t.code),
                'maintenance_equipment.msg_site_code_unique'),
            ]
        cls._sql_indexes.update({
                Index(t, (t.code, Index.Similarity())),
                Index(t, (t.name, Index.Similarity())),
                Index(t,
                    (t.party, Index.Range()),
                    (t.company, Index.Range())),
                })
        cls._order = [
            ('route_order', 'ASC NULLS FIRST'),
            ('name', 'ASC'),
            ('id', 'ASC'),
            ]
        cls._buttons.update({
                'compute_distance': {
                    'icon': 'tryton-refresh',
                    },
                'change_holder_wizard': {
                    'icon': 'tryton-switch',
                    'invisible': Bool(Eval('parent')),
                    'depends': ['parent'],
                    },
                })

    @classmethod
    def order_code(cls, tables):
        table, _ = tables[None]
        return [CharLength(table.code), table.code]

    @classmethod
    def default_kind(cls):
        return 'site'

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @fields.depends('party', 'address', 'parent', '_parent_parent.id',
        '_parent_party.id')
    def on_change_party(self):
        if self.address and self.address.party == self.party:
            return
        self.address = None
        if self.party and not self.parent:
            self.address = self.party.address_get()

    @fields.depends('parent', '_parent_parent.party', 'party',
        '_parent_party.id')
    def on_change_parent(self):
        if self.parent and self.parent.party and not self.party:
            self.party = self.parent.party

    @classmethod
    def get_equipments(cls, sites, name):
        pool = Pool()
        Placement = pool.get('maintenance.equipment.placement')

        placement = Placement.__table__()
        cursor = Transaction().connection.cursor()
        result = {s.id: [] for s in sites}
        cursor.execute(*placement.select(
                placement.site, placement.equipment,
                where=fields.SQL_OPERATORS['in'](
                    placement.site, list(result))
                & Placement.current(placement),
                order_by=[placement.id]))
        for site_id, equipment_id in cursor:
            result[site_id].append(equipment_id)
        return result

    @classmethod
    def get_unit(cls, sites, name):
        found = cls.get_equipments(sites, 'equipments')
        return {i: ids[0] if ids else None for i, ids in found.items()}

    @classmethod
    @search_in_steps
    def search_rec_name(cls, name, clause):
        _, operator, operand = clause[:3]
        if operator.startswith('!') or operator.startswith('not '):
            bool_op = 'AND'
        else:
            bool_op = 'OR'
        code_operand = operand
        if operator.endswith('like') and isinstance(operand, str):
            code_operand = operand.strip('%').strip() + '%'
        return [bool_op,
            super().search_rec_name(name, clause),
            ('code', operator, code_operand),
            ('party.rec_name', operator, operand),
            # Its own words only: the name of an address is that of its party
            # too, and SQLite can not nest so deep.
            *(('address.' + field, operator, operand) for field in [
                    'street_name', 'street_unstructured', 'building_name',
                    'postal_code', 'city']),
            ]

    @classmethod
    def _needs_number(cls, values):
        # Floors, rooms and points are numbered by who walks the building.
        return (
            super()._needs_number(values)
            and values.get('kind', cls.default_kind()) == 'site')

    @classmethod
    def check_modification(cls, mode, sites, values=None, external=False):
        pool = Pool()
        Placement = pool.get('maintenance.equipment.placement')

        super().check_modification(
            mode, sites, values=values, external=external)
        if mode == 'delete':
            placements = Placement.search([
                    ('site', 'in', [s.id for s in sites]),
                    ], limit=1)
            if placements:
                placement, = placements
                raise AccessError(gettext(
                        'maintenance_equipment.msg_site_delete',
                        site=placement.site.rec_name,
                        equipment=placement.equipment.rec_name))

    @classmethod
    def copy(cls, sites, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('code')
        default.setdefault('parties')
        default.setdefault('keys')
        return super().copy(sites, default=default)

    def get_full_address(self):
        "Return the address of the place, or the one of what contains it"
        place = self
        while place:
            if place.address:
                return place.address
            place = place.parent
        return None

    def get_zone(self):
        "Return the zone of the place, or the one of what contains it"
        place = self
        while place:
            if place.zone:
                return place.zone
            place = place.parent
        return None

    def get_position(self):
        "Return the position of the place, or the one of what contains it"
        place = self
        while place:
            if place.latitude is not None and place.longitude is not None:
                return travel.Position(place.latitude, place.longitude)
            place = place.parent
        return None

    @classmethod
    @ModelView.button
    def compute_distance(cls, sites):
        """Fill distance and travel time from the base of the company

        The road is the great circle multiplied by the factor of the
        configuration; who knows better types it.
        """
        pool = Pool()
        Configuration = pool.get('maintenance.configuration')

        config = Configuration(1)
        for site in sites:
            company_id = site.company.id
            base = config.get_multivalue('base', company=company_id)
            start = base.get_position() if base else None
            if not start:
                raise SitePositionError(gettext(
                        'maintenance_equipment.msg_base_position',
                        company=site.company.rec_name))
            end = site.get_position()
            if not end:
                raise SitePositionError(gettext(
                        'maintenance_equipment.msg_site_position',
                        site=site.rec_name))
            trip = travel.estimate(
                start, end,
                config.get_multivalue('road_factor', company=company_id),
                config.get_multivalue('road_speed', company=company_id))
            site.distance = trip.distance
            site.travel_time = trip.time
        cls.save(sites)

    @classmethod
    @ModelView.button_action(
        'maintenance_equipment.wizard_site_change_holder')
    def change_holder_wizard(cls, sites):
        pass

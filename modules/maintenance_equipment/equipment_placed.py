# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from sql.conditionals import Case, Coalesce

from trytond.i18n import gettext
from trytond.model import fields
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.transaction import Transaction

from .exceptions import EquipmentMoveError


class PlacedMixin:
    """Where a unit stands now and who holds it, as its placements tell

    One query of the current placements answers site, customer, owner and
    user, and orders by them; searches go through the placements too.
    """
    __slots__ = ()

    # What stands where is told by placements: a move is not an edit.
    _placed_states = {
        'readonly': Eval('id', -1) >= 0,
        }

    site = fields.Function(
        fields.Many2One(
            'maintenance.site', "Site", states=_placed_states,
            domain=[
                ('company', '=', Eval('company', -1)),
                ],
            help="Where the equipment stands now."),
        'get_placement', setter='set_placement', searcher='search_site')
    home = fields.Function(
        fields.Many2One(
            'maintenance.site', "Home",
            help="Where the equipment belongs, also while it is lent or in "
            "the workshop."),
        'get_placement', searcher='search_home')
    placement_role = fields.Function(
        fields.Selection(
            'get_placement_roles', "Role", sort=False,
            help="Whether it belongs where it stands, is lent or is being "
            "repaired."),
        'get_placement', searcher='search_placement_role')
    customer = fields.Function(
        fields.Many2One(
            'party.party', "Customer",
            context={
                'company': Eval('company', -1),
                },
            depends={'company'},
            help="The customer of the site where it stands now."),
        'get_placement', searcher='search_customer')
    owner = fields.Function(
        fields.Many2One(
            'party.party', "Owner", states=_placed_states,
            context={
                'company': Eval('company', -1),
                },
            depends={'company'},
            help="Who owns the equipment now.\n"
            "Leave empty when it is the customer of the site."),
        'get_placement', setter='set_placement', searcher='search_holder')
    user = fields.Function(
        fields.Many2One(
            'party.party', "User", states=_placed_states,
            context={
                'company': Eval('company', -1),
                },
            depends={'company'},
            help="Who uses the equipment now.\n"
            "Leave empty when it is the customer of the site."),
        'get_placement', setter='set_placement', searcher='search_holder')

    @classmethod
    def _order_placement(cls, tables):
        "Add the current placement, at most one, to the tables"
        pool = Pool()
        Placement = pool.get('maintenance.equipment.placement')
        Site = pool.get('maintenance.site')

        table, _ = tables[None]
        if 'current_placement' not in tables:
            placement = Placement.__table__()
            site = Site.__table__()
            tables['current_placement'] = {
                None: (placement,
                    (placement.equipment == table.id)
                    & Placement.current(placement)),
                'site': {
                    None: (site, placement.site == site.id),
                    },
                }
        return tables['current_placement']

    @classmethod
    def order_site(cls, tables):
        site, _ = cls._order_placement(tables)['site'][None]
        return [site.name, site.id]

    @classmethod
    def _order_party(cls, tables, name):
        pool = Pool()
        Party = pool.get('party.party')
        placement_tables = cls._order_placement(tables)
        placement, _ = placement_tables[None]
        site, _ = placement_tables['site'][None]
        column = cls._holder_column(placement, site, name)
        if name not in placement_tables['site']:
            party = Party.__table__()
            placement_tables['site'][name] = {
                None: (party, party.id == column),
                }
        party, _ = placement_tables['site'][name][None]
        return [party.name, party.id]

    @classmethod
    def order_customer(cls, tables):
        return cls._order_party(tables, 'customer')

    @classmethod
    def order_owner(cls, tables):
        return cls._order_party(tables, 'owner')

    @classmethod
    def order_user(cls, tables):
        return cls._order_party(tables, 'user')

    @classmethod
    def _holder_column(cls, placement, site, name='customer'):
        "The site tells who is the customer now, the placement who was"
        columns = [placement.customer, site.party]
        if name != 'customer':
            columns.insert(0, getattr(placement, name))
        return Coalesce(*columns)

    @classmethod
    def get_placement_roles(cls):
        pool = Pool()
        Placement = pool.get('maintenance.equipment.placement')
        return [
            (None, ''), *Placement.fields_get(['role'])['role']['selection']]

    @classmethod
    def get_placement(cls, equipments, names):
        pool = Pool()
        Placement = pool.get('maintenance.equipment.placement')
        Site = pool.get('maintenance.site')

        placement = Placement.__table__()
        site = Site.__table__()
        columns = {
            'site': placement.site,
            'home': Case(
                (placement.role == 'own', placement.site),
                else_=placement.home),
            'placement_role': placement.role,
            'customer': cls._holder_column(placement, site),
            'owner': cls._holder_column(placement, site, 'owner'),
            'user': cls._holder_column(placement, site, 'user'),
            }
        cursor = Transaction().connection.cursor()
        ids = [e.id for e in equipments]
        result = {name: dict.fromkeys(ids) for name in names}
        cursor.execute(*placement.join(
                site, condition=placement.site == site.id
                ).select(
                placement.equipment, *[columns[n] for n in names],
                where=fields.SQL_OPERATORS['in'](placement.equipment, ids)
                & Placement.current(placement)))
        for equipment_id, *values in cursor:
            for name, value in zip(names, values):
                result[name][equipment_id] = value
        return result

    @classmethod
    def set_placement(cls, equipments, name, value):
        # Creation makes the first placement in preprocess_values, so what
        # comes here is an edit of something that is already somewhere.
        for equipment in equipments:
            current = getattr(equipment, name)
            if (current.id if current else None) != value:
                raise EquipmentMoveError(gettext(
                        'maintenance_equipment.msg_equipment_move',
                        equipment=equipment.rec_name))

    @classmethod
    def _placement_domain(cls, clauses):
        pool = Pool()
        Placement = pool.get('maintenance.equipment.placement')
        return [
            ('placements', 'where', [
                    *Placement.current_domain(),
                    clauses,
                    ]),
            ]

    @classmethod
    def search_site(cls, name, clause):
        if clause[0] == name and clause[2] is None:
            anywhere = cls._placement_domain([])
            if clause[1] == '!=':
                return anywhere
            return [('id', 'not in', cls.search(anywhere, query=True))]
        return cls._placement_domain([tuple(clause)])

    @classmethod
    def search_home(cls, name, clause):
        if clause[0] == name and clause[2] is None:
            found = cls._placement_domain(['OR',
                    ('role', '=', 'own'),
                    ('home', '!=', None),
                    ])
            if clause[1] == '!=':
                return found
            return [('id', 'not in', cls.search(found, query=True))]
        nested = clause[0][len(name):]
        return cls._placement_domain(['OR',
                [
                    ('role', '=', 'own'),
                    ('site' + nested,) + tuple(clause[1:]),
                    ],
                [
                    ('role', '!=', 'own'),
                    ('home' + nested,) + tuple(clause[1:]),
                    ],
                ])

    @classmethod
    def search_placement_role(cls, name, clause):
        if clause[2] is None:
            return cls.search_site('site', ('site',) + tuple(clause[1:]))
        return cls._placement_domain([('role',) + tuple(clause[1:])])

    @classmethod
    def search_customer(cls, name, clause):
        return cls.search_holder(name, clause)

    @classmethod
    def search_holder(cls, name, clause):
        nested = clause[0][len(name):]
        if not nested and clause[2] is None:
            return cls.search_site('site', ('site',) + tuple(clause[1:]))
        operator_value = tuple(clause[1:])
        nobody = [('customer', '=', None)]
        domain = ['OR',
            [('customer', '!=', None), ('customer' + nested, *operator_value)],
            [*nobody, ('site.party' + nested, *operator_value)],
            ]
        if name != 'customer':
            domain = ['OR',
                [(name, '!=', None), (name + nested, *operator_value)],
                *([(name, '=', None), *alternative]
                    for alternative in domain[1:]),
                ]
        return cls._placement_domain(domain)

    @classmethod
    def move(cls, equipments, site, date=None, components=True, **values):
        """Place the equipment at the site from the date on.

        The components which stand at the same site go along.  The values
        are those of the new placement: role, owner, user, reason, replaces.
        """
        pool = Pool()
        Placement = pool.get('maintenance.equipment.placement')

        moved = list(equipments)
        for equipment in equipments:
            if equipment.state in {'retired', 'cancelled'}:
                raise EquipmentMoveError(gettext(
                        'maintenance_equipment.msg_equipment_move_state',
                        equipment=equipment.rec_name))
        if components:
            moved += cls._components_along(equipments)
        return Placement.place(moved, site, date=date, **values)

    @classmethod
    def _components_along(cls, equipments):
        sites = {e.site.id for e in equipments if e.site}
        found = cls.search([
                ('parent', 'child_of', [e.id for e in equipments], 'parent'),
                ('id', 'not in', [e.id for e in equipments]),
                ('state', 'not in', ['retired', 'cancelled']),
                ])
        return [c for c in found if not c.site or c.site.id in sites]

    @classmethod
    def at(cls, date):
        "Return the context in which site, owner and user are those of date"
        return {'placement_date': date}

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from sql import Null
from sql.conditionals import Least
from sql.operators import Equal

from trytond.i18n import gettext
from trytond.model import Exclude, Index, ModelSQL, ModelView, fields
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.sql.functions import DateRange
from trytond.sql.operators import RangeOverlap
from trytond.transaction import Transaction
from trytond.wizard import Button, StateTransition, StateView, Wizard

from . import timeline
from .exceptions import PlacementDateError, PlacementOverlapError
from .exclusion import ExclusionMixin
from .placement_point import PointMixin

# What was read for one date must not be taken for another.
Transaction.cache_keys.add('placement_date')


class Placement(ExclusionMixin, PointMixin, ModelSQL, ModelView):
    __name__ = 'maintenance.equipment.placement'

    equipment = fields.Many2One(
        'maintenance.equipment', "Equipment", required=True,
        ondelete='CASCADE',
        help="What stands at the site.")
    company = fields.Function(
        fields.Many2One(
            'company.company', "Company",
            help="The company which attends the equipment."),
        'on_change_with_company', searcher='search_company')
    site = fields.Many2One(
        'maintenance.site', "Site", required=True, ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        help="Where the equipment stands.")
    role = fields.Selection([
            ('own', "Own"),
            ('loan', "Loan"),
            ('in_workshop', "In Workshop"),
            ], "Role", required=True, sort=False,
        help="Why the equipment is there: it belongs there, "
        "it is lent, or it is being repaired.")
    home = fields.Many2One(
        'maintenance.site', "Home", ondelete='RESTRICT',
        states={
            'invisible': Eval('role') == 'own',
            },
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        help="Where the unit belongs while it is lent or in the workshop.")
    customer = fields.Many2One(
        'party.party', "Customer", ondelete='RESTRICT', readonly=True,
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="Whose place it was in this time.\n"
        "Empty means the present customer of the site.")
    owner = fields.Many2One(
        'party.party', "Owner", ondelete='RESTRICT',
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="Who owns the equipment in this time.\n"
        "Leave empty when it is the customer of the site.")
    user = fields.Many2One(
        'party.party', "User", ondelete='RESTRICT',
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="Who uses the equipment in this time.\n"
        "Leave empty when it is the customer of the site.")
    from_date = fields.Date(
        "From", required=True,
        help="The day the equipment arrives.")
    to_date = fields.Date(
        "To",
        help="The day the equipment leaves: from then on it stands "
        "elsewhere. Empty means it is still there.")
    replaces = fields.Many2One(
        'maintenance.equipment', "Replaces", ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ('id', '!=', Eval('equipment', -1)),
            ],
        help="The unit which stood there before.")
    reason = fields.Char(
        "Reason",
        help="Why the equipment came.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls.__access__.add('equipment')
        # On PostgreSQL the extension btree_gist is needed for it; without
        # the extension, as on SQLite, only check_overlap watches.
        cls._sql_constraints += [
            ('dates_overlap',
                Exclude(t,
                    (t.equipment, Equal),
                    # PostgreSQL makes no range that ends before it starts,
                    # and would refuse the row before check_dates says why.
                    (DateRange(Least(t.from_date, t.to_date), t.to_date,
                            '[)'), RangeOverlap),
                    # A stay of no day shares none, wherever it lies: without
                    # ranges Tryton compares their ends only.
                    where=(t.to_date == Null) | (t.to_date > t.from_date)),
                'maintenance_equipment.msg_placement_overlap_unknown'),
            ]
        cls._sql_indexes.update({
                Index(t,
                    (t.equipment, Index.Range()),
                    (t.from_date, Index.Range())),
                Index(t,
                    (t.site, Index.Range()),
                    (t.to_date, Index.Range())),
                })
        cls._order = [
            ('from_date', 'DESC'),
            ('id', 'DESC'),
            ]

    @classmethod
    def default_role(cls):
        return 'own'

    @classmethod
    def default_from_date(cls):
        pool = Pool()
        Date = pool.get('ir.date')
        return Date.today()

    @fields.depends('equipment', '_parent_equipment.company')
    def on_change_with_company(self, name=None):
        return self.equipment.company if self.equipment else None

    @classmethod
    def search_company(cls, name, clause):
        return [('equipment.' + clause[0],) + tuple(clause[1:])]

    def get_rec_name(self, name):
        return f'{self.equipment.rec_name} @ {self.site.rec_name}'

    @classmethod
    def search_rec_name(cls, name, clause):
        _, operator, operand = clause[:3]
        if operator.startswith('!') or operator.startswith('not '):
            bool_op = 'AND'
        else:
            bool_op = 'OR'
        return [bool_op,
            ('equipment.rec_name', operator, operand),
            ('site.rec_name', operator, operand),
            ]

    @classmethod
    def _date(cls):
        pool = Pool()
        Date = pool.get('ir.date')
        return (Transaction().context.get('placement_date') or Date.today())

    @classmethod
    def current(cls, table, date=None):
        "Return the SQL condition of the placements that count on the date"
        if date is None:
            date = cls._date()
        return ((table.from_date <= date)
            & ((table.to_date == Null) | (table.to_date > date)))

    @classmethod
    def current_domain(cls, date=None):
        "Return the domain of the placements that count on the date"
        if date is None:
            date = cls._date()
        return [
            ('from_date', '<=', date),
            ['OR',
                ('to_date', '=', None),
                ('to_date', '>', date),
                ],
            ]

    @classmethod
    def validate_fields(cls, placements, field_names):
        super().validate_fields(placements, field_names)
        cls.check_dates(placements, field_names)
        cls.check_overlap(placements, field_names)
        cls.check_points(placements, field_names)

    @classmethod
    def check_dates(cls, placements, field_names=None):
        if field_names and not (field_names & {'from_date', 'to_date'}):
            return
        for placement in placements:
            if placement.to_date and placement.to_date < placement.from_date:
                raise PlacementDateError(gettext(
                        'maintenance_equipment.msg_placement_dates',
                        equipment=placement.equipment.rec_name,
                        site=placement.site.rec_name))

    @classmethod
    def check_overlap(cls, placements, field_names=None):
        if (field_names
                and not (field_names & {'equipment', 'from_date', 'to_date'})):
            return
        cls._check_stays({p.equipment.id for p in placements})

    @classmethod
    def _check_stays(cls, equipment_ids, new=()):
        "Raise if the placements of the equipment, with the new, share a day"
        table = cls.__table__()
        cursor = Transaction().connection.cursor()
        stays = [s for s, _ in new]
        sites = {s.key: site for s, site in new}
        cursor.execute(*table.select(
                table.id, table.equipment, table.from_date, table.to_date,
                where=fields.SQL_OPERATORS['in'](
                    table.equipment, list(equipment_ids))))
        stays += [timeline.Stay(*row) for row in cursor]
        for overlap in timeline.overlaps(stays):
            cls._raise_overlap(overlap, sites)

    @classmethod
    def _raise_overlap(cls, overlap, sites):
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')
        Lang = pool.get('ir.lang')
        Site = pool.get('maintenance.site')

        lang = Lang.get()

        def site_of(stay):
            if stay.key in sites:
                return Site(sites[stay.key])
            return cls(stay.key).site

        raise PlacementOverlapError(gettext(
                'maintenance_equipment.msg_placement_overlap',
                equipment=Equipment(overlap.first.subject).rec_name,
                first=site_of(overlap.first).rec_name,
                second=site_of(overlap.second).rec_name,
                date=lang.strftime(overlap.second.start)))

    @classmethod
    def create(cls, vlist):
        # PostgreSQL would refuse the row before validation can say which.
        new = [
            (timeline.Stay(
                    -i, int(v['equipment']), v['from_date'],
                    v.get('to_date')),
                int(v['site']))
            for i, v in enumerate(vlist, 1)
            if v.get('equipment') and v.get('site') and v.get('from_date')
            and (not v.get('to_date') or v['from_date'] <= v['to_date'])]
        if new:
            cls._check_stays({s.subject for s, _ in new}, new)
        return super().create(vlist)

    @classmethod
    def on_modification(cls, mode, placements, field_names=None):
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')

        super().on_modification(mode, placements, field_names=field_names)
        # Site and customer of the equipment may be cached since before.
        equipment_ids = {p.equipment.id for p in placements}
        for cache in Transaction().cache.values():
            if Equipment.__name__ in cache:
                for equipment_id in equipment_ids:
                    cache[Equipment.__name__].pop(equipment_id, None)

    @classmethod
    def place(cls, equipments, site, date=None, role='own', **values):
        "End the current placements on the date and start others at the site"
        if date is None:
            date = cls._date()
        current = cls.search([
                ('equipment', 'in', [e.id for e in equipments]),
                *cls.current_domain(date),
                ])
        homes = {}
        for placement in current:
            homes[placement.equipment.id] = placement.get_home()
            placement.to_date = date
        cls.save(current)
        placements = []
        for equipment in equipments:
            placement = cls(
                equipment=equipment, site=site, role=role, from_date=date,
                **values)
            if role != 'own' and 'home' not in values:
                placement.home = homes.get(equipment.id)
            placements.append(placement)
        cls.save(placements)
        return placements

    def get_home(self):
        "Return where the unit belongs"
        return self.site if self.role == 'own' else self.home

    @classmethod
    def change_customer(cls, sites, party, date, equipments=None):
        """Keep the party as customer of the sites until the date

        What stands there goes on with the new customer of the site; of what
        is not among the equipment the party stays the owner.  Return the
        equipment which changed hands.
        """
        placements = cls.search([
                ('site', 'in', [s.id for s in sites]),
                ('from_date', '<', date),
                ('customer', '=', None),
                ])
        rest, changed = [], []
        for placement in placements:
            placement.customer = party
            if placement.to_date and placement.to_date <= date:
                continue
            values = {
                name: getattr(placement, name) for name in [
                    'equipment', 'site', 'role', 'home', 'owner', 'user',
                    'to_date', 'reason']}
            if (equipments is not None
                    and placement.equipment not in equipments
                    and not values['owner']):
                values['owner'] = party
            elif not values['owner']:
                changed.append(placement.equipment)
            placement.to_date = date
            rest.append({'from_date': date, **values})
        cls.save(placements)
        # What hung at a point before hangs there still.
        with Transaction().set_context(_points_checked=True):
            cls.save([cls(**values) for values in rest])
        return changed

    @classmethod
    def end(cls, equipments, dates):
        "End the placements of the equipment at the date of their company"
        open_ = cls.search([
                ('equipment', 'in', [e.id for e in equipments]),
                ('to_date', '=', None),
                ])
        for placement in open_:
            date = dates[placement.equipment.company.id]
            placement.to_date = max(date, placement.from_date)
        cls.save(open_)


class MoveEquipment(Wizard):
    __name__ = 'maintenance.equipment.move'

    start = StateView(
        'maintenance.equipment.move.start',
        'maintenance_equipment.equipment_move_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Move", 'move', 'tryton-ok', default=True),
            ])
    move = StateTransition()

    def default_start(self, fields):
        pool = Pool()
        Date = pool.get('ir.date')
        companies = {r.company for r in self.records}
        company, = companies if len(companies) == 1 else [None]
        return {
            'date': Date.today(),
            'role': 'own',
            'components': True,
            'company': company.id if company else None,
            }

    def transition_move(self):
        values = {
            'role': self.start.role,
            'owner': self.start.owner,
            'user': self.start.user,
            'reason': self.start.reason,
            }
        self.model.move(
            self.records, self.start.site, date=self.start.date,
            components=self.start.components, **values)
        return 'end'

    def end(self):
        return 'reload'


class MoveEquipmentStart(ModelView):
    __name__ = 'maintenance.equipment.move.start'

    company = fields.Many2One(
        'company.company', "Company", readonly=True,
        help="The company which attends the equipment.")
    site = fields.Many2One(
        'maintenance.site', "To Site", required=True,
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        help="Where the equipment goes.")
    date = fields.Date(
        "Date", required=True,
        help="The day it arrives there and leaves where it was.")
    role = fields.Selection(
        'get_roles', "Role", required=True, sort=False,
        help="Why the equipment will be there.")
    owner = fields.Many2One(
        'party.party', "Owner",
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="Leave empty when it is the customer of the site.")
    user = fields.Many2One(
        'party.party', "User",
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="Leave empty when it is the customer of the site.")
    reason = fields.Char(
        "Reason",
        help="Why the equipment is moved.")
    components = fields.Boolean(
        "With Components",
        help="Check to move also the components which stand at the same "
        "site.")

    @classmethod
    def get_roles(cls):
        pool = Pool()
        Placement = pool.get('maintenance.equipment.placement')
        return Placement.fields_get(['role'])['role']['selection']

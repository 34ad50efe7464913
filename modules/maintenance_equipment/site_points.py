# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.wizard import Button, StateTransition, StateView, Wizard

from .exceptions import SitePointsError

LARGEST = 1000


class PointsMixin:
    "Many points at once, each with its unit"
    __slots__ = ()

    def create_points(
            self, prefix, first, last, category=None, digits=0, **unit):
        """Make the points from the first to the last number, in route order

        With values of a unit each point gets one.
        """
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')

        if not 0 <= first <= last or last - first >= LARGEST:
            raise SitePointsError(gettext(
                    'maintenance_equipment.msg_site_points_range',
                    site=self.rec_name,
                    largest=LARGEST))
        names = {
            number: f'{prefix or ""}{number:0{digits or 0}d}'
            for number in range(first, last + 1)}
        there = self.search([
                ('parent', '=', self.id),
                ('name', 'in', list(names.values())),
                ])
        if there:
            raise SitePointsError(gettext(
                    'maintenance_equipment.msg_site_points_there',
                    site=self.rec_name,
                    points=", ".join(p.name for p in there[:5])))
        points = self.__class__.create([{
                    'name': name,
                    'kind': 'point',
                    'route_order': number,
                    'company': self.company.id,
                    'parent': self.id,
                    'party': self.party.id,
                    'expected_category': category.id if category else None,
                    } for number, name in names.items()])
        if unit:
            put_in_service = unit.pop('put_in_service', False)
            equipments = Equipment.create([{
                        **unit,
                        'name': f"{unit['name']} {point.name}",
                        'company': self.company.id,
                        'category': category.id if category else None,
                        'site': point.id,
                        } for point in points])
            if put_in_service:
                Equipment.put_in_service(equipments)
        return points


class CreatePoints(Wizard):
    __name__ = 'maintenance.site.create_points'

    start = StateView(
        'maintenance.site.create_points.start',
        'maintenance_equipment.site_create_points_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Create", 'create_', 'tryton-ok', default=True),
            ])
    create_ = StateTransition()

    def default_start(self, fields):
        pool = Pool()
        Date = pool.get('ir.date')
        numbers = [
            c.route_order or 0 for c in self.record.children
            if c.kind == 'point']
        first = max(numbers, default=0) + 1
        return {
            'company': self.record.company.id,
            'site': self.record.id,
            'first': first,
            'last': first,
            'units': True,
            'installed_date': Date.today(),
            'put_in_service': True,
            }

    def transition_create_(self):
        start = self.start
        unit = {}
        if start.units:
            unit = {
                name: getattr(start, name) for name in [
                    'name', 'manufacturer', 'model', 'manufactured_date',
                    'installed_date', 'put_in_service']}
        start.site.create_points(
            start.prefix, start.first, start.last, start.category,
            start.digits, **unit)
        return 'end'

    def end(self):
        return 'reload'


class CreatePointsStart(ModelView):
    __name__ = 'maintenance.site.create_points.start'

    _unit_states = {
        'invisible': ~Eval('units', False),
        }

    company = fields.Many2One(
        'company.company', "Company", readonly=True,
        help="The company which attends the site.")
    site = fields.Many2One(
        'maintenance.site', "Site", readonly=True,
        help="Where the points are.")
    prefix = fields.Char(
        "Prefix", strip=False,
        help="What stands before the number, for example P.")
    first = fields.Integer(
        "From Number", required=True,
        help="The number of the first point.")
    last = fields.Integer(
        "To Number", required=True,
        help="The number of the last point.")
    digits = fields.Integer(
        "Digits",
        domain=['OR',
            ('digits', '=', None),
            [('digits', '>=', 0), ('digits', '<=', 9)],
            ],
        help="How many digits the numbers have at least: 3 for 007.")
    category = fields.Many2One(
        'maintenance.equipment.category', "Category",
        domain=[
            ('company', 'in', [Eval('company', -1), None]),
            ],
        help="The category of the units which hang there.")
    units = fields.Boolean(
        "With Units",
        help="Check to make also a unit at each point.")
    name = fields.Char(
        "Name",
        states={
            'required': Eval('units', False),
            'invisible': ~Eval('units', False),
            },
        help="What people call the units. The point is added.")
    manufacturer = fields.Char(
        "Manufacturer", states=_unit_states,
        help="Who made the units.")
    model = fields.Char(
        "Model", states=_unit_states,
        help="The manufacturer's name of the type.")
    manufactured_date = fields.Date(
        "Manufactured", states=_unit_states,
        help="The date on the maker's plate.")
    installed_date = fields.Date(
        "Installed", states=_unit_states,
        help="When the units were mounted.")
    put_in_service = fields.Boolean(
        "Put in Service", states=_unit_states,
        help="Check to put the units in service.")

    @fields.depends('category', 'name')
    def on_change_category(self):
        if self.category and not self.name:
            self.name = self.category.name

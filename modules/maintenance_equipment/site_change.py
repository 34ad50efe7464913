# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from collections import defaultdict

from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.wizard import Button, StateTransition, StateView, Wizard

from .exceptions import SiteCompanyError


def _company(wizard):
    "Return the one company of the records of the wizard"
    companies = {r.company for r in wizard.records}
    if len(companies) != 1:
        raise SiteCompanyError(gettext(
                'maintenance_equipment.msg_site_companies',
                sites=", ".join(r.rec_name for r in wizard.records[:5])))
    company, = companies
    return company


class ChangeManager(Wizard):
    __name__ = 'maintenance.site.change_manager'

    start = StateView(
        'maintenance.site.change_manager.start',
        'maintenance_equipment.site_change_manager_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Change", 'change', 'tryton-ok', default=True),
            ])
    change = StateTransition()

    def default_start(self, fields):
        pool = Pool()
        Date = pool.get('ir.date')
        return {
            'company': _company(self).id,
            'role': 'manager',
            'from_date': Date.today(),
            'keep': True,
            'sites': [r.id for r in self.records],
            }

    def transition_change(self):
        pool = Pool()
        SiteParty = pool.get('maintenance.site.party')
        values = {}
        if not self.start.keep:
            values = {
                'receives': self.start.receives,
                'may_approve_up_to': self.start.may_approve_up_to,
                }
        SiteParty.change(
            self.start.sites, self.start.role, self.start.party,
            self.start.from_date, **values)
        return 'end'

    def end(self):
        return 'reload'


class ChangeManagerStart(ModelView):
    __name__ = 'maintenance.site.change_manager.start'

    company = fields.Many2One(
        'company.company', "Company", readonly=True,
        help="The company which attends the sites.")
    role = fields.Selection(
        'get_roles', "Role", required=True, sort=False,
        help="What changes hands.")
    party = fields.Many2One(
        'party.party', "To", required=True,
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="Who has the role from then on.")
    from_date = fields.Date(
        "From", required=True,
        help="The first day of the new one. The old one keeps the role until "
        "the day before.")
    keep = fields.Boolean(
        "Same Papers and Limit",
        help="Check to let the new one receive and approve what the old one "
        "did.")
    receives = fields.MultiSelection(
        'get_papers', "Receives", sort=False,
        states={
            'invisible': Eval('keep', False),
            },
        help="The papers which are sent to the party.")
    currency = fields.Function(
        fields.Many2One(
            'currency.currency', "Currency",
            help="The currency of the company."),
        'on_change_with_currency')
    may_approve_up_to = Monetary(
        "May Approve up to", currency='currency', digits='currency',
        states={
            'invisible': Eval('keep', False),
            },
        help="The amount the party may order without asking anyone.")
    sites = fields.Many2Many(
        'maintenance.site', None, None, "Sites", required=True,
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        help="The sites where the role changes hands. Remove those where it "
        "does not.")

    @classmethod
    def get_roles(cls):
        pool = Pool()
        SiteParty = pool.get('maintenance.site.party')
        roles = SiteParty.fields_get(['role'])['role']['selection']
        # The holder changes with the machines and the contracts.
        return [(v, s) for v, s in roles if v != 'holder']

    @classmethod
    def get_papers(cls):
        pool = Pool()
        SiteParty = pool.get('maintenance.site.party')
        return SiteParty.fields_get(['receives'])['receives']['selection']

    @fields.depends('company')
    def on_change_with_currency(self, name=None):
        return self.company.currency if self.company else None


class ChangeHolder(Wizard):
    """Give sites to another customer on a date

    Upper modules list what they have there in ``get_lines`` and hand over what
    was ticked in ``change_records``.
    """
    __name__ = 'maintenance.site.change_holder'

    start = StateView(
        'maintenance.site.change_holder.start',
        'maintenance_equipment.site_change_holder_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Continue", 'show', 'tryton-forward', default=True),
            ])
    show = StateView(
        'maintenance.site.change_holder.show',
        'maintenance_equipment.site_change_holder_show_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Back", 'start', 'tryton-back'),
            Button("Change Holder", 'change', 'tryton-ok', default=True),
            ])
    change = StateTransition()

    def default_start(self, fields):
        pool = Pool()
        Date = pool.get('ir.date')
        start = {
            'company': _company(self).id,
            'date': Date.today(),
            'sites': [r.id for r in self.records],
            }
        for name in ['party', 'address', 'date']:
            if value := getattr(self.start, name, None):
                start[name] = getattr(value, 'id', value)
        return start

    def default_show(self, fields):
        sites = [p for s in self.start.sites for p in s.get_places()]
        return {
            'lines': [{
                    'record': str(record),
                    'note': note,
                    'change': True,
                    } for record, note in self.get_lines(sites)],
            'readings': [{
                    'meter': meter.id,
                    'last_value': meter.last_value,
                    } for meter in self.get_meters(sites)],
            }

    def get_lines(self, sites):
        "Return the records that change hands, each with a note"
        return [
            (equipment, equipment.site.rec_name)
            for equipment in self._equipments(sites)]

    def get_meters(self, sites):
        "Return the meters to read on the date"
        pool = Pool()
        Meter = pool.get('maintenance.meter')
        return Meter.search([
                ('equipment', 'in', [
                        e.id for e in self._equipments(sites)]),
                ])

    def _equipments(self, sites):
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')
        return Equipment.search([
                ('site', 'in', [s.id for s in sites]),
                ])

    def transition_change(self):
        records = defaultdict(list)
        for line in self.show.lines:
            if line.change:
                records[line.record.__name__].append(line.record)
        self.save_readings()
        self.change_records(records)
        return 'end'

    def save_readings(self):
        "Record the final readings of the old holder"
        pool = Pool()
        Reading = pool.get('maintenance.meter.reading')
        readings = [
            Reading.at(line.meter, self.start.date, line.value)
            for line in self.show.readings if line.value is not None]
        Reading.save(readings)
        Reading.confirm(readings)

    def change_records(self, records):
        "Hand over the records, by name of their model"
        pool = Pool()
        Site = pool.get('maintenance.site')
        Site.change_holder(
            self.start.sites, self.start.party, self.start.date,
            address=self.start.address,
            equipments=records['maintenance.equipment'])

    def end(self):
        return 'reload'


class ChangeHolderStart(ModelView):
    __name__ = 'maintenance.site.change_holder.start'

    company = fields.Many2One(
        'company.company', "Company", readonly=True,
        help="The company which attends the sites.")
    sites = fields.Many2Many(
        'maintenance.site', None, None, "Sites", readonly=True,
        help="The sites which change hands, with all inside them.")
    party = fields.Many2One(
        'party.party', "New Holder", required=True,
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="The customer from then on.")
    address = fields.Many2One(
        'party.address', "Address",
        domain=[
            ('party', '=', Eval('party', -1)),
            ],
        help="Where the technician goes.\n"
        "Leave empty to give the new holder the same address.")
    date = fields.Date(
        "Date", required=True,
        help="The first day of the new holder, today or before.")


class ChangeHolderShow(ModelView):
    __name__ = 'maintenance.site.change_holder.show'

    lines = fields.One2Many(
        'maintenance.site.change_holder.line', None, "What Changes Hands",
        help="Everything of the old holder there. What is not ticked stays "
        "his.")
    readings = fields.One2Many(
        'maintenance.site.change_holder.reading', None, "Final Readings",
        help="What the meters show on the day. Leave empty what nobody read.")


class ChangeHolderLine(ModelView):
    __name__ = 'maintenance.site.change_holder.line'

    record = fields.Reference(
        "Record", selection='get_models', readonly=True,
        help="What changes hands.")
    note = fields.Char(
        "Note", readonly=True,
        help="Where it is, or what will happen to it.")
    change = fields.Boolean(
        "Change",
        help="Uncheck what stays with the old holder.")

    @classmethod
    def get_models(cls):
        pool = Pool()
        Model = pool.get('ir.model')
        return [
            (name, Model.get_name(name)) for name in cls._get_models()]

    @classmethod
    def _get_models(cls):
        "Return the models whose records change hands"
        return ['maintenance.equipment']


class ChangeHolderReading(ModelView):
    __name__ = 'maintenance.site.change_holder.reading'

    meter = fields.Many2One(
        'maintenance.meter', "Meter", readonly=True,
        help="The meter that is read.")
    last_value = fields.Numeric(
        "Last Reading", readonly=True,
        help="What it showed the last time.")
    value = fields.Numeric(
        "Final Reading",
        help="What it shows on the day.")

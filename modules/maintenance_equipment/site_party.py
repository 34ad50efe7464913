# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt

from trytond.i18n import gettext
from trytond.model import ModelSQL, ModelView, fields
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.transaction import Transaction

from .exceptions import SiteDateError
from .person import USAGE


class SiteParty(ModelSQL, ModelView):
    __name__ = 'maintenance.site.party'

    site = fields.Many2One(
        'maintenance.site', "Site", required=True, ondelete='CASCADE',
        help="The place the party has to do with.")
    company = fields.Function(
        fields.Many2One(
            'company.company', "Company",
            help="The company which attends the site."),
        'on_change_with_company', searcher='search_company')
    customer = fields.Function(
        fields.Many2One(
            'party.party', "Customer",
            context={
                'company': Eval('company', -1),
                },
            depends={'company'},
            help="The party whose place it is."),
        'on_change_with_customer')
    party = fields.Many2One(
        'party.party', "Party", required=True, ondelete='RESTRICT',
        context={
            'company': Eval('company', -1),
            'related_party': Eval('customer', -1),
            'relation_usages': [USAGE],
            },
        depends={'company', 'customer'},
        help="Who has the role. The persons of the customer come first.")
    role = fields.Selection([
            ('manager', "Manager"),
            ('owner', "Owner"),
            ('occupant', "Occupant"),
            ('payer', "Payer"),
            ('key_holder', "Key Holder"),
            ('holder', "Holder"),
            ], "Role", required=True, sort=False,
        help="What the party is to the site.")
    role_string = role.translated('role')
    from_date = fields.Date(
        "From",
        help="The first day of the role. Empty means since ever.")
    to_date = fields.Date(
        "To",
        help="The last day of the role. Empty means until further notice.")
    receives = fields.MultiSelection([
            ('tickets', "Tickets"),
            ('reports', "Work Reports"),
            ('invoices', "Invoices"),
            ('statements', "Statements"),
            ], "Receives", sort=False,
        help="The papers which are sent to the party.")
    currency = fields.Function(
        fields.Many2One(
            'currency.currency', "Currency",
            help="The currency of the company."),
        'on_change_with_currency')
    may_approve_up_to = Monetary(
        "May Approve up to", currency='currency', digits='currency',
        domain=['OR',
            ('may_approve_up_to', '=', None),
            ('may_approve_up_to', '>=', 0),
            ],
        help="The amount the party may order without asking anyone. "
        "Empty means nothing may be approved.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('site')
        cls._order = [
            ('from_date', 'DESC NULLS LAST'),
            ('id', 'DESC'),
            ]

    @fields.depends('site', '_parent_site.company')
    def on_change_with_company(self, name=None):
        return self.site.company if self.site else None

    @fields.depends('site', '_parent_site.party')
    def on_change_with_customer(self, name=None):
        return self.site.party if self.site else None

    @classmethod
    def search_company(cls, name, clause):
        return [('site.' + clause[0],) + tuple(clause[1:])]

    @fields.depends('site', '_parent_site.company')
    def on_change_with_currency(self, name=None):
        if self.site and self.site.company:
            return self.site.company.currency

    def get_rec_name(self, name):
        return f'{self.party.rec_name} ({self.role_string})'

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('party.rec_name',) + tuple(clause[1:])]

    @classmethod
    def validate_fields(cls, records, field_names):
        super().validate_fields(records, field_names)
        cls.check_dates(records, field_names)

    @classmethod
    def check_dates(cls, records, field_names=None):
        if field_names and not (field_names & {'from_date', 'to_date'}):
            return
        for record in records:
            if (record.from_date and record.to_date
                    and record.to_date < record.from_date):
                raise SiteDateError(gettext(
                        'maintenance_equipment.msg_site_party_dates',
                        party=record.party.rec_name,
                        site=record.site.rec_name))

    def holds(self, date):
        "Return whether the role counts on the date"
        return ((not self.from_date or self.from_date <= date)
            and (not self.to_date or date <= self.to_date))

    @classmethod
    def change(cls, sites, role, party, date, **values):
        """Give the role at the sites to the party from the date on

        Who had it keeps it until the day before; what he receives and may
        approve goes over to the new one unless the values say otherwise.
        """
        rows = cls.search([
                ('site', 'in', [s.id for s in sites]),
                ('role', '=', role),
                ['OR',
                    ('to_date', '=', None),
                    ('to_date', '>=', date),
                    ],
                ])
        before = {}
        for row in rows:
            if row.from_date and row.from_date >= date:
                raise SiteDateError(gettext(
                        'maintenance_equipment.msg_site_party_later',
                        party=row.party.rec_name,
                        site=row.site.rec_name,
                        role=row.role_string))
            before[row.site.id] = row
            row.to_date = date - dt.timedelta(days=1)
        cls.save(rows)
        new = []
        for site in sites:
            row = cls(site=site, party=party, role=role, from_date=date)
            old = before.get(site.id)
            row.receives = values.get(
                'receives', old.receives if old else None)
            row.may_approve_up_to = values.get(
                'may_approve_up_to', old.may_approve_up_to if old else None)
            new.append(row)
        cls.save(new)
        return new


class RolesMixin:
    "Who does what for the place on a day"
    __slots__ = ()

    def parties_at(self, role, date=None):
        """Return the parties with the role on the date

        Where nobody has it at the place itself, those of what contains it
        count.
        """
        return [r.party for r in self._roles_at(date, {role})]

    def receivers(self, paper, date=None):
        "Return the parties who receive the paper on the date"
        found = []
        for row in self._roles_at(date):
            if paper in (row.receives or []) and row.party not in found:
                found.append(row.party)
        return found

    def may_approve(self, party, amount, date=None):
        "Return whether the party may order the amount for the place"
        return any(
            row.party == party and row.may_approve_up_to is not None
            and amount <= row.may_approve_up_to
            for row in self._roles_at(date))

    def _roles_at(self, date=None, roles=None):
        pool = Pool()
        Date = pool.get('ir.date')

        if date is None:
            with Transaction().set_context(company=self.company.id):
                date = Date.today()
        found, seen, place = [], set(), self
        while place:
            rows = [r for r in place.parties
                if r.holds(date) and r.role not in seen
                and (not roles or r.role in roles)]
            found += rows
            seen |= {r.role for r in rows}
            place = place.parent
        return found

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Who is away, who is on duty, and what each may do."""
import datetime as dt

from trytond.model import Index, ModelSQL, ModelView, fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval, If
from trytond.transaction import Transaction

CREDENTIALS = [
    ('safety', "Safety"),
    ('f_gas', "F-Gas"),
    ('electrician', "Electrician"),
    ('fire', "Fire Protection"),
    ('heights', "Work at Heights"),
    ('induction', "Customer's Induction"),
    ('other', "Other"),
    ]


class _EmployeeMixin:
    __slots__ = ()

    employee = fields.Many2One(
        'company.employee', "Employee", required=True, ondelete='CASCADE',
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        help="Who it is about.")
    company = fields.Many2One(
        'company.company', "Company", required=True,
        help="The company of the employee.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.add(Index(t, (t.employee, Index.Range())))

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('employee.rec_name',) + tuple(clause[1:])]


class Absence(_EmployeeMixin, ModelSQL, ModelView):
    "Days on which an employee can not be sent anywhere"
    __name__ = 'maintenance.absence'

    kind = fields.Selection([
            ('holiday', "Holiday"),
            ('illness', "Illness"),
            ('training', "Training"),
            ('other', "Other"),
            ], "Kind", required=True, sort=False,
        help="Why the employee is away.")
    kind_string = kind.translated('kind')
    from_date = fields.Date(
        "From", required=True,
        help="The first day away.")
    to_date = fields.Date(
        "To", required=True,
        domain=[
            ('to_date', '>=', Eval('from_date', dt.date.min)),
            ],
        help="The last day away.")
    note = fields.Char(
        "Note",
        help="What else is to be known.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [
            ('from_date', 'DESC'),
            ('id', 'DESC'),
            ]

    @classmethod
    def default_kind(cls):
        return 'holiday'

    @fields.depends('from_date', 'to_date')
    def on_change_from_date(self):
        if self.from_date and (
                not self.to_date or self.to_date < self.from_date):
            self.to_date = self.from_date

    def get_rec_name(self, name):
        return f'{self.employee.rec_name} · {self.kind_string}'


class Duty(_EmployeeMixin, ModelSQL, ModelView):
    "Who answers outside working hours"
    __name__ = 'maintenance.duty'

    team = fields.Char(
        "Team",
        help="The team or zone which is covered.")
    start = fields.DateTime(
        "Start", required=True,
        help="From when on the employee answers.")
    end = fields.DateTime(
        "End", required=True,
        domain=[
            ('end', '>', Eval('start', dt.datetime.min)),
            ],
        help="Until when the employee answers.")
    phone = fields.Char(
        "Phone",
        help="The number to call, if other than that of the employee.")
    length = fields.Function(
        fields.TimeDelta(
            "Hours", 'hours',
            help="How long the employee is on duty, to be made up for."),
        'on_change_with_length')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [
            ('start', 'DESC'),
            ('id', 'DESC'),
            ]

    @fields.depends('start', 'end')
    def on_change_with_length(self, name=None):
        if self.start and self.end and self.end > self.start:
            return self.end - self.start

    def get_rec_name(self, name):
        return ' · '.join(filter(None, [self.employee.rec_name, self.team]))

    @classmethod
    def on_duty(cls, company, when=None, team=None):
        "Return who is on duty at the moment"
        when = when or dt.datetime.now(dt.timezone.utc).replace(tzinfo=None)
        domain = [
            ('company', '=', company.id),
            ('start', '<=', when),
            ('end', '>', when),
            ]
        if team:
            domain.append(('team', 'in', [team, None]))
        return cls.search(domain, order=[('start', 'ASC'), ('id', 'ASC')])


class Credential(_EmployeeMixin, ModelSQL, ModelView):
    """What an employee is allowed to do, and until when

    Attach the certificate itself.
    """
    __name__ = 'maintenance.credential'

    kind = fields.Selection(
        CREDENTIALS, "Kind", required=True, sort=False,
        help="What the employee may do.")
    kind_string = kind.translated('kind')
    site = fields.Many2One(
        'maintenance.site', "Site", ondelete='CASCADE',
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        help="The place it is for, with what is inside. "
        "Leave empty for all places.")
    number = fields.Char(
        "Number",
        help="The number of the certificate.")
    until = fields.Date(
        "Until",
        help="The last day it counts. Leave empty if it has no end.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [
            ('until', 'ASC NULLS LAST'),
            ('id', 'ASC'),
            ]

    def get_rec_name(self, name):
        return f'{self.employee.rec_name} · {self.kind_string}'

    @classmethod
    def view_attributes(cls):
        today = Pool().get('ir.date').today()
        return super().view_attributes() + [
            ('/tree', 'visual',
                If(Eval('until', dt.date.max) < today, 'danger',
                    If(Eval('until', dt.date.max)
                        < today + dt.timedelta(days=30), 'warning', ''))),
            ]

    def holds(self, site, date):
        "Whether it counts at the site on the day"
        if self.until and self.until < date:
            return False
        while self.site and site:
            if site == self.site:
                return True
            site = site.parent
        return not self.site


class Site(metaclass=PoolMeta):
    __name__ = 'maintenance.site'

    credentials = fields.MultiSelection(
        CREDENTIALS, "Credentials Required", sort=False,
        help="What who works here, and in what is inside, must be allowed.")

    @property
    def credentials_required(self):
        required = set()
        site = self
        while site:
            required.update(site.credentials or ())
            site = site.parent
        return frozenset(required)

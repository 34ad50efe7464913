# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""When a company, a zone or a site rests, and the plans which forget it."""
import datetime as dt
from collections import defaultdict

from sql import Literal
from sql.conditionals import Coalesce
from sql.operators import Equal

from trytond.i18n import gettext
from trytond.model import Exclude, Index, ModelSQL, ModelView, fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.tools import timezone as tz
from trytond.transaction import Transaction, without_check_access

from .rest_days import Rest, days_of, on_days, public, resolve


class Holiday(ModelSQL, ModelView):
    """A day on which a company, a zone or a site rests

    The holidays of the country and the region are known without it.
    """
    __name__ = 'maintenance.holiday'

    name = fields.Char(
        "Name", required=True,
        help="What is celebrated.")
    company = fields.Many2One(
        'company.company', "Company", required=True,
        help="The company which rests, or goes to who rests.")
    date = fields.Date(
        "Date", required=True,
        help="The day, besides the holidays of the country and the region.")
    zone = fields.Many2One(
        'maintenance.zone', "Zone", ondelete='CASCADE',
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        states={
            'readonly': Eval('site', -1) >= 0,
            },
        help="The zone whose sites rest. "
        "Leave zone and site empty if the company rests.")
    site = fields.Many2One(
        'maintenance.site', "Site", ondelete='CASCADE',
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        states={
            'readonly': Eval('zone', -1) >= 0,
            },
        help="The place which rests, with what is inside.")
    works = fields.Boolean(
        "Working Day",
        help="Check if it is no holiday here, though the country, the company "
        "or the zone says so.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints += [
            ('date_unique', Exclude(t,
                    (t.company, Equal),
                    (t.date, Equal),
                    (Coalesce(t.zone, Literal(-1)), Equal),
                    (Coalesce(t.site, Literal(-1)), Equal)),
                'maintenance_order.msg_holiday_unique'),
            ]
        cls._sql_indexes.add(
            Index(t, (t.company, Index.Range()), (t.date, Index.Range())))
        cls._order = [
            ('date', 'DESC'),
            ('id', 'DESC'),
            ]

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    @without_check_access
    def at_company(cls, company, years):
        "Return the days off of the company with what is celebrated"
        return resolve(
            _public(company.party.address_get(), years), [
                h._rest(0) for h in cls._entered(company, years)
                if not h.zone and not h.site])

    @classmethod
    @without_check_access
    def at_site(cls, site, years):
        "Return the days off of the site with what is celebrated"
        places, place = [], site
        while place:
            places.append(place)
            place = place.parent
        zone = site.get_zone()
        company = site.company
        address = site.get_full_address()
        if not address or not address.country:
            address = company.party.address_get()
        own = []
        for holiday in cls._entered(company, years):
            if holiday.site in places:
                own.append(holiday._rest(
                        1 + len(places) - places.index(holiday.site)))
            elif holiday.zone and holiday.zone == zone:
                own.append(holiday._rest(1))
            elif not holiday.site and not holiday.zone and holiday.works:
                # Where all work, it is a working day there as well; but what
                # the company celebrates for itself is no feast of the site.
                own.append(holiday._rest(0))
        return resolve(_public(address, years), own)

    @classmethod
    def _entered(cls, company, years):
        return cls.search([
                ('company', '=', company.id),
                ('date', '>=', dt.date(min(years), 1, 1)),
                ('date', '<=', dt.date(max(years), 12, 31)),
                ])

    def _rest(self, nearness):
        return Rest(self.date, self.name, self.works, nearness)


class Visit(metaclass=PoolMeta):
    __name__ = 'maintenance.visit'

    @without_check_access
    def planning_warnings(self):
        return [*super().planning_warnings(), *self._holidays()]

    def _holidays(self):
        "Tell on which day of the plan we or the customer rest"
        pool = Pool()
        Holiday = pool.get('maintenance.holiday')
        Lang = pool.get('ir.lang')
        start = self._local(self.planned_start).replace(tzinfo=None)
        end = self._local(
            self.planned_end or self.planned_start).replace(tzinfo=None)
        days = days_of(start, max(start, end))
        years = {d.year for d in days}
        lang = Lang.get()
        at_site = Holiday.at_site(self.site, years)
        at_company = Holiday.at_company(self.company, years)
        for day in days:
            for found, message in [
                    (at_site, 'maintenance_order.msg_planning_holiday_site'),
                    (at_company, 'maintenance_order.msg_planning_holiday')]:
                if day in found:
                    yield gettext(
                        message, date=lang.strftime(day), holiday=found[day],
                        site=self.site.rec_name)
                    break

    @classmethod
    @without_check_access
    def _closed(cls, company, site, after):
        "Return the days on which nobody is proposed to go to the site"
        pool = Pool()
        Holiday = pool.get('maintenance.holiday')
        years = {after.year, after.year + 1}
        return frozenset(Holiday.at_site(site, years)) | frozenset(
            Holiday.at_company(company, years))


class Duty(metaclass=PoolMeta):
    __name__ = 'maintenance.duty'

    holidays = fields.Function(
        fields.Char(
            "Holidays",
            states={
                'invisible': ~Eval('holidays'),
                },
            help="What the company celebrates meanwhile."),
        'get_holidays')
    holiday_length = fields.Function(
        fields.TimeDelta(
            "Hours on Holidays", 'hours',
            help="How long of it falls on holidays of the company, "
            "to be made up for at another rate."),
        'get_holidays')

    @classmethod
    def get_holidays(cls, duties, names):
        pool = Pool()
        Holiday = pool.get('maintenance.holiday')
        result = {name: dict.fromkeys(d.id for d in duties) for name in names}
        by_company = defaultdict(list)
        for duty in duties:
            by_company[duty.company].append(duty)
        for company, found in by_company.items():
            zone = tz.get_tzinfo(company.timezone or 'UTC')
            times = {d.id: (_local(d.start, zone), _local(d.end, zone))
                for d in found}
            days = Holiday.at_company(
                company, {t.year for pair in times.values() for t in pair})
            for duty in found:
                start, end = times[duty.id]
                if 'holidays' in names:
                    result['holidays'][duty.id] = ', '.join(
                        days[d] for d in days_of(start, end) if d in days
                        ) or None
                if 'holiday_length' in names:
                    result['holiday_length'][duty.id] = on_days(
                        start, end, days) or None
        return result


def _public(address, years):
    "Return by year the holidays of the country and the region of the address"
    country = address.country if address else None
    if not country:
        return []
    regions, subdivision = [], address.subdivision
    while subdivision:
        regions.append(subdivision.code.partition('-')[2])
        subdivision = subdivision.parent
    return [
        public(country.code, tuple(filter(None, regions)), year)
        for year in sorted(years)]


def _local(value, zone):
    return value.replace(tzinfo=tz.UTC).astimezone(zone).replace(tzinfo=None)

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt

from trytond.i18n import gettext
from trytond.pool import Pool
from trytond.transaction import Transaction

from .exceptions import SiteHolderError


class HeldMixin:
    """Whose place it is, now and before

    The customer of a site is who holds it now.  What was before is told by
    the placements, which keep the customer of their time, and by the role
    holder among the parties of the site.
    """
    __slots__ = ()

    def holder_at(self, date):
        "Return whose place it was on the date"
        for row in self.parties:
            if row.role == 'holder' and row.holds(date):
                return row.party
        return self.party

    def get_places(self):
        "Return the place and all inside it which are of the same customer"
        return list(self.search([
                    ('parent', 'child_of', [self.id], 'parent'),
                    ('party', '=', self.party.id),
                    ]))

    @classmethod
    def change_holder(
            cls, sites, party, date, address=None, equipments=None):
        """Give the sites, with all inside, to the party from the date on

        The equipment is what goes to the new holder, by default all that
        stands there; the rest stays the property of the old one.  Without
        address the new holder gets a copy of that of the old.
        """
        pool = Pool()
        Address = pool.get('party.address')
        Date = pool.get('ir.date')
        Placement = pool.get('maintenance.equipment.placement')
        SiteParty = pool.get('maintenance.site.party')
        Warranty = pool.get('maintenance.warranty')

        rows = []
        for site in cls._outermost(sites):
            with Transaction().set_context(company=site.company.id):
                today = Date.today()
            if date > today:
                raise SiteHolderError(gettext(
                        'maintenance_equipment.msg_site_holder_future',
                        site=site.rec_name))
            if site.party == party:
                raise SiteHolderError(gettext(
                        'maintenance_equipment.msg_site_holder_same',
                        site=site.rec_name,
                        party=party.rec_name))
            old = site.party
            with Transaction().set_context(_change_holder=True):
                places = site.get_places()
            changed = Placement.change_customer(
                places, old, date, equipments)
            Warranty.end_not_transferable(changed, date)
            copies = {}
            for place in places:
                place.party = party
                if place == site and address:
                    place.address = address
                elif place.address and place.address.party != party:
                    if place.address not in copies:
                        copies[place.address], = Address.copy(
                            [place.address], {'party': party.id})
                    place.address = copies[place.address]
            cls.save(places)
            rows += cls._holder_rows(site, old, party, date)
        SiteParty.save(rows)

    @classmethod
    def _outermost(cls, sites):
        "Return the sites without those which go along with another of them"
        inside = {p for s in sites for p in s.get_places() if p != s}
        return [s for s in sites if s not in inside]

    @classmethod
    def check_modification(cls, mode, sites, values=None, external=False):
        pool = Pool()
        Date = pool.get('ir.date')
        Placement = pool.get('maintenance.equipment.placement')

        super().check_modification(
            mode, sites, values=values, external=external)
        if (mode != 'write' or 'party' not in values
                or Transaction().context.get('_change_holder')):
            return
        for site in sites:
            if site.party.id == values['party']:
                continue
            with Transaction().set_context(company=site.company.id):
                today = Date.today()
            # The placements without customer tell that of the site: what was
            # before today would change too.
            if Placement.search([
                        ('site', '=', site.id),
                        ('customer', '=', None),
                        ('from_date', '<', today),
                        ], limit=1):
                raise SiteHolderError(gettext(
                        'maintenance_equipment.msg_site_holder_write',
                        site=site.rec_name,
                        party=site.party.rec_name))

    @classmethod
    def _holder_rows(cls, site, old, party, date):
        pool = Pool()
        SiteParty = pool.get('maintenance.site.party')
        last = [
            r for r in site.parties
            if r.role == 'holder' and not r.to_date]
        if not last:
            last = [SiteParty(
                    site=site, role='holder', party=old, from_date=None)]
        for row in last:
            if row.from_date and row.from_date >= date:
                raise SiteHolderError(gettext(
                        'maintenance_equipment.msg_site_holder_later',
                        site=site.rec_name,
                        party=row.party.rec_name))
            row.to_date = date - dt.timedelta(days=1)
        return [*last, SiteParty(
                site=site, role='holder', party=party, from_date=date)]

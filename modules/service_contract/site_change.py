# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What becomes of the contracts when a site goes to another customer."""
import datetime as dt
from collections import defaultdict

from trytond.i18n import gettext
from trytond.pool import Pool, PoolMeta
from trytond.transaction import without_check_access


class ChangeHolder(metaclass=PoolMeta):
    __name__ = 'maintenance.site.change_holder'

    def get_lines(self, sites):
        pool = Pool()
        Lang = pool.get('ir.lang')
        last = Lang.get().strftime(self._last_day)
        lines = []
        for contract, covers in self._get_covers(sites).items():
            if self._is_whole(contract, covers):
                note = gettext(
                    'service_contract.msg_change_holder_ends', date=last)
            else:
                note = gettext(
                    'service_contract.msg_change_holder_leave', date=last,
                    covers=', '.join(
                        (c.equipment or c.site).rec_name for c in covers))
            lines.append((contract, note))
        return super().get_lines(sites) + lines

    def change_records(self, records):
        pool = Pool()
        Contract = pool.get('service.contract')

        # Nothing but what was listed: the lines come from a client.
        sites = [p for s in self.start.sites for p in s.get_places()]
        found = self._get_covers(sites)
        contracts = [c for c in records['service.contract'] if c in found]
        reason = gettext(
            'service_contract.msg_change_holder_reason',
            party=self.start.party.rec_name)
        with without_check_access():
            Contract.stop(
                Contract.browse([
                        c for c in contracts
                        if self._is_whole(c, found[c])]),
                self._last_day, reason=reason)
            for contract in contracts:
                if not self._is_whole(contract, found[contract]):
                    Contract.end_covers(
                        found[contract], self.start.date, description=reason)
        super().change_records(records)

    @property
    def _last_day(self):
        return self.start.date - dt.timedelta(days=1)

    def _get_covers(self, sites):
        "Return what the contracts of the old holder cover there, by contract"
        pool = Pool()
        Access = pool.get('ir.model.access')
        LineEquipment = pool.get('service.contract.line.equipment')

        covers = defaultdict(list)
        if not Access.check(
                'service.contract', 'write', raise_exception=False):
            # Who may not end them leaves them to who may.
            return covers
        ids = [s.id for s in sites]
        for covered in LineEquipment.search([
                    ('line.contract.state', '=', 'running'),
                    ('line.contract.start_date', '<', self.start.date),
                    ('line.contract.party', 'in', list(
                            {s.party.id for s in sites})),
                    LineEquipment.covering(self._last_day),
                    ['OR',
                        ('to_date', '=', None),
                        ('to_date', '>', self._last_day),
                        ],
                    ['OR',
                        ('site', 'in', ids),
                        ('equipment.site', 'in', ids),
                        ],
                    ]):
            covers[covered.line.contract].append(covered)
        return covers

    def _is_whole(self, contract, covers):
        "Whether the contract covers nothing elsewhere"
        ended = {c.id for c in covers}
        return all(
            c.id in ended or (c.to_date and c.to_date <= self._last_day)
            for line in contract.lines for c in line.equipments)


class ChangeHolderLine(metaclass=PoolMeta):
    __name__ = 'maintenance.site.change_holder.line'

    @classmethod
    def _get_models(cls):
        return [*super()._get_models(), 'service.contract']

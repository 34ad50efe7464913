# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Invoices for work by the contract which its machine is under."""
from collections import defaultdict

from trytond.model import fields
from trytond.pool import Pool, PoolMeta

CONTRACT = ('contract', "Contract")


class Party(metaclass=PoolMeta):
    __name__ = 'party.party'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.work_grouping.selection.append(CONTRACT)
        cls.work_subtotals.selection.append(CONTRACT)


class InvoiceWorkStart(metaclass=PoolMeta):
    __name__ = 'maintenance.invoice_work.start'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.grouping.selection.append(CONTRACT)


class VisitShare(metaclass=PoolMeta):
    __name__ = 'maintenance.visit.share'

    contract = fields.Function(
        fields.Many2One(
            'service.contract', "Contract",
            help="The contract which the work is under, whether it pays for "
            "it or not."),
        'get_contract')

    @classmethod
    def get_contract(cls, shares, name):
        pool = Pool()
        Counter = pool.get('service.contract.line.counter')
        Line = pool.get('service.contract.line')
        result = dict.fromkeys(s.id for s in shares)
        others = defaultdict(list)
        for share in shares:
            source = share.source
            if isinstance(source, Counter):
                source = source.line
            if isinstance(source, Line):
                result[share.id] = source.contract.id
            else:
                others[share.line.id].append(share.id)
        if not others:
            return result
        visits = list({s.visit for s in shares if s.line.id in others})
        for line_id, contract_id in cls._contracts_of(visits).items():
            for share_id in others.get(line_id, []):
                result[share_id] = contract_id
        return result

    @classmethod
    def _contracts_of(cls, visits):
        """Return by line the contract which covers its machine on the day

        Of several it is the oldest one.
        """
        pool = Pool()
        Visit = pool.get('maintenance.visit')
        covers = Visit._covers(visits, paying=False)
        found = {}
        for visit in visits:
            for covered in covers.at(visit):
                contract = covered.line.contract
                from_date, to_date = covered.days
                if not visit.date or not from_date <= visit.date <= to_date:
                    continue
                for line in visit.lines:
                    equipment = line.the_equipment
                    if covers.concerns(
                            covered, equipment.id if equipment else None):
                        found[line.id] = min(
                            found.get(line.id, contract.id), contract.id)
        return found

    @property
    def _subtotal_part(self):
        if self.payer and self.payer.work_subtotals == 'contract':
            return self.contract
        return super()._subtotal_part

    def _invoicing_group(self, grouping):
        if grouping == 'contract':
            return 'contract', self.contract.id if self.contract else None
        return super()._invoicing_group(grouping)

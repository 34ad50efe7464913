# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.pool import Pool, PoolMeta


class PartyReceptionDirectDebit(metaclass=PoolMeta):
    __name__ = 'party.party.reception_direct_debit'

    @classmethod
    def get_pattern(cls, line, type='line'):
        pool = Pool()
        Invoice = pool.get('account.invoice')
        pattern = super().get_pattern(line, type=type)
        invoice = line.move.origin if line.move else None
        if isinstance(invoice, Invoice) and invoice.payment_means:
            pattern['means'] = {
                str(m.instrument) for m in invoice.payment_means}
        return pattern

    def match(self, pattern, match_none=False):
        # What the invoice says comes before what is usual with the party.
        pattern = pattern.copy()
        means = pattern.pop('means', None)
        if means is not None and str(self) not in means:
            return False
        return super().match(pattern, match_none=match_none)

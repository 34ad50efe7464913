# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Invoice anew the periods of an invoice that is corrected and reissued."""
import datetime as dt
from dataclasses import replace

from trytond.i18n import gettext
from trytond.modules.maintenance_order.exceptions import ReissueError
from trytond.pool import Pool, PoolMeta

from . import ledger
from .proposal import rounding_of


class Period(metaclass=PoolMeta):
    __name__ = 'service.contract.period'

    @classmethod
    def due_again(cls, periods, invoice):
        """Return whether something is left to invoice without the invoice

        The ledger is asked as if the periods were credited already.
        """
        pool = Pool()
        Contract = pool.get('service.contract')
        for period in periods:
            if period.contract.state != 'running':
                raise ReissueError(gettext(
                        'service_contract.msg_reissue_closed',
                        invoice=invoice.rec_name,
                        contract=period.contract.rec_name))
        company = invoice.company
        ids = [p.contract.id for p in periods]
        today = Contract._today(company.id)
        entries = cls._ledger_entries(ids)
        credited = {p.id for p in periods}
        spans = _spans(periods)
        until = max(p.invoice_date for p in periods)
        for _, currency, line in cls._ledger_lines(ids, company):
            if line.id not in spans:
                continue
            proposals, _ = ledger.propose(
                line, [
                    replace(e, live=False) if e.id in credited else e
                    for e in entries[line.id]],
                until, today, rounding_of(currency))
            if any(p.amount and _touches(p, spans[line.id])
                    for p in proposals):
                return True
        return False

    @classmethod
    def recharge(cls, periods, payer, date, reason):
        """Put on drafts what the ledger proposes in place of the periods

        Who pays them now pays the lines from the first of them on.
        """
        pool = Pool()
        Contract = pool.get('service.contract')
        spans = _spans(periods)
        moved = {}
        for period in sorted(periods, key=lambda p: p.from_date):
            if period.party != payer:
                moved.setdefault(period.line, period.from_date)
        for line, from_date in moved.items():
            if not line.pays_from(payer, from_date):
                Contract.amend_payer(
                    [line], from_date, payer, description=reason)
        contracts = list(dict.fromkeys(p.contract for p in periods))
        cls.propose(contracts, max(p.invoice_date for p in periods))
        again = [
            p for p in cls.search([
                    ('line', 'in', list(spans)),
                    ('state', '=', 'pending'),
                    ('amount', '!=', 0),
                    ])
            if _touches(p, spans[p.line.id])]
        return cls.invoice_due(
            company=contracts[0].company, date=date,
            up_to=max([date, *(p.invoice_date for p in again)]),
            periods=again, post=False)


class ContractLine(metaclass=PoolMeta):
    __name__ = 'service.contract.line'

    def pays_from(self, payer, date):
        "Return whether the payer pays the line by its terms from the date on"
        pool = Pool()
        Term = pool.get('service.contract.line.term')
        in_force = Term.in_force([self], date).get(self.id)
        terms = [
            t for t in self.terms
            if t == in_force or (t.from_date or dt.date.min) > date]
        return bool(terms) and all(
            (t.payer or self.invoice_party_used) == payer for t in terms)


def _spans(periods):
    "Return first and last day of the periods, by line"
    spans = {}
    for period in periods:
        spans.setdefault(period.line.id, []).append(
            (period.from_date, period.to_date))
    return spans


def _touches(period, spans):
    return any(
        period.from_date <= to_date and period.to_date >= from_date
        for from_date, to_date in spans)

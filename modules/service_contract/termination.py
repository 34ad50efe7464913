# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from dataclasses import replace
from decimal import Decimal

from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.tools import grouped_slice
from trytond.wizard import Button, StateTransition, StateView, Wizard

from . import ledger
from .contract_check import refuse
from .exceptions import ContractNoticeWarning, ContractStopError
from .proposal import rounding_of
from .recurrence import renewed_end


class TerminationMixin:
    __slots__ = ()

    end_before_stop = fields.Date(
        "End Before Termination", readonly=True,
        states={
            'invisible': ~Eval('end_before_stop'),
            },
        help="The end that the contract had when its termination was "
        "recorded.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons.update({
                'withdraw_stop': {
                    'invisible': (
                        (Eval('state') != 'running')
                        | ~Eval('terminated_on')),
                    'icon': 'tryton-undo',
                    'depends': ['state', 'terminated_on'],
                    },
                })

    @classmethod
    def stop(cls, contracts, date, reason=None, credit=True):
        """End the contracts on the date, which is their last day

        The unused days of what is already invoiced are credited, or marked
        as settled without credit.
        """
        pool = Pool()
        Amendment = pool.get('service.contract.amendment')
        Period = pool.get('service.contract.period')
        refuse(cls._not_stoppable(contracts, date))
        # What is given back for other reasons stays, and stands apart.
        kept = [] if credit else cls._corrections(contracts)
        Period.skip(kept)
        longer = [
            c for c in contracts if c.last_date and date > c.last_date]
        amendments = []
        for contract in contracts:
            if not contract.terminated_on:
                contract.end_before_stop = contract.end_date
            contract.end_date = date
            contract.terminated_on = cls._today(contract.company.id)
            contract.termination_reason = reason
            amendments.append({
                    'contract': contract.id,
                    'date': date,
                    'reason': 'termination',
                    'description': reason,
                    })
        cls.save(contracts)
        Amendment.create(amendments)
        cls.check_overlaps(longer)
        if not credit:
            Period.skip([
                    p for p in cls._corrections(contracts)
                    if p.kind == 'credit'])
        if kept:
            Period.unskip(kept)
            cls.refresh(contracts)

    @classmethod
    def _not_stoppable(cls, contracts, date):
        pool = Pool()
        Lang = pool.get('ir.lang')
        for contract in contracts:
            if contract.state != 'running' or date < contract.start_date:
                yield ContractStopError(gettext(
                        'service_contract.msg_contract_stop',
                        contract=contract.rec_name))
                continue
            last = (
                contract.end_before_stop if contract.terminated_on
                else contract.end_date)
            # What is renewed goes on until somebody stops it.
            if last and date > last and not contract.tacit:
                yield ContractStopError(gettext(
                        'service_contract.msg_contract_stop_late',
                        contract=contract.rec_name,
                        date=Lang.get().strftime(last)))

    @classmethod
    def _corrections(cls, contracts):
        "Return what is still to be charged or given back of what was invoiced"
        pool = Pool()
        Period = pool.get('service.contract.period')
        periods = []
        for sub_contracts in grouped_slice(contracts, 500):
            periods += Period.search([
                    ('contract', 'in', [c.id for c in sub_contracts]),
                    ('kind', 'in', ['credit', 'adjustment']),
                    ('state', '=', 'pending'),
                    ])
        return periods

    @classmethod
    @ModelView.button
    def withdraw_stop(cls, contracts):
        """Let the contracts go on as if nobody had ended them

        What was credited is proposed again.
        """
        pool = Pool()
        Amendment = pool.get('service.contract.amendment')
        amendments = []
        for contract in contracts:
            if contract.state != 'running' or not contract.terminated_on:
                raise ContractStopError(gettext(
                        'service_contract.msg_contract_withdraw_stop',
                        contract=contract.rec_name))
            amendments.append({
                    'contract': contract.id,
                    'date': contract.end_date + dt.timedelta(days=1),
                    'reason': 'amendment',
                    'description': gettext(
                        'service_contract.msg_amendment_withdraw_stop'),
                    })
            contract.end_date = contract.end_before_stop
            contract.end_before_stop = None
            contract.terminated_on = None
            contract.termination_reason = None
        cls.save(contracts)
        Amendment.create(amendments)
        cls.check_overlaps(contracts)

    def earliest_end(self, today):
        """Return the first end for which notice can still be given today

        Without notice days nor end any day will do.
        """
        end = self.end_before_stop if self.terminated_on else self.end_date
        if not self.notice_days or not end:
            return today
        while end - dt.timedelta(days=self.notice_days) < today:
            if not self.renewal_months:
                return end
            end = renewed_end(self.start_date, end, self.renewal_months)
        return end

    @classmethod
    def check_notice(cls, contracts, date):
        "Warn when a contract ends before its notice allows it"
        pool = Pool()
        Lang = pool.get('ir.lang')
        Warning = pool.get('res.user.warning')
        lang = Lang.get()
        for contract in contracts:
            earliest = contract.earliest_end(cls._today(contract.company.id))
            if not contract.notice_days or date >= earliest:
                continue
            key = Warning.format('contract_notice', [contract])
            if Warning.check(key):
                raise ContractNoticeWarning(key, gettext(
                        'service_contract.msg_contract_notice',
                        contract=contract.rec_name,
                        date=lang.strftime(date),
                        earliest=lang.strftime(earliest)))

    @classmethod
    def credit_of_stop(cls, contract, date):
        "Return what the customer would get back if it ended on the date"
        pool = Pool()
        Period = pool.get('service.contract.period')
        today = cls._today(contract.company.id)
        entries = Period._ledger_entries([contract.id])
        credit = Decimal(0)
        for _, currency, line in Period._ledger_lines(
                [contract.id], contract.company):
            found = entries.get(line.id, [])
            for sign, end in [(1, min(line.end or date, date)), (-1, None)]:
                proposals, _ = ledger.propose(
                    replace(line, end=end or line.end), found, dt.date.min,
                    today, rounding=rounding_of(currency))
                credit += sign * sum(
                    (p.amount for p in proposals
                        if p.kind in {'credit', 'adjustment'}), Decimal(0))
        return -credit


class ContractStop(Wizard):
    __name__ = 'service.contract.stop'

    start = StateView(
        'service.contract.stop.start',
        'service_contract.contract_stop_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Stop", 'stop', 'tryton-ok', default=True),
            ])
    stop = StateTransition()

    def default_start(self, fields):
        return {
            'contract': (
                self.records[0].id if len(self.records) == 1 else None),
            'start_date': min(
                r.start_date for r in self.records),
            'date': max(
                (r.end_date for r in self.records if r.end_date),
                default=None),
            'credit': True,
            }

    def transition_stop(self):
        # Nobody is asked to go on with what is refused.
        refuse(self.model._not_stoppable(self.records, self.start.date))
        self.model.check_notice(self.records, self.start.date)
        self.model.stop(
            self.records, self.start.date, reason=self.start.reason,
            credit=self.start.credit)
        return 'end'


class ContractStopStart(ModelView):
    __name__ = 'service.contract.stop.start'

    contract = fields.Many2One(
        'service.contract', "Contract", readonly=True,
        states={
            'invisible': ~Eval('contract'),
            },
        help="The contract which ends.")
    currency = fields.Many2One(
        'currency.currency', "Currency", readonly=True,
        help="The currency of the contract.")
    earliest = fields.Date(
        "Notice Allows", readonly=True,
        states={
            'invisible': ~Eval('contract'),
            },
        help="The first end for which the customer is still in time.")
    credit_amount = Monetary(
        "Credit", currency='currency', digits='currency', readonly=True,
        states={
            'invisible': ~Eval('contract') | ~Eval('credit'),
            },
        help="What was invoiced for the days after the last one, "
        "without tax.")
    start_date = fields.Date(
        "Start Date", readonly=True,
        help="The first day of the service.")
    date = fields.Date(
        "Last Day", required=True,
        help="The last day of the service.")
    reason = fields.Text(
        "Reason",
        help="Why the contract ends.")
    credit = fields.Boolean(
        "Credit Unused Days",
        help="Check to give back what was invoiced for the days after the "
        "last one.")

    @fields.depends('contract')
    def on_change_with_currency(self, name=None):
        return self.contract.currency if self.contract else None

    @fields.depends('contract')
    def on_change_with_earliest(self, name=None):
        if self.contract:
            return self.contract.earliest_end(
                self.contract._today(self.contract.company.id))

    @fields.depends('contract', 'date', 'start_date')
    def on_change_with_credit_amount(self, name=None):
        if (self.contract and self.date
                and self.date >= self.start_date):
            return self.contract.credit_of_stop(self.contract, self.date)

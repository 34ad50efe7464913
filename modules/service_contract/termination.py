# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.tools import grouped_slice
from trytond.wizard import Button, StateTransition, StateView, Wizard

from .exceptions import ContractStopError


class TerminationMixin:
    __slots__ = ()

    @classmethod
    def stop(cls, contracts, date, reason=None, credit=True):
        """End the contracts on the date, which is their last day

        The unused days of what is already invoiced are credited, or marked
        as settled without credit.
        """
        pool = Pool()
        Amendment = pool.get('service.contract.amendment')
        Period = pool.get('service.contract.period')
        amendments = []
        for contract in contracts:
            if contract.state != 'running' or date < contract.start_date:
                raise ContractStopError(gettext(
                        'service_contract.msg_contract_stop',
                        contract=contract.rec_name))
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
        if not credit:
            periods = []
            for sub_contracts in grouped_slice(contracts, 500):
                periods += Period.search([
                        ('contract', 'in', [c.id for c in sub_contracts]),
                        ('kind', '=', 'credit'),
                        ('state', '=', 'pending'),
                        ])
            Period.skip(periods)


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
            'start_date': min(
                r.start_date for r in self.records),
            'date': max(
                (r.end_date for r in self.records if r.end_date),
                default=None),
            'credit': True,
            }

    def transition_stop(self):
        self.model.stop(
            self.records, self.start.date, reason=self.start.reason,
            credit=self.start.credit)
        return 'end'


class ContractStopStart(ModelView):
    __name__ = 'service.contract.stop.start'

    start_date = fields.Date(
        "Start Date", readonly=True,
        help="The first day of the service.")
    date = fields.Date(
        "Last Day", required=True,
        domain=[
            ('date', '>=', Eval('start_date', None)),
            ],
        help="The last day of the service.")
    reason = fields.Text(
        "Reason",
        help="Why the contract ends.")
    credit = fields.Boolean(
        "Credit Unused Days",
        help="Check to give back what was invoiced for the days after the "
        "last one.")

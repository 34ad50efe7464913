# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""How a running contract stands today, and how it goes on."""
import datetime as dt

from trytond.i18n import gettext
from trytond.pool import Pool
from trytond.tools import grouped_slice
from trytond.transaction import Transaction

from .exceptions import ContractRenewError
from .recurrence import renewed_end

ENDING_SOON = dt.timedelta(days=90)


class RenewalMixin:
    __slots__ = ()

    @classmethod
    def get_situation(cls, contracts, name):
        result = {}
        today = {}
        for contract in contracts:
            company = contract.company.id
            if company not in today:
                today[company] = cls._today(company)
            result[contract.id] = contract._situation_on(today[company])
        return result

    def _situation_on(self, today):
        if self.state != 'running':
            return ''
        if self.start_date > today:
            return 'future'
        if self.end_date and self.end_date < today:
            return 'expired'
        if any(s.includes(today) for s in self.suspensions):
            return 'suspended'
        if self.terminated_on:
            return 'notice'
        if self.end_date and self.end_date <= today + ENDING_SOON:
            return 'ending'
        return 'current'

    @classmethod
    def search_situation(cls, name, clause):
        "The same rules as domains"
        today = cls._today(Transaction().context.get('company'))
        started = ('start_date', '<=', today)
        not_ended = ['OR', ('end_date', '=', None), ('end_date', '>=', today)]
        far = ['OR',
            ('end_date', '=', None),
            ('end_date', '>', today + ENDING_SOON),
            ]
        resting = [
            ('from_date', '<=', today),
            ['OR', ('to_date', '=', None), ('to_date', '>=', today)],
            ]
        awake = ('suspensions', 'not where', resting)
        running = {
            'suspended': [
                started, not_ended, ('suspensions', 'where', resting)],
            'future': [('start_date', '>', today)],
            'expired': [started, ('end_date', '<', today)],
            'notice': [
                started, not_ended, awake, ('terminated_on', '!=', None)],
            'ending': [
                started,
                awake,
                ('end_date', '>=', today),
                ('end_date', '<=', today + ENDING_SOON),
                ('terminated_on', '=', None),
                ],
            'current': [started, far, awake, ('terminated_on', '=', None)],
            }
        domains = {
            k: [('state', '=', 'running'), *d] for k, d in running.items()}
        domains[''] = [('state', '!=', 'running')]
        _, operator, value = clause
        values = value if operator in {'in', 'not in'} else [value]
        values = {v or '' for v in values}
        if operator in {'!=', 'not in'}:
            values = domains.keys() - values
        elif operator not in {'=', 'in'}:
            raise ValueError(f"operator {operator} is not for {name}")
        if not values:
            return [('id', '=', None)]
        return ['OR', *(domains[v] for v in sorted(values & domains.keys()))]

    @classmethod
    def _today(cls, company):
        pool = Pool()
        Date = pool.get('ir.date')
        with Transaction().set_context(company=company):
            return Date.today()

    @property
    def last_date(self):
        "The last day of the service, None while it goes on by itself"
        if self.tacit and not self.terminated_on:
            return None
        return self.end_date

    @classmethod
    def do_renew(cls, contracts):
        """Renew the contracts once

        A contract which is renewed several times ends on the day its start
        gives, whatever the months between are long.
        """
        pool = Pool()
        Amendment = pool.get('service.contract.amendment')
        amendments = []
        for contract in contracts:
            if (contract.state != 'running' or contract.terminated_on
                    or not contract.renewal_months or not contract.end_date):
                raise ContractRenewError(gettext(
                        'service_contract.msg_contract_renew',
                        contract=contract.rec_name))
            amendments.append({
                    'contract': contract.id,
                    'date': contract.end_date + dt.timedelta(days=1),
                    'reason': 'renewal',
                    })
            contract.end_date = renewed_end(
                contract.start_date, contract.end_date,
                contract.renewal_months)
        cls.save(contracts)
        Amendment.create(amendments)

    @classmethod
    def renew_tacit(cls):
        "Renew the tacit contracts whose day of notice is over"
        pool = Pool()
        Date = pool.get('ir.date')
        today = Date.today()
        contracts = cls.search([
                ('company', '=', Transaction().context.get('company')),
                ('state', '=', 'running'),
                ('end_date', '!=', None),
                ('tacit', '=', True),
                ('terminated_on', '=', None),
                ])
        while contracts:
            contracts = [
                c for c in contracts
                if (c.notice_date if c.end_date >= today
                    else c.end_date) < today]
            if contracts:
                cls.renew(contracts)

    @classmethod
    def propose_periods(cls):
        "Look as far ahead as on the first day, with the machines of today"
        contracts = cls.search([
                ('company', '=', Transaction().context.get('company')),
                ('state', '=', 'running'),
                ])
        for sub_contracts in grouped_slice(contracts, 500):
            cls.refresh(list(sub_contracts))

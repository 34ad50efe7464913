# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Who returns too many receipts may lose the service he does not pay."""
import datetime as dt
from dataclasses import replace
from decimal import Decimal

from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.tools import grouped_slice
from trytond.wizard import Button, StateTransition, StateView, Wizard

from .exceptions import ContractSuspensionError


class Journal(metaclass=PoolMeta):
    __name__ = 'account.payment.journal'

    sepa_suspend_after = fields.Integer(
        "Propose Suspension After",
        domain=['OR',
            ('sepa_suspend_after', '=', None),
            ('sepa_suspend_after', '>', 0),
            ],
        states={
            'invisible': Eval('process_method') != 'sepa',
            },
        help="The number of returns in a year after which it is proposed to "
        "suspend the contracts of a customer.\n"
        "Leave empty to never propose it.")


class Return(metaclass=PoolMeta):
    __name__ = 'sepa.return'

    def _follow_up(self, lines):
        pool = Pool()
        Contract = pool.get('service.contract')
        super()._follow_up(lines)
        lines = [
            line for line in lines if line.debit.kind == 'receivable']
        parties = self._returning_parties(
            lines, self.journal.sepa_suspend_after)
        if parties:
            Contract.propose_suspension(parties, self.company, self.date)


class Contract(metaclass=PoolMeta):
    __name__ = 'service.contract'

    suspension_proposed_on = fields.Date(
        "Suspension Proposed On", readonly=True,
        states={
            'invisible': ~Eval('suspension_proposed_on'),
            },
        help="When the returned receipts of the customer became too many.")
    suspended_from = fields.Date(
        "Suspended From", readonly=True,
        states={
            'invisible': ~Eval('suspended_from'),
            },
        help="The first day on which the contract costs nothing.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        proposed = ((Eval('state') == 'running')
            & Eval('suspension_proposed_on'))
        cls._buttons.update({
                'suspend_wizard': {
                    'invisible': ~proposed,
                    'icon': 'tryton-cancel',
                    'depends': ['state', 'suspension_proposed_on'],
                    },
                'dismiss_suspension': {
                    'invisible': ~proposed,
                    'icon': 'tryton-clear',
                    'depends': ['state', 'suspension_proposed_on'],
                    },
                'resume_wizard': {
                    'invisible': ((Eval('state') != 'running')
                        | ~Eval('suspended_from')),
                    'icon': 'tryton-undo',
                    'depends': ['state', 'suspended_from'],
                    },
                })

    @classmethod
    def copy(cls, contracts, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('suspension_proposed_on')
        default.setdefault('suspended_from')
        return super().copy(contracts, default=default)

    @classmethod
    def propose_suspension(cls, parties, company, date):
        "Propose to suspend the running contracts that the parties pay"
        contracts = []
        for sub in grouped_slice(parties, 500):
            ids = [p.id for p in sub]
            contracts.extend(cls.search([
                        ('company', '=', company.id),
                        ('state', '=', 'running'),
                        ('suspended_from', '=', None),
                        ('suspension_proposed_on', '=', None),
                        ['OR',
                            ('invoice_party', 'in', ids),
                            [
                                ('invoice_party', '=', None),
                                ('party', 'in', ids),
                                ],
                            ],
                        ]))
        if contracts:
            cls.write(contracts, {'suspension_proposed_on': date})
        return contracts

    @classmethod
    @ModelView.button
    def dismiss_suspension(cls, contracts):
        cls.write(contracts, {'suspension_proposed_on': None})

    @classmethod
    @ModelView.button_action('sepa_remittance.wizard_suspend')
    def suspend_wizard(cls, contracts):
        pass

    @classmethod
    @ModelView.button_action('sepa_remittance.wizard_resume')
    def resume_wizard(cls, contracts):
        pass

    @classmethod
    def suspend(cls, contracts, date, coverage=False):
        "Let nothing be charged from the date on, and nothing covered"
        pool = Pool()
        Term = pool.get('service.contract.line.term')
        for contract in contracts:
            if contract.suspended_from:
                raise ContractSuspensionError(gettext(
                        'sepa_remittance.msg_contract_suspended',
                        contract=contract.rec_name))
        amendments = cls._amend(
            contracts, date, 'sepa_remittance.msg_contract_suspension')
        lines = [line for c in contracts for line in c.lines]
        in_force = Term.in_force(lines, date)
        Term.create([{
                    'line': line.id,
                    'from_date': date,
                    'quantity': in_force[line.id].quantity,
                    'unit_price': Decimal(0),
                    'discount': in_force[line.id].discount,
                    'amendment': amendments[line.contract.id].id,
                    'coverage_suspended': coverage,
                    } for line in lines
                if line.id in in_force and line.kind != 'one_shot'
                and (in_force[line.id].unit_price
                    or coverage and line.coverage)])
        cls.write(contracts, {
                'suspended_from': date,
                'suspension_proposed_on': None,
                })

    @classmethod
    def resume(cls, contracts, date):
        "Charge again what was charged before the suspension"
        pool = Pool()
        Term = pool.get('service.contract.line.term')
        for contract in contracts:
            if (not contract.suspended_from
                    or date <= contract.suspended_from):
                raise ContractSuspensionError(gettext(
                        'sepa_remittance.msg_contract_not_suspended',
                        contract=contract.rec_name))
        amendments = cls._amend(
            contracts, date, 'sepa_remittance.msg_contract_resumption')
        values = []
        for contract in contracts:
            before = Term.in_force(
                contract.lines, contract.suspended_from - dt.timedelta(1))
            for line in contract.lines:
                zero = [
                    t for t in line.terms
                    if t.from_date == contract.suspended_from
                    and not t.unit_price]
                if zero and line.id in before:
                    values.append({
                            'line': line.id,
                            'from_date': date,
                            'quantity': before[line.id].quantity,
                            'unit_price': before[line.id].unit_price,
                            'discount': before[line.id].discount,
                            'amendment': amendments[contract.id].id,
                            })
        Term.create(values)
        cls.write(contracts, {'suspended_from': None})

    @classmethod
    def _amend(cls, contracts, date, message):
        "Return the amendment by contract that tells of the change"
        pool = Pool()
        Amendment = pool.get('service.contract.amendment')
        amendments = Amendment.create([{
                    'contract': contract.id,
                    'date': date,
                    'reason': 'amendment',
                    'description': gettext(message),
                    } for contract in contracts])
        return {a.contract.id: a for a in amendments}


class Term(metaclass=PoolMeta):
    __name__ = 'service.contract.line.term'

    coverage_suspended = fields.Boolean(
        "Coverage Suspended", readonly=True,
        states={
            'invisible': ~Eval('coverage_suspended'),
            },
        help="Checked if the contract pays no work while the terms count.")

    @classmethod
    def default_coverage_suspended(cls):
        return False


class Visit(metaclass=PoolMeta):
    __name__ = 'maintenance.visit'

    @classmethod
    def _contract_candidates(cls, visits):
        "While its coverage is suspended a contract has paid until before"
        pool = Pool()
        ContractLine = pool.get('service.contract.line')
        Term = pool.get('service.contract.line.term')
        candidates = super()._contract_candidates(visits)
        line_of = cls._contract_lines({
                candidate.source
                for found in candidates.values() for candidate in found})
        suspended = set()
        for sub in grouped_slice(set(line_of.values()), 500):
            suspended.update(
                term.line.id for term in Term.search([
                        ('line', 'in', list(sub)),
                        ('coverage_suspended', '=', True),
                        ]))
        if not suspended:
            return candidates
        lines = ContractLine.browse(sorted(suspended))
        for visit in visits:
            if not candidates.get(visit.id):
                continue
            until = {
                term.line.id: term.from_date - dt.timedelta(days=1)
                for term in Term.in_force(lines, visit.date).values()
                if term.coverage_suspended}
            candidates[visit.id] = [
                replace(candidate, to_date=until[line_of[candidate.source]])
                if line_of[candidate.source] in until else candidate
                for candidate in candidates[visit.id]]
        return candidates

    @classmethod
    def _contract_lines(cls, sources):
        "Return the id of the contract line of each source of candidates"
        pool = Pool()
        Counter = pool.get('service.contract.line.counter')
        result, counters = {}, []
        for source in sources:
            name, _, id_ = source.partition(',')
            if name == Counter.__name__:
                counters.append(int(id_))
            else:
                result[source] = int(id_)
        for counter in Counter.browse(counters):
            result[str(counter)] = counter.line.id
        return result


class Suspend(Wizard):
    __name__ = 'service.contract.suspend'

    start = StateView(
        'service.contract.suspend.start',
        'sepa_remittance.suspend_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Suspend", 'suspend', 'tryton-ok', default=True),
            ])
    suspend = StateTransition()

    def transition_suspend(self):
        self.model.suspend(
            self.records, self.start.date, coverage=self.start.coverage)
        return 'end'


class Resume(Wizard):
    __name__ = 'service.contract.resume'

    start = StateView(
        'service.contract.resume.start',
        'sepa_remittance.resume_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Resume", 'resume', 'tryton-ok', default=True),
            ])
    resume = StateTransition()

    def transition_resume(self):
        self.model.resume(self.records, self.start.date)
        return 'end'


class _Start:
    __slots__ = ()

    @classmethod
    def default_date(cls):
        return Pool().get('ir.date').today()


class SuspendStart(_Start, ModelView):
    __name__ = 'service.contract.suspend.start'

    date = fields.Date(
        "Date", required=True,
        help="The first day on which nothing is charged.")
    coverage = fields.Boolean(
        "Suspend Coverage",
        help="Check to have the customer pay the work which the contract "
        "covers. Otherwise the contract goes on paying it.")

    @classmethod
    def default_coverage(cls):
        return True


class ResumeStart(_Start, ModelView):
    __name__ = 'service.contract.resume.start'

    date = fields.Date(
        "Date", required=True,
        help="The first day on which the contract charges and covers again.")

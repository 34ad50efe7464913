# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.modules.batch.job import Problem
from trytond.modules.maintenance_order.invoicing_job import InvoiceJob
from trytond.pool import Pool, PoolMeta


class InvoiceContracts(InvoiceJob):

    def due(self, company, params):
        pool = Pool()
        Period = pool.get('service.contract.period')
        problems = Period.propose(
            _contracts(company, **_filters(params)), params['up_to'])
        parties = Period.due_parties(
            company, params['up_to'], **_filters(params))
        # Who has nothing due but a problem is told about too.
        parties += [line.invoice_party_used.id for line, _ in problems]
        return list(dict.fromkeys(parties))

    def gather(self, billing, parties, params):
        pool = Pool()
        Period = pool.get('service.contract.period')
        filters = {**_filters(params), 'parties': parties}
        # The terms may have changed since the run was planned.
        for line, problem in Period.propose(
                _contracts(billing.company, **filters), params['up_to']):
            billing.problems.append(Problem(
                    f'service_contract.msg_ledger_{problem.code}',
                    record=str(line.contract), arguments={
                        'line': line.rec_name,
                        **dict(problem.arguments),
                        }))
        Period.gather(
            billing,
            Period.due_periods(billing.company, params['up_to'], **filters))

    def settle(self, lines):
        pool = Pool()
        Period = pool.get('service.contract.period')
        Period.settle(lines)


def _filters(params):
    return {name: params.get(name) for name in ['parties', 'contracts']}


def _contracts(company, parties=None, contracts=None):
    pool = Pool()
    Contract = pool.get('service.contract')
    domain = [
        ('company', '=', company.id),
        ('state', '=', 'running'),
        ]
    if parties is not None:
        domain.append(['OR',
                ('lines.invoice_party', 'in', parties),
                ('invoice_party', 'in', parties),
                [
                    ('invoice_party', '=', None),
                    ('party', 'in', parties),
                    ]])
    if contracts is not None:
        domain.append(('id', 'in', contracts))
    return Contract.search(domain)


class Run(metaclass=PoolMeta):
    __name__ = 'batch.run'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.job.selection.append(
            ('service_contract.invoice', "Invoice Contracts"))

    @classmethod
    def _jobs(cls):
        return {
            **super()._jobs(),
            'service_contract.invoice': InvoiceContracts,
            }

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

from trytond.modules.batch.job import Problem
from trytond.modules.maintenance_order.invoicing_job import InvoiceJob
from trytond.pool import Pool, PoolMeta

# What was skipped longer ago is not worth to be told again.
SKIPPED_DAYS = 92


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

    def preview(self, company, params, notices=True):
        drafts, problems = super().preview(company, params)
        if notices:
            problems += list(_notices(company, params))
        return drafts, problems

    def settle(self, lines):
        pool = Pool()
        Period = pool.get('service.contract.period')
        Period.settle(lines)


def _notices(company, params):
    "What is left out on purpose, and what changed since the period before"
    pool = Pool()
    Contract = pool.get('service.contract')
    Lang = pool.get('ir.lang')
    Period = pool.get('service.contract.period')
    Suspension = pool.get('service.contract.suspension')
    lang = Lang.get()
    filters = _filters(params)
    up_to = params['up_to']
    for period in Period.due_periods(company, up_to, **filters):
        before = period.quantity_before
        if before is not None and before != period.quantity:
            yield Problem(
                'service_contract.msg_preview_quantity', record=str(period),
                arguments={
                    'line': period.line.rec_name,
                    'date': lang.strftime(period.from_date),
                    'quantity': _in_words(period.quantity, period.unit),
                    'before': _in_words(before, period.unit),
                    }, severity='warning')
    contracts = _contracts(company, **filters, states=['quotation'])
    for contract in contracts:
        if contract.start_date and contract.start_date <= up_to:
            yield Problem(
                'service_contract.msg_preview_not_running',
                record=str(contract), arguments={
                    'contract': contract.rec_name,
                    }, severity='warning')
    running = {c.id for c in _contracts(company, **filters)}
    for suspension in Suspension.search([
                ('contract.company', '=', company.id),
                ('contract.state', '=', 'running'),
                ('credits', '=', True),
                ('from_date', '<=', up_to),
                ['OR', ('to_date', '=', None), ('to_date', '>=', up_to)],
                ]):
        if suspension.contract.id in running:
            yield Problem(
                'service_contract.msg_preview_resting',
                record=str(suspension.contract), arguments={
                    'contract': suspension.contract.rec_name,
                    'date': lang.strftime(suspension.from_date),
                    }, severity='warning')
    skipped = Contract._today(company.id) - dt.timedelta(days=SKIPPED_DAYS)
    for period in Period.search([
                ('company', '=', company.id),
                ('state', '=', 'skipped'),
                ('invoice_date', '<=', up_to),
                ('invoice_date', '>=', skipped),
                ]):
        if period.contract.id in running:
            yield Problem(
                'service_contract.msg_preview_skipped', record=str(period),
                arguments={'period': period.rec_name}, severity='warning')


def _in_words(quantity, unit):
    pool = Pool()
    Lang = pool.get('ir.lang')
    if unit:
        quantity = unit.round(quantity)
    # Without the zeros that a float has.
    return Lang.get().format_number(
        Decimal(f'{Decimal(str(quantity)).normalize():f}'))


def _filters(params):
    return {
        name: params.get(name) for name in ['parties', 'contracts', 'periods']}


def _contracts(
        company, parties=None, contracts=None, periods=None,
        states=('running',)):
    pool = Pool()
    Contract = pool.get('service.contract')
    domain = [
        ('company', '=', company.id),
        ('state', 'in', list(states)),
        ]
    if parties is not None:
        domain.append(['OR',
                ('lines.terms.payer', 'in', parties),
                ('lines.invoice_party', 'in', parties),
                ('invoice_party', 'in', parties),
                [
                    ('invoice_party', '=', None),
                    ('party', 'in', parties),
                    ]])
    if contracts is not None:
        domain.append(('id', 'in', contracts))
    if periods is not None:
        domain.append(('periods', 'where', [('id', 'in', periods)]))
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

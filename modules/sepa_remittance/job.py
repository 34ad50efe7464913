# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.modules.batch.job import Created, Job, Problem
from trytond.pool import Pool, PoolMeta


class ChooseJob(Job):
    "Put what is due into remittances, one for each scheme"
    model = 'account.move.line'
    chunk = 500
    serial = ('work',)

    def plan(self, run):
        pool = Pool()
        Journal = pool.get('account.payment.journal')
        Remittance = pool.get('sepa.remittance')
        params = run.parameters
        chosen, _ = Remittance.choose(
            Journal(params['journal']), **_arguments(params))
        return [item.receipt.line for item in chosen] or [0]

    def work(self, run, keys):
        pool = Pool()
        Journal = pool.get('account.payment.journal')
        Remittance = pool.get('sepa.remittance')
        params = run.parameters
        journal = Journal(params['journal'])
        arguments = _arguments(params)
        first = not Remittance.search([('run', '=', run.id)], limit=1)
        if first:
            # Who stays behind is told once, with all the rest.
            _, refused = Remittance.choose(journal, **arguments)
            for refusal in refused:
                yield Problem(
                    f'sepa_remittance.msg_refusal_{refusal.code}',
                    record=f'account.move.line,{refusal.receipt.line}',
                    arguments={
                        'party': refusal.receipt.party_name,
                        'receipt': (refusal.receipt.reference
                            or str(refusal.receipt.line)),
                        'value': refusal.value,
                        }, severity='warning')
        lines = [key for key in keys if key]
        if not lines:
            return
        for name in ['since', 'until', 'parties', 'lines']:
            arguments.pop(name, None)
        chosen, _ = Remittance.choose(journal, lines=lines, **arguments)
        yield Created(Remittance.fill(
                run, journal, chosen, kind=arguments['kind'],
                date=arguments.get('date'), group=params.get('group'),
                financed=params.get('financed')))

    def record(self, key):
        return super().record(key) if key else None


class GenerateJob(Job):
    "Write the files of remittances"
    model = 'sepa.remittance'
    chunk = 1
    phases = ('write',)
    serial = ('write',)

    def plan(self, run):
        return list(run.parameters['remittances'])

    def write(self, run, keys):
        pool = Pool()
        Remittance = pool.get('sepa.remittance')
        remittances = Remittance.browse(keys)
        Remittance.process(
            [r for r in remittances if r.state == 'draft'])
        Remittance.generate(
            [r for r in Remittance.browse(keys) if r.state == 'approved'])
        for remittance in Remittance.browse(keys):
            for fault in remittance.faults:
                yield Problem(
                    f'sepa_remittance.msg_fault_{fault.code}',
                    record=fault.debit or remittance,
                    arguments={
                        'record': fault.label or remittance.rec_name,
                        'value': fault.value or '',
                        'field': fault.field or '',
                        })


def _arguments(params):
    return {
        name: params[name] for name in [
            'kind', 'since', 'until', 'date', 'minimum', 'maximum', 'means',
            'scheme', 'parties', 'lines']
        if params.get(name) is not None}


class Run(metaclass=PoolMeta):
    __name__ = 'batch.run'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.job.selection.extend([
                ('sepa_remittance.choose', "Fill Remittances"),
                ('sepa_remittance.generate', "Write Remittance Files"),
                ])

    @classmethod
    def _jobs(cls):
        return {
            **super()._jobs(),
            'sepa_remittance.choose': ChooseJob,
            'sepa_remittance.generate': GenerateJob,
            }

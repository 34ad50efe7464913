# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from collections import defaultdict

from trytond.model import fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval


class Statement(metaclass=PoolMeta):
    __name__ = 'account.statement'

    @classmethod
    def _process_payments(cls, moves):
        payments = super()._process_payments(moves)
        cls._reconcile_batches(moves)
        return payments

    @classmethod
    def _reconcile_batches(cls, moves):
        "Let the line of the bank meet the line of the batch"
        pool = Pool()
        Batch = pool.get('sepa.remittance.batch')
        MoveLine = pool.get('account.move.line')
        found = defaultdict(list)
        for move, _, lines in moves:
            for line in lines:
                if batch := line.sepa_batch:
                    found[batch.id].append((move, line.account))
        to_reconcile = []
        for batch in Batch.browse(list(found)):
            if not batch.collected_move:
                continue
            account = found[batch.id][0][1]
            if not account.reconcile:
                continue
            lines = [
                l for move in [
                    batch.collected_move, *[m for m, _ in found[batch.id]]]
                for l in move.lines
                if l.account == account and not l.reconciliation]
            if lines and not sum(l.debit - l.credit for l in lines):
                to_reconcile.append(lines)
        if to_reconcile:
            MoveLine.reconcile(*to_reconcile)


class StatementLine(metaclass=PoolMeta):
    __name__ = 'account.statement.line'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.related_to.domain['sepa.remittance.batch'] = [
            ('company', '=', Eval('company', -1)),
            ('remittance.state', 'in', ['generated', 'sent', 'settled']),
            ]

    @classmethod
    def _get_relations(cls):
        return super()._get_relations() + ['sepa.remittance.batch']

    @property
    @fields.depends('related_to')
    def sepa_batch(self):
        pool = Pool()
        Batch = pool.get('sepa.remittance.batch')
        related_to = getattr(self, 'related_to', None)
        if isinstance(related_to, Batch) and related_to.id >= 0:
            return related_to

    @fields.depends(methods=['sepa_batch'])
    def on_change_related_to(self):
        super().on_change_related_to()
        if batch := self.sepa_batch:
            journal = batch.remittance.journal
            if journal.clearing_account:
                self.account = journal.clearing_account

    def payments(self):
        yield from super().payments()
        if batch := self.sepa_batch:
            yield batch.remittance.kind, batch._payments('processing')

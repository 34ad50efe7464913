# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
from collections import defaultdict

from trytond.pool import Pool
from trytond.tools import grouped_slice

_SLICE = 500
# How far from the collection date the bank may book a batch.
_WINDOW = dt.timedelta(days=7)


class MatchingMixin:
    "Find what the bank speaks of, and book what it says"
    __slots__ = ()

    @classmethod
    def _match(cls, messages):
        pool = Pool()
        Line = pool.get('sepa.bank_message.line')
        for message in messages:
            lines = [l for l in message.lines if l.state == 'pending']
            by_id = cls._debits_by_id(
                message.company,
                {i for l in lines for i in (
                        l.end_to_end_id, l.instruction_id) if i})
            batches = cls._batches(message.company)
            for line in lines:
                line.debit = (
                    by_id.get(line.end_to_end_id)
                    or by_id.get(line.instruction_id)
                    or line.debit)
                if not line.debit and line.mandate and line.amount:
                    line.debit = cls._debit_by_mandate(message, line)
                if line.debit:
                    line.kind = line.kind_of(line.debit)
                else:
                    line.batch = line.batch or cls._find_batch(batches, line)
                    line.remittance = (
                        line.remittance or cls._find_remittance(
                            message.company, line))
                if line.debit or line.batch or line.remittance:
                    line.state = 'matched'
            Line.save(lines)

    @classmethod
    def _debits_by_id(cls, company, identifiers):
        pool = Pool()
        Debit = pool.get('sepa.remittance.debit')
        result = {}
        for sub in grouped_slice(sorted(identifiers), _SLICE):
            for debit in Debit.search([
                        ('company', '=', company.id),
                        ('end_to_end_id', 'in', list(sub)),
                        ]):
                result[debit.end_to_end_id] = debit
        return result

    @classmethod
    def _debit_by_mandate(cls, message, line):
        pool = Pool()
        Debit = pool.get('sepa.remittance.debit')
        debits = Debit.search([
                ('company', '=', message.company.id),
                ('mandate.identification', '=', line.mandate),
                ('amount', '=', line.amount),
                ('state', 'in', ['processing', 'succeeded']),
                ], limit=2)
        # One of two would be a guess.
        return debits[0] if len(debits) == 1 else None

    @classmethod
    def _batches(cls, company):
        pool = Pool()
        Batch = pool.get('sepa.remittance.batch')
        return Batch.search([
                ('company', '=', company.id),
                ('remittance.state', 'in', ['generated', 'sent']),
                ])

    @classmethod
    def _find_batch(cls, batches, line):
        if line.kind not in {'collected', 'batch_rejected'}:
            return None
        for batch in batches:
            if line.payment_info_id == batch.payment_info_id:
                return batch
        if line.payment_info_id or not line.amount:
            return None
        kind = 'receivable' if line.credit else 'payable'
        found = [
            batch for batch in batches
            if batch.amount == line.amount
            and batch.remittance.kind == kind
            and (not line.date
                or abs(line.date - batch.date) <= _WINDOW)]
        named = [
            batch for batch in found
            if batch.remittance.number in (line.description or '')]
        found = named or found
        return found[0] if len(found) == 1 else None

    @classmethod
    def _find_remittance(cls, company, line):
        pool = Pool()
        Message = pool.get('account.payment.sepa.message')
        if line.kind != 'file_rejected' or not line.message_id:
            return None
        messages = Message.search([
                ('company', '=', company.id),
                ('message_identification', '=', line.message_id),
                ], limit=1)
        return messages[0].sepa_remittance if messages else None

    def _apply(self):
        "Book what was matched"
        pool = Pool()
        Line = pool.get('sepa.bank_message.line')
        Return = pool.get('sepa.return')
        Remittance = pool.get('sepa.remittance')
        Batch = pool.get('sepa.remittance.batch')
        lines = [l for l in self.lines if l.state == 'matched']
        self._send_known(lines)
        collected, returned = defaultdict(list), []
        for line in lines:
            if line.kind == 'file_rejected':
                if line.remittance.state in {'generated', 'sent'}:
                    Remittance.reject([line.remittance])
            elif line.kind == 'batch_rejected':
                returned.extend(
                    (line, debit) for debit in line.batch.debits
                    if debit.state == 'processing')
            elif line.kind in {'returned', 'rejected'} and line.debit:
                if line.debit.state in {'processing', 'succeeded'}:
                    returned.append((line, line.debit))
            elif line.kind == 'collected':
                debits = [line.debit] if line.debit else line.batch.debits
                collected[line.date].extend(
                    p for d in debits for p in d.payments
                    if p.state == 'processing')
        for date, payments in collected.items():
            Batch.collect(payments, date=date)
        if returned:
            Return.create_from_lines(self, returned)
        Line.write(lines, {'state': 'done'})

    @classmethod
    def _send_known(cls, lines):
        "What the bank speaks of was sent, even if nobody said so"
        pool = Pool()
        Remittance = pool.get('sepa.remittance')
        known = {
            record.remittance for line in lines
            for record in (line.debit, line.batch)
            if record and line.kind != 'file_rejected'}
        Remittance.send([r for r in known if r.state == 'generated'])

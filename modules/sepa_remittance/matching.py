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
            files = cls._files_by_id(message, lines)
            for line in lines:
                # Whose file another one is, only a person can say.
                if not message.is_status or line.message_id in files:
                    cls._look_for(line, message, by_id, batches, files)
                if line.debit:
                    line.kind = line.kind_of(line.debit)
                    found = line.fits(line.debit)
                else:
                    found = line.batch or line.remittance
                if found:
                    line.state = 'matched'
            Line.save(lines)

    @classmethod
    def _look_for(cls, line, message, by_id, batches, files):
        "Set what the line speaks of, or leave what a person has set"
        line.debit = (
            by_id.get(line.end_to_end_id)
            or by_id.get(line.instruction_id)
            or line.debit)
        if not line.debit and line.mandate and line.amount:
            line.debit = cls._debit_by_mandate(message, line)
        if not line.debit:
            line.batch = line.batch or cls._find_batch(batches, line)
            if line.kind == 'file_rejected':
                line.remittance = (
                    line.remittance or files.get(line.message_id))

    @property
    def is_status(self):
        "Tell if the message is about files, and names no account"
        return (self.format or '').startswith('pain.002.')

    @classmethod
    def _files_by_id(cls, message, lines):
        "Return the remittance of each of our files the message speaks of"
        pool = Pool()
        Message = pool.get('account.payment.sepa.message')
        if not message.is_status:
            return {}
        identifiers = {l.message_id for l in lines if l.message_id}
        return {
            file.message_identification: file.sepa_remittance
            for file in Message.search([
                    ('company', '=', message.company.id),
                    ('sepa_remittance', '!=', None),
                    ('message_identification', 'in', sorted(identifiers)),
                    ])}

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

    def _apply(self):
        "Book what was matched"
        pool = Pool()
        Line = pool.get('sepa.bank_message.line')
        Return = pool.get('sepa.return')
        Batch = pool.get('sepa.remittance.batch')
        lines = [l for l in self.lines if l.state == 'matched']
        self._send_known(lines)
        collected, returned = defaultdict(list), []
        for line in lines:
            if line.kind == 'file_rejected':
                returned.extend(self._refuse_file(line))
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
    def _refuse_file(cls, line):
        """Undo the remittance of the file, or return what is to come back

        The bank may have taken other files of the same remittance. A file
        that was made again since then is nothing to the bank any more.
        """
        pool = Pool()
        Remittance = pool.get('sepa.remittance')
        remittance = line.remittance
        if remittance.state not in {'generated', 'sent'}:
            return []
        refused = batches = remittance.batches
        if any(m.message_identification == line.message_id
                for m in remittance.messages):
            refused = [
                b for b in batches
                if b.message.message_identification == line.message_id]
        debits = [
            d for b in refused for d in b.debits if d.state == 'processing']
        if len(debits) == remittance.debit_count:
            Remittance.reject([remittance])
            return []
        if debits and remittance.state == 'generated':
            Remittance.send([remittance])
        return [(line, debit) for debit in debits]

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

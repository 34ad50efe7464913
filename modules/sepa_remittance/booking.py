# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from collections import defaultdict
from decimal import Decimal

from trytond.i18n import gettext
from trytond.pool import Pool
from trytond.tools import grouped_slice
from trytond.transaction import Transaction

from .exceptions import JournalSettingError

_SLICE = 500


class BookingMixin:
    """Book a batch as the bank does: one line for all of its receipts

    At sending (collection management, discount) the receipts move to the
    portfolio account; at collection the bank's line meets either the
    portfolio or, in the simple flow, the receipts themselves. The lines of
    the customers are reconciled only when the bank has collected.
    """
    __slots__ = ()

    @classmethod
    def book_sent(cls, batches):
        "Put the receipts into the portfolio"
        for batch in batches:
            journal = batch.remittance.journal
            if (batch.sent_move or journal.sepa_flow == 'simple'
                    or batch.remittance.kind != 'receivable'):
                continue
            date = batch._today()
            move, lines = batch._receipts_move(
                batch._payments('processing'),
                journal.sepa_portfolio_account, date)
            batch.sent_move = move
            batch._keep_lines(lines)
        cls.save(batches)

    @classmethod
    def collect(cls, payments, date=None):
        "Note that the bank has collected the payments"
        pool = Pool()
        Remittance = pool.get('sepa.remittance')
        Payment = pool.get('account.payment')
        MoveLine = pool.get('account.move.line')
        by_batch = defaultdict(list)
        for payment in payments:
            if payment.state in {'processing', 'failed'}:
                by_batch[payment.sepa_debit.batch].append(payment)
        to_reconcile = []
        for batch, sub_payments in by_batch.items():
            batch._book_collected(sub_payments, date or batch._today())
            to_reconcile.extend(sub_payments)
        with Transaction().set_context(_sepa_remittance=True):
            for sub in grouped_slice(to_reconcile, _SLICE):
                Payment.write(list(sub), {'state': 'succeeded'})
        cls._settle_amendments(to_reconcile)
        cls.reconcile_receipts(to_reconcile)
        MoveLine.update_payment_amount(
            [p.line.id for p in to_reconcile if p.line])
        batches = list(filter(None, by_batch))
        cls.save(batches)
        cls.reconcile_accounts({
                b.remittance for b in batches if b.sent_move})
        Remittance.close_settled({b.remittance for b in batches})

    @classmethod
    def book_advance(cls, batches, date, fee=Decimal(0), interest=Decimal(0)):
        "Book what the bank pays in advance of the collection"
        pool = Pool()
        Move = pool.get('account.move')
        MoveLine = pool.get('account.move.line')
        batches = [b for b in batches if not b.advance_move]
        if not batches:
            return
        first = batches[0]
        journal = first.remittance.journal
        total = sum((b.amount for b in batches), Decimal(0))
        rows = [
            (journal.clearing_account, total - fee - interest),
            (journal.sepa_fee_account, fee),
            (journal.sepa_interest_account or journal.sepa_fee_account,
                interest),
            (journal.sepa_advance_account, -total),
            ]
        for account, amount in rows:
            if amount and not account:
                raise JournalSettingError(gettext(
                        'sepa_remittance.msg_journal_no_advance_accounts',
                        journal=journal.rec_name))
        move = first._new_move(date)
        move.save()
        MoveLine.create([
                cls._line_values(move, account.current(date), amount, None)
                for account, amount in rows if amount])
        Move.post([move])
        cls.write(batches, {'advance_move': move.id})

    @classmethod
    def undo_sent(cls, batches):
        "Reverse what was booked for batches that the bank refused"
        pool = Pool()
        Move = pool.get('account.move')
        MoveLine = pool.get('account.move.line')
        moves = {
            m for b in batches for m in (b.sent_move, b.advance_move) if m}
        for move in moves:
            counter = move.cancel()
            Move.post([counter])
            by_key = defaultdict(list)
            for line in [*move.lines, *counter.lines]:
                if line.account.reconcile and not line.reconciliation:
                    by_key[line.account, line.party].append(line)
            MoveLine.reconcile(*[
                    lines for lines in by_key.values()
                    if not sum(x.debit - x.credit for x in lines)])

    def _book_collected(self, payments, date):
        journal = self.remittance.journal
        bank = journal.clearing_account
        if not bank or not journal.clearing_journal:
            return
        if journal.sepa_flow == 'simple' or not self.sent_move:
            move, lines = self._receipts_move(payments, bank, date)
            self._keep_lines(lines)
        else:
            total = sum((p.amount for p in payments), Decimal(0))
            portfolio = journal.sepa_portfolio_account
            if journal.sepa_flow == 'discount' and self.advance_move:
                # The bank keeps what it collects: its advance is paid back.
                bank = journal.sepa_advance_account
            move = self._two_line_move(bank, portfolio, total, date)
        self.collected_move = move

    def _receipts_move(self, payments, account, date):
        """Post a move from the payments to one line on the account

        Return it with the line of each payment.
        """
        pool = Pool()
        Move = pool.get('account.move')
        MoveLine = pool.get('account.move.line')
        journal = self.remittance.journal
        sign = 1 if self.remittance.kind == 'receivable' else -1
        if not journal.clearing_journal:
            raise JournalSettingError(gettext(
                    'sepa_remittance.msg_journal_no_clearing_journal',
                    journal=journal.rec_name))
        total = sum((p.amount for p in payments), Decimal(0))
        move = self._new_move(date)
        move.save()
        account = account.current(date)
        values = [self._line_values(move, account, sign * total, None)]
        values += [
            self._line_values(
                move,
                payment.line.account if payment.line
                else payment.party.account_receivable_used,
                -sign * payment.amount, payment.party,
                description=payment.reference)
            for payment in payments]
        lines = []
        for sub in grouped_slice(values, _SLICE):
            lines.extend(MoveLine.create(list(sub)))
        Move.post([move])
        return move, list(zip(payments, lines[1:]))

    def _two_line_move(self, debit, credit, amount, date):
        pool = Pool()
        Move = pool.get('account.move')
        MoveLine = pool.get('account.move.line')
        move = self._new_move(date)
        move.save()
        MoveLine.create([
                self._line_values(move, debit.current(date), amount, None),
                self._line_values(move, credit.current(date), -amount, None),
                ])
        Move.post([move])
        return move

    def _new_move(self, date):
        pool = Pool()
        Move = pool.get('account.move')
        Period = pool.get('account.period')
        period = Period.find(self.company, date=date)
        return Move(
            company=self.company, period=period, date=date,
            journal=self.remittance.journal.clearing_journal,
            origin=self.remittance, description=self.payment_info_id)

    @classmethod
    def _line_values(cls, move, account, amount, party, description=None):
        return {
            'move': move.id,
            'account': account.id,
            'party': (
                party.id if party and account.party_required else None),
            'debit': amount if amount > 0 else Decimal(0),
            'credit': -amount if amount < 0 else Decimal(0),
            'description': description,
            }

    def _payments(self, *states):
        pool = Pool()
        Payment = pool.get('account.payment')
        return Payment.search([
                ('sepa_debit.batch', '=', self.id),
                ('state', 'in', list(states)),
                ], order=[('id', 'ASC')])

    def _today(self):
        pool = Pool()
        Date = pool.get('ir.date')
        with Transaction().set_context(company=self.company.id):
            return Date.today()

    @classmethod
    def _keep_lines(cls, pairs):
        "Remember which line of the move belongs to each payment"
        pool = Pool()
        Payment = pool.get('account.payment')
        with Transaction().set_context(_sepa_remittance=True):
            for sub in grouped_slice(pairs, _SLICE):
                args = []
                for payment, line in sub:
                    args.extend([[payment], {'sepa_line': line.id}])
                Payment.write(*args)

    @classmethod
    def reconcile_receipts(cls, payments):
        "Close the receipts that are collected in full"
        pool = Pool()
        Payment = pool.get('account.payment')
        MoveLine = pool.get('account.move.line')
        ids = [p.id for p in payments]
        by_line = defaultdict(set)
        for sub in grouped_slice(ids, _SLICE):
            for payment in Payment.browse(list(sub)):
                if (payment.line and payment.sepa_line
                        and not payment.line.reconciliation
                        and not payment.sepa_line.reconciliation):
                    by_line[payment.line].add(payment.sepa_line)
        to_reconcile = []
        for line, others in by_line.items():
            # A receipt collected in parts waits for the last one.
            for other in line.payments:
                if (other.state == 'succeeded' and other.sepa_line
                        and not other.sepa_line.reconciliation):
                    others.add(other.sepa_line)
            lines = [line, *others]
            if not sum(x.debit - x.credit for x in lines):
                to_reconcile.append(lines)
        if to_reconcile:
            MoveLine.reconcile(*to_reconcile)

    @classmethod
    def reconcile_accounts(cls, remittances):
        """Close what is even on the accounts of portfolio and advance

        Their lines come from the moves of the remittance, and from those of
        its returns, which name the batch.
        """
        pool = Pool()
        MoveLine = pool.get('account.move.line')
        to_reconcile = []
        for remittance in remittances:
            journal = remittance.journal
            names = [b.payment_info_id for b in remittance.batches]
            for account in filter(None, [
                        journal.sepa_portfolio_account,
                        journal.sepa_advance_account]):
                if not account.reconcile:
                    continue
                lines = MoveLine.search([
                        ('account', '=', account.id),
                        ('reconciliation', '=', None),
                        ['OR',
                            ('move.origin', '=', str(remittance)),
                            [
                                ('move.origin', 'like', 'sepa.return,%'),
                                ('description', 'in', names),
                                ],
                            ],
                        ])
                if lines and not sum(x.debit - x.credit for x in lines):
                    to_reconcile.append(lines)
        if to_reconcile:
            MoveLine.reconcile(*to_reconcile)

    @classmethod
    def _settle_amendments(cls, payments):
        "The bank took the change of the mandate: it is told only once"
        pool = Pool()
        Mandate = pool.get('account.payment.sepa.mandate')
        mandates = {
            p.sepa_debit.mandate for p in payments
            if p.sepa_debit.amendment and p.sepa_debit.mandate}
        if mandates:
            Mandate.write(list(mandates), {'amendment': None})

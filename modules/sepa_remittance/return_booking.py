# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import json
from collections import Counter, defaultdict
from decimal import Decimal

from dateutil.relativedelta import relativedelta

from trytond.i18n import gettext
from trytond.pool import Pool
from trytond.tools import grouped_slice
from trytond.transaction import Transaction

from .exceptions import FeeAccountError, ReturnDebitError

_REJECTED = '/RTYP/RJCT'


class ReturnBookingMixin:
    "Open the receipts that came back and book what the bank did"
    __slots__ = ()

    def _post(self):
        pool = Pool()
        Payment = pool.get('account.payment')
        MoveLine = pool.get('account.move.line')
        Remittance = pool.get('sepa.remittance')
        lines = list(self.lines)
        self._check_debits(lines)
        self._collect_first(lines)
        self._book(lines)
        failed, receipts = defaultdict(list), []
        for line in lines:
            information = _REJECTED if line.rejected else line.information
            payments = list(line.debit.payments)
            failed[line.reason, information].extend(payments)
            receipts.extend(p.line.id for p in payments if p.line)
        with Transaction().set_context(_sepa_remittance=True):
            for (code, information), payments in failed.items():
                Payment.write(payments, {
                        'state': 'failed',
                        'sepa_return_reason_code': code,
                        'sepa_return_reason_information': information,
                        })
        MoveLine.update_payment_amount(receipts)
        Remittance.close_settled({line.debit.remittance for line in lines})
        self._follow_up(lines)

    def _check_debits(self, lines):
        "What came back is ours, and comes back once"
        for line in lines:
            debit = line.debit
            if debit.state not in {'processing', 'succeeded'}:
                raise ReturnDebitError(gettext(
                        'sepa_remittance.msg_return_debit_state',
                        debit=debit.rec_name, **{'return': self.rec_name}))
            elif debit.remittance.journal != self.journal:
                raise ReturnDebitError(gettext(
                        'sepa_remittance.msg_return_debit_journal',
                        debit=debit.rec_name,
                        journal=debit.remittance.journal.rec_name,
                        **{'return': self.rec_name}))

    def _collect_first(self, lines):
        "What the bank gives back it had collected, with all of its batch"
        pool = Pool()
        Batch = pool.get('sepa.remittance.batch')
        batches = {
            line.debit.batch for line in lines
            if not line.rejected and line.debit.batch
            and line.debit.state == 'processing'}
        for batch in batches:
            Batch.collect(
                batch._payments('processing'),
                date=min(batch.date, self.date))

    def _book(self, lines):
        "Post one move with a row at the bank for each return and fee"
        pool = Pool()
        Move = pool.get('account.move')
        MoveLine = pool.get('account.move.line')
        Period = pool.get('account.period')
        Batch = pool.get('sepa.remittance.batch')
        journal = self.journal
        rows, pairs = [], []
        for line in lines:
            for payment in line.debit.payments:
                if payment.sepa_line:
                    rows.extend(self._return_rows(line, payment))
                    pairs.append((payment, len(rows)))
            if line.fee:
                rows.extend(self._fee_rows(line))
        if not rows:
            return
        period = Period.find(self.company, date=self.date)
        move = Move(
            company=self.company, period=period, date=self.date,
            journal=journal.clearing_journal, origin=self)
        move.save()
        created = MoveLine.create([{'move': move.id, **r} for r in rows])
        Move.post([move])
        self.move = move
        self._reopen(pairs, created)
        Batch.reconcile_accounts({
                line.debit.remittance for line in lines
                if line.debit.batch and line.debit.batch.sent_move})

    def _return_rows(self, line, payment):
        "The receipt is owed again; last comes the line that says so"
        journal = self.journal
        amount = payment.amount
        if payment.kind == 'payable':
            amount = -amount
        batch = line.debit.batch
        settled = line.debit.state == 'succeeded'
        portfolio = journal.sepa_portfolio_account
        bank = journal.clearing_account
        if not settled and batch and batch.sent_move:
            name = batch.payment_info_id
            yield self._row(portfolio, -amount, description=name)
            if batch.advance_move:
                # The bank takes its advance back.
                yield self._row(
                    journal.sepa_advance_account, amount, description=name)
                yield self._row(bank, -amount)
        else:
            yield self._row(bank, -amount)
        account = payment.line.account
        if payment.kind == 'receivable':
            account = journal.sepa_returned_account or account
        yield self._row(
            account, amount, party=payment.party,
            maturity=self.date, description=payment.reference)

    def _fee_rows(self, line):
        journal = self.journal
        if not journal.sepa_fee_account or not journal.clearing_account:
            if not journal.clearing_account:
                return
            raise FeeAccountError(gettext(
                    'sepa_remittance.msg_journal_no_fee_account',
                    journal=journal.rec_name))
        yield self._row(
            journal.sepa_fee_account, line.fee,
            description=line.debit.end_to_end_id)
        yield self._row(
            journal.clearing_account, -line.fee,
            description=line.debit.end_to_end_id)

    def _row(self, account, amount, party=None, maturity=None,
            description=None):
        account = account.current(self.date)
        return {
            'account': account.id,
            'party': (
                party.id if party and account.party_required else None),
            'debit': amount if amount > 0 else Decimal(0),
            'credit': -amount if amount < 0 else Decimal(0),
            'maturity_date': maturity,
            'description': description,
            }

    def _reopen(self, pairs, created):
        "Undo the reconciliation of the receipts that came back"
        pool = Pool()
        Payment = pool.get('account.payment')
        MoveLine = pool.get('account.move.line')
        Reconciliation = pool.get('account.move.reconciliation')
        reconciliations, to_reconcile, args = set(), [], []
        for payment, position in pairs:
            line = created[position - 1]
            if (payment.kind == 'receivable'
                    and self.journal.sepa_returned_account):
                # What is owed is the new line: the invoice stays paid.
                args.extend([[payment], {'sepa_returned_line': line.id}])
                other = payment.sepa_line
                if not other.reconciliation:
                    to_reconcile.append([payment.line, other])
                continue
            if payment.sepa_line.reconciliation:
                reconciliations.add(payment.sepa_line.reconciliation)
            to_reconcile.append([payment.sepa_line, line])
        if reconciliations:
            Reconciliation.delete(list(reconciliations))
        to_reconcile = [
            MoveLine.browse(lines) for lines in to_reconcile
            if not sum(x.debit - x.credit for x in lines)]
        if to_reconcile:
            MoveLine.reconcile(*to_reconcile)
        if args:
            with Transaction().set_context(_sepa_remittance=True):
                Payment.write(*args)

    def _follow_up(self, lines):
        "Block what must not be used again and charge what is charged"
        self._notify(lines)
        lines = [
            line for line in lines if line.debit.kind == 'receivable']
        pool = Pool()
        Mandate = pool.get('account.payment.sepa.mandate')
        blocked = {
            line.debit.mandate for line in lines
            if line.action == 'block' and line.debit.mandate}
        if blocked:
            Mandate.write(list(blocked), {'blocked': True})
        self._stop_parties(lines)
        self._charge(lines)

    def _notify(self, lines):
        "Tell those who have to do something about what came back"
        pool = Pool()
        Notification = pool.get('res.notification')
        counts = Counter(
            line.responsible for line in lines if line.responsible)
        for user, count in counts.items():
            with Transaction().set_context(
                    language=user.language.code if user.language else None):
                Transaction().user_notifications.append(Notification(
                        user=user,
                        label=gettext(
                            'sepa_remittance.msg_notification_return',
                            **{'return': self.rec_name}),
                        description=gettext(
                            'sepa_remittance.msg_notification_return_count',
                            count=count, journal=self.journal.rec_name),
                        icon='sepa_remittance-remittance',
                        unread=True,
                        model=self.__name__,
                        records=json.dumps([self.id])))

    def _stop_parties(self, lines):
        "No more direct debits for who returned too many in a year"
        pool = Pool()
        Party = pool.get('party.party')
        stopped = self._returning_parties(
            lines, self.journal.sepa_stop_after)
        for party in stopped:
            party.set_multivalue(
                'direct_debit_stopped', True, company=self.company.id)
        Party.save(stopped)

    def _returning_parties(self, lines, limit):
        "Return the parties of the lines with so many returns in a year"
        pool = Pool()
        ReturnLine = pool.get('sepa.return.line')
        if not limit:
            return []
        parties = {line.party for line in lines if not line.rejected}
        counts = Counter()
        for sub in grouped_slice(parties, 500):
            counts.update(line.party for line in ReturnLine.search([
                        ('company', '=', self.company.id),
                        ('party', 'in', [p.id for p in sub]),
                        ('rejected', '!=', True),
                        ('date', '>', self.date - relativedelta(years=1)),
                        ]))
        return [p for p, count in counts.items() if count >= limit]

    def _charge(self, lines):
        "Make draft invoices of what is charged on to the customers"
        pool = Pool()
        Invoice = pool.get('account.invoice')
        InvoiceLine = pool.get('account.invoice.line')
        ReturnLine = pool.get('sepa.return.line')
        journal = self.journal
        what = journal.sepa_charge_customer
        charged = [
            line for line in lines
            if what and not line.rejected
            and (what == 'price' or line.fee)]
        if not charged:
            return
        invoices = []
        for line in charged:
            invoice = Invoice(
                type='out', company=self.company, party=line.party,
                currency=self.company.currency)
            invoice.on_change_type()
            invoice.on_change_party()
            row = InvoiceLine(
                invoice=invoice, type='line', company=self.company,
                currency=self.company.currency, party=line.party,
                product=journal.sepa_charge_product, quantity=1)
            row.on_change_product()
            if what == 'fee':
                row.unit_price = line.fee
            elif row.unit_price is None:
                row.unit_price = journal.sepa_charge_product.list_price
            row.description = gettext(
                'sepa_remittance.msg_charge_description',
                receipt=line.debit.concept or line.debit.end_to_end_id)
            invoice.lines = [row]
            invoices.append(invoice)
        Invoice.save(invoices)
        Invoice.update_taxes(invoices)
        for line, invoice in zip(charged, invoices):
            line.invoice = invoice
        ReturnLine.save(charged)

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Book the money taken on site, and let it pay the invoice of the visit."""
from collections import defaultdict
from decimal import Decimal

from trytond.i18n import gettext
from trytond.model import fields
from trytond.model.exceptions import AccessError
from trytond.modules.account.exceptions import PeriodNotFoundError
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.transaction import Transaction, without_check_access


class VisitPayment(metaclass=PoolMeta):
    __name__ = 'maintenance.visit.payment'

    move = fields.Many2One(
        'account.move', "Entry", readonly=True, ondelete='RESTRICT',
        states={
            'invisible': ~Eval('move'),
            },
        help="How it was booked when it was handed in.")

    @classmethod
    def copy(cls, payments, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('move')
        return super().copy(payments, default=default)

    @classmethod
    @without_check_access
    def _book(cls, payments):
        "Book what has a payment method, the rest is left to the accountant"
        pool = Pool()
        Configuration = pool.get('maintenance.configuration')
        Move = pool.get('account.move')
        configuration = Configuration(1)
        payments = cls.browse([p for p in payments if not p.move])
        booked, moves = [], []
        for payment in payments:
            method = configuration.get_multivalue(
                f'{payment.means}_method', company=payment.company.id)
            if method:
                moves.append(Move(**payment._move_values(method)))
                booked.append(payment)
        Move.save(moves)
        Move.post(moves)
        for payment, move in zip(booked, moves):
            payment.move = move
        cls.save(booked)
        cls.settle(booked)

    @property
    def payer(self):
        "Who is charged for the visit, if it is one only, or the customer"
        payers = {
            s.payer for s in self.visit.shares
            if s.payer_kind == 'customer' and s.payer and s.amount}
        if len(payers) == 1:
            payer, = payers
            return payer
        return self.visit.party

    def _move_values(self, method):
        pool = Pool()
        Line = pool.get('account.move.line')
        date, period = _open_period(self.company, self.date)
        payer = self.payer
        money = Line(
            account=method.debit_account.current(date=date),
            debit=self.amount, credit=Decimal(0))
        owed = Line(
            account=payer.account_receivable_used.current(date=date),
            debit=Decimal(0), credit=self.amount)
        for line in [money, owed]:
            if line.account.party_required:
                line.party = payer
        return {
            'company': self.company,
            'journal': method.journal,
            'period': period,
            'date': date,
            'origin': self,
            'description': ' '.join(
                filter(None, [self.visit.number, self.reference])),
            'lines': [money, owed],
            }

    @property
    def _owed_line(self):
        "The line of the entry that pays an invoice"
        if self.move:
            for line in self.move.lines:
                if line.credit and line.account.type.receivable:
                    return line

    @classmethod
    def _unbook(cls, payments):
        "Cancel the entries of money that is given back to who took it"
        pool = Pool()
        Line = pool.get('account.move.line')
        Move = pool.get('account.move')
        payments = [p for p in payments if p.move]
        for payment in payments:
            line = payment._owed_line
            if line.reconciliation or line.invoice_payment:
                raise AccessError(gettext(
                        'maintenance_order.msg_payment_take_back',
                        payment=payment.rec_name,
                        move=payment.move.rec_name))
        cancels = []
        for payment in payments:
            date, period = _open_period(payment.company, payment.move.date)
            cancels.append(payment.move.cancel(default={
                        'date': date,
                        'period': period.id,
                        'origin': str(payment),
                        }))
        Move.post(cancels)
        for payment, cancel in zip(payments, cancels):
            by_account = defaultdict(list)
            for line in [*payment.move.lines, *cancel.lines]:
                if line.account.reconcile:
                    by_account[line.account].append(line)
            Line.reconcile(*by_account.values())
        cls.write(payments, {'move': None})

    @classmethod
    @without_check_access
    def settle(cls, payments):
        "Pay with the money the posted invoices of its visits"
        pool = Pool()
        Invoice = pool.get('account.invoice')
        Line = pool.get('account.move.line')
        paid, left = defaultdict(list), {}
        for payment in cls.browse(payments):
            line = payment._owed_line
            if not line or line.reconciliation or line.invoice_payment:
                continue
            for invoice in _invoices(payment, line):
                if invoice not in left:
                    left[invoice] = invoice.amount_to_pay
                if invoice.currency != payment.company.currency or (
                        not Decimal(0) < line.credit <= left[invoice]):
                    # More than is owed: somebody has to look at it.
                    continue
                paid[invoice].append(line)
                left[invoice] -= line.credit
                break
        if not paid:
            return
        Invoice.add_payment_lines(paid)
        to_reconcile = []
        for invoice in Invoice.browse([i.id for i in paid]):
            lines = [
                l for l in {*invoice.lines_to_pay, *invoice.payment_lines}
                if not l.reconciliation]
            if not sum(l.debit - l.credit for l in lines):
                to_reconcile.append(lines)
        if to_reconcile:
            Line.reconcile(*to_reconcile)


def _open_period(company, date):
    "Return the date with its period, or today if that is closed"
    pool = Pool()
    Date = pool.get('ir.date')
    Period = pool.get('account.period')
    try:
        return date, Period.find(company, date=date)
    except PeriodNotFoundError:
        with Transaction().set_context(company=company.id):
            date = Date.today()
        return date, Period.find(company, date=date)


def _invoices(payment, line):
    "Return the posted invoices that charge the visit, the oldest first"
    invoices = {
        s.invoice_line.invoice for s in payment.visit.shares
        if s.invoice_line and s.invoice_line.invoice}
    return sorted((
            i for i in invoices
            if i.state == 'posted' and i.party == line.party
            and i.account == line.account), key=lambda i: i.id)


class Move(metaclass=PoolMeta):
    __name__ = 'account.move'

    @classmethod
    def _get_origin(cls):
        return super()._get_origin() + ['maintenance.visit.payment']


class Invoice(metaclass=PoolMeta):
    __name__ = 'account.invoice'

    @classmethod
    def _post(cls, invoices):
        pool = Pool()
        Payment = pool.get('maintenance.visit.payment')
        super()._post(invoices)
        payments = Payment.search([
                ('move', '!=', None),
                ('move.lines', 'where', [
                        ('reconciliation', '=', None),
                        ('account.type.receivable', '=', True),
                        ]),
                ('visit.shares', 'where', [
                        ('invoice_line.invoice', 'in', [
                                i.id for i in invoices]),
                        ]),
                ])
        if payments:
            Payment.settle(payments)

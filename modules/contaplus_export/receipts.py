# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Pending receipts, for loading by hand.

ContaPlus imports no due dates: they are listed in the order of the table in
which it keeps them, which nobody but the program itself should write.
"""
import csv
import datetime as dt
import io
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from sql import Null
from sql.aggregate import Sum

from trytond.pool import Pool
from trytond.tools import grouped_slice

from .books import own_number
from .entries import squeeze
from .problem import Problem
from .reading import execute, in_, tables
from .rows import Account, Party
from .target import Output
from .writer import transliterate

_ZERO = Decimal(0)


def columns():
    "Return the names of the columns and what is always in them"
    path = Path(__file__).parent / 'data' / 'venci.csv'
    with open(path, encoding='utf-8', newline='') as file:
        return [(r['name'], r['value']) for r in csv.DictReader(file)]


def write(export, codebook, reader, subaccounts):
    """Write what is still to be collected and paid on the last day

    Return the file and the problems: what has no subaccount is not listed.
    """
    profile = export.profile
    names = columns()
    path = reader.folder / 'receipts'
    count, problems = 0, []
    with open(path, 'wb') as file:
        def line(cells):
            text = io.StringIO()
            csv.writer(
                text, delimiter=';', lineterminator='').writerow(cells)
            text, _ = transliterate(text.getvalue(), profile.encoding)
            file.write(
                (text + profile.line_end_characters).encode(
                    profile.encoding))

        line([n for n, _ in names])
        for pending in _pending(export, reader):
            code = codebook.code(pending.account, pending.party)
            if isinstance(code, Problem):
                problems.append(code)
                continue
            if pending.party:
                subaccounts.note_party(code, pending.account, pending.party)
            values = pending.values(code)
            line([values.get(n, v) for n, v in names])
            count += 1
    output = Output(name='VENCI.CSV', kind='receipts', path=path, lines=count)
    return output, problems


@dataclass(frozen=True)
class Pending:
    account: Account
    party: Party | None
    date: dt.date
    maturity: dt.date
    amount: Decimal
    number: str

    def values(self, code):
        receivable = self.account.receivable
        word = "Cobro" if receivable else "Pago"
        return {
            'FECHA': f'{self.date:%Y%m%d}',
            'COD': code,
            'ACPA': 'A' if receivable else 'P',
            'CONCEPTO': f'{word} fra. {self.number}'[:25],
            'DOCUMENTO': squeeze(self.number, 10),
            'FECHAPAG': f'{self.maturity:%Y%m%d}',
            'EURO': f'{self.amount:.2f}',
            'NUMRECFAC': squeeze(self.number, 12),
            }


def _pending(export, reader):
    "Return what is open, the parts that were paid taken off"
    pool = Pool()
    Line = pool.get('account.move.line')
    lines = Line.search([
            ('move.company', '=', export.company.id),
            ('move.state', '=', 'posted'),
            ('move.date', '<=', export.end_date),
            ('account.party_required', '=', True),
            ['OR',
                ('account.type.receivable', '=', True),
                ('account.type.payable', '=', True),
                ],
            ['OR',
                ('reconciliation', '=', None),
                ('reconciliation.date', '>', export.end_date),
                ],
            ('maturity_date', '!=', None),
            ], order=[('maturity_date', 'ASC'), ('id', 'ASC')])
    reader.load(
        {li.account.id for li in lines},
        {li.party.id for li in lines if li.party})
    invoices = _invoices({li.move.id for li in lines})
    paid = _paid(
        [i for i, _ in invoices.values()], export.end_date)
    for line in lines:
        account = reader.books.accounts[line.account.id]
        amount = line.debit - line.credit
        if not account.receivable:
            amount = -amount
        invoice, number = invoices.get(line.move.id, (None, None))
        # Who paid a part has paid what was due first.
        part = min(amount, max(paid.get(invoice, _ZERO), _ZERO))
        if part > 0:
            paid[invoice] -= part
            amount -= part
        if amount:
            yield Pending(
                account=account,
                party=reader.books.parties.get(
                    line.party.id if line.party else None),
                date=line.date, maturity=line.maturity_date, amount=amount,
                number=number or line.move.number or '')


def _invoices(moves):
    "Return invoice and number by move"
    invoice, = tables('account.invoice')
    found = {}
    for sub in grouped_slice(sorted(moves), 1000):
        found.update(
            (move, (id, number))
            for move, id, number in execute(invoice.select(
                    invoice.move, invoice.id, own_number(invoice),
                    where=in_(invoice.move, list(sub)))))
    return found


def _paid(invoices, date):
    "Return what was paid of each invoice that is not settled yet"
    invoice, line, move, payment = tables(
        'account.invoice', 'account.move.line', 'account.move',
        'account.invoice-account.move.line')
    found = {}
    for sub in grouped_slice(sorted(invoices), 1000):
        rows = execute(payment
            .join(invoice, condition=payment.invoice == invoice.id)
            .join(line, condition=payment.line == line.id)
            .join(move, condition=line.move == move.id)
            .select(
                invoice.id, invoice.type, Sum(line.credit - line.debit),
                where=in_(invoice.id, list(sub))
                & (line.reconciliation == Null)
                & (move.state == 'posted') & (move.date <= date),
                group_by=[invoice.id, invoice.type]))
        for id, type, net in rows:
            net = Decimal(str(net))
            found[id] = net if type == 'out' else -net
    return found

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Pending receipts, for loading by hand.

ContaPlus imports no due dates: they are listed in the order of the table in
which it keeps them, which nobody but the program itself should write.
"""
import csv
import io
from decimal import Decimal
from pathlib import Path

from trytond.pool import Pool

from .problem import Problem
from .target import Output
from .writer import transliterate


def columns():
    "Return the names of the columns and what is always in them"
    path = Path(__file__).parent / 'data' / 'venci.csv'
    with open(path, encoding='utf-8', newline='') as file:
        return [(r['name'], r['value']) for r in csv.DictReader(file)]


def write(export, codebook, reader):
    "Write what is still to be collected and paid on the last day"
    profile = export.profile
    names = columns()
    path = reader.folder / 'receipts'
    count = 0
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
        for values in _pending(export, codebook, reader):
            line([values.get(n, v) for n, v in names])
            count += 1
    return Output(name='VENCI.CSV', kind='receipts', path=path, lines=count)


def _pending(export, codebook, reader):
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
    for line in lines:
        account = reader.books.accounts[line.account.id]
        party = reader.books.parties.get(line.party and line.party.id)
        code = codebook.code(account, party)
        if isinstance(code, Problem):
            code = ''
        amount = line.debit - line.credit
        receivable = account.receivable
        number = line.move_origin.rec_name if line.move_origin else (
            line.move.rec_name)
        yield {
            'FECHA': line.date.strftime('%Y%m%d'),
            'COD': code,
            'ACPA': 'A' if receivable else 'P',
            'CONCEPTO': (
                f'{"Cobro" if receivable else "Pago"} fra. {number}')[:25],
            'DOCUMENTO': number[-10:],
            'FECHAPAG': line.maturity_date.strftime('%Y%m%d'),
            'EURO': _money(amount if receivable else -amount),
            'NUMRECFAC': number[-20:],
            }


def _money(amount):
    return f'{Decimal(amount):.2f}'

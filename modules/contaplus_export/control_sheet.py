# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The sheet that goes with the files: what is in them and in the books."""
import csv
import io
import json
from collections import defaultdict
from decimal import Decimal

from sql import Literal, Null
from sql.aggregate import Count, Sum
from sql.conditionals import Case

from trytond.i18n import gettext
from trytond.modules.report_html.report import HTMLReport
from trytond.pool import Pool
from trytond.transaction import Transaction

_CENT = Decimal('0.01')


def make(export, result):
    "Return all that the sheet says, to be kept with the export"
    totals = result.totals
    return json.dumps({
            'kinds': dict(totals.by_kind),
            'numbers': [
                [kind, totals.first[kind], totals.last[kind]]
                for kind in totals.first],
            'vat': [[
                    v.book, v.kind, *map(str, [
                            v.rate, v.base, v.amount, v.surcharge_rate,
                            v.surcharge])]
                for v in totals.vat()],
            'subaccounts': [
                [code, totals.names.get(code, ''), *map(str, sums)]
                for code, sums in sorted(totals.by_subaccount.items())],
            'accounts': _accounts(export),
            'taxes': _taxes(export),
            'moves': _moves(export),
            }, ensure_ascii=False)


def _sent(export):
    "Return the moves that were sent, each once"
    pool = Pool()
    Entry = pool.get('contaplus.export.entry')
    entry = Entry.__table__()
    # A join: asked for each move it would be slow before the server has
    # counted the new rows.
    return entry.select(
        entry.move,
        where=(entry.profile == export.profile.id)
        & (entry.live == Literal(True)),
        group_by=[entry.move])


def _in_period(export, move):
    return (
        (move.company == export.company.id)
        & (move.state == 'posted')
        & (move.date >= export.start_date)
        & (move.date <= export.end_date))


def _moves(export):
    "Count the entries of the period, and those that were sent"
    pool = Pool()
    Move = pool.get('account.move')
    move = Move.__table__()
    cursor = Transaction().connection.cursor()
    sent = _sent(export)
    cursor.execute(*move
        .join(sent, 'LEFT', condition=sent.move == move.id)
        .select(
            Count(move.id), Count(sent.move),
            where=_in_period(export, move)))
    return list(cursor.fetchone())


def _accounts(export):
    "Return the trial balance of the period beside what was sent of it"
    pool = Pool()
    Account = pool.get('account.account')
    Line = pool.get('account.move.line')
    Move = pool.get('account.move')
    move = Move.__table__()
    line = Line.__table__()
    cursor = Transaction().connection.cursor()
    net = line.debit - line.credit
    sent = _sent(export)
    cursor.execute(*line
        .join(move, condition=line.move == move.id)
        .join(sent, 'LEFT', condition=sent.move == move.id)
        .select(
            line.account, Sum(line.debit), Sum(line.credit),
            Sum(Case((sent.move != Null, net), else_=0)),
            where=_in_period(export, move),
            group_by=[line.account]))
    rows = {r[0]: r[1:] for r in cursor}
    accounts = sorted(
        Account.browse(list(rows)), key=lambda a: (a.code or '', a.id))
    return [
        [a.code or '', a.name, *(str(_decimal(v)) for v in rows[a.id])]
        for a in accounts]


def _taxes(export):
    "Return base and amount of each tax in the period, and what was sent"
    pool = Pool()
    Line = pool.get('account.move.line')
    Move = pool.get('account.move')
    Tax = pool.get('account.tax')
    TaxLine = pool.get('account.tax.line')
    move = Move.__table__()
    line = Line.__table__()
    tax_line = TaxLine.__table__()
    cursor = Transaction().connection.cursor()
    sent = _sent(export)
    cursor.execute(*tax_line
        .join(line, condition=tax_line.move_line == line.id)
        .join(move, condition=line.move == move.id)
        .join(sent, 'LEFT', condition=sent.move == move.id)
        .select(
            tax_line.tax, tax_line.type, Sum(tax_line.amount),
            Sum(Case((sent.move != Null, tax_line.amount), else_=0)),
            where=_in_period(export, move),
            group_by=[tax_line.tax, tax_line.type]))
    rows = defaultdict(dict)
    for tax, type, there, sent in cursor:
        rows[tax][type] = _decimal(there), _decimal(sent)
    zero = Decimal('0.00'), Decimal('0.00')
    return [[
            tax.name,
            *map(str, rows[tax.id].get('base', zero)),
            *map(str, rows[tax.id].get('tax', zero))]
        for tax in Tax.browse(list(rows))]


def _decimal(value):
    if value is None:
        value = 0
    return Decimal(str(value)).quantize(_CENT)


def labels():
    "Return the words of the sheet in the language of the reader"
    pool = Pool()
    Export = pool.get('contaplus.export')
    ProfileTax = pool.get('contaplus.profile.tax')
    found = dict(Export.fields_get(['kinds'])['kinds']['selection'])
    found.update(ProfileTax.fields_get(['kind'])['kind']['selection'])
    for name in ['issued', 'received']:
        found[name] = gettext(f'contaplus_export.msg_book_{name}')
    return found


def write_csv(export, profile):
    "Return the sheet as a file for a spreadsheet"
    sheet = export.sheet
    words = labels()

    def word(name):
        return gettext(f'contaplus_export.msg_sheet_{name}')

    file = io.StringIO()
    writer = csv.writer(
        file, delimiter=';', lineterminator=profile.line_end_characters)
    writer.writerow([word('title'), export.rec_name])
    writer.writerow([word('entries'), export.number_of_entries])
    writer.writerow([word('lines'), export.number_of_lines])
    writer.writerow([word('debit'), export.debit])
    writer.writerow([word('credit'), export.credit])
    writer.writerow([word('left_out'), export.number_left_out])
    for kind, first, last in sheet['numbers']:
        writer.writerow([words[kind], first, last])
    writer.writerow([])
    writer.writerow([word(n) for n in [
                'book', 'kind', 'rate', 'base', 'amount', 'surcharge_rate',
                'surcharge']])
    for book, kind, *amounts in sheet['vat']:
        writer.writerow([words[book], words[kind], *amounts])
    writer.writerow([])
    writer.writerow([word(n) for n in [
                'subaccount', 'name', 'debit', 'credit']])
    writer.writerows(sheet['subaccounts'])
    writer.writerow([])
    writer.writerow([word(n) for n in [
                'account', 'name', 'books_debit', 'books_credit',
                'sent_net']])
    writer.writerows(sheet['accounts'])
    writer.writerow([])
    writer.writerow([word(n) for n in [
                'tax', 'books_base', 'sent_base', 'books_tax',
                'sent_tax']])
    writer.writerows(sheet['taxes'])
    return file.getvalue()


class ControlSheet(HTMLReport):
    __name__ = 'contaplus.export.control_sheet'

    @classmethod
    def get_party(cls, record, data):
        return record.profile.adviser

    @classmethod
    def get_context(cls, records, header, data):
        context = super().get_context(records, header, data)
        context['labels'] = labels()
        context['decimal'] = Decimal
        return context

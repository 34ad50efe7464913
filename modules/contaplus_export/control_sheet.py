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
from sql.conditionals import Case, Coalesce

from trytond.i18n import gettext
from trytond.model import fields
from trytond.modules.report_html.report import HTMLReport
from trytond.pool import Pool
from trytond.tools import grouped_slice
from trytond.transaction import Transaction

from .control import short_list, unexplained

_CENT = Decimal('0.01')
_ZERO = Decimal(0)
# Why an entry of the period is not in what was sent, as the database tells.
_REASONS = ['adviser', 'before', 'journals']
_REST = 'rest'


class Sheet:
    """The period in the books beside what was sent of it, and why not all

    The trial balance is the one that the accounting itself computes.
    """

    def __init__(self, export, maker):
        self.export = export
        self.result = maker.result
        self.nets = self._nets()
        self.taxes = self._taxes()
        self.counts = self._counts()
        self.balance = self._trial_balance()
        self.told = self._told()

    # What the database says

    def _of_period(self):
        "Return the moves of the period, what sends them and why not"
        pool = Pool()
        Entry = pool.get('contaplus.export.entry')
        Move = pool.get('account.move')
        export = self.export
        entry = Entry.__table__()
        move = Move.__table__()
        # A join: asked for each move it would be slow before the server has
        # counted the new rows.
        sent = entry.select(
            entry.move,
            where=(entry.profile == export.profile.id)
            & (entry.live == Literal(True)),
            group_by=[entry.move])
        since = export.profile.start_date
        cases = [
            (sent.move != Null, 'sent'),
            (Coalesce(move.from_contaplus, Literal(False)), 'adviser'),
            (move.date < since if since else Literal(False), 'before'),
            (~move.journal.in_([j.id for j in export.journals])
                if export.journals else Literal(False), 'journals'),
            ]
        where = (
            (move.company == export.company.id)
            & (move.state == 'posted')
            & (move.date >= export.start_date)
            & (move.date <= export.end_date))
        tables = move.join(sent, 'LEFT', condition=sent.move == move.id)
        # By its name, as the parameters of two copies are not the same.
        reason = Case(*cases, else_=_REST).as_('reason')
        return tables, move, where, reason

    def _counts(self):
        tables, move, where, reason = self._of_period()
        cursor = Transaction().connection.cursor()
        cursor.execute(*tables.select(
                reason, Count(move.id), where=where, group_by=[reason]))
        return dict(cursor)

    def _nets(self):
        "Return the balance of each account by what became of its entries"
        pool = Pool()
        Line = pool.get('account.move.line')
        line = Line.__table__()
        tables, move, where, reason = self._of_period()
        cursor = Transaction().connection.cursor()
        cursor.execute(*tables
            .join(line, condition=line.move == move.id)
            .select(
                reason, line.account, Sum(line.debit - line.credit),
                where=where, group_by=[reason, line.account]))
        nets = defaultdict(dict)
        for reason, account, net in cursor:
            nets[reason][account] = _decimal(net)
        return nets

    def _taxes(self):
        "Return base and amount of each tax by what became of its entries"
        pool = Pool()
        Line = pool.get('account.move.line')
        TaxLine = pool.get('account.tax.line')
        line = Line.__table__()
        tax_line = TaxLine.__table__()
        tables, move, where, reason = self._of_period()
        cursor = Transaction().connection.cursor()
        cursor.execute(*tables
            .join(line, condition=line.move == move.id)
            .join(tax_line, condition=tax_line.move_line == line.id)
            .select(
                reason, tax_line.tax, tax_line.type, Sum(tax_line.amount),
                where=where,
                group_by=[reason, tax_line.tax, tax_line.type]))
        taxes = defaultdict(lambda: defaultdict(lambda: _ZERO))
        for reason, tax, type, amount in cursor:
            taxes[tax][reason, type] = _decimal(amount)
        return taxes

    def _trial_balance(self):
        "Return debit and credit of each account, as Tryton computes them"
        pool = Pool()
        Account = pool.get('account.account')
        export = self.export
        with Transaction().set_context(
                company=export.company.id, from_date=export.start_date,
                to_date=export.end_date, posted=True, date=None,
                fiscalyear=None, periods=None, journal=None,
                cumulate=False):
            accounts = Account.search([
                    ('company', '=', export.company.id),
                    ('type', '!=', None),
                    ])
            sums = Account.get_credit_debit(accounts, ['debit', 'credit'])
        return {
            a: (sums['debit'][a.id], sums['credit'][a.id])
            for a in sorted(accounts, key=lambda a: (a.code or '', a.id))
            if sums['debit'][a.id] or sums['credit'][a.id]}

    def _told(self):
        "Return the balance of what the export itself left where it was"
        pool = Pool()
        Line = pool.get('account.move.line')
        Move = pool.get('account.move')
        line = Line.__table__()
        move = Move.__table__()
        export = self.export
        cursor = Transaction().connection.cursor()
        told = {'left_out': ({}, 0), 'skipped': ({}, 0)}
        for name in told:
            nets, count = defaultdict(lambda: _ZERO), 0
            for sub in grouped_slice(
                    sorted(getattr(self.result, name)), 1000):
                where = (
                    fields.SQL_OPERATORS['in'](move.id, list(sub))
                    & (move.date >= export.start_date)
                    & (move.date <= export.end_date))
                cursor.execute(*move.select(Count(move.id), where=where))
                count += cursor.fetchone()[0]
                cursor.execute(*line
                    .join(move, condition=line.move == move.id)
                    .select(
                        line.account, Sum(line.debit - line.credit),
                        where=where, group_by=[line.account]))
                for account, net in cursor:
                    nets[account] += _decimal(net)
            told[name] = nets, count
        return told

    # What comes out of it

    @property
    def unexplained(self):
        "Return the accounts whose entries were neither sent nor told"
        return unexplained(
            'account',
            {a.id: d - c for a, (d, c) in self.balance.items()},
            self.nets['sent'], *(self.nets[r] for r in _REASONS),
            *(nets for nets, _ in self.told.values()))

    @property
    def moves(self):
        "Return how many entries of the period were sent, or why not"
        counts = self.counts
        found = [
            ('books', sum(counts.values())),
            ('sent', counts.get('sent', 0)),
            ('left_out', self.told['left_out'][1]),
            ('elsewhere', (
                    counts.get('journals', 0) + self.told['skipped'][1])),
            ('adviser', counts.get('adviser', 0)),
            ('before', counts.get('before', 0)),
            ]
        return [
            (name, count) for name, count in found
            if count or name in {'books', 'sent'}]

    def _account_rows(self):
        for account, (debit, credit) in self.balance.items():
            sent = self.nets['sent'].get(account.id, _ZERO)
            yield [
                account.code or '', account.name,
                *map(_text, [debit, credit, sent, debit - credit - sent])]

    def _tax_rows(self):
        pool = Pool()
        Tax = pool.get('account.tax')
        for tax in Tax.browse(list(self.taxes)):
            row = [tax.name]
            for type in ['base', 'tax']:
                amounts = {
                    reason: amount
                    for (reason, name), amount in self.taxes[tax.id].items()
                    if name == type}
                row += [
                    _text(sum(amounts.values(), _ZERO)),
                    _text(amounts.get('sent', _ZERO))]
            yield row

    def dump(self):
        "Return all that the paper says, to be kept with the export"
        totals = self.result.totals
        return json.dumps({
                'kinds': dict(totals.by_kind),
                'numbers': self._numbers(),
                'vat': self._vat(),
                'subaccounts': [
                    [s.code, s.name, *map(str, [s.debit, s.credit]), s.count]
                    for s in short_list(totals)],
                'accounts': list(self._account_rows()),
                'taxes': list(self._tax_rows()),
                'moves': self.moves,
                }, ensure_ascii=False)

    def _numbers(self):
        totals = self.result.totals
        return [
            [kind, totals.first[kind], totals.last[kind]]
            for kind in totals.first]

    def _vat(self):
        return [[
                v.book, v.kind, *map(str, [
                        v.rate, v.base, v.amount, v.surcharge_rate,
                        v.surcharge])]
            for v in self.result.totals.vat()]

    def write_csv(self):
        "Return the sheet as a file for a spreadsheet, with every subaccount"
        export, totals = self.export, self.result.totals
        words = labels()
        file = io.StringIO()
        writer = csv.writer(
            file, delimiter=';',
            lineterminator=export.profile.line_end_characters)

        def head(*names):
            writer.writerow([])
            writer.writerow([words[n] for n in names])

        for name, value in [
                ('title', export.rec_name),
                ('entries', export.number_of_entries),
                ('lines', export.number_of_lines),
                ('debit', export.debit),
                ('credit', export.credit),
                ('again', export.number_sent_again or 0),
                ('left_out', export.number_left_out),
                ]:
            writer.writerow([words[name], value])
        for kind, first, last in self._numbers():
            writer.writerow([words[kind], first, last])
        writer.writerow([])
        for name, count in self.moves:
            writer.writerow([words[f'moves_{name}'], count])
        head(
            'book', 'kind', 'rate', 'base', 'amount', 'surcharge_rate',
            'surcharge')
        for book, kind, *amounts in self._vat():
            writer.writerow([words[book], words[kind], *amounts])
        head('subaccount', 'name', 'debit', 'credit')
        for code, (debit, credit) in sorted(totals.by_subaccount.items()):
            writer.writerow(
                [code, totals.names.get(code, ''), debit, credit])
        head(
            'account', 'name', 'books_debit', 'books_credit', 'sent_net',
            'not_sent')
        writer.writerows(self._account_rows())
        head('tax', 'books_base', 'sent_base', 'books_tax', 'sent_tax')
        writer.writerows(self._tax_rows())
        return file.getvalue()


def _decimal(value):
    if value is None:
        value = 0
    return Decimal(str(value)).quantize(_CENT)


def _text(value):
    return str(Decimal(value).quantize(_CENT))


def labels():
    "Return the words of the sheet in the language of the reader"
    pool = Pool()
    Export = pool.get('contaplus.export')
    ProfileTax = pool.get('contaplus.profile.tax')
    found = dict(Export.fields_get(['kinds'])['kinds']['selection'])
    found.update(ProfileTax.fields_get(['kind'])['kind']['selection'])
    for name in [
            'title', 'entries', 'lines', 'debit', 'credit', 'again',
            'left_out', 'book', 'kind', 'rate', 'base', 'amount',
            'surcharge_rate', 'surcharge', 'subaccount', 'name', 'account',
            'books_debit', 'books_credit', 'sent_net', 'not_sent', 'tax',
            'books_base', 'sent_base', 'books_tax', 'sent_tax',
            'moves_books', 'moves_sent', 'moves_left_out',
            'moves_elsewhere', 'moves_adviser', 'moves_before']:
        # Some words are both: the kind that is a surcharge, say.
        found.setdefault(name, gettext(f'contaplus_export.msg_sheet_{name}'))
    for name in ['issued', 'received']:
        found[name] = gettext(f'contaplus_export.msg_book_{name}')
    return found


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

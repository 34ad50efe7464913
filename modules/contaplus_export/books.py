# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The books of a company read as plain rows, a few queries per thousand."""
import datetime as dt
from collections import defaultdict
from dataclasses import replace
from decimal import Decimal

from sql import Literal, Null
from sql.aggregate import Max, Sum
from sql.conditionals import Case, Coalesce
from sql.functions import CharLength
from sql.operators import Exists

from trytond.pool import Pool

from .people import read_parties
from .people import tax_id as read_tax_id
from .reading import execute, in_, tables
from .rows import (
    BANK, OTHER, PURCHASES, RECEIPTS, SALES, Account, Books, Invoice, Move,
    MoveLine, Rectified, Tax, TaxAmount, Year)

_ZERO = Decimal(0)
_PAYING = {
    'account.payment', 'account.payment.group', 'account.statement',
    'account.statement.group', 'sepa.remittance', 'sepa.return'}


class BookReader:
    "Read the moves of a profile's company"

    def __init__(self, profile, folder=None, journals=()):
        self.profile = profile
        self.folder = folder
        self.company = profile.company
        self.journals = [j.id for j in journals]
        self.books = Books()
        self._kinds = {t.tax.id: t for t in profile.taxes}

    # What is there to send

    def move_ids(self, start, end, again=False, late=True):
        "Return the ids of the moves to send, oldest first"
        move, = tables('account.move')
        return [id for id, in execute(move.select(
                    move.id,
                    where=self._where(
                        move, start, end, again=again, late=late),
                    order_by=[
                        move.date, CharLength(move.number), move.number,
                        move.id]))]

    def _where(self, move, start, end, again=False, late=True):
        entry, = tables('contaplus.export.entry')
        where = (
            (move.company == self.company.id)
            & (move.state == 'posted')
            & ~Coalesce(move.from_contaplus, Literal(False))
            & (move.date <= end))
        since = self.profile.start_date
        if since:
            where &= move.date >= since
        if self.journals:
            where &= move.journal.in_(self.journals)
        sent = Exists(entry.select(
                Literal(1),
                where=(entry.move == move.id)
                & (entry.profile == self.profile.id)
                & (entry.live == Literal(True))))
        in_period = move.date >= start
        if again:
            where &= in_period
        elif late and self._first_start(start) < start:
            # What was posted after its month had been sent.
            where &= (move.date >= self._first_start(start)) & ~sent
        else:
            where &= in_period & ~sent
        return where

    def sent(self, ids):
        "Return number and date of those of the moves that were sent"
        pool = Pool()
        Entry = pool.get('contaplus.export.entry')
        if not ids:
            return {}
        entries = Entry.search([
                ('profile', '=', self.profile.id),
                ('move', 'in', list(ids)),
                ('live', '=', True),
                ])
        return {e.move.id: (e.number, e.date) for e in entries}

    def _first_start(self, start):
        "Return the first day that was ever sent with the profile"
        pool = Pool()
        Export = pool.get('contaplus.export')
        exports = Export.search([
                ('profile', '=', self.profile.id),
                ('state', '=', 'done'),
                ], order=[('start_date', 'ASC')], limit=1)
        return min([start, *(e.start_date for e in exports)])

    # Moves

    def read(self, ids):
        "Return the moves in the order of the ids"
        lines = self._lines(ids)
        invoices = self._invoices(ids, lines)
        moves = {}
        for row in self._moves(ids):
            id = row[0]
            moves[id] = self._move(row, lines[id], invoices.get(id))
        return [moves[i] for i in ids if i in moves]

    def _moves(self, ids):
        move, period, journal = tables(
            'account.move', 'account.period', 'account.journal')
        rows = execute(move
            .join(period, condition=move.period == period.id)
            .join(journal, condition=move.journal == journal.id)
            .select(
                move.id, move.number, move.date, move.description,
                move.origin, journal.type, period.fiscalyear,
                where=in_(move.id, ids)))
        self._load_years({r[-1] for r in rows})
        return rows

    def _move(self, row, lines, invoice):
        id, number, date, description, origin, journal, year = row
        kind = OTHER
        model, _, origin_id = (origin or '').partition(',')
        if invoice:
            kind = SALES if invoice.type == 'out' else PURCHASES
            net = sum(
                (li.debit - li.credit for li in lines
                    if self.books.accounts[li.account].personal), _ZERO)
            credit_note = net < 0 if invoice.type == 'out' else net > 0
            if credit_note:
                invoice = replace(invoice, credit_note=True)
        else:
            if journal == 'cash' or model in _PAYING:
                personal = any(
                    self.books.accounts[li.account].personal
                    for li in lines)
                kind = RECEIPTS if personal else BANK
        return Move(
            id=id, number=number or str(id), date=_date(date), kind=kind,
            lines=tuple(lines), description=description or '',
            invoice=invoice, fiscalyear=year,
            returned=model == 'sepa.return',
            corrects=int(origin_id) if model == 'account.move' else None)

    def _lines(self, ids):
        line, = tables('account.move.line')
        rows = execute(line.select(
                line.id, line.move, line.account, line.debit, line.credit,
                line.party, line.description, line.reconciliation,
                where=in_(line.move, ids),
                order_by=[line.move, line.id]))
        self._load_accounts({r[2] for r in rows})
        self._load_parties({r[5] for r in rows if r[5]})
        taxes = self._taxes(ids)
        documents = self._documents(rows)
        analytic = self._analytic(ids)
        lines = defaultdict(list)
        for (id, move, account, debit, credit, party, description,
                _) in rows:
            document, date = documents.get(id, ('', None))
            lines[move].append(MoveLine(
                    id=id, account=account, debit=_decimal(debit),
                    credit=_decimal(credit), party=party,
                    description=description or '',
                    taxes=tuple(taxes.get(id, ())),
                    document=document or '', document_date=_date(date),
                    analytic=analytic.get(id, ((), ()))))
        return lines

    def _analytic(self, ids):
        "Return the keys of department and project of each line"
        roots = self.profile.analytic_roots
        if not any(roots):
            return {}
        analytic, account, line = tables(
            'analytic_account.line', 'analytic_account.account',
            'account.move.line')
        rows = execute(analytic
            .join(line, condition=analytic.move_line == line.id)
            .join(account, condition=analytic.account == account.id)
            .select(
                analytic.move_line, account.root,
                Coalesce(account.code, account.name),
                where=in_(line.move, ids)
                & account.root.in_([r for r in roots if r]),
                order_by=[analytic.id]))
        keys = defaultdict(lambda: ({}, {}))
        for id, root, key in rows:
            for place, wanted in enumerate(roots):
                if root == wanted:
                    keys[id][place][key.strip()] = None
        return {
            id: tuple(tuple(k) for k in places)
            for id, places in keys.items()}

    def _taxes(self, ids):
        line, tax_line = tables('account.move.line', 'account.tax.line')
        rows = execute(tax_line
            .join(line, condition=tax_line.move_line == line.id)
            .select(
                line.id, tax_line.tax, tax_line.type, tax_line.amount,
                where=in_(line.move, ids),
                order_by=[tax_line.id]))
        taxes = defaultdict(list)
        for id, tax, type, amount in rows:
            taxes[id].append(TaxAmount(tax, type, _decimal(amount)))
        self._load_taxes({
                t.tax for parts in taxes.values() for t in parts})
        return taxes

    def _documents(self, rows):
        """Return the invoice each line pays

        It is told by the reconciliation, by hand on the invoice, or by the
        number that whoever booked the line wrote on it: a receipt that came
        back is reconciled with its collection only.
        """
        personal = [
            r for r in rows if self.books.accounts[r[2]].personal]
        found = self._described(personal)
        found.update(self._reconciled(personal))
        found.update(self._paid_by_hand([r[0] for r in personal]))
        return found

    def _described(self, rows):
        invoice, = tables('account.invoice')
        found = {}
        described = {
            (r[5], r[6].strip()): r[0] for r in rows if r[5] and r[6]}
        if not described:
            return found
        invoices = {
            (party, number): (number, date)
            for party, number, date in execute(invoice.select(
                    invoice.party, invoice.number, invoice.invoice_date,
                    where=(invoice.company == self.company.id)
                    & in_(invoice.number, list({n for _, n in described}))
                    & in_(invoice.party, list({p for p, _ in described}))))}
        for row in rows:
            key = row[5], (row[6] or '').strip()
            if key in invoices:
                found[row[0]] = invoices[key]
        return found

    def _reconciled(self, rows):
        invoice, line = tables('account.invoice', 'account.move.line')
        reconciliations = list({r[7] for r in rows if r[7]})
        if not reconciliations:
            return {}
        by_reconciliation = {
            id: (number, date)
            for id, number, date in execute(line
                .join(invoice, condition=(line.move == invoice.move)
                    & (line.account == invoice.account))
                .select(
                    line.reconciliation,
                    Max(own_number(invoice)),
                    Max(invoice.invoice_date),
                    where=in_(line.reconciliation, reconciliations),
                    group_by=line.reconciliation))}
        return {
            r[0]: by_reconciliation[r[7]] for r in rows
            if r[7] in by_reconciliation}

    def _paid_by_hand(self, ids):
        if not ids:
            return {}
        invoice, payment = tables(
            'account.invoice', 'account.invoice-account.move.line')
        return {
            id: (number, date)
            for id, number, date in execute(payment
                .join(invoice, condition=payment.invoice == invoice.id)
                .select(
                    payment.line, own_number(invoice),
                    invoice.invoice_date,
                    where=in_(payment.line, ids)))}

    # Invoices

    def _invoices(self, ids, lines):
        invoice, identifier = tables('account.invoice', 'party.identifier')
        columns = [
            invoice.id, invoice.type, invoice.number, invoice.reference,
            invoice.invoice_date, invoice.party, identifier.type,
            identifier.code]
        joined = invoice.join(
            identifier, 'LEFT',
            condition=invoice.party_tax_identifier == identifier.id)
        rows = []
        for column, cancels in [
                (invoice.move, False), (invoice.cancel_move, True)]:
            rows.extend(
                (*row, cancels) for row in execute(joined.select(
                        column, *columns, where=in_(column, ids))))
        self._load_parties({r[6] for r in rows})
        own = {r[0] for r in rows if not r[-1]}
        rectified = self._rectified(
            [r[1] for r in rows if not r[-1]])
        cancelled = self._originals([r[1] for r in rows if r[-1]])
        operations = self._operations([r[1] for r in rows])
        invoices = {}
        for (move, id, type, number, reference, date, party, id_type,
                id_code, cancels) in rows:
            if cancels and move in own:
                # The credit note that cancels is an invoice of its own.
                continue
            tax_id, tax_id_kind = (
                read_tax_id(id_type, id_code) if id_code else (None, 0))
            originals = rectified.get(id, ())
            if cancels and id in cancelled:
                originals = [cancelled[id]]
            invoices[move] = Invoice(
                id=id, type=type, number=number or '',
                date=_date(date), party=party, reference=reference or '',
                rectified=tuple(originals), tax_id=tax_id,
                tax_id_kind=tax_id_kind,
                operation_date=operations.get(id))
        return invoices

    def _operations(self, ids):
        "Return the day on which the last of each invoice was done"
        if not ids:
            return {}
        line, = tables('account.invoice.line')
        return {
            id: _date(date) for id, date in execute(line.select(
                    line.invoice, Max(line.taxes_date),
                    where=in_(line.invoice, ids)
                    & (line.taxes_date != Null),
                    group_by=[line.invoice]))}

    def _rectified(self, ids):
        "Return the invoices that the lines of each invoice credit"
        pool = Pool()
        InvoiceLine = pool.get('account.invoice.line')
        if not ids:
            return {}
        line, origin = tables(*[InvoiceLine.__name__] * 2)
        pairs = execute(line
            .join(origin, condition=InvoiceLine.origin.sql_id(
                    line.origin, InvoiceLine) == origin.id)
            .select(
                line.invoice, origin.invoice,
                where=in_(line.invoice, ids)
                & line.origin.like(InvoiceLine.__name__ + ',%')
                & (origin.invoice != Null),
                group_by=[line.invoice, origin.invoice]))
        originals = self._originals(
            list(dict.fromkeys(o for _, o in pairs)))
        rectified = defaultdict(list)
        for id, original in pairs:
            if original in originals:
                rectified[id].append(originals[original])
        return rectified

    def _originals(self, ids):
        "Return number, date and base of each invoice"
        if not ids:
            return {}
        invoice, line, tax_line = tables(
            'account.invoice', 'account.move.line', 'account.tax.line')
        is_tax = Exists(tax_line.select(
                Literal(1),
                where=(tax_line.move_line == line.id)
                & (tax_line.type == 'tax')))
        rows = execute(invoice
            .join(line, condition=(line.move == invoice.move)
                & (line.account != invoice.account) & ~is_tax)
            .select(
                invoice.id, invoice.number, invoice.reference,
                invoice.type, invoice.invoice_date, invoice.move,
                Sum(line.debit - line.credit),
                where=in_(invoice.id, ids),
                group_by=[
                    invoice.id, invoice.number, invoice.reference,
                    invoice.type, invoice.invoice_date, invoice.move]))
        found = {}
        for id, number, reference, type, date, move, net in rows:
            net = _decimal(net)
            found[id] = Rectified(
                number=(reference if type == 'in' and reference else number)
                or '',
                date=_date(date), base=-net if type == 'out' else net,
                move=move)
        return found

    # What the rows point at

    def load(self, accounts, parties):
        "Read accounts and parties that no move pointed at"
        self._load_accounts(accounts)
        self._load_parties(parties)

    def _load_accounts(self, ids):
        pool = Pool()
        Account_ = pool.get('account.account')
        known = self.books.accounts
        for account in Account_.browse([i for i in ids if i not in known]):
            type = account.type
            known[account.id] = Account(
                id=account.id, code=account.code or '', name=account.name,
                receivable=bool(type and type.receivable),
                payable=bool(type and type.payable),
                result=bool(type and (type.revenue or type.expense)),
                party_required=bool(account.party_required))

    def _load_parties(self, ids):
        known = self.books.parties
        known.update(read_parties([i for i in ids if i not in known]))

    def load_taxes(self, ids):
        "Read taxes that no move pointed at, and return them"
        self._load_taxes(ids)
        taxes = [self.books.taxes[i] for i in sorted(ids)]
        self._load_accounts({t.account for t in taxes if t.account})
        return taxes

    def _load_taxes(self, ids):
        pool = Pool()
        Tax_ = pool.get('account.tax')
        known = self.books.taxes
        for tax in Tax_.browse([i for i in ids if i not in known]):
            override = self._kinds.get(tax.id)
            kind, book = tax.contaplus_kind(
                override.kind if override else None)
            with_ = getattr(tax, 'es_reported_with', None)
            known[tax.id] = Tax(
                id=tax.id, name=tax.name,
                rate=tax.rate if tax.type == 'percentage' else None,
                kind=kind, book=book,
                surcharge_of=with_.id if with_ else None,
                subaccount=(override.subaccount or '') if override else '',
                letter=(override.letter or None) if override else None,
                account=(
                    tax.invoice_account.id if tax.invoice_account
                    else None))

    def year_of(self, date):
        "Return the fiscal year of a date, if there is one"
        pool = Pool()
        FiscalYear = pool.get('account.fiscalyear')
        years = FiscalYear.search([
                ('company', '=', self.company.id),
                ('start_date', '<=', date),
                ('end_date', '>=', date),
                ], limit=1)
        if years:
            year, = years
            self._load_years({year.id})
            return year.id

    def _load_years(self, ids):
        pool = Pool()
        FiscalYear = pool.get('account.fiscalyear')
        known = self.books.years
        for year in FiscalYear.browse([i for i in ids if i not in known]):
            known[year.id] = Year(
                id=year.id, name=year.name, start=year.start_date,
                end=year.end_date)


def own_number(invoice):
    "Return the number that the party knows: of a supplier it is his own"
    return Case(
        ((invoice.type == 'in') & (Coalesce(invoice.reference, '') != ''),
            invoice.reference),
        else_=invoice.number)


def _decimal(value):
    if value is None:
        return _ZERO
    return value if isinstance(value, Decimal) else Decimal(str(value))


def _date(value):
    # SQLite gives text where the expression is not a plain column.
    return dt.date.fromisoformat(value) if isinstance(value, str) else value

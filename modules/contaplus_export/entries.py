# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Moves to entries: the neutral form from which every file is written."""
import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from .codes import Codebook
from .problem import ERROR, WARNING, Problem
from .rows import (
    BANK, PURCHASES, RECEIPTS, SALES, Books, Invoice, Move, MoveLine, Party,
    Tax)
from .vat import (
    ISSUED, RECEIVED, SURCHARGE, WITHHOLDING, Kind, kind_of, subaccount)

ZERO = Decimal(0)
_CASH = '570'
_SEPARATORS = ('/', ' ', '-', '.', '_')


@dataclass(frozen=True)
class Settings:
    "What the profile decides about the entries"
    length: int
    rates: frozenset[Decimal]
    "In percent"
    surcharges: frozenset[Decimal]
    negative: bool = True
    "A credit note has negative amounts on the side of the invoice"
    tax_id_required: bool = True
    series: str = ''
    received_on_posting: bool = False
    "The issue date of received invoices is the posting date"
    analytic_widths: tuple[int | None, int | None] = (None, None)
    "The room for the keys of department and project, when there is a limit"


@dataclass(frozen=True)
class VatData:
    book: str
    kind: str
    rate: Decimal
    base: Decimal
    amount: Decimal
    tax: int
    surcharge: Decimal = ZERO
    surcharge_amount: Decimal = ZERO
    letter: str = ''
    operation: str = ''
    goods: int = 0
    main: bool = True
    "The line carries the base; the line of a surcharge does not"


@dataclass(frozen=True)
class Line:
    account: str
    debit: Decimal
    credit: Decimal
    counterpart: str = ''
    text: str = ''
    document: str = ''
    name: str = ''
    "What the subaccount is called"
    account_id: int | None = None
    party: Party | None = None
    vat: VatData | None = None
    withholding: Decimal | None = None
    "The rate of the money kept back, in percent"
    cash: Decimal = ZERO
    cash_year: int = 0
    analytic: tuple[str, str] = ('', '')
    personal: bool = False
    bases: tuple[tuple[int, Decimal], ...] = ()
    "The taxes of an income or expense with the part of it they are on"


@dataclass(frozen=True)
class Entry:
    move: int
    number: int
    reference: str
    date: dt.date
    kind: str
    lines: tuple[Line, ...]
    fiscalyear: int
    invoice: Invoice | None = None
    party: Party | None = None
    tax_id: str = ''
    tax_id_kind: int = 0
    full_number: str = ''
    series: str = ''
    digits: int = 0
    issue_date: dt.date | None = None
    operation_date: dt.date | None = None
    total: Decimal = ZERO
    own_date: dt.date | None = None
    "The date in our books, when the entry goes with another"


@dataclass
class _Draft:
    "A line while its entry is being put together"
    account: str
    account_id: int
    net: Decimal
    row: MoveLine
    personal: bool = False
    result: bool = False
    party: Party | None = None
    name: str = ''
    tax: Tax | None = None
    vat: VatData | None = None
    analytic: tuple[str, str] = ('', '')


def digits_of(number: str) -> tuple[int, bool]:
    "Return the last eight digits of a number, and whether any was lost"
    digits = re.sub(r'\D', '', number)
    return int(digits[-8:] or 0), len(digits.lstrip('0')) > 8


def squeeze(number: str, width: int) -> str:
    "Return the number in the width, dropping what says least first"
    for separator in _SEPARATORS:
        if len(number) <= width:
            break
        number = number.replace(separator, '')
    return number[-width:]


class Builder:
    "Make entries of moves, collecting all that is wrong with them"

    def __init__(
            self, books: Books, codebook: Codebook,
            settings: Settings) -> None:
        self.books = books
        self.codebook = codebook
        self.settings = settings

    def build(self, move: Move) -> tuple[Entry | None, list[Problem]]:
        "Return the entry, or None when one of the problems is an error"
        problems: list[Problem] = []
        self._check_move(move, problems)
        drafts = self._drafts(move, problems)
        if move.invoice or any(d.tax for d in drafts):
            drafts = self._merge(drafts)
            self._add_vat(move, drafts, problems)
        entry = self._entry(move, drafts, problems)
        if any(p.severity == ERROR for p in problems):
            return None, problems
        return entry, problems

    # Checks

    def _check_move(self, move: Move, problems: list[Problem]) -> None:
        balance = sum((r.debit - r.credit for r in move.lines), ZERO)
        if balance:
            problems.append(Problem.of(
                    'unbalanced', 'account.move', move.id, move=move.id,
                    entry=move.number, difference=balance))
        year = self.books.years.get(move.fiscalyear)
        if year and not year.start <= move.date <= year.end:
            problems.append(Problem.of(
                    'date_outside', 'account.move', move.id, move=move.id,
                    entry=move.number, date=move.date, year=year.name))
        if move.invoice:
            self._check_invoice(move, move.invoice, problems)

    def _check_invoice(
            self, move: Move, invoice: Invoice,
            problems: list[Problem]) -> None:
        number = self._full_number(invoice)
        party = self.books.parties[invoice.party]
        tax_id = (
            party.tax_id if invoice.tax_id is None else invoice.tax_id)
        if not tax_id:
            problems.append(Problem.of(
                    'party_without_tax_id', 'party.party', party.id,
                    move=move.id, name=party.name, invoice=number,
                    severity=(
                        ERROR if self.settings.tax_id_required
                        else WARNING)))
        digits, cut = digits_of(invoice.number)
        if len(number) > 40:
            problems.append(Problem.of(
                    'number_long', 'account.invoice', invoice.id,
                    move=move.id, invoice=number))
        elif cut or not digits:
            problems.append(Problem.of(
                    'number_digits', 'account.invoice', invoice.id,
                    move=move.id, invoice=number, digits=digits,
                    severity=WARNING))

    # Lines

    def _drafts(
            self, move: Move, problems: list[Problem]) -> list['_Draft']:
        drafts = []
        for row in move.lines:
            account = self.books.accounts[row.account]
            party = self.books.parties[row.party] if row.party else None
            tax = self._tax_of(row)
            if tax and tax.kind != WITHHOLDING:
                code: str | Problem = self.vat_code(tax, move.id)
            else:
                code = self.codebook.code(account, party, move=move.id)
            if isinstance(code, Problem):
                if code not in problems:
                    problems.append(code)
                code = ''
            if not row.debit and not row.credit and not row.taxes:
                continue
            drafts.append(_Draft(
                    account=code, account_id=row.account,
                    net=row.debit - row.credit, row=row,
                    personal=account.personal, result=account.result,
                    party=party, tax=tax,
                    analytic=self._analytic(move, row, problems),
                    name=(
                        party.name if party and account.party_required
                        else tax.name if tax else account.name)))
        return drafts

    def _analytic(
            self, move: Move, row: MoveLine,
            problems: list[Problem]) -> tuple[str, str]:
        "Return the keys of department and project that can be written"
        found = []
        for keys, width in zip(row.analytic, self.settings.analytic_widths):
            key = keys[0] if len(keys) == 1 else ''
            if len(keys) > 1:
                problems.append(Problem.of(
                        'analytic_several', 'account.move', move.id,
                        move=move.id, entry=move.number,
                        keys=', '.join(keys), severity=WARNING))
            elif width is not None and len(key) > width:
                # The beginning of a key would be another key.
                problems.append(Problem.of(
                        'analytic_long', 'account.move', move.id,
                        move=move.id, entry=move.number, key=key,
                        width=width, severity=WARNING))
                key = ''
            found.append(key)
        department, project = found
        return department, project

    def _tax_of(self, row: MoveLine) -> Tax | None:
        for part in row.taxes:
            if part.type == 'tax':
                return self.books.taxes[part.tax]
        return None

    def vat_code(
            self, tax: Tax, move: int | None = None) -> str | Problem:
        "Return the subaccount of a tax, or what is wrong with it"
        code = subaccount(tax, self.settings.length)
        if len(code) != self.settings.length or not code.isdigit():
            return Problem.of(
                'tax_code_length', 'account.tax', tax.id, move=move,
                tax=tax.name, subaccount=code,
                length=self.settings.length)
        return code

    def _merge(self, drafts: list['_Draft']) -> list['_Draft']:
        "One line per subaccount of the customer and per tax"
        merged: dict[tuple[object, ...], _Draft] = {}
        for draft in drafts:
            key: tuple[object, ...]
            if draft.personal:
                key = ('personal', draft.account)
            elif draft.tax:
                key = ('tax', draft.tax.id, draft.account)
            else:
                key = ('line', draft.row.id)
            if key in merged:
                merged[key].net += draft.net
            else:
                merged[key] = draft
        return list(merged.values())

    # VAT

    def _add_vat(
            self, move: Move, drafts: list['_Draft'],
            problems: list[Problem]) -> None:
        bases: dict[int, Decimal] = defaultdict(Decimal)
        for row in move.lines:
            for part in row.taxes:
                if part.type == 'base':
                    bases[part.tax] += part.amount
        by_tax = {d.tax.id: d for d in drafts if d.tax}
        taxes = [
            t for t in (self.books.taxes[i] for i in {**bases, **by_tax})
            if t.kind != WITHHOLDING]
        surcharges = {
            t.surcharge_of: t for t in taxes if t.kind == SURCHARGE}
        for tax in taxes:
            draft = by_tax.get(tax.id)
            if draft is None and not bases[tax.id]:
                continue
            elif draft is None:
                draft = self._zero_line(move, tax, problems)
                drafts.append(draft)
            self._check_tax(move, tax, problems)
            draft.vat = self._vat_data(
                tax, draft, bases[tax.id],
                surcharges.get(tax.id), by_tax)

    def _check_tax(
            self, move: Move, tax: Tax, problems: list[Problem]) -> None:
        known = self.settings.rates
        if tax.kind == SURCHARGE:
            known = self.settings.surcharges
        rate = None if tax.rate is None else abs(tax.rate) * 100
        if rate is None or rate.normalize() not in known:
            problems.append(Problem.of(
                    'rate_unknown', 'account.tax', tax.id, move=move.id,
                    tax=tax.name, entry=move.number,
                    rate='' if rate is None else f'{rate:f}'))

    def _zero_line(
            self, move: Move, tax: Tax,
            problems: list[Problem]) -> '_Draft':
        # Without a VAT line at 0 % the invoice never reaches the VAT book.
        code = self.vat_code(tax, move.id)
        if isinstance(code, Problem):
            problems.append(code)
            code = ''
        row = MoveLine(
            id=0, account=tax.account or 0, debit=ZERO, credit=ZERO)
        return _Draft(
            account=code, account_id=tax.account or 0, net=ZERO, row=row,
            tax=tax, name=tax.name)

    def _vat_data(
            self, tax: Tax, draft: '_Draft', base: Decimal,
            surcharge: Tax | None,
            by_tax: dict[int, '_Draft']) -> VatData:
        kind = kind_of(tax)
        sign = -1 if tax.book == ISSUED else 1
        amount = draft.net * sign
        if tax.kind == SURCHARGE:
            return VatData(
                book=tax.book, kind=tax.kind, tax=tax.id, rate=ZERO,
                base=ZERO, amount=ZERO, surcharge=_percent(tax.rate),
                surcharge_amount=amount, letter=_letter(tax, kind),
                main=False)
        extra = by_tax.get(surcharge.id) if surcharge else None
        return VatData(
            book=tax.book, kind=tax.kind, tax=tax.id,
            rate=abs(_percent(tax.rate)), base=base, amount=amount,
            surcharge=_percent(surcharge.rate) if surcharge else ZERO,
            surcharge_amount=extra.net * sign if extra else ZERO,
            letter=_letter(tax, kind), operation=kind.operation,
            goods=(kind.goods or 1) if tax.book == RECEIVED else 0)

    # Entry

    def _entry(
            self, move: Move, drafts: list['_Draft'],
            problems: list[Problem]) -> Entry:
        invoice = move.invoice
        personal = next((d for d in drafts if d.personal), None)
        if any(d.vat for d in drafts) and not personal:
            problems.append(Problem.of(
                    'no_counterpart', 'account.move', move.id,
                    move=move.id, entry=move.number))
        values: dict[str, Any] = {}
        if invoice:
            values = self._of_invoice(move.date, invoice, drafts)
        elif personal and personal.party:
            party = personal.party
            values = {
                'party': party,
                'tax_id': party.tax_id,
                'tax_id_kind': party.tax_id_kind,
                }
        if any(d.vat for d in drafts) and not invoice:
            digits, _ = digits_of(move.number)
            values.update(
                full_number=move.number, digits=digits,
                issue_date=move.date, operation_date=move.date,
                series=self._series(move.number))
        return Entry(
            move=move.id, number=0, reference=move.number, date=move.date,
            kind=move.kind, fiscalyear=move.fiscalyear, invoice=invoice,
            lines=tuple(self._lines(
                    move, values.get('full_number', ''), drafts)),
            **values)

    def _of_invoice(
            self, date: dt.date, invoice: Invoice,
            drafts: list['_Draft']) -> dict[str, Any]:
        party = self.books.parties[invoice.party]
        number = self._full_number(invoice)
        digits, _ = digits_of(invoice.number)
        kept = sum((
                d.net for d in drafts
                if d.personal
                or (d.tax and d.tax.kind == WITHHOLDING)), ZERO)
        issue_date = invoice.date
        if invoice.type == 'in' and self.settings.received_on_posting:
            issue_date = date
        own = invoice.tax_id is None
        # What is invoiced before it is done owes its VAT at once.
        operation_date = min(
            invoice.operation_date or invoice.date, invoice.date)
        return {
            'party': party,
            'tax_id': party.tax_id if own else invoice.tax_id or '',
            'tax_id_kind': party.tax_id_kind if own else invoice.tax_id_kind,
            'full_number': number,
            'digits': digits,
            'series': self._series(invoice.number),
            'issue_date': issue_date,
            'operation_date': operation_date,
            'total': kept if invoice.type == 'out' else -kept,
            }

    def _full_number(self, invoice: Invoice) -> str:
        if invoice.type == 'in' and invoice.reference:
            return invoice.reference
        return invoice.number

    def _series(self, number: str) -> str:
        if number[:1].isalpha():
            return number[0].upper()
        return self.settings.series[:1]

    def _lines(
            self, move: Move, number: str,
            drafts: list['_Draft']) -> list[Line]:
        negative = bool(
            self.settings.negative
            and move.invoice and move.invoice.credit_note)
        counterparts = _Counterparts(drafts, invoice=bool(
                move.invoice or any(d.vat for d in drafts)))
        customer = next((d for d in drafts if d.personal), None)
        drafts = sorted(
            drafts, key=_rank_invoice if move.invoice else _rank_other)
        lines = []
        for draft in drafts:
            debit, credit = _sides(draft, negative, self.settings.negative)
            text, document = _texts(move, number, draft, drafts)
            line = Line(
                account=draft.account, debit=debit, credit=credit,
                counterpart=counterparts.of(draft), text=text,
                document=document, name=draft.name,
                account_id=draft.account_id, party=draft.party,
                vat=self._signed(draft.vat), analytic=draft.analytic,
                personal=draft.personal,
                bases=() if draft.vat else self._bases(draft.row))
            if draft.tax and draft.tax.kind == WITHHOLDING:
                line = replace(
                    line, withholding=abs(_percent(draft.tax.rate)))
            if (draft.account.startswith(_CASH) and draft.net > 0
                    and customer and customer.net < 0
                    and self._receivable(customer)):
                paid = customer.row.document_date or move.date
                line = replace(line, cash=draft.net, cash_year=paid.year)
            lines.append(line)
        return lines

    def _bases(self, row: MoveLine) -> tuple[tuple[int, Decimal], ...]:
        return tuple(
            (t.tax, t.amount) for t in row.taxes
            if t.type == 'base' and self.books.taxes[t.tax].kind
            not in {WITHHOLDING, SURCHARGE})

    def _receivable(self, draft: '_Draft') -> bool:
        return self.books.accounts[draft.account_id].receivable

    def _signed(self, data: VatData | None) -> VatData | None:
        if data is None or self.settings.negative:
            return data
        return replace(
            data, base=abs(data.base), amount=abs(data.amount),
            surcharge_amount=abs(data.surcharge_amount))


@dataclass
class _Counterparts:
    drafts: list[_Draft]
    invoice: bool
    _personal: str = field(init=False, default='')
    _result: str = field(init=False, default='')
    _debit: str = field(init=False, default='')
    _credit: str = field(init=False, default='')

    def __post_init__(self) -> None:
        self._personal = next(
            (d.account for d in self.drafts if d.personal), '')
        self._result = _single(d.account for d in self.drafts if d.result)
        self._debit = _single(d.account for d in self.drafts if d.net > 0)
        self._credit = _single(d.account for d in self.drafts if d.net < 0)

    def of(self, draft: _Draft) -> str:
        if self.invoice:
            return self._result if draft.personal else self._personal
        return self._credit if draft.net > 0 else self._debit


def _single(accounts: Iterable[str]) -> str:
    found = set(accounts)
    return found.pop() if len(found) == 1 else ''


def _percent(rate: Decimal | None) -> Decimal:
    return (rate or ZERO) * 100


def _letter(tax: Tax, kind: Kind) -> str:
    return kind.letter if tax.letter is None else tax.letter


def _sides(
        draft: _Draft, credit_note: bool,
        negative: bool) -> tuple[Decimal, Decimal]:
    net = draft.net
    if draft.vat and negative:
        # The VAT book reads the sign of its own side.
        if draft.vat.book == ISSUED:
            return ZERO, -net
        return net, ZERO
    debit, credit = (net, ZERO) if net > 0 else (ZERO, -net)
    if credit_note:
        debit, credit = -credit, -debit
    return debit + 0, credit + 0


def _rank_invoice(draft: _Draft) -> tuple[int, int]:
    if draft.personal:
        rank = 0
    elif draft.vat:
        rank = 1 if draft.vat.main else 2
    else:
        rank = 3 if draft.tax else 4
    return rank, draft.row.id


def _rank_other(draft: _Draft) -> tuple[int, int]:
    return (0 if draft.net > 0 else 1), draft.row.id


def _texts(
        move: Move, number: str, draft: _Draft,
        drafts: list[_Draft]) -> tuple[str, str]:
    "Return the text and the document of a line, in the adviser's words"
    if move.invoice:
        own = move.invoice.type == 'out'
        if move.invoice.credit_note:
            word = "Abono" if own else "S/Abono"
        else:
            word = "N/Fra." if own else "S/Fra."
        return f'{word} {number}', number
    document = draft.row.document or _single(
        d.row.document for d in drafts if d.row.document)
    if move.kind == RECEIPTS:
        person = draft if draft.personal else next(
            (d for d in drafts if d.personal), draft)
        if person.name and document:
            return f'{_word(move, person)} fra. {document}', document
    text = draft.row.description or move.description
    if not text:
        text = {
            SALES: "Ventas", PURCHASES: "Compras", RECEIPTS: "Cobros",
            BANK: "Banco"}.get(move.kind, "Asiento")
        text = f'{text} {move.number}'
    return text, document or move.number


def _word(move: Move, draft: _Draft) -> str:
    customer = draft.account.startswith(('43', '44'))
    if move.returned or (customer and draft.net > 0):
        return "Devolución"
    return "Cobro" if customer else "Pago"

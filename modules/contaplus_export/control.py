# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The sums that go with the files, and their comparison with the books."""
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from .entries import Entry
from .rows import PURCHASES, SALES

ZERO = Decimal(0)


@dataclass(frozen=True)
class Difference:
    what: str
    "account or tax"
    id: int
    books: Decimal
    files: Decimal


@dataclass(frozen=True)
class VatTotal:
    book: str
    kind: str
    rate: Decimal
    base: Decimal
    amount: Decimal
    surcharge_rate: Decimal = ZERO
    surcharge: Decimal = ZERO


@dataclass
class Totals:
    "Sums of what was written"
    entries: int = 0
    lines: int = 0
    debit: Decimal = ZERO
    credit: Decimal = ZERO
    by_kind: dict[str, int] = field(
        default_factory=lambda: defaultdict(int))
    by_account: dict[int, Decimal] = field(
        default_factory=lambda: defaultdict(Decimal))
    by_subaccount: dict[str, list[Decimal]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    by_tax: dict[int, list[Decimal]] = field(default_factory=dict)
    by_rate: dict[tuple[str, str, Decimal, Decimal], list[Decimal]] = field(
        default_factory=dict)
    personal: set[str] = field(default_factory=set)
    "The subaccounts of customers and suppliers"
    base: Decimal = ZERO
    first: dict[str, str] = field(default_factory=dict)
    last: dict[str, str] = field(default_factory=dict)

    def add(self, entry: Entry) -> None:
        self.entries += 1
        self.by_kind[entry.kind] += 1
        if entry.kind in {SALES, PURCHASES} and entry.invoice:
            # Our own number: that of a supplier says nothing of order.
            number = entry.invoice.number
            self.first.setdefault(entry.kind, number)
            self.last[entry.kind] = number
        for line in entry.lines:
            self.lines += 1
            self.debit += line.debit
            self.credit += line.credit
            if line.account_id and (line.debit or line.credit):
                self.by_account[line.account_id] += line.debit - line.credit
            sums = self.by_subaccount.setdefault(
                line.account, [ZERO, ZERO])
            sums[0] += line.debit
            sums[1] += line.credit
            if line.personal:
                self.personal.add(line.account)
            if line.name:
                self.names.setdefault(line.account, line.name)
            if data := line.vat:
                self.base += data.base
                tax = self.by_tax.setdefault(data.tax, [ZERO, ZERO])
                tax[0] += data.base
                tax[1] += (
                    data.amount if data.main else data.surcharge_amount)
                if data.main:
                    key = data.book, data.kind, data.rate, data.surcharge
                    rate = self.by_rate.setdefault(key, [ZERO, ZERO, ZERO])
                    rate[0] += data.base
                    rate[1] += data.amount
                    rate[2] += data.surcharge_amount

    def vat(self) -> list[VatTotal]:
        return [
            VatTotal(
                book=book, kind=kind, rate=rate, base=sums[0],
                amount=sums[1], surcharge_rate=surcharge,
                surcharge=sums[2])
            for (book, kind, rate, surcharge), sums in sorted(
                self.by_rate.items())]


@dataclass(frozen=True)
class SubaccountTotal:
    code: str
    name: str
    debit: Decimal
    credit: Decimal
    count: int = 1
    "How many subaccounts were added up, where each would be too long"


def short_list(totals: Totals, limit: int = 60) -> list[SubaccountTotal]:
    "Return the subaccounts, the personal ones added up where there are many"
    groups: dict[str, list[str]] = defaultdict(list)
    for code in sorted(totals.by_subaccount):
        key = code[:3] + '…' if code in totals.personal else code
        groups[key].append(code)
    found: list[SubaccountTotal] = []
    for key, codes in groups.items():
        if len(codes) <= limit:
            found.extend(
                SubaccountTotal(
                    code, totals.names.get(code, ''),
                    debit=totals.by_subaccount[code][0],
                    credit=totals.by_subaccount[code][1])
                for code in codes)
        else:
            found.append(SubaccountTotal(
                    key, '',
                    sum((totals.by_subaccount[c][0] for c in codes), ZERO),
                    sum((totals.by_subaccount[c][1] for c in codes), ZERO),
                    count=len(codes)))
    return found


def unexplained(
        what: str, books: Mapping[int, Decimal],
        *parts: Mapping[int, Decimal]) -> list[Difference]:
    """Return where the parts of a period are not its whole

    The books are what the accounting itself says of the period; the parts
    are what was sent of it and what was not, for each reason.
    """
    differences = []
    for id in sorted({*books, *(i for part in parts for i in part)}):
        whole = books.get(id, ZERO)
        told = sum((part.get(id, ZERO) for part in parts), ZERO)
        if whole != told:
            differences.append(Difference(what, id, whole, told))
    return differences


def compare(
        totals: Totals, accounts: Mapping[int, Decimal],
        taxes: Mapping[int, tuple[Decimal, Decimal]],
        mirrors: Iterable[int], positive: bool = False) -> list[Difference]:
    """Return where the files differ from the books

    The books are the balance by account and the base and the amount by tax
    of the same moves, summed by the database. A mirrored tax is negative in
    the books. When credit notes are written as positive amounts the VAT has
    lost its sign, so that only the accounts can be compared.
    """
    differences = []
    for id in sorted({*accounts, *totals.by_account}):
        books = accounts.get(id, ZERO)
        files = totals.by_account.get(id, ZERO)
        if books != files:
            differences.append(Difference('account', id, books, files))
    if positive:
        return differences
    mirrored = set(mirrors)
    for id in sorted({*taxes, *totals.by_tax}):
        base, amount = taxes.get(id, (ZERO, ZERO))
        if id in mirrored:
            amount = -amount
        file_base, file_amount = totals.by_tax.get(id, [ZERO, ZERO])
        for books, files in [(base, file_base), (amount, file_amount)]:
            if books != files:
                differences.append(Difference('tax', id, books, files))
    return differences

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Which receipts can go into a remittance, and why the others can not."""
from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from dateutil.relativedelta import relativedelta

from .epc import iban_fault

__all__ = [
    'Chosen', 'Mandate', 'Parcel', 'Receipt', 'Refusal', 'Terms', 'choose',
    'concept', 'expiry', 'parcels']

# A mandate that nobody collected with for so long is no longer good.
LIFE = relativedelta(months=36)


@dataclass(frozen=True)
class Receipt:
    "What a party owes, or is owed, on one date"
    line: int
    party: int
    party_name: str
    amount: Decimal
    maturity: dt.date | None
    reference: str = ''
    currency: str = 'EUR'
    blocked: bool = False
    disputed: bool = False
    in_remittance: str = ''
    suspended: bool = False
    retention: bool = False
    preferred: int | None = None
    paid_otherwise: bool = False


@dataclass(frozen=True)
class Mandate:
    id: int
    party: int
    identification: str
    iban: str
    state: str
    kind: str
    scheme: str
    signed: dt.date | None
    last_used: dt.date | None = None
    used: bool = False
    account_active: bool = True
    suspended: bool = False


@dataclass(frozen=True)
class Terms:
    "What is asked for"
    date: dt.date
    currency: str = 'EUR'
    scheme: str | None = None
    minimum: Decimal = Decimal(0)
    maximum: Decimal | None = None


@dataclass(frozen=True)
class Chosen:
    receipt: Receipt
    amount: Decimal
    mandate: Mandate | None
    iban: str


@dataclass(frozen=True)
class Refusal:
    """Why a receipt stays behind: code is the name of the reason"""
    receipt: Receipt
    code: str
    value: str = ''


@dataclass(frozen=True)
class Parcel:
    "The receipts that make one debit or one transfer"
    party: int
    mandate: Mandate | None
    iban: str
    date: dt.date
    original_date: dt.date | None
    items: tuple[Chosen, ...]

    @property
    def amount(self) -> Decimal:
        return sum((item.amount for item in self.items), Decimal(0))


def expiry(mandate: Mandate) -> dt.date | None:
    "Return the last day on which the mandate can be used"
    start = mandate.last_used or mandate.signed
    if mandate.last_used and mandate.signed:
        start = max(mandate.last_used, mandate.signed)
    return start + LIFE if start else None


def _mandate_fault(
        mandate: Mandate, terms: Terms) -> tuple[str, str] | None:
    name = mandate.identification
    if mandate.state in {'draft', 'requested'}:
        return 'mandate_draft', name
    if mandate.state != 'validated':
        return 'mandate_cancelled', name
    if mandate.suspended:
        return 'mandate_blocked', name
    if not mandate.account_active:
        return 'account_closed', mandate.iban
    if mandate.signed is None:
        return 'mandate_unsigned', name
    if mandate.signed > terms.date:
        return 'mandate_future', name
    until = expiry(mandate)
    if until and until < terms.date:
        return 'mandate_expired', name
    if mandate.kind == 'one-off' and mandate.used:
        return 'one_off_used', name
    if terms.scheme and mandate.scheme != terms.scheme:
        return 'mandate_scheme', name
    if fault := iban_fault(mandate.iban):
        return fault, mandate.iban
    return None


# The nearer a mandate is to being good, the more its fault helps.
_FAULTS = [
    'mandate_cancelled', 'mandate_draft', 'mandate_unsigned',
    'mandate_future', 'mandate_scheme', 'one_off_used', 'mandate_expired',
    'account_closed', 'mandate_blocked', 'iban_missing', 'iban_country',
    'iban_invalid']


def _best(
        receipt: Receipt, mandates: Iterable[Mandate], terms: Terms,
        spent: set[int]) -> Mandate | tuple[str, str]:
    found: list[Mandate] = []
    faults: list[tuple[str, str]] = []
    for mandate in mandates:
        fault = _mandate_fault(mandate, terms)
        if fault is None and mandate.id in spent:
            fault = ('one_off_used', mandate.identification)
        if receipt.preferred == mandate.id:
            return mandate if fault is None else fault
        if fault is None:
            found.append(mandate)
        else:
            faults.append(fault)
    if found:
        return max(found, key=lambda m: (
                m.kind != 'one-off', m.last_used or dt.date.min, m.id))
    if faults:
        return max(faults, key=lambda fault: _FAULTS.index(fault[0]))
    return 'mandate_missing', ''


def choose(
        receipts: Sequence[Receipt],
        mandates: Mapping[int, Sequence[Mandate]],
        terms: Terms,
        balances: Mapping[int, Decimal] | None = None,
        accounts: Mapping[int, str] | None = None,
        amounts: Mapping[int, Decimal] | None = None,
        ) -> tuple[list[Chosen], list[Refusal]]:
    """Return the receipts that can go and those that can not

    With accounts (party: IBAN) the receipts are transfers to suppliers,
    else direct debits. balances is what each party owes over all.
    """
    chosen: list[Chosen] = []
    refused: list[Refusal] = []
    spent: set[int] = set()
    for receipt in receipts:
        amount = receipt.amount
        if amounts and receipt.line in amounts:
            amount = min(amounts[receipt.line], amount)
        if fault := _receipt_fault(receipt, amount, terms, balances):
            refused.append(Refusal(receipt, *fault))
            continue
        if accounts is not None:
            iban = accounts.get(receipt.party, '')
            if code := iban_fault(iban):
                refused.append(Refusal(receipt, code, iban))
            else:
                chosen.append(Chosen(receipt, amount, None, iban))
            continue
        best = _best(
            receipt, mandates.get(receipt.party, ()), terms, spent)
        if isinstance(best, tuple):
            refused.append(Refusal(receipt, *best))
            continue
        if best.kind == 'one-off':
            spent.add(best.id)
        chosen.append(Chosen(receipt, amount, best, best.iban))
    return chosen, refused


# What somebody said of a receipt keeps it back.
_FLAGS = {
    'retention': 'retention',
    'blocked': 'blocked',
    'disputed': 'disputed',
    'suspended': 'party_suspended',
    'paid_otherwise': 'paid_otherwise',
    }


def _receipt_fault(
        receipt: Receipt, amount: Decimal, terms: Terms,
        balances: Mapping[int, Decimal] | None) -> tuple[str, str] | None:
    if receipt.in_remittance:
        return 'in_remittance', receipt.in_remittance
    if receipt.amount <= 0 or amount <= 0:
        return 'amount_zero', ''
    if receipt.maturity is None:
        return 'maturity_missing', ''
    if receipt.currency != terms.currency:
        return 'currency', receipt.currency
    for name, code in _FLAGS.items():
        if getattr(receipt, name):
            return code, ''
    if balances is not None and balances.get(receipt.party, amount) <= 0:
        return 'credit_balance', str(balances[receipt.party])
    if amount < terms.minimum:
        return 'amount_minimum', str(terms.minimum)
    if terms.maximum is not None and amount > terms.maximum:
        return 'amount_maximum', str(terms.maximum)
    return None


def parcels(
        chosen: Sequence[Chosen], dates: Mapping[int, dt.date],
        group: bool = False) -> list[Parcel]:
    """Return one parcel a receipt, or one for all of a mandate and date

    dates are the collection dates by line. Receipts of different mandates
    or accounts never share a parcel.
    """
    if not group:
        return [
            Parcel(
                item.receipt.party, item.mandate, item.iban,
                dates[item.receipt.line], item.receipt.maturity, (item,))
            for item in chosen]
    boxes: defaultdict[
        tuple[int, int | None, str, dt.date], list[Chosen]] = (
            defaultdict(list))
    for item in chosen:
        key = (
            item.receipt.party, item.mandate.id if item.mandate else None,
            item.iban, dates[item.receipt.line])
        boxes[key].append(item)
    return [
        Parcel(
            party, items[0].mandate, iban, date,
            min((i.receipt.maturity for i in items if i.receipt.maturity),
                default=None),
            tuple(items))
        for (party, _mandate, iban, date), items in boxes.items()]


def concept(references: Iterable[str], size: int = 140) -> str:
    """Return the references as the debtor reads them on his statement

    None is cut in two: those that find no room are counted.
    """
    names = list(dict.fromkeys(filter(None, references)))
    text = ', '.join(names)
    if len(text) <= size or len(names) < 2:
        return text
    for kept in range(len(names) - 1, 0, -1):
        text = f"{', '.join(names[:kept])} +{len(names) - kept}"
        if len(text) <= size:
            return text
    return ', '.join(names)

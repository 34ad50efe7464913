# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The books as plain rows: what the engines are given."""
import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal

SALES, PURCHASES, RECEIPTS, BANK, OTHER = KINDS = (
    'sales', 'purchases', 'receipts', 'bank', 'other')


@dataclass(frozen=True)
class Account:
    id: int
    code: str
    name: str
    receivable: bool = False
    payable: bool = False
    result: bool = False
    "The account is an income or an expense"
    party_required: bool = False

    @property
    def personal(self) -> bool:
        # In the Spanish chart 472 and 477 are receivable and payable too.
        return self.party_required and (self.receivable or self.payable)


@dataclass(frozen=True)
class Party:
    id: int
    name: str
    code: str = ''
    tax_id: str = ''
    tax_id_kind: int = 0
    country: str = ''
    street: str = ''
    city: str = ''
    province: str = ''
    postal_code: str = ''
    email: str = ''


@dataclass(frozen=True)
class Tax:
    id: int
    name: str
    rate: Decimal | None
    "As a fraction: 0.21"
    kind: str
    "A row of data/vat_kinds.csv, or withholding"
    book: str
    "issued or received"
    surcharge_of: int | None = None
    mirror: bool = False
    "The output half of a tax that the buyer owes"
    subaccount: str = ''
    letter: str | None = None
    account: int | None = None


@dataclass(frozen=True)
class TaxAmount:
    tax: int
    type: str
    amount: Decimal


@dataclass(frozen=True)
class MoveLine:
    id: int
    account: int
    debit: Decimal
    credit: Decimal
    party: int | None = None
    description: str = ''
    taxes: tuple[TaxAmount, ...] = ()
    document: str = ''
    "Number of the invoice that the line pays"
    document_date: dt.date | None = None
    analytic: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    "The keys of department and of project; several where it is divided"


@dataclass(frozen=True)
class Rectified:
    number: str
    date: dt.date | None
    base: Decimal
    move: int | None = None


@dataclass(frozen=True)
class Invoice:
    id: int
    type: str
    "out or in"
    number: str
    date: dt.date
    party: int
    reference: str = ''
    credit_note: bool = False
    rectified: tuple[Rectified, ...] = ()
    tax_id: str | None = None
    "What was on the invoice, when it is not the party's own"
    tax_id_kind: int = 0
    operation_date: dt.date | None = None


@dataclass(frozen=True)
class Move:
    id: int
    number: str
    date: dt.date
    kind: str
    lines: tuple[MoveLine, ...]
    description: str = ''
    invoice: Invoice | None = None
    fiscalyear: int = 0
    returned: bool = False
    "The money went back"
    corrects: int | None = None
    "The move that this one undoes"


@dataclass(frozen=True)
class Year:
    id: int
    name: str
    start: dt.date
    end: dt.date


@dataclass
class Books:
    "What the rows point at; grows while the moves are read"
    accounts: dict[int, Account] = field(default_factory=dict)
    parties: dict[int, Party] = field(default_factory=dict)
    taxes: dict[int, Tax] = field(default_factory=dict)
    years: dict[int, Year] = field(default_factory=dict)

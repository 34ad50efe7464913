# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What a tax is for the adviser's VAT books."""
import csv
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

from .rows import Tax

ISSUED, RECEIVED = 'issued', 'received'
WITHHOLDING, SURCHARGE, MIRROR = 'withholding', 'surcharge', 'mirror'
_PREFIX = {ISSUED: '477', RECEIVED: '472'}


@dataclass(frozen=True)
class Kind:
    name: str
    book: str
    digit: str
    "Fourth digit of the subaccount when nobody chose one"
    letter: str
    operation: str
    foreign: bool
    goods: int


@dataclass(frozen=True)
class TaxFacts:
    rate: Decimal | None
    purchase: bool
    child: bool = False
    surcharge: bool = False
    european: str = ''
    "goods or services, traded inside the Union"
    listed: bool | None = None
    "In the yearly list of operations; None when the chart does not tell"
    investment: bool = False
    reverse: bool = False
    "The name says that the buyer owes the tax"


@cache
def kinds() -> dict[tuple[str, str], Kind]:
    path = Path(__file__).parent / 'data' / 'vat_kinds.csv'
    with open(path, encoding='utf-8', newline='') as file:
        return {
            (r['book'], r['kind']): Kind(
                name=r['kind'], book=r['book'], digit=r['digit'],
                letter=r['letter'], operation=r['operation'],
                foreign=bool(r['foreign']), goods=int(r['goods'] or 0))
            for r in csv.DictReader(file)}


def kind_of(tax: Tax) -> Kind:
    "Return the kind, the general one when the tax says nothing better"
    found = kinds()
    return found.get((tax.book, tax.kind)) or found[tax.book, 'general']


def classify(facts: TaxFacts) -> tuple[str, str]:
    "Return the kind and the book of a tax from what is known of it"
    book = RECEIVED if facts.purchase else ISSUED
    rate = facts.rate or Decimal(0)
    if rate < 0:
        # The half of a reverse charge that is owed, or money kept back.
        return (MIRROR, ISSUED) if facts.child else (WITHHOLDING, book)
    elif facts.surcharge:
        return SURCHARGE, book
    elif facts.european:
        if facts.european == 'services':
            return 'intra_services', book
        elif facts.investment and facts.purchase:
            return 'intra_investment', book
        return 'intra_goods', book
    elif rate == 0:
        if facts.reverse:
            return 'reverse', book
        elif facts.listed is False:
            return ('import' if facts.purchase else 'export'), book
        return 'exempt', book
    elif facts.child:
        return 'reverse', book
    elif facts.investment:
        return 'investment', book
    return 'general', book


def subaccount(tax: Tax, length: int) -> str:
    """Return the VAT subaccount of a tax

    The prefix of the book, a digit for the kind, zeros, and the rate: what
    advisers do by hand. The profile may say otherwise for each tax.
    """
    if tax.subaccount:
        return tax.subaccount
    rate = abs(tax.rate or Decimal(0)) * 100
    if tax.kind == SURCHARGE or rate != int(rate):
        # Tenths do not fit in the two digits of a whole rate.
        digit, number = '1', str(int(rate * 10))
    else:
        digit, number = kind_of(tax).digit, str(int(rate))
    prefix = _PREFIX[tax.book] + digit
    return prefix + number.zfill(length - len(prefix))

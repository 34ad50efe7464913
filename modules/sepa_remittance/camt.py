# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Read statements (camt.053) and notifications (camt.054)."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from io import BytesIO
from typing import BinaryIO
from xml.etree.ElementTree import Element

from .saying import (
    Damaged, Report, Saying, UnknownFormat, child, iterate, text, texts)

__all__ = ['message_name', 'read']

_REJECTED = '/RTYP/RJCT'
# What is announced only is not booked.
_NOT_BOOKED = {'PDNG', 'INFO', 'FUTR'}


def message_name(stream: BinaryIO) -> str:
    "Return the name of the message, as camt.054.001.08"
    for _, _, element in iterate(stream, ['Document']):
        namespace = element.tag.partition('}')[0].lstrip('{')
        return namespace.rpartition(':')[2] or 'unknown'
    raise UnknownFormat('unknown')


def read(content: bytes, name: str) -> Report:
    identification = ''
    accounts: list[str] = []
    sayings: list[Saying] = []
    depth = 0
    for event, tag, element in iterate(
            BytesIO(content), ['GrpHdr', 'Acct', 'Ntry']):
        if tag == 'Ntry':
            depth += 1 if event == 'start' else -1
        if event != 'end':
            continue
        if tag == 'GrpHdr':
            identification = text(element, 'MsgId')
        elif tag == 'Acct' and not depth:
            if iban := text(element, 'Id', 'IBAN'):
                accounts.append(iban)
        elif tag == 'Ntry':
            status = text(element, 'Sts', 'Cd') or text(element, 'Sts')
            if status not in _NOT_BOOKED:
                sayings.extend(_entry(element))
    return Report(
        name, identification, tuple(dict.fromkeys(accounts)),
        tuple(sayings))


def _date(element: Element | None) -> dt.date | None:
    value = text(element, 'Dt') or text(element, 'DtTm')
    try:
        return dt.date.fromisoformat(value[:10]) if value else None
    except ValueError as error:
        raise Damaged(f"{value!r} is not a date") from error


def _amount(element: Element | None) -> Decimal | None:
    if element is None or not element.text:
        return None
    try:
        return Decimal(element.text.strip())
    except InvalidOperation as error:
        raise Damaged(f"{element.text!r} is not an amount") from error


def _entry(entry: Element) -> Iterator[Saying]:
    credit = text(entry, 'CdtDbtInd') == 'CRDT'
    amount_element = child(entry, 'Amt')
    amount = _amount(amount_element)
    currency = (
        amount_element.get('Ccy', 'EUR') if amount_element is not None
        else 'EUR')
    date = _date(child(entry, 'ValDt')) or _date(child(entry, 'BookgDt'))
    reversal = text(entry, 'RvslInd') in {'true', '1'}
    reference = text(entry, 'AcctSvcrRef')
    description = text(entry, 'AddtlNtryInf')
    found = False
    for details in entry:
        if details.tag.rpartition('}')[2] != 'NtryDtls':
            continue
        batch = child(details, 'Btch')
        transactions = [
            t for t in details if t.tag.rpartition('}')[2] == 'TxDtls']
        for transaction in transactions:
            found = True
            yield _transaction(
                transaction, credit, amount, currency, date, reference,
                description, batch, single=len(transactions) == 1,
                reversal=reversal)
        if batch is not None and not transactions:
            found = True
            name = text(batch, 'PmtInfId')
            yield Saying(
                'collected' if credit or name else 'other',
                message_id=text(batch, 'MsgId'), payment_info_id=name,
                amount=_amount(child(batch, 'TtlAmt')) or amount,
                currency=currency, date=date, credit=credit,
                reference=reference, description=description)
    if not found:
        yield Saying(
            'collected' if credit else 'other', amount=amount,
            currency=currency, date=date, credit=credit,
            reference=reference, description=description)


def _transaction(
        transaction: Element, credit: bool, entry_amount: Decimal | None,
        currency: str, date: dt.date | None, reference: str,
        description: str, batch: Element | None, single: bool,
        reversal: bool) -> Saying:
    references = child(transaction, 'Refs')
    information = child(transaction, 'RtrInf')
    notes = ' '.join(filter(None, texts(information, 'AddtlInf')))
    if own_side := text(transaction, 'CdtDbtInd'):
        credit = own_side == 'CRDT'
    if information is not None:
        kind = 'rejected' if _REJECTED in notes else 'returned'
    elif reversal:
        kind = 'returned'
    else:
        kind = 'collected'
    fee = _fees(transaction)
    amount = _transaction_amount(transaction)
    if amount is None and single and entry_amount is not None:
        amount = entry_amount - (fee if kind == 'returned' else 0)
    parties = child(transaction, 'RltdPties')
    name = ''
    for role in ['Dbtr', 'Cdtr']:
        name = name or (
            text(parties, role, 'Nm') or text(parties, role, 'Pty', 'Nm'))
    concept = ' '.join(filter(
            None, texts(child(transaction, 'RmtInf'), 'Ustrd')))
    return Saying(
        kind,
        end_to_end_id=_known(text(references, 'EndToEndId')),
        instruction_id=_known(text(references, 'InstrId')),
        mandate=_known(text(references, 'MndtId')),
        message_id=text(references, 'MsgId') or text(batch, 'MsgId'),
        payment_info_id=(
            text(references, 'PmtInfId') or text(batch, 'PmtInfId')),
        amount=amount, currency=currency, date=date, credit=credit,
        reason=(text(information, 'Rsn', 'Cd')
            or text(information, 'Rsn', 'Prtry')),
        information=notes, fee=fee, name=name,
        reference=text(references, 'AcctSvcrRef') or reference,
        description=concept or description)


def _known(value: str) -> str:
    return '' if value.upper() in {'NOTPROVIDED', 'NONREF'} else value


def _transaction_amount(transaction: Element) -> Decimal | None:
    for path in [
            ('AmtDtls', 'InstdAmt', 'Amt'), ('AmtDtls', 'TxAmt', 'Amt'),
            ('Amt',)]:
        amount = _amount(child(transaction, *path))
        if amount is not None:
            return amount
    return None


def _fees(transaction: Element) -> Decimal:
    total = Decimal(0)
    for charges in transaction:
        if charges.tag.rpartition('}')[2] != 'Chrgs':
            continue
        amount = (_amount(child(charges, 'TtlChrgsAndTaxAmt'))
            or _amount(child(charges, 'Amt')))
        if amount is None:
            amount = sum((
                    _amount(child(record, 'Amt')) or Decimal(0)
                    for record in charges
                    if record.tag.rpartition('}')[2] == 'Rcrd'), Decimal(0))
        total += amount
    return total

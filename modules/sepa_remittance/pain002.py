# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Read what the bank thinks of a file (pain.002)."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from io import BytesIO
from xml.etree.ElementTree import Element

from .saying import Damaged, Report, Saying, child, iterate, text, texts

__all__ = ['read']

_REJECTED = {'RJCT', 'CANC'}


def read(content: bytes, name: str) -> Report:
    identification, message_id = '', ''
    date: dt.date | None = None
    sayings: list[Saying] = []
    for event, tag, element in iterate(
            BytesIO(content),
            ['GrpHdr', 'OrgnlGrpInfAndSts', 'OrgnlPmtInfAndSts']):
        if event != 'end':
            continue
        if tag == 'GrpHdr':
            identification = text(element, 'MsgId')
            created = text(element, 'CreDtTm')[:10]
            try:
                date = dt.date.fromisoformat(created) if created else None
            except ValueError as error:
                raise Damaged(f"{created!r} is not a date") from error
        elif tag == 'OrgnlGrpInfAndSts':
            message_id = text(element, 'OrgnlMsgId')
            if status := text(element, 'GrpSts'):
                sayings.append(_saying(
                        element, 'file_rejected', status, date,
                        message_id=message_id))
        else:
            sayings.extend(_batch(element, message_id, date))
    return Report(name, identification, (), tuple(sayings))


def _batch(
        element: Element, message_id: str, date: dt.date | None
        ) -> Iterator[Saying]:
    payment_info_id = text(element, 'OrgnlPmtInfId')
    status = text(element, 'PmtInfSts')
    transactions = [
        t for t in element if t.tag.rpartition('}')[2] == 'TxInfAndSts']
    for transaction in transactions:
        original = child(transaction, 'OrgnlTxRef')
        amount = child(original, 'Amt', 'InstdAmt')
        yield _saying(
            transaction, 'rejected', text(transaction, 'TxSts') or status,
            date,
            message_id=message_id, payment_info_id=payment_info_id,
            end_to_end_id=text(transaction, 'OrgnlEndToEndId'),
            instruction_id=text(transaction, 'OrgnlInstrId'),
            mandate=text(original, 'MndtRltdInf', 'MndtId'),
            amount=amount,
            name=(text(original, 'Dbtr', 'Nm')
                or text(original, 'Dbtr', 'Pty', 'Nm')))
    # The transactions told are not always all of a batch that is refused.
    if status in _REJECTED or (status and not transactions):
        yield _saying(
            element, 'batch_rejected', status, date, message_id=message_id,
            payment_info_id=payment_info_id)


def _saying(
        element: Element, rejected: str, status: str, date: dt.date | None,
        message_id: str = '', payment_info_id: str = '',
        end_to_end_id: str = '', instruction_id: str = '', mandate: str = '',
        amount: Element | None = None, name: str = '') -> Saying:
    reason = child(element, 'StsRsnInf')
    value = None
    if amount is not None and amount.text:
        try:
            value = Decimal(amount.text.strip())
        except InvalidOperation as error:
            raise Damaged(f"{amount.text!r} is not an amount") from error
    unknown = {'NOTPROVIDED', 'NONREF'}
    return Saying(
        rejected if status in _REJECTED else 'accepted',
        end_to_end_id='' if end_to_end_id in unknown else end_to_end_id,
        instruction_id='' if instruction_id in unknown else instruction_id,
        mandate=mandate, message_id=message_id,
        payment_info_id=payment_info_id, amount=value, date=date,
        reason=text(reason, 'Rsn', 'Cd') or text(reason, 'Rsn', 'Prtry'),
        information=' '.join(filter(None, texts(reason, 'AddtlInf'))),
        name=name, description=status)

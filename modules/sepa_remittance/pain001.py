# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The file of credit transfers (pain.001) from plain rows."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from io import BytesIO
from typing import Any

from stdnum import iso11649

from . import epc, pain
from .charset import identifier_fault, transliterate
from .pain import (
    VARIANTS, Account, Actor, Fault, Initiator, Result, Variant, child)
from .postal import Address, arrange
from .schema import review

__all__ = ['Batch', 'Message', 'Transfer', 'write']

_NAME = 70
_CONCEPT = 140


@dataclass(frozen=True)
class Transfer:
    end_to_end_id: str
    amount: Decimal
    name: str
    iban: str
    bic: str = ''
    address: Address | None = None
    concept: str = ''
    creditor_reference: str = ''
    purpose: str = ''
    label: str = ''
    record: str = ''


@dataclass(frozen=True)
class Batch:
    "The transfers of one date: one line at the bank"
    payment_info_id: str
    date: dt.date
    transfers: tuple[Transfer, ...]

    @property
    def total(self) -> Decimal:
        return sum(
            (transfer.amount for transfer in self.transfers), Decimal(0))


@dataclass(frozen=True)
class Message:
    version: str
    message_id: str
    created_at: dt.datetime
    initiator: Initiator
    debtor: Actor
    account: Account
    batches: tuple[Batch, ...]
    address_policy: str = 'hybrid'
    refuse_bad_address: bool = False
    batch_booking: bool = True
    category_purpose: str = ''
    maximum: int | None = None

    @property
    def count(self) -> int:
        return sum(len(batch.transfers) for batch in self.batches)

    @property
    def total(self) -> Decimal:
        return sum((batch.total for batch in self.batches), Decimal(0))


def write(message: Message) -> Result:
    "Return the file, or all that keeps it from being one"
    variant = VARIANTS[message.version]
    message, faults = _clean(message, variant)
    faults += _check(message)
    count, total = message.count, message.total
    if faults:
        return Result(None, tuple(faults), count, total)
    stream = BytesIO()
    _write(message, variant, stream, count, total)
    xml = stream.getvalue()
    faults = review(xml, variant)
    return Result(None if faults else xml, tuple(faults), count, total)


def _clean(
        message: Message, variant: Variant) -> tuple[Message, list[Fault]]:
    faults: list[Fault] = []
    policy = message.address_policy
    debtor_address, fault = arrange(
        message.debtor.address, policy, variant.structured)
    if fault and message.refuse_bad_address:
        faults.append(Fault(fault, message.debtor.name, field='address'))
    batches = []
    for batch in message.batches:
        transfers = []
        for transfer in batch.transfers:
            address, fault = arrange(
                transfer.address, policy, variant.structured)
            if fault and message.refuse_bad_address:
                faults.append(Fault(
                        fault, transfer.label, transfer.record, 'address'))
            transfers.append(replace(
                    transfer,
                    name=transliterate(transfer.name, _NAME),
                    concept=transliterate(transfer.concept, _CONCEPT),
                    bic=epc.bic_for(transfer.iban, transfer.bic),
                    address=address))
        batches.append(replace(batch, transfers=tuple(transfers)))
    return replace(
        message,
        debtor=Actor(
            transliterate(message.debtor.name, _NAME), debtor_address),
        account=Account(
            message.account.iban,
            epc.bic_for(message.account.iban, message.account.bic)),
        initiator=replace(
            message.initiator,
            name=transliterate(message.initiator.name, _NAME)),
        batches=tuple(batches)), faults


def _check(message: Message) -> list[Fault]:
    faults = list(epc.check_message(
            message.message_id, False, message.count, message.total,
            message.maximum))
    faults += epc.check_initiator(message.initiator)
    if not message.debtor.name:
        faults.append(Fault('name_empty', message.message_id, field='name'))
    faults += epc.check_iban(message.account.iban, message.debtor.name, '')
    faults += epc.check_identifiers(
        (transfer.end_to_end_id, transfer.label, transfer.record)
        for batch in message.batches for transfer in batch.transfers)
    for batch in message.batches:
        faults += epc.check_date(
            batch.date, message.created_at.date(),
            batch.payment_info_id, '')
        if code := identifier_fault(batch.payment_info_id):
            faults.append(Fault(
                    code, batch.payment_info_id, field='payment_info_id',
                    value=batch.payment_info_id))
        for transfer in batch.transfers:
            faults += _check_transfer(transfer)
    return faults


def _check_transfer(transfer: Transfer) -> Iterator[Fault]:
    label, record = transfer.label, transfer.record
    if not transfer.name:
        yield Fault('name_empty', label, record, 'name')
    yield from epc.check_iban(transfer.iban, label, record)
    yield from epc.check_amount(transfer.amount, label, record)
    if (transfer.creditor_reference
            and not iso11649.is_valid(transfer.creditor_reference)):
        yield Fault('reference_invalid', label, record, 'reference',
            transfer.creditor_reference)


def _write(
        message: Message, variant: Variant, stream: BytesIO, count: int,
        total: Decimal) -> None:
    with pain.document(variant, stream) as (xml, make):
        header = make('GrpHdr')
        pain.write_group_header(
            header, message.message_id, message.created_at, count,
            total, message.initiator)
        xml.write(header)
        for batch in message.batches:
            with xml.element('PmtInf'):
                for element in _batch_header(message, batch, variant, make):
                    xml.write(element)
                for transfer in batch.transfers:
                    xml.write(_transaction(transfer, variant, make))


def _batch_header(
        message: Message, batch: Batch, variant: Variant, make: Any
        ) -> Iterator[Any]:
    holder = make('PmtInf')
    child(holder, 'PmtInfId', batch.payment_info_id)
    child(holder, 'PmtMtd', 'TRF')
    child(holder, 'BtchBookg',
        'true' if message.batch_booking else 'false')
    child(holder, 'NbOfTxs', str(len(batch.transfers)))
    child(holder, 'CtrlSum', pain.amount_text(batch.total))
    kind = child(holder, 'PmtTpInf')
    child(child(kind, 'SvcLvl'), 'Cd', 'SEPA')
    if message.category_purpose:
        child(child(kind, 'CtgyPurp'), 'Cd',
            message.category_purpose)
    date = child(holder, 'ReqdExctnDt')
    if variant.choice_date:
        date = child(date, 'Dt')
    date.text = batch.date.isoformat()
    pain.write_actor(holder, 'Dbtr', message.debtor)
    pain.write_account(holder, 'DbtrAcct', message.account.iban)
    pain.write_agent(
        holder, 'DbtrAgt', message.account.bic, variant)
    child(holder, 'ChrgBr', 'SLEV')
    yield from list(holder)


def _transaction(transfer: Transfer, variant: Variant, make: Any) -> Any:
    row = make('CdtTrfTxInf')
    ids = child(row, 'PmtId')
    child(ids, 'InstrId', transfer.end_to_end_id)
    child(ids, 'EndToEndId', transfer.end_to_end_id)
    amount = child(
        child(row, 'Amt'), 'InstdAmt',
        pain.amount_text(transfer.amount))
    amount.set('Ccy', 'EUR')
    if transfer.bic:
        pain.write_agent(row, 'CdtrAgt', transfer.bic, variant)
    pain.write_actor(
        row, 'Cdtr', Actor(transfer.name, transfer.address))
    pain.write_account(row, 'CdtrAcct', transfer.iban)
    if transfer.purpose:
        child(child(row, 'Purp'), 'Cd', transfer.purpose)
    if transfer.creditor_reference:
        _creditor_reference(row, transfer.creditor_reference)
    elif transfer.concept:
        child(child(row, 'RmtInf'), 'Ustrd',
            transfer.concept)
    return row


def _creditor_reference(row: Any, reference: str) -> None:
    structured = child(child(row, 'RmtInf'), 'Strd')
    information = child(structured, 'CdtrRefInf')
    kind = child(information, 'Tp')
    child(child(kind, 'CdOrPrtry'), 'Cd', 'SCOR')
    child(information, 'Ref', iso11649.compact(reference))

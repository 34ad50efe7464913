# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The file of direct debits (pain.008) from plain rows."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from io import BytesIO
from typing import Any

from . import epc, pain
from .charset import identifier_fault, transliterate
from .creditor import identifier_fault as creditor_fault
from .pain import (
    VARIANTS, Account, Actor, Fault, Initiator, Result, Variant, child)
from .postal import Address, arrange
from .schema import review

__all__ = ['Amendment', 'Batch', 'Debit', 'Message', 'write']

_NAME = 70
_CONCEPT = 140


@dataclass(frozen=True)
class Amendment:
    """What changed on the mandate since the last collection

    Any change of the debtor's account is told the same way, whatever the
    old account was.
    """
    account: bool = False
    mandate: str = ''
    creditor: str = ''
    creditor_name: str = ''

    def __bool__(self) -> bool:
        return bool(self.account or self.mandate or self.creditor
            or self.creditor_name)


@dataclass(frozen=True)
class Debit:
    end_to_end_id: str
    amount: Decimal
    mandate: str
    signature_date: dt.date | None
    name: str
    iban: str
    bic: str = ''
    address: Address | None = None
    concept: str = ''
    amendment: Amendment | None = None
    purpose: str = ''
    one_off_used: bool = False
    label: str = ''
    record: str = ''


@dataclass(frozen=True)
class Batch:
    "The debits of one date and one sequence type: one line at the bank"
    payment_info_id: str
    date: dt.date
    sequence_type: str
    debits: tuple[Debit, ...]

    @property
    def total(self) -> Decimal:
        return sum((debit.amount for debit in self.debits), Decimal(0))


@dataclass(frozen=True)
class Message:
    version: str
    message_id: str
    created_at: dt.datetime
    initiator: Initiator
    creditor: Actor
    account: Account
    creditor_id: str
    scheme: str
    batches: tuple[Batch, ...]
    vat_number: str = ''
    address_policy: str = 'hybrid'
    refuse_bad_address: bool = False
    batch_booking: bool = True
    financed: bool = False
    category_purpose: str = ''
    maximum: int | None = None

    @property
    def count(self) -> int:
        return sum(len(batch.debits) for batch in self.batches)

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
    "Bring texts, addresses and bank codes to what the banks take"
    faults: list[Fault] = []
    policy = message.address_policy
    creditor_address, fault = arrange(
        message.creditor.address, policy, variant.structured)
    if fault and message.refuse_bad_address:
        faults.append(Fault(fault, message.creditor.name, field='address'))
    batches = []
    for batch in message.batches:
        debits = []
        for debit in batch.debits:
            # Whoever banks outside of the EEA must be found.
            needed = debit.iban[:2] in epc.NEEDS_ADDRESS
            address, fault = arrange(
                debit.address,
                'minimal' if needed and policy == 'none' else policy,
                variant.structured)
            if fault and (message.refuse_bad_address or needed):
                faults.append(
                    Fault(fault, debit.label, debit.record, 'address'))
            elif needed and address is None:
                faults.append(Fault(
                        'address_needed', debit.label, debit.record,
                        'address', debit.iban[:2]))
            debits.append(replace(
                    debit,
                    name=transliterate(debit.name, _NAME),
                    concept=transliterate(debit.concept, _CONCEPT),
                    bic=epc.bic_for(debit.iban, debit.bic),
                    address=address))
        batches.append(replace(batch, debits=tuple(debits)))
    return replace(
        message,
        creditor=Actor(
            transliterate(message.creditor.name, _NAME), creditor_address),
        account=Account(
            message.account.iban,
            epc.bic_for(message.account.iban, message.account.bic)),
        initiator=replace(
            message.initiator,
            name=transliterate(message.initiator.name, _NAME)),
        batches=tuple(batches)), faults


def _check(message: Message) -> list[Fault]:
    faults = list(epc.check_message(
            message.message_id, message.financed, message.count,
            message.total, message.maximum))
    faults += epc.check_initiator(message.initiator)
    if code := creditor_fault(message.creditor_id, message.vat_number):
        faults.append(Fault(
                code, message.creditor.name, field='creditor_id',
                value=message.creditor_id))
    if not message.creditor.name:
        faults.append(Fault('name_empty', message.message_id, field='name'))
    faults += epc.check_iban(
        message.account.iban, message.creditor.name, '')
    faults += epc.check_identifiers(
        (debit.end_to_end_id, debit.label, debit.record)
        for batch in message.batches for debit in batch.debits)
    one_offs: set[str] = set()
    for batch in message.batches:
        faults += epc.check_date(
            batch.date, message.created_at.date(),
            batch.payment_info_id, '')
        if code := identifier_fault(batch.payment_info_id):
            faults.append(Fault(
                    code, batch.payment_info_id, field='payment_info_id',
                    value=batch.payment_info_id))
        if batch.sequence_type not in epc.SEQUENCE_TYPES:
            faults.append(Fault(
                    'sequence_type', batch.payment_info_id,
                    value=batch.sequence_type))
        for debit in batch.debits:
            faults += _check_debit(debit, batch, one_offs)
    return faults


def _check_debit(
        debit: Debit, batch: Batch, one_offs: set[str]) -> Iterator[Fault]:
    label, record = debit.label, debit.record
    if not debit.name:
        yield Fault('name_empty', label, record, 'name')
    yield from epc.check_iban(debit.iban, label, record)
    yield from epc.check_amount(debit.amount, label, record)
    if not debit.mandate:
        yield Fault('mandate_missing', label, record, 'mandate')
    elif code := identifier_fault(debit.mandate):
        yield Fault(code, label, record, 'mandate', debit.mandate)
    if debit.signature_date is None:
        yield Fault('signature_missing', label, record, 'signature_date')
    elif debit.signature_date > batch.date:
        yield Fault('signature_late', label, record, 'signature_date',
            debit.signature_date.isoformat())
    if batch.sequence_type == 'OOFF':
        if debit.one_off_used or debit.mandate in one_offs:
            yield Fault(
                'one_off_twice', label, record, 'mandate', debit.mandate)
        one_offs.add(debit.mandate)


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
                for debit in batch.debits:
                    xml.write(_transaction(debit, variant, make))


def _batch_header(
        message: Message, batch: Batch, variant: Variant, make: Any
        ) -> Iterator[Any]:
    holder = make('PmtInf')
    child(holder, 'PmtInfId', batch.payment_info_id)
    child(holder, 'PmtMtd', 'DD')
    child(holder, 'BtchBookg',
        'true' if message.batch_booking else 'false')
    child(holder, 'NbOfTxs', str(len(batch.debits)))
    child(holder, 'CtrlSum', pain.amount_text(batch.total))
    kind = child(holder, 'PmtTpInf')
    child(child(kind, 'SvcLvl'), 'Cd', 'SEPA')
    child(child(kind, 'LclInstrm'), 'Cd', message.scheme)
    child(kind, 'SeqTp', batch.sequence_type)
    if message.category_purpose:
        child(child(kind, 'CtgyPurp'), 'Cd',
            message.category_purpose)
    child(holder, 'ReqdColltnDt', batch.date.isoformat())
    pain.write_actor(holder, 'Cdtr', message.creditor)
    pain.write_account(holder, 'CdtrAcct', message.account.iban)
    pain.write_agent(
        holder, 'CdtrAgt', message.account.bic, variant)
    child(holder, 'ChrgBr', 'SLEV')
    _scheme_id(holder, 'CdtrSchmeId', message.creditor_id)
    yield from list(holder)


def _scheme_id(
        parent: Any, tag: str, identifier: str,
        name: str = '') -> None:
    scheme = child(parent, tag)
    if name:
        child(scheme, 'Nm', name)
    if identifier:
        private = child(child(scheme, 'Id'), 'PrvtId')
        other = child(private, 'Othr')
        child(other, 'Id', identifier)
        child(child(other, 'SchmeNm'), 'Prtry', 'SEPA')


def _transaction(debit: Debit, variant: Variant, make: Any) -> Any:
    row = make('DrctDbtTxInf')
    ids = child(row, 'PmtId')
    child(ids, 'InstrId', debit.end_to_end_id)
    child(ids, 'EndToEndId', debit.end_to_end_id)
    amount = child(
        row, 'InstdAmt', pain.amount_text(debit.amount))
    amount.set('Ccy', 'EUR')
    mandate = child(child(row, 'DrctDbtTx'), 'MndtRltdInf')
    child(mandate, 'MndtId', debit.mandate)
    if debit.signature_date:
        child(mandate, 'DtOfSgntr',
            debit.signature_date.isoformat())
    if debit.amendment:
        _amendment(mandate, debit.amendment)
    pain.write_agent(row, 'DbtrAgt', debit.bic, variant)
    pain.write_actor(row, 'Dbtr', Actor(debit.name, debit.address))
    pain.write_account(row, 'DbtrAcct', debit.iban)
    if debit.purpose:
        child(child(row, 'Purp'), 'Cd', debit.purpose)
    if debit.concept:
        child(child(row, 'RmtInf'), 'Ustrd', debit.concept)
    return row


def _amendment(mandate: Any, amendment: Amendment) -> None:
    child(mandate, 'AmdmntInd', 'true')
    details = child(mandate, 'AmdmntInfDtls')
    if amendment.mandate:
        child(details, 'OrgnlMndtId', amendment.mandate)
    if amendment.creditor or amendment.creditor_name:
        _scheme_id(details, 'OrgnlCdtrSchmeId', amendment.creditor,
            amendment.creditor_name)
    if amendment.account:
        account = child(details, 'OrgnlDbtrAcct')
        other = child(child(account, 'Id'), 'Othr')
        child(other, 'Id', 'SMNDA')

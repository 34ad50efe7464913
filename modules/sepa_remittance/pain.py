# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What all payment initiation messages have in common.

A message is described by frozen rows; the writers of pain.008 and pain.001
turn them into XML without keeping the tree in memory.
"""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from io import BytesIO
from typing import Any

from lxml import etree

from .postal import Address

__all__ = [
    'VARIANTS', 'Account', 'Actor', 'Fault', 'Initiator', 'Result',
    'Variant', 'amount_text', 'child', 'document', 'write_account',
    'write_actor', 'write_agent', 'write_group_header']


@dataclass(frozen=True)
class Variant:
    "One version of one message, and how it differs from its sisters"
    name: str
    root: str
    bic: str
    choice_date: bool = False
    structured: bool = True

    @property
    def namespace(self) -> str:
        return f'urn:iso:std:iso:20022:tech:xsd:{self.name}'


# Other banks' variants (as the Italian CBI ones) get their own row here.
VARIANTS = {
    variant.name: variant for variant in [
        Variant('pain.008.001.02', 'CstmrDrctDbtInitn', 'BIC',
            structured=False),
        Variant('pain.008.001.08', 'CstmrDrctDbtInitn', 'BICFI'),
        Variant('pain.001.001.03', 'CstmrCdtTrfInitn', 'BIC',
            structured=False),
        Variant('pain.001.001.09', 'CstmrCdtTrfInitn', 'BICFI',
            choice_date=True),
        ]
    }


@dataclass(frozen=True)
class Fault:
    """One thing that keeps the file from being sent

    record is what the caller gave to find its own record again, label what
    people call it.
    """
    code: str
    label: str = ''
    record: str = ''
    field: str = ''
    value: str = ''


@dataclass(frozen=True)
class Account:
    iban: str
    bic: str = ''


@dataclass(frozen=True)
class Actor:
    name: str
    address: Address | None = None


@dataclass(frozen=True)
class Initiator:
    """Who presents the file: kind is organisation or private"""
    name: str
    identifier: str
    kind: str = 'private'
    scheme: str = 'SEPA'


@dataclass(frozen=True)
class Result:
    xml: bytes | None
    faults: tuple[Fault, ...] = ()
    count: int = 0
    total: Decimal = field(default_factory=Decimal)

    @property
    def valid(self) -> bool:
        return self.xml is not None and not self.faults


def amount_text(amount: Decimal) -> str:
    return f'{amount:.2f}'


def child(parent: Any, tag: str, text: str | None = None) -> Any:
    element = etree.SubElement(parent, tag)
    if text is not None:
        element.text = text
    return element


@contextmanager
def document(
        variant: Variant, stream: BytesIO) -> Iterator[tuple[Any, Any]]:
    """Open the document, yield the writer and a maker of loose elements

    Loose elements carry no namespace: written inside of the document they
    are in its default one, without repeating it on each row.
    """
    nsmap: Any = {None: variant.namespace}
    prefix = f'{{{variant.namespace}}}'

    def make(tag: str) -> Any:
        element = etree.Element(tag)
        element.tail = '\n'
        return element

    with etree.xmlfile(stream, encoding='UTF-8') as xml:
        xml.write_declaration()
        with xml.element(prefix + 'Document', nsmap=nsmap):
            with xml.element(prefix + variant.root):
                yield xml, make


def write_group_header(
        header: Any, message_id: str, created_at: dt.datetime,
        count: int, total: Decimal, initiator: Initiator) -> None:
    child(header, 'MsgId', message_id)
    child(header, 'CreDtTm',
        created_at.replace(microsecond=0, tzinfo=None).isoformat())
    child(header, 'NbOfTxs', str(count))
    child(header, 'CtrlSum', amount_text(total))
    party = child(header, 'InitgPty')
    if initiator.name:
        child(party, 'Nm', initiator.name)
    if initiator.identifier:
        identification = child(party, 'Id')
        kind = child(
            identification,
            ('OrgId' if initiator.kind == 'organisation'
                else 'PrvtId'))
        other = child(kind, 'Othr')
        child(other, 'Id', initiator.identifier)
        if initiator.scheme:
            name = child(other, 'SchmeNm')
            child(name, 'Prtry', initiator.scheme)


def write_account(parent: Any, tag: str, iban: str) -> None:
    account = child(parent, tag)
    child(child(account, 'Id'), 'IBAN', iban)


def write_agent(
        parent: Any, tag: str, bic: str,
        variant: Variant) -> None:
    agent = child(parent, tag)
    institution = child(agent, 'FinInstnId')
    if bic:
        child(institution, variant.bic, bic)
    else:
        other = child(institution, 'Othr')
        child(other, 'Id', 'NOTPROVIDED')


def write_actor(parent: Any, tag: str, actor: Actor) -> None:
    party = child(parent, tag)
    child(party, 'Nm', actor.name)
    if actor.address is not None:
        _write_address(party, actor.address)


_ELEMENTS = [
    ('StrtNm', 'street'), ('BldgNb', 'building_number'),
    ('BldgNm', 'building_name'), ('Flr', 'floor'), ('PstBx', 'post_box'),
    ('Room', 'room'), ('PstCd', 'postal_code'), ('TwnNm', 'town'),
    ('CtrySubDvsn', 'subdivision'), ('Ctry', 'country'),
    ]


def _write_address(party: Any, address: Address) -> None:
    block = child(party, 'PstlAdr')
    for tag, name in _ELEMENTS:
        value = getattr(address, name)
        if value:
            child(block, tag, value)
    for line in address.lines:
        child(block, 'AdrLine', line)

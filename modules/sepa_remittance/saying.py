# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The rows that the readers of bank files give."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import BinaryIO
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml import ElementTree as SafeTree

__all__ = [
    'Damaged', 'Report', 'Saying', 'UnknownFormat', 'child', 'iterate',
    'text', 'texts']


class UnknownFormat(ValueError):
    "The file is none that can be read"


class Damaged(ValueError):
    "The file is broken, or made to break its reader"


@dataclass(frozen=True)
class Saying:
    """One thing the bank says

    kind is collected, returned, rejected, file_rejected, batch_rejected,
    accepted or other: a debit that may be the total of some transfers.
    credit tells if the money came in, where any moved.
    """
    kind: str
    end_to_end_id: str = ''
    instruction_id: str = ''
    mandate: str = ''
    message_id: str = ''
    payment_info_id: str = ''
    amount: Decimal | None = None
    currency: str = 'EUR'
    credit: bool | None = None
    date: dt.date | None = None
    reason: str = ''
    information: str = ''
    fee: Decimal = Decimal(0)
    name: str = ''
    reference: str = ''
    description: str = ''


@dataclass(frozen=True)
class Report:
    format: str
    identification: str
    accounts: tuple[str, ...]
    sayings: tuple[Saying, ...]


def iterate(
        stream: BinaryIO, tags: Iterable[str]
        ) -> Iterator[tuple[str, str, Element]]:
    """Yield (event, local name, element) of the wanted tags

    Definitions of types and entities are refused: no bank sends any. What
    was yielded at its end is dropped, so that memory stays flat.
    """
    wanted = set(tags)
    try:
        for event, element in SafeTree.iterparse(
                stream, events=('start', 'end'), forbid_dtd=True):
            name = element.tag.rpartition('}')[2]
            if name in wanted:
                yield event, name, element
                if event == 'end':
                    element.clear()
    except (ParseError, DefusedXmlException) as error:
        raise Damaged(str(error)) from error


def child(element: Element | None, *path: str) -> Element | None:
    "Return the first descendant on the path of local names"
    for name in path:
        if element is None:
            return None
        for candidate in element:
            if candidate.tag.rpartition('}')[2] == name:
                element = candidate
                break
        else:
            return None
    return element


def text(element: Element | None, *path: str) -> str:
    found = child(element, *path)
    return (found.text or '').strip() if found is not None else ''


def texts(element: Element | None, name: str) -> list[str]:
    if element is None:
        return []
    return [
        (candidate.text or '').strip() for candidate in element
        if candidate.tag.rpartition('}')[2] == name]

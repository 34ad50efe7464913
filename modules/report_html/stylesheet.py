# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Find what is wrong in a style sheet written by a user."""
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import tinycss2  # type: ignore[import-untyped]

from .loadable import RefusedError, parse_data, parse_module

__all__ = ['Fault', 'check']

_IMPORTED = 'import'


@dataclass(frozen=True)
class Fault:
    line: int
    code: str
    "syntax or address"
    detail: str


def check(source: str, limit: int = 2 ** 20) -> list[Fault]:
    "Return the faults of the style sheet, ordered by line"
    rules = tinycss2.parse_stylesheet(
        source, skip_comments=True, skip_whitespace=True)
    faults = [
        fault for rule in rules for fault in _check_rule(rule, limit)]
    return sorted(faults, key=lambda fault: (fault.line, fault.detail))


def _check_rule(rule: Any, limit: int) -> Iterator[Fault]:
    if rule.type == 'error':
        yield Fault(rule.source_line, 'syntax', rule.message)
        return
    if rule.type == 'at-rule' and rule.lower_at_keyword == _IMPORTED:
        yield Fault(rule.source_line, 'address', '@import')
        return
    yield from _check_addresses(rule.prelude, limit)
    if rule.content is None:
        return
    yield from _check_addresses(rule.content, limit)
    for node in tinycss2.parse_blocks_contents(
            rule.content, skip_comments=True, skip_whitespace=True):
        if node.type == 'error':
            yield Fault(node.source_line, 'syntax', node.message)


def _check_addresses(nodes: Any, limit: int) -> Iterator[Fault]:
    for node in nodes:
        address = None
        if node.type == 'url':
            address = node.value
        elif node.type == 'function' and node.lower_name == 'url':
            address = ''.join(
                part.value for part in node.arguments
                if part.type == 'string')
        if address is not None:
            if not _is_allowed(address, limit):
                yield Fault(node.source_line, 'address', address[:80])
            continue
        for children in ['content', 'arguments']:
            yield from _check_addresses(
                getattr(node, children, None) or [], limit)
        if node.type == 'error':
            yield Fault(node.source_line, 'syntax', node.message)


def _is_allowed(address: str, limit: int) -> bool:
    if address.startswith('#'):
        return True
    try:
        if address.lower().startswith('data:'):
            parse_data(address, limit)
        else:
            parse_module(address)
    except RefusedError:
        return False
    return True

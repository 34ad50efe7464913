# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Read the ready-made categories and what they ask about the equipment."""
from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass

LANGUAGES = ('en', 'es', 'it')


@dataclass(frozen=True)
class Attribute:
    "What is written down, with its texts by language"
    name: str
    type_: str
    digits: int | None
    unit: str | None
    string: dict[str, str]
    selection: dict[str, str]


@dataclass(frozen=True)
class Row:
    "An attribute of a category"
    attribute: Attribute
    required: bool
    default: str | None


@dataclass(frozen=True)
class CategorySet:
    code: str
    name: dict[str, str]
    rows: tuple[Row, ...]


def read(
        categories: Iterable[str], attributes: Iterable[str],
        rows: Iterable[str]) -> list[CategorySet]:
    "Return the sets of the three tables, in the order of the first"
    known = {
        r['name']: Attribute(
            r['name'], r['type'],
            int(r['digits']) if r['digits'] else None, r['unit'] or None,
            {l: r[l] for l in LANGUAGES}, _selection(r['choices']))
        for r in csv.DictReader(attributes)}
    asked: dict[str, list[Row]] = {}
    for r in csv.DictReader(rows):
        asked.setdefault(r['category'], []).append(Row(
                known[r['attribute']], bool(r['required']),
                r['default'] or None))
    return [
        CategorySet(
            r['code'], {l: r[l] for l in LANGUAGES},
            tuple(asked.pop(r['code'])))
        for r in csv.DictReader(categories)]


def _selection(choices: str) -> dict[str, str]:
    "Return by language a line for each key=en;es;it"
    lines: dict[str, list[str]] = {l: [] for l in LANGUAGES}
    for choice in filter(None, choices.split('|')):
        key, _, labels = choice.partition('=')
        for language, label in zip(
                LANGUAGES, labels.split(';'), strict=True):
            lines[language].append(f'{key}:{label}')
    return {l: '\n'.join(texts) for l, texts in lines.items()}

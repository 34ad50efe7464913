# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Read the table of checks of a regulation.

The table has one row per check; the rows of a class and period make one
checklist.  What is wrong with a row is returned, never guessed.
"""
from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

TYPES = {
    'pass_fail': 'pass_fail_na',
    'numeric': 'number',
    'text': 'text',
    'date': 'date',
    }
SEVERITIES = frozenset({'minor', 'major', 'critical'})
# From who needs the least qualification to who needs the most.
PERFORMERS = ('user', 'maintainer', 'manufacturer', 'oca')
LANGUAGES = ('en', 'es', 'it')


@dataclass(frozen=True)
class Text:
    en: str
    es: str = ''
    it: str = ''


@dataclass(frozen=True)
class Check:
    code: str
    text: Text
    type: str
    severity: str
    unit: str = ''
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    source: str = ''


@dataclass(frozen=True)
class CheckSheet:
    "The checks of one class of equipment in one period"
    class_code: str
    class_name: Text
    period: int
    performer: str
    checks: tuple[Check, ...]

    @property
    def code(self) -> str:
        return f'{self.class_code}-{self.period}'


@dataclass(frozen=True)
class Problem:
    row: int
    column: str
    value: str


def read(
        lines: Iterable[str],
        classes: frozenset[str] | None = None,
        ) -> tuple[list[CheckSheet], list[Problem]]:
    "Return the sheets of the classes, all if none is told, and the problems"
    problems: list[Problem] = []
    sheets: dict[tuple[str, int], list[tuple[dict[str, str], Check]]] = {}
    for number, row in enumerate(csv.DictReader(lines), 2):
        if classes is not None and row['equipment_class_code'] not in classes:
            continue
        found = list(_row_problems(number, row))
        if found:
            problems += found
            continue
        key = row['equipment_class_code'], int(row['period'])
        sheets.setdefault(key, []).append((row, _check(row)))
    return [_sheet(key, rows) for key, rows in sheets.items()], problems


def _row_problems(number: int, row: dict[str, str]) -> Iterator[Problem]:
    for column in ['equipment_class_code', 'check_code', 'check_en']:
        if not row[column]:
            yield Problem(number, column, row[column])
    if not row['period'].isdigit() or int(row['period']) < 1:
        yield Problem(number, 'period', row['period'])
    if row['answer_type'] not in TYPES:
        yield Problem(number, 'answer_type', row['answer_type'])
    if row['severity'] not in SEVERITIES:
        yield Problem(number, 'severity', row['severity'])
    for column in ['min', 'max']:
        try:
            _number(row[column])
        except InvalidOperation:
            yield Problem(number, column, row[column])
    if not set(row['performer'].split('|')) <= set(PERFORMERS):
        yield Problem(number, 'performer', row['performer'])


def _number(text: str) -> Decimal | None:
    return Decimal(text) if text else None


def _text(row: dict[str, str], name: str) -> Text:
    return Text(**{
            language: row.get(f'{name}_{language}') or ''
            for language in LANGUAGES})


def _check(row: dict[str, str]) -> Check:
    return Check(
        code=row['check_code'], text=_text(row, 'check'),
        type=TYPES[row['answer_type']], severity=row['severity'],
        unit=row['unit'], minimum=_number(row['min']),
        maximum=_number(row['max']), source=row['source_ref'])


def _sheet(
        key: tuple[str, int],
        rows: list[tuple[dict[str, str], Check]]) -> CheckSheet:
    class_code, period = key
    # The whole sheet can be done by whoever may do its hardest check.
    performer = max(
        (min(row['performer'].split('|'), key=PERFORMERS.index)
            for row, _ in rows),
        key=PERFORMERS.index)
    return CheckSheet(
        class_code=class_code,
        class_name=_text(rows[0][0], 'equipment_class'),
        period=period, performer=performer,
        checks=tuple(check for _, check in rows))

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Judge the answers of a checklist: outcomes, compliance and findings.

A question is asked for each element of the checklist.  An element which was
not inspected is neither right nor wrong: it does not score.
"""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import ROUND_HALF_UP, Decimal

PASS, FAIL, NOT_APPLICABLE = 'pass', 'fail', 'not_applicable'
INFORMATION, MISSING = 'information', 'missing'
SEVERITIES = ('minor', 'major', 'critical')
FAVOURABLE = 'favourable'
FAVOURABLE_WITH_DEFECTS = 'favourable_with_defects'
UNFAVOURABLE = 'unfavourable'
# Only a yes or no can pass without being looked at one by one.
BY_DEFAULT = frozenset({'pass_fail', 'pass_fail_na'})


@dataclass(frozen=True)
class Question:
    key: int
    code: str
    type: str
    section: str = ''
    weight: Decimal = Decimal(1)
    severity: str = 'minor'
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    choices: Mapping[int, str] | None = None
    required: bool = False
    condition: int | None = None
    condition_outcome: str | None = None
    applicable_from: dt.date | None = None
    applicable_until: dt.date | None = None


@dataclass(frozen=True)
class Answer:
    question: int
    result: str | None = None
    number: Decimal | None = None
    choice: int | None = None
    text: str | None = None
    date: dt.date | None = None
    photos: int = 0
    severity: str | None = None


@dataclass(frozen=True)
class Element:
    key: int
    subject: str = ''
    answers: tuple[Answer, ...] = ()
    rest_passes: bool = False
    not_inspected: bool = False
    date: dt.date | None = None


@dataclass(frozen=True)
class Finding:
    element: int
    question: int
    severity: str


@dataclass(frozen=True)
class Count:
    "How many questions had each outcome, and the weights behind"
    passed: int = 0
    failed: int = 0
    not_applicable: int = 0
    information: int = 0
    missing: int = 0
    weight_passed: Decimal = Decimal(0)
    weight_judged: Decimal = Decimal(0)

    @property
    def compliance(self) -> Decimal | None:
        "The weight of what passed over the weight of what was judged"
        if not self.weight_judged:
            return None
        return (self.weight_passed / self.weight_judged).quantize(
            Decimal('.0001'), ROUND_HALF_UP)


@dataclass(frozen=True)
class Score:
    count: Count
    sections: tuple[tuple[str, Count], ...]
    severities: tuple[tuple[str, int], ...]
    findings: tuple[Finding, ...]
    inspected: int
    not_inspected: int
    with_findings: int

    @property
    def compliance(self) -> Decimal | None:
        return self.count.compliance

    @property
    def result(self) -> str:
        found = {s for s, number in self.severities if number}
        if 'critical' in found:
            return UNFAVOURABLE
        if found:
            return FAVOURABLE_WITH_DEFECTS
        return FAVOURABLE


@dataclass(frozen=True)
class Problem:
    element: int
    code: str
    question: int | None = None


@dataclass(frozen=True)
class Comparison:
    "What became of the findings of the previous time"
    closed: tuple[tuple[str, str], ...]
    repeated: tuple[tuple[str, str], ...]
    new: tuple[tuple[str, str], ...]


def outcome(question: Question, answer: Answer | None) -> str:
    "Return what the answer means for the question"
    if answer is None:
        return MISSING
    if answer.result == NOT_APPLICABLE:
        return NOT_APPLICABLE
    if answer.result == FAIL:
        return FAIL
    if question.type in BY_DEFAULT:
        return answer.result or MISSING
    if question.type == 'number':
        return _number_outcome(question, answer)
    if question.type == 'choice':
        if answer.choice is None:
            return MISSING
        return (question.choices or {}).get(answer.choice, INFORMATION)
    given = {
        'text': answer.text,
        'date': answer.date,
        'photo': answer.photos,
        }.get(question.type)
    return INFORMATION if given else MISSING


def _number_outcome(question: Question, answer: Answer) -> str:
    if answer.number is None:
        return MISSING
    if question.minimum is None and question.maximum is None:
        return INFORMATION
    return FAIL if out_of_range(question, answer.number) else PASS


def out_of_range(question: Question, number: Decimal) -> bool:
    "Return whether the number is beyond the limits, which are inclusive"
    return (
        (question.minimum is not None and number < question.minimum)
        or (question.maximum is not None and number > question.maximum))


def applies(question: Question, date: dt.date | None) -> bool:
    """Return whether the question counts for what was made on the date.

    Without date every question counts: asking too much is the safe side.
    """
    if date is None:
        return True
    return (
        (question.applicable_from is None
            or question.applicable_from <= date)
        and (question.applicable_until is None
            or date <= question.applicable_until))


def outcomes(
        questions: Sequence[Question], element: Element) -> dict[int, str]:
    "Return the outcome of each question that applies to the element"
    answers = {a.question: a for a in element.answers}
    result: dict[int, str] = {}
    for question in questions:
        if not applies(question, element.date):
            continue
        if (question.condition is not None
                and result.get(question.condition)
                != question.condition_outcome):
            continue
        value = outcome(question, answers.get(question.key))
        if (value == MISSING and element.rest_passes
                and question.type in BY_DEFAULT):
            value = PASS
        result[question.key] = value
    return result


def score(
        questions: Sequence[Question], elements: Iterable[Element]) -> Score:
    "Return the score of the elements"
    by_key = {q.key: q for q in questions}
    tallies: dict[str, _Tally] = {}
    total = _Tally()
    for question in questions:
        tallies.setdefault(question.section, _Tally())
    findings = []
    inspected = not_inspected = 0
    for element in elements:
        if element.not_inspected:
            not_inspected += 1
            continue
        inspected += 1
        answers = {a.question: a for a in element.answers}
        for key, value in outcomes(questions, element).items():
            question = by_key[key]
            total.add(question, value)
            tallies[question.section].add(question, value)
            if value == FAIL:
                answer = answers.get(key)
                severity = answer.severity if answer else None
                findings.append(Finding(
                        element.key, key, severity or question.severity))
    return Score(
        count=total.count(),
        sections=tuple((s, t.count()) for s, t in tallies.items()),
        severities=tuple(
            (s, sum(f.severity == s for f in findings)) for s in SEVERITIES),
        findings=tuple(findings),
        inspected=inspected,
        not_inspected=not_inspected,
        with_findings=len({f.element for f in findings}))


def total(scores: Sequence[Score]) -> Score:
    "Return the score of several checklists together"
    sections: dict[str, Count] = {}
    for part in scores:
        for name, count in part.sections:
            sections[name] = _add(sections.get(name, Count()), count)
    count = Count()
    for part in scores:
        count = _add(count, part.count)
    return Score(
        count=count,
        sections=tuple(sections.items()),
        severities=tuple(
            (s, sum(dict(part.severities)[s] for part in scores))
            for s in SEVERITIES),
        findings=tuple(f for part in scores for f in part.findings),
        inspected=sum(part.inspected for part in scores),
        not_inspected=sum(part.not_inspected for part in scores),
        with_findings=sum(part.with_findings for part in scores))


def _add(first: Count, second: Count) -> Count:
    return Count(**{
            f.name: getattr(first, f.name) + getattr(second, f.name)
            for f in fields(Count)})


class _Tally:
    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.weights: dict[str, Decimal] = {}

    def add(self, question: Question, value: str) -> None:
        self.numbers[value] = self.numbers.get(value, 0) + 1
        self.weights[value] = (
            self.weights.get(value, Decimal(0)) + question.weight)

    def count(self) -> Count:
        passed = self.weights.get(PASS, Decimal(0))
        return Count(
            passed=self.numbers.get(PASS, 0),
            failed=self.numbers.get(FAIL, 0),
            not_applicable=self.numbers.get(NOT_APPLICABLE, 0),
            information=self.numbers.get(INFORMATION, 0),
            missing=self.numbers.get(MISSING, 0),
            weight_passed=passed,
            weight_judged=passed + self.weights.get(FAIL, Decimal(0)))


def problems(
        questions: Sequence[Question],
        elements: Iterable[Element]) -> list[Problem]:
    "Return what is left to do before the checklist is complete"
    needed = {
        q.key for q in questions if q.required or q.type in BY_DEFAULT}
    found = []
    for element in elements:
        if element.not_inspected:
            continue
        if not element.answers and not element.rest_passes:
            found.append(Problem(element.key, 'open'))
            continue
        for key, value in outcomes(questions, element).items():
            if value == MISSING and key in needed:
                found.append(Problem(element.key, 'missing', key))
    return found


def compare(
        previous: Iterable[tuple[str, str]],
        current: Iterable[tuple[str, str]]) -> Comparison:
    "Compare findings told by subject and code of the question"
    before, now = list(previous), list(current)
    before_set, now_set = set(before), set(now)
    return Comparison(
        closed=tuple(f for f in before if f not in now_set),
        repeated=tuple(f for f in now if f in before_set),
        new=tuple(f for f in now if f not in before_set))

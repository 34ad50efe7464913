# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trytond.modules.checklist.score import (
    Answer, Element, Finding, Problem, Question, applies, compare, outcome,
    outcomes, problems, score, total)

SEAL = Question(1, 'SEAL', 'pass_fail', severity='minor', section='Outside')
GAUGE = Question(
    2, 'GAUGE', 'number', minimum=Decimal('3.5'), maximum=Decimal(9),
    severity='critical', weight=Decimal(3), section='Pressure')
PLATE = Question(3, 'PLATE', 'text')
COLOUR = Question(
    4, 'COLOUR', 'choice', choices={10: 'pass', 11: 'fail', 12: 'information'})
NOZZLE = Question(5, 'NOZZLE', 'pass_fail_na', severity='major')


@pytest.mark.parametrize('question,answer,expected', [
        (SEAL, None, 'missing'),
        (SEAL, Answer(1), 'missing'),
        (SEAL, Answer(1, result='pass'), 'pass'),
        (SEAL, Answer(1, result='fail'), 'fail'),
        (NOZZLE, Answer(5, result='not_applicable'), 'not_applicable'),
        (GAUGE, Answer(2), 'missing'),
        (GAUGE, Answer(2, number=Decimal('3.5')), 'pass'),
        (GAUGE, Answer(2, number=Decimal(9)), 'pass'),
        (GAUGE, Answer(2, number=Decimal('9.01')), 'fail'),
        (GAUGE, Answer(2, number=Decimal('3.49')), 'fail'),
        (GAUGE, Answer(2, number=Decimal(5), result='fail'), 'fail'),
        (GAUGE, Answer(2, result='not_applicable'), 'not_applicable'),
        (Question(9, 'X', 'number'), Answer(9, number=Decimal(0)),
            'information'),
        (PLATE, Answer(3, text="A1"), 'information'),
        (PLATE, Answer(3, text=""), 'missing'),
        (COLOUR, Answer(4, choice=11), 'fail'),
        (COLOUR, Answer(4, choice=12), 'information'),
        (COLOUR, Answer(4), 'missing'),
        ])
def test_outcome(question, answer, expected):
    assert outcome(question, answer) == expected


def test_the_rest_passes_only_what_is_yes_or_no():
    element = Element(
        1, answers=(Answer(5, result='fail'),), rest_passes=True)
    assert outcomes([SEAL, GAUGE, NOZZLE], element) == {
        1: 'pass', 2: 'missing', 5: 'fail'}


def test_score_weighs_what_was_judged():
    result = score([SEAL, GAUGE, NOZZLE], [
            Element(1, rest_passes=True, answers=(
                    Answer(2, number=Decimal(2)),)),
            Element(2, rest_passes=True, answers=(
                    Answer(2, number=Decimal(5)),
                    Answer(5, result='not_applicable'))),
            Element(3, not_inspected=True),
            ])
    # Passed 1 + 1 + 1 + 3 of those and 3 that failed.
    assert result.compliance == Decimal('.6667')
    assert result.findings == (Finding(1, 2, 'critical'),)
    assert result.result == 'unfavourable'
    assert (result.inspected, result.not_inspected, result.with_findings) == (
        2, 1, 1)
    sections = dict(result.sections)
    assert sections['Outside'].compliance == 1
    assert sections['Pressure'].compliance == Decimal('.5')
    assert result.count.not_applicable == 1
    assert dict(result.severities) == {'minor': 0, 'major': 0, 'critical': 1}


def test_severity_can_be_given_with_the_answer():
    element = Element(1, answers=(
            Answer(1, result='fail', severity='major'),))
    result = score([SEAL], [element])
    assert result.findings == (Finding(1, 1, 'major'),)
    assert result.result == 'favourable_with_defects'


def test_nothing_judged_has_no_compliance():
    result = score([SEAL], [Element(1, not_inspected=True)])
    assert result.compliance is None
    assert result.result == 'favourable'


def test_condition_asks_only_after_the_outcome():
    why = Question(
        6, 'WHY', 'text', required=True, condition=1,
        condition_outcome='fail')
    good = Element(1, answers=(Answer(1, result='pass'),))
    bad = Element(2, answers=(Answer(1, result='fail'),))
    assert problems([SEAL, why], [good]) == []
    assert problems([SEAL, why], [bad]) == [Problem(2, 'missing', 6)]


def test_applicable_dates_are_inclusive():
    question = Question(
        7, 'HEIGHT', 'pass_fail', applicable_from=dt.date(2017, 12, 12),
        applicable_until=dt.date(2025, 12, 31))
    assert applies(question, dt.date(2017, 12, 12))
    assert applies(question, dt.date(2025, 12, 31))
    assert applies(question, None)
    assert not applies(question, dt.date(2017, 12, 11))
    assert not applies(question, dt.date(2026, 1, 1))
    assert outcomes([question], Element(1, date=dt.date(1999, 1, 1))) == {}


def test_problems_name_what_is_open():
    elements = [
        Element(1),
        Element(2, answers=(Answer(1, result='pass'),)),
        Element(3, rest_passes=True),
        Element(4, not_inspected=True),
        ]
    assert problems([SEAL, NOZZLE, PLATE], elements) == [
        Problem(1, 'open'), Problem(2, 'missing', 5)]


def test_compare_with_the_previous_time():
    comparison = compare(
        [('E1', 'SEAL'), ('E2', 'SEAL')], [('E2', 'SEAL'), ('E3', 'SEAL')])
    assert comparison.closed == (('E1', 'SEAL'),)
    assert comparison.repeated == (('E2', 'SEAL'),)
    assert comparison.new == (('E3', 'SEAL'),)


results = st.sampled_from([None, 'pass', 'fail', 'not_applicable'])


@given(st.lists(st.lists(results, min_size=3, max_size=3), max_size=5))
def test_sections_and_severities_add_up(rows):
    questions = [
        Question(i, str(i), 'pass_fail_na', section=str(i % 2),
            severity=severity, weight=Decimal(i + 1))
        for i, severity in enumerate(['minor', 'major', 'critical'])]
    elements = [
        Element(n, answers=tuple(
                Answer(i, result=r) for i, r in enumerate(row) if r))
        for n, row in enumerate(rows)]
    result = score(questions, elements)
    for name in ['passed', 'failed', 'not_applicable', 'missing',
            'weight_passed', 'weight_judged']:
        assert getattr(result.count, name) == sum(
            getattr(count, name) for _, count in result.sections)
    assert sum(n for _, n in result.severities) == len(result.findings)
    assert len(result.findings) == result.count.failed
    assert result.compliance is None or 0 <= result.compliance <= 1


@given(st.lists(st.lists(results, min_size=1, max_size=1), max_size=6))
def test_total_of_parts_is_the_score_of_all(rows):
    elements = [
        Element(n, answers=tuple(
                Answer(NOZZLE.key, result=r) for r in row if r))
        for n, row in enumerate(rows)]
    half = len(elements) // 2
    assert total([
            score([NOZZLE], elements[:half]),
            score([NOZZLE], elements[half:])]) == score([NOZZLE], elements)

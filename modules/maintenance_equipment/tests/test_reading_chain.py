# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trytond.modules.maintenance_equipment.reading_chain import (
    Difference, Meter, Problem, Reading, chain, differences, estimate, live,
    outlier)

START = dt.datetime(2026, 1, 1, 8)
COUNTER = Meter()
FIVE_DIGITS = Meter(rollover=Decimal(100000))


def readings(*rows):
    "One reading a month, each a value or a value with its source"
    found = []
    for i, row in enumerate(rows):
        value, source = row if isinstance(row, tuple) else (row, 'technician')
        found.append(Reading(
                i + 1, START + dt.timedelta(days=30 * i), Decimal(value),
                source))
    return found


def consumption(meter, *rows):
    return [s.consumption for s in chain(meter, readings(*rows)).steps]


@pytest.mark.parametrize('meter,rows,expected', [
        (COUNTER, [100, 250, 250, 400], [None, 150, 0, 150]),
        (FIVE_DIGITS, [99900, 50, 300], [None, 150, 250]),
        # The meter was replaced: closing of the old, opening of the new.
        (COUNTER, [100, (180, 'closing'), (5, 'opening'), 25],
            [None, 80, None, 20]),
        # The estimate was too high, the truth takes back what is too much.
        (COUNTER, [100, (300, 'estimate'), 260], [None, 200, -40]),
        (Meter('gauge'), [7, 3, 9], [None, None, None]),
        ])
def test_consumption(meter, rows, expected):
    result = chain(meter, readings(*rows))
    assert [s.consumption for s in result.steps] == expected
    assert not result.problems


def test_lower_than_the_one_before_is_named():
    result = chain(COUNTER, readings(100, 90, 120))
    assert result.problems == (
        Problem('lower', 2, Decimal(90), Decimal(100), START),)
    assert result.total == 20


def test_half_the_range_is_no_rollover():
    assert [p.code for p in chain(
            FIVE_DIGITS, readings(90000, 50000)).problems] == ['lower']


@pytest.mark.parametrize('value,code', [(100000, 'beyond'), (-1, 'negative')])
def test_what_the_meter_can_not_show(value, code):
    assert [p.code for p in chain(
            FIVE_DIGITS, readings(value)).problems] == [code]


def test_correction_takes_the_place_of_what_it_corrects():
    rows = [*readings(100, 900, 300),
        Reading(9, START + dt.timedelta(days=300), Decimal(200),
            'technician', 2)]
    result = chain(COUNTER, rows)
    assert [(s.key, s.consumption) for s in result.steps] == [
        (1, None), (9, 100), (3, 100)]
    assert not result.problems


def test_correction_after_invoicing_is_a_difference():
    before = chain(COUNTER, readings(100, 250, 400))
    invoiced = {s.key: s.consumption for s in before.steps if s.consumption}
    rows = [*readings(100, 250, 400),
        Reading(4, START + dt.timedelta(days=90), Decimal(220), 'office', 2)]
    found = differences(chain(COUNTER, rows), invoiced, {2: 4})
    assert found == [
        Difference(2, Decimal(150), Decimal(120)),
        Difference(3, Decimal(150), Decimal(180))]
    assert sum(d.amount for d in found) == 0


def test_outlier_against_its_own_history():
    steps = chain(COUNTER, readings(0, 100, 205, 300, 400)).steps
    usual = chain(COUNTER, readings(0, 100, 205, 300, 400, 520)).steps[-1]
    typo = chain(COUNTER, readings(0, 100, 205, 300, 400, 5200)).steps[-1]
    assert not outlier(COUNTER, steps, usual)
    assert outlier(COUNTER, steps, typo)
    # Two intervals are no history.
    assert not outlier(COUNTER, steps[:3], typo)


def test_gauge_outlier_by_its_value():
    gauge = Meter('gauge')
    steps = chain(gauge, readings(15, 14, 15, 16)).steps
    assert outlier(
        gauge, steps, chain(gauge, readings(15, 14, 15, 16, 2)).steps[-1])
    assert not outlier(
        gauge, steps, chain(gauge, readings(15, 14, 15, 16, 13)).steps[-1])


def test_estimate_goes_on_as_before():
    steps = chain(COUNTER, readings(0, 300, 600)).steps
    when = steps[-1].when + dt.timedelta(days=10)
    assert estimate(COUNTER, steps, when) == 700
    assert estimate(COUNTER, [], when) is None
    assert estimate(COUNTER, steps[:1], when) is None


amounts = st.lists(
    st.integers(0, 40000).map(Decimal), min_size=1, max_size=12)


@given(st.integers(0, 99999).map(Decimal), amounts)
def test_consumption_survives_rollover(start, consumed):
    "What was consumed is found again whatever the meter shows"
    rows, value = [start], start
    for amount in consumed:
        value = (value + amount) % 100000
        rows.append(value)
    assert consumption(FIVE_DIGITS, *rows)[1:] == consumed


@given(amounts, st.data())
def test_estimates_never_change_the_total(consumed, data):
    "An estimate between two readings moves consumption, it makes none"
    values = [Decimal(0)]
    for amount in consumed:
        values.append(values[-1] + amount)
    rows = [(v, 'technician') for v in values]
    exact = chain(COUNTER, readings(*rows)).total
    place = data.draw(st.integers(1, len(rows)))
    guess = data.draw(st.integers(0, 50000)) + rows[place - 1][0]
    rows.insert(place, (guess, 'estimate'))
    result = chain(COUNTER, readings(*rows))
    assert not result.problems
    last = result.steps[-1].value
    assert result.total == last - values[0]
    if place < len(rows) - 1:
        assert result.total == exact


@given(amounts, amounts)
def test_swap_adds_the_two_meters(first, second):
    old, new = [Decimal(7)], [Decimal(3)]
    for amount in first:
        old.append(old[-1] + amount)
    for amount in second:
        new.append(new[-1] + amount)
    rows = [*old[:-1], (old[-1], 'closing'), (new[0], 'opening'), *new[1:]]
    assert chain(COUNTER, readings(*rows)).total == sum(first) + sum(second)


@given(amounts, st.data())
def test_differences_of_a_correction_sum_to_what_changed(consumed, data):
    values = [Decimal(0)]
    for amount in consumed:
        values.append(values[-1] + amount)
    rows = readings(*values)
    before = chain(COUNTER, rows)
    invoiced = {
        s.key: s.consumption for s in before.steps
        if s.consumption is not None}
    wrong = data.draw(st.integers(2, len(rows)))
    upper = values[wrong] if wrong < len(values) else values[-1] + 500
    right = data.draw(st.integers(int(values[wrong - 2]), int(upper)))
    rows.append(Reading(
            99, START + dt.timedelta(days=999), Decimal(right), 'office',
            wrong))
    after = chain(COUNTER, rows)
    assert not after.problems
    found = differences(after, invoiced, {wrong: 99})
    assert sum(
        (d.amount for d in found), Decimal(0)) == after.total - before.total


@given(st.permutations(range(8)))
def test_order_of_entry_does_not_matter(order):
    rows = readings(*(i * 10 for i in range(8)))
    assert live([rows[i] for i in order]) == rows

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trytond.modules.maintenance_order.slots import (
    Busy, Need, Technician, propose, stand_in)

MONDAY = dt.date(2026, 3, 9)
HOUR = dt.timedelta(hours=1)


def at(hour, minute=0, day=MONDAY):
    return dt.datetime.combine(day, dt.time(hour, minute))


def busy(start, end, zone=None, day=MONDAY):
    return Busy(at(start, day=day), at(end, day=day), zone)


@pytest.mark.parametrize('found, after, hours, expected', [
        pytest.param((), at(6), 1, at(8), id="not before we open"),
        pytest.param((), at(10, 30), 1, at(10, 30), id="now"),
        pytest.param((busy(8, 10),), at(8), 1, at(10), id="after the first"),
        pytest.param(
            (busy(8, 10), busy(11, 12)), at(8), 1, at(10), id="a gap"),
        pytest.param(
            (busy(8, 10), busy(11, 12)), at(8), 2, at(12), id="gap too short"),
        pytest.param(
            (busy(8, 16),), at(8), 2, at(8, day=MONDAY + dt.timedelta(1)),
            id="tomorrow"),
        pytest.param(
            (), at(16, 30, MONDAY + dt.timedelta(4)), 1,
            at(8, day=MONDAY + dt.timedelta(7)), id="not on Saturday"),
        ])
def test_first_free_slot(found, after, hours, expected):
    slot, = propose([Technician(1, found)], after, HOUR * hours)

    assert slot.start == expected
    assert slot.end == expected + HOUR * hours


def test_absent_and_without_credential():
    ill = Technician(1, absent=((MONDAY, MONDAY),))
    untrained = Technician(2)
    trained = Technician(3, credentials=frozenset(['f_gas']))

    assert [s.technician for s in propose([ill, trained], at(8), HOUR)] == [
        3, 1]
    assert [
        s.technician for s in propose(
            [ill, untrained, trained], at(8), HOUR, frozenset(['f_gas']))
        ] == [3]


def test_not_when_the_place_rests():
    slot, = propose(
        [Technician(1)], at(8), HOUR,
        closed={MONDAY, MONDAY + dt.timedelta(1)})

    assert slot.start == at(8, day=MONDAY + dt.timedelta(2))


def test_who_knows_the_place_or_is_near_goes_first():
    near = Technician(1, (busy(8, 9, 'north'),))
    knows = Technician(2, (busy(8, 9, 'south'),), known=True)
    idle = Technician(3)

    slots = propose([idle, near, knows], at(8), HOUR, zone='north')

    assert [(s.technician, s.reasons, s.load) for s in slots] == [
        (1, ('zone',), 60), (2, ('known',), 60), (3, (), 0)]


intervals = st.lists(st.tuples(
        st.integers(0, 4), st.integers(6, 18), st.integers(1, 5)), max_size=8)


@given(intervals, st.integers(1, 8))
def test_slot_is_free(found, hours):
    technician = Technician(1, tuple(
            Busy(
                at(start, day=MONDAY + dt.timedelta(day)),
                at(start, day=MONDAY + dt.timedelta(day)) + HOUR * length)
            for day, start, length in found))

    for slot in propose([technician], at(8), HOUR * hours):
        assert slot.start.time() >= dt.time(8)
        assert slot.end.time() <= dt.time(17)
        assert not any(
            b.start < slot.end and slot.start < b.end
            for b in technician.busy)


def test_choices_are_on_other_days():
    slots = propose(
        [Technician(1, (busy(8, 16),)), Technician(2)], at(8), 2 * HOUR,
        choices=2)

    tuesday, wednesday = [MONDAY + dt.timedelta(d) for d in [1, 2]]
    assert [(s.technician, s.start) for s in slots] == [
        (2, at(8)), (1, at(8, day=tuesday)), (2, at(8, day=tuesday)),
        (1, at(8, day=wednesday))]


NEXT = MONDAY + dt.timedelta(1)
F_GAS = frozenset(['f_gas'])


def need(visit, start, end, technicians, day=MONDAY, **values):
    return Need(
        visit, at(start, day=day), at(end, day=day), tuple(technicians),
        **values)


@pytest.mark.parametrize('needs, expected', [
        pytest.param(
            [need(1, 9, 10, [Technician(7)])], {1: (7, at(9))},
            id="who is free goes at the same time"),
        pytest.param(
            [need(1, 9, 10, [Technician(7, (busy(8, 9), busy(10, 12)))])],
            {1: (7, at(9))}, id="between two visits"),
        pytest.param(
            [need(1, 19, 21, [Technician(7)])], {1: (7, at(19))},
            id="in the evening too"),
        pytest.param(
            [need(1, 9, 11, [Technician(7, (busy(10, 12),))])],
            {1: (7, at(12))}, id="later if nobody is free"),
        pytest.param(
            [
                need(1, 9, 10, [Technician(7)]),
                need(2, 9, 10, [Technician(7)]),
                ],
            {1: (7, at(9)), 2: (7, at(10))},
            id="not two visits at a time"),
        pytest.param(
            [
                need(1, 9, 10, [Technician(7), Technician(8)]),
                need(2, 9, 10, [Technician(7), Technician(8)]),
                ],
            {1: (7, at(9)), 2: (8, at(9))}, id="one for each"),
        pytest.param(
            [
                need(1, 9, 10, [Technician(7, (busy(9, 10),))]),
                need(2, 10, 11, [Technician(7, (busy(9, 10),))]),
                ],
            {1: (7, at(11)), 2: (7, at(10))},
            id="who keeps the time goes before who is moved"),
        pytest.param(
            [need(
                    1, 9, 10, [Technician(7), Technician(
                            8, (busy(9, 10),), credentials=F_GAS)],
                    required=F_GAS)],
            {1: (8, at(10))}, id="only who may work there"),
        pytest.param(
            [need(1, 9, 10, [Technician(7, absent=((MONDAY, MONDAY),))])],
            {1: (7, at(8, day=NEXT))}, id="not who is away"),
        pytest.param(
            [need(
                    1, 9, 10, [Technician(7, absent=((MONDAY, MONDAY),))],
                    closed=frozenset([NEXT]))],
            {1: (7, at(8, day=MONDAY + dt.timedelta(2)))},
            id="not when the place rests"),
        pytest.param(
            [need(
                    1, 9, 10, [Technician(7, (busy(9, 10),))],
                    after=at(13))],
            {1: (7, at(13))}, id="not in the past"),
        pytest.param(
            [need(1, 9, 10, [Technician(7)], required=F_GAS)], {},
            id="nobody may work there"),
        pytest.param([need(1, 9, 10, [])], {}, id="nobody at all"),
        pytest.param(
            [need(1, 9, 10, [Technician(7, (busy(9, 10),))], movable=False)],
            {}, id="what can not be moved"),
        ])
def test_stand_in(needs, expected):
    found = stand_in(needs)

    assert {
        v: (s.technician, s.start) for v, s in found.items()} == expected


@given(st.lists(st.tuples(
            st.integers(0, 4), st.integers(6, 18), st.integers(1, 4)),
        max_size=8))
def test_stand_in_is_free(plan):
    technicians = [Technician(7, (busy(9, 11),)), Technician(8)]
    needs = [
        Need(
            i, at(start, day=MONDAY + dt.timedelta(day)),
            at(start, day=MONDAY + dt.timedelta(day)) + HOUR * length,
            tuple(technicians))
        for i, (day, start, length) in enumerate(plan)]

    slots = list(stand_in(needs).values())

    for technician in technicians:
        mine = [s for s in slots if s.technician == technician.id]
        for i, slot in enumerate(mine):
            assert not any(
                b.start < slot.end and slot.start < b.end
                for b in [*technician.busy, *mine[i + 1:]])

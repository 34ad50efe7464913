# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trytond.modules.maintenance_order.decision import (
    PRIORITY_NO_CHARGE, PRIORITY_OVERRIDE, PRIORITY_PAYER, PRIORITY_WARRANTY,
    Candidate, Line, decide, split)

D = Decimal
DAY = dt.date(2026, 3, 10)
CUSTOMER, PROVIDER = 1, 2


def line(id=1, visit=1, **values):
    values = {
        'kind': 'work',
        'date': DAY,
        'quantity': D(2),
        'list_price': D('45.00'),
        'customer': CUSTOMER,
        } | values
    return Line(id=id, visit=visit, **values)


def brief(shares):
    return [(s.payer_kind, s.payer, s.quantity, s.amount) for s in shares]


def codes(share):
    return [code for code, _ in share.trace]


WARRANTY = Candidate(
    payer_kind='warranty', source='maintenance.warranty,1',
    priority=PRIORITY_WARRANTY, equipments=frozenset([7]),
    line_kinds=frozenset(['work', 'material']), to_date=dt.date(2026, 6, 1))


@pytest.mark.parametrize('changes, candidates, expected, expected_codes', [
        pytest.param(
            {}, [], [('customer', CUSTOMER, D(2), D('90.00'))],
            ['customer'], id="nobody else pays"),
        pytest.param(
            {'equipment': 7}, [WARRANTY],
            [('warranty', None, D(2), D(0))],
            ['covered'], id="warranty covers"),
        pytest.param(
            {'equipment': 8}, [WARRANTY],
            [('customer', CUSTOMER, D(2), D('90.00'))],
            ['customer'], id="warranty of another machine is not mentioned"),
        pytest.param(
            {'equipment': 7, 'date': dt.date(2026, 6, 2)}, [WARRANTY],
            [('customer', CUSTOMER, D(2), D('90.00'))],
            ['expired', 'customer'], id="the day after the warranty"),
        pytest.param(
            {'equipment': 7, 'date': dt.date(2026, 6, 1)}, [WARRANTY],
            [('warranty', None, D(2), D(0))],
            ['covered'], id="the last day of the warranty"),
        pytest.param(
            {'equipment': 7, 'kind': 'call_out'}, [WARRANTY],
            [('customer', CUSTOMER, D(2), D('90.00'))],
            ['line_kind', 'customer'], id="travel is not in the warranty"),
        pytest.param(
            {'quantity': D(1), 'list_price': D('33.33')},
            [Candidate('warranty', 'w,1', percentage=D('0.5'))],
            [('warranty', None, D('0.5'), D(0)),
                ('customer', CUSTOMER, D('0.5'), D('16.66'))],
            ['covered_part', 'customer'], id="half of an odd cent"),
        pytest.param(
            {'quantity': D(3)},
            [Candidate('bank', 'b,1', limit=D('1.25'))],
            [('bank', None, D('1.25'), D(0)),
                ('customer', CUSTOMER, D('1.75'), D('78.75'))],
            ['covered_limit', 'customer'], id="the bank has 1.25 h left"),
        pytest.param(
            {}, [Candidate('bank', 'b,1', limit=D(0))],
            [('customer', CUSTOMER, D(2), D('90.00'))],
            ['used_up', 'customer'], id="the bank is empty"),
        pytest.param(
            {'quantity': D(3)},
            [Candidate('contract', 'c,1', limit=D(100), measure='amount')],
            [('contract', None, D('2.2222'), D(0)),
                ('customer', CUSTOMER, D('0.7778'), D('35.00'))],
            ['covered_limit', 'customer'], id="up to 100 of value"),
        pytest.param(
            {}, [Candidate(
                    'warranty', 'w,1', payer=PROVIDER,
                    unit_price=D('30.00'))],
            [('warranty', PROVIDER, D(2), D('60.00'))],
            ['covered'], id="the maker pays its own rate"),
        pytest.param(
            {}, [Candidate('customer', 'p,1', unit_price=D('38.00'))],
            [('customer', CUSTOMER, D(2), D('76.00'))],
            ['price'], id="a better price of the contract"),
        pytest.param(
            {'equipment': 7}, [
                WARRANTY,
                Candidate('goodwill', 'v,1', priority=PRIORITY_NO_CHARGE)],
            [('goodwill', None, D(2), D(0))],
            ['no_charge'], id="a gift comes before everything"),
        pytest.param(
            {'equipment': 7}, [
                WARRANTY,
                Candidate(
                    'customer', priority=PRIORITY_OVERRIDE,
                    lines=frozenset([1]), unit_price=D(40))],
            [('customer', CUSTOMER, D(2), D('80.00'))],
            ['override'], id="a person decided otherwise"),
        pytest.param(
            {'list_price': None}, [],
            [('customer', CUSTOMER, D(2), None)],
            ['customer', 'no_price'], id="nobody knows the price"),
        pytest.param(
            {'list_price': None},
            [Candidate('contract', 'c,1')],
            [('contract', None, D(2), D(0))],
            ['covered'], id="covered without price"),
        pytest.param(
            {'customer': None}, [],
            [('internal', None, D(2), D(0))],
            ['internal'], id="work of our own"),
        pytest.param(
            {'discount': D('0.10')}, [],
            [('customer', CUSTOMER, D(2), D('81.00'))],
            ['customer'], id="discount of ten per cent"),
        pytest.param(
            {'task_kind': 'preventive'},
            [Candidate(
                    'contract', 'c,1', task_kinds=frozenset(['corrective']))],
            [('customer', CUSTOMER, D(2), D('90.00'))],
            ['task_kind', 'customer'], id="the contract covers repairs only"),
        ])
def test_decide(changes, candidates, expected, expected_codes):
    shares = decide([line(**changes)], {1: candidates})

    assert brief(shares) == expected
    assert codes(shares[-1]) == expected_codes


def test_several_payers_of_one_report():
    "The insurer takes half up to 100, the manufacturer the part"
    insurer = Candidate(
        'customer', 'p,1', payer=11, unit_price=None, percentage=D('0.5'),
        limit=D(100), measure='amount', priority=PRIORITY_PAYER,
        line_kinds=frozenset(['work']))
    manufacturer = Candidate(
        'warranty', 'w,1', payer=12, unit_price=None,
        priority=PRIORITY_WARRANTY, line_kinds=frozenset(['material']))

    shares = decide([
            line(1, quantity=D(6)),
            line(2, kind='material', quantity=D(1), list_price=D('80.00')),
            ], {1: [insurer, manufacturer]})

    assert brief(shares) == [
        ('customer', 11, D('2.2222'), D('100.00')),
        ('customer', CUSTOMER, D('3.7778'), D('170.00')),
        ('warranty', 12, D(1), D('80.00')),
        ]
    assert codes(shares[0]) == ['line_kind', 'pays', 'customer']


def test_trace_says_once_that_a_source_is_not_for_the_line():
    parts = Candidate(
        'warranty', 'w,1', line_kinds=frozenset(['material']))
    labour = Candidate(
        'warranty', 'w,1', line_kinds=frozenset(['work']))

    travel, = decide([line(kind='travel')], {1: [parts, labour]})
    work, = decide([line()], {1: [parts, labour]})

    assert codes(travel) == ['line_kind', 'customer']
    assert codes(work) == ['covered']


def test_limit_is_shared_by_lines_and_visits():
    bank = Candidate('bank', 'b,1', limit=D(3))

    shares = decide(
        [line(1, 1), line(2, 2), line(3, 2)], {1: [bank], 2: [bank]})

    assert brief(shares) == [
        ('bank', None, D(2), D(0)),
        ('bank', None, D(1), D(0)),
        ('customer', CUSTOMER, D(1), D('45.00')),
        ('customer', CUSTOMER, D(2), D('90.00')),
        ]
    assert sum(s.consumed for s in shares) == 3


def test_limit_of_visits_counts_each_visit_once():
    visits = Candidate('contract', 'c,1', limit=D(1), measure='visit')

    shares = decide(
        [line(1, 1), line(2, 1), line(3, 2)], {1: [visits], 2: [visits]})

    assert [s.payer_kind for s in shares] == [
        'contract', 'contract', 'customer']
    assert [s.consumed for s in shares] == [1, 0, 0]


def test_what_goes_back_gives_back():
    bank = Candidate('bank', 'b,1', limit=D(2))

    shares = decide(
        [line(1), line(2, quantity=D(-1)), line(3)], {1: [bank]})

    assert [(s.payer_kind, s.quantity, s.consumed) for s in shares] == [
        ('bank', D(2), D(2)),
        ('bank', D(-1), D(-1)),
        ('bank', D(1), D(1)),
        ('customer', D(1), D(0)),
        ]


DAY_HOURS, NIGHT_HOURS = 1, 2


def of_hours(hours, part, source, **values):
    return Candidate(
        'contract', source, parts=((hours, D(part)),), **values)


@pytest.mark.parametrize('candidates, expected', [
        pytest.param([
                of_hours(DAY_HOURS, '0.5', 'c,1', limit=D(9)),
                of_hours(NIGHT_HOURS, '0.5', 'c,2', limit=D(9)),
                ], [('c,1', D(2)), ('c,2', D(2))],
            id="two limits, each for its hours"),
        pytest.param([
                of_hours(DAY_HOURS, '0.5', 'c,1', limit=D('0.5')),
                of_hours(NIGHT_HOURS, '0.5', 'c,2', limit=D(9)),
                ], [('c,1', D('0.5')), ('c,2', D(2)), (None, D('1.5'))],
            id="the day is nearly used up"),
        pytest.param([
                of_hours(DAY_HOURS, '0.5', 'c,1', percentage=D('0.5')),
                Candidate('contract', 'c,2', percentage=D('0.5')),
                ], [('c,1', D(1)), ('c,2', D('1.5')), (None, D('1.5'))],
            id="half of the day, then half of everything"),
        pytest.param([
                Candidate('contract', 'c,1', limit=D(1)),
                of_hours(DAY_HOURS, '0.5', 'c,2'),
                ], [('c,1', D(1)), ('c,2', D('1.5')), (None, D('1.5'))],
            id="what is taken of everything is taken of each hour"),
        pytest.param([
                of_hours(DAY_HOURS, '0.5', 'c,1'),
                of_hours(DAY_HOURS, '0.5', 'c,2'),
                ], [('c,1', D(2)), (None, D(2))],
            id="nothing of its hours is left for the second"),
        pytest.param([
                Candidate('contract', 'c,1', parts=(
                        (DAY_HOURS, D('0.25')), (NIGHT_HOURS, D('0.5')))),
                ], [('c,1', D(3)), (None, D(1))],
            id="one for two kinds of hours"),
        ])
def test_hours(candidates, expected):
    shares = decide([line(quantity=D(4))], {1: candidates})

    assert [(s.source, s.quantity) for s in shares] == expected


def test_trace_of_hours():
    "Who covers some hours says which part of the line they are"
    share, _ = decide(
        [line(quantity=D(4))],
        {1: [of_hours(DAY_HOURS, '0.25', 'c,1')]})
    limited, _ = decide(
        [line(quantity=D(4))],
        {1: [of_hours(DAY_HOURS, '0.5', 'c,1', limit=D(1))]})

    assert codes(share) == ['covered_part', 'customer']
    assert dict(share.trace[0][1])['percentage'] == '25'
    assert codes(limited) == ['covered_limit', 'customer']


@pytest.mark.parametrize('total, weights, expected', [
        ('10.00', [1, 1, 1], ['3.34', '3.33', '3.33']),
        ('-10.00', [1, 1, 1], ['-3.34', '-3.33', '-3.33']),
        ('0.01', [1, 99], ['0.00', '0.01']),
        ('5.00', [0, 0], ['5.00', '0']),
        ])
def test_split(total, weights, expected):
    parts = split(D(total), [D(w) for w in weights], 2)

    assert parts == [D(e) for e in expected]


def test_split_refuses_a_finer_total():
    with pytest.raises(ValueError, match="more than 2 digits"):
        split(D('1.005'), [D(1)], 2)


quantities = st.decimals(
    min_value=-100, max_value=100, places=2, allow_nan=False)
prices = st.none() | st.decimals(
    min_value=0, max_value=500, places=4, allow_nan=False)
fractions = st.sampled_from([D('0.1'), D('0.333'), D('0.5'), D(1)])
candidates = st.builds(
    Candidate,
    payer_kind=st.sampled_from(['contract', 'bank', 'warranty', 'goodwill']),
    source=st.sampled_from(['c,1', 'c,2', 'c,3']),
    priority=st.integers(0, 5),
    percentage=fractions,
    unit_price=st.sampled_from([D(0), D('12.34'), None]),
    limit=st.none() | st.decimals(
        min_value=0, max_value=50, places=2, allow_nan=False),
    measure=st.sampled_from(['quantity', 'amount', 'visit']),
    line_kinds=st.sampled_from([frozenset(), frozenset(['work'])]),
    parts=st.sampled_from([
            None, ((1, D('0.4')),), ((2, D('0.35')),),
            ((1, D('0.4')), (2, D('0.35')))]),
    )
lines = st.lists(
    st.tuples(
        quantities, prices, st.sampled_from(['work', 'material']),
        st.sampled_from([D(0), D('0.075')])),
    min_size=1, max_size=6).map(lambda found: [
            line(
                i, quantity=q, list_price=p, kind=k, discount=d)
            for i, (q, p, k, d) in enumerate(found)])


@given(lines, st.lists(candidates, max_size=4))
def test_shares_add_up_to_the_line(lines, candidates):
    shares = decide(lines, {1: candidates})

    for one in lines:
        own = [s for s in shares if s.line == one.id]
        assert sum(s.quantity for s in own) == one.quantity
        if one.list_price is not None:
            total = one.quantity * one.list_price * (1 - one.discount)
            assert abs(sum(s.value for s in own) - total) <= D('0.005')
        assert all(
            s.quantity * one.quantity >= 0 for s in own), "signs differ"


@given(lines, st.lists(candidates, max_size=4))
def test_same_input_same_result(lines, candidates):
    assert (
        decide(lines, {1: candidates})
        == decide(lines, {1: list(reversed(candidates))})
        or len({(c.priority, c.source) for c in candidates})
        < len(candidates))


@given(
    st.lists(
        quantities.map(abs), min_size=1, max_size=8),
    st.decimals(min_value=0, max_value=50, places=2, allow_nan=False))
def test_never_free_beyond_the_limit(found, limit):
    bank = Candidate('bank', 'b,1', limit=limit)

    shares = decide(
        [line(i, quantity=q) for i, q in enumerate(found)], {1: [bank]})

    free = sum(s.quantity for s in shares if s.payer_kind == 'bank')
    assert free == min(limit, sum(found))


@st.composite
def rules_of_hours(draw):
    "Return minutes by kind of hours, and rules of one kind each with limits"
    minutes = draw(st.lists(st.integers(0, 600), min_size=1, max_size=4))
    rules = draw(st.lists(
            st.tuples(
                st.integers(0, len(minutes) - 1),
                st.none() | st.integers(0, 700)),
            max_size=5))
    return minutes, rules


@given(rules_of_hours(), st.booleans())
def test_hours_are_covered_as_rules_allow(found, given_back):
    "What is covered is all that the limits of each kind of hours allow"
    minutes, rules = found
    whole = sum(minutes)
    sign = -1 if given_back else 1
    candidates = [
        Candidate(
            'contract', f'c,{i}',
            parts=((hours, D(minutes[hours]) / (whole or 1)),),
            limit=None if limit is None or given_back else D(limit))
        for i, (hours, limit) in enumerate(rules)]

    shares = decide([line(quantity=D(sign * whole))], {1: candidates})

    taken = [D(0)] * len(minutes)
    for share in shares:
        if share.source:
            hours, limit = rules[int(share.source[2:])]
            taken[hours] += abs(share.quantity)
            if limit is not None and not given_back:
                assert share.quantity <= limit
    for hours, quantity in enumerate(taken):
        limits = [limit for h, limit in rules if h == hours]
        allowed = minutes[hours]
        if not limits:
            allowed = 0
        elif None not in limits and not given_back:
            allowed = min(allowed, sum(limits))
        assert abs(quantity - allowed) < D('0.001')
    assert sum(s.quantity for s in shares) == sign * whole


@given(
    st.integers(-10**6, 10**6),
    st.lists(
        st.decimals(min_value=0, max_value=1000, places=3), min_size=1,
        max_size=9))
def test_split_is_exact(cents, weights):
    total = D(cents).scaleb(-2)
    parts = split(total, weights, 2)

    assert sum(parts) == total
    whole = sum(weights)
    if whole:
        for part, weight in zip(parts, weights):
            assert abs(part - total * weight / whole) < D('0.01')

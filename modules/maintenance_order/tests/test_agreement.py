# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trytond.modules.maintenance_order.agreement import (
    Agreement, agree, concede, hold_back)
from trytond.modules.maintenance_order.decision import (
    Candidate, Line, decide, round_half_up)

D = Decimal
CUSTOMER, INSURER = 1, 2
ROUND = round_half_up(2)
KINDS = {1: 'work', 2: 'material', 3: 'call_out', 4: 'work'}


def shares_of(*rows, candidates=()):
    "The shares of lines of (quantity, price)"
    return decide([
            Line(
                id=i, visit=1, kind=KINDS[i], date=dt.date(2026, 3, 10),
                quantity=D(quantity),
                list_price=D(price) if price is not None else None,
                customer=CUSTOMER)
            for i, (quantity, price) in enumerate(rows, 1)],
        {1: list(candidates)})


def agreed(shares, kind, amount, used=0, lines=(1, 2, 3, 4), payer=CUSTOMER):
    return agree(shares, KINDS, [Agreement(
                kind, D(amount), payer, frozenset(lines), used=D(used))],
        2, ROUND)


REPAIR = [('2', '45.00'), ('1', '80.00'), ('1', '30.00')]


@pytest.mark.parametrize('kind, amount, used, expected', [
        pytest.param(
            'fixed', '180', '0', ['81.00', '72.00', '27.00'], id="all in"),
        pytest.param(
            'fixed', '250', '0', ['112.50', '100.00', '37.50'],
            id="all in above the list"),
        pytest.param(
            'fixed', '180', '180', ['0.00', '0.00', '0.00'],
            id="all in, charged with the first visit"),
        pytest.param(
            'cap', '200', '0', ['90.00', '80.00', '30.00'],
            id="just at the cap"),
        pytest.param(
            'cap', '199.99', '0', ['89.99', '80.00', '30.00'],
            id="a cent above the cap"),
        pytest.param(
            'cap', '300', '250', ['22.50', '20.00', '7.50'],
            id="what is left of the cap"),
        pytest.param(
            'hourly', '38.50', '0', ['77.00', '80.00', '30.00'],
            id="by the hour"),
        ])
def test_agree(kind, amount, used, expected):
    shares = agreed(shares_of(*REPAIR), kind, amount, used)

    assert [str(s.amount) for s in shares] == expected


def test_agreement_is_told():
    share, *_ = agreed(shares_of(*REPAIR), 'fixed', '180')

    assert [code for code, _ in share.trace] == ['customer', 'agreed_fixed']
    assert share.unit_price == D('40.5')


def test_agreement_does_not_touch_what_others_pay():
    warranty = Candidate(
        'warranty', 'w,1', line_kinds=frozenset(['material']))
    insurer = Candidate(
        'customer', 'p,1', payer=INSURER, unit_price=None,
        percentage=D('0.5'), line_kinds=frozenset(['work']))
    shares = agreed(
        shares_of(*REPAIR, candidates=[warranty, insurer]), 'fixed', '20')

    assert [(s.payer_kind, s.payer, str(s.amount)) for s in shares] == [
        ('customer', INSURER, '45.00'),
        ('customer', CUSTOMER, '12.00'),
        ('warranty', None, '0.00'),
        ('customer', CUSTOMER, '8.00'),
        ]


def test_all_in_settles_unknown_prices():
    shares = agreed(shares_of(('2', '45.00'), ('1', None)), 'fixed', '100')

    assert [s.amount for s in shares] == [D(100), D(0)]
    assert 'no_price' not in [code for s in shares for code, _ in s.trace]


@pytest.mark.parametrize('quantity, expected', [
        ('0.5', [('1.5', '67.50', False), ('0.5', '22.50', True)]),
        ('2', [('2', '90.00', True)]),
        ('3', [('2', '90.00', True)]),
        ('0', [('2', '90.00', False)]),
        ])
def test_hold_back(quantity, expected):
    shares = hold_back(shares_of(('2', '45.00')), {1: D(quantity)}, 2)

    assert [
        (str(s.quantity), str(s.amount), s.disputed)
        for s in shares] == expected


def test_what_is_free_can_not_be_disputed():
    shares = shares_of(
        ('2', '45.00'), candidates=[Candidate('goodwill', 'g,1')])

    assert hold_back(shares, {1: D(1)}, 2) == shares


def test_concede():
    agreed_, disputed = hold_back(
        shares_of(('2', '45.00')), {1: D('0.5')}, 2)
    given_away = concede(disputed)

    assert (given_away.payer_kind, given_away.amount) == ('goodwill', 0)
    assert agreed_.value + given_away.value == 90


rows = st.lists(
    st.tuples(
        st.integers(1, 2000).map(lambda n: D(n).scaleb(-2)),
        st.none() | st.integers(0, 50000).map(lambda n: D(n).scaleb(-2))),
    min_size=1, max_size=4)
amounts = st.integers(0, 500000).map(lambda n: D(n).scaleb(-2))


@given(rows, amounts, amounts)
def test_fixed_is_met_to_the_cent(rows, amount, used):
    before = shares_of(*rows)
    shares = agreed(before, 'fixed', amount, used)

    assert sum(s.amount for s in shares) == max(amount - used, 0)
    assert all(s.amount >= 0 for s in shares)
    assert ([(s.line, s.quantity, s.value) for s in shares]
        == [(s.line, s.quantity, s.value) for s in before])
    assert shares == agreed(before, 'fixed', amount, used)


@given(rows, amounts, amounts)
def test_cap_is_never_passed(rows, amount, used):
    before = shares_of(*rows)
    shares = agreed(before, 'cap', amount, used)
    total = sum(s.amount or 0 for s in before)

    assert sum(s.amount or 0 for s in shares) == min(
        total, max(amount - used, 0))


@given(rows, st.integers(0, 3000).map(lambda n: D(n).scaleb(-2)))
def test_parts_add_up_to_the_share(rows, quantity):
    before = shares_of(*rows)
    shares = hold_back(before, {1: quantity}, 2)

    for share in before:
        parts = [s for s in shares if s.line == share.line]
        assert sum(s.quantity for s in parts) == share.quantity
        if share.amount is not None:
            assert sum(s.amount for s in parts) == share.amount
            assert sum(s.value for s in parts) == share.value
    disputed = sum(s.quantity for s in shares if s.disputed)
    charged = before[0].quantity if before[0].amount != 0 else 0
    assert disputed == min(quantity, charged)

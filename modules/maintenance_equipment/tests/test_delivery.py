# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from types import SimpleNamespace
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trytond.modules.maintenance_equipment import sale
from trytond.modules.maintenance_equipment.delivery import (
    Delivery, Known, plan, units)

HERE, AWAY = Known(7, 'in_service', True), Known(7, 'out_of_service')


@pytest.mark.parametrize('policy,quantity,known,action,reason', [
        ('create', 1, None, 'create', None),
        ('propose', 1, None, 'propose', None),
        ('propose', 12, None, 'propose', None),
        ('ignore', 1, None, 'skip', 'policy'),
        (None, 1, None, 'skip', 'policy'),
        ('create', 0.5, None, 'skip', 'fraction'),
        ('create', 0, None, 'skip', 'fraction'),
        ('create', 1, HERE, 'skip', 'exists'),
        ('create', 1, AWAY, 'move', None),
        ('propose', 1, Known(7, 'retired'), 'skip', 'retired'),
        ])
def test_outcome(policy, quantity, known, action, reason):
    outcome, = plan([Delivery(1, 5, quantity, policy, known)])
    assert (outcome.action, outcome.reason) == (action, reason)


def test_the_past_moves_nothing():
    outcome, = plan([Delivery(1, 5, 1, 'create', AWAY)], may_move=False)
    assert (outcome.action, outcome.reason) == ('skip', 'exists')


def test_one_lot_is_made_once():
    outcomes = plan([
            Delivery(1, 5, 0.5, 'create'), Delivery(2, 5, 1, 'create'),
            Delivery(3, 5, 1, 'create'), Delivery(4, 6, 1, 'create')])
    assert [(o.action, o.reason) for o in outcomes] == [
        ('skip', 'fraction'), ('create', None), ('skip', 'twice'),
        ('create', None)]


deliveries = st.lists(st.builds(
        Delivery, st.integers(1, 99), st.integers(1, 5),
        st.floats(0, 9) | st.integers(0, 9),
        st.sampled_from([None, 'create', 'propose', 'ignore']),
        st.none() | st.builds(
            Known, st.integers(1, 9),
            st.sampled_from(['draft', 'in_service', 'retired']),
            st.booleans())))


@given(deliveries, st.booleans())
def test_each_delivery_has_its_outcome(rows, may_move):
    outcomes = plan(rows, may_move)
    assert [o.delivery for o in outcomes] == rows
    made = [o for o in outcomes if o.action != 'skip']
    assert len({o.delivery.lot for o in made}) == len(made)
    for outcome in outcomes:
        assert (outcome.reason is not None) == (outcome.action == 'skip')
        if outcome.action in {'create', 'propose'}:
            assert outcome.delivery.known is None
            assert units(outcome.delivery.quantity)


class SaleLine(SimpleNamespace):
    "Stands for the model: a database with sales takes a minute to make"


def test_sold_date_is_that_of_the_sale():
    date = dt.date(2026, 1, 15)
    move = SimpleNamespace(
        origin=SaleLine(sale=SimpleNamespace(sale_date=date)))
    with patch.object(sale, 'Pool') as pool:
        pool.return_value.get.side_effect = {'sale.line': SaleLine}.get
        assert sale.Move._get_equipment_sold_date(move) == date

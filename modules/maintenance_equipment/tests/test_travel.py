# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trytond.modules.maintenance_equipment.travel import (
    EARTH_RADIUS, Position, estimate, great_circle)

positions = st.builds(
    Position, st.floats(-90, 90), st.floats(-180, 180))


@pytest.mark.parametrize('start,end,kilometres', [
        # Madrid, Barcelona, Palermo: as published to the kilometre.
        (Position(40.4168, -3.7038), Position(41.3874, 2.1686), 505),
        (Position(40.4168, -3.7038), Position(38.1157, 13.3615), 1480),
        (Position(0, 0), Position(0, 180), 20015),
        ])
def test_known_distances(start, end, kilometres):
    assert great_circle(start, end) == pytest.approx(kilometres, rel=0.01)


@given(positions, positions)
def test_distance_is_the_same_both_ways_and_within_half_the_earth(a, b):
    there = great_circle(a, b)
    assert there == pytest.approx(great_circle(b, a), abs=1e-6)
    assert 0 <= there <= EARTH_RADIUS * 3.1416


def test_road_is_longer_and_takes_time():
    trip = estimate(
        Position(40.0, 0.0), Position(40.0, 1.0), factor=1.3, speed=60)
    assert trip.distance == pytest.approx(110.7, abs=0.2)
    assert trip.time == dt.timedelta(minutes=111)

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""How far a place is, from positions alone: a good guess without a map."""
from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass

EARTH_RADIUS = 6371.0088


@dataclass(frozen=True)
class Position:
    "Degrees north of the equator and east of Greenwich"
    latitude: float
    longitude: float


@dataclass(frozen=True)
class Trip:
    "One way: kilometres and time"
    distance: float
    time: dt.timedelta


def great_circle(start: Position, end: Position) -> float:
    "Return the kilometres between the positions as the crow flies"
    lat1, lat2 = math.radians(start.latitude), math.radians(end.latitude)
    half_lat = (lat2 - lat1) / 2
    half_lon = math.radians(end.longitude - start.longitude) / 2
    chord = (
        math.sin(half_lat) ** 2
        + math.cos(lat1) * math.cos(lat2) * math.sin(half_lon) ** 2)
    return 2 * EARTH_RADIUS * math.asin(math.sqrt(min(1.0, chord)))


def estimate(
        start: Position, end: Position, factor: float, speed: float) -> Trip:
    """Return the trip by road

    The factor says how much longer roads are than the great circle, the speed
    is the usual one in kilometres an hour.
    """
    distance = round(great_circle(start, end) * factor, 1)
    return Trip(distance, dt.timedelta(minutes=round(distance / speed * 60)))

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

import pytest

from trytond.modules.maintenance_equipment.warranty_terms import (
    Cover, Problem, Term, Warranty, coverage, last_day, problems)

OURS = Warranty(1, dt.date(2026, 1, 1), (
        Term('labour', Decimal(1), dt.date(2026, 12, 31)),
        Term('parts', Decimal(1), dt.date(2027, 12, 31)),
        Term('travel', Decimal(0), None)))
MAKER = Warranty(2, dt.date(2026, 1, 1), (
        Term('parts', Decimal('.5'), None),))


@pytest.mark.parametrize('date,labour,parts', [
        (dt.date(2025, 12, 31), (0, None), (0, None)),
        (dt.date(2026, 1, 1), (1, 1), (1, 1)),
        (dt.date(2026, 12, 31), (1, 1), (1, 1)),
        (dt.date(2027, 1, 1), (0, None), (1, 1)),
        (dt.date(2028, 1, 1), (0, None), (Decimal('.5'), 2)),
        ])
def test_each_part_ends_on_its_own_date(date, labour, parts):
    cover = coverage([OURS, MAKER], date)
    assert (cover.labour.rate, cover.labour.warranty) == labour
    assert (cover.parts.rate, cover.parts.warranty) == parts
    assert cover.travel == Cover()


def test_nothing_covered_is_false():
    assert not coverage([OURS], dt.date(2028, 1, 1))
    assert coverage([OURS], dt.date(2027, 6, 1))


def test_equal_share_takes_the_longer():
    longer = Warranty(3, dt.date(2026, 1, 1), (
            Term('labour', Decimal(1), dt.date(2030, 1, 1)),))
    assert coverage(
        [longer, OURS], dt.date(2026, 6, 1)).labour.warranty == 3


def test_last_day():
    assert last_day(OURS) == dt.date(2027, 12, 31)
    assert last_day(MAKER) is None


def test_problems_tell_part_and_reason():
    wrong = Warranty(4, dt.date(2026, 1, 1), (
            Term('labour', Decimal(2), None),
            Term('parts', Decimal(1), dt.date(2025, 1, 1))))
    assert problems([OURS, wrong]) == [
        Problem(4, 'rate', 'labour'), Problem(4, 'end', 'parts')]

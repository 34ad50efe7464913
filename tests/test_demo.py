# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

import pytest
from stdnum import iban
from stdnum.es import nif

from demo import clock, field, leaks, logins, pictures, rosters
from demo.people import STORIES, customers
from tests.world import PASSWORD, ROLES, bank_number


@pytest.mark.parametrize('size', [8, 40, 1000])
def test_customers(size):
    found = customers(size)
    assert found == customers(size)
    assert len(found) == max(size, len(STORIES))
    assert [c.key for c in found[:len(STORIES)]] == [s[0] for s in STORIES]
    assert len({c.name for c in found}) == len(found)
    assert len({c.tax_id for c in found}) == len(found)
    assert len({c.email for c in found}) == len(found)
    for customer in found:
        nif.validate(customer.tax_id[2:])
        assert all(customer.address.values())


def test_accounts():
    accounts = [bank_number(*c.account) for c in customers(500) if c.account]
    assert len(set(accounts)) == len(accounts)
    assert all(iban.is_valid(number) for number in accounts)


def test_customers_of_a_larger_world_begin_alike():
    assert customers(40)[:20] == customers(20)


def test_months():
    found = clock.months(dt.date(2026, 1, 31))
    assert found[0] == dt.date(2025, 1, 1)
    assert found[-1] == dt.date(2026, 1, 1)
    assert len(found) == 13


@pytest.mark.parametrize('date, expected', [
        (dt.date(2026, 3, 6), dt.date(2026, 3, 6)),
        (dt.date(2026, 3, 7), dt.date(2026, 3, 9)),
        (dt.date(2026, 3, 8), dt.date(2026, 3, 9)),
        ])
def test_working_day(date, expected):
    assert clock.working_day(date) == expected


@pytest.mark.parametrize('days', range(7))
def test_before(days):
    today = dt.date(2026, 3, 2) + dt.timedelta(days=days)
    for ago in range(1, 15):
        day = field.before(today, ago)
        assert day < today
        assert day.weekday() < 5


@pytest.mark.parametrize('date', [
        dt.date(2026, 3, 2), dt.date(2026, 3, 5), dt.date(2026, 3, 8)])
def test_next_week(date):
    assert rosters.next_week(date) == dt.date(2026, 3, 9)


def test_pictures():
    for picture in [
            pictures.draw_place("Válvula", True),
            pictures.draw_receipt(
                "Ferretería", dt.date(2026, 3, 2),
                [("Tornillos", Decimal('7.85'))])]:
        assert picture.startswith(b'\xff\xd8')


def test_leaks():
    assert len(leaks.LEAKS) == 12
    assert leaks.FINDERS.keys() == leaks.LEAKS.keys()
    for code in leaks.LEAKS:
        assert f'\n{code} ' in leaks.__doc__


def test_logins():
    text = logins.text('http://localhost:8123/')
    for role in ROLES:
        assert role.login in text
        assert role.name in text
    assert PASSWORD in text
    assert 'localhost:8123' in text


def test_everybody_finds_work():
    assert logins.HOME.keys() == {r.login for r in ROLES}

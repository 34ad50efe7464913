# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trytond.modules.maintenance_order.vat import (
    CUSTOMERS, WORKS, Declaration, Operation, propose, share_of)

D = Decimal
DAY = dt.date(2026, 3, 10)
DWELLING = Declaration('dwelling', dt.date(2026, 3, 1))
REVERSE = Declaration('reverse', dt.date(2026, 3, 1))

HOME = Operation(
    date=DAY, customer='private', work='repair', dwelling=True,
    finished=dt.date(1998, 5, 1), materials=D(40), total=D(100),
    declarations=(DWELLING,))
SUBCONTRACT = Operation(
    date=DAY, customer='contractor', work='construction',
    materials=D(90), total=D(100), declarations=(REVERSE,))


@pytest.mark.parametrize('operation, changes, rate, reasons', [
        pytest.param(HOME, {}, 'reduced', ['reduced'], id="home"),
        pytest.param(
            HOME, {'customer': 'community'}, 'reduced', ['reduced'],
            id="community of owners"),
        pytest.param(
            HOME, {'customer': 'business'}, 'general', [],
            id="dwelling of a company"),
        pytest.param(
            HOME, {'materials': D('40.01')}, 'general', ['materials'],
            id="a cent too much material"),
        pytest.param(
            HOME, {'materials': D(0), 'total': D(0)}, 'reduced', ['reduced'],
            id="nothing charged"),
        pytest.param(
            HOME, {'finished': dt.date(2024, 3, 10)}, 'reduced', ['reduced'],
            id="two years to the day"),
        pytest.param(
            HOME, {'finished': dt.date(2024, 3, 11)}, 'general', ['too_new'],
            id="two years tomorrow"),
        pytest.param(
            HOME, {
                'finished': dt.date(2024, 2, 29), 'date': dt.date(2026, 2, 28),
                'declarations': (Declaration(
                        'dwelling', dt.date(2026, 1, 1)),)},
            'general', ['too_new'], id="finished on 29 February"),
        pytest.param(
            HOME, {'finished': None}, 'general', ['finished_unknown'],
            id="nobody knows how old"),
        pytest.param(
            HOME, {'declarations': ()}, 'general', ['dwelling_declaration'],
            id="nothing in writing"),
        pytest.param(
            HOME, {'declarations': (
                    Declaration('dwelling', dt.date(2026, 3, 11)),)},
            'general', ['dwelling_declaration'], id="declared tomorrow"),
        pytest.param(
            HOME, {'declarations': (Declaration(
                        'dwelling', dt.date(2025, 1, 1),
                        dt.date(2025, 12, 31)),)},
            'general', ['dwelling_declaration'], id="declared last year"),
        pytest.param(
            HOME, {'declarations': (), 'materials': D(50)}, 'general',
            ['materials', 'dwelling_declaration'], id="two things missing"),
        pytest.param(
            HOME, {'dwelling': False}, 'general', [], id="a shop"),
        pytest.param(
            HOME, {'work': None}, 'general', [], id="a fee"),
        pytest.param(
            HOME, {'country': 'IT'}, 'general', [], id="not in Spain"),
        pytest.param(
            SUBCONTRACT, {}, 'reverse', ['reverse'], id="subcontracted"),
        pytest.param(
            SUBCONTRACT, {'work': 'repair'}, 'general', [],
            id="a repair for a contractor"),
        pytest.param(
            SUBCONTRACT, {'customer': 'business'}, 'general', [],
            id="construction for who is no contractor"),
        pytest.param(
            SUBCONTRACT, {'declarations': (DWELLING,)}, 'general',
            ['reverse_declaration'], id="the other paper"),
        ])
def test_propose(operation, changes, rate, reasons):
    proposal = propose(replace(operation, **changes))

    assert proposal.rate == rate
    found = proposal.reasons if rate != 'general' else proposal.missing
    assert [code for code, _ in found] == reasons


def test_reason_tells_paper_and_share():
    (_, arguments), = propose(HOME).reasons

    assert dict(arguments) == {'date': '2026-03-01', 'percentage': '40.00'}


def test_share_of_whole_operation():
    assert share_of([(True, D(30)), (False, D(50)), (True, D(20))]) == (
        D(50), D(100))


operations = st.builds(
    Operation,
    date=st.dates(dt.date(2024, 1, 1), dt.date(2027, 1, 1)),
    country=st.sampled_from(['ES', 'IT', None]),
    customer=st.sampled_from([None, *CUSTOMERS]),
    work=st.sampled_from([None, *WORKS]),
    dwelling=st.booleans(),
    finished=st.none() | st.dates(
        dt.date(1950, 1, 1), dt.date(2027, 1, 1)),
    materials=st.integers(0, 100).map(D),
    total=st.integers(0, 100).map(D),
    declarations=st.lists(st.builds(
            Declaration, st.sampled_from(['dwelling', 'reverse']),
            st.dates(dt.date(2024, 1, 1), dt.date(2027, 1, 1)),
            st.none()), max_size=3).map(tuple),
    )


@given(operations)
def test_never_less_than_general_without_paper(operation):
    proposal = propose(operation)

    assert bool(proposal.reasons) == (proposal.rate != 'general')
    assert not (proposal.reasons and proposal.missing)
    if proposal.rate != 'general':
        kind = {'reduced': 'dwelling', 'reverse': 'reverse'}[proposal.rate]
        assert any(
            d.kind == kind and d.date <= operation.date
            for d in operation.declarations)

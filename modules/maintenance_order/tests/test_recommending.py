# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trytond.modules.maintenance_order.recommending import machine, things

MACHINES = {
    1: ["Pump", "P-1"],
    2: ["Pump of the pool", "P-10"],
    3: ["Boiler", None],
    }


@pytest.mark.parametrize('text, expected', [
        pytest.param(None, [], id="nothing"),
        pytest.param(" \n\t\n", [], id="blank"),
        pytest.param("Replace the valve", ["Replace the valve"], id="one"),
        pytest.param(
            "- Valve\n\n  * Filter \n• Paint\n1. Tests\n2) Keys",
            ["Valve", "Filter", "Paint", "Tests", "Keys"], id="bullets"),
        pytest.param("Valve\nvalve\nValve", ["Valve", "valve"], id="twice"),
        pytest.param(
            "2 valves\n1.5 mm cable", ["2 valves", "1.5 mm cable"],
            id="a number is no bullet"),
        ])
def test_things(text, expected):
    assert things(text) == expected


@given(st.lists(st.text(st.characters(categories=['L']), min_size=1)))
def test_things_loses_nothing(words):
    assert things('\n'.join(f"- {w}" for w in words)) == list(
        dict.fromkeys(words))


@pytest.mark.parametrize('text, machines, expected', [
        pytest.param("New seal", {}, None, id="no machine"),
        pytest.param("New seal", {5: ["Lift"]}, 5, id="the only one"),
        pytest.param("New seal", MACHINES, None, id="nobody knows"),
        pytest.param("BOILER: new burner", MACHINES, 3, id="by name"),
        pytest.param("New seal for P-1", MACHINES, 1, id="by code"),
        pytest.param("New seal for P-10", MACHINES, 2, id="by whole code"),
        pytest.param("Boilers", MACHINES, None, id="part of a word"),
        pytest.param("Pump of the pool leaks", MACHINES, 2, id="the longer"),
        pytest.param("Pump and boiler", MACHINES, None, id="two"),
        pytest.param(
            "Pump of the pool, and the pump", MACHINES, None,
            id="the longer and the shorter"),
        pytest.param(
            "2 valves", {1: ["Pump", "1"], 2: ["Fan", "2"]}, None,
            id="how many, not which"),
        pytest.param(
            "Lift 2041", {1: ["Lift", "2040"], 2: ["Hoist", "2041"]}, None,
            id="name and number disagree"),
        pytest.param(
            "Pump", {1: ["Pump"], 2: ["Pump"]}, None, id="same name"),
        ])
def test_machine(text, machines, expected):
    assert machine(text, machines) == expected

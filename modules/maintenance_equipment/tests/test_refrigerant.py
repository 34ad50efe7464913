# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from decimal import Decimal

import pytest

from trytond.modules.maintenance_equipment.refrigerant import (
    BLENDS, SUBSTANCES, co2_equivalent, warming_potential)


@pytest.mark.parametrize('name', BLENDS)
def test_a_blend_is_whole(name):
    assert sum(Decimal(p) for p in BLENDS[name].values()) == 100
    assert BLENDS[name].keys() <= SUBSTANCES.keys()


# What the plates of machines and the tables of the trade say.
@pytest.mark.parametrize('gas,potential', [
        ('r32', 675), ('R-410A', 2088), ('R407C', 1774), ('r-134a', 1430),
        ('R 404A', 3922), ('r507a', 3985), ('r448a', 1387), ('r449a', 1397),
        ('r452a', 2140), ('r454b', 466), ('r513a', 631), ('R-290', 3),
        ('R-744', 1), ('HFC-227ea', 3220), ('r22', 1810), ('r407f', 1825),
        ])
def test_potential(gas, potential):
    assert warming_potential(gas) == potential


@pytest.mark.parametrize('gas,charge,tonnes', [
        ('r410a', '2.4', '5.011'),
        ('r32', '0.9', '0.608'),
        ('r404a', '10', '39.220'),
        ('r717', '50', '0.000'),
        ])
def test_equivalent(gas, charge, tonnes):
    assert co2_equivalent(gas, Decimal(charge)) == Decimal(tonnes)


def test_unknown_gas():
    assert warming_potential('powder') is None
    assert co2_equivalent('water', Decimal(5)) is None

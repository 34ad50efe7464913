# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""How much a charge of refrigerant or extinguishing gas warms the climate.

The global warming potentials are those of Regulation (EU) 517/2014, whose
annexes take the fourth report of the IPCC; that of a blend is the one of its
parts by weight, as its annex IV says.  R-22, which is not in it, has that of
the same report.
"""
from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

# Once the names of the substances, each by its trade name.
SUBSTANCES = {
    'r22': 1810,
    'r23': 14800,
    'r32': 675,
    'r125': 3500,
    'r134a': 1430,
    'r143a': 4470,
    'r227ea': 3220,
    'r290': 3,
    'r600': 4,
    'r600a': 3,
    'r717': 0,
    'r744': 1,
    'r1234yf': 4,
    'r1234ze': 7,
    'r1270': 2,
    }
# The parts of a hundred by weight.
BLENDS: dict[str, dict[str, str]] = {
    'r404a': {'r125': '44', 'r143a': '52', 'r134a': '4'},
    'r407c': {'r32': '23', 'r125': '25', 'r134a': '52'},
    'r407f': {'r32': '30', 'r125': '30', 'r134a': '40'},
    'r410a': {'r32': '50', 'r125': '50'},
    'r448a': {
        'r32': '26', 'r125': '26', 'r1234yf': '20', 'r134a': '21',
        'r1234ze': '7'},
    'r449a': {
        'r32': '24.3', 'r125': '24.7', 'r1234yf': '25.3', 'r134a': '25.7'},
    'r452a': {'r32': '11', 'r125': '59', 'r1234yf': '30'},
    'r452b': {'r32': '67', 'r125': '7', 'r1234yf': '26'},
    'r454b': {'r32': '68.9', 'r1234yf': '31.1'},
    'r454c': {'r32': '21.5', 'r1234yf': '78.5'},
    'r507a': {'r125': '50', 'r143a': '50'},
    'r513a': {'r1234yf': '56', 'r134a': '44'},
    }


def warming_potential(gas: str) -> Decimal | None:
    "Return how many times worse than carbon dioxide the gas is, None unknown"
    name = ''.join(c for c in gas.casefold() if c.isalnum())
    if name.startswith('hfc'):
        name = 'r' + name[3:]
    if name in SUBSTANCES:
        return Decimal(SUBSTANCES[name])
    if name in BLENDS:
        total = sum(
            (Decimal(part) / 100 * SUBSTANCES[substance]
                for substance, part in BLENDS[name].items()), Decimal(0))
        return total.quantize(Decimal(1), ROUND_HALF_UP)
    return None


def co2_equivalent(gas: str, charge: Decimal) -> Decimal | None:
    "Return the tonnes of carbon dioxide like the charge in kilograms"
    potential = warming_potential(gas)
    if potential is None:
        return None
    return (charge * potential / 1000).quantize(
        Decimal('0.001'), ROUND_HALF_UP)

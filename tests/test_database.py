# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from tests.database import best_base, closure

LOW = frozenset({'ir', 'res', 'party'})
BETWEEN = LOW | {'company', 'batch'}
OTHER = LOW | {'company', 'product'}
NEEDED = BETWEEN | {'product', 'checklist'}
LAYERS = [LOW, BETWEEN, OTHER, NEEDED]


def test_base_from_nothing():
    "The modules that take longest are activated once"
    assert best_base(NEEDED, LAYERS, lambda layer: False) == BETWEEN


def test_base_that_is_kept():
    assert best_base(NEEDED, LAYERS, lambda layer: layer == OTHER) == OTHER
    assert best_base(
        NEEDED | {'stock', 'stock_lot'}, [*LAYERS, OTHER | {'stock'}],
        lambda layer: layer == NEEDED) == NEEDED


def test_no_base():
    assert best_base(LOW, LAYERS, lambda layer: True) is None


def test_closure_is_complete():
    found = closure(('maintenance_order',))
    assert {'ir', 'res', 'maintenance_equipment', 'stock'} <= found

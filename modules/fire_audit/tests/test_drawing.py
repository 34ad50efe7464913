# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from decimal import Decimal

import pytest
from defusedxml.ElementTree import fromstring

from trytond.modules.fire_audit.drawing import Bar, bars, ring

SVG = '{http://www.w3.org/2000/svg}'


def test_bars_are_as_long_as_their_value():
    drawing = fromstring(bars(
            [Bar("A < B", 4, 'red'), Bar("C", 1, 'blue')], 'black', 'grey'))
    widths = [
        float(r.get('width')) for r in drawing.iter(f'{SVG}rect')
        if r.get('fill') != 'grey']
    assert widths == [110, 27.5]
    assert [t.text for t in drawing.iter(f'{SVG}text')] == [
        "A < B", '4', "C", '1']


def test_bars_without_findings():
    drawing = fromstring(bars([Bar("A", 0, 'red')], 'black', 'grey'))
    assert [r.get('width') for r in drawing.iter(f'{SVG}rect')] == [
        '110', '0.00']


@pytest.mark.parametrize('ratio', ['0', '.25', '1', '1.5'])
def test_ring_is_drawn_as_far_as_the_ratio(ratio):
    drawing = fromstring(ring(Decimal(ratio), 'green', 'grey', "25 %"))
    done, length = map(
        float, list(drawing.iter(f'{SVG}circle'))[1]
        .get('stroke-dasharray').split())
    assert done / length == pytest.approx(
        min(float(ratio), 1), abs=0.001)

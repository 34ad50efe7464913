# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What people click every day."""
import datetime as dt

import pytest

pytestmark = pytest.mark.browser


def test_call_to_visit(sao):
    today = dt.datetime.now(dt.timezone.utc).date()

    # The dispatcher takes a call, and plans the visit in one step.
    carmen = sao('carmen')
    carmen.menu("Maintenance", "Help Desk", "Tickets")
    carmen.tool('new_')
    carmen.type('subject', "No enfría")
    carmen.choose('party', "Hotel Miramar S.L.")
    assert carmen.value('site').endswith("Hotel Playa")
    carmen.tool('save')
    carmen.button("Confirm")
    carmen.button("Plan Visit")
    carmen.choose('leader', "Pau Martí")
    carmen.type('planned_start', f"{today:%d/%m/%Y} 08:00:00")
    carmen.button("Plan")
    carmen.tool('switch_')
    assert carmen.value('number') == 'PT00001'
    assert not carmen.errors

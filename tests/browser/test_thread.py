# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The month of an installer, clicked by the people who do it."""
import datetime as dt

import pytest

pytestmark = pytest.mark.browser


def test_work_order_to_bank(sao, tmp_path):
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

    # The technician finds it among his visits, reports and lets sign.
    pau = sao('pau')
    pau.menu("Maintenance", "Orders", "My Visits")
    pau.first_row()
    pau.button("Arrive")
    pau.type('work_done', "Condensador sustituido.")
    pau.tool('save')
    pau.button("Finish")
    pau.page_of("Signature")
    pau.type('signer', "Eva Núñez")
    pau.draw()
    pau.tool('save')
    pau.button("Sign")
    pau.page_of("Who Pays")
    pau.screenshot(tmp_path / 'visit.png')
    assert "Mano de obra" in pau.value('summary') or pau.value('summary')
    assert not pau.errors

    # Billing invoices the month and sends the receipts to the bank.
    lucia = sao('lucia')
    lucia.menu("Maintenance", "Contracts", "Invoice Contracts")
    lucia.button("Invoice")
    assert lucia.value('state') == '"done"'
    lucia.menu("Financial", "Remittances", "Choose Receipts")
    lucia.type('until', f"{today + dt.timedelta(days=60):%d/%m/%Y}")
    lucia.button("Show")
    lucia.button("Create")
    lucia.screenshot(tmp_path / 'remittance.png')
    assert not lucia.errors

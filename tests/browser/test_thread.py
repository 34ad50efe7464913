# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""A month of the company, clicked by the people who work in it.

The same thread as the scenario of the work order to the bank: each person
does her part in Sao, and finds there what the others left for her.
"""
import datetime as dt

import pytest

pytestmark = pytest.mark.browser


def test_month(sao):
    # The browser and the company may not agree on the day around midnight.
    today = dt.datetime.now(dt.timezone.utc).date()

    # The dispatcher takes a call, and plans the visit in one step.
    carmen = sao('carmen')
    carmen.menu("Maintenance", "Help Desk", "Tickets")
    carmen.tool('new_')
    carmen.type('subject', "No enfría")
    carmen.choose('party', "Hotel Miramar S.L.")
    carmen.expect('site', "Hotel Playa")
    carmen.choose('equipments', "Split 101")
    carmen.tool('save')
    carmen.button("Confirm")
    carmen.button("Plan Visit")
    carmen.choose('leader', "Pau Martí")
    carmen.type('planned_start', f"{today:%d/%m/%Y} 08:00:00")
    carmen.button("Plan")
    carmen.expect('number', 'PT00001')

    # The technician reports what he did, and the hotel signs on the screen.
    pau = sao('pau', height=900)
    pau.menu("Maintenance", "Orders", "My Visits")
    pau.row('PT00001')
    pau.button("Arrived")
    pau.type('work_done', "Condensador de arranque sustituido.")
    pau.page_of("Lines")
    pau.add('kind')
    pau.select('kind', "Work")
    pau.type('duration', '2:00')
    pau.accept()
    pau.find_row("Mano de obra")
    pau.add('kind')
    pau.select('kind', "Material")
    pau.choose('product', "Condensador")
    pau.accept()
    pau.find_row("Condensador")
    pau.add('kind')
    pau.select('kind', "Call-Out")
    pau.accept()
    pau.find_row("Salida")
    pau.button("Finish")
    pau.page_of("Signature")
    pau.type('signer', "Eva Núñez")
    pau.draw()
    pau.button("Sign")
    assert pau.value('signed_at')
    pau.button("Post")
    pau.expect('state', '"posted"')
    pau.page_of("Who Pays")
    words = pau.value('summary')
    assert "covers 119,00" in words
    assert "Hotel Miramar S.L. pays 23,75" in words

    # The office invoices work and contracts.
    lucia = sao('lucia', height=900)
    for menu in [
            ("Orders", "Invoicing", "Invoice Work"),
            ("Contracts", "Invoice Contracts")]:
        lucia.menu("Maintenance", *menu)
        lucia.accept()
        lucia.expect('state', '"done"')
        lucia.expect('problems_found', '0')
    lucia.menu("Financial", "Invoices", "Customer Invoices")
    lucia.page_of("All")
    lucia.find_row('28,74')
    lucia.find_row('72,60')

    # She takes both receipts to the bank,
    lucia.menu("Financial", "Remittances", "New Remittance")
    lucia.type('until', f"{today + dt.timedelta(60):%d/%m/%Y}")
    lucia.button("Show")
    lucia.expect('count', '2')
    lucia.expect('amount', '101,34')
    lucia.accept()
    lucia.expect('number', 'R00001')
    lucia.button("Generate File")
    lucia.expect('state', '"generated"')

    # and makes the files of the month for the adviser, who finds them there.
    lucia.menu("Financial", "Adviser's Files", "Make Adviser's Files")
    lucia.type('start_date', f"{today.replace(day=1):%d/%m/%Y}")
    lucia.type('end_date', f"{today + dt.timedelta(1):%d/%m/%Y}")
    lucia.accept()
    adviser = sao('asesoria', height=900)
    adviser.menu("Adviser", "Exports")
    adviser.row("Done")
    adviser.expect('state', '"done"')
    assert adviser.find_row('XDIARIO')

    for person in [carmen, pau, lucia, adviser]:
        assert not person.errors


def test_audit(sao):
    # The auditor finds a broken seal,
    ana = sao('ana', height=900)
    ana.menu("Maintenance", "Audits", "Audits")
    ana.tool('new_')
    ana.choose('site', "Hotel Playa")
    ana.page_of("Signatures")
    ana.choose('technical_manager', "Ana Soler")
    ana.tool('save')
    ana.button("Prepare")
    ana.menu("Maintenance", "Checklists", "Checklists")
    ana.row("Extintores")
    ana.check("Extintor 1")
    ana.button("Answer")
    ana.edit('EXT-A08', "Result").select_option(label="Fail")
    ana.edit('EXT-A08', "Note").fill("Precinto roto")
    ana.accept()

    # and in the office passes all the rest, issues the papers and asks for the
    # repair.
    assert not ana.errors
    ana = sao('ana', height=900)
    ana.menu("Maintenance", "Audits", "Audits")
    ana.page_of("In Progress")
    ana.row("Hotel Playa")
    ana.button("The Rest Passes")
    ana.accept()
    ana.button("Complete")
    ana.page_of("Findings")
    ana.find_row("Precinto roto")
    ana.button("Issue")
    ana.accept()
    ana.accept_warnings()
    ana.expect('state', '"issued"')
    ana.button("Ask for Repair")

    # The dispatcher has the next ticket.
    carmen = sao('carmen')
    carmen.menu("Maintenance", "Help Desk", "Tickets")
    carmen.page_of("All")
    carmen.find_row("Repair of the findings of audit 1")

    for person in [carmen, ana]:
        assert not person.errors


def test_scan(sao):
    # A scanner types an address, whose colon Sao would take for a column.
    address = 'https://service.example.com/m/0123456789abcdefghjkmnpq'
    parsed = sao('pau').page.evaluate(
        'text => new Sao.common.DomainParser({}).parse(text)', address)
    assert parsed == [['rec_name', 'ilike', f'%{address}%']]

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The files, byte by byte against worked examples made by hand."""
import datetime as dt
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from trytond.modules.contaplus_export.entries import Entry, Line, VatData
from trytond.modules.contaplus_export.layout import layout, layouts
from trytond.modules.contaplus_export.reader import read
from trytond.modules.contaplus_export.rows import Invoice, Party, Rectified
from trytond.modules.contaplus_export.writer import Writer
from trytond.modules.contaplus_export.xdiario import (
    Options, Subaccount, encoded, subaccount)

DATA = Path(__file__).parent / 'data'
MARCH = dt.date(2026, 3, 31)
APRIL = dt.date(2026, 4, 30)
ZERO = Decimal('0.00')

customer = Party(
    7, "C.P. AVDA. CONSTITUCIÓN 12", tax_id='H12345674', tax_id_kind=1,
    country='ES', street="AVDA. CONSTITUCIÓN 12", city="SEVILLA",
    province="SEVILLA", postal_code='41001')
invoice = Entry(
    move=1, number=1, reference='1', date=MARCH, kind='sales',
    fiscalyear=1,
    invoice=Invoice(1, 'out', 'F/2026-0142', MARCH, 7),
    party=customer, tax_id='H12345674', tax_id_kind=1,
    full_number='F/2026-0142', series='F', digits=20260142,
    issue_date=MARCH, operation_date=MARCH, total=Decimal(1210),
    lines=(
        Line(
            '43000015', Decimal(1210), ZERO, '70500000',
            "N/Fra. F/2026-0142", 'F/2026-0142'),
        Line(
            '47700021', ZERO, Decimal(210), '43000015',
            "N/Fra. F/2026-0142", 'F/2026-0142',
            vat=VatData(
                'issued', 'general', Decimal(21), Decimal(1000),
                Decimal(210), tax=1, letter='G')),
        Line(
            '70500000', ZERO, Decimal(1000), '43000015',
            "N/Fra. F/2026-0142", 'F/2026-0142'),
        ))
payment = Entry(
    move=2, number=2, reference='2', date=APRIL, kind='receipts',
    fiscalyear=1,
    lines=(
        Line(
            '57200001', Decimal(1210), ZERO, '43000015',
            "Cobro fra. F/2026-0142", 'F/2026-0142'),
        Line(
            '43000015', ZERO, Decimal(1210), '57200001',
            "Cobro fra. F/2026-0142", 'F/2026-0142'),
        ))
credit_note = Entry(
    move=3, number=3, reference='3', date=dt.date(2026, 4, 15),
    kind='sales', fiscalyear=1,
    invoice=Invoice(
        2, 'out', 'R/2026-0003', dt.date(2026, 4, 15), 7, credit_note=True,
        rectified=(Rectified('F20260142', MARCH, Decimal(1000)),)),
    party=customer, tax_id='H12345674', tax_id_kind=1,
    full_number='R/2026-0003', series='R', digits=20260003,
    issue_date=dt.date(2026, 4, 15), operation_date=dt.date(2026, 4, 15),
    total=Decimal(-605),
    lines=(
        Line(
            '47700021', ZERO, Decimal(-105), '43000015',
            "Abono R/2026-0003", 'R/2026-0003',
            vat=VatData(
                'issued', 'general', Decimal(21), Decimal(-500),
                Decimal(-105), tax=1, letter='G')),
        ))


PLAIN = Options()


def written(name, *entries, options=PLAIN):
    writer = Writer(layout(name))
    return b''.join(encoded(writer, e, options) for e in entries)


def test_widths():
    assert {n: x.length for n, x in layouts().items() if x.fixed} == {
        'txt-32': 297, 'txt-98': 1189, 'sub-161': 161, 'sub-448': 448}
    assert len(layout('csv-116').fields) == 116
    assert len(layout('csv-142').fields) == 142


@pytest.mark.parametrize('name, start, end', [
        ('SubCta', 15, 26), ('Contra', 27, 38), ('Concepto', 55, 79),
        ('Factura', 96, 103), ('IVA', 120, 124), ('MonedaUso', 238, 238),
        ('EuroDebe', 239, 254), ('EuroHaber', 255, 270),
        ('BaseEuro', 271, 286), ('NumeroInv', 288, 297),
        ('TerNif', 723, 737), ('FacturaEx', 829, 868),
        ('L340', 911, 911), ('nCobrPago', 1174, 1189)])
def test_places(name, start, end):
    field = layout('txt-98').field(name)
    assert (field.start, field.end) == (start, end)


def test_txt_32():
    golden = (DATA / 'txt-32.txt').read_bytes()
    assert written('txt-32', invoice, payment) == golden


def test_txt_98():
    # The example shows the first two lines of the invoice and the bank's.
    golden = (DATA / 'txt-98.txt').read_bytes()
    assert written(
        'txt-98', replace(invoice, lines=invoice.lines[:2]),
        replace(payment, lines=payment.lines[:1]), credit_note) == golden


def test_csv_142():
    golden = (DATA / 'csv-142.csv').read_bytes()
    assert written(
        'csv-142', replace(invoice, lines=invoice.lines[1:2]),
        options=Options(sii=True)) == golden


def test_csv_116_is_the_beginning_of_142():
    long = written('csv-142', invoice).splitlines()
    short = written('csv-116', invoice).splitlines()
    for one, other in zip(short, long):
        spelled = one.replace(b'.T.', b'TRUE').replace(b'.F.', b'FALSE')
        assert spelled.split(b';') == other.split(b';')[:116]


def test_xsubcta():
    golden = (DATA / 'sub-448.txt').read_bytes()
    values = subaccount(Subaccount(
            '43000015', "C.P. AVDA. CONSTITUCIÓN 12", party=customer))
    values['TituloL'] = "COMUNIDAD DE PROPIETARIOS AVDA. CONSTITUCIÓN 12"
    line = Writer(layout('sub-448')).line(values)
    assert line.encode('cp1252') == golden
    short = Writer(layout('sub-161')).line(values)
    assert short.rstrip('\r\n') == line[:161]


def test_read_back():
    for name in ['txt-32', 'txt-98', 'csv-116', 'csv-142']:
        lines = list(read(
                written(name, invoice, payment, credit_note), layout(name)))
        assert [line.values['Asien'] for line in lines] == [
            1, 1, 1, 2, 2, 3]
        vat = lines[1].values
        assert vat['EuroHaber'] == Decimal(210)
        assert vat['BaseEuro'] == Decimal(1000)
        assert vat['IVA'] == Decimal(21)
        assert vat['Contra'] == '43000015'
        assert vat['Fecha'] == MARCH


def test_more_digits_than_a_rectified_number_holds():
    entry = replace(
        credit_note, invoice=replace(
            credit_note.invoice, rectified=(
                Rectified('F/2026-01420', MARCH, Decimal(1000)),)))
    line, = read(written('csv-142', entry), layout('csv-142'))
    assert line.values['Factu_RT'] == 0
    assert line.values['FactuEx_RT'] == 'F/2026-01420'


def test_several_rectified_invoices_are_left_empty():
    entry = replace(
        credit_note, invoice=replace(
            credit_note.invoice, rectified=(
                Rectified('F1', MARCH, Decimal(1)),
                Rectified('F2', MARCH, Decimal(2)))))
    line, = read(written('txt-98', entry), layout('txt-98'))
    assert line.values['Rectifica'] is True
    assert line.values['Fecha_RT'] is None

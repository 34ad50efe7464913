# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The files, byte by byte against worked examples made by hand."""
import csv
import datetime as dt
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from trytond.modules.contaplus_export.entries import Entry, Line, VatData
from trytond.modules.contaplus_export.layout import layout, layouts
from trytond.modules.contaplus_export.reader import column_sums, read
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


def places(table):
    "Return the fields as the descriptions of the program give them"
    with open(DATA / 'places.csv', encoding='utf-8', newline='') as file:
        return [
            (int(r['number']), r['name'], r['type'], int(r['width']),
                int(r['decimals']), int(r['start']), int(r['end']))
            for r in csv.DictReader(file) if r['table'] == table]


@pytest.mark.parametrize('name, table', [
        ('csv-142', 'xdiario'), ('sub-448', 'xsubcta')])
def test_every_place(name, table):
    assert [
        (f.number, f.name, f.type, f.width, f.decimals, f.start, f.end)
        for f in layout(name).fields] == places(table)


@pytest.mark.parametrize('name', ['txt-32', 'txt-98', 'sub-161', 'sub-448'])
def test_what_is_in_each_place(name):
    "Cut a file at the described places: only what may be there is there"
    form = layout(name)
    data = written_subaccount(name) if form.table == 'xsubcta' else written(
        name, invoice, payment, credit_note)
    lines = data.decode('cp1252').split('\r\n')
    assert lines.pop() == ''
    for line in lines:
        for _, field, type, width, decimals, start, end in (
                places(form.table)[:len(form.fields)]):
            cell = line[start - 1:end]
            assert len(cell) == width, field
            if type == 'N':
                # Right aligned, a point, no sign of thousands.
                assert cell == cell.strip().rjust(width), field
                assert str(Decimal(cell.strip()).quantize(
                        Decimal(1).scaleb(-decimals))) == cell.strip(), field
            elif type == 'D':
                assert not cell.strip() or dt.datetime.strptime(
                    cell, '%Y%m%d'), field
            elif type == 'L':
                assert cell in {'T', 'F'}, field
            else:
                assert not cell.startswith(' ') or not cell.strip(), field


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


def test_csv_116():
    golden = (DATA / 'csv-116.csv').read_bytes()
    assert written(
        'csv-116', replace(invoice, lines=invoice.lines[1:2]),
        options=Options(sii=True)) == golden


def written_subaccount(name):
    values = subaccount(Subaccount(
            '43000015', "C.P. AVDA. CONSTITUCIÓN 12", party=customer))
    values['TituloL'] = "COMUNIDAD DE PROPIETARIOS AVDA. CONSTITUCIÓN 12"
    return Writer(layout(name)).line(values).encode('cp1252')


@pytest.mark.parametrize('name, file', [
        ('sub-161', 'sub-161.txt'), ('sub-448', 'sub-448.txt'),
        ('sub-csv-12', 'sub-csv-12.csv'), ('sub-csv-35', 'sub-csv-35.csv')])
def test_xsubcta(name, file):
    assert written_subaccount(name) == (DATA / file).read_bytes()


@pytest.mark.parametrize('encoding', ['cp1252', 'cp850', 'utf-8'])
@pytest.mark.parametrize('line_end', ['\r\n', '\n'])
@pytest.mark.parametrize('name', ['txt-32', 'txt-98', 'csv-116', 'csv-142'])
def test_spelling(tmp_path, name, line_end, encoding):
    "The same entry in any spelling reads and adds up the same"
    form = layout(name).spelled(
        encoding=encoding, line_end=line_end, logical=('.T.', '.F.'))
    accented = replace(invoice, lines=tuple(
            replace(li, text="Ñandú €") for li in invoice.lines))
    writer = Writer(form)
    data = encoded(writer, accented, PLAIN)
    assert data.count(line_end.encode()) == 3
    assert (b'\r' in data) == (line_end == '\r\n')
    assert (b'.F.' in data) == (not form.fixed)
    lines = [line.values for line in read(data, form)]
    assert lines[0]['Concepto'] == (
        "Ñandú ?" if encoding == 'cp850' else "Ñandú €")
    assert [li['EuroDebe'] for li in lines] == [1210, 0, 0]
    path = tmp_path / 'file'
    path.write_bytes(data)
    assert column_sums(path, form, ['EuroDebe', 'EuroHaber', 'BaseEuro']) == {
        'EuroDebe': 1210, 'EuroHaber': 1210, 'BaseEuro': 1000}


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


def test_rectified_number_with_signs_that_look_like_digits():
    entry = replace(
        credit_note, invoice=replace(
            credit_note.invoice, rectified=(
                Rectified('F²12', MARCH, Decimal(1000)),)))
    line, = read(written('csv-142', entry), layout('csv-142'))
    assert line.values['Factu_RT'] == 12


def test_several_rectified_invoices_are_left_empty():
    entry = replace(
        credit_note, invoice=replace(
            credit_note.invoice, rectified=(
                Rectified('F1', MARCH, Decimal(1)),
                Rectified('F2', MARCH, Decimal(2)))))
    line, = read(written('txt-98', entry), layout('txt-98'))
    assert line.values['Rectifica'] is True
    assert line.values['Fecha_RT'] is None

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Samples, and the files for other programs than ContaPlus."""
import csv
import datetime as dt
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import load_workbook

from trytond.modules.contaplus_export.contaplus import ContaPlus
from trytond.modules.contaplus_export.entries import Entry, Line, VatData
from trytond.modules.contaplus_export.layout import layout
from trytond.modules.contaplus_export.neutral import Neutral
from trytond.modules.contaplus_export.reader import read
from trytond.modules.contaplus_export.rows import (
    Invoice, Party, Rectified, Year)
from trytond.modules.contaplus_export.sample import compare, look
from trytond.modules.contaplus_export.suenlace import A3, entry_records, split
from trytond.modules.contaplus_export.target import Setting
from trytond.modules.contaplus_export.writer import transliterate
from trytond.modules.contaplus_export.xdiario import Options, Subaccount

DATA = Path(__file__).parent / 'data'
ZERO = Decimal(0)
MARCH = dt.date(2026, 3, 31)
party = Party(7, "Hotel; S.L.", tax_id='B01000009', tax_id_kind=1)
VAT = VatData(
    'issued', 'general', Decimal(21), Decimal('300.01'), Decimal('63.00'),
    tax=1, letter='G')
entry = Entry(
    move=1, number=1, reference='1', date=MARCH, kind='sales', fiscalyear=1,
    invoice=Invoice(1, 'out', 'F0001', MARCH, 7), party=party,
    tax_id='B01000009', tax_id_kind=1, full_number='F0001', series='F',
    digits=1, issue_date=MARCH, operation_date=MARCH,
    total=Decimal('363.01'), lines=(
        Line('43000001', Decimal('363.01'), ZERO, '', "N/Fra. F0001",
            'F0001', "Hotel; S.L.", party=party, personal=True),
        Line('47700021', ZERO, Decimal('63.00'), '43000001',
            "N/Fra. F0001", 'F0001', "IVA 21%", vat=VAT),
        Line('70500000', ZERO, Decimal('100.01'), '43000001',
            "N/Fra. F0001", 'F0001', "Servicios",
            bases=((1, Decimal('100.01')),)),
        Line('70000000', ZERO, Decimal('200.00'), '43000001',
            "N/Fra. F0001", 'F0001', "Ventas",
            bases=((1, Decimal('200.00')),)),
        ))


def setting(folder, **values):
    return Setting(
        folder=folder, options=Options(), encoding='cp1252',
        line_end='\r\n', company_code='7',
        years={1: Year(1, '2026', MARCH, MARCH)}, **values)


def test_a3(tmp_path):
    target = A3(setting(tmp_path))
    target.add(entry)
    output, = target.close([])
    header, first, second, end = output.path.read_bytes().split(b'\r\n')
    assert end == b''
    assert [len(x) for x in [header, first, second]] == [254] * 3
    assert header[:15] == b'400007202603311'
    assert header[15:27].rstrip() == b'43000001'
    assert header[57:69] == b'1F0001     I'
    assert header[99:113] == b'+0000000363.01'
    assert header[175:189].rstrip() == b'B01000009'
    assert header[236:254] == b'2026033120260331EN'
    assert first[14:27].rstrip() == b'970500000'
    assert first[68:69] == b'M' and second[68:69] == b'U'
    assert first[99:134] == b'01+0000000100.0121.00+0000000021.00'
    assert second[99:134] == b'01+0000000200.0021.00+0000000042.00'
    assert first[191:203].rstrip() == b'47700021'
    assert first[252:254] == b'EN'


full_name = "C.P. AVDA. CONSTITUCIÓN 12"
community = Party(
    7, full_name, tax_id='H12345674', tax_id_kind=1, country='ES',
    street="AVDA. CONSTITUCIÓN 12", city="SEVILLA", province="SEVILLA",
    postal_code='41001', email='cp@example.com')


def sale(number, date, base, credit_note=False, rectified=()):
    base = Decimal(base)
    tax = base * Decimal('0.21')
    text = f'{"Abono" if credit_note else "N/Fra."} {number}'
    return Entry(
        move=1, number=3 if credit_note else 1, reference='17', date=date,
        kind='sales', fiscalyear=1, party=community, tax_id='H12345674',
        invoice=Invoice(
            1, 'out', number, date, 7, credit_note=credit_note,
            rectified=rectified),
        tax_id_kind=1, full_number=number, series=number[0],
        issue_date=date, operation_date=date, total=base + tax, lines=(
            Line('43000015', base + tax, ZERO, '70500000', text, number,
                full_name, party=community, personal=True),
            Line('47700021', ZERO, tax, '43000015', text, number, "IVA 21%",
                vat=VatData(
                    'issued', 'general', Decimal(21), base, tax, tax=1,
                    letter='G')),
            Line('70500000', ZERO, base, '43000015', text, number,
                "Prestaciones de servicios", bases=((1, base),),
                analytic=('ALC', 'OBRA7')),
            ))


MONTH = [
    sale('F/2026-0142', MARCH, '1000.00'),
    Entry(
        move=2, number=2, reference='18', date=dt.date(2026, 4, 30),
        kind='receipts', fiscalyear=1, party=community, tax_id='H12345674',
        tax_id_kind=1, lines=(
            Line('57200001', Decimal('1210.00'), ZERO, '43000015',
                "Cobro fra. F/2026-0142", 'F/2026-0142', "Banco"),
            Line('43000015', ZERO, Decimal('1210.00'), '57200001',
                "Cobro fra. F/2026-0142", 'F/2026-0142', full_name,
                party=community, personal=True),
            )),
    sale('R/2026-0003', dt.date(2026, 4, 15), '-500.00', credit_note=True,
        rectified=(Rectified('F/2026-0142', MARCH, Decimal('1000.00')),)),
    ]
SUBACCOUNTS = [
    Subaccount('43000015', full_name, party=community),
    Subaccount('47700021', "IVA 21%", rate=Decimal(21), letter='G'),
    ]


@pytest.mark.parametrize('program, files', [
        (A3, ['SUENLACE.DAT']),
        (Neutral, ['ENTRIES.CSV', 'VAT.CSV', 'SUBACCOUNTS.CSV'])])
def test_golden(tmp_path, program, files):
    "An invoice, its collection and its credit note, byte by byte"
    target = program(setting(tmp_path))
    for made in MONTH:
        target.add(made)
    outputs = {o.name: o.path for o in target.close(SUBACCOUNTS)}
    for name in files:
        golden = (DATA / name.lower()).read_bytes()
        assert outputs[name].read_bytes() == golden, name


def test_years_go_to_files_of_their_own(tmp_path):
    "The programs take one year at a time"
    years = {
        n: Year(n, str(2025 + n), dt.date(2025 + n, 1, 1),
            dt.date(2025 + n, 12, 31)) for n in [1, 2]}
    target = ContaPlus(replace(
            setting(tmp_path), years=years, layout=layout('txt-98'),
            subaccount_layout=layout('sub-448')))
    target.add(MONTH[0])
    target.add(replace(
            MONTH[1], fiscalyear=2, date=dt.date(2027, 1, 2)))
    outputs = target.close(SUBACCOUNTS)
    assert [(o.name, o.lines) for o in outputs] == [
        ('XDIARIO-2026.TXT', 3), ('XDIARIO-2027.TXT', 2),
        ('XSUBCTA.TXT', 2)]
    assert target.sums(outputs) == {
        'debit': 2420, 'credit': 2420, 'base': 1000}
    for output in outputs[:2]:
        lines = list(read(output.path.read_bytes(), layout('txt-98')))
        assert len({li.values['Fecha'].year for li in lines}) == 1


@pytest.mark.parametrize('base, kept', [('1000', 150), ('-1000', -150)])
def test_a3_keeps_back(base, kept):
    "What is kept back of a credit note is given back"
    made = sale('F1', MARCH, base, credit_note=kept < 0)
    person, vat, income = made.lines
    made = replace(made, lines=(
            replace(person, debit=person.debit - kept), vat,
            Line('47300000', Decimal(kept), ZERO, withholding=Decimal(15)),
            replace(income, bases=((1, Decimal(base)),))))
    (_, header), (_, detail) = entry_records(made, '7')
    assert detail['CuotaRetencion'] == kept
    assert header['Total'] == (
        detail['Base'] + detail['CuotaIva'] - detail['CuotaRetencion'])


def test_a3_says_what_it_cannot_tell(tmp_path):
    target = A3(setting(tmp_path))
    abroad = replace(entry, lines=(
            entry.lines[0],
            replace(entry.lines[1], vat=replace(VAT, kind='intra_goods')),
            *entry.lines[2:]))
    assert target.limits(entry) is None
    assert target.limits(abroad) == 'plain_lines'
    target.add(abroad)
    output, = target.close([])
    lines = output.path.read_bytes().split(b'\r\n')[:-1]
    assert [x[14:15] + x[57:58] for x in lines] == [
        b'0D', b'0H', b'0H', b'0H']
    assert [x[68:69] for x in lines] == [b'I', b'M', b'M', b'U']


@pytest.mark.parametrize('amount', ['0.01', '-0.05', '63.00', '100'])
def test_split_adds_up(amount):
    amount = Decimal(amount)
    weights = [Decimal(1), Decimal(1), Decimal(1), Decimal('0.5')]
    assert sum(split(amount, weights)) == amount


def test_neutral(tmp_path):
    target = Neutral(setting(tmp_path))
    target.add(entry)
    outputs = {
        o.name: o for o in target.close([
                Subaccount('43000001', party.name, party=party)])}
    assert sorted(outputs) == [
        'BOOKS.XLSX', 'ENTRIES.CSV', 'SUBACCOUNTS.CSV', 'VAT.CSV']

    def rows(name):
        with open(
                outputs[name].path, encoding='cp1252', newline='') as file:
            return list(csv.DictReader(file, delimiter=';'))

    lines = rows('ENTRIES.CSV')
    assert sum(
        Decimal(r['debit']) - Decimal(r['credit']) for r in lines) == 0
    vat, = rows('VAT.CSV')
    assert (vat['base'], vat['rate'], vat['name']) == (
        '300.01', '21.00', "Hotel; S.L.")
    # Another program than that which wrote it opens it.
    book = load_workbook(outputs['BOOKS.XLSX'].path)
    assert sorted(book.sheetnames) == ['entries', 'subaccounts', 'vat']
    titles, *cells = book['entries'].values
    assert list(titles) == list(lines[0])
    assert [dict(zip(titles, c))['date'].date().isoformat() for c in cells] \
        == [line['date'] for line in lines]
    titles, cells = book['vat'].values
    found = dict(zip(titles, cells))
    assert (found['base'], found['rate'], found['name']) == (
        300.01, 21, "Hotel; S.L.")


def test_characters_keep_the_width():
    text, replaced = transliterate("Łódź “1”\tñ€\u202f漢", 'cp1252')
    assert len(text) == len("Łódź “1”\tñ€\u202f漢")
    assert text == "Lódz “1” ñ€ ?"
    assert 'Ł' in replaced and '漢' in replaced


@pytest.mark.parametrize('name, file', [
        ('txt-32', 'txt-32.txt'), ('txt-98', 'txt-98.txt'),
        ('csv-142', 'csv-142.csv')])
def test_sample(name, file):
    sample = look((DATA / file).read_bytes())
    assert sample.layouts == (name,)
    assert sample.code_lengths == (8,)
    assert not compare(
        sample, layout(name), 8, 'cp1252', 'crlf', 'word')


def test_sample_of_another_program():
    data = (DATA / 'csv-142.csv').read_bytes()
    data = data.decode('cp1252').replace('TRUE', '.T.').replace(
        'FALSE', '.F.').replace('\r\n', '\n').encode('cp850')
    sample = look(data)
    differences = compare(
        sample, layout('csv-142'), 9, 'cp1252', 'crlf', 'word')
    assert {d.code: d.found for d in differences} == {
        'code_length': '8', 'encoding': 'cp850', 'line_end': 'lf',
        'logical': 'dotted'}


@pytest.mark.parametrize('length, last', [
        (1242, (101, 'lDevoluIVA')), (911, (76, 'L340')), (300, None)])
def test_sample_of_a_length_between(length, last):
    sample = look((b' ' * length + b'\r\n') * 2)
    assert sample.layouts == ()
    assert sample.last_field == last


def test_sample_that_nobody_knows():
    sample = look(b'x' * 300 + b'\r\n')
    assert sample.layouts == ()
    assert [d.code for d in compare(
            sample, layout('txt-32'), 8, 'cp1252', 'crlf', 'letter')
        ] == ['length']

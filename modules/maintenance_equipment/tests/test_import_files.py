# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
import io
import zipfile
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from trytond.modules.maintenance_equipment.import_values import (
    CellError, Column, Problem, Style, check_titles, parse, parse_date,
    parse_number, understand)
from trytond.modules.maintenance_equipment.table_file import (
    Row, Table, TableError, read)


def workbook(**replaced):
    "Return a workbook, some of whose parts are replaced"
    book = Workbook()
    sheet = book.active
    for cell, value in {
            'A1': "Serial", 'B1': "Weight", 'D1': "Made", 'E1': "Seen",
            'A3': 4711.0, 'B3': 6.5, 'D3': dt.date(2025, 12, 31),
            'E3': dt.datetime(2026, 1, 2, 9, 30)}.items():
        sheet[cell] = value
    sheet['D3'].number_format = 'dd/mm/yyyy'
    written, output = io.BytesIO(), io.BytesIO()
    book.save(written)
    with zipfile.ZipFile(written) as source, \
            zipfile.ZipFile(output, 'w') as archive:
        for name in source.namelist():
            archive.writestr(name, replaced.get(name, source.read(name)))
    return output.getvalue()


@pytest.mark.parametrize('content,encoding', [
        ("Serie;Año\nA1;2020\n\nB2;2021\n".encode(), 'utf-8'),
        ("\ufeffSerie,Año\r\nA1,2020\r\n\r\nB2,2021".encode(), 'utf-8'),
        ("Serie\tAño\nA1\t2020\n;\nB2\t2021".encode('cp1252'), 'cp1252'),
        ("Serie|Año\nA1|2020\n|\nB2|2021".encode('utf-16'), 'utf-8'),
        ])
def test_csv_of_any_program(content, encoding):
    table = read(content.replace(b'\n;\n', b'\n\t\n'), encoding)
    assert table.titles == ('Serie', 'Año')
    assert table.rows == (
        Row(2, {'Serie': 'A1', 'Año': '2020'}),
        Row(4, {'Serie': 'B2', 'Año': '2021'}))


def test_line_break_in_a_cell_keeps_the_numbers_of_rows():
    table = read(b'Name,Notes\nA,"one\ntwo"\nB,three\n')
    assert [r.number for r in table.rows] == [2, 4]


def test_xlsx():
    table = read(workbook())
    assert table.titles == ('Serial', 'Weight', 'Made', 'Seen')
    assert table.rows == (Row(3, {
                'Serial': '4711', 'Weight': '6.5', 'Made': '2025-12-31',
                'Seen': '2026-01-02 09:30:00'}),)


@pytest.mark.parametrize('content,code', [
        (b'', 'empty'),
        (b'Serial;Name\n', 'empty'),
        ("Serial;Año\nA;Ñ\n".encode('cp1252'), 'encoding'),
        (b'Serial;Serial\nA;B\n', 'titles'),
        (b'Serial\n\0\n', 'binary'),
        (b'\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1' + bytes(512), 'old_excel'),
        (b'PK\x03\x04 but no archive', 'xlsx'),
        (workbook(**{'xl/workbook.xml': '<workbook'}), 'xlsx'),
        ])
def test_one_answer_for_what_is_no_table(content, code):
    with pytest.raises(TableError) as error:
        read(content)
    assert error.value.code == code


def test_encoding_names_the_line():
    with pytest.raises(TableError) as error:
        read("Name\nGood\nMuñoz\n".encode('cp1252'))
    assert error.value.arguments['line'] == 3


def test_xlsx_with_entities_is_refused():
    name = 'xl/worksheets/sheet1.xml'
    with zipfile.ZipFile(io.BytesIO(workbook())) as archive:
        sheet = archive.read(name)
    with pytest.raises(TableError):
        read(workbook(**{
                    name: b'<!DOCTYPE x [<!ENTITY a "b">]>' + sheet}))


@pytest.mark.parametrize('text,decimal,number', [
        ('1.234,5', ',', '1234.5'), ('1,234.5', '.', '1234.5'),
        ('1.234', ',', '1234'), ('3.5', ',', '3.5'), ('-7', ',', '-7'),
        ('1 234,50', ',', '1234.50'), ("1'000", '.', '1000'),
        ])
def test_numbers(text, decimal, number):
    assert parse_number(text, decimal) == Decimal(number)


@pytest.mark.parametrize('text,order,date', [
        ('31/12/2026', 'dmy', dt.datetime(2026, 12, 31)),
        ('12/31/26', 'mdy', dt.datetime(2026, 12, 31)),
        ('2026-12-31', 'dmy', dt.datetime(2026, 12, 31)),
        ('1.2.98', 'dmy', dt.datetime(1998, 2, 1)),
        ('2026-12-31 10:30:15', 'dmy', dt.datetime(2026, 12, 31, 10, 30, 15)),
        ])
def test_dates(text, order, date):
    assert parse_date(text, order) == date


@pytest.mark.parametrize('text,kind,code', [
        ('six', 'numeric', 'number'), ('NaN', 'numeric', 'number'),
        ('1,5', 'integer', 'integer'), ('31/02/2026', 'date', 'date'),
        ('soon', 'date', 'date'), ('perhaps', 'boolean', 'boolean'),
        ('CO3', 'selection', 'selection'),
        ])
def test_what_is_not_understood(text, kind, code):
    with pytest.raises(CellError) as error:
        parse(text, kind, selection=[('co2', "CO2")])
    assert error.value.code == code


@given(st.decimals(
        allow_nan=False, allow_infinity=False, places=2,
        min_value=-10**9, max_value=10**9))
def test_written_numbers_are_read_again(number):
    spanish = f'{number:,}'.translate(str.maketrans(',.', '.,'))
    assert parse_number(spanish, ',') == number
    assert parse_number(f'{number:,}', '.') == number


@given(st.dates(dt.date(1970, 1, 1), dt.date(2069, 12, 31)))
def test_written_dates_are_read_again(date):
    for text, order in [
            (date.isoformat(), 'dmy'), (date.strftime('%d/%m/%Y'), 'dmy'),
            (date.strftime('%m-%d-%y'), 'mdy')]:
        assert parse(text, 'date', Style(dates=order)) == date


COLUMNS = [
    Column("Serial", 'serial', required=True),
    Column("Weight", 'weight', 'numeric'),
    Column("", 'kind', 'selection', default="machine",
        selection=(('machine', "Machine"),)),
    ]


def test_missing_columns_are_named_once():
    with pytest.raises(TableError) as error:
        check_titles(read(b'Serie;Peso\nA;1\n'), COLUMNS)
    assert error.value.code == 'columns'
    assert error.value.arguments == {
        'missing': "Serial, Weight", 'titles': "Serie, Peso"}
    with pytest.raises(TableError) as error:
        check_titles(read(b'Serial;Peso\nA;1\n'), COLUMNS)
    assert error.value.code == 'column'
    assert error.value.arguments['missing'] == "Weight"
    check_titles(read(b'SERIAL ; weight\nA;1\n'), COLUMNS)


def test_every_bad_row_is_named_and_the_good_ones_go_on():
    rows = tuple(
        Row(i, {'Serial': f'S{i}', 'Weight': 'x' if i % 2 else '6'})
        for i in range(2, 1002))
    records, problems = understand(
        Table(('Serial', 'Weight'), rows), COLUMNS, Style())
    assert len(records) == 500
    assert records[0].values == {
        'serial': 'S2', 'weight': 6, 'kind': 'machine'}
    assert len(problems) == 500
    assert problems[0] == Problem(3, 'Weight', 'x', 'number')


def test_required_cell():
    _, problems = understand(
        read(b'Serial;Weight\n;6\n'), COLUMNS, Style())
    assert problems == [Problem(2, 'Serial', '', 'required')]

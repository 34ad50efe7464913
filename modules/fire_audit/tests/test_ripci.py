# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from decimal import Decimal
from pathlib import Path

import pytest

from trytond.modules.fire_audit.ripci import Check, Problem, Text, read

DATA = Path(__file__).parents[1] / 'data' / 'ripci_checklists.csv'
HEAD = (
    'equipment_class_code,equipment_class_es,equipment_class_en,period,'
    'performer,check_code,check_es,check_en,answer_type,unit,min,max,'
    'severity,source_ref')
GOOD = (
    'BIE,BIE,Hose reels,12,maintainer|manufacturer,BIE-A18,Presión,'
    'Pressure,numeric,bar,4,9,critical,RIPCI:I.1.5.4')


def read_data(classes=None):
    with DATA.open(encoding='utf-8') as lines:
        return read(lines, classes)


def test_the_whole_table_is_right():
    sheets, problems = read_data()
    assert problems == []
    assert sum(len(s.checks) for s in sheets) == 411
    assert len({s.class_code for s in sheets}) == 29
    codes = [c.code for s in sheets for c in s.checks]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize('code,number,performer', [
        ('EXT-3', 12, 'user'),
        ('EXT-12', 15, 'maintainer'),
        ('EXT-60', 6, 'maintainer'),
        ('BIE-12', 24, 'maintainer'),
        ('OCA-120', 5, 'oca'),
        ])
def test_checks_and_performer(code, number, performer):
    sheets, _ = read_data(frozenset({code.split('-')[0]}))
    sheet, = [s for s in sheets if s.code == code]
    assert (len(sheet.checks), sheet.performer) == (number, performer)


def test_row():
    sheets, problems = read([HEAD, GOOD])
    assert problems == []
    sheet, = sheets
    assert sheet.class_name == Text('Hose reels', 'BIE')
    assert sheet.checks == (
        Check('BIE-A18', Text('Pressure', 'Presión'), 'number', 'critical',
            'bar', Decimal(4), Decimal(9), 'RIPCI:I.1.5.4'),)


@pytest.mark.parametrize('old,new,column', [
        (',12,', ',yearly,', 'period'),
        (',12,', ',0,', 'period'),
        ('numeric', 'guess', 'answer_type'),
        ('critical', 'awful', 'severity'),
        (',4,', ',four,', 'min'),
        ('maintainer|manufacturer', 'anybody', 'performer'),
        ('BIE-A18', '', 'check_code'),
        ])
def test_wrong_rows_are_told(old, new, column):
    sheets, problems = read([HEAD, GOOD, GOOD.replace(old, new)])
    assert [(p.row, p.column) for p in problems] == [(3, column)]
    assert isinstance(problems[0], Problem)
    assert len(sheets[0].checks) == 1

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""A workbook written row by row, as small as the format allows."""
import datetime as dt
import zipfile
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from xml.sax.saxutils import escape

from .writer import Value

_MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
_RELATIONS = (
    'http://schemas.openxmlformats.org/officeDocument/2006/relationships')
_PACKAGE = 'http://schemas.openxmlformats.org/package/2006'
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_EPOCH = dt.date(1899, 12, 30)
_PLAIN, _DATE, _MONEY, _BOLD = range(4)
_STYLES = (
    f'{_HEAD}<styleSheet xmlns="{_MAIN}">'
    '<fonts count="2"><font/><font><b/></font></fonts>'
    '<fills count="1"><fill/></fills><borders count="1"><border/></borders>'
    '<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="4"><xf/>'
    '<xf numFmtId="14" applyNumberFormat="1"/>'
    '<xf numFmtId="4" applyNumberFormat="1"/>'
    '<xf fontId="1" applyFont="1"/></cellXfs></styleSheet>')

Sheet = tuple[str, Sequence[str], Iterable[Sequence[Value]]]


def write(path: Path, sheets: Sequence[Sheet]) -> None:
    "Write the sheets: name, header, rows"
    with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as book:
        for number, (_, header, rows) in enumerate(sheets, 1):
            with book.open(f'xl/worksheets/sheet{number}.xml', 'w') as file:
                file.write((
                        f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetData>'
                        ).encode())
                file.write(_row(header, _BOLD))
                for row in rows:
                    file.write(_row(row))
                file.write(b'</sheetData></worksheet>')
        names = [s[0] for s in sheets]
        book.writestr('xl/workbook.xml', _workbook(names))
        book.writestr('xl/styles.xml', _STYLES)
        book.writestr('xl/_rels/workbook.xml.rels', _sheet_relations(names))
        book.writestr('_rels/.rels', _relations([
                    ('rId1', 'officeDocument', 'xl/workbook.xml')]))
        book.writestr('[Content_Types].xml', _types(names))


def _row(row: Sequence[Value], style: int = _PLAIN) -> bytes:
    return (f'<row>{"".join(_cell(v, style) for v in row)}</row>').encode()


def _cell(value: Value, style: int) -> str:
    if value is None or value == '':
        return '<c/>'
    elif isinstance(value, bool):
        return f'<c t="b"><v>{int(value)}</v></c>'
    elif isinstance(value, Decimal):
        return f'<c s="{_MONEY}"><v>{value}</v></c>'
    elif isinstance(value, int):
        return f'<c><v>{value}</v></c>'
    elif isinstance(value, dt.date):
        return f'<c s="{_DATE}"><v>{(value - _EPOCH).days}</v></c>'
    text = escape(''.join(c for c in value if c.isprintable()))
    return (
        f'<c t="inlineStr" s="{style}"><is>'
        f'<t xml:space="preserve">{text}</t></is></c>')


def _workbook(names: Sequence[str]) -> str:
    sheets = ''.join(
        f'<sheet name="{escape(name)}" sheetId="{i}" r:id="rId{i}"/>'
        for i, name in enumerate(names, 1))
    return (
        f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}">'
        f'<sheets>{sheets}</sheets></workbook>')


def _sheet_relations(names: Sequence[str]) -> str:
    sheets = [
        (f'rId{i}', 'worksheet', f'worksheets/sheet{i}.xml')
        for i in range(1, len(names) + 1)]
    return _relations([*sheets, ('rIdS', 'styles', 'styles.xml')])


def _relations(targets: Sequence[tuple[str, str, str]]) -> str:
    items = ''.join(
        f'<Relationship Id="{id}" Type="{_RELATIONS}/{kind}" '
        f'Target="{target}"/>' for id, kind, target in targets)
    return (
        f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
        f'{items}</Relationships>')


def _types(names: Sequence[str]) -> str:
    kind = 'application/vnd.openxmlformats-officedocument.spreadsheetml'
    parts = [('/xl/workbook.xml', 'sheet.main'), ('/xl/styles.xml', 'styles')]
    parts += [
        (f'/xl/worksheets/sheet{i}.xml', 'worksheet')
        for i in range(1, len(names) + 1)]
    items = ''.join(
        f'<Override PartName="{part}" ContentType="{kind}.{type}+xml"/>'
        for part, type in parts)
    return (
        f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/>'
        f'{items}</Types>')

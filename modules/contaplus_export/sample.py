# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What a file made by the adviser's own program looks like.

Nobody publishes the layouts: a sample of one entry tells more than any list.
"""
from collections import Counter
from dataclasses import dataclass, field

from .layout import Layout, layouts
from .layout import table as fields_of
from .reader import ReadError, read

_LOGICALS = {
    'T': 'letter', 'F': 'letter', '.T.': 'dotted', '.F.': 'dotted',
    'TRUE': 'word', 'FALSE': 'word'}


@dataclass(frozen=True)
class Sample:
    form: str
    "fixed or delimited"
    lines: int
    lengths: tuple[int, ...]
    "Characters of the lines, or fields of a delimited file"
    encoding: str
    line_end: str
    layouts: tuple[str, ...]
    "The layouts it can be read with"
    code_lengths: tuple[int, ...] = ()
    logical: str = ''
    errors: tuple[tuple[str, str, str], ...] = ()
    "Layout, field and text of what could not be read"
    last_field: tuple[int, str] | None = None
    "Where the longest layout is as long as the sample, when none is"


@dataclass(frozen=True)
class Difference:
    code: str
    expected: str
    found: str


@dataclass
class _Trial:
    layout: Layout
    codes: Counter[int] = field(default_factory=Counter)
    error: tuple[str, str, str] | None = None


def look(data: bytes, table: str = 'xdiario') -> Sample:
    "Describe the file"
    data = data.rstrip(b'\x1a')
    line_end = 'crlf' if b'\r\n' in data else 'lf'
    encoding = _encoding(data)
    text = data.decode(encoding, errors='replace')
    rows = [r for r in text.replace('\r\n', '\n').split('\n') if r]
    form = 'fixed'
    lengths = Counter(len(r) for r in rows)
    if rows and sum(r.count(';') for r in rows) >= 10 * len(rows):
        form = 'delimited'
        lengths = Counter(r.count(';') + 1 for r in rows)
    trials = [
        _try(data, layout.spelled(encoding=encoding))
        for layout in layouts().values()
        if layout.table == table and layout.form == form
        and _size(layout) in lengths]
    readable = [t for t in trials if not t.error]
    codes: Counter[int] = Counter()
    for trial in readable[:1]:
        codes = trial.codes
    return Sample(
        form=form, lines=len(rows), lengths=tuple(sorted(lengths)),
        encoding=encoding, line_end=line_end,
        layouts=tuple(t.layout.name for t in readable),
        code_lengths=tuple(sorted(codes)), logical=_logical(rows, form),
        errors=tuple(t.error for t in trials if t.error),
        last_field=(
            _last_field(table, form, set(lengths)) if not trials else None))


def compare(
        sample: Sample, layout: Layout, code_length: int, encoding: str,
        line_end: str, logical: str) -> list[Difference]:
    "Return where the sample differs from what the profile writes"
    differences = []

    def differ(code: str, expected: object, found: object) -> None:
        differences.append(Difference(code, str(expected), str(found)))

    if sample.form != layout.form:
        differ('form', layout.form, sample.form)
    elif sample.lengths != (_size(layout),):
        differ(
            'fields' if sample.form == 'delimited' else 'length',
            _size(layout), ', '.join(map(str, sample.lengths)))
    for name, place, text in sample.errors:
        if name == layout.name:
            differ('field', place, text)
    if sample.code_lengths and sample.code_lengths != (code_length,):
        differ(
            'code_length', code_length,
            ', '.join(map(str, sample.code_lengths)))
    if sample.encoding != encoding and sample.encoding != 'ascii':
        differ('encoding', encoding, sample.encoding)
    if sample.line_end != line_end:
        differ('line_end', line_end, sample.line_end)
    if (sample.form == layout.form == 'delimited' and sample.logical
            and sample.logical != logical):
        differ('logical', logical, sample.logical)
    return differences


def _last_field(
        name: str, form: str, lengths: set[int]) -> tuple[int, str] | None:
    # The lists of fields only ever grew at their end.
    if len(lengths) != 1:
        return None
    length, = lengths
    for one in fields_of(name):
        if length == (one.end if form == 'fixed' else one.number):
            return one.number, one.name
    return None


def _size(layout: Layout) -> int:
    return layout.length if layout.fixed else len(layout.fields)


def _try(data: bytes, layout: Layout) -> _Trial:
    trial = _Trial(layout)
    try:
        for line in read(data, layout):
            code = line.values.get('SubCta') or line.values.get('Cod')
            if isinstance(code, str):
                trial.codes[len(code)] += 1
    except ReadError as error:
        trial.error = layout.name, error.field, error.text
    return trial


def _encoding(data: bytes) -> str:
    "Guess from how the Spanish letters are written"
    try:
        data.decode('ascii')
        return 'ascii'
    except UnicodeDecodeError:
        pass
    try:
        data.decode('utf-8')
        return 'utf-8'
    except UnicodeDecodeError:
        pass
    scores = {}
    for name in ['cp1252', 'cp850']:
        text = data.decode(name, errors='replace')
        scores[name] = sum(c in 'áéíóúñçüÁÉÍÓÚÑÇÜ' for c in text)
    return max(scores, key=lambda n: scores[n])


def _logical(rows: list[str], form: str) -> str:
    if form == 'fixed':
        return ''
    found = Counter(
        _LOGICALS[cell] for row in rows for cell in row.split(';')
        if cell in _LOGICALS)
    return found.most_common(1)[0][0] if found else ''

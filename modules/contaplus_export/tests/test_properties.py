# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What must hold of any books: written and read back, or named."""
import datetime as dt
from dataclasses import replace
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trytond.modules.contaplus_export.codes import Codebook
from trytond.modules.contaplus_export.control import Totals
from trytond.modules.contaplus_export.entries import Builder, Settings
from trytond.modules.contaplus_export.layout import layout
from trytond.modules.contaplus_export.problem import ERROR
from trytond.modules.contaplus_export.reader import read
from trytond.modules.contaplus_export.rows import (
    Account, Books, Invoice, Move, MoveLine, Party, Rectified, Tax, TaxAmount,
    Year)
from trytond.modules.contaplus_export.suenlace import (
    LENGTH, entry_records, format_record)
from trytond.modules.contaplus_export.writer import Overflow, Writer
from trytond.modules.contaplus_export.xdiario import Options, encoded

ZERO = Decimal(0)
CENT = Decimal('0.01')
(CLIENT, SUPPLIER, VAT_OUT, VAT_IN, INCOME, EXPENSE, BANK, CASH, KEPT,
    FOREIGN) = range(1, 11)
ACCOUNTS = {a.id: a for a in [
        Account(CLIENT, '4300', "Clientes", receivable=True,
            party_required=True),
        Account(SUPPLIER, '4000', "Proveedores", payable=True,
            party_required=True),
        Account(VAT_OUT, '477', "IVA repercutido", payable=True),
        Account(VAT_IN, '472', "IVA soportado", receivable=True),
        Account(INCOME, '705', "Servicios", result=True),
        Account(EXPENSE, '600', "Compras", result=True),
        Account(BANK, '572', "Bancos"),
        Account(CASH, '570', "Caja"),
        Account(KEPT, '473', "Retenciones"),
        Account(FOREIGN, '1.2.1', "Not Spanish"),
        ]}


def tax(id, rate, kind, book, account, **values):
    return Tax(
        id, f"Tax {id}", Decimal(rate), kind, book, account=account, **values)


TAXES = {t.id: t for t in [
        tax(1, '0.21', 'general', 'issued', VAT_OUT),
        tax(2, '0.10', 'general', 'issued', VAT_OUT),
        tax(3, '0', 'exempt', 'issued', VAT_OUT),
        tax(4, '0', 'intra_goods', 'issued', VAT_OUT),
        tax(5, '0', 'reverse', 'issued', VAT_OUT),
        tax(6, '0', 'export', 'issued', VAT_OUT),
        tax(7, '0.052', 'surcharge', 'issued', VAT_OUT, surcharge_of=1),
        tax(8, '-0.15', 'withholding', 'issued', KEPT),
        tax(11, '0.21', 'general', 'received', VAT_IN),
        tax(12, '0.21', 'investment', 'received', VAT_IN),
        tax(13, '0.21', 'intra_services', 'received', VAT_IN),
        tax(14, '-0.21', 'mirror', 'issued', VAT_OUT),
        tax(15, '0.33', 'general', 'received', VAT_IN),
        ]}
YEAR = Year(1, '2026', dt.date(2026, 1, 1), dt.date(2026, 12, 31))

cents = st.integers(min_value=-10 ** 9, max_value=10 ** 9).map(
    lambda n: Decimal(n) * CENT)
huge = st.integers(min_value=-10 ** 17, max_value=10 ** 17).map(
    lambda n: Decimal(n) * CENT)
texts = st.text(max_size=50)
numbers = st.one_of(
    texts, st.from_regex(r'[A-Z]{0,3}[/-]?20\d\d[/-]\d{1,8}', fullmatch=True))
dates = st.dates(dt.date(2026, 1, 1), dt.date(2026, 12, 31))
parties = st.builds(
    Party, st.just(7), texts, code=texts, tax_id=st.sampled_from(
        ['B01000009', 'IT00159560366', 'B 01-000.009 ñ€', 'X' * 20, '']),
    tax_id_kind=st.integers(1, 6), street=texts, city=texts)


rarely = st.sampled_from([False] * 9 + [True])


def draw_date(draw):
    if draw(rarely):
        return dt.date(2027, 1, 1)
    return draw(dates)


class Lines:
    "Lines of a move that adds up"

    def __init__(self):
        self.lines = []

    def add(self, account, net, party=None, *taxes, document=''):
        self.lines.append(MoveLine(
                len(self.lines) + 1, account, max(net, ZERO), max(-net, ZERO),
                party=party, taxes=tuple(TaxAmount(*t) for t in taxes),
                document=document))

    @property
    def rest(self):
        return -sum((li.debit - li.credit for li in self.lines), ZERO)


@st.composite
def invoices(draw):
    "An invoice of some lines with one tax each, and what goes with it"
    out = draw(st.booleans())
    sign = -1 if out else 1
    lines = Lines()
    chosen = draw(st.lists(
            st.sampled_from(
                [1, 1, 2, 3, 4, 5, 6] if out else [11, 11, 12, 13, 15]),
            min_size=1, max_size=3))
    withheld = out and draw(st.booleans())
    income = INCOME if out else EXPENSE
    bases = {}
    for id in chosen:
        base = draw(cents)
        extra = [(8, 'base', base)] if withheld else []
        if id == 1 and draw(st.booleans()):
            extra.append((7, 'base', base))
        if id == 13:
            extra.append((14, 'base', base))
        lines.add(income, sign * base, None, (id, 'base', base), *extra)
        for used in [id, *(t for t, _, _ in extra)]:
            bases[used] = bases.get(used, ZERO) + base
    for id, base in bases.items():
        data = TAXES[id]
        amount = (base * data.rate).quantize(CENT)
        if amount:
            lines.add(
                data.account, sign * amount, None, (id, 'tax', amount))
    total = lines.rest
    person = CLIENT if out else SUPPLIER
    if draw(st.booleans()):
        # In two parts, due on different days.
        lines.add(person, total - total // 2, 7)
        lines.add(person, total // 2, 7)
    else:
        lines.add(person, total, 7)
    credit_note = total < 0 if out else total > 0
    rectified = ()
    if credit_note:
        rectified = tuple(draw(st.lists(
                    st.builds(Rectified, numbers, dates, cents),
                    max_size=2)))
    return Move(
        1, draw(texts), draw_date(draw), 'sales' if out else 'purchases',
        tuple(lines.lines), description=draw(texts), fiscalyear=1,
        invoice=Invoice(
            1, 'out' if out else 'in', draw(numbers), draw(dates), 7,
            reference=draw(numbers), credit_note=credit_note,
            rectified=rectified))


@st.composite
def other_moves(draw):
    "Collections, returns, cash, and entries of any accounts"
    lines = Lines()
    for account in draw(st.lists(
                st.sampled_from([CLIENT, SUPPLIER, *ACCOUNTS]), min_size=1,
                max_size=4)):
        lines.add(
            account, draw(st.one_of(cents, huge)),
            7 if ACCOUNTS[account].party_required else None,
            document=draw(numbers))
    lines.add(BANK, lines.rest)
    if draw(rarely):
        # The books are broken.
        lines.add(CASH, CENT)
    return Move(
        1, draw(texts), draw_date(draw), draw(st.sampled_from(
                ['receipts', 'bank', 'other'])), tuple(lines.lines),
        description=draw(texts), fiscalyear=1)


def build(move, party, negative=True):
    books = Books(
        accounts=ACCOUNTS, taxes=TAXES, parties={7: party}, years={1: YEAR})
    return Builder(books, Codebook.open(8), Settings(
            length=8, negative=negative,
            rates=frozenset(map(Decimal, [0, 10, 21])),
            surcharges=frozenset([Decimal('5.2')]))).build(move)


def cut(text, width, encoding='cp1252'):
    "What is left of a text in a field, said without the writer"
    shown = ''
    for character in text:
        if not character.isprintable():
            character = ' '
        try:
            character.encode(encoding)
        except UnicodeEncodeError:
            return None
        shown += character
    return shown[:width].rstrip(' ')


forms = st.sampled_from(['txt-32', 'txt-98', 'csv-116', 'csv-142'])
many = settings(
    max_examples=250, deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@many
@given(
    move=st.one_of(invoices(), other_moves()), party=parties, name=forms,
    negative=st.booleans())
def test_any_move_is_read_back_or_named(move, party, name, negative):
    entry, problems = build(move, party, negative=negative)
    if entry is None:
        assert [p for p in problems if p.severity == ERROR and p.move == 1]
        assert all(p.record[1] for p in problems)
        return
    form = layout(name)
    try:
        data = encoded(Writer(form), entry, Options())
    except Overflow as overflow:
        # The field is named, and its value does not fit indeed.
        field = form.field(overflow.field)
        value = Decimal(str(overflow.value))
        assert len(f'{value:.{field.decimals}f}') > field.width
        return
    texts = data.decode('cp1252').split('\r\n')
    assert texts.pop() == ''
    if form.fixed:
        assert {len(t) for t in texts} <= {form.length}
    lines = [line.values for line in read(data, form)]
    assert len(lines) == len(entry.lines)
    for line, found in zip(entry.lines, lines):
        check_line(entry, line, found, form)
    assert sum(li['EuroDebe'] - li['EuroHaber'] for li in lines) == 0


def check_line(entry, line, found, form):
    "The record says all that the line of the entry says"
    assert found['SubCta'] == line.account
    assert found['Contra'] == line.counterpart
    assert (found['EuroDebe'], found['EuroHaber']) == (
        line.debit, line.credit)
    assert found['Fecha'] == entry.date
    assert found['Asien'] == entry.number
    assert found['MonedaUso'] == '2'
    if form.fixed:
        text = cut(line.text, 25)
        assert text is None or found['Concepto'] == text
    data = line.vat
    assert found['IVA'] == (data.rate if data else 0)
    assert found['BaseEuro'] == (data.base if data else 0)
    assert found['Recequiv'] == (data.surcharge if data else 0)
    assert found['Factura'] == (entry.digits if data else 0)
    if 'TerNif' not in found or not data:
        return
    assert found['Fecha_OP'] == entry.operation_date
    assert found['Fecha_EX'] == entry.issue_date
    assert found['TipoIVA'] == data.letter
    if form.fixed:
        number = cut(entry.full_number, 40)
        assert number is None or found['FacturaEx'] == number
    credit_note = entry.invoice.credit_note
    assert found['Rectifica'] is credit_note
    if credit_note and len(entry.invoice.rectified) == 1:
        original, = entry.invoice.rectified
        assert found['Fecha_RT'] == original.date
        assert found['BaseImp_RT'] == original.base
        assert found['BaseImp_RF'] == data.base


@many
@given(move=st.one_of(invoices(), other_moves()), party=parties)
def test_any_move_fits_in_a3_or_is_named(move, party):
    entry, problems = build(move, party)
    if entry is None:
        return
    nets = ZERO
    try:
        lines = [
            (name, format_record(name, values, 'cp1252'))
            for name, values in entry_records(entry, '7')]
    except Overflow as overflow:
        assert abs(Decimal(str(overflow.value))) >= 10 ** 10
        return
    for name, text in lines:
        assert len(text.encode('cp1252')) == LENGTH
        if name == 'line':
            amount = Decimal(text[99:113])
            nets += amount if text[57] == 'D' else -amount
    if lines and lines[0][0] == 'line':
        assert nets == 0
    elif lines:
        # The total is the bases with their taxes, less what is kept back.
        details = [t for n, t in lines if n == 'vat']
        total = sum((
                Decimal(t[101:115]) + Decimal(t[120:134])
                + Decimal(t[139:153]) - Decimal(t[158:172])
                for t in details), ZERO)
        assert abs(Decimal(lines[0][1][99:113]) - total) <= len(details) * CENT


@many
@given(move=invoices(), party=parties)
def test_the_vat_book_is_that_of_the_books(move, party):
    "Base and tax of each tax are those of the move, whatever the side"
    entry, _ = build(move, party)
    if entry is None:
        return
    totals = Totals()
    totals.add(entry)
    expected = {}
    for row in move.lines:
        for part in row.taxes:
            kind = TAXES[part.tax].kind
            if kind == 'withholding':
                continue
            sums = expected.setdefault(part.tax, [ZERO, ZERO])
            if part.type == 'tax':
                sums[1] += -part.amount if kind == 'mirror' else part.amount
            elif kind != 'surcharge':
                sums[0] += part.amount
    expected = {t: s for t, s in expected.items() if any(s)}
    assert {t: s for t, s in totals.by_tax.items() if any(s)} == expected
    assert totals.debit == totals.credit


@many
@given(move=invoices())
def test_a_move_without_its_party_is_refused(move):
    lines = tuple(li for li in move.lines if not li.party)
    entry, problems = build(
        replace(move, lines=lines), Party(7, "A", tax_id='B01000009'))
    total = sum((li.debit - li.credit for li in lines), ZERO)
    if total:
        assert entry is None
        assert 'unbalanced' in {p.code for p in problems}

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Moves to entries: the cases, and what must hold for any of them."""
import datetime as dt
import itertools
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trytond.modules.contaplus_export.codes import Code, Codebook
from trytond.modules.contaplus_export.control import Totals, compare
from trytond.modules.contaplus_export.entries import (
    Builder, Settings, digits_of, squeeze)
from trytond.modules.contaplus_export.layout import layout
from trytond.modules.contaplus_export.reader import read
from trytond.modules.contaplus_export.rows import (
    Account, Books, Invoice, Move, MoveLine, Party, Tax, TaxAmount, Year)
from trytond.modules.contaplus_export.writer import Overflow, Writer
from trytond.modules.contaplus_export.xdiario import Options, encoded

ZERO = Decimal(0)
MARCH = dt.date(2026, 3, 31)
CLIENT, SUPPLIER, VAT_OUT, VAT_IN, SALES, BANK, KEPT, CASH = range(1, 9)
VAT21, EXEMPT, SURCHARGE, WITHHELD, DEDUCTED, OWED = range(1, 7)

ACCOUNTS = {
    CLIENT: Account(CLIENT, '4300', "Clientes", receivable=True,
        party_required=True),
    SUPPLIER: Account(SUPPLIER, '4000', "Proveedores", payable=True,
        party_required=True),
    VAT_OUT: Account(VAT_OUT, '477', "IVA repercutido", payable=True),
    VAT_IN: Account(VAT_IN, '472', "IVA soportado", receivable=True),
    SALES: Account(SALES, '705', "Servicios", result=True),
    BANK: Account(BANK, '572', "Bancos"),
    KEPT: Account(KEPT, '473', "Retenciones"),
    CASH: Account(CASH, '570', "Caja"),
    }
TAXES = {
    VAT21: Tax(VAT21, "IVA 21%", Decimal('0.21'), 'general', 'issued'),
    EXEMPT: Tax(EXEMPT, "Exento", ZERO, 'exempt', 'issued'),
    SURCHARGE: Tax(SURCHARGE, "Recargo", Decimal('0.052'), 'surcharge',
        'issued', surcharge_of=VAT21),
    WITHHELD: Tax(WITHHELD, "IRPF", Decimal('-0.15'), 'withholding',
        'issued'),
    DEDUCTED: Tax(DEDUCTED, "ISP", Decimal('0.21'), 'reverse', 'received'),
    OWED: Tax(OWED, "ISP", Decimal('-0.21'), 'mirror', 'issued'),
    }


def books(*parties):
    parties = parties or (Party(7, "Hotel", tax_id='B01000009',
            tax_id_kind=1),)
    return Books(
        accounts=dict(ACCOUNTS), taxes=dict(TAXES),
        parties={p.id: p for p in parties},
        years={1: Year(1, '2026', dt.date(2026, 1, 1),
                dt.date(2026, 12, 31))})


def profile(**values):
    return Settings(**{
            'length': 8,
            'rates': frozenset({Decimal(21), Decimal(0)}),
            'surcharges': frozenset({Decimal('5.2')}),
            **values})


def builder(*parties, codes=(), mode='next', **values):
    return Builder(
        books(*parties), Codebook.open(8, codes, mode=mode),
        profile(**values))


_ids = itertools.count(1)


def line(account, amount, party=None, *taxes, **values):
    amount = Decimal(amount)
    return MoveLine(
        next(_ids), account, max(amount, ZERO), max(-amount, ZERO),
        party=party,
        taxes=tuple(TaxAmount(t, k, Decimal(a)) for t, k, a in taxes),
        **values)


def sale(base='100.00', tax='21.00', number='F0001', **values):
    base, tax = Decimal(base), Decimal(tax)
    return Move(
        1, '1', MARCH, 'sales', (
            line(CLIENT, base + tax, 7),
            line(SALES, -base, None, (VAT21, 'base', base)),
            line(VAT_OUT, -tax, None, (VAT21, 'tax', tax)),
            ), fiscalyear=1,
        invoice=Invoice(
            1, 'out', number, MARCH, 7, credit_note=base < 0), **values)


def codes_of(problems):
    return [p.code for p in problems]


def test_sale():
    entry, problems = builder().build(sale())
    assert not problems
    assert [(li.account, li.counterpart, li.debit, li.credit)
        for li in entry.lines] == [
        ('43000001', '70500000', Decimal('121.00'), ZERO),
        ('47700021', '43000001', ZERO, Decimal('21.00')),
        ('70500000', '43000001', ZERO, Decimal('100.00')),
        ]
    assert entry.total == Decimal('121.00')
    assert (entry.series, entry.digits) == ('F', 1)


@pytest.mark.parametrize('done, expected', [
        (None, MARCH),
        (dt.date(2026, 2, 27), dt.date(2026, 2, 27)),
        # Invoiced before it is done, its VAT is owed at once.
        (dt.date(2026, 4, 30), MARCH),
        ])
def test_operation_date(done, expected):
    move = sale()
    entry, _ = builder().build(replace(
            move, date=dt.date(2026, 4, 1),
            invoice=replace(move.invoice, operation_date=done)))
    assert (entry.operation_date, entry.issue_date) == (expected, MARCH)
    name = 'txt-98'
    row, = [
        found.values for found in read(encoded(
                Writer(layout(name)), entry, Options()), layout(name))
        if found.values['BaseEuro']]
    assert (row['Fecha_OP'], row['Fecha_EX'], row['Fecha']) == (
        expected, MARCH, dt.date(2026, 4, 1))


def test_credit_note_keeps_its_side_or_changes_it():
    entry, _ = builder().build(sale('-100.00', '-21.00'))
    assert [(li.debit, li.credit) for li in entry.lines] == [
        (Decimal('-121.00'), ZERO), (ZERO, Decimal('-21.00')),
        (ZERO, Decimal('-100.00'))]
    assert entry.lines[1].vat.base == Decimal('-100.00')

    entry, _ = builder(negative=False).build(sale('-100.00', '-21.00'))
    assert [(li.debit, li.credit) for li in entry.lines] == [
        (ZERO, Decimal('121.00')), (Decimal('21.00'), ZERO),
        (Decimal('100.00'), ZERO)]
    assert entry.lines[1].vat.base == Decimal('100.00')


def test_reverse_charge():
    move = Move(1, '1', MARCH, 'purchases', (
            line(SUPPLIER, '-100', 7),
            line(SALES, '100', None, (DEDUCTED, 'base', 100),
                (OWED, 'base', 100)),
            line(VAT_IN, '21', None, (DEDUCTED, 'tax', 21)),
            line(VAT_OUT, '-21', None, (OWED, 'tax', -21)),
            ), fiscalyear=1, invoice=Invoice(1, 'in', '1', MARCH, 7, 'A-7'))
    entry, problems = builder().build(move)
    assert not problems
    vat = {li.account: (li.debit, li.credit, li.vat.base, li.vat.rate)
        for li in entry.lines if li.vat}
    assert vat == {
        '47240021': (Decimal(21), ZERO, Decimal(100), Decimal(21)),
        '47790021': (ZERO, Decimal(21), Decimal(100), Decimal(21)),
        }


def test_cash_is_marked_for_the_yearly_form():
    move = Move(1, '1', MARCH, 'receipts', (
            line(CASH, '121'),
            line(CLIENT, '-121', 7, document='F0001',
                document_date=dt.date(2025, 12, 30)),
            ), fiscalyear=1)
    entry, problems = builder().build(move)
    assert not problems
    cash = entry.lines[0]
    assert (cash.cash, cash.cash_year) == (Decimal(121), 2025)
    assert cash.text == "Cobro fra. F0001"


def test_return():
    move = Move(1, '1', MARCH, 'receipts', (
            line(CLIENT, '121', 7, document='F0001'),
            line(BANK, '-121'),
            ), fiscalyear=1)
    entry, _ = builder().build(move)
    assert {li.text for li in entry.lines} == {"Devolución fra. F0001"}


def test_transfer_that_came_back():
    move = Move(1, '1', MARCH, 'receipts', (
            line(BANK, '121'),
            line(SUPPLIER, '-121', 7, document='A-7'),
            ), fiscalyear=1)
    for returned, text in [
            (False, "Pago fra. A-7"), (True, "Devolución fra. A-7")]:
        entry, _ = builder().build(replace(move, returned=returned))
        assert {li.text for li in entry.lines} == {text}


def test_remittance():
    parties = [Party(7, "A", tax_id='1'), Party(8, "B", tax_id='2')]
    move = Move(1, '9', MARCH, 'receipts', (
            line(BANK, '300'),
            line(CLIENT, '-100', 7, document='F1'),
            line(CLIENT, '-200', 8, document='F2'),
            ), fiscalyear=1)
    entry, problems = builder(*parties).build(move)
    assert not problems
    assert [(li.counterpart, li.document) for li in entry.lines] == [
        ('', '9'), ('57200000', 'F1'), ('57200000', 'F2')]


@pytest.mark.parametrize('move, code', [
        (sale(number='F/' + '1' * 39), 'number_long'),
        (replace(sale(), date=dt.date(2027, 1, 1)), 'date_outside'),
        (replace(sale(), lines=sale().lines[:2]), 'unbalanced'),
        (replace(sale(), lines=sale().lines[1:]), 'no_counterpart'),
        ])
def test_refused(move, code):
    entry, problems = builder().build(move)
    assert entry is None
    assert code in codes_of(problems)


def test_all_problems_at_once():
    move = replace(
        sale(number='F/' + '1' * 39), date=dt.date(2027, 1, 1))
    nobody = Party(7, "Bar Pepe")
    _, problems = builder(nobody, rates=frozenset(), mode='manual'
        ).build(move)
    assert sorted(codes_of(problems)) == [
        'date_outside', 'number_long', 'party_code',
        'party_without_tax_id', 'rate_unknown']


def test_party_without_tax_id_may_be_let_through():
    entry, problems = builder(
        Party(7, "Bar Pepe"), tax_id_required=False).build(sale())
    assert entry
    assert [p.severity for p in problems] == ['warning']


def test_code_of_wrong_length():
    entry, problems = builder(
        codes=[Code(CLIENT, 7, '430001')]).build(sale())
    assert entry is None
    assert codes_of(problems) == ['code_length']


@pytest.mark.parametrize('number, digits, cut', [
        ('F/2026-0142', 20260142, False), ('A', 0, False),
        ('2026/000123', 26000123, True), ('0000000012', 12, False)])
def test_digits(number, digits, cut):
    assert digits_of(number) == (digits, cut)


def test_squeeze():
    assert squeeze('F/2026-0142', 10) == 'F2026-0142'
    assert squeeze('FACTURA/2026/000142', 10) == '2026000142'


def test_control_finds_what_is_missing():
    entry, _ = builder().build(sale())
    totals = Totals()
    totals.add(entry)
    accounts = {
        CLIENT: Decimal(121), SALES: Decimal(-100), VAT_OUT: Decimal(-21)}
    taxes = {VAT21: (Decimal(100), Decimal(21))}
    assert not compare(totals, accounts, taxes, [])
    accounts[SALES] = Decimal(-101)
    taxes[VAT21] = Decimal(100), Decimal(22)
    assert [(d.what, d.id) for d in compare(totals, accounts, taxes, [])
        ] == [('account', SALES), ('tax', VAT21)]


amounts = st.decimals(
    min_value=Decimal('-99999999'), max_value=Decimal('99999999'), places=2)
texts = st.text(max_size=60)


@st.composite
def moves(draw):
    base = draw(amounts)
    tax = (base * Decimal('0.21')).quantize(Decimal('0.01'))
    move = sale(base, tax, number=draw(texts))
    return replace(
        move, number=draw(texts), description=draw(texts),
        date=draw(st.dates(
                dt.date(2025, 12, 1), dt.date(2027, 1, 31))))


@settings(
    max_examples=200, deadline=None,
    suppress_health_check=[HealthCheck.too_slow])
@given(
    move=moves(), name=texts, tax_id=st.text(max_size=20),
    form=st.sampled_from(['txt-32', 'txt-98', 'csv-116', 'csv-142']),
    negative=st.booleans())
def test_any_move_is_written_or_named(move, name, tax_id, form, negative):
    made = builder(
        Party(7, name, tax_id=tax_id), negative=negative)
    entry, problems = made.build(move)
    if entry is None:
        assert problems
        assert all(p.record[1] for p in problems)
        return
    writer = Writer(layout(form))
    try:
        data = encoded(writer, entry, Options())
    except Overflow as overflow:
        assert layout(form).field(overflow.field)
        return
    if layout(form).fixed:
        for written in data.decode('cp1252').split('\r\n')[:-1]:
            assert len(written) == layout(form).length
    lines = [line.values for line in read(data, layout(form))]
    assert [(
                li['SubCta'], li['Contra'], li['EuroDebe'],
                li['EuroHaber'], li['Fecha']) for li in lines] == [
        (li.account, li.counterpart, li.debit, li.credit, entry.date)
        for li in entry.lines]
    assert sum(li['EuroDebe'] - li['EuroHaber'] for li in lines) == 0
    vat = [li.vat for li in entry.lines if li.vat]
    assert [li['BaseEuro'] for li in lines if li['SubCta'][:3] == '477'
        ] == [v.base for v in vat]

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from pathlib import Path

import pytest

from trytond.modules.contaplus_export.adviser_codes import (
    Listed, match, normalize, parse)
from trytond.modules.contaplus_export.codes import (
    Code, Codebook, Range, expand)
from trytond.modules.contaplus_export.problem import Problem
from trytond.modules.contaplus_export.rows import Account, Party

DATA = Path(__file__).parent / 'data'
CLIENTS = Account(1, '4300', "Clientes", receivable=True, party_required=True)
BANK = Account(2, '572', "Bancos")


@pytest.mark.parametrize('code, length, found', [
        ('572', 8, '57200000'), ('4300', 6, '430000'),
        ('430.15', 8, '43000015'), ('57200001', 8, '57200001'),
        ('572000010000', 8, '57200001'), ('57200001', 6, None),
        ('1.1.1', 8, None), ('', 8, None), ('A43', 8, None)])
def test_expand(code, length, found):
    assert expand(code, length) == found


def test_next_goes_on_after_the_highest():
    book = Codebook.open(8, [Code(1, 9, '43000041')])
    assert book.code(CLIENTS, Party(7, "A")) == '43000042'
    assert book.code(CLIENTS, Party(8, "B")) == '43000043'
    assert book.code(CLIENTS, Party(9, "C")) == '43000041'
    assert [c.code for c in book.new] == ['43000042', '43000043']


def test_range():
    book = Codebook.open(
        8, [Code(1, 9, '43099999')],
        [Range(1, prefix='430', first=500, last=501)])
    assert book.code(CLIENTS, Party(7, "A")) == '43000500'
    assert book.code(CLIENTS, Party(8, "B")) == '43000501'
    problem = book.code(CLIENTS, Party(10, "C"), move=3)
    assert isinstance(problem, Problem)
    assert (problem.code, problem.move) == ('range_full', 3)


def test_party_code():
    book = Codebook.open(8, mode='party_code')
    assert book.code(CLIENTS, Party(7, "A", code='C-0123')) == '43000123'
    for party in [Party(8, "B"), Party(9, "C", code='1234567')]:
        problem = book.code(CLIENTS, party)
        assert isinstance(problem, Problem)
        assert problem.record == ('party.party', party.id)


def test_shared_and_general():
    book = Codebook.open(8, [
            Code(1, 7, '43000050'), Code(1, 8, '43000050'),
            Code(1, None, '43000000', general=True)])
    assert book.code(CLIENTS, Party(7, "A")) == '43000050'
    assert book.code(CLIENTS, Party(8, "B")) == '43000050'
    assert book.code(CLIENTS, Party(9, "C")) == '43000000'
    assert not book.new


def test_account_without_party():
    book = Codebook.open(8, [Code(2, None, '57200007')])
    assert book.code(BANK, None) == '57200007'
    assert book.code(BANK, Party(7, "A")) == '57200007'


@pytest.mark.parametrize('code', ['4300001', '430000001', '4300000A'])
def test_length(code):
    book = Codebook.open(8, [Code(1, 7, code)])
    problem = book.code(CLIENTS, Party(7, "A"))
    assert isinstance(problem, Problem)
    assert problem.code == 'code_length'


def test_parse_xsubcta():
    listed, = parse((DATA / 'sub-448.txt').read_bytes())
    assert listed == Listed(
        '43000015', "C.P. AVDA. CONSTITUCIÓN 12", 'H12345674')


@pytest.mark.parametrize('text', [
        "43000015,Hotel,B01000009\n",
        "NIF;Código;Nombre\nB-01000009;43000015;Hotel\n",
        "43000015\tHotel\tB01000009\textra\n"])
def test_parse_lists(text):
    for encoding in ['utf-8-sig', 'cp1252']:
        listed, = parse(text.encode(encoding))
        assert (listed.code, listed.name) == ('43000015', 'Hotel')
        assert normalize(listed.tax_id) == 'B01000009'


def test_match():
    outcome = match([
            Listed('43000015', "Hotel", 'ESB01000009'),
            Listed('43000016', "Hotel", 'B01000009'),
            Listed('40000002', "Hotel", 'B01000009'),
            Listed('43000017', "Nadie", 'X'),
            Listed('430018', "Corta", 'B01000009'),
            Listed('57200001', "Banco", ''),
            ], {'B01000009': 7}, {'430': 1, '400': 3}, 8)
    assert [(m.code, m.account, m.party) for m in outcome.matches] == [
        ('43000015', 1, 7), ('40000002', 3, 7)]
    assert [r.code for r in outcome.twice] == ['43000016']
    assert not outcome.taken
    assert [r.code for r in outcome.unknown] == ['43000017']
    assert [r.code for r in outcome.wrong_length] == ['430018']


def test_match_does_not_mix_two_parties():
    "What was given out here is not shared with whom the adviser has there"
    listed = [
        Listed('43000001', "Hotel", 'B01000009'),
        Listed('43000002', "Bar", 'B83245902'),
        ]
    parties = {'B01000009': 7, 'B83245902': 8}
    outcome = match(
        listed, parties, {'430': 1}, 8, known=[(1, 9)],
        given={'43000001': 9})
    assert [r.code for r in outcome.taken] == ['43000001']
    assert [m.code for m in outcome.matches] == ['43000002']

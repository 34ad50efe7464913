# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The writers: golden files, the rules one by one, and properties."""
import datetime as dt
import unittest
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from trytond.modules.sepa_remittance import pain001, pain008
from trytond.modules.sepa_remittance.charset import (
    is_allowed, readable_id, transliterate)
from trytond.modules.sepa_remittance.creditor import (
    creditor_identifier, identifier_fault)
from trytond.modules.sepa_remittance.epc import bic_for
from trytond.modules.sepa_remittance.pain import (
    VARIANTS, Account, Actor, Initiator)
from trytond.modules.sepa_remittance.postal import POLICIES, Address, arrange
from trytond.modules.sepa_remittance.schema import review, schema_for

DATA = Path(__file__).parent / 'data'
NOW = dt.datetime(2026, 11, 20, 9, 30)
DATE = dt.date(2026, 11, 24)
IBAN = 'ES9121000418450200051332'
STREET = Address(
    street="Calle de la Peña", building_number="12", floor="3º",
    postal_code="46002", town="València", subdivision="Valencia",
    country="ES")


def debit(**values):
    return replace(pain008.Debit(
            end_to_end_id='R00001-00001', amount=Decimal('121.00'),
            mandate='M0001', signature_date=dt.date(2024, 3, 1),
            name="Peña & Hijos, S.L.", iban=IBAN, address=STREET,
            concept="2026-0042", label="Peña", record='debit,1'), **values)


def debits(*rows, version='pain.008.001.08', sequence_type='RCUR',
        date=DATE, **values):
    return replace(pain008.Message(
            version=version, message_id='R00001-20261120-F1',
            created_at=NOW,
            initiator=Initiator("Instalaciones", 'ES77000B85626240'),
            creditor=Actor("Instalaciones Levante, S.L.", STREET),
            account=Account('ES7921000813610123456789'),
            creditor_id='ES77000B85626240', vat_number='ESB85626240',
            scheme='CORE', address_policy='structured',
            batches=(pain008.Batch(
                    'R00001-F1-P1', date, sequence_type, tuple(rows)),)),
        **values)


def transfers(*rows, version='pain.001.001.09', **values):
    return replace(pain001.Message(
            version=version, message_id='R00002-20261120-F1',
            created_at=NOW,
            initiator=Initiator("Instalaciones", 'ES77000B85626240'),
            debtor=Actor("Instalaciones Levante, S.L.", STREET),
            account=Account('ES7921000813610123456789'),
            address_policy='hybrid',
            batches=(pain001.Batch('R00002-F1-P1', DATE, tuple(rows)),)),
        **values)


def transfer(**values):
    return replace(pain001.Transfer(
            end_to_end_id='R00002-00001', amount=Decimal('605.00'),
            name="Suministros Ñandú", iban=IBAN, address=STREET,
            concept="F-77", label="Ñandú", record='debit,2'), **values)


def codes(result):
    return {fault.code for fault in result.faults}


class GoldenTestCase(unittest.TestCase):
    "Each version against the file it wrote when it was last looked at"

    def check(self, name, result):
        self.assertEqual(result.faults, ())
        self.assertEqual(
            result.xml.decode(), (DATA / name).read_text('utf-8'))

    def test_debits(self):
        rows = [
            debit(),
            debit(end_to_end_id='R00001-00002', mandate='M0002',
                name="Ιωάννης Σμιθ", address=None, purpose='SERV',
                amount=Decimal('0.01'), concept="n" * 200,
                amendment=pain008.Amendment(account=True)),
            ]
        for version in ['pain.008.001.02', 'pain.008.001.08']:
            with self.subTest(version=version):
                self.check(
                    f'{version}.xml',
                    pain008.write(debits(*rows, version=version)))

    def test_transfers(self):
        rows = [
            transfer(),
            transfer(end_to_end_id='R00002-00002', address=None,
                creditor_reference='RF18539007547034'),
            ]
        for version in ['pain.001.001.03', 'pain.001.001.09']:
            with self.subTest(version=version):
                self.check(
                    f'{version}.xml',
                    pain001.write(transfers(*rows, version=version)))

    def test_schemas_installed(self):
        for version in VARIANTS:
            self.assertIsNotNone(schema_for(version), version)


class RuleTestCase(unittest.TestCase):
    "Each rule that no schema checks has its own fault"

    def test_faults(self):
        cases = [
            (debits(debit(name="😀")), 'name_empty'),
            (debits(debit(iban='ES9121000418450200051333')), 'iban_invalid'),
            (debits(debit(iban='TR330006100519786457841326')),
                'iban_country'),
            (debits(debit(iban='')), 'iban_missing'),
            (debits(debit(amount=Decimal(0))), 'amount_range'),
            (debits(debit(amount=Decimal('1e9'))), 'amount_range'),
            (debits(debit(amount=Decimal('1.005'))), 'amount_digits'),
            (debits(debit(mandate='')), 'mandate_missing'),
            (debits(debit(mandate='Ñ 1')), 'id_characters'),
            (debits(debit(mandate='/1')), 'id_characters'),
            (debits(debit(mandate='1' * 36)), 'id_long'),
            (debits(debit(signature_date=None)), 'signature_missing'),
            (debits(debit(signature_date=dt.date(2030, 1, 1))),
                'signature_late'),
            (debits(debit(), debit()), 'id_twice'),
            (debits(debit(), date=dt.date(2026, 12, 25)), 'date_closed'),
            (debits(debit(), date=dt.date(2026, 11, 22)), 'date_closed'),
            (debits(debit(), date=dt.date(2020, 1, 2)), 'date_past'),
            (debits(debit(), sequence_type='ALL'), 'sequence_type'),
            (debits(
                    debit(), debit(end_to_end_id='R00001-00002'),
                    sequence_type='OOFF'), 'one_off_twice'),
            (debits(debit(), financed=True), 'message_prefix'),
            (debits(debit(), message_id='FSDD1'), 'message_prefix'),
            (debits(), 'message_empty'),
            (debits(debit(), debit(end_to_end_id='2'), maximum=1),
                'message_long'),
            (debits(debit(), creditor_id=''), 'creditor_missing'),
            (debits(debit(), creditor_id='ES00000B85626240'),
                'creditor_digits'),
            (debits(debit(), vat_number='ESA58818501'), 'creditor_company'),
            (debits(debit(), initiator=Initiator("X", '')),
                'initiator_missing'),
            (debits(
                    debit(address=replace(STREET, town='')),
                    refuse_bad_address=True), 'address_incomplete'),
            (debits(debit(iban='CH9300762011623852957', address=None)),
                'address_needed'),
            ]
        for message, code in cases:
            with self.subTest(code=code):
                result = pain008.write(message)
                self.assertIn(code, codes(result))
                self.assertIsNone(result.xml)

    def test_all_faults_at_once(self):
        result = pain008.write(debits(
                debit(name=''), debit(end_to_end_id='2', iban='X')))
        self.assertEqual(codes(result), {'name_empty', 'iban_invalid'})

    def test_bad_address_left_out(self):
        xml = pain008.write(debits(
                debit(address=replace(STREET, country='')))).xml.decode()
        self.assertEqual(xml.count('<PstlAdr>'), 1)

    def test_tampered_file(self):
        "What the writer would never do is found when the file is read"
        variant = VARIANTS['pain.008.001.08']
        xml = pain008.write(debits(debit())).xml.decode()
        for old, new, code in [
                ('<CtrlSum>121.00', '<CtrlSum>120.00', 'control_sum'),
                ('Pena', 'Peña', 'characters'),
                ('Ccy="EUR"', 'Ccy="USD"', 'currency'),
                ('<ChrgBr>SLEV', '<ChrgBr>DEBT', 'charge_bearer'),
                ('<TwnNm>Valencia</TwnNm>', '', 'address_incomplete'),
                ('<Nm>Pena', '<Nmx>Pena', 'schema'),
                ('<SeqTp>RCUR', '<SeqTp>ALL', 'schema'),
                ]:
            with self.subTest(code=code, new=new):
                self.assertIn(old, xml)
                found = review(xml.replace(old, new).encode(), variant)
                self.assertIn(code, {fault.code for fault in found})


class TextTestCase(unittest.TestCase):

    def test_transliterate(self):
        for text, expected in [
                ("Peña & Hijos", "Pena + Hijos"),
                ("12 € al 21 %", "12 EUR al 21 pct"),
                ("“Würth” GmbH", "'Wurth' GmbH"),
                ("Иван Петров", "Ivan Petrov"),
                ("a//b/", "a/b"),
                ("Niño 😀", "Nino"),
                ("½ m²", "1/2 m2"),
                ("línea\n dos", "linea dos"),
                ]:
            self.assertEqual(transliterate(text), expected)
        # Letters become several before the text is cut.
        self.assertEqual(transliterate('€€€€', 5), 'EUREU')

    def test_readable_id(self):
        self.assertEqual(readable_id('R00001', '00002'), 'R00001-00002')
        long = readable_id('X' * 60, '00002')
        self.assertEqual(len(long), 35)
        self.assertTrue(long.endswith('-00002'))

    def test_creditor_identifier(self):
        self.assertEqual(
            creditor_identifier('ESB85626240'), 'ES77000B85626240')
        self.assertEqual(
            creditor_identifier('ESB85626240', '001'), 'ES77001B85626240')
        self.assertIsNone(identifier_fault('ES77001B85626240'))
        self.assertEqual(
            identifier_fault('ES77001B85626240', 'ESA58818501'),
            'creditor_company')

    def test_bic(self):
        self.assertEqual(bic_for(IBAN), 'CAIXESBB')
        self.assertEqual(bic_for('ES0000000000000000000000'), '')

    def test_address_policies(self):
        self.assertEqual(arrange(STREET, 'none'), (None, None))
        address, _ = arrange(STREET, 'minimal')
        self.assertEqual(address, Address(town='Valencia', country='ES'))
        address, _ = arrange(STREET, 'hybrid')
        self.assertEqual(
            address.lines, ('Calle de la Pena 12', '3o'))
        free = Address(
            lines=("C/ Mayor 1", "Bajo", "46002 València", "Nave 3"),
            postal_code='46002', town='València', country='ES')
        address, _ = arrange(free, 'hybrid')
        self.assertEqual(address.lines, ('C/ Mayor 1', 'Bajo Nave 3'))
        self.assertEqual(
            arrange(replace(STREET, town=''), 'hybrid'),
            (None, 'address_incomplete'))
        self.assertEqual(arrange(Address(), 'hybrid'), (None, None))


texts = st.text(max_size=200)
addresses = st.builds(
    Address, street=texts, building_number=texts, building_name=texts,
    floor=texts, room=texts, post_box=texts, postal_code=texts, town=texts,
    subdivision=texts, country=st.sampled_from(['ES', 'IT', '', 'X1', 'es']),
    lines=st.lists(texts, max_size=8).map(tuple))


class PropertyTestCase(unittest.TestCase):
    "Whatever people type gives a valid file or a fault with a name"

    @settings(deadline=None, max_examples=150)
    @given(texts, addresses, texts, st.sampled_from(POLICIES),
        st.sampled_from(['pain.008.001.02', 'pain.008.001.08']))
    def test_debit(self, name, address, concept, policy, version):
        result = pain008.write(debits(
                debit(name=name, address=address, concept=concept),
                version=version, address_policy=policy))
        if result.xml is None:
            self.assertEqual(codes(result), {'name_empty'})
            self.assertEqual(transliterate(name), '')
        else:
            self.assertEqual(
                review(result.xml, VARIANTS[version]), [])

    @settings(deadline=None, max_examples=60)
    @given(texts, addresses, texts, st.sampled_from(POLICIES),
        st.sampled_from(['pain.001.001.03', 'pain.001.001.09']))
    def test_transfer(self, name, address, concept, policy, version):
        result = pain001.write(transfers(
                transfer(name=name, address=address, concept=concept),
                version=version, address_policy=policy))
        if result.xml is None:
            self.assertEqual(codes(result), {'name_empty'})

    @given(texts, st.integers(1, 140))
    def test_transliterate(self, text, size):
        result = transliterate(text, size)
        self.assertTrue(is_allowed(result))
        self.assertLessEqual(len(result), size)
        self.assertEqual(result, transliterate(result))

    @settings(deadline=None, max_examples=30)
    @given(st.lists(
            st.decimals('0.01', '9999999', places=2), min_size=1,
            max_size=30))
    def test_totals(self, amounts):
        rows = [
            debit(end_to_end_id=f'R-{i}', amount=amount)
            for i, amount in enumerate(amounts)]
        result = pain008.write(debits(*rows))
        self.assertEqual(result.count, len(amounts))
        self.assertEqual(result.total, sum(amounts))
        self.assertIn(f'<CtrlSum>{sum(amounts)}</CtrlSum>'.encode(),
            result.xml)

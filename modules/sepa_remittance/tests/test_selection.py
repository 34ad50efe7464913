# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
import unittest
from dataclasses import replace
from decimal import Decimal

from trytond.modules.sepa_remittance.selection import (
    Mandate, Receipt, Terms, choose, concept, parcels)

TODAY = dt.date(2026, 11, 20)
RECEIPT = Receipt(
    line=1, party=1, party_name="Bar Pepe", amount=Decimal(100),
    maturity=TODAY, reference='F-1')
MANDATE = Mandate(
    id=1, party=1, identification='M1', iban='ES9121000418450200051332',
    state='validated', kind='recurrent', scheme='CORE',
    signed=dt.date(2025, 1, 1))
TERMS = Terms(date=TODAY)


def why(receipt=RECEIPT, mandates=(MANDATE,), terms=TERMS, **kwargs):
    chosen, refused = choose([receipt], {1: mandates}, terms, **kwargs)
    return refused[0].code if refused else chosen[0].mandate.id


class SelectionTestCase(unittest.TestCase):

    def test_receipt(self):
        self.assertEqual(why(), 1)
        for code, values in [
                ('in_remittance', {'in_remittance': 'R1'}),
                ('amount_zero', {'amount': Decimal(0)}),
                ('maturity_missing', {'maturity': None}),
                ('currency', {'currency': 'USD'}),
                ('retention', {'retention': True}),
                ('blocked', {'blocked': True}),
                ('disputed', {'disputed': True}),
                ('party_suspended', {'suspended': True}),
                ('paid_otherwise', {'paid_otherwise': True})]:
            self.assertEqual(why(replace(RECEIPT, **values)), code)
        self.assertEqual(
            why(balances={1: Decimal(-5)}), 'credit_balance')
        self.assertEqual(
            why(terms=replace(TERMS, minimum=Decimal(101))),
            'amount_minimum')
        self.assertEqual(
            why(terms=replace(TERMS, maximum=Decimal(99))),
            'amount_maximum')

    def test_mandate(self):
        self.assertEqual(why(mandates=()), 'mandate_missing')
        for code, values in [
                ('mandate_draft', {'state': 'requested'}),
                ('mandate_cancelled', {'state': 'cancelled'}),
                ('mandate_blocked', {'suspended': True}),
                ('account_closed', {'account_active': False}),
                ('mandate_unsigned', {'signed': None}),
                ('mandate_future', {'signed': dt.date(2030, 1, 1)}),
                ('mandate_expired', {'signed': dt.date(2023, 11, 19)}),
                ('one_off_used', {'kind': 'one-off', 'used': True}),
                ('iban_country', {'iban': 'TR330006100519786457841326'}),
                ('iban_invalid', {'iban': 'ES00'})]:
            self.assertEqual(
                why(mandates=[replace(MANDATE, **values)]), code)
        self.assertEqual(
            why(terms=replace(TERMS, scheme='B2B')), 'mandate_scheme')

    def test_mandate_life(self):
        old = replace(MANDATE, signed=dt.date(2015, 1, 1))
        self.assertEqual(why(mandates=[old]), 'mandate_expired')
        used = replace(old, last_used=dt.date(2024, 1, 10))
        self.assertEqual(why(mandates=[used]), 1)

    def test_which_mandate(self):
        other = replace(
            MANDATE, id=2, identification='M2',
            last_used=dt.date(2026, 10, 1))
        self.assertEqual(why(mandates=[MANDATE, other]), 2)
        wanted = replace(RECEIPT, preferred=1)
        self.assertEqual(why(wanted, [MANDATE, other]), 1)
        # What was agreed on the invoice is not replaced in silence.
        blocked = replace(MANDATE, suspended=True)
        self.assertEqual(why(wanted, [blocked, other]), 'mandate_blocked')

    def test_one_off_once_in_a_batch(self):
        one_off = replace(MANDATE, kind='one-off')
        chosen, refused = choose(
            [RECEIPT, replace(RECEIPT, line=2)], {1: [one_off]}, TERMS)
        self.assertEqual([c.receipt.line for c in chosen], [1])
        self.assertEqual([r.code for r in refused], ['one_off_used'])

    def test_part_of_a_receipt(self):
        chosen, _ = choose(
            [RECEIPT], {1: [MANDATE]}, TERMS, amounts={1: Decimal(40)})
        self.assertEqual(chosen[0].amount, Decimal(40))
        chosen, _ = choose(
            [RECEIPT], {1: [MANDATE]}, TERMS, amounts={1: Decimal(400)})
        self.assertEqual(chosen[0].amount, Decimal(100))

    def test_supplier(self):
        chosen, refused = choose(
            [RECEIPT, replace(RECEIPT, line=2, party=2)], {}, TERMS,
            accounts={1: 'ES9121000418450200051332'})
        self.assertEqual([c.receipt.line for c in chosen], [1])
        self.assertEqual([r.code for r in refused], ['iban_missing'])

    def test_concept(self):
        self.assertEqual(concept(['F-1', '', 'F-2', 'F-1']), 'F-1, F-2')
        self.assertEqual(concept([]), '')
        names = [f'F-{i}' for i in range(100)]
        text = concept(names, 20)
        self.assertEqual(text, 'F-0, F-1, F-2 +97')
        # A single name is left to the writer, which cuts it.
        self.assertEqual(concept(['x' * 200]), 'x' * 200)

    def test_parcels(self):
        second = replace(RECEIPT, line=2, amount=Decimal(50))
        third = replace(RECEIPT, line=3, preferred=2)
        mandates = {1: [MANDATE, replace(MANDATE, id=2)]}
        chosen, _ = choose(
            [replace(RECEIPT, preferred=1), replace(second, preferred=1),
                third], mandates, TERMS)
        dates = dict.fromkeys([1, 2, 3], TODAY)
        self.assertEqual(len(parcels(chosen, dates)), 3)
        grouped = parcels(chosen, dates, group=True)
        # Different mandates are never merged, whatever the party.
        self.assertEqual(
            [(p.amount, len(p.items)) for p in grouped],
            [(Decimal(150), 2), (Decimal(100), 1)])
        dates[2] = dt.date(2026, 12, 1)
        self.assertEqual(len(parcels(chosen, dates, group=True)), 3)

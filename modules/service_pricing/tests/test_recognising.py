# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import unittest

from hypothesis import given
from hypothesis import strategies as st

from trytond.modules.service_pricing.recognising import recognise

CONCEPTS = {
    1: "Cambio de batería",
    2: "Cambio de batería de la central",
    3: "Extintor CO2 2 kg",
    4: "Extintor CO2 5 kg",
    5: "Sostituzione motore",
    6: "New pressure gauge",
    }


class RecognisingTestCase(unittest.TestCase):
    "Test which concept is recognised"

    def test_recognise(self):
        "Test words in any order, number and case"
        for text, expected in [
                ("Cambio de batería", 1),
                ("Urge el CAMBIO de las baterias del grupo", 1),
                # The longest name wins.
                ("Cambio de la batería de la central de incendios", 2),
                ("Poner extintor de CO2, 5 kg, junto al cuadro", 4),
                # Nobody knows which of them.
                ("Extintor CO2 de 2 kg o de 5 kg", None),
                ("Sostituzione dei motori", 5),
                ("The pressure gauges are old, new ones are needed", 6),
                ("Batería baja", None),
                ("", None)]:
            with self.subTest(text=text):
                self.assertEqual(recognise(text, CONCEPTS), expected)

    def test_nothing_of_nothing(self):
        "Test a name without a word that says something is never meant"
        self.assertIsNone(recognise("de la", {1: "de la", 2: ""}))

    @given(
        st.text(), st.dictionaries(st.integers(), st.text(), max_size=5))
    def test_known(self, text, concepts):
        "Test what is recognised is one of them, whatever is written"
        self.assertIn(recognise(text, concepts), {None, *concepts})

    @given(st.sampled_from(sorted(CONCEPTS)), st.text("xyz .,", max_size=20))
    def test_its_own_name(self, concept, noise):
        "Test a concept is recognised by its name, with words around"
        self.assertEqual(
            recognise(f'{noise} {CONCEPTS[concept]} {noise}', CONCEPTS),
            concept)

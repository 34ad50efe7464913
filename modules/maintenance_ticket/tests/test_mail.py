# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Mails as customers really send them."""
import unittest
from email.message import EmailMessage

from hypothesis import given
from hypothesis import strategies as st

from trytond.modules.maintenance_ticket.mail import read


def mail(**headers):
    message = EmailMessage()
    for name, value in headers.items():
        message[name.replace('_', '-')] = value
    return message


class MailTestCase(unittest.TestCase):
    "Test reading mails"

    def test_plain(self):
        message = mail(
            From='"Núñez, Eva" <Eva@Hotel.example>',
            Subject="Re: RV: [#T-12]  No enfría", Message_ID='<2@hotel>',
            In_Reply_To='<1@levante>', References='<0@levante> <1@levante>')
        message.set_content("Sigue igual.\n\nEl lun, 2 mar 2026 a las 9:00, "
            "Levante (<a@levante>)\nescribió:\n> ¿Funciona?\n")
        result = read(message.as_bytes())

        self.assertEqual(result.sender, 'eva@hotel.example')
        self.assertEqual(result.sender_name, "Núñez, Eva")
        self.assertEqual(result.title, "No enfría")
        self.assertEqual(result.ticket_number, 'T-12')
        self.assertEqual(result.references, ('<1@levante>', '<0@levante>'))
        self.assertEqual(result.new_text, "Sigue igual.")
        self.assertFalse(result.automatic)

    def test_encoded_text(self):
        "Standard inbound_email hands these over undecoded"
        for charset, encoding in [
                ('iso-8859-1', 'quoted-printable'), ('utf-8', 'base64')]:
            message = mail(From='a@b.example', Subject="Avería")
            message.set_content("Año ñandú\n", charset=charset, cte=encoding)
            with self.subTest(charset=charset):
                self.assertEqual(read(message.as_bytes()).text, "Año ñandú")

    def test_html_only(self):
        message = mail(From='a@b.example', Subject="Hola")
        message.set_content(
            "<p>La <b>caldera</b> no arranca</p><script>x()</script>",
            subtype='html')
        text = read(message.as_bytes()).text
        self.assertIn("caldera", text)
        self.assertNotIn("x()", text)

    def test_attachments(self):
        message = mail(From='a@b.example', Subject="Foto")
        message.set_content("Mire la foto")
        message.add_attachment(
            b'\x89PNG', maintype='image', subtype='png',
            filename='../../etc/foto.png')
        attachment, = read(message.as_bytes()).attachments
        self.assertEqual(attachment.name, 'foto.png')
        self.assertEqual(attachment.data, b'\x89PNG')

    def test_automatic(self):
        for name, value in [
                ('Auto-Submitted', 'auto-replied'), ('Precedence', 'bulk'),
                ('Return-Path', '<>')]:
            message = mail(From='a@b.example', Subject="Fuera")
            message[name] = value
            message.set_content("Vuelvo el lunes")
            with self.subTest(header=name):
                self.assertTrue(read(message.as_bytes()).automatic)

    def test_unknown_charset(self):
        raw = (b'From: a@b.example\r\nSubject: x\r\n'
            b'Content-Type: text/plain; charset=klingon\r\n\r\nA\xf1o\r\n')
        self.assertEqual(read(raw).text, "Año")

    @given(st.binary(max_size=400))
    def test_never_fails(self, raw):
        result = read(raw)
        self.assertIsInstance(result.text, str)
        self.assertNotIn('\n', result.title)

    @given(st.text(max_size=80), st.text(max_size=200))
    def test_any_text(self, subject, text):
        head = f'From: a@b.example\nSubject: {subject}\n\n{text}'
        read(head.encode('utf-8', 'surrogatepass'))

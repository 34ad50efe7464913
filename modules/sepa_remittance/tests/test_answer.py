# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The readers of what the banks send, and of what nobody should send."""
import datetime as dt
import unittest
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from trytond.modules.sepa_remittance.answer import read
from trytond.modules.sepa_remittance.reason import ACTIONS, action_for
from trytond.modules.sepa_remittance.saying import Damaged, UnknownFormat
from trytond.modules.sepa_remittance.tests.tools import camt054_returns

NAMESPACE = 'urn:iso:std:iso:20022:tech:xsd:'
IBAN = 'ES9121000418450200051332'
RETURNS = camt054_returns(IBAN, dt.date(2026, 11, 26), [
        ('R00001-00001', '121.00', 'AM04', '3.50'),
        ('R00001-00002', '60.50', 'MD06', '0'),
        ])


def pain002(body, version='10'):
    return (f'<Document xmlns="{NAMESPACE}pain.002.001.{version}">'
        '<CstmrPmtStsRpt><GrpHdr><MsgId>S1</MsgId>'
        '<CreDtTm>2026-11-24T10:00:00Z</CreDtTm></GrpHdr>'
        f'<OrgnlGrpInfAndSts><OrgnlMsgId>R1-F1</OrgnlMsgId>{body}'
        '</CstmrPmtStsRpt></Document>').encode()


def camt053(entries, version='08'):
    return (f'<Document xmlns="{NAMESPACE}camt.053.001.{version}">'
        '<BkToCstmrStmt><GrpHdr><MsgId>E1</MsgId></GrpHdr><Stmt>'
        f'<Acct><Id><IBAN>{IBAN}</IBAN></Id></Acct>{entries}'
        '</Stmt></BkToCstmrStmt></Document>').encode()


def entry(side, amount, details='', extra='',
        date='<ValDt><Dt>2026-11-24</Dt></ValDt>'):
    return (f'<Ntry><Amt Ccy="EUR">{amount}</Amt>'
        f'<CdtDbtInd>{side}</CdtDbtInd>{extra}<Sts>BOOK</Sts>{date}'
        f'{details}<AddtlNtryInf>Adeudos</AddtlNtryInf></Ntry>')


class CamtTestCase(unittest.TestCase):

    def test_returns(self):
        report = read(RETURNS)
        self.assertEqual(report.format, 'camt.054.001.08')
        self.assertEqual(report.accounts, (IBAN,))
        first, second = report.sayings
        self.assertEqual(first.kind, 'returned')
        # NOTPROVIDED is no identification, the other one is.
        self.assertEqual(first.instruction_id, '')
        self.assertEqual(first.end_to_end_id, 'R00001-00001')
        self.assertEqual(first.amount, Decimal('121.00'))
        self.assertEqual(first.fee, Decimal('3.50'))
        self.assertEqual(first.date, dt.date(2026, 11, 26))
        self.assertEqual(second.reason, 'MD06')

    def test_versions(self):
        for version in ['02', '03', '04', '06', '08']:
            content = RETURNS.replace(
                b'camt.054.001.08', f'camt.054.001.{version}'.encode())
            self.assertEqual(len(read(content).sayings), 2)

    def test_rejected_before_settlement(self):
        content = RETURNS.replace(
            b'</Rsn></RtrInf>',
            b'</Rsn><AddtlInf>x</AddtlInf>'
            b'<AddtlInf>/RTYP/RJCT</AddtlInf></RtrInf>')
        saying = read(content).sayings[0]
        self.assertEqual(saying.kind, 'rejected')
        self.assertEqual(saying.information, 'x /RTYP/RJCT')

    def test_batch(self):
        details = ('<NtryDtls><Btch><PmtInfId>R1-F1-P1</PmtInfId>'
            '<TtlAmt Ccy="EUR">171.00</TtlAmt></Btch></NtryDtls>')
        saying, = read(camt053(entry('CRDT', '171.00', details))).sayings
        self.assertEqual(saying.kind, 'collected')
        self.assertEqual(saying.payment_info_id, 'R1-F1-P1')
        self.assertEqual(saying.amount, Decimal('171.00'))

    def test_total_without_details(self):
        credit, debit = read(camt053(
                entry('CRDT', '171.00') + entry('DBIT', '9.00'))).sayings
        self.assertEqual(
            (credit.kind, credit.description), ('collected', 'Adeudos'))
        self.assertEqual(debit.kind, 'other')

    def test_total_of_transfers(self):
        details = ('<NtryDtls><Btch><PmtInfId>R2-F1-P1</PmtInfId>'
            '</Btch></NtryDtls>')
        saying, = read(camt053(entry('DBIT', '9.00', details))).sayings
        self.assertEqual(
            (saying.kind, saying.credit, saying.amount),
            ('collected', False, Decimal('9.00')))

    def test_reversal_and_moment(self):
        details = ('<NtryDtls><TxDtls><Refs><EndToEndId>E</EndToEndId>'
            '</Refs></TxDtls></NtryDtls>')
        saying, = read(camt053(entry(
                    'DBIT', '5.00', details, '<RvslInd>true</RvslInd>',
                    date='<BookgDt><DtTm>2026-11-24T08:00:00</DtTm>'
                    '</BookgDt>'))).sayings
        self.assertEqual(saying.kind, 'returned')
        self.assertEqual(saying.amount, Decimal('5.00'))
        self.assertEqual(saying.date, dt.date(2026, 11, 24))

    def test_announced_only(self):
        "What is not booked yet will be told again"
        for status in ['<Sts>PDNG</Sts>', '<Sts><Cd>INFO</Cd></Sts>']:
            content = camt053(
                entry('CRDT', '171.00').replace('<Sts>BOOK</Sts>', status)
                + entry('CRDT', '9.00'))
            saying, = read(content).sayings
            self.assertEqual(saying.amount, Decimal('9.00'))

    def test_reversal_as_a_digit(self):
        details = ('<NtryDtls><TxDtls><Refs><EndToEndId>E</EndToEndId>'
            '</Refs></TxDtls></NtryDtls>')
        saying, = read(camt053(entry(
                    'DBIT', '5.00', details,
                    '<RvslInd>1</RvslInd>'))).sayings
        self.assertEqual(saying.kind, 'returned')


class StatusTestCase(unittest.TestCase):

    def test_file(self):
        for version in ['03', '10']:
            saying, = read(pain002(
                    '<GrpSts>RJCT</GrpSts><StsRsnInf><Rsn><Cd>FF01</Cd></Rsn>'
                    '</StsRsnInf></OrgnlGrpInfAndSts>', version)).sayings
            self.assertEqual(saying.kind, 'file_rejected')
            self.assertEqual(
                (saying.message_id, saying.reason), ('R1-F1', 'FF01'))

    def test_accepted(self):
        saying, = read(pain002(
                '<GrpSts>ACCP</GrpSts></OrgnlGrpInfAndSts>')).sayings
        self.assertEqual(saying.kind, 'accepted')

    def test_transaction(self):
        saying, = read(pain002(
                '</OrgnlGrpInfAndSts><OrgnlPmtInfAndSts>'
                '<OrgnlPmtInfId>P1</OrgnlPmtInfId><PmtInfSts>PART</PmtInfSts>'
                '<TxInfAndSts><OrgnlEndToEndId>E1</OrgnlEndToEndId>'
                '<TxSts>RJCT</TxSts><StsRsnInf><Rsn><Cd>AC01</Cd></Rsn>'
                '<AddtlInf>wrong</AddtlInf></StsRsnInf><OrgnlTxRef><Amt>'
                '<InstdAmt Ccy="EUR">12.10</InstdAmt></Amt>'
                '<MndtRltdInf><MndtId>M1</MndtId></MndtRltdInf>'
                '</OrgnlTxRef></TxInfAndSts></OrgnlPmtInfAndSts>')).sayings
        self.assertEqual(saying.kind, 'rejected')
        self.assertEqual(saying.end_to_end_id, 'E1')
        self.assertEqual(saying.mandate, 'M1')
        self.assertEqual(saying.amount, Decimal('12.10'))
        self.assertEqual(saying.information, 'wrong')

    def test_batch(self):
        saying, = read(pain002(
                '</OrgnlGrpInfAndSts><OrgnlPmtInfAndSts>'
                '<OrgnlPmtInfId>P1</OrgnlPmtInfId><PmtInfSts>RJCT</PmtInfSts>'
                '</OrgnlPmtInfAndSts>')).sayings
        self.assertEqual(
            (saying.kind, saying.payment_info_id), ('batch_rejected', 'P1'))

    def test_batch_with_some_of_its_transactions(self):
        "Those that are not told are refused too, whatever is said of some"
        transaction, batch = read(pain002(
                '</OrgnlGrpInfAndSts><OrgnlPmtInfAndSts>'
                '<OrgnlPmtInfId>P1</OrgnlPmtInfId><PmtInfSts>RJCT</PmtInfSts>'
                '<TxInfAndSts><OrgnlEndToEndId>E1</OrgnlEndToEndId>'
                '<StsRsnInf><Rsn><Cd>AC01</Cd></Rsn></StsRsnInf><OrgnlTxRef>'
                '<Dbtr><Pty><Nm>Bar Pepe</Nm></Pty></Dbtr></OrgnlTxRef>'
                '</TxInfAndSts></OrgnlPmtInfAndSts>')).sayings
        self.assertEqual(
            (transaction.kind, transaction.reason, transaction.name),
            ('rejected', 'AC01', "Bar Pepe"))
        self.assertEqual(
            (batch.kind, batch.payment_info_id), ('batch_rejected', 'P1'))


class Norma43TestCase(unittest.TestCase):

    def rows(self, *movements):
        rows = ['11' + '2100' + '0418' + '0200051332' + '261101261130'
            + '2' + '0' * 14 + '978' + '3' + 'INSTALACIONES LEVANTE']
        for side, amount, words in movements:
            rows.append('22' + ' ' * 4 + '0418' + '261124' + '261125' + '17'
                + '001' + side + f'{amount:014}' + '0000000001'
                + 'REF1'.ljust(12) + 'REF2'.ljust(16))
            rows.append('2301' + words.ljust(76))
        rows += ['33' + '2100' + '0418' + '0200051332', '88' + '9' * 18]
        return '\r\n'.join(r.ljust(80) for r in rows).encode('latin-1')

    def test_movements(self):
        report = read(self.rows(
                ('2', 17100, "REMESA R00001 ADEUDOS AÑO"),
                ('1', 350, "COMISIÓN")))
        credit, debit = report.sayings
        self.assertEqual(report.accounts, ('210004180200051332',))
        self.assertEqual(
            (credit.kind, credit.amount, credit.date),
            ('collected', Decimal('171.00'), dt.date(2026, 11, 25)))
        self.assertEqual(credit.description, "REMESA R00001 ADEUDOS AÑO")
        self.assertEqual(debit.kind, 'other')
        self.assertEqual((credit.credit, debit.credit), (True, False))

    def test_cut(self):
        with self.assertRaises(Damaged):
            read(self.rows(('2', 1, "X")).rpartition(b'\r\n')[0])

    def test_mark_of_the_editor(self):
        "An account that is not read is an account that is not checked"
        report = read(b'\xef\xbb\xbf' + self.rows(('2', 1, "X")))
        self.assertEqual(report.accounts, ('210004180200051332',))


class NastyTestCase(unittest.TestCase):

    def test_unknown(self):
        for content in [
                b'', b'PK\x03\x04', b'hello', b'<html/>',
                b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:'
                b'pain.008.001.08"/>']:
            with self.assertRaises(UnknownFormat):
                read(content)

    def test_truncated(self):
        for size in [100, 400, len(RETURNS) - 10]:
            with self.assertRaises(Damaged):
                read(RETURNS[:size])

    def test_bomb(self):
        bomb = (b'<!DOCTYPE Document [<!ENTITY a "ha">'
            b'<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>')
        content = RETURNS.replace(b'?>', b'?>' + bomb, 1).replace(
            b'CAMT-1', b'&b;')
        with self.assertRaises(Damaged):
            read(content)

    def test_outside_entity(self):
        content = RETURNS.replace(
            b'?>', b'?><!DOCTYPE D [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
            1).replace(b'CAMT-1', b'&x;')
        with self.assertRaises(Damaged):
            read(content)

    def test_bad_values(self):
        for old, new in [
                (b'<Dt>2026-11-26</Dt>', b'<Dt>26/11/2026</Dt>'),
                (b'121.00', b'121,00')]:
            with self.assertRaises(Damaged):
                read(RETURNS.replace(old, new))

    @settings(max_examples=200, deadline=None)
    @given(st.binary(max_size=400))
    def test_any_bytes(self, content):
        "Whatever comes is read or refused in words"
        for prefix in [b'', b'<', b'11', b'<?xml version="1.0"?>']:
            try:
                read(prefix + content)
            except (Damaged, UnknownFormat):
                pass


class ReasonTestCase(unittest.TestCase):

    def test_actions(self):
        for code, action in [
                ('AM04', 'represent'), ('MS03', 'represent'),
                ('AC04', 'block'), ('MD06', 'block'), ('FF01', 'mend'),
                ('am04', 'represent'), ('', 'look'), ('ZZ99', 'look')]:
            self.assertEqual(action_for(code), action)
            self.assertIn(action, ACTIONS)

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from decimal import Decimal
from itertools import groupby

from trytond.modules.report_html.declaration import Block, Column, Text
from trytond.modules.report_html.report import HTMLReport


class RemittanceReport(HTMLReport):
    "The list that goes to the folder, or to the bank's clerk"
    __name__ = 'sepa.remittance.report'

    blocks = [
        Block('batches', 'sepa_remittance.msg_block_batches'),
        Block('debits', 'sepa_remittance.msg_block_debits'),
        ]
    columns = [
        Column('mandate', 'sepa_remittance.msg_column_mandate'),
        Column('iban', 'sepa_remittance.msg_column_iban'),
        Column('concept', 'sepa_remittance.msg_column_concept'),
        ]
    placeholders = {
        'number': 'number',
        }

    @classmethod
    def get_party(cls, record, data):
        return record.company.party

    @classmethod
    def get_context(cls, records, header, data):
        context = super().get_context(records, header, data)
        context['totals'] = cls._totals
        context['hidden'] = cls._hidden
        return context

    @classmethod
    def _totals(cls, remittance):
        "Return (date, sequence type, count, amount) as the bank books them"
        def key(debit):
            return debit.date, debit.sequence_type or ''
        result = []
        for (date, _), debits in groupby(
                sorted(remittance.debits, key=key), key=key):
            debits = list(debits)
            result.append((
                    date, debits[0], len(debits),
                    sum((d.amount for d in debits), Decimal(0))))
        return result

    @classmethod
    def _hidden(cls, iban):
        "The account without the digits that nobody needs on paper"
        if len(iban) < 12:
            return iban
        return f'{iban[:8]} **** **** {iban[-4:]}'


class NoticeReport(HTMLReport):
    "The letter that tells a debtor what will be collected"
    __name__ = 'sepa.remittance.debit.notice'

    texts = [
        Text('closing', 'sepa_remittance.msg_text_notice_closing',
            'sepa_remittance.msg_text_notice_closing_default'),
        ]
    placeholders = {
        'customer': 'party.name',
        'mandate': 'mandate.identification',
        }

    @classmethod
    def get_context(cls, records, header, data):
        context = super().get_context(records, header, data)
        context['hidden'] = RemittanceReport._hidden
        return context

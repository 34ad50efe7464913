# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import io
import zipfile
from pathlib import PurePath

from trytond.i18n import gettext
from trytond.modules.report_html.declaration import Block, Column, Text
from trytond.modules.report_html.report import HTMLReport
from trytond.pool import Pool
from trytond.report import Report

from .exceptions import RemittanceFileError


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
        context['hidden'] = cls._hidden
        return context

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


class RemittanceFileReport(Report):
    "The files for the bank as they are downloaded: one, or an archive"
    __name__ = 'sepa.remittance.file'

    @classmethod
    def execute(cls, ids, data):
        extension, content, direct_print, name = super().execute(ids, data)
        files = cls._files(ids)
        if len(files) == 1:
            name = PurePath(files[0].file_name).stem
        return extension, content, direct_print, name

    @classmethod
    def _files(cls, ids):
        "The files of today, not those that the bank has refused"
        Batch = Pool().get('sepa.remittance.batch')
        batches = Batch.search([
                ('remittance', 'in', list(map(int, ids))),
                ('message', '!=', None),
                ], order=[('remittance', 'ASC'), ('id', 'ASC')])
        return list(dict.fromkeys(b.message for b in batches))

    @classmethod
    def _execute(cls, records, header, data, action):
        files = cls._files(records)
        if not files:
            raise RemittanceFileError(gettext(
                    'sepa_remittance.msg_remittance_no_file',
                    remittance=', '.join(r.rec_name for r in records)))
        if len(files) == 1:
            return 'xml', bytes(files[0].message)
        output = io.BytesIO()
        with zipfile.ZipFile(output, 'w', zipfile.ZIP_DEFLATED) as archive:
            for file in files:
                archive.writestr(file.file_name, bytes(file.message))
        return 'zip', output.getvalue()


class MandateReport(HTMLReport):
    "The mandate as the debtor signs it, in his language"
    __name__ = 'sepa.remittance.mandate'

    blocks = [
        Block('signature', 'sepa_remittance.msg_block_signature'),
        ]
    texts = [
        Text('core', 'sepa_remittance.msg_text_mandate_core',
            'sepa_remittance.msg_text_mandate_core_default'),
        Text('business', 'sepa_remittance.msg_text_mandate_business',
            'sepa_remittance.msg_text_mandate_business_default'),
        Text('return', 'sepa_remittance.msg_text_mandate_return'),
        ]
    placeholders = {
        'creditor': 'company.party.name',
        'customer': 'party.name',
        }

    @classmethod
    def get_context(cls, records, header, data):
        context = super().get_context(records, header, data)
        context['creditor_identifier'] = cls._creditor_identifier
        return context

    @classmethod
    def _creditor_identifier(cls, mandate):
        "The identifier in the journal by which the debtor is collected"
        Journal = Pool().get('account.payment.journal')
        journals = {
            d.remittance.journal for d in mandate.debits[:1]}
        if not journals:
            journals = {
                r.journal for r in mandate.party.reception_direct_debits
                if r.journal.process_method == 'sepa'
                and r.journal.company == mandate.company}
        if not journals:
            journals = set(Journal.search([
                        ('company', '=', mandate.company.id),
                        ('process_method', '=', 'sepa'),
                        ], limit=1, order=[('id', 'ASC')]))
        for journal in journals:
            return journal.sepa_creditor_identifier

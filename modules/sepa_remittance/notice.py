# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
from collections import defaultdict
from email.message import EmailMessage

import trytond.config as config
from trytond.i18n import gettext
from trytond.pool import Pool
from trytond.sendmail import SMTPDataManager, send_message_transactional
from trytond.tools.email_ import set_from_header
from trytond.transaction import Transaction

from .generation import utc_now


class NoticeMixin:
    "Tell debtors what will be collected, some days before"
    __slots__ = ()

    @classmethod
    def send_notices(cls, remittances=None, date=None):
        """Send the notices that are due and return their debits

        Without remittances those of the company that are on their way to the
        bank are looked through: the cron does so every day.  Who has no
        e-mail waits for his letter.
        """
        pool = Pool()
        Debit = pool.get('sepa.remittance.debit')
        Configuration = pool.get('account.configuration')
        Date = pool.get('ir.date')
        company = Transaction().context.get('company')
        if date is None:
            date = Date.today()
        configuration = Configuration(1)
        policy = configuration.get_multivalue('sepa_notice', company=company)
        if policy == 'never':
            return []
        days = configuration.get_multivalue(
            'sepa_notice_days', company=company) or 0
        domain = [
            ('company', '=', company),
            ('notified_at', '=', None),
            ('remittance.kind', '=', 'receivable'),
            ('remittance.state', 'in', [
                    'draft', 'approved', 'generated', 'sent']),
            ('date', '>', date),
            ]
        if remittances is not None:
            domain.append(
                ('remittance', 'in', [r.id for r in remittances]))
        due = [
            debit for debit in Debit.search(domain)
            if debit.date - dt.timedelta(days=(
                    days if debit.mandate.notice_days is None
                    else debit.mandate.notice_days)) <= date]
        if policy == 'changed':
            due = cls._changed(due)
        mailed = [d for d in due if d.party.email]
        manager = SMTPDataManager()
        for debit in mailed:
            cls._send_notice(debit, manager)
        Debit.write(mailed, {
                'letter_due': False,
                'notified_at': utc_now(),
                },
            [d for d in due if not d.party.email], {'letter_due': True})
        return mailed

    @classmethod
    def _changed(cls, debits):
        "Keep those whose amount or day of the month is a new one"
        pool = Pool()
        Debit = pool.get('sepa.remittance.debit')
        before = defaultdict(list)
        for other in Debit.search([
                    ('mandate', 'in', list({d.mandate.id for d in debits})),
                    ('state', 'in', ['processing', 'succeeded']),
                    ], order=[('date', 'DESC')]):
            before[other.mandate].append(other)
        result = []
        for debit in debits:
            last = next((
                    d for d in before[debit.mandate]
                    if d.date < debit.date), None)
            if (last is None or last.amount != debit.amount
                    or _due_day(last) != _due_day(debit)):
                result.append(debit)
        return result

    @classmethod
    def _send_notice(cls, debit, manager):
        pool = Pool()
        Notice = pool.get('sepa.remittance.debit.notice', type='report')
        language = debit.party.lang
        with Transaction().set_context(
                language=language.code if language else None):
            extension, content, _, title = Notice.execute([debit.id], {})
            values = {'company': debit.company.party.name}
            message = EmailMessage()
            message['Subject'] = gettext(
                'sepa_remittance.msg_notice_subject', **values)
            message.set_content(gettext(
                    'sepa_remittance.msg_notice_body', **values))
        message.add_attachment(
            content, maintype='application', subtype=extension,
            filename=f'{title}.{extension}')
        message['To'] = debit.party.email
        from_ = config.get('email', 'from')
        set_from_header(message, from_, from_)
        send_message_transactional(message, datamanager=manager)


def _due_day(debit):
    # Week-ends move the collection, not the day that was agreed.
    return (debit.original_date or debit.date).day

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
import json
import tempfile
from email.message import EmailMessage
from pathlib import Path

from sql import Literal

from trytond import config
from trytond.i18n import gettext
from trytond.model import ChatMixin, ModelSQL, ModelView, Workflow, fields
from trytond.model.exceptions import AccessError
from trytond.modules.company.model import employee_field, set_employee
from trytond.modules.currency.fields import Monetary
from trytond.modules.report_html.workflow import ButtonWorkflow
from trytond.pool import Pool
from trytond.pyson import Bool, Eval, If
from trytond.sendmail import send_message_transactional
from trytond.transaction import Transaction

from . import mailing
from .control_sheet import Sheet
from .exceptions import (
    ChartError, ControlError, CurrencyError, EmailMissingError,
    ExportAgainWarning, ExportStateError, PeriodError)
from .making import Maker
from .profile import ACCOUNTS, KINDS


class Export(ButtonWorkflow, ChatMixin, ModelSQL, ModelView):
    __name__ = 'contaplus.export'

    _states = {
        'readonly': Eval('state') != 'draft',
        }

    company = fields.Many2One(
        'company.company', "Company", required=True, states=_states,
        help="The company whose books are sent.")
    profile = fields.Many2One(
        'contaplus.profile', "Profile", required=True, ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        states=_states,
        help="How the files are made.")
    start_date = fields.Date(
        "From", required=True, states=_states,
        domain=[
            If(Bool(Eval('end_date')),
                ('start_date', '<=', Eval('end_date', None)),
                ()),
            ],
        help="The first day of the entries.")
    end_date = fields.Date(
        "To", required=True, states=_states,
        domain=[
            If(Bool(Eval('start_date')),
                ('end_date', '>=', Eval('start_date', None)),
                ()),
            ],
        help="The last day of the entries.")
    kinds = fields.MultiSelection(
        KINDS, "Kinds", required=True, sort=False, states=_states,
        help="The kinds of entries to send.")
    journals = fields.Many2Many(
        'contaplus.export-account.journal', 'export', 'journal',
        "Journals", states=_states,
        help="The journals whose entries are sent.\n"
        "Leave empty for all of them.")
    accounts = fields.Selection(
        ACCOUNTS, "Subaccounts", required=True, sort=False, states=_states,
        help="Which subaccounts are written: those that are new or have "
        "changed since they were sent, or all that are in use.")
    late = fields.Boolean(
        "Late Entries", states=_states,
        help="Check to take also older entries that were posted after their "
        "period had been sent.")
    late_dates = fields.Selection([
            ('keep', "Keep Their Date"),
            ('move', "Take the Proposed Date"),
            ('leave', "Leave Them Out"),
            ], "Entries in Closed Books", required=True, sort=False,
        states=_states,
        help="What happens to entries of a period that the adviser has "
        "closed.")
    again = fields.Boolean(
        "Send Again", states=_states,
        help="Check to take also the entries that were sent before.")
    leave_out = fields.Boolean(
        "Leave Out", states=_states,
        help="Check to leave the entries with problems out and send the "
        "rest.")
    receipts = fields.Boolean(
        "Pending Receipts", states=_states,
        help="Check to list also what is still to be collected and paid, "
        "to be loaded by hand.")
    files = fields.One2Many(
        'contaplus.export.file', 'export', "Files", readonly=True,
        help="What was made for the adviser.")
    problems = fields.One2Many(
        'contaplus.export.problem', 'export', "Problems", readonly=True,
        help="What was found in the books.")
    entries = fields.One2Many(
        'contaplus.export.entry', 'export', "Entries", readonly=True,
        help="The entries that were sent.")
    number_of_entries = fields.Integer(
        "Entries", readonly=True,
        help="How many entries are in the files.")
    number_of_lines = fields.Integer(
        "Lines", readonly=True,
        help="How many lines are in the files.")
    number_sent_again = fields.Integer(
        "Sent Again", readonly=True,
        states={
            'invisible': ~Eval('number_sent_again', 0),
            },
        help="How many of the entries had been sent before.")
    number_left_out = fields.Integer(
        "Left Out", readonly=True,
        help="How many entries were not sent because of a problem.")
    debit = Monetary(
        "Debit", currency='currency', digits='currency', readonly=True,
        help="The sum of the debits in the files.")
    credit = Monetary(
        "Credit", currency='currency', digits='currency', readonly=True,
        help="The sum of the credits in the files.")
    currency = fields.Function(
        fields.Many2One(
            'currency.currency', "Currency",
            help="The currency of the company."),
        'on_change_with_currency')
    control = fields.Text(
        "Control", readonly=True,
        help="The sums of the check sheet, for programs.")
    sent_at = fields.Timestamp(
        "Sent At", readonly=True,
        help="When the files were sent to the adviser by e-mail.")
    done_at = fields.Timestamp(
        "Done At", readonly=True,
        help="When the files were made.")
    done_by = employee_field("Done By", states=['done', 'cancelled'])
    cancelled_by = employee_field("Cancelled By", states=['cancelled'])
    state = fields.Selection([
            ('draft', "Draft"),
            ('done', "Done"),
            ('cancelled', "Cancelled"),
            ], "State", readonly=True, required=True, sort=False,
        help="The current state of the export.")

    del _states

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [
            ('end_date', 'DESC'),
            ('id', 'DESC'),
            ]
        cls._transitions |= {
            ('draft', 'done'),
            ('draft', 'cancelled'),
            ('done', 'cancelled'),
            }
        cls._buttons.update({
                'check': {
                    'invisible': Eval('state') != 'draft',
                    'icon': 'tryton-search',
                    'depends': ['state'],
                    },
                'do': {
                    'invisible': Eval('state') != 'draft',
                    'icon': 'tryton-ok',
                    'depends': ['state'],
                    },
                'send': {
                    'invisible': Eval('state') != 'done',
                    'icon': 'tryton-email',
                    'depends': ['state'],
                    },
                'cancel': {
                    'invisible': Eval('state') == 'cancelled',
                    'icon': 'tryton-cancel',
                    'depends': ['state'],
                    },
                })

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_accounts(cls):
        return 'new'

    @classmethod
    def default_late(cls):
        return True

    @classmethod
    def default_late_dates(cls):
        return 'keep'

    @classmethod
    def default_again(cls):
        return False

    @classmethod
    def default_leave_out(cls):
        return True

    @classmethod
    def default_receipts(cls):
        return False

    @classmethod
    def default_state(cls):
        return 'draft'

    @fields.depends('profile', 'journals')
    def on_change_profile(self):
        if self.profile:
            self.kinds = self.profile.books
            self.journals = self.profile.journals

    @fields.depends('company')
    def on_change_with_currency(self, name=None):
        return self.company.currency if self.company else None

    def get_rec_name(self, name):
        pool = Pool()
        Lang = pool.get('ir.lang')
        lang = Lang.get()
        return '%s %s – %s' % (
            self.profile.rec_name, lang.strftime(self.start_date),
            lang.strftime(self.end_date))

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('profile.rec_name', *clause[1:])]

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual', If(
                    Eval('state') == 'cancelled', 'muted', '')),
            ]

    @classmethod
    def check_modification(cls, mode, exports, values=None, external=False):
        super().check_modification(
            mode, exports, values=values, external=external)
        if mode == 'delete':
            for export in exports:
                if export.state != 'draft':
                    raise AccessError(gettext(
                            'contaplus_export.msg_export_delete',
                            export=export.rec_name))

    @classmethod
    def copy(cls, exports, default=None):
        default = default.copy() if default is not None else {}
        for name in [
                'files', 'problems', 'entries', 'number_of_entries',
                'number_of_lines', 'number_sent_again', 'number_left_out',
                'debit', 'credit', 'control', 'sent_at', 'done_at', 'done_by',
                'cancelled_by']:
            default.setdefault(name)
        return super().copy(exports, default=default)

    # Life cycle

    @classmethod
    @ModelView.button
    def check(cls, exports):
        "List the problems without writing anything"
        for export in exports:
            with export._made() as maker:
                export._keep_problems(maker.result)
        cls.save(exports)

    @classmethod
    @ModelView.button
    @set_employee('done_by')
    def do(cls, exports):
        "Make the files; with problems to solve first it stays draft"
        pool = Pool()
        Warning = pool.get('res.user.warning')
        again = [e for e in exports if e.again]
        if again and not Transaction().context.get('_skip_warnings'):
            key = Warning.format('contaplus_again', again)
            if Warning.check(key):
                raise ExportAgainWarning(key, gettext(
                        'contaplus_export.msg_export_again',
                        export=again[0].rec_name))
        done = []
        for export in exports:
            if export.state != 'draft':
                raise ExportStateError(gettext(
                        'contaplus_export.msg_export_state',
                        export=export.rec_name))
            with export._made() as maker:
                export._keep_problems(maker.result)
                if export.leave_out or not maker.result.left_out:
                    export._keep(maker)
                    done.append(export)
        cls.save(exports)
        cls._finish(done)

    @classmethod
    @Workflow.transition('done')
    def _finish(cls, exports):
        pass

    @classmethod
    @ModelView.button
    @Workflow.transition('cancelled')
    @set_employee('cancelled_by')
    def cancel(cls, exports):
        "Free the entries; the files stay to be looked at"
        pool = Pool()
        Entry = pool.get('contaplus.export.entry')
        entry = Entry.__table__()
        cursor = Transaction().connection.cursor()
        cursor.execute(*entry.update(
                [entry.live], [Literal(False)],
                where=fields.SQL_OPERATORS['in'](
                    entry.export, [e.id for e in exports])))
        transaction = Transaction()
        transaction.counter += 1
        for cache in transaction.cache.values():
            if Entry.__name__ in cache:
                cache[Entry.__name__].clear()

    @classmethod
    @ModelView.button
    def send(cls, exports):
        "Send the files to the adviser by e-mail"
        for export in exports:
            if not export.adviser_email:
                raise EmailMissingError(gettext(
                        'contaplus_export.msg_email_missing',
                        profile=export.profile.rec_name))
            send_message_transactional(export._message())
            export.sent_at = _now()
        cls.save(exports)

    @property
    def adviser_email(self):
        adviser = self.profile.adviser
        return adviser.email if adviser else None

    def _message(self):
        adviser = self.profile.adviser
        message = EmailMessage()
        message['To'] = self.adviser_email
        if self.company.party.email:
            # What the office has sent is found in its own mail too.
            message['Cc'] = self.company.party.email
        message['From'] = config.get('email', 'from')
        language = (
            adviser.lang.code if adviser.lang else Transaction().language)
        with Transaction().set_context(language=language):
            # Read again: its name has the dates of the language.
            name = self.__class__(self.id).rec_name
            lines = ['body']
            if self.number_left_out:
                lines.append('left_out')
            if self.number_sent_again:
                lines.append('again')
            arguments = dict(
                company=self.company.rec_name, export=name,
                entries=self.number_of_entries,
                left_out=self.number_left_out,
                again=self.number_sent_again)
            message['Subject'] = gettext(
                'contaplus_export.msg_email_subject', **arguments)
            message.set_content('\n\n'.join(
                    gettext(f'contaplus_export.msg_email_{n}', **arguments)
                    for n in lines))
            attachments = mailing.attachments(self)
        for name, data in attachments:
            message.add_attachment(
                data, maintype='application',
                subtype={
                    'pdf': 'pdf', 'zip': 'zip'}.get(
                    name.rpartition('.')[-1].lower(), 'octet-stream'),
                filename=name)
        return message

    # Workers

    @classmethod
    def make(
            cls, profile, start, end, kinds=None, again=False, late=True,
            late_dates='keep', accounts='new', leave_out=True,
            receipts=False, journals=None):
        """Make the files of a period and return the export

        It stays draft when there are problems and they are not to be left
        out.
        """
        if start > end:
            raise PeriodError(gettext(
                    'contaplus_export.msg_export_period',
                    start=start, end=end))
        export = cls(
            company=profile.company, profile=profile, start_date=start,
            end_date=end, kinds=list(kinds or profile.books), again=again,
            late=late, late_dates=late_dates, accounts=accounts,
            leave_out=leave_out, receipts=receipts,
            journals=profile.journals if journals is None else journals)
        export.save()
        with Transaction().set_context(_skip_warnings=True):
            cls.do([export])
        return export

    def _made(self):
        pool = Pool()
        Profile = pool.get('contaplus.profile')
        # One export of a profile at a time: numbers and marks are shared.
        Profile.lock([self.profile])
        self._check_company()
        return _Making(self)

    def _check_company(self):
        "Answer clearly when the books are not what the program expects"
        pool = Pool()
        Account = pool.get('account.account')
        AccountCode = pool.get('contaplus.account_code')
        company = self.company
        if company.currency.code != 'EUR':
            raise CurrencyError(gettext(
                    'contaplus_export.msg_company_currency',
                    company=company.rec_name,
                    currency=company.currency.rec_name))
        if self.profile.target == 'neutral':
            return
        spanish = Account.search([
                ('company', '=', company.id),
                ('code', 'like', '43%'),
                ('type.receivable', '=', True),
                ], limit=1)
        codes = AccountCode.search([
                ('company', '=', company.id),
                ], limit=1)
        if not spanish and not codes:
            raise ChartError(gettext(
                    'contaplus_export.msg_company_chart',
                    company=company.rec_name,
                    profile=self.profile.rec_name))

    def _keep_problems(self, result):
        pool = Pool()
        ExportProblem = pool.get('contaplus.export.problem')
        ExportProblem.delete(list(self.problems))
        self.problems = ExportProblem.of(result.problems.values())
        self.number_left_out = len(result.left_out)

    def _keep(self, maker):
        "Store all that was made, if it is what is in the books"
        pool = Pool()
        AccountCode = pool.get('contaplus.account_code')
        Entry = pool.get('contaplus.export.entry')
        ExportAccount = pool.get('contaplus.export.account')
        ExportFile = pool.get('contaplus.export.file')
        result = maker.result
        if misread := maker.misread():
            raise ControlError(self._tell_misread(misread))
        elif differences := maker.differences():
            raise ControlError(self._tell(differences))
        AccountCode.keep_codes(self.company, result.codes)
        Entry.insert(self, result.entries)
        ExportAccount.insert(self, result.sent_subaccounts)
        maker.release()
        ExportFile.keep(self, result.outputs)
        self.number_of_entries = result.totals.entries
        self.number_of_lines = result.totals.lines
        self.number_sent_again = len(result.sent_again)
        self.debit = result.totals.debit
        self.credit = result.totals.credit
        self.done_at = _now()
        sheet = Sheet(self, maker)
        if unexplained := sheet.unexplained:
            raise ControlError(self._tell(unexplained))
        self.control = sheet.dump()
        ExportFile.keep_text(
            self, 'CONTROL.CSV', 'control', sheet.write_csv())

    @property
    def sheet(self):
        "Return the sums of the check sheet"
        return json.loads(self.control or '{}')

    def _tell_misread(self, misread):
        lines = [
            gettext(
                'contaplus_export.msg_control_line', record=name,
                books=books, files=files)
            for name, books, files in misread]
        return gettext(
            'contaplus_export.msg_control', export=self.rec_name,
            differences='\n'.join(lines))

    def _tell(self, differences):
        pool = Pool()
        names = {
            'account': pool.get('account.account'),
            'tax': pool.get('account.tax'),
            }
        lines = []
        for difference in differences[:10]:
            record = names[difference.what](difference.id)
            lines.append(gettext(
                    'contaplus_export.msg_control_line',
                    record=record.rec_name, books=difference.books,
                    files=difference.files))
        return gettext(
            'contaplus_export.msg_control', export=self.rec_name,
            differences='\n'.join(lines))


class _Making:
    "Make in a folder that goes away"

    def __init__(self, export):
        self.export = export
        self.folder = tempfile.TemporaryDirectory(prefix='contaplus-')

    def __enter__(self):
        maker = Maker(self.export, Path(self.folder.name))
        try:
            maker.run()
        except BaseException:
            self.folder.cleanup()
            raise
        return maker

    def __exit__(self, *error):
        self.folder.cleanup()


def _now():
    return dt.datetime.now(dt.timezone.utc).replace(tzinfo=None)

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt

from dateutil.relativedelta import relativedelta

from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.pool import Pool
from trytond.pyson import Bool, Eval, If
from trytond.transaction import Transaction
from trytond.wizard import Button, StateAction, StateView, Wizard

from .exceptions import ExportAgainWarning
from .profile import ACCOUNTS, KINDS


class MakeExport(Wizard):
    __name__ = 'contaplus.export.make'

    start = StateView(
        'contaplus.export.make.start',
        'contaplus_export.make_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Make Files", 'make', 'tryton-ok', default=True),
            ])
    make = StateAction('contaplus_export.act_export_form')

    def do_make(self, action):
        pool = Pool()
        Export = pool.get('contaplus.export')
        Warning = pool.get('res.user.warning')
        start = self.start
        if start.again:
            key = Warning.format(
                f'contaplus_again_{start.start_date}_{start.end_date}',
                [start.profile])
            if Warning.check(key):
                raise ExportAgainWarning(key, gettext(
                        'contaplus_export.msg_export_again',
                        export=start.profile.rec_name))
        export = Export.make(
            start.profile, start.start_date, start.end_date,
            kinds=start.kinds, again=start.again, late=start.late,
            late_dates=start.late_dates, accounts=start.accounts,
            leave_out=start.leave_out, receipts=start.receipts,
            journals=start.journals)
        action['views'].reverse()
        return action, {'res_id': export.id}


class MakeExportStart(ModelView):
    __name__ = 'contaplus.export.make.start'

    profile = fields.Many2One(
        'contaplus.profile', "Profile", required=True,
        domain=[
            ('company', '=', Eval('context', {}).get('company', -1)),
            ],
        help="How the files are made.")
    start_date = fields.Date(
        "From", required=True,
        help="The first day of the entries.")
    end_date = fields.Date(
        "To", required=True,
        domain=[
            If(Bool(Eval('start_date')),
                ('end_date', '>=', Eval('start_date', None)),
                ()),
            ],
        help="The last day of the entries.")
    kinds = fields.MultiSelection(
        KINDS, "Kinds", required=True, sort=False,
        help="The kinds of entries to send.")
    journals = fields.Many2Many(
        'account.journal', None, None, "Journals",
        help="The journals whose entries are sent.\n"
        "Leave empty for all of them.")
    accounts = fields.Selection(
        ACCOUNTS, "Subaccounts", required=True, sort=False,
        help="Which subaccounts are written: those that are new or have "
        "changed since they were sent, or all that are in use.")
    late = fields.Boolean(
        "Late Entries",
        help="Check to take also older entries that were posted after their "
        "period had been sent.")
    late_dates = fields.Selection([
            ('keep', "Keep Their Date"),
            ('move', "Take the Proposed Date"),
            ('leave', "Leave Them Out"),
            ], "Entries in Closed Books", required=True, sort=False,
        help="What happens to entries of a period that the adviser has "
        "closed.")
    again = fields.Boolean(
        "Send Again",
        help="Check to take also the entries that were sent before: the "
        "adviser may have them twice.")
    leave_out = fields.Boolean(
        "Leave Out",
        help="Check to leave the entries with problems out and send the "
        "rest; otherwise nothing is made until they are solved.")
    receipts = fields.Boolean(
        "Pending Receipts",
        help="Check to list also what is still to be collected and paid, "
        "to be loaded by hand.")

    @classmethod
    def default_profile(cls):
        pool = Pool()
        Profile = pool.get('contaplus.profile')
        profiles = Profile.search([
                ('company', '=', Transaction().context.get('company', -1)),
                ], limit=2)
        if len(profiles) == 1:
            profile, = profiles
            return profile.id

    @classmethod
    def default_start_date(cls):
        return cls._last_month()[0]

    @classmethod
    def default_end_date(cls):
        return cls._last_month()[1]

    @classmethod
    def _last_month(cls):
        pool = Pool()
        Date = pool.get('ir.date')
        first = Date.today() + relativedelta(day=1)
        return first - relativedelta(months=1), first - dt.timedelta(days=1)

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
    def default_leave_out(cls):
        return True

    @fields.depends('profile', 'journals')
    def on_change_profile(self):
        if self.profile:
            self.kinds = self.profile.books
            self.journals = self.profile.journals

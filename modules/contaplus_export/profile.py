# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
import re
from decimal import Decimal, InvalidOperation

from dateutil.relativedelta import relativedelta

from trytond.i18n import gettext
from trytond.model import (
    DeactivableMixin, ModelSQL, ModelView, Unique, fields, sequence_ordered)
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.transaction import Transaction

from .codes import Range
from .entries import Settings
from .exceptions import ProfileError
from .layout import Layout, layout
from .vat import kinds
from .xdiario import Options

KINDS = [
    ('sales', "Sales"),
    ('purchases', "Purchases"),
    ('receipts', "Receipts and Payments"),
    ('bank', "Bank and Cash"),
    ('other', "Other Entries"),
    ]
TARGETS = [
    ('contaplus', "ContaPlus or Sage 50"),
    ('a3', "a3 (SUENLACE.DAT)"),
    ('neutral', "Neutral (CSV and XLSX)"),
    ]
ACCOUNTS = [
    ('new', "New and Changed"),
    ('all', "All"),
    ]
_LOGICALS = {
    'letter': ('T', 'F'),
    'dotted': ('.T.', '.F.'),
    'word': ('TRUE', 'FALSE'),
    }
_LINE_ENDS = {
    'crlf': '\r\n',
    'lf': '\n',
    }


class Profile(DeactivableMixin, ModelSQL, ModelView):
    __name__ = 'contaplus.profile'

    name = fields.Char(
        "Name", required=True, translate=True,
        help="The main identification of the profile.")
    company = fields.Many2One(
        'company.company', "Company", required=True,
        help="The company whose books are sent.")
    adviser = fields.Many2One(
        'party.party', "Adviser", ondelete='RESTRICT',
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="The office that keeps the books.\n"
        "The files are sent to its e-mail address.")
    target = fields.Selection(
        TARGETS, "Program", required=True, sort=False,
        help="The program of the adviser that reads the files.")
    layout = fields.Selection([
            (None, ""),
            ('txt-32', "TXT, 32 fields (old ContaPlus)"),
            ('txt-98', "TXT, 98 fields"),
            ('csv-116', "CSV, 116 fields (Sage 50)"),
            ('csv-142', "CSV, 142 fields (ContaPlus Flex)"),
            ], "Layout of Entries", sort=False,
        states={
            'required': Eval('target') == 'contaplus',
            'invisible': Eval('target') != 'contaplus',
            },
        help="The fields of the file of entries (XDIARIO).\n"
        "Check it against a sample of the adviser's program.")
    subaccount_layout = fields.Selection([
            (None, ""),
            ('sub-161', "TXT, 12 fields (old ContaPlus)"),
            ('sub-448', "TXT, 35 fields"),
            ('sub-csv-12', "CSV, 12 fields"),
            ('sub-csv-35', "CSV, 35 fields"),
            ], "Layout of Subaccounts", sort=False,
        states={
            'required': Eval('target') == 'contaplus',
            'invisible': Eval('target') != 'contaplus',
            },
        help="The fields of the file of subaccounts (XSUBCTA).")
    encoding = fields.Selection([
            ('cp1252', "Windows-1252"),
            ('cp850', "cp850 (DOS)"),
            ('utf-8', "UTF-8"),
            ], "Encoding", required=True, sort=False,
        help="How the accented letters are written in the files.")
    logical = fields.Selection([
            (None, "As the Layout"),
            ('letter', "T / F"),
            ('dotted', ".T. / .F."),
            ('word', "TRUE / FALSE"),
            ], "Yes and No", sort=False,
        states={
            'invisible': Eval('target') != 'contaplus',
            },
        help="How yes and no are spelled in CSV files.\n"
        "A TXT file has room for one letter only.")
    line_end = fields.Selection([
            ('crlf', "CR LF (Windows)"),
            ('lf', "LF"),
            ], "End of Line", required=True, sort=False,
        help="What ends each line of the files.")
    company_code = fields.Char(
        "Company Code", size=5,
        states={
            'required': Eval('target') == 'a3',
            'invisible': Eval('target') != 'a3',
            },
        help="The number of the company in the adviser's program.")

    code_length = fields.Integer(
        "Subaccount Length", required=True,
        domain=[
            ('code_length', '>=', 6),
            ('code_length', '<=', 12),
            ],
        help="How many digits each subaccount has in the adviser's plan.")
    party_rule = fields.Selection([
            ('next', "Next Free Number"),
            ('party_code', "Code of the Party"),
            ('one', "One for All"),
            ('manual', "Only by Hand"),
            ], "Subaccounts of Parties", required=True, sort=False,
        help="How a customer or supplier without subaccount gets one, "
        "unless its account has a range of its own.")
    ranges = fields.One2Many(
        'contaplus.profile.range', 'profile', "Ranges",
        help="Where the subaccounts of the parties of an account begin "
        "and end.")
    taxes = fields.One2Many(
        'contaplus.profile.tax', 'profile', "Taxes",
        help="The taxes whose kind or subaccount is not the usual one.")
    rates = fields.Char(
        "VAT Rates", required=True,
        help="The rates in the tax table of the adviser's program, in "
        "percent, separated by spaces.")
    surcharge_rates = fields.Char(
        "Surcharge Rates",
        help="The equivalence surcharges in the tax table of the adviser's "
        "program, in percent, separated by spaces.")
    series = fields.Char(
        "Series", size=1,
        help="The series of invoices whose number does not begin with a "
        "letter.")
    credit_notes = fields.Selection([
            ('negative', "Negative Amounts"),
            ('other_side', "Other Side"),
            ], "Credit Notes", required=True, sort=False,
        help="How credit notes are written: negative on the side of the "
        "invoice, or positive on the other side.")
    without_tax_id = fields.Selection([
            ('refuse', "Leave the Invoice Out"),
            ('warn', "Warn Only"),
            ], "Without Tax Identifier", required=True, sort=False,
        help="What happens to an invoice of a party without NIF.")
    received_date = fields.Selection([
            ('invoice', "Date of the Invoice"),
            ('posting', "Date of the Entry"),
            ], "Issue Date of Received Invoices", required=True, sort=False,
        help="The issue date that is written for supplier invoices.")
    sii = fields.Boolean(
        "Sends Invoices at Once (SII)",
        help="Check if the company sends its invoices to the tax office at "
        "once.")
    repeat_base = fields.Boolean(
        "Repeat the Base",
        help="Check to write the taxable base also in the field of the old "
        "currency.")

    books = fields.MultiSelection(
        KINDS, "Books Kept Here", required=True, sort=False,
        help="What is written here and sent; the adviser writes the rest.")
    journals = fields.Many2Many(
        'contaplus.profile-account.journal', 'profile', 'journal',
        "Journals",
        help="The journals whose entries are sent.\n"
        "Leave empty for all of them.")
    start_date = fields.Date(
        "Kept Here Since",
        help="Older entries are never sent.")
    closed_until = fields.Date(
        "Closed Until",
        help="The adviser has closed the books up to this date.\n"
        "An entry before it is warned about when posted and listed when "
        "sent.")
    first_entry = fields.Integer(
        "First Entry", required=True,
        domain=[
            ('first_entry', '>=', 1),
            ],
        help="The number of the first entry of a year.")
    automatic = fields.Boolean(
        "Send Monthly",
        help="Check to make the files of the month before and send them to "
        "the adviser.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints += [
            ('name_company_unique', Unique(t, t.company, t.name),
                'contaplus_export.msg_profile_name_unique'),
            ]
        cls._order = [('name', 'ASC'), ('id', 'ASC')]
        cls._buttons.update({
                'propose_taxes': {
                    'icon': 'tryton-refresh',
                    },
                'check_sample': {
                    'icon': 'tryton-search',
                    },
                })

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_target(cls):
        return 'contaplus'

    @classmethod
    def default_layout(cls):
        return 'txt-98'

    @classmethod
    def default_subaccount_layout(cls):
        return 'sub-448'

    @classmethod
    def default_encoding(cls):
        return 'cp1252'

    @classmethod
    def default_line_end(cls):
        return 'crlf'

    @classmethod
    def default_code_length(cls):
        return 8

    @classmethod
    def default_party_rule(cls):
        return 'next'

    @classmethod
    def default_rates(cls):
        return "0 2 4 5 7.5 10 10.5 12 21"

    @classmethod
    def default_surcharge_rates(cls):
        return "0.26 0.5 0.62 1 1.4 1.75 5.2"

    @classmethod
    def default_credit_notes(cls):
        return 'negative'

    @classmethod
    def default_without_tax_id(cls):
        return 'refuse'

    @classmethod
    def default_received_date(cls):
        return 'invoice'

    @classmethod
    def default_books(cls):
        return [k for k, _ in KINDS]

    @classmethod
    def default_first_entry(cls):
        return 1

    @fields.depends('target', 'layout', 'subaccount_layout')
    def on_change_target(self):
        if self.target != 'contaplus':
            self.layout = self.subaccount_layout = None
        elif not self.layout:
            self.layout = self.default_layout()
            self.subaccount_layout = self.default_subaccount_layout()

    @fields.depends('layout')
    def on_change_layout(self):
        self.subaccount_layout = {
            'txt-32': 'sub-161',
            'txt-98': 'sub-448',
            'csv-116': 'sub-csv-12',
            'csv-142': 'sub-csv-35',
            }.get(self.layout)

    @classmethod
    def validate_fields(cls, profiles, field_names):
        super().validate_fields(profiles, field_names)
        cls.check_rates(profiles, field_names)

    @classmethod
    def check_rates(cls, profiles, field_names=None):
        if field_names and not (field_names & {'rates', 'surcharge_rates'}):
            return
        for profile in profiles:
            for text in [profile.rates, profile.surcharge_rates]:
                try:
                    _percents(text)
                except InvalidOperation:
                    raise ProfileError(gettext(
                            'contaplus_export.msg_profile_rates',
                            profile=profile.rec_name,
                            rates=text)) from None

    @classmethod
    def copy(cls, profiles, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('name', lambda d: f'{d["name"]} (2)')
        default.setdefault('automatic', False)
        return super().copy(profiles, default=default)

    @classmethod
    @ModelView.button
    def propose_taxes(cls, profiles):
        "List the taxes of the company with what is known of each"
        pool = Pool()
        Tax = pool.get('account.tax')
        ProfileTax = pool.get('contaplus.profile.tax')
        to_save = []
        for profile in profiles:
            listed = {t.tax for t in profile.taxes}
            taxes = Tax.search([
                    ('company', '=', profile.company.id),
                    ('type', '!=', 'none'),
                    ])
            for tax in taxes:
                if tax not in listed:
                    kind, _ = tax.contaplus_kind()
                    to_save.append(
                        ProfileTax(profile=profile, tax=tax, kind=kind))
        ProfileTax.save(to_save)

    @classmethod
    @ModelView.button_action('contaplus_export.wizard_check_sample')
    def check_sample(cls, profiles):
        pass

    @classmethod
    def send_monthly(cls):
        "Let the files of the month before be made and sent: for the cron"
        company = Transaction().context.get('company')
        for profile in cls.search([
                    ('automatic', '=', True),
                    ('company', '=', company) if company else (),
                    ]):
            # Each in its own transaction: one that fails stops no other.
            cls.__queue__.make_and_send([profile])

    @classmethod
    def make_and_send(cls, profiles):
        "Make the files of the month before and send them"
        pool = Pool()
        Date = pool.get('ir.date')
        Export = pool.get('contaplus.export')
        for profile in profiles:
            with Transaction().set_context(company=profile.company.id):
                first = Date.today() + relativedelta(day=1)
                export = Export.make(
                    profile, first - relativedelta(months=1),
                    first - dt.timedelta(days=1))
                # Without an address the office finds it among those that
                # were not sent.
                if (export.state == 'done' and export.number_of_entries
                        and export.adviser_email):
                    Export.send([export])

    # Workers

    def spelled(self, name) -> Layout:
        "Return a layout as this profile spells it"
        return layout(name).spelled(
            encoding=self.encoding, logical=_LOGICALS.get(self.logical),
            line_end=self.line_end_characters)

    @property
    def logical_used(self):
        "Return how yes and no are spelled with the layout"
        if self.logical:
            return self.logical
        spelled = layout(self.layout or 'csv-142')
        return next((
                name for name, spelling in _LOGICALS.items()
                if spelling == (spelled.true, spelled.false)), 'letter')

    @property
    def line_end_characters(self):
        return _LINE_ENDS[self.line_end]

    @property
    def settings(self) -> Settings:
        return Settings(
            length=self.code_length,
            rates=_percents(self.rates),
            surcharges=_percents(self.surcharge_rates),
            # a3 tells them by the kind of record, with negative amounts.
            negative=(
                self.credit_notes == 'negative' or self.target == 'a3'),
            tax_id_required=self.without_tax_id == 'refuse',
            series=self.series or '',
            received_on_posting=self.received_date == 'posting',
            analytic_widths=(
                (3, 6) if self.target == 'contaplus' else (None, None)))

    @property
    def options(self) -> Options:
        return Options(
            sii=bool(self.sii), repeat_base=bool(self.repeat_base))

    @property
    def analytic_roots(self):
        "Return what department and project are told by"
        return None, None

    @property
    def code_ranges(self):
        return [r.range_ for r in self.ranges]

    def proposed_date(self, date):
        "Return the first date the adviser has open"
        if self.closed_until and date <= self.closed_until:
            return self.closed_until + dt.timedelta(days=1)
        return date


def _percents(text):
    return frozenset(
        Decimal(t.replace(',', '.')).normalize()
        for t in re.split(r'[\s;]+', text or '') if t)


class Profile_Journal(ModelSQL):
    __name__ = 'contaplus.profile-account.journal'

    profile = fields.Many2One(
        'contaplus.profile', "Profile", required=True, ondelete='CASCADE',
        help="The profile that sends the journal.")
    journal = fields.Many2One(
        'account.journal', "Journal", required=True, ondelete='CASCADE',
        help="The journal whose entries are sent.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('profile')


class ProfileRange(ModelSQL, ModelView):
    __name__ = 'contaplus.profile.range'

    profile = fields.Many2One(
        'contaplus.profile', "Profile", required=True, ondelete='CASCADE',
        help="The profile that the range belongs to.")
    company = fields.Function(
        fields.Many2One(
            'company.company', "Company",
            help="The company of the profile."),
        'on_change_with_company', searcher='search_company')
    account = fields.Many2One(
        'account.account', "Account", required=True, ondelete='CASCADE',
        domain=[
            ('company', '=', Eval('company', -1)),
            ('party_required', '=', True),
            ],
        help="The account of the customers or suppliers.")
    mode = fields.Selection([
            ('next', "Next Free Number"),
            ('party_code', "Code of the Party"),
            ('one', "One for All"),
            ('manual', "Only by Hand"),
            ], "Rule", required=True, sort=False,
        help="How a party without subaccount gets one.")
    prefix = fields.Char(
        "Prefix",
        help="The digits the subaccounts begin with.\n"
        "Leave empty for the first three of the account.")
    first = fields.Integer(
        "First", required=True,
        domain=[
            ('first', '>=', 0),
            ],
        help="The first number that is given out.")
    last = fields.Integer(
        "Last",
        help="The last number that is given out.")
    general = fields.Char(
        "General Subaccount",
        help="The subaccount of all the parties that have none of their own, "
        "as small customers share.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('profile')
        t = cls.__table__()
        cls._sql_constraints += [
            ('account_unique', Unique(t, t.profile, t.account),
                'contaplus_export.msg_range_account_unique'),
            ]

    @classmethod
    def default_mode(cls):
        return 'next'

    @classmethod
    def default_first(cls):
        return 1

    @fields.depends('profile', '_parent_profile.company')
    def on_change_with_company(self, name=None):
        return self.profile.company if self.profile else None

    @classmethod
    def search_company(cls, name, clause):
        return [('profile.company', *clause[1:])]

    @property
    def range_(self) -> Range:
        return Range(
            self.account.id, mode=self.mode, prefix=self.prefix or '',
            first=self.first, last=self.last, general=self.general or '')


class ProfileTax(sequence_ordered(), ModelSQL, ModelView):
    __name__ = 'contaplus.profile.tax'

    profile = fields.Many2One(
        'contaplus.profile', "Profile", required=True, ondelete='CASCADE',
        help="The profile that the tax belongs to.")
    company = fields.Function(
        fields.Many2One(
            'company.company', "Company",
            help="The company of the profile."),
        'on_change_with_company', searcher='search_company')
    tax = fields.Many2One(
        'account.tax', "Tax", required=True, ondelete='CASCADE',
        domain=[
            ('company', '=', Eval('company', -1)),
            ('type', '!=', 'none'),
            ],
        help="The tax as it is used here.")
    kind = fields.Selection([
            ('general', "General"),
            ('exempt', "Exempt"),
            ('investment', "Investment Goods"),
            ('intra_goods', "Intra-Community Goods"),
            ('intra_services', "Intra-Community Services"),
            ('intra_investment', "Intra-Community Investment Goods"),
            ('reverse', "Reverse Charge"),
            ('export', "Export"),
            ('import', "Import"),
            ('mirror', "Owed by the Buyer"),
            ('surcharge', "Equivalence Surcharge"),
            ('withholding', "Withholding"),
            ], "Kind", required=True, sort=False,
        help="What the tax is for the adviser's VAT books.")
    subaccount = fields.Char(
        "Subaccount",
        help="The subaccount of the tax in the adviser's plan.\n"
        "Leave empty to use the usual one.")
    letter = fields.Char(
        "VAT Letter", size=1,
        help="The letter of the kind of VAT in the adviser's program.\n"
        "Leave empty to use the usual one.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('profile')
        t = cls.__table__()
        cls._sql_constraints += [
            ('tax_unique', Unique(t, t.profile, t.tax),
                'contaplus_export.msg_tax_unique'),
            ]

    @fields.depends('profile', '_parent_profile.company')
    def on_change_with_company(self, name=None):
        return self.profile.company if self.profile else None

    @classmethod
    def search_company(cls, name, clause):
        return [('profile.company', *clause[1:])]

    @fields.depends('tax')
    def on_change_tax(self):
        if self.tax:
            self.kind, _ = self.tax.contaplus_kind()

    @classmethod
    def validate_fields(cls, taxes, field_names):
        super().validate_fields(taxes, field_names)
        cls.check_kind(taxes, field_names)

    @classmethod
    def check_kind(cls, taxes, field_names=None):
        if field_names and not (field_names & {'kind', 'tax'}):
            return
        for record in taxes:
            if record.kind in {'surcharge', 'withholding'}:
                continue
            _, book = record.tax.contaplus_kind(record.kind)
            if (book, record.kind) not in kinds():
                raise ProfileError(gettext(
                        'contaplus_export.msg_tax_kind',
                        tax=record.tax.rec_name,
                        kind=record.kind))

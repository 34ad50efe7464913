# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.i18n import gettext
from trytond.model import fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Bool, Eval

from . import creditor
from .exceptions import JournalSettingError
from .pain import Account, Actor, Initiator
from .postal import POLICIES

_sepa = {
    'invisible': Eval('process_method') != 'sepa',
    }


class Journal(metaclass=PoolMeta):
    __name__ = 'account.payment.journal'

    sepa_creditor_suffix = fields.Char(
        "Creditor Suffix", size=3, states=_sepa,
        help="The three characters that the bank gave for this product.\n"
        "Leave empty for the company's own.")
    sepa_creditor_identifier = fields.Function(
        fields.Char(
            "Creditor Identifier", states=_sepa,
            help="The identifier of the company in the direct debit schemes, "
            "computed from its VAT number or taken from its identifiers."),
        'on_change_with_sepa_creditor_identifier')
    sepa_presenter_kind = fields.Selection([
            ('private', "Private"),
            ('organisation', "Organisation"),
            ], "Presenter Kind", sort=False, translate=True,
        states={
            'invisible': Eval('process_method') != 'sepa',
            'required': Eval('process_method') == 'sepa',
            },
        help="How the bank wants the presenter of the file identified.")
    sepa_presenter_identifier = fields.Char(
        "Presenter Identifier", size=35, states=_sepa,
        help="Who presents the file, as agreed with the bank.\n"
        "Leave empty to use the creditor identifier.")
    sepa_address_policy = fields.Selection([
            ('none', "None"),
            ('minimal', "Town and country"),
            ('hybrid', "Hybrid"),
            ('structured', "Structured"),
            ], "Address in File", sort=False,
        states={
            'invisible': Eval('process_method') != 'sepa',
            'required': Eval('process_method') == 'sepa',
            },
        help="How much of each address is written to the file.")
    sepa_refuse_bad_address = fields.Boolean(
        "Refuse Incomplete Address", states=_sepa,
        help="Check to stop at an address without town or country.\n"
        "Otherwise the address is left out of the file.")
    sepa_lead_days = fields.Integer(
        "Lead Days",
        domain=['OR',
            ('sepa_lead_days', '=', None),
            ('sepa_lead_days', '>=', 0),
            ],
        states=_sepa,
        help="The open bank days that the bank needs before the date.")
    sepa_cut_off = fields.Time(
        "Cut-off Time", format='%H:%M', states=_sepa,
        help="The hour from which the bank counts a file as of the next "
        "day.")
    sepa_maximum = fields.Integer(
        "Maximum per File",
        domain=['OR',
            ('sepa_maximum', '=', None),
            ('sepa_maximum', '>', 0),
            ],
        states=_sepa,
        help="How many transactions the bank takes in one file.\n"
        "A longer remittance is split into several files.")
    sepa_group_lines = fields.Boolean(
        "Group Receipts", states=_sepa,
        help="Check to make one transaction of all receipts of the same "
        "mandate and date.")
    sepa_minimum_amount = fields.Numeric(
        "Minimum Amount", digits=(16, 2), states=_sepa,
        help="Receipts below this amount are not put in a remittance.")
    sepa_file_name = fields.Char(
        "File Name", states=_sepa,
        help="How the files are named. The words {number}, {date}, "
        "{scheme}, {journal} and {sequence} are replaced.")
    sepa_category_purpose = fields.Char(
        "Category Purpose", size=4, states=_sepa,
        help="The code of the purpose of the files, if the bank wants one.")
    sepa_financed = fields.Boolean(
        "Financed", states=_sepa,
        help="Check if the bank advances the amount of the remittances.")
    sepa_flow = fields.Selection([
            ('simple', "At the bank line"),
            ('management', "Collection management"),
            ('discount', "Discount"),
            ], "Bookkeeping", sort=False,
        states={
            'invisible': Eval('process_method') != 'sepa',
            'required': Eval('process_method') == 'sepa',
            },
        help="When and how the remittances are booked: nothing until the "
        "bank has collected; or the receipts move to a portfolio account "
        "when the file is sent; or the advance of the bank is booked as a "
        "debt as well.")
    sepa_portfolio_account = fields.Many2One(
        'account.account', "Portfolio Account", ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ('type', '!=', None),
            ('closed', '!=', True),
            ('party_required', '=', False),
            ],
        states={
            'invisible': ((Eval('process_method') != 'sepa')
                | (Eval('sepa_flow', 'simple') == 'simple')),
            'required': ((Eval('process_method') == 'sepa')
                & (Eval('sepa_flow', 'simple') != 'simple')),
            },
        help="Where the receipts stand while the bank has them "
        "(4312 or 4311 in Spain).")
    sepa_advance_account = fields.Many2One(
        'account.account', "Advance Account", ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ('type', '!=', None),
            ('closed', '!=', True),
            ('party_required', '=', False),
            ],
        states={
            'invisible': ((Eval('process_method') != 'sepa')
                | (Eval('sepa_flow') != 'discount')),
            'required': ((Eval('process_method') == 'sepa')
                & (Eval('sepa_flow') == 'discount')),
            },
        help="The debt to the bank for what it has advanced "
        "(5208 in Spain).")
    sepa_interest_account = fields.Many2One(
        'account.account', "Interest Account", ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ('type', '!=', None),
            ('closed', '!=', True),
            ('party_required', '=', False),
            ],
        states={
            'invisible': ((Eval('process_method') != 'sepa')
                | (Eval('sepa_flow') != 'discount')),
            },
        help="The interest that the bank keeps from an advance "
        "(665 in Spain).")
    sepa_fee_account = fields.Many2One(
        'account.account', "Bank Fee Account", ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ('type', '!=', None),
            ('closed', '!=', True),
            ('party_required', '=', False),
            ],
        states=_sepa,
        help="Where the fees of the bank are booked (626 in Spain).")
    sepa_fee_amount = fields.Numeric(
        "Fee per Return", digits=(16, 2), states=_sepa,
        help="What the bank charges for a return when its message does not "
        "say.")
    sepa_returned_account = fields.Many2One(
        'account.account', "Returned Receipts Account", ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ('type.receivable', '=', True),
            ('closed', '!=', True),
            ('party_required', '=', True),
            ],
        states=_sepa,
        help="Where returned receipts are booked (4315 in Spain).\n"
        "Leave empty to open the line of the invoice again.")
    sepa_charge_customer = fields.Selection([
            (None, ""),
            ('fee', "What the bank charged"),
            ('price', "The price of the product"),
            ], "Charge to Customer", sort=False, states=_sepa,
        help="What of a return is invoiced to the customer.")
    sepa_charge_product = fields.Many2One(
        'product.product', "Charge Product", ondelete='RESTRICT',
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        states={
            'invisible': ((Eval('process_method') != 'sepa')
                | ~Eval('sepa_charge_customer')),
            'required': Bool(Eval('sepa_charge_customer')),
            },
        help="Its accounts and taxes are used for what is charged on.")
    sepa_return_user = fields.Many2One(
        'res.user', "Responsible for Returns", ondelete='SET NULL',
        states=_sepa,
        help="Who is told of returns and does what their reason asks for.")
    sepa_stop_after = fields.Integer(
        "Stop After Returns",
        domain=['OR',
            ('sepa_stop_after', '=', None),
            ('sepa_stop_after', '>', 0),
            ],
        states=_sepa,
        help="The number of returns in a year after which a customer gets "
        "no more direct debits.\n"
        "Leave empty to never stop.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        for name, version in [
                ('sepa_receivable_flavor', 'pain.008.001.08'),
                ('sepa_payable_flavor', 'pain.001.001.09')]:
            selection = getattr(cls, name).selection
            if (version, version) not in selection:
                selection.append((version, version))

    @classmethod
    def default_sepa_receivable_flavor(cls):
        return 'pain.008.001.08'

    @classmethod
    def default_sepa_payable_flavor(cls):
        return 'pain.001.001.09'

    @classmethod
    def default_sepa_presenter_kind(cls):
        return 'private'

    @classmethod
    def default_sepa_address_policy(cls):
        return POLICIES[2]

    @classmethod
    def default_sepa_lead_days(cls):
        return 1

    @classmethod
    def default_sepa_batch_booking(cls):
        return True

    @classmethod
    def default_sepa_file_name(cls):
        return '{number}-{sequence}.xml'

    @classmethod
    def default_sepa_flow(cls):
        return 'simple'

    @fields.depends('company', 'sepa_creditor_suffix', 'process_method')
    def on_change_with_sepa_creditor_identifier(self, name=None):
        if not self.company or self.process_method != 'sepa':
            return None
        for identifier in self.company.party.identifiers:
            if identifier.type == 'eu_at_02':
                return creditor.with_business_code(
                    identifier.code, self.sepa_creditor_suffix)
        if vat_number := self.sepa_vat_number:
            return creditor.creditor_identifier(
                vat_number, self.sepa_creditor_suffix)

    @property
    def sepa_vat_number(self):
        "Return the VAT number of the company with its country"
        for identifier in self.company.party.identifiers:
            kind, _, suffix = identifier.type.partition('_')
            if suffix == 'vat' and len(kind) == 2:
                code = identifier.code.replace(' ', '').upper()
                country = kind.upper()
                if country == 'EU':
                    return code
                return code if code.startswith(country) else country + code
        return ''

    def sepa_actor(self, address):
        return Actor(self.company.party.name or '', address)

    def sepa_account(self):
        number = self.sepa_bank_account_number
        if not number:
            raise JournalSettingError(gettext(
                    'sepa_remittance.msg_journal_no_account',
                    journal=self.rec_name))
        bank = number.account.bank
        return Account(number.compact_iban, bank.bic if bank else '')

    def sepa_initiator(self):
        return Initiator(
            self.company.party.name or '',
            (self.sepa_presenter_identifier
                or self.sepa_creditor_identifier or ''),
            kind=self.sepa_presenter_kind or 'private')

    def check_sepa(self, kind):
        "Raise what is missing to use the journal for remittances"
        pool = Pool()
        Group = pool.get('account.payment.group')
        if self.process_method != 'sepa':
            raise JournalSettingError(gettext(
                    'sepa_remittance.msg_journal_not_sepa',
                    journal=self.rec_name))
        version = (self.sepa_receivable_flavor if kind == 'receivable'
            else self.sepa_payable_flavor)
        if version not in Group.sepa_versions():
            raise JournalSettingError(gettext(
                    'sepa_remittance.msg_journal_version',
                    journal=self.rec_name, version=version or ''))
        if self.currency.code != 'EUR':
            raise JournalSettingError(gettext(
                    'sepa_remittance.msg_journal_currency',
                    journal=self.rec_name))
        self.sepa_account()

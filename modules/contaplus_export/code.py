# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from collections import defaultdict

from sql import Literal
from sql.operators import Equal

from trytond.i18n import gettext
from trytond.model import Exclude, Index, ModelSQL, ModelView, fields
from trytond.pool import Pool
from trytond.pyson import Bool, Eval
from trytond.tools import grouped_slice
from trytond.transaction import Transaction

from .adviser_codes import match, normalize, parse
from .codes import Code
from .exceptions import CodeError, CodesFileError
from .insert import insert_rows


class AccountCode(ModelSQL, ModelView):
    __name__ = 'contaplus.account_code'
    _rec_name = 'code'

    company = fields.Many2One(
        'company.company', "Company", required=True,
        help="The company whose plan the subaccount is in.")
    account = fields.Many2One(
        'account.account', "Account", required=True, ondelete='CASCADE',
        domain=[
            ('company', '=', Eval('company', -1)),
            ('type', '!=', None),
            ],
        help="The account that becomes the subaccount.")
    party_required = fields.Function(
        fields.Boolean(
            "Party Required",
            help="The account is kept by party."),
        'on_change_with_party_required')
    parties = fields.Many2Many(
        'contaplus.account_code-party.party', 'account_code', 'party',
        "Parties",
        states={
            'invisible': ~Eval('party_required') | Bool(Eval('general')),
            },
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="The parties that share the subaccount.")
    general = fields.Boolean(
        "General",
        states={
            'invisible': ~Eval('party_required'),
            },
        help="Check if the subaccount is for all the parties without one "
        "of their own.")
    code = fields.Char(
        "Subaccount", required=True,
        help="The subaccount in the adviser's plan.")
    automatic = fields.Boolean(
        "Automatic", readonly=True,
        help="The subaccount was given out when entries were sent.")

    @classmethod
    def __setup__(cls):
        cls.code.search_unaccented = False
        super().__setup__()
        t = cls.__table__()
        cls._order = [('code', 'ASC'), ('id', 'ASC')]
        cls._sql_constraints += [
            ('general_exclude', Exclude(t,
                    (t.company, Equal), (t.account, Equal),
                    where=t.general == Literal(True)),
                'contaplus_export.msg_code_general_unique'),
            ]
        cls._sql_indexes.update({
                Index(t, (t.code, Index.Range())),
                Index(t,
                    (t.company, Index.Equality()),
                    (t.account, Index.Equality())),
                })

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_general(cls):
        return False

    @classmethod
    def default_automatic(cls):
        return False

    @fields.depends('account')
    def on_change_with_party_required(self, name=None):
        return bool(self.account and self.account.party_required)

    @classmethod
    def validate_fields(cls, codes, field_names):
        super().validate_fields(codes, field_names)
        cls.check_code(codes, field_names)
        cls.check_parties(codes, field_names)

    @classmethod
    def check_code(cls, codes, field_names=None):
        if field_names and 'code' not in field_names:
            return
        for record in codes:
            if not (record.code.isascii() and record.code.isdigit()
                    and 6 <= len(record.code) <= 12):
                raise CodeError(gettext(
                        'contaplus_export.msg_code_digits',
                        code=record.code,
                        account=record.account.rec_name))

    @classmethod
    def check_parties(cls, codes, field_names=None):
        "A party has one subaccount for an account"
        if field_names and not (
                field_names & {'parties', 'account', 'company'}):
            return
        pool = Pool()
        Link = pool.get('contaplus.account_code-party.party')
        links = Link.search([
                ('account_code.account', 'in', list({
                            c.account.id for c in codes})),
                ('party', 'in', list({
                            p.id for c in codes for p in c.parties})),
                ])
        seen = {}
        for link in links:
            key = link.account_code.account, link.party
            if key in seen and seen[key] != link.account_code:
                raise CodeError(gettext(
                        'contaplus_export.msg_code_party_twice',
                        party=link.party.rec_name,
                        account=link.account_code.account.rec_name,
                        first=seen[key].code,
                        second=link.account_code.code))
            seen[key] = link.account_code

    @classmethod
    def copy(cls, codes, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('parties', None)
        default.setdefault('automatic', False)
        return super().copy(codes, default=default)

    # Workers

    @classmethod
    def read_codes(cls, company) -> list[Code]:
        "Return all the codes of the company in two queries"
        pool = Pool()
        Link = pool.get('contaplus.account_code-party.party')
        cursor = Transaction().connection.cursor()
        table = cls.__table__()
        link = Link.__table__()
        cursor.execute(*table.join(
                link, 'LEFT', condition=link.account_code == table.id
                ).select(
                table.account, link.party, table.code, table.general,
                table.automatic,
                where=table.company == company.id,
                order_by=[table.code, link.party]))
        return [
            Code(
                account, party, code, general=bool(general),
                automatic=bool(automatic))
            for account, party, code, general, automatic in cursor]

    @classmethod
    def import_file(cls, profile, data):
        "Take the subaccounts of a file, matched by NIF; return the outcome"
        pool = Pool()
        Identifier = pool.get('party.identifier')
        listed = parse(data)
        if not listed:
            raise CodesFileError(gettext(
                    'contaplus_export.msg_codes_file'))
        parties = {
            normalize(i.code): i.party.id for i in Identifier.search([
                    ('code', '!=', None),
                    ], order=[('id', 'DESC')])}
        known = cls.read_codes(profile.company)
        outcome = match(
            listed, parties, cls._prefixes(profile), profile.code_length,
            known=[(c.account, c.party) for c in known if c.party],
            given={c.code: c.party for c in known if c.automatic})
        by_code = defaultdict(list)
        for found in outcome.matches:
            by_code[found.account, found.code].append(found.party)
        cls.create([{
                    'company': profile.company.id,
                    'account': account,
                    'code': code,
                    'parties': [('add', parties)],
                    } for (account, code), parties in by_code.items()])
        return outcome

    @classmethod
    def _prefixes(cls, profile):
        "Return the account that each beginning of a subaccount stands for"
        pool = Pool()
        Account = pool.get('account.account')
        Party = pool.get('party.party')
        accounts = Account.search([
                ('company', '=', profile.company.id),
                ('party_required', '=', True),
                ('code', '!=', None),
                ], order=[('code', 'DESC')])
        prefixes = {a.code[:3]: a.id for a in accounts}
        # Of 4300, 4304… it is the one that parties really have.
        with Transaction().set_context(company=profile.company.id):
            party = Party()
            for name in ['receivable', 'payable']:
                account = getattr(party, f'account_{name}_used', None)
                if account and account.code:
                    prefixes[account.code[:3]] = account.id
        for range_ in profile.ranges:
            prefix = range_.prefix or range_.account.code[:3]
            prefixes[prefix] = range_.account.id
        return prefixes

    @classmethod
    def keep_codes(cls, company, codes):
        """Save the codes that were given out

        A first export gives out thousands, and they come from the rules
        themselves: there is nothing to validate.
        """
        pool = Pool()
        Link = pool.get('contaplus.account_code-party.party')
        table = cls.__table__()
        link = Link.__table__()
        cursor = Transaction().connection.cursor()
        id = company.id
        insert_rows(
            table, [
                table.company, table.account, table.code, table.automatic,
                table.general],
            ([id, c.account, c.code, True, False] for c in codes))
        for sub in grouped_slice(codes, 1000):
            parties = {c.code: c.party for c in sub}
            cursor.execute(*table.select(
                    table.id, table.code,
                    where=(table.company == company.id)
                    & table.automatic
                    & fields.SQL_OPERATORS['in'](
                        table.code, list(parties))))
            insert_rows(
                link, [link.account_code, link.party],
                [[id, parties[code]] for id, code in cursor.fetchall()])


class AccountCode_Party(ModelSQL):
    __name__ = 'contaplus.account_code-party.party'

    account_code = fields.Many2One(
        'contaplus.account_code', "Subaccount", required=True,
        ondelete='CASCADE',
        help="The subaccount that the party shares.")
    party = fields.Many2One(
        'party.party', "Party", required=True, ondelete='CASCADE',
        help="The party that has the subaccount.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('account_code')

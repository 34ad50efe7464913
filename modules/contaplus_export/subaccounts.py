# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The subaccounts that go with the entries."""
import hashlib
import json
from collections import defaultdict

from trytond.pool import Pool

from .problem import Problem
from .reading import execute, tables
from .vat import SURCHARGE, WITHHOLDING, kind_of
from .xdiario import Subaccount


class Subaccounts:
    "What is known of each subaccount, and which have to be sent"

    def __init__(self, reader, codebook):
        self.reader = reader
        self.codebook = codebook
        self.known = {}
        self._sharing = defaultdict(set)

    def note(self, entry):
        "Take note of the subaccounts of an entry"
        accounts = self.reader.books.accounts
        for line in entry.lines:
            account = accounts.get(line.account_id)
            data = line.vat
            if line.party and account and account.party_required:
                self.note_party(line.account, account, line.party)
            elif line.account not in self.known:
                self.known[line.account] = Subaccount(
                    line.account, line.name,
                    rate=data.rate if data and data.main else None,
                    surcharge=(
                        data.surcharge if data and not data.main else None),
                    letter=data.letter if data else '',
                    withholding=line.withholding)

    def note_party(self, code, account, party):
        self._sharing[code].add(party.id)
        if len(self._sharing[code]) == 1:
            self.known.setdefault(
                code, Subaccount(code, party.name, party=party))
        elif len(self._sharing[code]) == 2:
            # Nobody's own: it bears the name of the account.
            self.known[code] = Subaccount(code, account.name)

    def note_all(self, builder):
        "Take note of all that are in use, in the books or by hand"
        pool = Pool()
        AccountCode = pool.get('contaplus.account_code')
        books = self.reader.books
        codes = AccountCode.read_codes(self.reader.company)
        accounts, taxes = self._used()
        self.reader.load(
            accounts | {c.account for c in codes},
            {c.party for c in codes if c.party})
        for code in codes:
            account = books.accounts[code.account]
            if code.party:
                self.note_party(code.code, account, books.parties[code.party])
            else:
                self.known.setdefault(
                    code.code, Subaccount(code.code, account.name))
        tax_accounts = set()
        for tax in self.reader.load_taxes(taxes):
            tax_accounts.add(tax.account)
            self._note_tax(tax, builder)
        for id in sorted(accounts - tax_accounts):
            account = books.accounts[id]
            if not account.party_required:
                code = self.codebook.code(account, None)
                if not isinstance(code, Problem):
                    self.known.setdefault(
                        code, Subaccount(code, account.name))

    def _note_tax(self, tax, builder):
        rate = abs(tax.rate or 0) * 100
        if tax.kind == WITHHOLDING:
            account = self.reader.books.accounts.get(tax.account)
            code = self.codebook.code(account, None) if account else ''
            values = {'withholding': rate}
        else:
            code = builder.vat_code(tax)
            letter = kind_of(tax).letter if tax.letter is None else tax.letter
            name = 'surcharge' if tax.kind == SURCHARGE else 'rate'
            values = {'letter': letter, name: rate}
        if code and not isinstance(code, Problem):
            self.known.setdefault(code, Subaccount(code, tax.name, **values))

    def _used(self):
        "Return the accounts and the taxes of all that is posted"
        line, move, tax_line = tables(
            'account.move.line', 'account.move', 'account.tax.line')
        where = (
            (move.company == self.reader.company.id)
            & (move.state == 'posted'))
        accounts = execute(line
            .join(move, condition=line.move == move.id)
            .select(line.account, where=where, group_by=[line.account]))
        taxes = execute(tax_line
            .join(line, condition=tax_line.move_line == line.id)
            .join(move, condition=line.move == move.id)
            .select(tax_line.tax, where=where, group_by=[tax_line.tax]))
        return {id for id, in accounts}, {id for id, in taxes}

    def to_send(self, profile, again=False):
        """Return the subaccounts to write, in their order

        Those of the entries go when they are new or have changed, and those
        of parties that were sent before when the party has changed.
        """
        pool = Pool()
        ExportAccount = pool.get('contaplus.export.account')
        sent = ExportAccount.last_sent(profile)
        self.reader.load(set(), {
                party for code, (_, party) in sent.items()
                if party and code not in self.known})
        parties = self.reader.books.parties
        for code, (_, party) in sent.items():
            if party in parties and code not in self.known:
                self.known[code] = Subaccount(
                    code, parties[party].name, party=parties[party])
        return [
            account for code, account in sorted(self.known.items())
            if again or code not in sent or sent[code][0] != digest(account)]


def digest(account):
    "Return a mark of all that is written of a subaccount"
    data = json.dumps(
        [account.code, account.name, account.letter,
            *(str(getattr(account, n) or '') for n in [
                    'rate', 'surcharge', 'withholding', 'party'])])
    return hashlib.sha256(data.encode()).hexdigest()[:32]

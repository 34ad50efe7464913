# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Account and party to the subaccount of the adviser's plan."""
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from .problem import Problem
from .rows import Account, Party

NEXT, PARTY_CODE, ONE, MANUAL = 'next', 'party_code', 'one', 'manual'


@dataclass(frozen=True)
class Range:
    "How the parties of an account get their subaccounts"
    account: int
    mode: str = NEXT
    prefix: str = ''
    first: int = 1
    last: int | None = None
    general: str = ''
    "The subaccount of all who have none of their own"


@dataclass(frozen=True)
class Code:
    account: int
    party: int | None
    code: str
    general: bool = False
    automatic: bool = False
    "Given out here, not written by anybody"


@dataclass
class Codebook:
    length: int
    mode: str = NEXT
    ranges: dict[int, Range] = field(default_factory=dict)
    new: list[Code] = field(default_factory=list)
    "What was handed out since the book was opened"
    _codes: dict[tuple[int, int | None], str] = field(default_factory=dict)
    _general: dict[int, str] = field(default_factory=dict)
    _used: set[str] = field(default_factory=set)
    _next: dict[str, int] = field(default_factory=dict)

    @classmethod
    def open(
            cls, length: int, codes: Iterable[Code] = (),
            ranges: Iterable[Range] = (), mode: str = NEXT) -> 'Codebook':
        book = cls(
            length=length, mode=mode, ranges={r.account: r for r in ranges})
        for code in codes:
            book._keep(code)
        return book

    def _keep(self, code: Code) -> None:
        if code.general:
            self._general[code.account] = code.code
        else:
            self._codes[code.account, code.party] = code.code
        self._used.add(code.code)

    def code(
            self, account: Account, party: Party | None,
            move: int | None = None) -> str | Problem:
        "Return the subaccount, or why there is none"
        personal = party if account.party_required else None
        key = account.id, personal.id if personal else None
        code = self._codes.get(key)
        if code is None:
            if personal:
                found = self._personal(account, personal, move)
            elif not (found := self._general.get(account.id, '')):
                found = self.expand(account, move)
            if isinstance(found, Problem):
                return found
            code = found
            self._codes[key] = code
        return self.check(code, account, personal, move) or code

    def check(
            self, code: str, account: Account, party: Party | None,
            move: int | None = None) -> Problem | None:
        "Say what is wrong with a code that somebody wrote"
        if len(code) == self.length and code.isascii() and code.isdigit():
            return None
        model, id = (
            ('party.party', party.id) if party
            else ('account.account', account.id))
        return Problem.of(
            'code_length', model, id, move=move, subaccount=code,
            length=self.length, account=account.code,
            name=party.name if party else account.name)

    def expand(
            self, account: Account,
            move: int | None = None) -> str | Problem:
        "Fill the account's own code up to the length of the plan"
        code = expand(account.code, self.length)
        if code is None:
            return Problem.of(
                'account_code', 'account.account', account.id, move=move,
                account=account.code or account.name, length=self.length)
        return code

    def _personal(
            self, account: Account, party: Party,
            move: int | None) -> str | Problem:
        range_ = self.ranges.get(account.id) or Range(account.id, self.mode)
        general = range_.general or self._general.get(account.id, '')
        if range_.mode == ONE:
            return general or self.expand(account, move)
        prefix = range_.prefix or account.code[:3]
        if not (prefix.isascii() and prefix.isdigit()):
            return Problem.of(
                'account_code', 'account.account', account.id, move=move,
                account=account.code or account.name, length=self.length)
        code: str | None = None
        if general:
            return general
        elif range_.mode == PARTY_CODE:
            code = self._from_party(prefix, party)
        elif range_.mode == NEXT:
            code = self._allot(prefix, range_)
            if code is None:
                return Problem.of(
                    'range_full', 'account.account', account.id, move=move,
                    account=account.code, name=party.name, prefix=prefix)
        if code is None:
            return Problem.of(
                'party_code', 'party.party', party.id, move=move,
                name=party.name, account=account.code)
        new = Code(account.id, party.id, code)
        self.new.append(new)
        self._keep(new)
        return code

    def _from_party(self, prefix: str, party: Party) -> str | None:
        digits = re.sub(r'\D', '', party.code).lstrip('0')
        room = self.length - len(prefix)
        if not digits or len(digits) > room:
            return None
        code = prefix + digits.zfill(room)
        return None if code in self._used else code

    def _allot(self, prefix: str, range_: Range) -> str | None:
        room = self.length - len(prefix)
        last = 10 ** room - 1
        if range_.last is not None:
            last = min(last, range_.last)
        number = max(self._next.get(prefix, 0), range_.first)
        if prefix not in self._next:
            # Go on after the highest that is in use.
            used = [
                int(c[len(prefix):]) for c in self._used
                if c.startswith(prefix) and len(c) == self.length
                and c.isdigit()]
            number = max(
                [number, *(u + 1 for u in used
                        if range_.first <= u <= last)])
        while number <= last:
            code = prefix + str(number).zfill(room)
            number += 1
            self._next[prefix] = number
            if code not in self._used:
                return code
        return None


def expand(code: str, length: int) -> str | None:
    """Return the code with the zeros that the plan wants

    A point stands for the zeros, as people write it: 430.15.
    """
    code = code.strip()
    if code.count('.') == 1:
        head, tail = code.split('.')
        if head.isdigit() and tail.isdigit() and len(head) >= 3:
            code = head + tail.zfill(length - len(head))
    if not (code.isascii() and code.isdigit()):
        return None
    if len(code) > length:
        if code[length:].strip('0'):
            return None
        code = code[:length]
    return code.ljust(length, '0')

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""From the books to the files: what an export does."""
from collections import defaultdict
from dataclasses import dataclass, field, replace
from decimal import Decimal

from sql.aggregate import Max, Sum

from trytond.pool import Pool
from trytond.tools import grouped_slice

from . import receipts
from .books import BookReader
from .codes import Codebook
from .control import Totals, compare
from .entries import Builder
from .problem import ERROR, WARNING, Problem
from .reading import execute, in_, tables
from .subaccounts import Subaccounts
from .target import Setting
from .targets import TARGETS
from .vat import MIRROR, SURCHARGE, WITHHOLDING
from .writer import Overflow

# Moves read at once: some thousand rows, a few queries.
CHUNK = 1000
# Problems with these are of the record: said once, with the number of
# entries they keep back.
_SHARED = {'account.account', 'account.tax', 'party.party'}
# What is a matter of how the invoices are numbered is said of the first.
_ONCE = {'number_digits'}


@dataclass
class Found:
    problem: Problem
    entries: int = 1


@dataclass
class Result:
    totals: Totals = field(default_factory=Totals)
    problems: dict[object, Found] = field(default_factory=dict)
    left_out: set[int] = field(default_factory=set)
    skipped: set[int] = field(default_factory=set)
    "The moves of books that are not kept here"
    sent_again: set[int] = field(default_factory=set)
    outputs: list = field(default_factory=list)
    entries: list[tuple] = field(default_factory=list)
    sent_subaccounts: list = field(default_factory=list)
    codes: list = field(default_factory=list)

    def report(self, problem):
        key = problem.code, problem.record
        if problem.code in _ONCE:
            key = problem.code,
        elif problem.record[0] not in _SHARED:
            key += (problem.move,)
        if key in self.problems:
            self.problems[key].entries += 1
        else:
            self.problems[key] = Found(problem)
        if problem.severity == ERROR and problem.move:
            self.left_out.add(problem.move)


class Maker:
    "Make the files of one export"

    def __init__(self, export, folder):
        pool = Pool()
        AccountCode = pool.get('contaplus.account_code')
        self.export = export
        self.profile = profile = export.profile
        # Asked for with each entry.
        self._again, self._start = export.again, export.start_date
        self._closed, self._late = profile.closed_until, export.late_dates
        self.reader = BookReader(
            profile, folder, journals=export.journals)
        self.codebook = Codebook.open(
            profile.code_length, AccountCode.read_codes(profile.company),
            profile.code_ranges, mode=profile.party_rule)
        self.builder = Builder(
            self.reader.books, self.codebook, profile.settings)
        self.target = TARGETS[profile.target](Setting(
                folder=folder, years=self.reader.books.years,
                options=profile.options, encoding=profile.encoding,
                line_end=profile.line_end_characters,
                layout=(
                    profile.spelled(profile.layout)
                    if profile.layout else None),
                subaccount_layout=(
                    profile.spelled(profile.subaccount_layout)
                    if profile.subaccount_layout else None),
                company_code=profile.company_code or '',
                code_length=profile.code_length))
        self.result = Result()
        self._numbers = {}
        self._sent = {}
        self._before = {}
        self.subaccounts = Subaccounts(self.reader, self.codebook)
        self._looked_at = set()
        self._seen_numbers = {}

    def run(self):
        export = self.export
        kinds = set(export.kinds)
        ids = self.reader.move_ids(
            export.start_date, export.end_date, again=export.again,
            late=export.late)
        for chunk in grouped_slice(ids, CHUNK):
            chunk = list(chunk)
            moves = []
            for move in self.reader.read(chunk):
                if move.kind in kinds:
                    moves.append(move)
                else:
                    self.result.skipped.add(move.id)
            self._sent = self.reader.sent(
                {c for m in moves for c in _corrected(m)})
            if self._again:
                self._before = self.reader.sent(chunk)
            for move in moves:
                self._add(move)
        self._close()
        return self.result

    def _add(self, move):
        entry, problems = self.builder.build(move)
        for problem in problems:
            self.result.report(problem)
        if entry is None:
            return
        entry = self._dated(entry)
        if entry is None:
            return
        number = self._number(entry.fiscalyear)
        entry = replace(entry, number=number)
        try:
            self.target.add(entry)
        except Overflow as overflow:
            self.result.report(Problem.of(
                    'too_wide', 'account.move', move.id, move=move.id,
                    entry=move.number, field=overflow.field,
                    value=overflow.value))
            return
        self._numbers[entry.fiscalyear] = number + 1
        self._warn(move, entry)
        result = self.result
        result.totals.add(entry)
        result.entries.append((
                move.id, entry.fiscalyear, number, entry.date, entry.kind,
                sum(li.debit for li in entry.lines),
                move.id in self._before))
        if move.id in self._before:
            result.sent_again.add(move.id)
        self.subaccounts.note(entry)

    def _dated(self, entry):
        "Give the entry a date that the adviser has open"
        if not self._closed or entry.date > self._closed:
            return entry
        proposed = self.profile.proposed_date(entry.date)
        policy = self._late
        year = self.reader.year_of(proposed)
        self.result.report(Problem.of(
                'closed_period', 'account.move', entry.move,
                move=entry.move, entry=entry.reference, date=entry.date,
                proposed=proposed,
                severity=(
                    ERROR if policy == 'leave'
                    or (policy == 'move' and not year) else WARNING)))
        if entry.move in self.result.left_out:
            return None
        elif policy == 'move':
            return replace(
                entry, date=proposed, own_date=entry.date, fiscalyear=year)
        return entry

    def _warn(self, move, entry):
        "Report what is written otherwise than it is in the books"
        report = self.result.report
        if (entry.date < self._start
                and not self._again and not entry.own_date):
            report(Problem.of(
                    'late', 'account.move', move.id, move=move.id,
                    entry=move.number, date=entry.date, severity=WARNING))
        for party in {li.party for li in entry.lines if li.party}:
            if party.id not in self._looked_at:
                self._looked_at.add(party.id)
                replaced = self.target.replaced(' '.join([
                            party.name, party.street, party.city]))
                if replaced:
                    report(Problem.of(
                            'characters', 'party.party', party.id,
                            name=party.name, characters=replaced,
                            severity=WARNING))
        texts = ' '.join({li.text for li in entry.lines})
        if replaced := self.target.replaced(
                texts + entry.full_number):
            report(Problem.of(
                    'characters', 'account.move', move.id, move=move.id,
                    name=move.number, characters=replaced,
                    severity=WARNING))
        for corrected in _corrected(move):
            if corrected in self._sent:
                number, original = self._sent[corrected]
                report(Problem.of(
                        'correction', 'account.move', move.id,
                        move=move.id, entry=move.number, number=number,
                        date=original, severity=WARNING))
        if code := self.target.limits(entry):
            report(Problem.of(
                    code, 'account.move', move.id, move=move.id,
                    entry=move.number, severity=WARNING))
        if entry.digits and entry.invoice:
            key = (
                entry.invoice.type, entry.fiscalyear, entry.series,
                entry.digits)
            other = self._seen_numbers.get(key)
            if other is None:
                self._seen_numbers[key] = entry.full_number
            else:
                report(Problem.of(
                        'number_repeated', 'account.invoice',
                        entry.invoice.id, move=move.id,
                        invoice=entry.full_number, other=other,
                        digits=entry.digits, severity=WARNING))

    def _number(self, year):
        if year not in self._numbers:
            entry, = tables('contaplus.export.entry')
            # Cancelled exports too: a number was used once it was in a file.
            (last,), = execute(entry.select(
                    Max(entry.number),
                    where=(entry.profile == self.profile.id)
                    & (entry.fiscalyear == year)))
            self._numbers[year] = max(
                (last or 0) + 1, self.profile.first_entry)
        return self._numbers[year]

    def _close(self):
        result = self.result
        if self.export.receipts:
            pending, problems = receipts.write(
                self.export, self.codebook, self.reader, self.subaccounts)
            for problem in problems:
                result.report(problem)
        if self.export.accounts == 'all':
            self.subaccounts.note_all(self.builder)
        result.sent_subaccounts = self.subaccounts.to_send(
            self.profile, again=self.export.accounts == 'all')
        result.codes = self.codebook.new
        result.outputs = self.target.close(result.sent_subaccounts)
        if self.export.receipts:
            result.outputs.append(pending)

    def release(self):
        "Let go of what is in the database by now, before the files go there"
        result = self.result
        result.entries.clear()
        result.sent_subaccounts.clear()
        result.codes.clear()
        self._seen_numbers.clear()
        self.reader = self.codebook = self.builder = self.subaccounts = None

    # Control

    def misread(self):
        "Return the sums of the files that are not those of the entries"
        totals = self.result.totals
        return [
            (name, getattr(totals, name), found)
            for name, found in self.target.sums(self.result.outputs).items()
            if getattr(totals, name) != found]

    def differences(self):
        "Compare what was written with the sums of the database"
        books = self.reader.books
        ids = [e[0] for e in self.result.entries]
        return compare(
            self.result.totals, *self._sums(ids),
            mirrors=[
                t.id for t in books.taxes.values() if t.kind == MIRROR],
            positive=not self.profile.settings.negative)

    def _sums(self, ids):
        line, tax_line = tables('account.move.line', 'account.tax.line')
        accounts = defaultdict(Decimal)
        sums = defaultdict(lambda: defaultdict(Decimal))
        for chunk in grouped_slice(ids, 10 * CHUNK):
            where = in_(line.move, list(chunk))
            for account, net in execute(line.select(
                        line.account, Sum(line.debit - line.credit),
                        where=where, group_by=line.account)):
                accounts[account] += _decimal(net)
            for tax, type, amount in execute(tax_line
                    .join(line, condition=tax_line.move_line == line.id)
                    .select(
                        tax_line.tax, tax_line.type, Sum(tax_line.amount),
                        where=where,
                        group_by=[tax_line.tax, tax_line.type])):
                sums[tax][type] += _decimal(amount)
        taxes = {}
        for id, amounts in sums.items():
            kind = self.reader.books.taxes[id].kind
            if kind != WITHHOLDING:
                # The base of a surcharge is that of its tax.
                base = (
                    Decimal(0) if kind == SURCHARGE else amounts['base'])
                taxes[id] = base, amounts['tax']
        return accounts, taxes


def _corrected(move):
    "Return the moves that a move takes back"
    if move.invoice:
        return [r.move for r in move.invoice.rectified if r.move]
    return [move.corrects] if move.corrects else []


def _decimal(value):
    if value is None:
        return Decimal(0)
    value = value if isinstance(value, Decimal) else Decimal(str(value))
    return value.quantize(Decimal('0.01'))

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What a line of a contract should have cost, and what is left to invoice.

From the dated terms the ledger computes the expected periods; compared with
the entries that are already settled (invoiced, skipped, invoiced by a former
program) they give what to invoice, and at most one entry that adjusts or
credits what was invoiced differently.  What is settled is never changed.

Amounts are exact fractions until the end.  Inside a full period they are
rounded cumulatively: however it is cut by a change of price, a stop or what
was invoiced before, its pieces add up to the cent.

Nothing here knows the database: models gather, call and store.
"""
import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import lru_cache

from .recurrence import DAY, Grid

ZERO = Decimal(0)
REGULAR = ('regular', 'external')

Rounding = Callable[[Fraction], Decimal]


@dataclass(frozen=True, slots=True)
class Term:
    """Quantity and price from a date on; None for the start of the line

    payer is who pays from then on; None for the payer of the line.
    """
    from_date: dt.date | None
    quantity: Decimal
    unit_price: Decimal
    discount: Decimal = ZERO
    payer: int | None = None

    @property
    def net_price(self) -> Decimal:
        return self.unit_price * (1 - self.discount)


@dataclass(frozen=True, slots=True)
class Suspension:
    "Days on which the line costs nothing, if they are credited"
    from_date: dt.date
    to_date: dt.date | None = None
    credits: bool = True


@dataclass(frozen=True, slots=True)
class Counted:
    "A machine, or a group of them, and when it is covered"
    quantity: Decimal
    from_date: dt.date | None = None
    to_date: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A period which is stored

    settled: invoiced or skipped, so that it can not be changed any more.
    skipped: nobody was charged for it, so nothing of it is given back.
    live: counts; an invoiced period that was credited to be invoiced again
    does not, nor does its credit.
    """
    id: int
    kind: str
    from_date: dt.date
    to_date: dt.date
    invoice_date: dt.date
    amount: Decimal
    sequence: int = 1
    settled: bool = True
    skipped: bool = False
    live: bool = True
    corrects: int | None = None
    fraction: Decimal = Decimal(1)
    quantity: Decimal = Decimal(1)
    unit_price: Decimal = ZERO
    payer: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a contract with all that decides what it costs

    months is None for what is invoiced once.  counted replaces the quantity
    of the terms by the machines covered on the first day of each period, or
    on the last first day of count_month before it.  A stub that is added to
    the next is charged with the full period beside it.
    """
    id: int
    start: dt.date
    terms: tuple[Term, ...]
    end: dt.date | None = None
    months: int | None = 1
    anchor_day: int | None = None
    anchor_month: int | None = None
    moment: str = 'advance'
    offset: int = 0
    first_stub: str = 'prorate'
    last_stub: str = 'prorate'
    counted: tuple[Counted, ...] | None = None
    count_month: int | None = None
    suspensions: tuple[Suspension, ...] = ()
    invoiced_until: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """A period to invoice, to credit or to adjust

    fraction is the part of a full period.  unit_price is after discount.
    expected and invoiced are both sides of an adjustment.
    """
    kind: str
    from_date: dt.date
    to_date: dt.date
    invoice_date: dt.date
    fraction: Fraction
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    corrects: int | None = None
    expected: Decimal | None = None
    invoiced: Decimal | None = None
    payer: int | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    code: str
    line: int
    arguments: tuple[tuple[str, str | int], ...] = ()


@dataclass(slots=True)
class Changes:
    "What to do with the entries that are not settled"
    create: list[tuple[Proposal, int]] = field(default_factory=list)
    write: list[tuple[int, Proposal]] = field(default_factory=list)
    delete: list[int] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Piece:
    "A part of a full period with one price; the cost of the line by day"
    from_date: dt.date
    to_date: dt.date
    invoice_date: dt.date
    fraction: Fraction
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    stretch: int
    payer: int | None = None


@dataclass(frozen=True, slots=True)
class _Stretch:
    "What is charged at once, with the part of a period each day is worth"
    from_date: dt.date
    to_date: dt.date
    rates: tuple[tuple[dt.date, dt.date, Fraction], ...]


def half_up(digits: int) -> Rounding:
    def rounding(amount: Fraction) -> Decimal:
        unit = Decimal(1).scaleb(-digits)
        return to_decimal(amount).quantize(unit, rounding=ROUND_HALF_UP)
    return rounding


def to_decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)


def check(line: Line, entries: Iterable[Entry] = ()) -> list[Problem]:
    "What makes it impossible to say what the line costs"
    problems = []
    if not line.terms:
        problems.append(Problem('no_terms', line.id))
    if line.months is not None and line.months < 1:
        problems.append(Problem('months', line.id))
    if line.anchor_day is not None and not 1 <= line.anchor_day <= 31:
        problems.append(Problem('anchor_day', line.id))
    previous: Entry | None = None
    for entry in _regular(entries):
        if previous and entry.from_date <= previous.to_date:
            problems.append(Problem('overlap', line.id, (
                        ('date', entry.from_date.isoformat()),)))
        previous = entry
    return problems


def expected(
        line: Line, until: dt.date, rounding: Rounding,
        cuts: Iterable[dt.date] = (), through: dt.date | None = None
        ) -> list[Piece]:
    """Return what the line costs, in pieces without gap or overlap

    Everything to be invoiced until the date, and all days through the other.
    cuts are days on which a piece must start.
    """
    cuts = sorted({*cuts, *_cuts(line)})
    terms = sorted(line.terms, key=lambda t: t.from_date or dt.date.min)
    pieces: list[Piece] = []
    rounded: dict[Fraction, Decimal] = {}
    for number, stretch in enumerate(_stretches(line)):
        invoice_date = dt.timedelta(days=line.offset) + (
            stretch.to_date if line.moment == 'arrears'
            else stretch.from_date)
        if invoice_date > until and (
                through is None or stretch.from_date > through):
            break
        counted = _count(line, _count_day(line, stretch.from_date))
        total = Fraction(0)
        for from_date, to_date, rate in _cut(stretch, cuts):
            term = _term_on(terms, from_date)
            quantity = price = ZERO
            payer = None
            if term:
                payer = term.payer
                quantity = term.quantity if counted is None else counted
                price = term.net_price
            if _suspended(line, from_date):
                rate = Fraction(0)
            fraction = _fraction(rate, (to_date - from_date).days + 1)
            value = _value(fraction, quantity, price)
            if from_date == stretch.from_date and (
                    to_date == stretch.to_date):
                # Most periods are whole: ask for each amount once.
                amount = rounded.get(value)
                if amount is None:
                    amount = rounded[value] = rounding(value)
            else:
                before = rounding(total)
                total += value
                amount = rounding(total) - before
            pieces.append(Piece(
                    from_date, to_date, invoice_date, fraction, quantity,
                    price, amount, number, payer))
    return pieces


def propose(
        line: Line, entries: Sequence[Entry], until: dt.date,
        today: dt.date, rounding: Rounding | None = None
        ) -> tuple[list[Proposal], list[Problem]]:
    """Return what is left to invoice until the date, and one adjustment

    today is the day from which the adjustment can be invoiced.  When the
    payer changed there is one adjustment for each who was invoiced.
    """
    problems = check(line, entries)
    if problems:
        return [], problems
    rounding = rounding or half_up(2)
    settled = [e for e in entries if is_settled(line, e) and e.live]
    regular = _regular(settled)
    through = max((e.to_date for e in regular), default=None)
    cuts = [e.from_date for e in regular]
    cuts += [e.to_date + DAY for e in regular]
    pieces = expected(line, until, rounding, cuts, through)

    proposals: list[Proposal] = []
    open_: list[Piece] = []
    by_entry: dict[int, list[Piece]] = defaultdict(list)
    index = 0
    for piece in pieces:
        while (index < len(regular)
                and regular[index].to_date < piece.from_date):
            index += 1
        if (index < len(regular)
                and regular[index].from_date <= piece.from_date):
            if regular[index].kind == 'regular' and _external(line, piece):
                # Both programs invoiced it: ours is given back.
                piece = replace(piece, fraction=Fraction(0), amount=ZERO)
            by_entry[regular[index].id].append(piece)
        elif piece.invoice_date <= until:
            open_.append(piece)
    proposals.extend(_to_invoice(line, open_))
    charged = [e for e in settled if not (e.skipped and _is_regular(e))]
    for payer in dict.fromkeys(e.payer for e in charged):
        adjustment = _adjust(
            [e for e in charged if e.payer == payer],
            [e for e in regular if e.payer == payer and not e.skipped],
            by_entry, today)
        if adjustment:
            proposals.append(adjustment)
    return proposals, []


def update(
        line: Line, entries: Sequence[Entry], until: dt.date,
        today: dt.date, rounding: Rounding | None = None) -> Changes:
    """Return how the entries which are not settled have to change

    What was proposed for later than until stays proposed.
    """
    pending = [e for e in entries if not is_settled(line, e)]
    horizon = max([
            until, *(e.invoice_date for e in pending if e.kind == 'regular')])
    proposals, problems = propose(line, entries, horizon, today, rounding)
    changes = Changes(problems=problems)
    if problems:
        return changes
    waiting = {(_is_regular(e), e.from_date): e for e in pending}
    todo = []
    for proposal in proposals:
        entry = waiting.pop(
            (_is_regular(proposal), proposal.from_date), None)
        if not entry or entry.kind != proposal.kind:
            if entry:
                changes.delete.append(entry.id)
            todo.append(proposal)
        elif not _same(entry, proposal):
            changes.write.append((entry.id, proposal))
    changes.delete.extend(e.id for e in waiting.values())
    gone = set(changes.delete)
    sequences: dict[dt.date, int] = defaultdict(int)
    for entry in entries:
        if entry.id not in gone:
            sequences[entry.from_date] = max(
                sequences[entry.from_date], entry.sequence)
    for proposal in todo:
        sequences[proposal.from_date] += 1
        changes.create.append((proposal, sequences[proposal.from_date]))
    return changes


def is_settled(line: Line, entry: Entry) -> bool:
    "External entries follow the date the user gives, all others stay"
    if entry.kind == 'external':
        return (
            line.invoiced_until is not None
            and entry.to_date <= line.invoiced_until)
    return entry.settled


def _is_regular(entry: Entry | Proposal) -> bool:
    return entry.kind in REGULAR


def _regular(entries: Iterable[Entry]) -> list[Entry]:
    return sorted(
        (e for e in entries if e.settled and e.live and e.kind in REGULAR),
        key=lambda e: (e.from_date, e.id))


def _same(entry: Entry, proposal: Proposal) -> bool:
    unit = Decimal(1).scaleb(-10)
    same = (
        entry.to_date == proposal.to_date
        and entry.amount == proposal.amount
        and entry.payer == proposal.payer
        and entry.corrects == proposal.corrects)
    if _is_regular(proposal):
        same &= (
            entry.invoice_date == proposal.invoice_date
            and entry.quantity == proposal.quantity
            and entry.unit_price == proposal.unit_price
            and entry.fraction == to_decimal(
                proposal.fraction).quantize(unit))
    return same


@lru_cache(maxsize=4096)
def _fraction(rate: Fraction, days: int) -> Fraction:
    return rate * days


@lru_cache(maxsize=4096)
def _value(fraction: Fraction, quantity: Decimal, price: Decimal) -> Fraction:
    return fraction * Fraction(quantity) * Fraction(price)


def _cuts(line: Line) -> Iterator[dt.date]:
    for term in line.terms:
        if term.from_date:
            yield term.from_date
    for suspension in line.suspensions:
        yield suspension.from_date
        if suspension.to_date:
            yield suspension.to_date + DAY
    if line.invoiced_until:
        yield line.invoiced_until + DAY


def _stretches(line: Line) -> Iterator[_Stretch]:
    "The stubs and the full periods from start to end"
    start, end = line.start, line.end or dt.date.max
    if end < start:
        return
    if line.months is None:
        yield _Stretch(start, start, ((start, start, Fraction(1)),))
        return
    grid = Grid.of(start, line.months, line.anchor_day, line.anchor_month)
    first = grid.boundary(0)
    rates: tuple[tuple[dt.date, dt.date, Fraction], ...] = ()
    if first > start:
        to_date = min(first - DAY, end)
        rates = ((start, to_date, _rate(
                    line.first_stub, start, to_date, grid.days(-1))),)
        if line.first_stub != 'next' or to_date == end:
            yield _Stretch(start, to_date, rates)
            rates = ()
    number = 0
    while (from_date := grid.boundary(number)) <= end:
        to_date = grid.boundary(number + 1) - DAY
        rate = Fraction(1, grid.days(number))
        if to_date > end:
            to_date = end
            rate = _rate(
                line.last_stub, from_date, to_date, grid.days(number))
        rates += ((from_date, to_date, rate),)
        number += 1
        if (line.last_stub == 'next' and to_date < end < dt.date.max
                and grid.boundary(number + 1) > end + DAY):
            # What is left is charged with the last full period.
            continue
        yield _Stretch(rates[0][0], to_date, rates)
        rates = ()


def _rate(
        stub: str, from_date: dt.date, to_date: dt.date, days: int
        ) -> Fraction:
    "The part of a period that one day of the stub is worth"
    if stub == 'free':
        return Fraction(0)
    if stub == 'full':
        return Fraction(1, (to_date - from_date).days + 1)
    return Fraction(1, days)


def _cut(
        stretch: _Stretch, cuts: Sequence[dt.date]
        ) -> Iterator[tuple[dt.date, dt.date, Fraction]]:
    for from_date, to_date, rate in stretch.rates:
        start = from_date
        for cut in cuts:
            if start < cut <= to_date:
                yield start, cut - DAY, rate
                start = cut
        yield start, to_date, rate


def _term_on(terms: Sequence[Term], day: dt.date) -> Term | None:
    found = None
    for term in terms:
        if term.from_date and term.from_date > day:
            break
        found = term
    return found


def _suspended(line: Line, day: dt.date) -> bool:
    return any(
        s.credits and s.from_date <= day
        and (s.to_date is None or day <= s.to_date)
        for s in line.suspensions)


def _count_day(line: Line, day: dt.date) -> dt.date:
    "The day on which the machines of a period are counted"
    if line.count_month is None:
        return day
    counted = day.replace(month=line.count_month, day=1)
    if counted > day:
        counted = counted.replace(year=day.year - 1)
    return max(counted, line.start)


def _count(line: Line, day: dt.date) -> Decimal | None:
    if line.counted is None:
        return None
    return sum((
            c.quantity for c in line.counted
            if (c.from_date is None or c.from_date <= day)
            and (c.to_date is None or day <= c.to_date)), ZERO)


def _external(line: Line, piece: Piece) -> bool:
    "Whether the former program has invoiced the piece"
    return bool(line.invoiced_until and piece.to_date <= line.invoiced_until)


def _to_invoice(line: Line, pieces: Iterable[Piece]) -> list[Proposal]:
    "One proposal for the pieces that follow each other at the same price"
    proposals: list[Proposal] = []
    stretch = None
    for piece in pieces:
        external = _external(line, piece)
        proposal = Proposal(
            'external' if external else 'regular', piece.from_date,
            piece.to_date, piece.invoice_date, piece.fraction,
            piece.quantity, piece.unit_price, piece.amount,
            payer=piece.payer)
        if not external and not (
                piece.fraction and piece.quantity and piece.unit_price):
            continue
        last = proposals[-1] if proposals else None
        if (last and stretch == piece.stretch
                and last.kind == proposal.kind
                and last.to_date + DAY == proposal.from_date
                and last.quantity == proposal.quantity
                and last.unit_price == proposal.unit_price
                and last.payer == proposal.payer):
            proposals[-1] = replace(
                last, to_date=proposal.to_date,
                fraction=last.fraction + proposal.fraction,
                amount=last.amount + proposal.amount)
        else:
            proposals.append(proposal)
        stretch = piece.stretch
    return proposals


def _adjust(
        settled: Sequence[Entry], regular: Sequence[Entry],
        by_entry: dict[int, list[Piece]], today: dt.date
        ) -> Proposal | None:
    "The difference between what was settled and what should have been"
    due = {
        e.id: sum((p.amount for p in by_entry[e.id]), ZERO) for e in regular}
    invoiced = sum((e.amount for e in settled), ZERO)
    difference = sum(due.values(), ZERO) - invoiced
    if not difference:
        return None
    corrections = [e for e in settled if e.kind not in REGULAR]
    touched = [e for e in regular if due[e.id] != e.amount]
    if not touched:
        corrected = {e.corrects for e in corrections}
        # Without any, what was adjusted was credited to be invoiced again.
        touched = (
            [e for e in regular if e.id in corrected]
            or list(regular) or corrections)
    unused = any(
        sum((p.to_date - p.from_date).days + 1
            for p in by_entry[e.id] if p.fraction)
        < (e.to_date - e.from_date).days + 1
        for e in touched)
    from_date = touched[0].from_date
    if unused and difference < 0:
        # Name the days given back, not the whole of the period.
        used = [
            p.to_date for p in by_entry[touched[0].id] if p.fraction]
        if used and max(used) < touched[0].to_date:
            from_date = max(used) + DAY
    to_date = touched[-1].to_date
    expected_ = sum((due.get(e.id, ZERO) for e in touched), ZERO)
    return Proposal(
        'credit' if unused and difference < 0 else 'adjustment',
        from_date, to_date, today, Fraction(1),
        Decimal(1).copy_sign(difference), abs(difference), difference,
        corrects=(
            touched[0].id if touched[0].kind in REGULAR
            else touched[0].corrects),
        expected=expected_, invoiced=expected_ - difference,
        payer=touched[0].payer)

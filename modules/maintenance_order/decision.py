# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Who pays each line of a visit, at what price, and why.

``decide`` takes the lines of any number of visits and, per visit, the
candidates that may pay something in place of the customer (a warranty, the
coverage of a contract, an hour bank, an agreed price, a gift).  It returns the
shares: each line split between its payers so that the quantities and the list
values add up to the line exactly.

Candidates answer in the order of their priority; each takes its percentage of
what the former ones left, of the hours of which it speaks, within its limit;
the customer pays the rest.  The
trace of a share tells in codes and arguments what answered and what was
rejected, so that each reader gets it in his own language.

Nothing here knows the database: models gather, call and store.
"""
import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

ZERO = Decimal(0)
ONE = Decimal(1)
QUANTITY_DIGITS = 4

PAYER_KINDS = (
    'customer', 'contract', 'bank', 'warranty', 'goodwill', 'internal')

# Candidates of the same visit answer in this order unless they say otherwise.
PRIORITY_NO_CHARGE = 0
PRIORITY_OVERRIDE = 10
PRIORITY_RETURN = 50
PRIORITY_WARRANTY = 100
PRIORITY_PAYER = 150
PRIORITY_CONTRACT = 200
PRIORITY_BANK = 300
PRIORITY_PRICE = 400

# A rule which is for other lines, which says nothing of its source as such.
_NOT_FOR_IT = frozenset(['line_kind', 'task_kind', 'product'])

Argument = str | int | None
Step = tuple[str, tuple[tuple[str, Argument], ...]]


@dataclass(frozen=True, slots=True)
class Line:
    """What the decision needs to know of a line of a visit

    quantity is in the unit of the line (hours for work), list_price is for one
    unit in the currency of the company and None when nobody knows it,
    discount is a fraction, customer is the party who pays what nobody else
    does (None for work of our own).
    """
    id: int
    visit: int
    kind: str
    date: dt.date
    quantity: Decimal
    list_price: Decimal | None
    customer: int | None
    discount: Decimal = ZERO
    task: int | None = None
    task_kind: str | None = None
    equipment: int | None = None
    product: int | None = None
    categories: frozenset[int] = frozenset()
    currency_digits: int = 2


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody or something that may pay in place of the customer

    An empty set of lines, kinds, equipments, products or categories means any.
    unit_price is what the payer is charged for one unit: zero when the share
    is free (included, covered, given away), None for the list price.
    payer is the party to invoice; None is the customer of the line when there
    is something to charge, nobody otherwise.
    limit is what is left of the counter, measured in quantity, in amount at
    list price or in visits; candidates with the same counter share it.
    label is how people call the source, kept in the trace.
    parts tells the hours of the line of which it speaks (those of a time band)
    with the fraction of the line which they are: of these it takes what others
    left, and of no other ones.  None means the whole line.
    """
    payer_kind: str
    source: str | None = None
    label: str = ''
    priority: int = PRIORITY_CONTRACT
    percentage: Decimal = ONE
    unit_price: Decimal | None = ZERO
    payer: int | None = None
    lines: frozenset[int] = frozenset()
    line_kinds: frozenset[str] = frozenset()
    task_kinds: frozenset[str] = frozenset()
    equipments: frozenset[int] = frozenset()
    products: frozenset[int] = frozenset()
    categories: frozenset[int] = frozenset()
    from_date: dt.date | None = None
    to_date: dt.date | None = None
    limit: Decimal | None = None
    measure: str = 'quantity'
    counter: str | None = None
    parts: tuple[tuple[int, Decimal], ...] | None = None

    def concerns(self, line: Line) -> bool:
        "Whether the candidate speaks of this line at all"
        if self.lines and line.id not in self.lines:
            return False
        return not self.equipments or line.equipment in self.equipments

    def reject(self, line: Line) -> Step | None:
        "Why the candidate does not pay the line, if so"
        if self.from_date and line.date < self.from_date:
            return self._step(
                'not_started', date=self.from_date.isoformat())
        if self.to_date and line.date > self.to_date:
            return self._step('expired', date=self.to_date.isoformat())
        if self.task_kinds and line.task_kind not in self.task_kinds:
            return self._step('task_kind', kind=line.task_kind)
        if self.line_kinds and line.kind not in self.line_kinds:
            return self._step('line_kind', kind=line.kind)
        if self.products and line.product not in self.products:
            return self._step('product')
        if self.categories and not (self.categories & line.categories):
            return self._step('product')
        return None

    def _step(self, code: str, **arguments: Argument) -> Step:
        return (code, (
                ('kind_of_payer', self.payer_kind),
                ('source', self.source),
                ('label', self.label),
                *arguments.items()))


@dataclass(frozen=True, slots=True)
class Share:
    """The part of a line that one payer pays

    value is the part at list price: the values of the shares of a line add up
    to its amount at list price, as the quantities to its quantity.  amount is
    what the payer is charged.  unit_price, value and amount are None when the
    price is not known, which somebody has to settle before it is invoiced.
    disputed is what the payer does not agree with (``agreement``).
    """
    line: int
    visit: int
    payer_kind: str
    payer: int | None
    quantity: Decimal
    list_price: Decimal | None
    value: Decimal | None
    unit_price: Decimal | None
    amount: Decimal | None
    source: str | None = None
    counter: str | None = None
    consumed: Decimal = ZERO
    trace: tuple[Step, ...] = ()
    disputed: bool = False


@dataclass(slots=True)
class _Part:
    candidate: Candidate | None
    quantity: Decimal
    consumed: Decimal = ZERO


class _Rest:
    "What nobody has taken of a line yet, by the hours which candidates name"
    __slots__ = ('quantity', 'hours', 'digits')

    def __init__(self, line: Line, candidates: Sequence[Candidate]) -> None:
        self.quantity = line.quantity
        self.hours: dict[int | None, Decimal] = {}
        fractions: dict[int | None, Decimal] = {}
        for candidate in candidates:
            if candidate.concerns(line):
                fractions.update(candidate.parts or ())
        if fractions:
            exponent = line.quantity.as_tuple().exponent
            self.digits = max(QUANTITY_DIGITS, -int(exponent))
            fractions[None] = max(ZERO, ONE - sum(fractions.values(), ZERO))
            self._share_out(fractions, self.quantity)

    def _share_out(
            self, weights: Mapping[int | None, Decimal], quantity: Decimal
            ) -> None:
        self.hours.update(zip(weights, split(
                    quantity, list(weights.values()), self.digits)))

    def _named(self, candidate: Candidate) -> dict[int | None, Decimal]:
        if candidate.parts is None:
            return self.hours
        return {hours: self.hours[hours] for hours, _ in candidate.parts}

    def of(self, candidate: Candidate) -> Decimal:
        "Return what is left of the hours of which the candidate speaks"
        if candidate.parts is None:
            return self.quantity
        return sum(self._named(candidate).values(), ZERO)

    def take(self, candidate: Candidate, quantity: Decimal) -> None:
        "Take it from each of these hours alike"
        if self.hours:
            self._share_out(
                dict(self._named(candidate)), self.of(candidate) - quantity)
        self.quantity -= quantity


@dataclass(slots=True)
class _Counters:
    left: dict[str, Decimal] = field(default_factory=dict)
    visits: dict[str, set[int]] = field(
        default_factory=lambda: defaultdict(set))


def decide(
        lines: Iterable[Line],
        candidates: Mapping[int, Sequence[Candidate]],
        rounding: Callable[[Decimal], Decimal] | None = None) -> list[Share]:
    """Return the shares of the lines, in the order of the lines

    The lines come in the order in which they use up limits: by date of the
    visit, then its number.  candidates are by visit.  rounding is the round of
    the currency; half up to its digits by default.
    """
    counters = _Counters()
    ordered: dict[int, list[Candidate]] = {
        visit: sorted(found, key=lambda c: (c.priority, c.source or ''))
        for visit, found in candidates.items()}
    shares: list[Share] = []
    for line in lines:
        shares.extend(_decide_line(
                line, ordered.get(line.visit, []), counters, rounding))
    return shares


def split(
        total: Decimal, weights: Sequence[Decimal], digits: int
        ) -> list[Decimal]:
    """Split total by weight so that the parts add up to it exactly

    Each part is rounded down, then the missing units go to the parts which
    lost most (largest remainder; the first of equals).
    """
    if not weights:
        raise ValueError("nothing to split over")
    unit = Decimal(1).scaleb(-digits)
    units = total / unit
    if units != units.to_integral_value():
        raise ValueError(f"{total} has more than {digits} digits")
    if len(weights) == 1:
        return [total]
    sign = -1 if units < 0 else 1
    count = abs(int(units))
    whole = sum(weights, ZERO)
    if not whole:
        return [total] + [ZERO] * (len(weights) - 1)
    exact = [count * weight / whole for weight in weights]
    parts = [int(part) for part in exact]
    missing = count - sum(parts)
    by_loss = sorted(
        range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    for i in by_loss[:missing]:
        parts[i] += 1
    return [sign * part * unit for part in parts]


def round_half_up(digits: int) -> Callable[[Decimal], Decimal]:
    unit = Decimal(1).scaleb(-digits)
    return lambda amount: amount.quantize(unit, rounding=ROUND_HALF_UP)


def _decide_line(
        line: Line, candidates: Sequence[Candidate], counters: _Counters,
        rounding: Callable[[Decimal], Decimal] | None) -> list[Share]:
    rounding = rounding or round_half_up(line.currency_digits)
    trace: list[Step] = []
    parts: list[_Part] = []
    rest = _Rest(line, [c for c in candidates if c.parts is not None])
    price = _net_price(line)
    for candidate in candidates:
        if not candidate.concerns(line):
            continue
        reason = candidate.reject(line)
        if reason:
            trace.append(reason)
            continue
        available = rest.of(candidate)
        if not available and rest.quantity:
            # Others took the hours of which it speaks.
            continue
        quantity, consumed = _take(
            candidate, line, available, price, counters)
        if not quantity and available:
            trace.append(candidate._step('used_up'))
            continue
        trace.append(_answer(candidate, line, quantity, available, consumed))
        parts.append(_Part(candidate, quantity, consumed))
        rest.take(candidate, quantity)
        if not rest.quantity:
            break
    if rest.quantity or not parts:
        trace.append((
                'customer' if line.customer else 'internal',
                (('quantity', str(rest.quantity)),)))
        parts.append(_Part(None, rest.quantity))
    return _shares(line, parts, price, _tidy(trace), rounding)


def _tidy(trace: Sequence[Step]) -> tuple[Step, ...]:
    """Leave out what a reader would not miss

    A source with many rules rejects a line once per rule that is not for it;
    this is said once, and not at all when another rule of it answered.
    """
    said: dict[tuple[str, Argument], Step] = {}
    speaking = set()
    for code, arguments in trace:
        source = _source(arguments)
        said.setdefault((code, source), (code, arguments))
        if code not in _NOT_FOR_IT:
            speaking.add(source)
    return tuple(
        step for (code, source), step in said.items()
        if code not in _NOT_FOR_IT or source not in speaking)


def _source(arguments: tuple[tuple[str, Argument], ...]) -> Argument:
    for name, value in arguments:
        if name == 'source':
            return value
    return None


def _net_price(line: Line) -> Decimal | None:
    if line.list_price is None:
        return None
    return line.list_price * (ONE - line.discount)


def _take(
        candidate: Candidate, line: Line, rest: Decimal,
        price: Decimal | None, counters: _Counters
        ) -> tuple[Decimal, Decimal]:
    "What the candidate takes of the rest, and of its counter"
    unit = Decimal(1).scaleb(-QUANTITY_DIGITS)
    quantity = (rest * candidate.percentage).quantize(
        unit, rounding=ROUND_HALF_UP)
    if candidate.limit is None:
        return quantity, ZERO
    key = candidate.counter or candidate.source or ''
    left = counters.left.setdefault(key, candidate.limit)
    if candidate.measure == 'visit':
        counted = counters.visits[key]
        if line.visit in counted:
            return quantity, ZERO
        if left < ONE:
            return ZERO, ZERO
        counted.add(line.visit)
        counters.left[key] = left - ONE
        return quantity, ONE
    each = ONE
    if candidate.measure == 'amount':
        each = abs(price) if price else ZERO
    consumed = quantity * each
    # What goes back is negative: it always fits and gives back.
    if consumed > left:
        quantity = (max(left, ZERO) / each).quantize(
            unit, rounding=ROUND_DOWN)
        consumed = quantity * each
    counters.left[key] = left - consumed
    return quantity, consumed


def _answer(
        candidate: Candidate, line: Line, quantity: Decimal, rest: Decimal,
        consumed: Decimal) -> Step:
    percentage = candidate.percentage
    if candidate.parts is not None and line.quantity:
        percentage = (quantity / line.quantity).quantize(Decimal('1e-4'))
    if candidate.priority == PRIORITY_NO_CHARGE:
        code = 'no_charge'
    elif candidate.priority == PRIORITY_OVERRIDE:
        code = 'override'
    elif candidate.payer_kind == 'customer':
        code = 'price' if candidate.payer is None else 'pays'
    elif candidate.percentage == ONE and quantity != rest:
        code = 'covered_limit'
    elif percentage != ONE:
        code = 'covered_part'
    else:
        code = 'covered'
    return candidate._step(
        code, quantity=str(quantity),
        percentage=f'{(percentage * 100).normalize():f}',
        consumed=str(consumed))


def _shares(
        line: Line, parts: Sequence[_Part], price: Decimal | None,
        trace: tuple[Step, ...], rounding: Callable[[Decimal], Decimal]
        ) -> list[Share]:
    values: Sequence[Decimal | None] = [None] * len(parts)
    if price is not None:
        values = split(
            rounding(line.quantity * price),
            [abs(part.quantity) for part in parts], line.currency_digits)
    shares = []
    for part, value in zip(parts, values):
        unit_price, amount = price, value
        candidate = part.candidate
        payer_kind, payer = 'customer', line.customer
        if candidate:
            payer_kind = candidate.payer_kind
            if candidate.unit_price is not None:
                unit_price = candidate.unit_price
                amount = rounding(part.quantity * unit_price)
            payer = candidate.payer
            if payer is None and unit_price != ZERO:
                payer = line.customer
        elif payer is None:
            payer_kind, unit_price, amount = 'internal', ZERO, ZERO
        steps = trace
        if unit_price is None:
            steps += (('no_price', ()),)
        shares.append(Share(
                line=line.id, visit=line.visit, payer_kind=payer_kind,
                payer=payer, quantity=part.quantity,
                list_price=line.list_price, value=value,
                unit_price=unit_price, amount=amount,
                source=candidate.source if candidate else None,
                counter=(
                    candidate.counter or candidate.source
                    if candidate and candidate.limit is not None else None),
                consumed=part.consumed, trace=steps))
    return shares

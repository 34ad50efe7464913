# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What the readings of a meter mean: consumption, and what can not be.

The readings of a meter are a chain.  A counter tells by the difference of two
readings what was consumed between them; it may roll over, be replaced
(closing and opening reading) or be estimated.  A gauge tells a value.

A reading that was wrong is never changed: another corrects it and takes its
place in the chain.  So the sum of the consumption of a chain is always what
the meters really advanced.
"""
from __future__ import annotations

import datetime as dt
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

# How many intervals of before make a history, and how far from their median,
# in median deviations and as share, an interval must be to be doubted.
HISTORY = 3
DEVIATIONS = Decimal(6)
SHARE = Decimal('0.5')


@dataclass(frozen=True)
class Meter:
    "A counter, which starts again from zero at its rollover, or a gauge"
    kind: str = 'counter'
    rollover: Decimal | None = None


@dataclass(frozen=True)
class Reading:
    key: int
    when: dt.datetime
    value: Decimal
    source: str = 'technician'
    corrects: int | None = None


@dataclass(frozen=True)
class Step:
    "A reading in its place, with what was consumed since the one before"
    key: int
    when: dt.datetime
    value: Decimal
    consumption: Decimal | None
    rolled_over: bool = False
    estimated: bool = False


@dataclass(frozen=True)
class Problem:
    code: str  # 'lower', 'beyond' or 'negative'
    key: int
    value: Decimal
    previous: Decimal | None = None
    previous_when: dt.datetime | None = None


@dataclass(frozen=True)
class Chain:
    steps: tuple[Step, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def total(self) -> Decimal:
        "What was consumed in all"
        return sum(
            (s.consumption for s in self.steps if s.consumption is not None),
            Decimal(0))

    def by_key(self) -> dict[int, Step]:
        return {s.key: s for s in self.steps}


@dataclass(frozen=True)
class Difference:
    "What is to settle because another consumption was invoiced"
    key: int
    invoiced: Decimal
    actual: Decimal

    @property
    def amount(self) -> Decimal:
        return self.actual - self.invoiced


def live(readings: Iterable[Reading]) -> list[Reading]:
    """Return the readings that count, in the order of time

    What was corrected is replaced by its last correction, at its own time.
    """
    by_key = {r.key: r for r in readings}
    corrected = {r.corrects for r in by_key.values() if r.corrects}
    found = []
    for reading in by_key.values():
        if reading.key in corrected:
            continue
        first = reading
        while first.corrects in by_key:
            first = by_key[first.corrects]
        found.append((first.when, first.key, reading))
    found.sort(key=lambda row: row[:2])
    return [
        Reading(r.key, when, r.value, r.source, r.corrects)
        for when, _, r in found]


def chain(meter: Meter, readings: Iterable[Reading]) -> Chain:
    "Return the readings one after the other, and those that can not be"
    steps: list[Step] = []
    problems: list[Problem] = []
    previous: Reading | None = None
    for reading in live(readings):
        problem = _limits(meter, reading)
        consumption, rolled_over = None, False
        if meter.kind == 'counter' and previous is not None:
            if reading.source != 'opening':
                consumption, rolled_over = _consumption(
                    meter, previous, reading)
                if consumption is None:
                    problem = problem or Problem(
                        'lower', reading.key, reading.value, previous.value,
                        previous.when)
        if problem:
            problems.append(problem)
            continue
        steps.append(Step(
                reading.key, reading.when, reading.value, consumption,
                rolled_over, reading.source == 'estimate'))
        previous = reading
    return Chain(tuple(steps), tuple(problems))


def _limits(meter: Meter, reading: Reading) -> Problem | None:
    if meter.kind != 'counter':
        return None
    if reading.value < 0:
        return Problem('negative', reading.key, reading.value)
    if meter.rollover is not None and reading.value >= meter.rollover:
        return Problem('beyond', reading.key, reading.value, meter.rollover)
    return None


def _consumption(
        meter: Meter, previous: Reading,
        reading: Reading) -> tuple[Decimal | None, bool]:
    "Return what was consumed, None if it can not be, and whether it rolled"
    difference = reading.value - previous.value
    if difference >= 0:
        return difference, False
    if meter.rollover is not None:
        # Half of the range and more in one interval is an error of reading.
        rolled = difference + meter.rollover
        if rolled * 2 < meter.rollover:
            return rolled, True
    if previous.source == 'estimate':
        # The estimate was too high: the truth takes back what is too much.
        return difference, False
    return None, False


def differences(
        chain: Chain, invoiced: Mapping[int, Decimal],
        corrections: Mapping[int, int] | None = None) -> list[Difference]:
    """Return what is to settle for readings invoiced before they changed

    The corrections tell by reading which one took its place.
    """
    steps = chain.by_key()
    found = []
    for key, amount in invoiced.items():
        current = key
        while corrections and current in corrections:
            current = corrections[current]
        step = steps.get(current)
        actual = Decimal(0)
        if step is not None and step.consumption is not None:
            actual = step.consumption
        if actual != amount:
            found.append(Difference(key, amount, actual))
    return found


def outlier(meter: Meter, steps: Sequence[Step], candidate: Step) -> bool:
    """Return whether the reading is far from the meter's own history

    A counter is judged by its consumption a day, a gauge by its value.
    """
    before = [s for s in steps
        if s.when < candidate.when and s.key != candidate.key]
    if meter.kind == 'counter':
        history = _rates(before)
        last = _rates([*before[-1:], candidate])
        if not last:
            return False
        rate = last[0]
    else:
        history = [s.value for s in before]
        rate = candidate.value
    if len(history) < HISTORY:
        return False
    median = statistics.median(history)
    deviation = statistics.median([abs(h - median) for h in history])
    distance = abs(rate - median)
    return distance > max(DEVIATIONS * deviation, SHARE * abs(median))


def _rates(steps: Sequence[Step]) -> list[Decimal]:
    "Return the consumption a day of the intervals that end with the steps"
    rates = []
    for previous, step in zip(steps, steps[1:]):
        seconds = Decimal((step.when - previous.when).total_seconds())
        if step.consumption is None or seconds <= 0:
            continue
        rates.append(step.consumption / (seconds / 86400))
    return rates


def estimate(
        meter: Meter, steps: Sequence[Step],
        when: dt.datetime) -> Decimal | None:
    """Return what the meter is likely to show, None without a history

    The usual consumption a day of the last intervals goes on.
    """
    before = [s for s in steps if s.when <= when]
    if not before:
        return None
    last = before[-1]
    if meter.kind != 'counter':
        return last.value
    rates = _rates(before)[-12:]
    if not rates:
        return None
    days = Decimal((when - last.when).total_seconds()) / 86400
    value = last.value + statistics.median(rates) * days
    if meter.rollover is not None:
        value %= meter.rollover
    return value

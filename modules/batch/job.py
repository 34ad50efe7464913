# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What a job is: plain classes and values, without Pool or database.

A module that has long work to do writes a class which inherits Job and
registers it by name on batch.run; the engine in run.py plans it once, works
chunk after chunk and keeps what the job says about its records.
"""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = ['Created', 'Job', 'Outcome', 'Problem', 'Then', 'chunked', 'halves']

Key = Any


@dataclass(frozen=True)
class Problem:
    """What could not be done, or should be looked at, and for which record

    code is the id of an ir.message ('module.msg_id') and arguments are its
    variables: the text is made when somebody reads it, in his language.
    """
    code: str
    record: Any = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    severity: Literal['error', 'warning'] = 'error'

    def __post_init__(self) -> None:
        if '.' not in self.code:
            raise ValueError(
                f"code must be 'module.message', not {self.code!r}")
        if self.severity not in {'error', 'warning'}:
            raise ValueError(f"unknown severity {self.severity!r}")


@dataclass(frozen=True)
class Created:
    "The records that a chunk has made: 'model,id' or instances"
    records: Iterable[Any]


@dataclass(frozen=True)
class Then:
    "Keys for a later phase, which runs when the earlier ones are over"
    phase: str
    keys: Sequence[Key]


Outcome = Problem | Created | Then


class Job:
    """Long work over many records

    Each name in phases is a method like work. Those in serial run one chunk
    at a time, in order, for all runs of the company that have a phase of the
    same name: the place for numbering.
    """
    model: str | None = None  # of the keys, when they are ids
    chunk: int = 100  # keys; one chunk should not take more than 2 s
    lanes: int = 1
    phases: tuple[str, ...] = ('work',)
    serial: tuple[str, ...] = ()
    # Seconds between two chunks of a serial phase in which others can have its
    # locks.  While one posts an invoice Tryton tries for 0.2 s to get the
    # number: longer than its longest pause between two tries.
    courtesy: float = 0.1
    # A chunk of a serial phase waits for those before it in order only, not
    # for the whole of the phases before.
    overlap: bool = False
    ask: bool = False  # turn warnings of the standard into problems

    def plan(self, run: Any) -> Sequence[Key]:
        "Return the keys of all that is due, in order, from one select"
        raise NotImplementedError

    def work(
            self, run: Any, keys: Sequence[Key]) -> Iterable[Outcome] | None:
        "Do what is still due of the keys and tell what there is to tell"
        raise NotImplementedError

    def record(self, key: Key) -> str | None:
        "Return the record that the key stands for"
        if self.model and isinstance(key, int):
            return f'{self.model},{key}'
        return None

    def perform(
            self, phase: str, run: Any, keys: Sequence[Key]) -> list[Outcome]:
        "Run one phase on the keys"
        if phase not in self.phases:
            raise ValueError(f"{type(self).__name__} has no phase {phase!r}")
        outcomes = list(getattr(self, phase)(run, keys) or ())
        done = self.phases.index(phase)
        for outcome in outcomes:
            if not isinstance(outcome, (Problem, Created, Then)):
                raise TypeError(f"a job can not yield {outcome!r}")
            if (isinstance(outcome, Then)
                    and outcome.phase not in self.phases[done + 1:]):
                raise ValueError(
                    f"{outcome.phase!r} is not a phase after {phase!r}")
        return outcomes


def chunked(keys: Sequence[Key], size: int) -> Iterator[list[Key]]:
    "Cut the keys in order into lists of at most size"
    if size < 1:
        raise ValueError("a chunk needs at least one key")
    for start in range(0, len(keys), size):
        yield list(keys[start:start + size])


def halves(keys: Sequence[Key]) -> tuple[list[Key], list[Key]]:
    "Cut the keys in two, none of them empty"
    if len(keys) < 2:
        raise ValueError("there is nothing to cut")
    middle = (len(keys) + 1) // 2
    return list(keys[:middle]), list(keys[middle:])

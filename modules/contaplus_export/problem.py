# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What is wrong with the books, said once and for all.

An engine never stops at the first fault: it hands back a list of these.
"""
from dataclasses import dataclass

ERROR, WARNING = 'error', 'warning'


@dataclass(frozen=True)
class Problem:
    code: str
    "The fact; its sentence is the message msg_problem_<code>"
    record: tuple[str, int]
    "The model and the id of what to open"
    move: int | None = None
    "The entry that is left out for it, if any"
    severity: str = ERROR
    arguments: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(
            cls, code: str, model: str, id: int, *,
            move: int | None = None, severity: str = ERROR,
            **arguments: object) -> 'Problem':
        return cls(
            code, (model, id), move=move, severity=severity,
            arguments=tuple((k, str(v)) for k, v in arguments.items()))

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Read the recommendations out of what a technician wrote.

Nothing here knows the database: models gather, call and store.
"""
import re
from collections.abc import Iterable, Mapping

_BULLET = re.compile(r'^\s*(?:[-*•·–]\s*|\d{1,2}[.)]\s+)')


def things(text: str | None) -> list[str]:
    "Return each thing once, one from each line, without its bullet"
    lines = (
        _BULLET.sub('', line).strip() for line in (text or '').splitlines())
    return list(dict.fromkeys(filter(None, lines)))


def machine(
        text: str, machines: Mapping[int, Iterable[str | None]]) -> int | None:
    """Return which of the machines the text is about, if there is no doubt

    machines tells the names and codes of each.  The only machine is meant even
    if nobody names it; of two which are named, nobody knows.
    """
    if len(machines) == 1:
        return next(iter(machines))
    # A name inside a longer one which is named too does not count.
    named: dict[int, set[tuple[int, int]]] = {}
    for id_, names in machines.items():
        for name in names:
            # A short number is rather how many of something.
            if name and not (name.isdigit() and len(name) < 4):
                pattern = rf'(?<!\w){re.escape(name)}(?!\w)'
                for match in re.finditer(pattern, text, re.IGNORECASE):
                    named.setdefault(id_, set()).add(match.span())
    found = {
        id_ for id_, spans in named.items()
        if any(not _inside(span, named, id_) for span in spans)}
    return found.pop() if len(found) == 1 else None


def _inside(
        span: tuple[int, int], named: Mapping[int, set[tuple[int, int]]],
        id_: int) -> bool:
    start, end = span
    return any(
        s <= start and end <= e and (s, e) != span
        for other, spans in named.items() if other != id_
        for s, e in spans)

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Recognise a prepared concept in the words of a technician.

Nothing here knows the database.
"""
import re
import unicodedata
from collections.abc import Mapping

# Shorter words say nothing on their own, unless they have a digit.
_LENGTH = 4


def recognise(text: str, concepts: Mapping[int, str]) -> int | None:
    """Return which of the concepts, each with its words, the text speaks of

    A concept is meant when all its words stand in the text, in any order,
    number, case and with or without accents.  The one with most words wins; of
    two with as many, nobody knows.
    """
    words = _words(text)
    found: dict[int, list[int]] = {}
    for id_, words_ in concepts.items():
        wanted = _words(words_)
        if wanted and wanted <= words:
            found.setdefault(len(wanted), []).append(id_)
    if not found:
        return None
    best = found[max(found)]
    return best[0] if len(best) == 1 else None


def _words(text: str) -> frozenset[str]:
    plain = ''.join(
        c for c in unicodedata.normalize('NFKD', text.casefold())
        if not unicodedata.combining(c))
    return frozenset(
        _singular(w) for w in re.findall(r'\w+', plain)
        if len(w) >= _LENGTH or any(c.isdigit() for c in w))


def _singular(word: str) -> str:
    "Return what the singular and the plural of a word share, in es, it and en"
    if any(c.isdigit() for c in word):
        return word
    return re.sub(r'[aeiou]?s?$', '', word)

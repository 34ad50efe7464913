# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import hashlib
from collections.abc import Iterable


def warning_key(name: str, values: Iterable[object]) -> str:
    """Return the key of a warning about what is being created

    Who answers it tries again, and what is new has another id then: the
    values, which people typed, must tell that it is the same question.
    """
    text = repr([str(value) for value in values])
    return f'{hashlib.sha256(text.encode()).hexdigest()}.{name}'

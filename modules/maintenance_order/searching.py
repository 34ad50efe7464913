# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Records which are found by what people know of them."""
from collections.abc import Sequence
from typing import Any


class FoundByMixin:
    "Found by the order, the machine, a description…: what _found_by names"
    __slots__ = ()
    _found_by: Sequence[str] = [
        'order.rec_name', 'equipment.rec_name', 'description']

    @classmethod
    def search_rec_name(cls, name: str, clause: Sequence[Any]) -> list[Any]:
        _, operator, operand = clause[:3]
        bool_op = 'AND' if operator.startswith(('!', 'not ')) else 'OR'
        return [bool_op, *(
                (field, operator, operand) for field in cls._found_by)]

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The programs that the files are for: one more is one file with a table."""
from collections.abc import Callable

from .contaplus import ContaPlus
from .neutral import Neutral
from .suenlace import A3
from .target import Setting, Target

TARGETS: dict[str, Callable[[Setting], Target]] = {
    'contaplus': ContaPlus,
    'a3': A3,
    'neutral': Neutral,
    }

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What the reason codes of returns ask for."""
from __future__ import annotations

__all__ = ['ACTIONS', 'action_for']

# What is done: present it again, have the mandate or its account put right,
# mend our own data, or look into it.
ACTIONS = ('represent', 'block', 'mend', 'look')

_BY_CODE = {
    'represent': 'AM04 MS03 AM07 DNOR',
    'block': (
        'AC01 AC04 AC06 AC13 RC01 MD01 MD02 MD06 MD07 MS02 SL01 AG01 BE04 '
        'FOCR'),
    'mend': 'AM05 FF01 FF05 RR01 RR02 RR03 RR04 BE05 TM01 AG02 BE01 CNOR',
    }
_ACTION = {
    code: action for action, codes in _BY_CODE.items()
    for code in codes.split()}


def action_for(code: str) -> str:
    return _ACTION.get(code.upper(), 'look')

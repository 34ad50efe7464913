# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""How many digits a division needs before it is rounded to a currency."""
from decimal import Decimal

__all__ = ['precision']


def precision(amount: Decimal, factor: Decimal) -> int:
    """Return the digits that keep `amount / factor` on its side of a tie

    A quotient cut to fewer digits can land on exactly one half and would
    then be rounded up though the true value lies below it.
    """
    if not (amount.is_finite() and factor.is_finite() and factor):
        return 0
    amount_exponent = _exponent(amount)
    factor_exponent = _exponent(factor)
    factor_digits = len(factor.as_tuple().digits)
    integers = max(amount.adjusted() - factor.adjusted() + 1, 1)
    # In lowest terms the quotient's denominator has at most this many
    # digits, so a value which is not a tie differs from one by more than
    # the last of the decimals kept.
    decimals = factor_digits + max(factor_exponent - amount_exponent, 0) + 2
    return integers + decimals


def _exponent(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int):
        raise ValueError(f"{number} has no exponent")
    return exponent

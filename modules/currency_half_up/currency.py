# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import decimal
from decimal import Decimal, localcontext

from trytond.pool import PoolMeta

from .rounding import precision


class Currency(metaclass=PoolMeta):
    __name__ = 'currency.currency'

    def round(self, amount, rounding=decimal.ROUND_HALF_UP, opposite=False):
        return super().round(amount, rounding=rounding, opposite=opposite)

    @classmethod
    def _round(cls, amount, factor, rounding):
        if not factor:
            return super()._round(amount, factor, rounding)
        with localcontext() as context:
            context.prec = max(
                context.prec, precision(Decimal(amount), Decimal(factor)))
            return super()._round(amount, factor, rounding)

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from sql import Null

from trytond.model import Index
from trytond.pool import PoolMeta


class Invoice(metaclass=PoolMeta):
    __name__ = 'account.invoice'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        # An export looks up the invoices of a thousand moves at a time.
        cls._sql_indexes.update({
                Index(t, (t.move, Index.Equality())),
                Index(
                    t, (t.cancel_move, Index.Equality()),
                    where=t.cancel_move != Null),
                })

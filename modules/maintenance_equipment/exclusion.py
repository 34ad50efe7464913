# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.tools import grouped_slice

SLICE = 50


class ExclusionMixin:
    """Check the exclusions of the model a few records at a time

    Where the database has none Tryton asks for all the records in one
    condition, and SQLite can not parse one of a hundred alternatives.
    """
    __slots__ = ()

    @classmethod
    def validate(cls, records):
        for sub_records in grouped_slice(records, SLICE):
            super().validate(list(sub_records))

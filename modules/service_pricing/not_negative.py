# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.i18n import gettext

from .exceptions import NegativeError


class NotNegativeMixin:
    "Has numbers below zero of which nobody could tell what they mean"
    __slots__ = ()

    _not_negative = frozenset()

    @classmethod
    def validate_fields(cls, records, field_names):
        super().validate_fields(records, field_names)
        cls.check_not_negative(records, field_names)

    @classmethod
    def check_not_negative(cls, records, field_names=None):
        names = cls._not_negative
        if field_names:
            names &= field_names
        texts = [
            gettext(
                'service_pricing.msg_negative', record=record.rec_name,
                **cls.__names__(name))
            for record in records for name in sorted(names)
            if (getattr(record, name) or 0) < 0]
        if texts:
            raise NegativeError('\n'.join(texts))

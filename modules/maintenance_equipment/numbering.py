# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from collections import defaultdict

from trytond.pool import Pool


class NumberingMixin:
    """Number new records from a sequence of the configuration.

    All the records of one create take their numbers at once, because one
    request per record is what makes imports slow.
    """
    __slots__ = ()
    _number_field = 'number'
    _number_configuration = 'maintenance.configuration'
    _number_sequence = None

    @classmethod
    def _needs_number(cls, values):
        return not values.get(cls._number_field)

    @classmethod
    def create(cls, vlist):
        pool = Pool()
        Configuration = pool.get(cls._number_configuration)

        vlist = [v.copy() for v in vlist]
        missing = defaultdict(list)
        for values in vlist:
            if cls._needs_number(values):
                company = values.get('company', cls.default_company())
                if company is not None:
                    missing[int(company)].append(values)
        for company_id, company_values in missing.items():
            sequence = Configuration(1).get_multivalue(
                cls._number_sequence, company=company_id)
            if sequence:
                numbers = sequence.get_many(len(company_values))
                for values, number in zip(company_values, numbers):
                    values[cls._number_field] = number
        return super().create(vlist)

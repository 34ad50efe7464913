# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.pool import PoolMeta


class Checklist(metaclass=PoolMeta):
    __name__ = 'checklist.checklist'

    @classmethod
    def _get_subject(cls):
        return [*super()._get_subject(), 'fire.audit']

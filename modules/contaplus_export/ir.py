# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.pool import PoolMeta


class Cron(metaclass=PoolMeta):
    __name__ = 'ir.cron'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.method.selection.append(
            ('contaplus.profile|send_monthly', "Send Adviser's Files"))

    @classmethod
    def _by_company(cls):
        return super()._by_company() | {
            'contaplus.profile|send_monthly',
            }

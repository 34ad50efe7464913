# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.pool import PoolMeta


class Cron(metaclass=PoolMeta):
    __name__ = 'ir.cron'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.method.selection.extend([
                ('service.contract|renew_tacit', "Renew Tacit Contracts"),
                ('service.contract|propose_periods',
                    "Propose Periods of Contracts"),
                ('service.contract.period|invoice_automatically',
                    "Invoice Contracts"),
                ('service.contract.event|send_due',
                    "Tell What Is Due on Contracts"),
                ])

    @classmethod
    def _by_company(cls):
        return super()._by_company() | {
            'service.contract|renew_tacit',
            'service.contract|propose_periods',
            'service.contract.period|invoice_automatically',
            'service.contract.event|send_due',
            }

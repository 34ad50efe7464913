# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.pool import PoolMeta


class Cron(metaclass=PoolMeta):
    __name__ = 'ir.cron'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.method.selection.extend([
                ('account.payment.sepa.mandate|expire',
                    "Cancel Expired SEPA Mandates"),
                ('sepa.remittance|send_notices',
                    "Send SEPA Pre-notifications"),
                ('sepa.bank_message|fetch_folder',
                    "Read Bank Messages from Folder"),
                ])
        cls._notifications.update([
                'account.payment.sepa.mandate|expire',
                'sepa.bank_message|fetch_folder',
                ])

    @classmethod
    def _by_company(cls):
        return super()._by_company() | {
            'account.payment.sepa.mandate|expire',
            'sepa.remittance|send_notices',
            'sepa.bank_message|fetch_folder',
            }

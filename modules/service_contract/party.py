# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.i18n import gettext
from trytond.modules.party.exceptions import EraseError
from trytond.pool import Pool, PoolMeta


class Replace(metaclass=PoolMeta):
    __name__ = 'party.replace'

    @classmethod
    def fields_to_replace(cls):
        return super().fields_to_replace() + [
            ('service.contract', 'party'),
            ('service.contract', 'invoice_party'),
            ('service.contract.line', 'invoice_party'),
            ('service.contract.line.term', 'payer'),
            ('service.contract.period', 'payer'),
            ]


class Erase(metaclass=PoolMeta):
    __name__ = 'party.erase'

    def check_erase_company(self, party, company):
        pool = Pool()
        Contract = pool.get('service.contract')
        super().check_erase_company(party, company)

        contracts = Contract.search([
                ('company', '=', company.id),
                ['OR',
                    ('party', '=', party.id),
                    ('invoice_party', '=', party.id),
                    ('lines.invoice_party', '=', party.id),
                    ('lines.terms.payer', '=', party.id),
                    ],
                ('state', 'in', ['quotation', 'running']),
                ], limit=1)
        if contracts:
            contract, = contracts
            raise EraseError(gettext(
                    'service_contract.msg_erase_party_contract',
                    party=party.rec_name,
                    contract=contract.rec_name))

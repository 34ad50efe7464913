# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.i18n import gettext
from trytond.model import fields
from trytond.modules.party.exceptions import EraseError
from trytond.pool import Pool, PoolMeta


class Party(metaclass=PoolMeta):
    __name__ = 'party.party'

    work_report_detail = fields.Selection([
            ('full', "Prices and Reasons"),
            ('quantities', "Quantities only"),
            ], "Work Report", required=True, sort=False,
        help="What the paper signed by the customer tells: "
        "who pays each line, how much and why, or only what was done.")

    @classmethod
    def default_work_report_detail(cls):
        return 'full'


class Replace(metaclass=PoolMeta):
    __name__ = 'party.replace'

    @classmethod
    def fields_to_replace(cls):
        return super().fields_to_replace() + [
            ('maintenance.attempt_letter', 'party'),
            ('maintenance.order', 'party'),
            ('maintenance.order', 'invoice_party'),
            ('maintenance.order.material', 'supplier'),
            ('maintenance.order.payer', 'party'),
            ('maintenance.order.task', 'invoice_party'),
            ('maintenance.recommendation', 'party'),
            ('maintenance.reference.reminder', 'party'),
            ('maintenance.vat.declaration', 'party'),
            ('maintenance.visit', 'party'),
            ('maintenance.visit', 'performer'),
            ('maintenance.visit.share', 'payer'),
            ('res.user', 'performer'),
            ]


class Erase(metaclass=PoolMeta):
    __name__ = 'party.erase'

    def check_erase_company(self, party, company):
        pool = Pool()
        Order = pool.get('maintenance.order')
        Visit = pool.get('maintenance.visit')

        super().check_erase_company(party, company)

        orders = Order.search([
                ('company', '=', company.id),
                ['OR',
                    ('party', '=', party.id),
                    ('invoice_party', '=', party.id),
                    ],
                ('state', 'not in', ['closed', 'cancelled']),
                ], limit=1)
        if orders:
            raise EraseError(gettext(
                    'maintenance_order.msg_erase_party_order',
                    party=party.rec_name,
                    company=company.rec_name,
                    order=orders[0].rec_name))
        visits = Visit.search([
                ('company', '=', company.id),
                ('party', '=', party.id),
                ('state', 'in', ['planned', 'in_progress', 'done']),
                ], limit=1)
        if visits:
            raise EraseError(gettext(
                    'maintenance_order.msg_erase_party_visit',
                    party=party.rec_name,
                    company=company.rec_name,
                    visit=visits[0].rec_name))

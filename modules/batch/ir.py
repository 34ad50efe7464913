# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.model import ModelView, dualmethod
from trytond.pool import Pool, PoolMeta
from trytond.transaction import Transaction


class Cron(metaclass=PoolMeta):
    __name__ = 'ir.cron'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.method.selection.extend([
                ('batch.run|wake', "Wake Up Batch Runs"),
                ('batch.run|clean', "Delete Old Batch Runs"),
                ])

    @classmethod
    def _by_company(cls):
        """Return the methods that look after the company of the context

        Who set no companies wants them for each: at the activation of a
        module, which makes its actions, there is no company yet.
        """
        return set()

    @dualmethod
    @ModelView.button
    def run_once(cls, crons):
        pool = Pool()
        Company = pool.get('company.company')
        by_company = cls._by_company()
        for cron in crons:
            if cron.companies or cron.method not in by_company:
                super().run_once([cron])
                continue
            for company in Company.search([]):
                with Transaction().set_context(company=company.id):
                    super().run_once([cron])

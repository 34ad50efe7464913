# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What the scheduler does on a system where nobody has touched it."""
from unittest import TestCase
from unittest.mock import patch

from tests import world
from tests.database import OURS
from trytond.modules.company.tests import create_company, set_company
from trytond.pool import Pool
from trytond.tests.test_tryton import activate_module, with_transaction
from trytond.transaction import Transaction


class SchedulerTestCase(TestCase):

    @classmethod
    def setUpClass(cls):
        activate_module(world.SPANISH_MODULES)

    def crons(self):
        "Return the actions that our modules bring, as they are brought"
        pool = Pool()
        Cron = pool.get('ir.cron')
        Data = pool.get('ir.model.data')
        ids = [d.db_id for d in Data.search([
                    ('model', '=', 'ir.cron'),
                    ('module', 'in', list(OURS)),
                    ])]
        return Cron.browse(ids)

    @with_transaction()
    def test_every_company_is_looked_after(self):
        "Without companies of its own an action runs for each of them"
        pool = Pool()
        companies = {create_company(name=n).id for n in ["Norte", "Sur"]}
        crons = self.crons()
        self.assertGreater(len(crons), 8)
        for cron in crons:
            self.assertFalse(cron.companies)
            Model, method = cron.method.split('|')
            seen = []

            def look(seen=seen):
                seen.append(Transaction().context.get('company'))

            with patch.object(pool.get(Model), method, side_effect=look):
                cron.run_once()
            if cron.method in {'batch.run|wake', 'batch.run|clean'}:
                self.assertEqual(seen, [None], cron.method)
            else:
                self.assertEqual(set(seen), companies, cron.method)
                self.assertEqual(len(seen), 2, cron.method)

    @with_transaction()
    def test_nothing_to_do(self):
        "All of them end well where there is nothing yet"
        company = create_company()
        with set_company(company):
            for cron in self.crons():
                with self.subTest(cron.method):
                    cron.run_once()

    @with_transaction()
    def test_chosen_companies(self):
        "Who set the companies of an action gets it for those only"
        pool = Pool()
        Contract = pool.get('service.contract')
        north, _ = [create_company(name=n) for n in ["Norte", "Sur"]]
        cron, = [
            c for c in self.crons()
            if c.method == 'service.contract|renew_tacit']
        cron.companies = [north]
        cron.save()
        with patch.object(Contract, 'renew_tacit') as renew_tacit:
            cron.run_once()
        renew_tacit.assert_called_once_with()

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

from trytond.model.exceptions import AccessError
from trytond.modules.company.tests import (
    CompanyTestMixin, create_company, set_company)
from trytond.modules.fire_audit.exceptions import (
    AuditIssuedError, AuditPreparationError, AuditSignatureError)
from trytond.modules.party.tests import PartyCheckReplaceMixin
from trytond.pool import Pool
from trytond.tests.test_tryton import ModuleTestCase, with_transaction
from trytond.transaction import Transaction


def create_site(programme, number=3):
    "Create a site with extinguishers in service"
    pool = Pool()
    Equipment = pool.get('maintenance.equipment')
    Party = pool.get('party.party')
    Site = pool.get('maintenance.site')

    party = Party(name="Hotel")
    party.save()
    site = Site(name="Hotel", party=party)
    site.save()
    equipments = Equipment.create([{
                'name': f"Extinguisher {i}",
                'category': programme.lines[0].category.id,
                'site': site.id,
                'installed_date': dt.date(2024, 1, 1),
                } for i in range(number)])
    Equipment.put_in_service(equipments)
    return site, equipments


def create_audit(site, programme, date=None):
    pool = Pool()
    Audit = pool.get('fire.audit')
    audit = Audit(
        site=site, party=site.party, programme=programme,
        date=date or dt.date(2026, 3, 2))
    audit.save()
    return audit


class FireAuditTestCase(
        PartyCheckReplaceMixin, CompanyTestMixin, ModuleTestCase):
    "Test fire_audit module"
    module = 'fire_audit'
    extras = ['maintenance_ticket']

    @with_transaction()
    def test_load_ripci_all(self):
        "Test the whole regulation is loaded once, with its languages"
        pool = Pool()
        Programme = pool.get('fire.programme')
        Question = pool.get('checklist.question')
        Translation = pool.get('ir.translation')

        with set_company(create_company()):
            Programme.load_ripci(['EXT'])
            programme = Programme.load_ripci()
            again = Programme.load_ripci()
            self.assertEqual(programme, again)
            self.assertEqual(Question.search([], count=True), 411)
            self.assertEqual(
                len({l.category for l in again.lines}), 29)
            question, = Question.search([('code', '=', 'BIE-A18')])
            self.assertEqual(
                (question.minimum, question.maximum), (4, 9))
            translation, = Translation.search([
                    ('name', '=', 'checklist.question,text'),
                    ('res_id', '=', question.id),
                    ('lang', '=', 'es'),
                    ])
            self.assertEqual(
                translation.value,
                "Presión dinámica BIE 25 mm (K=42) con chorro compacto")

    @with_transaction()
    def test_prepare_only_what_stood_there(self):
        "Test the units are those in service at the site on the date"
        pool = Pool()
        Audit = pool.get('fire.audit')
        Programme = pool.get('fire.programme')

        with set_company(create_company()):
            programme = Programme.load_ripci(['EXT'])
            site, equipments = create_site(programme)
            early = create_audit(site, programme, dt.date(2023, 1, 1))
            with self.assertRaises(AuditPreparationError):
                Audit.prepare([early])
            Equipment = pool.get('maintenance.equipment')
            Equipment.retire(equipments[2:])
            audit = create_audit(site, programme)
            Audit.prepare([audit])
            checklist, = audit.checklists
            self.assertEqual(
                [e.equipment for e in checklist.elements], equipments)
            today = pool.get('ir.date').today()
            later = create_audit(
                site, programme, today + dt.timedelta(days=1))
            Audit.prepare([later])
            self.assertEqual(
                [e.equipment for e in later.checklists[0].elements],
                equipments[:2])

    @with_transaction()
    def test_reopen_undoes_findings(self):
        "Test a reopened audit forgets findings and dates"
        pool = Pool()
        Audit = pool.get('fire.audit')
        Programme = pool.get('fire.programme')

        with set_company(create_company()):
            programme = Programme.load_ripci(['EXT'])
            site, equipments = create_site(programme)
            audit = create_audit(site, programme)
            Audit.prepare([audit])
            Audit.answer(audit, [
                    (equipments[0], 'EXT-A08', {'result': 'fail'}),
                    (equipments[1], 'EXT-A12', {'number': Decimal(9)}),
                    ])
            Audit.pass_rest([audit])
            Audit.complete([audit])
            audit = Audit(audit.id)
            self.assertEqual(len(audit.findings), 2)
            self.assertEqual(len(audit.dues), 3)
            with self.assertRaises(AuditSignatureError):
                Audit.issue([audit])
            Audit.reopen([audit])
            audit = Audit(audit.id)
            self.assertEqual(
                (audit.findings, audit.dues, audit.result), ((), (), None))
            with self.assertRaises(AuditIssuedError):
                Audit.delete([audit])

    @with_transaction()
    def test_auditor_reads_no_orders_but_audits(self):
        "Test an auditor makes audits and does not write programmes"
        pool = Pool()
        Audit = pool.get('fire.audit')
        Group = pool.get('res.group')
        Programme = pool.get('fire.programme')
        User = pool.get('res.user')

        company = create_company()
        with set_company(company):
            programme = Programme.load_ripci(['EXT'])
            site, _ = create_site(programme)
            group, = Group.search([('name', '=', "Maintenance Auditor")])
            user, = User.create([{
                        'name': "Auditor", 'login': 'auditor',
                        'groups': [('add', [group.id])],
                        'companies': [('add', [company.id])],
                        'company': company.id,
                        }])
            with Transaction().set_user(user.id), \
                    Transaction().set_context(
                        User.get_preferences(context_only=True),
                        _check_access=True):
                audit = create_audit(site, programme)
                Audit.prepare([audit])
                self.assertEqual(Audit(audit.id).state, 'in_progress')
                # What the buttons check is not passed by.
                with self.assertRaises(AccessError):
                    Audit.write([Audit(audit.id)], {'state': 'issued'})
                with self.assertRaises(AccessError):
                    Programme.write([programme], {'name': "Mine"})

    @with_transaction()
    def test_history(self):
        "Test a machine tells its audits, once they are done"
        pool = Pool()
        Audit = pool.get('fire.audit')
        History = pool.get('maintenance.equipment.history')
        Programme = pool.get('fire.programme')

        with set_company(create_company()):
            programme = Programme.load_ripci(['EXT'])
            site, equipments = create_site(programme)
            audit = create_audit(site, programme)
            Audit.prepare([audit])
            domain = [('kind', '=', 'fire.audit')]
            self.assertFalse(History.search(domain))
            Audit.write([audit], {'state': 'completed'})
            told = History.search(domain)
            self.assertEqual(
                {h.equipment for h in told}, set(equipments))
            self.assertEqual({h.record for h in told}, {audit})
            self.assertEqual({h.date for h in told}, {audit.date})


del ModuleTestCase

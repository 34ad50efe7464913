# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
import functools
import json
from decimal import Decimal
from types import SimpleNamespace
from unittest.mock import patch

from trytond.model.exceptions import AccessError
from trytond.modules.company.tests import (
    CompanyTestMixin, create_company, set_company)
from trytond.modules.maintenance_order.tests.test_module import (
    Acting, create_user)
from trytond.modules.party.tests import PartyCheckReplaceMixin
from trytond.modules.service_contract import event
from trytond.modules.service_contract.exceptions import PeriodInvoicedError
from trytond.modules.service_contract.tests.contracts import (
    EXTRAS, ContractsMixin, count_statements)
from trytond.pool import Pool
from trytond.tests.test_tryton import ModuleTestCase, with_transaction
from trytond.transaction import Transaction


class ServiceContractTestCase(
        ContractsMixin, PartyCheckReplaceMixin, CompanyTestMixin,
        ModuleTestCase):
    "Test service_contract module"
    module = 'service_contract'
    extras = EXTRAS

    @with_transaction()
    def test_propose_twice(self):
        "Test proposing a second time changes nothing"
        pool = Pool()
        Contract = pool.get('service.contract')
        Period = pool.get('service.contract.period')
        with set_company(create_company()):
            contracts = self.create_contracts(3)
            until = dt.date(2026, 6, 30)
            Contract.update_periods(contracts, until)
            table = Period.__table__()
            cursor = Transaction().connection.cursor()

            def rows():
                cursor.execute(*table.select(
                        table.id, table.write_date, table.amount,
                        order_by=table.id))
                return cursor.fetchall()
            before = rows()
            self.assertGreaterEqual(len(before), 3 * 12)
            self.assertEqual(Contract.update_periods(contracts, until), [])
            self.assertEqual(rows(), before)

    @with_transaction()
    def test_propose_statements(self):
        "Test the statements do not grow with the contracts"
        pool = Pool()
        Contract = pool.get('service.contract')
        with set_company(create_company()):
            few = self.create_contracts(2)
            many = self.create_contracts(20)
            counts = []
            statements = ''
            for contracts in [few, many]:
                contracts = Contract.browse(contracts)
                with count_statements() as count:
                    Contract.update_periods(contracts, dt.date(2026, 3, 31))
                counts.append(count.value)
                statements = '\n'.join(count.statements)
            self.assertEqual(counts[0], counts[1], statements)

    @with_transaction()
    def test_propose_problem(self):
        "Test a line without terms is named, the others are proposed"
        pool = Pool()
        Contract = pool.get('service.contract')
        with set_company(create_company()):
            good, = self.create_contracts()
            bad, = self.create_contracts(line={'terms': None})
            problems = Contract.update_periods(
                [good, bad], dt.date(2026, 3, 31))
            (line, problem), = problems
            self.assertEqual(line, bad.lines[0])
            self.assertEqual(problem.code, 'no_terms')
            self.assertEqual(self.get_periods(bad), [])
            self.assertEqual(len(self.get_periods(good)), 12)

    @with_transaction()
    def test_currency_rounding(self):
        "Test amounts are rounded like the currency of the contract"
        with set_company(create_company()):
            contract, = self.create_contracts(
                price='100.00', line={'months': 3}, end_date=dt.date(
                    2026, 2, 10))
            period, = self.get_periods(contract)
            # 41 of 90 days
            self.assertEqual(period.amount, Decimal('45.56'))
            self.assertEqual(period.fraction, Decimal('0.4555555556'))

    @with_transaction()
    def test_counted_equipment(self):
        "Test the quantity follows the machines covered"
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')
        with set_company(create_company()):
            machines = Equipment.create([
                    {'name': f"Extinguisher {i}", 'quantity': i + 1}
                    for i in range(3)])
            contract, = self.create_contracts(price='3.20', line={
                    'quantity_source': 'equipment',
                    'months': 6,
                    'equipments': [('create', [
                                {'equipment': machines[0].id},
                                {'equipment': machines[1].id,
                                    'from_date': dt.date(2026, 5, 1)},
                                ])],
                    })
            self.assertEqual(
                [p.amount for p in self.get_periods(contract)],
                [Decimal('3.20'), Decimal('9.60')])
            contract.lines[0].add_equipment(
                machines[1:], from_date=dt.date(2026, 6, 1))
            self.assertEqual(
                [(p.quantity, p.amount) for p in self.get_periods(contract)],
                [(1, Decimal('3.20')), (6, Decimal('19.20'))])

    @with_transaction()
    def test_current_price(self):
        "Test the price of a running line changes from today"
        pool = Pool()
        Date = pool.get('ir.date')
        Line = pool.get('service.contract.line')
        with set_company(create_company()):
            contract, = self.create_contracts()
            line, = contract.lines
            self.assertEqual(line.unit_price, Decimal('100.00'))
            Line.write([line], {'unit_price': Decimal('120.00')})
            self.assertEqual(
                sorted((t.from_date or dt.date.min, t.unit_price)
                    for t in line.terms), [
                    (dt.date.min, Decimal('100.00')),
                    (Date.today(), Decimal('120.00'))])
            self.assertEqual(Line(line.id).unit_price, Decimal('120.00'))

    @with_transaction()
    def test_current_price_draft(self):
        "Test the price of a draft is corrected"
        pool = Pool()
        Contract = pool.get('service.contract')
        Line = pool.get('service.contract.line')
        with set_company(create_company()):
            contract, = self.create_contracts()
            Contract.write([contract], {'state': 'draft'})
            line, = Line.browse(contract.lines)
            Line.write([line], {
                    'unit_price': Decimal('120.00'), 'quantity': 2})
            term, = Line(line.id).terms
            self.assertEqual(
                (term.from_date, term.quantity, term.unit_price),
                (None, 2, Decimal('120.00')))

    @with_transaction()
    def test_state_of_period(self):
        "Test the state of a period is found like it is shown"
        pool = Pool()
        Period = pool.get('service.contract.period')
        with set_company(create_company()):
            contract, = self.create_contracts(
                line={'invoiced_until': dt.date(2026, 2, 28)})
            periods = self.get_periods(contract)
            Period.skip(periods[2:3])
            states = {
                'invoiced': periods[:2],
                'skipped': periods[2:3],
                'pending': periods[3:],
                }
            for state, found in states.items():
                for period in found:
                    self.assertEqual(Period(period.id).state, state)
                self.assertEqual(
                    set(Period.search([
                                ('state', '=', state),
                                ('to_date', '<=', dt.date(2026, 12, 31)),
                                ])),
                    set(found))
            with self.assertRaises(PeriodInvoicedError):
                Period.skip(periods[:1])
            with self.assertRaises(PeriodInvoicedError):
                Period.delete(periods[2:3])

    @with_transaction()
    def test_situation(self):
        "Test the situation is found like it is shown"
        pool = Pool()
        Contract = pool.get('service.contract')
        Date = pool.get('ir.date')
        today = Date.today()

        def days(number):
            return today + dt.timedelta(days=number)
        with set_company(create_company()):
            for situation, values in [
                    ('future', {'start_date': days(1)}),
                    ('current', {'start_date': today}),
                    ('current', {
                            'start_date': today, 'end_date': days(91)}),
                    ('ending', {
                            'start_date': today, 'end_date': days(90)}),
                    ('ending', {'start_date': today, 'end_date': today}),
                    ('suspended', {
                            'start_date': today,
                            'suspensions': [('create', [{
                                            'from_date': today,
                                            'to_date': days(1)}])],
                            }),
                    ('current', {
                            'start_date': today,
                            'suspensions': [('create', [{
                                            'from_date': days(1)}])],
                            }),
                    ('notice', {
                            'start_date': today, 'end_date': days(5),
                            'terminated_on': today}),
                    ('expired', {
                            'start_date': days(-9), 'end_date': days(-1)}),
                    ('', {'start_date': today, 'state': 'closed'}),
                    ]:
                with self.subTest(situation=situation, **values):
                    contract, = self.create_contracts()
                    Contract.write([contract], values)
                    self.assertEqual(
                        Contract(contract.id).situation, situation)
                    for key, _ in Contract.situation.selection:
                        found = Contract.search([
                                ('id', '=', contract.id),
                                ('situation', '=', key)])
                        self.assertEqual(bool(found), key == situation)

    @with_transaction()
    def test_counted_on_the_spot(self):
        "Test the quantity is what was counted, for a year from January"
        pool = Pool()
        ModelData = pool.get('ir.model.data')
        with set_company(create_company()):
            contract, = self.create_contracts(
                price='3.20', start_date=dt.date(2025, 7, 1), line={
                    'quantity_source': 'count',
                    'count_month': ModelData.get_id('ir', 'January'),
                    'months': 3,
                    'counts': [('create', [
                                {'date': dt.date(2025, 7, 1), 'quantity': 40},
                                {'date': dt.date(2025, 12, 20),
                                    'quantity': 42},
                                {'date': dt.date(2026, 3, 1),
                                    'quantity': 50},
                                ])],
                    })
            periods = self.get_periods(contract)
            self.assertEqual(
                [p.quantity for p in periods], [40, 40, 42, 42, 42, 42])
            self.assertEqual(
                [p.quantity_before for p in periods],
                [None, 40, 40, 42, 42, 42])

    @with_transaction()
    def test_deferred(self):
        "Test what is invoiced for more than a month is spread over it"
        with set_company(create_company()):
            first = dt.date(2026, 1, 1)
            for months, last, expected in [
                    (1, dt.date(2026, 1, 31), {}),
                    (3, dt.date(2026, 3, 31), {
                            'defer_from': first,
                            'defer_to': dt.date(2026, 3, 31)})]:
                contract, = self.create_contracts(
                    line={'months': months, 'defer': True})
                self.assertEqual(
                    self.get_periods(contract)[0]._invoice_values(first),
                    {'service_from': first, 'service_to': last, **expected})

    @with_transaction()
    def test_ambiguous_rules(self):
        "Test the rules which would answer for the same work"
        pool = Pool()
        Coverage = pool.get('service.contract.coverage')
        with set_company(create_company()):
            coverage, = Coverage.create([{
                        'name': "All",
                        'rules': [('create', [
                                    {'line_kind': 'work'},
                                    {'task_kind': 'preventive'},
                                    {'line_kind': 'travel'},
                                    {'line_kind': 'work', 'priority': 1},
                                    ])],
                        }])
            work, preventive, travel, first = coverage.rules
            self.assertTrue(work.is_ambiguous(preventive))
            self.assertTrue(travel.is_ambiguous(preventive))
            self.assertFalse(work.is_ambiguous(travel))
            self.assertFalse(work.is_ambiguous(first))
            self.assertEqual(coverage.in_words().count('\n'), 3)

    @with_transaction()
    def test_due_events(self):
        "Test what is due is listed and told by mail"
        pool = Pool()
        Configuration = pool.get('service.contract.configuration')
        Contract = pool.get('service.contract')
        Date = pool.get('ir.date')
        Event = pool.get('service.contract.event')
        today = Date.today()
        company = create_company()
        with set_company(company):
            contract, = self.create_contracts()
            soon = today + dt.timedelta(days=30)
            Contract.write([contract], {
                    'end_date': soon + dt.timedelta(days=60),
                    'notice_days': 60, 'renewal_months': 12, 'tacit': True})
            self.assertEqual(
                [(e.kind, e.date) for e in Event.search([])], [
                    ('notice', soon),
                    ('renewal', soon + dt.timedelta(days=60))])
            configuration = Configuration(1)
            configuration.event_email = 'office@example.com'
            configuration.save()
            with patch.object(event, 'send_message_transactional') as send:
                Event.send_due()
            message, = send.call_args[0]
            self.assertEqual(message['To'], 'office@example.com')
            self.assertIn(contract.number, message.get_content())
            Contract.write([contract], {'terminated_on': today})
            self.assertEqual([e.kind for e in Event.search([])], ['end'])
            with patch.object(event, 'send_message_transactional') as send:
                Event.send_due()
            self.assertFalse(send.called)

    @with_transaction()
    def test_who_asks_what_is_free(self):
        "Test who may not change machines asks what is free all the same"
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')
        Matrix = pool.get('service.contract.coverage.matrix', type='wizard')
        Wizard = pool.get('service.contract.add_equipment', type='wizard')
        company = create_company()
        with set_company(company):
            boiler, = Equipment.create([{'name': "Boiler"}])
            contract, = self.create_contracts()
            users = {
                name: create_user(name, f'group_{name}', None)
                for name in ['technician', 'billing', 'sales_view']}
            for user in users.values():
                user.companies = [company]
                user.company = company
                user.save()
        for name, user in users.items():
            with self.subTest(name=name), Acting(user), \
                    Transaction().set_context(
                        active_model='maintenance.equipment',
                        active_id=boiler.id, active_ids=[boiler.id]):
                session, state, _ = Matrix.create()
                view = Matrix.execute(session, {}, state)['view']
                self.assertEqual(view['defaults']['equipment'], boiler.id)
        # A machine is added to the only line there is.
        with set_company(company), Transaction().set_context(
                active_model='service.contract', active_id=contract.id,
                active_ids=[contract.id]):
            session, state, _ = Wizard.create()
            view = Wizard.execute(session, {}, state)['view']
            self.assertEqual(
                view['defaults']['line'], contract.lines[0].id)

    @with_transaction()
    def test_contract_of_another_on_paper(self):
        "Test the paper of a customer tells nothing of another's contract"
        pool = Pool()
        Party = pool.get('party.party')
        WorkReport = pool.get('maintenance.visit.work_report', type='report')
        with set_company(create_company()):
            contract, = self.create_contracts()
            line = str(contract.lines[0])
            tenant = Party(name="Tenant")
            tenant.save()

            def reasons(party, source=None):
                visit = SimpleNamespace(party=party)
                visit.shares = [SimpleNamespace(
                        id=1, visit=visit, payer=party, source=source,
                        trace=json.dumps([
                                {'code': 'expired', 'source': line,
                                    'date': '2026-03-15'},
                                {'code': 'price', 'label': "List"}]))]
                return WorkReport._get_reasons([visit])[1]

            for party, source, told in [
                    (contract.party, None, True),
                    (tenant, None, False),
                    # Who manages the building covers what is his tenant's.
                    (tenant, line, True)]:
                with self.subTest(party=party.name, source=source):
                    text = reasons(party, source)
                    self.assertEqual("Customer" in text, told, text)
                    self.assertTrue(text)

    @with_transaction()
    def test_prices_of_technician(self):
        "Test a technician reads what is covered but no prices"
        pool = Pool()
        ActionReport = pool.get('ir.action.report')
        Contract = pool.get('service.contract')
        Group = pool.get('res.group')
        Line = pool.get('service.contract.line')
        ModelData = pool.get('ir.model.data')
        Term = pool.get('service.contract.line.term')
        User = pool.get('res.user')
        company = create_company()
        with set_company(company):
            contract, = self.create_contracts()
            users = {}
            for name in ['technician', 'dispatcher', 'service_manager']:
                group = Group(ModelData.get_id(
                        'maintenance_equipment', f'group_{name}'))
                user = User(
                    name=name, login=name, groups=[group],
                    companies=[company], company=company)
                user.save()
                users[name] = user
            line = contract.lines[0].id
            term = contract.lines[0].terms[0].id

            def act(name, func):
                with Transaction().set_user(users[name].id), \
                        set_company(company), \
                        Transaction().set_context(_check_access=True):
                    return func()
            for name in users:
                self.assertEqual(act(
                        name, lambda: Contract(contract.id).number),
                    contract.number)
            with self.assertRaises(AccessError):
                act('technician', lambda: Term.read([term], ['unit_price']))
            for name in ['unit_price', 'discount']:
                with self.subTest(name=name), self.assertRaises(AccessError):
                    act('technician', functools.partial(
                            Line.read, [line], [name]))
            for action in ActionReport.search([
                        ('model', '=', 'service.contract')]):
                report = pool.get(action.report_name, type='report')
                with self.subTest(report=action.report_name), \
                        self.assertRaises(AccessError):
                    act('technician', functools.partial(
                            report.execute, [contract.id],
                            {'action_id': action.id}))
            self.assertEqual(
                act('technician', lambda: Line(line).quantity), 1)
            self.assertEqual(
                act('dispatcher', lambda: Line(line).unit_price),
                Decimal('100.00'))
            self.assertEqual(
                act('dispatcher', lambda: Term(term).unit_price),
                Decimal('100.00'))
            with self.assertRaises(AccessError):
                act('dispatcher', lambda: Contract.write(
                        [Contract(contract.id)], {'reference': "X"}))
            act('service_manager', lambda: Contract.write(
                    [Contract(contract.id)], {'reference': "X"}))


del ModuleTestCase

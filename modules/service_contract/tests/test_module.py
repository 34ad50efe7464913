# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
from decimal import Decimal

from trytond.model.exceptions import AccessError
from trytond.modules.company.tests import (
    CompanyTestMixin, create_company, set_company)
from trytond.modules.party.tests import PartyCheckReplaceMixin
from trytond.modules.service_contract.exceptions import (
    ContractLineMissingError, LineAnchorError, LineDateError, LineMonthsError,
    PeriodInvoicedError, RulePercentageError, TermDateError)
from trytond.pool import Pool
from trytond.tests.test_tryton import ModuleTestCase, with_transaction
from trytond.transaction import Transaction


class ServiceContractTestCase(
        PartyCheckReplaceMixin, CompanyTestMixin, ModuleTestCase):
    "Test service_contract module"
    module = 'service_contract'

    def create_contracts(self, number=1, price='100.00', **values):
        "Create running contracts without product accounts in one go"
        pool = Pool()
        Contract = pool.get('service.contract')
        Party = pool.get('party.party')
        party = Party(name="Customer")
        party.save()
        line = {
            'months': 1,
            'terms': [('create', [{'unit_price': Decimal(price)}])],
            }
        line.update(values.pop('line', {}))
        contracts = Contract.create([{
                    'party': party.id,
                    'start_date': dt.date(2026, 1, 1),
                    'lines': [('create', [line])],
                    **values,
                    } for _ in range(number)])
        Contract.write(contracts, {'state': 'running'})
        return contracts

    def get_periods(self, contract):
        pool = Pool()
        Period = pool.get('service.contract.period')
        return Period.search([
                ('contract', '=', contract.id),
                ('to_date', '<=', dt.date(2026, 12, 31)),
                ], order=[('from_date', 'ASC'), ('id', 'ASC')])

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
    def test_wrong_input(self):
        "Test wrong lines and rules are refused"
        pool = Pool()
        Contract = pool.get('service.contract')
        Coverage = pool.get('service.contract.coverage')
        Line = pool.get('service.contract.line')
        Party = pool.get('party.party')
        Term = pool.get('service.contract.line.term')
        with set_company(create_company()):
            # What fails stays in the transaction: a contract for each.
            for error, values in [
                    (LineMonthsError, {'months': 0}),
                    (LineAnchorError, {'anchor_day': 32}),
                    (LineDateError, {'end_date': dt.date(2025, 12, 31)}),
                    (LineDateError, {'start_date': dt.date(2025, 12, 31)}),
                    ]:
                contract, = self.create_contracts()
                with self.subTest(**values), self.assertRaises(error):
                    Line.write(list(contract.lines), values)
            contract, = self.create_contracts()
            line, = contract.lines
            with self.assertRaises(TermDateError):
                Term.create([{'line': line.id, 'unit_price': Decimal(1)}])
            with self.assertRaises(AccessError):
                Line.delete([line])
            with self.assertRaises(RulePercentageError):
                Coverage.create([{
                            'name': "Half",
                            'rules': [('create', [
                                        {'percentage': Decimal(2)}])],
                            }])
            party, = Party.create([{'name': "Nobody"}])
            empty, = Contract.create([{
                        'party': party.id,
                        'start_date': dt.date(2026, 1, 1),
                        }])
            with self.assertRaises(ContractLineMissingError):
                Contract.run([empty])

    @with_transaction()
    def test_prices_of_technician(self):
        "Test a technician reads what is covered but no past prices"
        pool = Pool()
        Contract = pool.get('service.contract')
        Group = pool.get('res.group')
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
            self.assertEqual(
                act('dispatcher', lambda: Term(term).unit_price),
                Decimal('100.00'))
            with self.assertRaises(AccessError):
                act('dispatcher', lambda: Contract.write(
                        [Contract(contract.id)], {'reference': "X"}))
            act('service_manager', lambda: Contract.write(
                    [Contract(contract.id)], {'reference': "X"}))


class count_statements:
    "Count the statements sent to the database"

    def __enter__(self):
        self.statements = []
        self.connection = Transaction().connection
        self.connection.set_trace_callback(self._count)
        return self

    def _count(self, statement):
        self.statements.append(statement)

    @property
    def value(self):
        return len(self.statements)

    def __exit__(self, *args):
        self.connection.set_trace_callback(None)


del ModuleTestCase

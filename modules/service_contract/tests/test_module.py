# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
import functools
import re
from decimal import Decimal
from unittest.mock import patch

from trytond.model.exceptions import AccessError
from trytond.modules.company.tests import (
    CompanyTestMixin, create_company, set_company)
from trytond.modules.maintenance_order.tests.test_module import (
    Acting, create_user)
from trytond.modules.party.tests import PartyCheckReplaceMixin
from trytond.modules.service_contract import event
from trytond.modules.service_contract.exceptions import (
    AmendmentError, ContractDateError, ContractLineMissingError,
    ContractMonthsError, ContractNoticeWarning, ContractStopError,
    CountQuantityError, CoverageOverlapError, LineAnchorError, LineDateError,
    LineEquipmentDateError, LineMonthsError, PeriodInvoicedError,
    RuleLimitError, RulePercentageError, RulePriceError, SuspensionDateError,
    TermDateError, TermDiscountError, TermQuantityError)
from trytond.modules.service_contract.recurrence import end_of_months
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
    def test_amend(self):
        "Test changes of a running contract leave their record"
        pool = Pool()
        Contract = pool.get('service.contract')
        Equipment = pool.get('maintenance.equipment')
        Party = pool.get('party.party')
        with set_company(create_company()):
            machines = Equipment.create([
                    {'name': f"Extinguisher {i}"} for i in range(3)])
            contract, = self.create_contracts(price='10.00', line={
                    'quantity_source': 'equipment',
                    'equipments': [('create', [
                                {'equipment': m.id} for m in machines[:2]])],
                    })
            line, = contract.lines
            july = dt.date(2026, 7, 1)
            Contract.amend_equipment(
                line, july, add=machines[2:], remove=machines[:1])
            Contract.amend_price(
                [line], dt.date(2026, 10, 1), percentage=Decimal('0.05'))
            payer, = Party.create([{'name': "Manager"}])
            Contract.amend_payer([line], dt.date(2026, 12, 1), payer)
            contract = Contract(contract.id)
            self.assertEqual(
                [(p.from_date.month, p.quantity, p.amount, p.party.name)
                    for p in self.get_periods(contract)
                    if p.from_date.month in {6, 7, 10, 12}], [
                    (6, 2, Decimal('20.00'), "Customer"),
                    (7, 2, Decimal('20.00'), "Customer"),
                    (10, 2, Decimal('21.00'), "Customer"),
                    (12, 2, Decimal('21.00'), "Manager"),
                    ])
            self.assertEqual(
                sorted(a.date for a in contract.amendments),
                [july, dt.date(2026, 10, 1), dt.date(2026, 12, 1)])
            self.assertEqual(
                {(c.equipment.name, c.to_date)
                    for c in contract.lines[0].equipments}, {
                    ("Extinguisher 0", dt.date(2026, 6, 30)),
                    ("Extinguisher 1", None),
                    ("Extinguisher 2", None)})
            with self.assertRaises(AmendmentError):
                Contract.amend([contract], dt.date(2025, 12, 31))

    @with_transaction()
    def test_suspension(self):
        "Test a contract rests, with or without credit"
        pool = Pool()
        Contract = pool.get('service.contract')
        with set_company(create_company()):
            contract, other = self.create_contracts(2, price='300.00')
            june = dt.date(2026, 6, 11), dt.date(2026, 6, 20)
            Contract.amend_suspension([contract], *june)
            Contract.amend_suspension([other], *june, credits=False)
            self.assertEqual([
                    (p.from_date.day, p.to_date.day, p.amount)
                    for p in self.get_periods(contract)
                    if p.from_date.month == 6], [
                    (1, 10, Decimal('100.00')),
                    (21, 30, Decimal('100.00'))])
            self.assertEqual([
                    p.amount for p in self.get_periods(other)
                    if p.from_date.month == 6], [Decimal('300.00')])
            with self.assertRaises(SuspensionDateError):
                Contract.amend_suspension([contract], june[1])

    @with_transaction()
    def test_stop_without_credit(self):
        "Test who ends without credit keeps what was open before"
        pool = Pool()
        Contract = pool.get('service.contract')
        Period = pool.get('service.contract.period')
        with set_company(create_company()):
            suspended, raised, both = self.create_contracts(
                3, price='365.00', line={
                    'months': 12, 'invoiced_until': dt.date(2026, 12, 31)})
            june = dt.date(2026, 6, 11), dt.date(2026, 6, 20)
            Contract.amend_suspension([suspended, both], *june)
            for contract in [raised, both]:
                Contract.amend_price(
                    list(contract.lines), dt.date(2026, 12, 22),
                    unit_price=Decimal('730.00'))
            contracts = [suspended, raised, both]

            def corrections(state):
                return [[
                        p.amount for p in Period.search([
                                ('contract', '=', c.id),
                                ('kind', 'in', ['credit', 'adjustment']),
                                ('state', '=', state),
                                ])] for c in contracts]
            before = [[Decimal(-10)], [Decimal(10)], []]
            self.assertEqual(corrections('pending'), before)
            Contract.stop(contracts, dt.date(2026, 11, 30), credit=False)
            self.assertEqual(corrections('pending'), before)
            self.assertEqual(
                corrections('skipped'),
                [[Decimal(-31)], [Decimal(-41)], [Decimal(-41)]])
            Contract.refresh(contracts)
            self.assertEqual(corrections('pending'), before)

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
    def test_notice(self):
        "Test who stops too late is warned about, with what he gets back"
        pool = Pool()
        Contract = pool.get('service.contract')
        today = Contract._today(None)
        with set_company(create_company()):
            contract, = self.create_contracts()
            start = today - dt.timedelta(days=350)
            Contract.write([contract], {
                    'start_date': start,
                    'end_date': end_of_months(start, 12),
                    'notice_days': 60, 'renewal_months': 12, 'tacit': True})
            contract = Contract(contract.id)
            self.assertEqual(
                contract.earliest_end(today), end_of_months(start, 24))
            with self.assertRaises(ContractNoticeWarning):
                Contract.check_notice([contract], contract.end_date)
            Contract.check_notice([contract], end_of_months(start, 24))
            self.assertEqual(
                Contract.credit_of_stop(contract, contract.end_date), 0)
            # That it was ended once changes nothing in what was agreed.
            Contract.stop([contract], today + dt.timedelta(days=1))
            self.assertEqual(
                Contract(contract.id).earliest_end(today),
                end_of_months(start, 24))

    @with_transaction()
    def test_wrong_input(self):
        "Test wrong lines and rules are refused"
        pool = Pool()
        Contract = pool.get('service.contract')
        Count = pool.get('service.contract.line.count')
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
            with self.assertRaisesRegex(
                    ContractDateError, re.escape(contract.rec_name)):
                Contract.write([contract], {'end_date': dt.date(2025, 12, 31)})
            contract, = self.create_contracts()
            line, = contract.lines
            for values in [
                    {'initial_months': 0}, {'renewal_months': 0},
                    {'notice_days': -1}]:
                with self.subTest(**values), self.assertRaises(
                        ContractMonthsError):
                    self.create_contracts(**values)
            with self.assertRaises(TermDateError):
                Term.create([{'line': line.id, 'unit_price': Decimal(1)}])
            with self.assertRaises(AccessError):
                Line.delete([line])
            for error, values in [
                    (RulePercentageError, {'percentage': Decimal(2)}),
                    (RulePercentageError, {'percentage': Decimal(0)}),
                    (RuleLimitError, {'limit': Decimal(0)}),
                    (RuleLimitError, {'limit': Decimal(-4)}),
                    (RulePriceError, {
                            'price_source': 'fixed',
                            'unit_price': Decimal(-1)}),
                    ]:
                with self.subTest(**values), self.assertRaisesRegex(
                        error, "Half"):
                    Coverage.create([{
                                'name': "Half",
                                'rules': [('create', [values])],
                                }])
            for error, values in [
                    (TermQuantityError, {'quantity': -1}),
                    (TermDiscountError, {'discount': Decimal('1.5')}),
                    (TermDiscountError, {'discount': Decimal('-0.1')}),
                    ]:
                contract, = self.create_contracts()
                with self.subTest(**values), self.assertRaisesRegex(
                        error, re.escape(contract.lines[0].rec_name)):
                    Term.write(list(contract.lines[0].terms), values)
            with self.assertRaisesRegex(
                    CountQuantityError, re.escape(line.rec_name)):
                Count.create([{
                            'line': line.id, 'date': dt.date(2026, 1, 1),
                            'quantity': -3}])
            party, = Party.create([{'name': "Nobody"}])
            empty, = Contract.create([{
                        'party': party.id,
                        'start_date': dt.date(2026, 1, 1),
                        }])
            with self.assertRaises(ContractLineMissingError):
                Contract.run([empty])

    @with_transaction()
    def test_several_problems(self):
        "Test all that is missing is told at once and nothing is written"
        pool = Pool()
        Amendment = pool.get('service.contract.amendment')
        Contract = pool.get('service.contract')
        Party = pool.get('party.party')
        with set_company(create_company()):
            party, = Party.create([{'name': "Nobody"}])
            empty, = Contract.create([{'party': party.id}])
            priced, = self.create_contracts(line={
                    'description': "Yearly fee", 'quantity_source': 'count'})
            unpriced, = self.create_contracts(line={'terms': None})
            Contract.write([priced, unpriced], {'state': 'draft'})
            with self.assertRaises(ContractDateError) as catched:
                Contract.run([empty, priced, unpriced])
            texts = catched.exception.message.splitlines()
            # No start, no line; nothing counted, no product.
            self.assertEqual(
                [empty.rec_name in t for t in texts],
                [True, True, False, False, False])
            self.assertEqual(
                ["Yearly fee" in t for t in texts],
                [False, False, True, True, False])
            self.assertIn(unpriced.rec_name, texts[-1])
            self.assertEqual(Amendment.search([], count=True), 0)

    @with_transaction()
    def test_wrong_change(self):
        "Test a change of a contract that would change nothing is refused"
        pool = Pool()
        Amend = pool.get('service.contract.amend', type='wizard')
        AddEquipment = pool.get(
            'service.contract.add_equipment', type='wizard')
        Contract = pool.get('service.contract')
        Equipment = pool.get('maintenance.equipment')
        with set_company(create_company()):
            boiler, = Equipment.create([{'name': "Boiler"}])
            fixed, = self.create_contracts(
                end_date=dt.date(2026, 12, 31))
            once, = self.create_contracts(line={'kind': 'one_shot'})

            def click(Wizard, contract, button, **values):
                with Transaction().set_context(
                        active_model='service.contract',
                        active_id=contract.id, active_ids=[contract.id]):
                    session, state, _ = Wizard.create()
                    view = Wizard.execute(session, {}, state)['view']
                    return Wizard.execute(session, {'start': {
                                **{k: v for k, v in view['defaults'].items()
                                    if '.' not in k},
                                **values}}, button)
            line = fixed.lines[0].id
            march, late = dt.date(2026, 3, 1), dt.date(2027, 1, 1)
            for contract, text, values in [
                    (fixed, "12/31/2026", {
                            'date': late, 'change': 'price',
                            'percentage': Decimal('0.1')}),
                    (fixed, "100 %", {
                            'date': march, 'change': 'price',
                            'percentage': Decimal('-1.01')}),
                    (fixed, "machine", {
                            'date': march, 'change': 'equipment',
                            'line': line}),
                    (once, "charged once", {
                            'date': march, 'change': 'price', 'line': None,
                            'percentage': Decimal('0.1')}),
                    (fixed, "start", {
                            'date': dt.date(2025, 12, 31), 'change': 'price',
                            'percentage': Decimal('0.1')}),
                    ]:
                with self.subTest(text=text), self.assertRaises(
                        AmendmentError) as catched:
                    click(Amend, contract, 'amend', **values)
                self.assertIn(text, catched.exception.message)
                self.assertIn(
                    contract.rec_name, catched.exception.message)
            with self.assertRaisesRegex(
                    LineEquipmentDateError, "12/31/2026"):
                click(
                    AddEquipment, fixed, 'add', line=line,
                    equipments=[boiler.id], from_date=late)
            self.assertEqual(Contract(fixed.id).amendments, ())

    @with_transaction()
    def test_stop_late(self):
        "Test who ends a contract does not lengthen it"
        pool = Pool()
        Contract = pool.get('service.contract')
        with set_company(create_company()):
            end = dt.date(2026, 6, 30)
            later = dt.date(2026, 12, 31)
            fixed, tacit = self.create_contracts(
                2, end_date=end, renewal_months=12)
            Contract.write([tacit], {'tacit': True})
            with self.assertRaisesRegex(
                    ContractStopError, re.escape(fixed.rec_name)):
                Contract.stop([tacit, fixed], later)
            # What is renewed may go on for a while.
            Contract.stop([tacit], later)
            Contract.stop([fixed], dt.date(2026, 3, 31))
            Contract.stop([fixed], end)
            self.assertEqual(
                [Contract(c.id).end_date for c in [fixed, tacit]],
                [end, later])

    @with_transaction()
    def test_overlap_named(self):
        "Test two contracts that pay the same work are named with the machine"
        pool = Pool()
        Contract = pool.get('service.contract')
        Coverage = pool.get('service.contract.coverage')
        Equipment = pool.get('maintenance.equipment')
        LineEquipment = pool.get('service.contract.line.equipment')
        with set_company(create_company()):
            boiler, = Equipment.create([{'name': "Boiler"}])
            coverage, = Coverage.create([{
                        'name': "Labour",
                        'rules': [('create', [{'line_kind': 'work'}])],
                        }])

            def cover(**values):
                contract, = self.create_contracts(price='0', line={
                        'coverage': coverage.id,
                        'equipments': [('create', [
                                    {'equipment': boiler.id, **values}])],
                        })
                Contract.write([contract], {'state': 'draft'})
                return contract
            first = cover(to_date=dt.date(2026, 6, 30))
            Contract.run([first])
            # The day after the end is nobody's yet.
            Contract.run([cover(
                        from_date=dt.date(2026, 7, 1),
                        to_date=dt.date(2026, 7, 31))])
            second = cover(
                from_date=dt.date(2026, 6, 30), to_date=dt.date(2026, 6, 30))
            with self.assertRaises(CoverageOverlapError) as catched:
                Contract.run([second])
            for name in [
                    boiler.rec_name, first.rec_name,
                    Contract(second.id).rec_name]:
                self.assertIn(name, str(catched.exception))
            with self.assertRaisesRegex(
                    LineEquipmentDateError, re.escape(boiler.rec_name)):
                LineEquipment.write(list(second.lines[0].equipments), {
                        'to_date': dt.date(2026, 6, 29)})

    @with_transaction()
    def test_go_on(self):
        "Test a contract does not go on over what another one covers"
        pool = Pool()
        Contract = pool.get('service.contract')
        Coverage = pool.get('service.contract.coverage')
        Equipment = pool.get('maintenance.equipment')
        with set_company(create_company()):
            boiler, = Equipment.create([{'name': "Boiler"}])
            coverage, = Coverage.create([{
                        'name': "Labour",
                        'rules': [('create', [{'line_kind': 'work'}])],
                        }])

            def cover(**values):
                contract, = self.create_contracts(price='0', line={
                        'coverage': coverage.id,
                        'equipments': [('create', [
                                    {'equipment': boiler.id}])],
                        }, **values)
                return contract
            old = cover(end_date=dt.date(2026, 6, 30))
            Contract.stop([old], dt.date(2026, 3, 31))
            self.assertEqual(
                (old.end_date, old.end_before_stop),
                (dt.date(2026, 3, 31), dt.date(2026, 6, 30)))
            Contract.close([old])
            new = cover(
                start_date=dt.date(2026, 4, 1), end_date=dt.date(2026, 9, 30))
            # Until the day before it covered the boiler alone.
            Contract.reopen([old])
            self.assertEqual(Contract(old.id).state, 'running')
            for change in [
                    lambda: Contract.withdraw_stop([Contract(old.id)]),
                    lambda: Contract.write(
                        [Contract(old.id)],
                        {'end_date': dt.date(2026, 4, 1)})]:
                with self.assertRaisesRegex(
                        CoverageOverlapError, re.escape(new.rec_name)):
                    change()
            # The new one began sooner after all: now the old one waits.
            Contract.write([Contract(old.id)], {
                    'end_date': dt.date(2026, 3, 15),
                    'state': 'closed'})
            Contract.write([new], {'start_date': dt.date(2026, 3, 1)})
            with self.assertRaisesRegex(
                    CoverageOverlapError, re.escape(new.rec_name)):
                Contract.reopen([Contract(old.id)])
            with self.assertRaises(ContractStopError):
                Contract.withdraw_stop([new])

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

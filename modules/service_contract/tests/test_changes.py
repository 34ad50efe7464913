# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What changes a contract, and what is refused."""
import datetime as dt
import re
import unittest
from decimal import Decimal

from trytond.model.exceptions import AccessError
from trytond.modules.company.tests import create_company, set_company
from trytond.modules.service_contract.exceptions import (
    AmendmentError, ContractDateError, ContractLineMissingError,
    ContractMonthsError, ContractNoticeWarning, ContractStopError,
    CountQuantityError, CoverageOverlapError, LineAnchorError, LineDateError,
    LineEquipmentDateError, LineMonthsError, RuleLimitError,
    RulePercentageError, RulePriceError, SuspensionDateError, TermDateError,
    TermDiscountError, TermQuantityError)
from trytond.modules.service_contract.recurrence import end_of_months
from trytond.modules.service_contract.tests.contracts import (
    EXTRAS, ContractsMixin)
from trytond.pool import Pool
from trytond.tests.test_tryton import activate_module, with_transaction
from trytond.transaction import Transaction


class ChangesTestCase(ContractsMixin, unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        activate_module(['service_contract', *EXTRAS])
        super().setUpClass()

    def create_covered(self):
        "Create a machine and what pays the labour on it"
        pool = Pool()
        Coverage = pool.get('service.contract.coverage')
        Equipment = pool.get('maintenance.equipment')
        boiler, = Equipment.create([{'name': "Boiler"}])
        coverage, = Coverage.create([{
                    'name': "Labour",
                    'rules': [('create', [{'line_kind': 'work'}])],
                    }])
        return boiler, coverage

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
        LineEquipment = pool.get('service.contract.line.equipment')
        with set_company(create_company()):
            boiler, coverage = self.create_covered()

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
        with set_company(create_company()):
            boiler, coverage = self.create_covered()

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

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

from trytond.modules.checklist.exceptions import (
    AnswerValueError, ChecklistCompletedError, ChecklistIncompleteError,
    QuestionConditionError, QuestionLimitError, VersionEmptyError,
    VersionPublishedError)
from trytond.modules.company.tests import (
    CompanyTestMixin, create_company, set_company)
from trytond.pool import Pool
from trytond.tests.test_tryton import ModuleTestCase, with_transaction
from trytond.transaction import Transaction


def create_version(**values):
    "Create and publish the first version of a template"
    pool = Pool()
    Template = pool.get('checklist.template')
    Version = pool.get('checklist.version')
    template = Template(name="Check")
    template.save()
    version, = Version.create([{
                'template': template.id,
                'questions': [('create', [
                            {'code': 'SEAL', 'text': "Seal intact",
                                'answer_type': 'pass_fail',
                                'severity': 'major'},
                            {'code': 'BAR', 'text': "Pressure",
                                'answer_type': 'number', 'unit': "bar",
                                'minimum': Decimal('3.5'),
                                'maximum': Decimal(9),
                                'severity': 'critical'},
                            ])],
                }])
    Version.publish([version])
    return version


class ChecklistTestCase(CompanyTestMixin, ModuleTestCase):
    "Test checklist module"
    module = 'checklist'

    @with_transaction()
    def test_published_version_is_immutable(self):
        "Test nothing of a published version can be changed"
        pool = Pool()
        Question = pool.get('checklist.question')
        Version = pool.get('checklist.version')

        with set_company(create_company()):
            version = create_version()
            seal, bar = version.questions
            with self.assertRaises(VersionPublishedError):
                Question.write([seal], {'text': "Changed"})
            with Transaction().set_context(language='es'), \
                    self.assertRaises(VersionPublishedError):
                Question.write([seal], {'text': "Cambiado"})
            with self.assertRaises(VersionPublishedError):
                Question.delete([seal])
            with self.assertRaises(VersionPublishedError):
                Question.create([{
                            'version': version.id,
                            'code': 'NEW',
                            'text': "New",
                            }])
            with self.assertRaises(VersionPublishedError):
                Version.write([version], {'introduction': "Changed"})
            with self.assertRaises(VersionPublishedError):
                Version.delete([version])

    @with_transaction()
    def test_new_version_copies_and_replaces(self):
        "Test a new version keeps the questions and takes the old one's place"
        pool = Pool()
        Question = pool.get('checklist.question')
        Template = pool.get('checklist.template')
        Version = pool.get('checklist.version')

        with set_company(create_company()):
            version = create_version()
            template = version.template
            Template.new_version([template])
            Template.new_version([template])
            template = Template(template.id)
            draft, old = template.versions
            self.assertEqual((draft.number, draft.state), (2, 'draft'))
            self.assertEqual(template.current_version, version)

            seal, bar = draft.questions
            bar.condition = seal
            bar.condition_outcome = 'pass'
            bar.save()
            Version.publish([draft])
            self.assertEqual(
                Template(template.id).current_version, draft)
            self.assertEqual(Version(version.id).state, 'archived')

            Template.new_version([Template(template.id)])
            third = Template(template.id).versions[0]
            first, second = third.questions
            self.assertEqual(third.number, 3)
            self.assertEqual(second.condition, first)
            self.assertEqual(Question(bar.id).condition, seal)

    @with_transaction()
    def test_wrong_questions(self):
        "Test limits, order of conditions and empty version"
        pool = Pool()
        Question = pool.get('checklist.question')
        Template = pool.get('checklist.template')
        Version = pool.get('checklist.version')

        with set_company(create_company()):
            template = Template(name="Check")
            template.save()
            Template.new_version([template])
            version, = Template(template.id).versions
            with self.assertRaises(VersionEmptyError):
                Version.publish([version])
            with self.assertRaisesRegex(QuestionLimitError, "BAR"):
                Question.create([{
                            'version': version.id,
                            'code': 'BAR', 'text': "Pressure",
                            'answer_type': 'number',
                            'minimum': Decimal(2), 'maximum': Decimal(1),
                            }])
            first, second = Question.create([
                    {'version': version.id, 'code': c, 'text': c}
                    for c in 'AB'])
            with self.assertRaises(QuestionConditionError):
                first.condition = second
                first.condition_outcome = 'fail'
                first.save()

    @with_transaction()
    def test_answers_of_many_elements(self):
        "Test answers by code, the rest passing, and the score"
        pool = Pool()
        Checklist = pool.get('checklist.checklist')
        Element = pool.get('checklist.element')
        Equipment = pool.get('maintenance.equipment')

        with set_company(create_company()):
            version = create_version()
            equipments = Equipment.create(
                [{'name': f"E{i}"} for i in range(5)])
            checklist = Checklist.start(
                version, equipments=equipments, date=dt.date(2026, 3, 2))
            self.assertEqual(checklist.number_of_open, 5)
            elements = checklist.elements
            answers = Element.answer([
                    (elements[0], 'SEAL', {'result': 'fail'}),
                    (elements[1], 'BAR', {'number': Decimal(5)}),
                    (elements[2], 'BAR', {'number': Decimal(2)}),
                    ])
            self.assertEqual(
                [a.outcome for a in answers], ['fail', 'pass', 'fail'])
            with self.assertRaisesRegex(
                    ChecklistIncompleteError, r"E1.*SEAL(.|\n)*E3"):
                Checklist.complete([checklist])
            elements[4].reason = 'no_access'
            elements[4].save()
            Element.skip([elements[4]])
            Checklist.pass_rest([Checklist(checklist.id)])
            checklist = Checklist(checklist.id)
            self.assertEqual(
                [e.state for e in checklist.elements],
                ['answered', 'answered', 'answered', 'passed',
                    'not_inspected'])
            Checklist.complete([checklist])
            # 3 of 4 seals and 1 of 2 pressures
            self.assertEqual(checklist.score, Decimal('.6667'))
            self.assertEqual(checklist.result, 'unfavourable')
            self.assertEqual(checklist.number_of_open, 0)

            with self.assertRaises(ChecklistCompletedError):
                Element.answer([(elements[3], 'SEAL', {'result': 'fail'})])
            with self.assertRaises(ChecklistCompletedError):
                Element.write([elements[3]], {'note': "Late"})
            with self.assertRaises(ChecklistCompletedError):
                Checklist.delete([checklist])
            Checklist.reopen([checklist])
            self.assertIsNone(checklist.score)
            Element.reset([elements[0]])
            self.assertEqual(Element(elements[0].id).state, 'open')
            self.assertEqual(Element(elements[0].id).answers, ())

    @with_transaction()
    def test_wrong_answers(self):
        "Test an answer needs a value that fits the question"
        pool = Pool()
        Checklist = pool.get('checklist.checklist')
        Element = pool.get('checklist.element')

        with set_company(create_company()):
            version = create_version()
            elements = [
                Checklist.start(version).elements[0] for _ in range(2)]
            for element, values in zip(
                    elements, [{}, {'result': 'not_applicable'}]):
                with self.assertRaisesRegex(AnswerValueError, "SEAL"):
                    Element.answer([(element, 'SEAL', values)])

    @with_transaction()
    def test_previous_answer(self):
        "Test the previous answer is the one of the same unit and code"
        pool = Pool()
        Checklist = pool.get('checklist.checklist')
        Element = pool.get('checklist.element')
        Equipment = pool.get('maintenance.equipment')

        with set_company(create_company()):
            version = create_version()
            first, second = Equipment.create(
                [{'name': "First"}, {'name': "Second"}])
            answers = []
            for day, number in [(1, 5), (2, 6), (3, 7)]:
                checklist = Checklist.start(
                    version, equipments=[first, second],
                    date=dt.date(2026, 3, day))
                answers.append(Element.answer([
                            (checklist.elements[0], 'BAR', {
                                    'number': Decimal(number)}),
                            ])[0])
                if day < 3:
                    Checklist.pass_rest([Checklist(checklist.id)])
                    Checklist.complete([checklist])
            one, two, three = [type(a)(a.id) for a in answers]
            self.assertEqual(three.previous, two)
            self.assertEqual(two.previous, one)
            self.assertIsNone(one.previous)


del ModuleTestCase

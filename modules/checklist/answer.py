# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.i18n import gettext
from trytond.model import (
    Index, ModelSQL, ModelView, Unique, fields, sequence_ordered)
from trytond.pool import Pool
from trytond.pyson import Eval, If

from . import score
from .exceptions import AnswerValueError
from .template import SEVERITIES


class Answer(ModelSQL, ModelView):
    __name__ = 'checklist.answer'

    element = fields.Many2One(
        'checklist.element', "Element", required=True, ondelete='CASCADE',
        help="What was checked.")
    company = fields.Function(
        fields.Many2One(
            'company.company', "Company",
            help="The company which fills the checklist in."),
        'on_change_with_company', searcher='search_company')
    version = fields.Function(
        fields.Many2One(
            'checklist.version', "Version",
            help="The version of the checklist."),
        'on_change_with_version')
    question = fields.Many2One(
        'checklist.question', "Question", required=True, ondelete='RESTRICT',
        domain=[
            ('version', '=', Eval('version', -1)),
            ],
        help="What was asked.")
    answer_type = fields.Function(
        fields.Selection(
            'get_answer_types', "Answer Type",
            help="What kind of answer is given."),
        'on_change_with_answer_type')
    result = fields.Selection([
            (None, ""),
            ('pass', "Pass"),
            ('fail', "Fail"),
            ('not_applicable', "Not Applicable"),
            ], "Result", sort=False,
        help="The judgement of the person who checked.\n"
        "A number is judged by its limits unless something else is chosen.")
    number = fields.Numeric(
        "Number",
        states={
            'invisible': Eval('answer_type') != 'number',
            },
        help="What was measured.")
    unit = fields.Function(
        fields.Char("Unit", help="The unit of the number."),
        'on_change_with_unit')
    choice = fields.Many2One(
        'checklist.question.choice', "Choice", ondelete='RESTRICT',
        states={
            'invisible': Eval('answer_type') != 'choice',
            },
        domain=[
            ('question', '=', Eval('question', -1)),
            ],
        help="What was chosen.")
    text = fields.Text(
        "Text",
        states={
            'invisible': Eval('answer_type') != 'text',
            },
        help="What was written.")
    date = fields.Date(
        "Date",
        states={
            'invisible': Eval('answer_type') != 'date',
            },
        help="What was read, for example on a plate.")
    out_of_range = fields.Function(
        fields.Boolean(
            "Out of Range",
            help="Whether the number is beyond the limits."),
        'on_change_with_out_of_range')
    severity = fields.Selection(
        [(None, "")] + SEVERITIES, "Severity", sort=False,
        states={
            'invisible': Eval('outcome') != 'fail',
            },
        help="How bad it is, when it is not as the question says.")
    note = fields.Text(
        "Note",
        help="What was found, in words for the customer.")
    photos = fields.One2Many(
        'checklist.photo', 'answer', "Photos",
        help="What was found, to be seen.")
    outcome = fields.Selection([
            (None, ""),
            ('pass', "Passed"),
            ('fail', "Failed"),
            ('not_applicable', "Not Applicable"),
            ('information', "Information"),
            ('missing', "Missing"),
            ], "Outcome", readonly=True, sort=False,
        help="What the answer means for the score.")
    outcome_string = outcome.translated('outcome')
    previous = fields.Function(
        fields.Many2One(
            'checklist.answer', "Previous",
            help="What was answered the last time for the same unit."),
        'get_previous')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls.__access__.add('element')
        cls._sql_constraints += [
            ('question_unique', Unique(t, t.element, t.question),
                'checklist.msg_answer_question_unique'),
            ]
        cls._sql_indexes.update({
                Index(t,
                    (t.element, Index.Range()),
                    (t.outcome, Index.Equality(cardinality='low'))),
                Index(t, (t.question, Index.Range())),
                })
        cls._order = [
            ('element', 'ASC'),
            ('question', 'ASC'),
            ('id', 'ASC'),
            ]

    @fields.depends('element', '_parent_element.checklist')
    def on_change_with_company(self, name=None):
        if self.element and self.element.checklist:
            return self.element.checklist.company

    @classmethod
    def search_company(cls, name, clause):
        return [('element.checklist.' + clause[0],) + tuple(clause[1:])]

    @fields.depends('element', '_parent_element.checklist')
    def on_change_with_version(self, name=None):
        if self.element and self.element.checklist:
            return self.element.checklist.version

    @classmethod
    def get_answer_types(cls):
        pool = Pool()
        Question = pool.get('checklist.question')
        return Question.fields_get(
            ['answer_type'])['answer_type']['selection']

    @fields.depends('question')
    def on_change_with_answer_type(self, name=None):
        return self.question.answer_type if self.question else None

    @fields.depends('question')
    def on_change_with_unit(self, name=None):
        return self.question.unit if self.question else None

    @fields.depends('question', 'number')
    def on_change_with_out_of_range(self, name=None):
        if self.question and self.number is not None:
            return score.out_of_range(
                self.question.score_question(), self.number)
        return False

    @classmethod
    def get_previous(cls, answers, name):
        "Return the latest completed answer for the same equipment and code"
        result = {a.id: None for a in answers}
        equipments = {
            a.element.equipment.id for a in answers if a.element.equipment}
        codes = {a.question.code for a in answers}
        before = {}
        for other in cls.search([
                    ('element.equipment', 'in', list(equipments)),
                    ('question.code', 'in', list(codes)),
                    ('element.checklist.state', '=', 'completed'),
                    ],
                order=[
                    ('element.checklist.date', 'ASC'),
                    ('id', 'ASC')]):
            before.setdefault(
                (other.element.equipment.id, other.question.code),
                []).append(other)
        for answer in answers:
            if not answer.element.equipment:
                continue
            checklist = answer.element.checklist
            for other in before.get(
                    (answer.element.equipment.id, answer.question.code), []):
                if (other.element.checklist != checklist
                        and other.element.checklist.date <= checklist.date):
                    result[answer.id] = other.id
        return result

    def get_rec_name(self, name):
        return f'{self.element.rec_name}: {self.question.rec_name}'

    @classmethod
    def search_rec_name(cls, name, clause):
        _, operator, operand = clause[:3]
        if operator.startswith('!') or operator.startswith('not '):
            bool_op = 'AND'
        else:
            bool_op = 'OR'
        return [bool_op,
            ('element.rec_name', operator, operand),
            ('question.rec_name', operator, operand),
            ]

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual', If(Eval('outcome') == 'fail', 'danger', '')),
            ]

    @classmethod
    def validate_fields(cls, answers, field_names):
        super().validate_fields(answers, field_names)
        cls.check_value(answers)

    @classmethod
    def check_value(cls, answers):
        for answer in answers:
            if (answer.result == 'not_applicable'
                    and answer.answer_type == 'pass_fail'):
                raise AnswerValueError(gettext(
                        'checklist.msg_answer_not_applicable',
                        answer=answer.rec_name))
            if not answer.result and answer.answer_type in score.BY_DEFAULT:
                raise AnswerValueError(gettext(
                        'checklist.msg_answer_result_missing',
                        answer=answer.rec_name))

    def compute_fields(self, field_names=None):
        values = super().compute_fields(field_names=field_names)
        if (field_names is None
                or {'question', 'result', 'number', 'choice', 'text', 'date',
                    'photos'} & set(field_names)):
            if getattr(self, 'question', None):
                outcome = score.outcome(
                    self.question.score_question(), self.score_answer())
                if getattr(self, 'outcome', None) != outcome:
                    values['outcome'] = outcome
        return values

    @classmethod
    def check_modification(cls, mode, answers, values=None, external=False):
        pool = Pool()
        Checklist = pool.get('checklist.checklist')
        super().check_modification(
            mode, answers, values=values, external=external)
        Checklist.check_open({a.element.checklist for a in answers})

    @classmethod
    def on_modification(cls, mode, answers, field_names=None):
        pool = Pool()
        Element = pool.get('checklist.element')
        super().on_modification(mode, answers, field_names=field_names)
        if mode == 'create':
            elements = {
                a.element for a in answers if a.element.state != 'answered'}
            if elements:
                Element.write(
                    list(elements), {'state': 'answered', 'reason': None})

    @classmethod
    def copy(cls, answers, default=None):
        default = default.copy() if default is not None else {}
        # A photo shows one moment of one element.
        default.setdefault('photos')
        return super().copy(answers, default=default)

    def score_answer(self):
        "Return the answer as the engine knows it"
        choice = getattr(self, 'choice', None)
        return score.Answer(
            question=self.question.id,
            result=getattr(self, 'result', None),
            number=getattr(self, 'number', None),
            choice=choice.id if choice else None,
            text=getattr(self, 'text', None),
            date=getattr(self, 'date', None),
            photos=len(getattr(self, 'photos', None) or []),
            severity=getattr(self, 'severity', None))

    def value(self):
        "Return what was answered beside the judgement, in words"
        pool = Pool()
        Lang = pool.get('ir.lang')
        lang = Lang.get()
        if self.number is not None:
            number = lang.format_number(
                self.number.normalize(), digits=max(
                    0, -self.number.normalize().as_tuple().exponent))
            return f'{number} {self.unit}' if self.unit else number
        if self.choice:
            return self.choice.name
        if self.date:
            return lang.strftime(self.date)
        return self.text or ''


class Photo(sequence_ordered(), ModelSQL, ModelView):
    __name__ = 'checklist.photo'

    answer = fields.Many2One(
        'checklist.answer', "Answer", required=True, ondelete='CASCADE',
        help="The answer the photo proves.")
    company = fields.Function(
        fields.Many2One(
            'company.company', "Company",
            help="The company which fills the checklist in."),
        'on_change_with_company', searcher='search_company')
    name = fields.Char(
        "File Name",
        help="The name of the file.")
    caption = fields.Char(
        "Caption",
        help="What the photo shows.")
    data = fields.Binary(
        "Photo", filename='name', file_id='data_id',
        store_prefix='checklist', required=True,
        help="The picture.")
    data_id = fields.Char(
        "Photo ID", readonly=True,
        help="Where the picture is stored.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('answer')
        cls._order = [
            ('sequence', 'ASC NULLS FIRST'),
            ('id', 'ASC'),
            ]

    @fields.depends('answer', '_parent_answer.element')
    def on_change_with_company(self, name=None):
        if self.answer and self.answer.element:
            return self.answer.element.company

    @classmethod
    def search_company(cls, name, clause):
        return [
            ('answer.element.checklist.' + clause[0],) + tuple(clause[1:])]

    def get_rec_name(self, name):
        return self.caption or self.name or self.answer.rec_name

    @classmethod
    def search_rec_name(cls, name, clause):
        return ['OR',
            ('caption',) + tuple(clause[1:]),
            ('name',) + tuple(clause[1:]),
            ]

    @classmethod
    def check_modification(cls, mode, photos, values=None, external=False):
        pool = Pool()
        Checklist = pool.get('checklist.checklist')
        super().check_modification(
            mode, photos, values=values, external=external)
        Checklist.check_open({p.answer.element.checklist for p in photos})

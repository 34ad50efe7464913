# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.model import ModelView, fields
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.wizard import Button, StateTransition, StateView, Wizard

_copied = ['result', 'number', 'choice', 'text', 'date', 'severity', 'note']


class FillElement(Wizard):
    __name__ = 'checklist.element.fill'

    start = StateView(
        'checklist.element.fill.start',
        'checklist.element_fill_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Save", 'fill', 'tryton-ok', default=True),
            ])
    fill = StateTransition()

    def default_start(self, fields):
        element = self.record
        answers = {a.question: a for a in element.answers}
        lines = []
        for question in element.checklist.version.questions:
            line = {
                'question': question.id,
                # The client need not ask for each name.
                'question.': {'rec_name': question.rec_name},
                'section': question.section,
                'limits': question.limits(),
                'answer_type': question.answer_type,
                }
            answer = answers.get(question)
            if answer:
                for name in _copied:
                    value = getattr(answer, name)
                    line[name] = getattr(value, 'id', value)
            lines.append(line)
        return {
            'element': element.id,
            'rest_passes': bool(element.rest_passes),
            'lines': lines,
            }

    def transition_fill(self):
        pool = Pool()
        Answer = pool.get('checklist.answer')
        Element = pool.get('checklist.element')

        element = self.record
        answers = {a.question: a for a in element.answers}
        to_save, to_delete = [], []
        for line in self.start.lines:
            answer = answers.get(line.question)
            if line.given():
                if not answer:
                    answer = Answer(element=element, question=line.question)
                for name in _copied:
                    setattr(answer, name, getattr(line, name, None))
                to_save.append(answer)
            elif answer:
                to_delete.append(answer)
        Answer.delete(to_delete)
        Answer.save(to_save)
        element = Element(element.id)
        if self.start.rest_passes:
            Element.pass_rest([element])
        else:
            Element.write([element], {
                    'rest_passes': False,
                    'state': 'answered' if to_save else 'open',
                    })
        return 'end'

    def end(self):
        return 'reload'


class FillElementStart(ModelView):
    __name__ = 'checklist.element.fill.start'

    element = fields.Many2One(
        'checklist.element', "Element", readonly=True,
        help="What is checked.")
    rest_passes = fields.Boolean(
        "The Rest Passes",
        help="Check if all that has no answer was looked at and is right.")
    lines = fields.One2Many(
        'checklist.element.fill.line', None, "Questions",
        help="Answer what is not right or has a value; "
        "leave the others empty.")


class FillElementLine(ModelView):
    __name__ = 'checklist.element.fill.line'

    question = fields.Many2One(
        'checklist.question', "Question", readonly=True,
        help="What is asked.")
    section = fields.Char(
        "Section", readonly=True,
        help="The heading of the question.")
    limits = fields.Char(
        "Limits", readonly=True,
        help="The numbers which pass.")
    answer_type = fields.Selection(
        'get_answer_types', "Answer Type", readonly=True,
        help="What kind of answer is given.")
    result = fields.Selection(
        'get_results', "Result", sort=False,
        help="Empty means no answer.")
    number = fields.Numeric(
        "Number",
        states={
            'readonly': Eval('answer_type') != 'number',
            },
        help="What was measured.")
    choice = fields.Many2One(
        'checklist.question.choice', "Choice",
        states={
            'readonly': Eval('answer_type') != 'choice',
            },
        domain=[
            ('question', '=', Eval('question', -1)),
            ],
        help="What was chosen.")
    text = fields.Char(
        "Text",
        states={
            'readonly': Eval('answer_type') != 'text',
            },
        help="What was read.")
    date = fields.Date(
        "Date",
        states={
            'readonly': Eval('answer_type') != 'date',
            },
        help="What was read, for example on a plate.")
    severity = fields.Selection(
        'get_severities', "Severity", sort=False,
        help="How bad it is, when it is not as the question says.")
    note = fields.Text(
        "Note",
        help="What was found, in words for the customer.")

    @classmethod
    def _selection(cls, name):
        pool = Pool()
        Answer = pool.get('checklist.answer')
        selection = Answer.fields_get([name])[name]['selection']
        if isinstance(selection, str):
            selection = getattr(Answer, selection)()
        return selection

    @classmethod
    def get_answer_types(cls):
        return cls._selection('answer_type')

    @classmethod
    def get_results(cls):
        return cls._selection('result')

    @classmethod
    def get_severities(cls):
        return cls._selection('severity')

    def given(self):
        "Return whether there is something to store"
        return any(
            getattr(self, name, None) not in {None, ''}
            for name in _copied)

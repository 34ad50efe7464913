# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from decimal import Decimal

from proteus import Model

from trytond.modules.company.tests.tools import get_company

__all__ = ['create_template', 'get_question', 'answer']


def create_template(name="Check", code=None, questions=None, config=None):
    """Create a template and publish its first version

    The questions are dictionaries of values.
    """
    Template = Model.get('checklist.template', config=config)
    if questions is None:
        questions = [
            {'code': 'SEAL', 'text': "Seal intact", 'severity': 'major'},
            {'code': 'CLEAN', 'text': "Clean"},
            {'code': 'BAR', 'text': "Pressure", 'answer_type': 'number',
                'unit': "bar", 'minimum': Decimal('3.5'),
                'maximum': Decimal(9), 'severity': 'critical'},
            ]
    template = Template(
        name=name, code=code, company=get_company(config=config))
    template.save()
    template.click('new_version')
    version, = template.versions
    for values in questions:
        question = version.questions.new()
        for name, value in values.items():
            setattr(question, name, value)
    version.save()
    version.click('publish')
    template.reload()
    return template


def get_question(version, code):
    "Return the question of the version with the code"
    question, = [q for q in version.questions if q.code == code]
    return question


def answer(element, code, config=None, **values):
    "Answer the question with the code for the element"
    Answer = Model.get('checklist.answer', config=config)
    answer = Answer(element=element)
    answer.question = get_question(element.checklist.version, code)
    for name, value in values.items():
        setattr(answer, name, value)
    answer.save()
    element.reload()
    return answer

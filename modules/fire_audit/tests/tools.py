# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from proteus import Model, Wizard

from trytond.modules.company.tests.tools import get_company

__all__ = [
    'create_employee', 'load_ripci', 'get_category',
    'create_audit', 'answer_audit',
    'complete_audit']


def create_employee(name="Technical Manager", config=None):
    "Create an employee of the company"
    Employee = Model.get('company.employee', config=config)
    Party = Model.get('party.party', config=config)
    party = Party(name=name)
    party.save()
    employee = Employee(party=party, company=get_company(config=config))
    employee.save()
    return employee


def load_ripci(classes=('EXT', 'BIE'), config=None):
    "Load the Spanish regulation for the classes and return the programme"
    load = Wizard('fire.programme.load', config=config)
    load.form.classes = list(classes)
    load.execute('load')
    Programme = Model.get('fire.programme', config=config)
    programme, = Programme.find([('code', '=', 'RIPCI')])
    return programme


def get_category(code, config=None):
    "Return the category of the class"
    Category = Model.get('maintenance.equipment.category', config=config)
    category, = Category.find([('code', '=', code)])
    return category


def create_audit(site, programme, date, config=None, **values):
    "Create the yearly audit of the site and prepare its checklists"
    Audit = Model.get('fire.audit', config=config)
    audit = Audit(
        company=get_company(config=config), site=site, party=site.party,
        programme=programme, date=date, **values)
    audit.save()
    audit.click('prepare')
    return audit


def answer_audit(audit, equipment, code, config=None, **values):
    "Answer the question with the code for the equipment"
    Answer = Model.get('checklist.answer', config=config)
    for checklist in audit.checklists:
        questions = {q.code: q for q in checklist.version.questions}
        if code not in questions:
            continue
        for element in checklist.elements:
            if element.equipment == equipment:
                answer = Answer(element=element)
                answer.question = questions[code]
                for name, value in values.items():
                    setattr(answer, name, value)
                answer.save()
                return answer
    raise ValueError(f"{code} is not asked for {equipment.rec_name}")


def complete_audit(audit):
    "Let pass what has no answer and complete the audit"
    audit.click('pass_rest')
    audit.click('complete')

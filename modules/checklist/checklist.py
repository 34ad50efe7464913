# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from collections import defaultdict

from sql.aggregate import Count

from trytond.i18n import gettext
from trytond.model import (
    Index, ModelSQL, ModelView, Workflow, fields, sequence_ordered)
from trytond.modules.company.model import employee_field, set_employee
from trytond.modules.report_html.workflow import ButtonWorkflow
from trytond.pool import Pool
from trytond.pyson import Eval, If
from trytond.transaction import Transaction

from . import score
from .exceptions import ChecklistCompletedError, ChecklistIncompleteError

# Each of them needs a name in the message, more only make it unreadable.
PROBLEMS_SHOWN = 20


class Checklist(ButtonWorkflow, ModelSQL, ModelView):
    __name__ = 'checklist.checklist'

    _states = {
        'readonly': Eval('state') != 'open',
        }

    version = fields.Many2One(
        'checklist.version', "Checklist", required=True, ondelete='RESTRICT',
        states={
            'readonly': (_states['readonly'] | Eval('elements', [0])),
            },
        domain=[
            If(Eval('state') == 'open',
                ('state', 'in', ['published', 'archived']),
                ()),
            ['OR',
                ('company', '=', None),
                ('company', '=', Eval('company', -1)),
                ],
            ],
        help="The questions which are answered.")
    subject = fields.Reference(
        "Subject", selection='get_subject', states=_states,
        help="What the checklist is filled in for.")
    company = fields.Many2One(
        'company.company', "Company", required=True, states=_states,
        help="The company which fills the checklist in.")
    date = fields.Date(
        "Date", required=True, states=_states,
        help="The day of the check.")
    elements = fields.One2Many(
        'checklist.element', 'checklist', "Elements", states=_states,
        help="What is checked, one by one.")
    number_of_elements = fields.Function(
        fields.Integer(
            "Elements", help="How many elements there are to check."),
        'get_numbers')
    number_of_open = fields.Function(
        fields.Integer(
            "To Do", help="How many elements nobody has looked at yet."),
        'get_numbers')
    score = fields.Numeric(
        "Score", digits=(3, 4), readonly=True,
        help="The weight of the questions which passed "
        "over the weight of those which passed or failed.")
    result = fields.Selection([
            (None, ""),
            ('favourable', "Favourable"),
            ('favourable_with_defects', "Favourable with Defects"),
            ('unfavourable', "Unfavourable"),
            ], "Result", readonly=True, sort=False,
        help="Unfavourable with a critical defect, "
        "favourable without any.")
    completed_at = fields.Timestamp(
        "Completed at", readonly=True,
        help="When the last answer was given.")
    completed_by = employee_field(
        "Completed by", states=['open', 'completed'])
    state = fields.Selection([
            ('open', "Open"),
            ('completed', "Completed"),
            ], "State", readonly=True, required=True, sort=False,
        help="Whether answers can still be given.")

    @classmethod
    def __setup__(cls):
        cls.completed_by.help = "Who completed the checklist."
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.update({
                Index(t, (t.subject, Index.Equality(cardinality='high'))),
                Index(t,
                    (t.state, Index.Equality(cardinality='low')),
                    where=t.state == 'open'),
                })
        cls._order = [
            ('date', 'DESC'),
            ('id', 'DESC'),
            ]
        cls._transitions |= {
            ('open', 'completed'),
            ('completed', 'open'),
            }
        cls._buttons.update({
                'pass_rest': {
                    'invisible': Eval('state') != 'open',
                    'icon': 'tryton-star',
                    'depends': ['state'],
                    },
                'complete': {
                    'invisible': Eval('state') != 'open',
                    'icon': 'tryton-ok',
                    'depends': ['state'],
                    },
                'reopen': {
                    'invisible': Eval('state') != 'completed',
                    'icon': 'tryton-back',
                    'depends': ['state'],
                    },
                })

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_date(cls):
        pool = Pool()
        Date = pool.get('ir.date')
        return Date.today()

    @classmethod
    def default_state(cls):
        return 'open'

    @classmethod
    def _get_subject(cls):
        "Return the names of the models a checklist can be filled in for"
        return ['maintenance.equipment', 'maintenance.site']

    @classmethod
    def get_subject(cls):
        pool = Pool()
        Model = pool.get('ir.model')
        get_name = Model.get_name
        return [(None, "")] + [
            (name, get_name(name)) for name in cls._get_subject()]

    @classmethod
    def get_numbers(cls, checklists, names):
        pool = Pool()
        Element = pool.get('checklist.element')

        element = Element.__table__()
        elements = defaultdict(int)
        open_ = defaultdict(int)
        cursor = Transaction().connection.cursor()
        cursor.execute(*element.select(
                element.checklist, element.state, Count(element.id),
                where=fields.SQL_OPERATORS['in'](
                    element.checklist, [c.id for c in checklists]),
                group_by=[element.checklist, element.state]))
        for checklist_id, state, number in cursor:
            elements[checklist_id] += number
            if state == 'open':
                open_[checklist_id] += number
        values = {'number_of_elements': elements, 'number_of_open': open_}
        return {
            name: {c.id: values[name][c.id] for c in checklists}
            for name in names}

    def get_rec_name(self, name):
        names = [self.version.template.rec_name]
        if self.subject:
            names.append(self.subject.rec_name)
        return ' - '.join(names)

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('version.template.rec_name',) + tuple(clause[1:])]

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree/field[@name="result"]', 'visual',
                If(Eval('result') == 'unfavourable', 'danger',
                    If(Eval('result') == 'favourable_with_defects',
                        'warning', ''))),
            ]

    @classmethod
    def check_modification(
            cls, mode, checklists, values=None, external=False):
        super().check_modification(
            mode, checklists, values=values, external=external)
        if (mode == 'delete'
                or (mode == 'write'
                    and values.keys() - {
                        'state', 'score', 'result', 'completed_at',
                        'completed_by'})):
            cls.check_open(checklists)

    @classmethod
    def check_open(cls, checklists):
        for checklist in checklists:
            if checklist.state != 'open':
                raise ChecklistCompletedError(gettext(
                        'checklist.msg_checklist_completed',
                        checklist=checklist.rec_name))

    @classmethod
    def copy(cls, checklists, default=None):
        default = default.copy() if default is not None else {}
        for name in ['score', 'result', 'completed_at', 'completed_by']:
            default.setdefault(name)
        return super().copy(checklists, default=default)

    @classmethod
    @ModelView.button
    def pass_rest(cls, checklists):
        "Let all pass that has no answer"
        pool = Pool()
        Element = pool.get('checklist.element')
        Element.pass_rest([
                e for c in checklists for e in c.elements
                if e.state in {'open', 'answered'}])

    @classmethod
    @ModelView.button
    @Workflow.transition('completed')
    @set_employee('completed_by')
    def complete(cls, checklists):
        cls.lock(checklists)
        now = dt.datetime.now(dt.timezone.utc).replace(tzinfo=None)
        for checklist in checklists:
            checklist.check_complete()
            result = checklist.get_score()
            checklist.score = result.compliance
            checklist.result = result.result
            checklist.completed_at = now
        cls.save(checklists)

    @classmethod
    @ModelView.button
    @Workflow.transition('open')
    def reopen(cls, checklists):
        for checklist in checklists:
            checklist.score = None
            checklist.result = None
            checklist.completed_at = None
            checklist.completed_by = None
        cls.save(checklists)

    @classmethod
    def start(cls, version, subject=None, equipments=(), sites=(), date=None):
        """Make a checklist of the version with its elements.

        Without equipment or sites it gets one element, the subject itself.
        """
        pool = Pool()
        Element = pool.get('checklist.element')

        checklist = cls(version=version, subject=subject)
        if date:
            checklist.date = date
        if subject and getattr(subject, 'company', None):
            checklist.company = subject.company
        elements = [
            Element(equipment=equipment, sequence=i)
            for i, equipment in enumerate(equipments, 1)]
        elements += [
            Element(site=site, sequence=i)
            for i, site in enumerate(sites, len(elements) + 1)]
        checklist.elements = elements or [Element(sequence=1)]
        checklist.save()
        return checklist

    def check_complete(self):
        "Raise with everything that is missing"
        questions = self.version.score_questions()
        elements = {e.id: e for e in self.elements}
        problems = score.problems(
            questions, [e.score_element() for e in self.elements])
        if not problems:
            return
        codes = {q.key: q.code for q in questions}
        names = defaultdict(list)
        for problem in problems:
            names[elements[problem.element].rec_name]
            if problem.question:
                names[elements[problem.element].rec_name].append(
                    codes[problem.question])
        lines = [
            f"{name}: {', '.join(missing)}" if missing else name
            for name, missing in names.items()]
        if len(lines) > PROBLEMS_SHOWN:
            more = len(lines) - PROBLEMS_SHOWN
            lines = lines[:PROBLEMS_SHOWN] + [f'… (+{more})']
        raise ChecklistIncompleteError(gettext(
                'checklist.msg_checklist_incomplete',
                checklist=self.rec_name,
                elements='\n'.join(lines)))

    def get_score(self):
        "Return the score of the engine"
        return score.score(
            self.version.score_questions(),
            [e.score_element() for e in self.elements])


class Element(sequence_ordered(), ModelSQL, ModelView):
    __name__ = 'checklist.element'

    _states = {
        'readonly': Eval('checklist_state') != 'open',
        }

    checklist = fields.Many2One(
        'checklist.checklist', "Checklist", required=True,
        ondelete='CASCADE',
        help="The checklist the element is part of.")
    company = fields.Function(
        fields.Many2One(
            'company.company', "Company",
            help="The company which fills the checklist in."),
        'on_change_with_company', searcher='search_company')
    equipment = fields.Many2One(
        'maintenance.equipment', "Equipment", ondelete='RESTRICT',
        states=_states,
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        help="The unit which is checked.")
    site = fields.Many2One(
        'maintenance.site', "Place", ondelete='RESTRICT', states=_states,
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        help="The place which is checked, or where the unit hung.")
    answers = fields.One2Many(
        'checklist.answer', 'element', "Answers", states=_states,
        help="What was found. "
        "What only passes by default is not written one by one.")
    rest_passes = fields.Boolean(
        "The Rest Passes", states=_states,
        help="Check if all that has no answer was looked at and is right.")
    reason = fields.Selection([
            (None, ""),
            ('no_access', "No Access"),
            ('hidden', "Hidden"),
            ('removed', "Removed"),
            ('in_workshop', "In Workshop"),
            ], "Not Inspected because", sort=False,
        states={
            'readonly': _states['readonly'],
            'required': Eval('state') == 'not_inspected',
            },
        help="Why the element could not be checked.")
    note = fields.Text(
        "Note", states=_states,
        help="What else was seen.")
    state = fields.Selection([
            ('open', "To Do"),
            ('passed', "Passed by Default"),
            ('answered', "Answered"),
            ('not_inspected', "Not Inspected"),
            ], "State", readonly=True, required=True, sort=False,
        help="Whether the element was checked.")
    reason_string = reason.translated('reason')
    number_of_findings = fields.Function(
        fields.Integer(
            "Findings", help="How many questions failed."),
        'get_number_of_findings')
    checklist_state = fields.Function(
        fields.Selection(
            'get_checklist_states', "Checklist State",
            help="The state of the checklist."),
        'on_change_with_checklist_state')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls.__access__.add('checklist')
        cls._sql_indexes.update({
                Index(t, (t.checklist, Index.Range())),
                Index(t, (t.equipment, Index.Range())),
                })
        cls._order = [
            ('checklist', 'DESC'),
            ('sequence', 'ASC NULLS FIRST'),
            ('id', 'ASC'),
            ]
        cls._buttons.update({
                'fill': {
                    'readonly': Eval('checklist_state') != 'open',
                    'icon': 'tryton-edit',
                    'depends': ['checklist_state'],
                    },
                'pass_rest': {
                    'invisible': ((Eval('checklist_state') != 'open')
                        | ~Eval('state').in_(['open', 'answered'])
                        | Eval('rest_passes', False)),
                    'icon': 'tryton-star',
                    'depends': ['checklist_state', 'state', 'rest_passes'],
                    },
                'skip': {
                    'invisible': ((Eval('checklist_state') != 'open')
                        | (Eval('state') != 'open')),
                    'readonly': ~Eval('reason'),
                    'icon': 'tryton-cancel',
                    'depends': ['checklist_state', 'state', 'reason'],
                    },
                'reset': {
                    'invisible': ((Eval('checklist_state') != 'open')
                        | (Eval('state') == 'open')),
                    'icon': 'tryton-undo',
                    'depends': ['checklist_state', 'state'],
                    },
                })

    @classmethod
    def default_state(cls):
        return 'open'

    @fields.depends('checklist', '_parent_checklist.company')
    def on_change_with_company(self, name=None):
        return self.checklist.company if self.checklist else None

    @classmethod
    def search_company(cls, name, clause):
        return [('checklist.' + clause[0],) + tuple(clause[1:])]

    @fields.depends('checklist', '_parent_checklist.state')
    def on_change_with_checklist_state(self, name=None):
        return self.checklist.state if self.checklist else None

    @classmethod
    def get_checklist_states(cls):
        pool = Pool()
        Checklist = pool.get('checklist.checklist')
        return Checklist.fields_get(['state'])['state']['selection']

    @classmethod
    def get_number_of_findings(cls, elements, name):
        pool = Pool()
        Answer = pool.get('checklist.answer')
        answer = Answer.__table__()
        result = {e.id: 0 for e in elements}
        cursor = Transaction().connection.cursor()
        cursor.execute(*answer.select(
                answer.element, Count(answer.id),
                where=fields.SQL_OPERATORS['in'](answer.element, list(result))
                & (answer.outcome == score.FAIL),
                group_by=[answer.element]))
        result.update(cursor)
        return result

    def get_rec_name(self, name):
        for record in [
                self.equipment, self.site, self.checklist.subject,
                self.checklist]:
            if record:
                return record.rec_name

    @classmethod
    def search_rec_name(cls, name, clause):
        _, operator, operand = clause[:3]
        if operator.startswith('!') or operator.startswith('not '):
            bool_op = 'AND'
        else:
            bool_op = 'OR'
        return [bool_op,
            ('equipment.rec_name', operator, operand),
            ('site.rec_name', operator, operand),
            ]

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual',
                If(Eval('number_of_findings', 0) > 0, 'danger',
                    If(Eval('state') == 'not_inspected', 'warning',
                        If(Eval('state') != 'open', 'success', '')))),
            ]

    @classmethod
    def preprocess_values(cls, mode, values):
        values = super().preprocess_values(mode, values)
        if values.get('rest_passes') and values.get('state') == 'open':
            values['state'] = 'passed'
        return values

    @classmethod
    def check_modification(cls, mode, elements, values=None, external=False):
        pool = Pool()
        Checklist = pool.get('checklist.checklist')
        super().check_modification(
            mode, elements, values=values, external=external)
        Checklist.check_open({e.checklist for e in elements})

    @classmethod
    def copy(cls, elements, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('answers')
        default.setdefault('rest_passes', False)
        default.setdefault('reason')
        default.setdefault('note')
        default.setdefault('state', cls.default_state())
        return super().copy(elements, default=default)

    @classmethod
    @ModelView.button_action('checklist.wizard_element_fill')
    def fill(cls, elements):
        pass

    @classmethod
    @ModelView.button
    def pass_rest(cls, elements):
        "Let pass what has no answer"
        answered = [e for e in elements if e.state == 'answered']
        others = [e for e in elements if e.state in {'open', 'passed'}]
        args = []
        if answered:
            args += [answered, {'rest_passes': True}]
        if others:
            args += [others, {'rest_passes': True, 'state': 'passed'}]
        if args:
            cls.write(*args)

    @classmethod
    @ModelView.button
    def skip(cls, elements):
        "Leave the element out for the reason given"
        cls.write(elements, {
                'state': 'not_inspected', 'rest_passes': False})

    @classmethod
    @ModelView.button
    def reset(cls, elements):
        "Forget the answers"
        pool = Pool()
        Answer = pool.get('checklist.answer')
        Answer.delete([a for e in elements for a in e.answers])
        cls.write(elements, {
                'state': 'open', 'rest_passes': False, 'reason': None})

    @classmethod
    def answer(cls, answers):
        """Store answers told by the code of the question.

        Each one is the element, the code and the values of the answer, for
        example ``(element, 'EXT-A02', {'number': Decimal(6)})``.
        """
        pool = Pool()
        Answer = pool.get('checklist.answer')
        questions = {}
        for element, _, _ in answers:
            version = element.checklist.version
            if version.id not in questions:
                questions[version.id] = {
                    q.code: q for q in version.questions}
        records = []
        for element, code, values in answers:
            question = questions[element.checklist.version.id][code]
            records.append(Answer(
                    element=element, question=question, **values))
        Answer.save(records)
        return records

    def score_element(self):
        "Return the element as the engine knows it"
        equipment = self.equipment
        return score.Element(
            key=self.id,
            subject=str(equipment or self.site or self.checklist.subject),
            answers=tuple(a.score_answer() for a in self.answers),
            rest_passes=bool(self.rest_passes),
            not_inspected=self.state == 'not_inspected',
            date=((equipment.installed_date or equipment.commissioned_date)
                if equipment else None))

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt

from trytond.i18n import gettext
from trytond.model import (
    DeactivableMixin, Index, ModelSQL, ModelView, Unique, Workflow, fields,
    sequence_ordered)
from trytond.modules.company.model import employee_field, set_employee
from trytond.modules.report_html.workflow import ButtonWorkflow
from trytond.pool import Pool
from trytond.pyson import Bool, Eval, If
from trytond.transaction import Transaction

from . import score
from .exceptions import (
    QuestionConditionError, QuestionLimitError, VersionEmptyError,
    VersionPublishedError)

SEVERITIES = [
    ('minor', "Minor"),
    ('major', "Major"),
    ('critical', "Critical"),
    ]


class Template(DeactivableMixin, ModelSQL, ModelView):
    __name__ = 'checklist.template'

    name = fields.Char(
        "Name", required=True, translate=True,
        help="What is checked, for example \"Fire extinguishers, yearly\".")
    code = fields.Char(
        "Code",
        help="A short name for imports and programmes.")
    company = fields.Many2One(
        'company.company', "Company",
        help="The company which uses the template.\n"
        "Leave empty to share it between all.")
    description = fields.Text(
        "Description", translate=True,
        help="When and how the checklist is used.")
    versions = fields.One2Many(
        'checklist.version', 'template', "Versions",
        help="The editions of the template: each change makes a new one.")
    current_version = fields.Function(
        fields.Many2One(
            'checklist.version', "Current Version",
            help="The published version, which new checklists use."),
        'get_current_version')

    @classmethod
    def __setup__(cls):
        cls.code.search_unaccented = False
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints += [
            ('code_unique', Unique(t, t.company, t.code),
                'checklist.msg_template_code_unique'),
            ]
        cls._sql_indexes.add(Index(t, (t.code, Index.Similarity())))
        cls._order = [
            ('code', 'ASC NULLS LAST'),
            ('name', 'ASC'),
            ('id', 'ASC'),
            ]
        cls._buttons.update({
                'new_version': {
                    'icon': 'tryton-create',
                    'readonly': Eval('id', -1) < 0,
                    'depends': ['id'],
                    },
                })

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def get_current_version(cls, templates, name):
        pool = Pool()
        Version = pool.get('checklist.version')
        result = {t.id: None for t in templates}
        for version in Version.search([
                    ('template', 'in', list(result)),
                    ('state', '=', 'published'),
                    ]):
            result[version.template.id] = version.id
        return result

    @classmethod
    def search_rec_name(cls, name, clause):
        _, operator, operand = clause[:3]
        if operator.startswith('!') or operator.startswith('not '):
            bool_op = 'AND'
        else:
            bool_op = 'OR'
        return [bool_op,
            ('name', operator, operand),
            ('code', operator, operand),
            ]

    @classmethod
    def copy(cls, templates, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('code')
        return super().copy(templates, default=default)

    @classmethod
    @ModelView.button
    def new_version(cls, templates):
        "Add to each template a draft version, a copy of its latest"
        pool = Pool()
        Version = pool.get('checklist.version')

        to_copy, to_create = [], []
        for template in templates:
            if template.versions:
                latest = max(template.versions, key=lambda v: v.number)
                if latest.state != 'draft':
                    to_copy.append(latest)
            else:
                to_create.append({'template': template.id})
        Version.create(to_create)
        if to_copy:
            Version.copy(to_copy)


class Version(ButtonWorkflow, ModelSQL, ModelView):
    __name__ = 'checklist.version'

    _states = {
        'readonly': Eval('state') != 'draft',
        }

    template = fields.Many2One(
        'checklist.template', "Template", required=True, ondelete='CASCADE',
        states=_states,
        help="The template the version belongs to.")
    company = fields.Function(
        fields.Many2One(
            'company.company', "Company",
            help="The company which uses the template."),
        'on_change_with_company', searcher='search_company')
    number = fields.Integer(
        "Number", readonly=True,
        help="The first version is 1.")
    introduction = fields.Text(
        "Introduction", translate=True, states=_states,
        help="What the person who answers should know first.")
    questions = fields.One2Many(
        'checklist.question', 'version', "Questions", states=_states,
        help="What is asked for each element.")
    published_at = fields.Timestamp(
        "Published at", readonly=True,
        help="From when the version was used.")
    published_by = employee_field(
        "Published by", states=['draft', 'published', 'archived'])
    state = fields.Selection([
            ('draft', "Draft"),
            ('published', "Published"),
            ('archived', "Archived"),
            ], "State", readonly=True, required=True, sort=False,
        help="Only a draft can be changed, only a published one is used.")

    @classmethod
    def __setup__(cls):
        cls.published_by.help = "Who published the version."
        super().__setup__()
        t = cls.__table__()
        cls.__access__.add('template')
        cls._sql_constraints += [
            ('number_unique', Unique(t, t.template, t.number),
                'checklist.msg_version_number_unique'),
            ]
        cls._sql_indexes.add(
            Index(t,
                (t.template, Index.Range()),
                (t.state, Index.Equality(cardinality='low'))))
        cls._order = [
            ('template', 'ASC'),
            ('number', 'DESC'),
            ('id', 'DESC'),
            ]
        cls._transitions |= {
            ('draft', 'published'),
            ('published', 'archived'),
            }
        cls._buttons.update({
                'publish': {
                    'invisible': Eval('state') != 'draft',
                    'icon': 'tryton-ok',
                    'depends': ['state'],
                    },
                'archive': {
                    'invisible': Eval('state') != 'published',
                    'icon': 'tryton-archive',
                    'depends': ['state'],
                    },
                })

    @classmethod
    def default_state(cls):
        return 'draft'

    @fields.depends('template', '_parent_template.company')
    def on_change_with_company(self, name=None):
        return self.template.company if self.template else None

    @classmethod
    def search_company(cls, name, clause):
        return [('template.' + clause[0],) + tuple(clause[1:])]

    def get_rec_name(self, name):
        return f'{self.template.rec_name} v{self.number}'

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('template.rec_name',) + tuple(clause[1:])]

    @classmethod
    def create(cls, vlist):
        pool = Pool()
        Template = pool.get('checklist.template')

        vlist = [v.copy() for v in vlist]
        templates = Template.browse(
            {int(v['template']) for v in vlist
                if v.get('template') and not v.get('number')})
        last = {
            t.id: max((v.number for v in t.versions), default=0)
            for t in templates}
        for values in vlist:
            if values.get('template') and not values.get('number'):
                template_id = int(values['template'])
                last[template_id] += 1
                values['number'] = last[template_id]
        return super().create(vlist)

    @classmethod
    def check_modification(cls, mode, versions, values=None, external=False):
        super().check_modification(
            mode, versions, values=values, external=external)
        if (mode == 'delete'
                or (mode == 'write'
                    and values.keys() - {
                        'state', 'published_at', 'published_by'})):
            cls.check_draft(versions)

    @classmethod
    def check_draft(cls, versions):
        for version in versions:
            if version.state != 'draft':
                raise VersionPublishedError(gettext(
                        'checklist.msg_version_published',
                        version=version.rec_name))

    @classmethod
    def copy(cls, versions, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('number')
        default.setdefault('published_at')
        default.setdefault('published_by')
        default.setdefault('state', cls.default_state())
        # The conditions of the copied questions still point to the old
        # version until all of them exist.
        with Transaction().set_context(_checklist_copy=True):
            copies = super().copy(versions, default=default)
        cls._link_conditions(versions, copies)
        return copies

    @classmethod
    def _link_conditions(cls, versions, copies):
        pool = Pool()
        Question = pool.get('checklist.question')

        to_save = []
        for version, copy in zip(versions, copies):
            new = {
                old.id: new
                for old, new in zip(version.questions, copy.questions)}
            for question in copy.questions:
                if question.condition:
                    question.condition = new[question.condition.id]
                    to_save.append(question)
        Question.save(to_save)

    @classmethod
    @ModelView.button
    @Workflow.transition('published')
    @set_employee('published_by')
    def publish(cls, versions):
        cls.lock(versions)
        for version in versions:
            if not version.questions:
                raise VersionEmptyError(gettext(
                        'checklist.msg_version_empty',
                        version=version.rec_name))
        previous = cls.search([
                ('template', 'in', [v.template.id for v in versions]),
                ('state', '=', 'published'),
                ])
        cls.archive(previous)
        cls.write(versions, {'published_at': cls._now()})

    @classmethod
    @ModelView.button
    @Workflow.transition('archived')
    def archive(cls, versions):
        pass

    @classmethod
    def _now(cls):
        return dt.datetime.now(dt.timezone.utc).replace(tzinfo=None)

    def score_questions(self):
        "Return the questions as the engine knows them"
        return [q.score_question() for q in self.questions]


class Question(sequence_ordered(), ModelSQL, ModelView):
    __name__ = 'checklist.question'
    _rec_name = 'text'

    _number_states = {
        'invisible': Eval('answer_type') != 'number',
        }

    version = fields.Many2One(
        'checklist.version', "Version", required=True, ondelete='CASCADE',
        help="The version which asks.")
    company = fields.Function(
        fields.Many2One(
            'company.company', "Company",
            help="The company which uses the template."),
        'on_change_with_company', searcher='search_company')
    section = fields.Char(
        "Section", translate=True,
        help="The heading under which the question stands.")
    code = fields.Char(
        "Code", required=True,
        help="The short name of the question, the same in all versions.")
    text = fields.Char(
        "Question", required=True, translate=True,
        help="What is asked, so that \"yes\" is the good answer.")
    help = fields.Text(
        "Help", translate=True,
        help="How to check it.")
    answer_type = fields.Selection([
            ('pass_fail', "Pass or Fail"),
            ('pass_fail_na', "Pass, Fail or Not Applicable"),
            ('number', "Number"),
            ('choice', "Choice"),
            ('text', "Text"),
            ('date', "Date"),
            ('photo', "Photo"),
            ], "Answer Type", required=True, sort=False,
        help="What kind of answer is given.")
    unit = fields.Char(
        "Unit", translate=True, states=_number_states,
        help="The unit of the number, for example bar.")
    minimum = fields.Numeric(
        "Minimum", states=_number_states,
        help="The lowest number which passes. Empty means no limit.")
    maximum = fields.Numeric(
        "Maximum", states=_number_states,
        help="The highest number which passes. Empty means no limit.")
    choices = fields.One2Many(
        'checklist.question.choice', 'question', "Choices",
        states={
            'invisible': Eval('answer_type') != 'choice',
            },
        help="The answers one can choose.")
    required = fields.Boolean(
        "Required",
        help="Check if the checklist is not complete without an answer. "
        "What passes or fails is always asked.")
    weight = fields.Numeric(
        "Weight", digits=(6, 2), required=True,
        domain=[
            ('weight', '>=', 0),
            ],
        help="How much the question counts in the score.")
    severity = fields.Selection(
        SEVERITIES, "Severity", required=True, sort=False,
        help="How bad it is when the question fails.")
    source_reference = fields.Char(
        "Source",
        help="The rule which demands the check.")
    applicable_from = fields.Date(
        "Applicable from",
        help="Ask only for what was installed on the date or later.")
    applicable_until = fields.Date(
        "Applicable until",
        help="Ask only for what was installed on the date or before.")
    condition = fields.Many2One(
        'checklist.question', "Only after", ondelete='CASCADE',
        domain=[
            If(~Eval('context', {}).get('_checklist_copy', False),
                ('version', '=', Eval('version', -1)),
                ()),
            ('id', '!=', Eval('id', -1)),
            ],
        help="Ask only if this earlier question had the outcome.")
    condition_outcome = fields.Selection([
            (None, ""),
            ('pass', "Passed"),
            ('fail', "Failed"),
            ('not_applicable', "Not Applicable"),
            ('information', "Answered"),
            ], "Outcome", sort=False,
        states={
            'invisible': ~Bool(Eval('condition')),
            'required': Bool(Eval('condition')),
            },
        help="The outcome of the earlier question.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls.__access__.add('version')
        cls._sql_constraints += [
            ('code_unique', Unique(t, t.version, t.code),
                'checklist.msg_question_code_unique'),
            ]
        cls._order = [
            ('sequence', 'ASC NULLS FIRST'),
            ('id', 'ASC'),
            ]

    @classmethod
    def default_answer_type(cls):
        return 'pass_fail_na'

    @classmethod
    def default_weight(cls):
        return 1

    @classmethod
    def default_severity(cls):
        return 'minor'

    @fields.depends('version', '_parent_version.template')
    def on_change_with_company(self, name=None):
        if self.version and self.version.template:
            return self.version.template.company

    @classmethod
    def search_company(cls, name, clause):
        return [('version.template.' + clause[0],) + tuple(clause[1:])]

    def get_rec_name(self, name):
        return f'{self.code} {self.text}'

    @classmethod
    def search_rec_name(cls, name, clause):
        _, operator, operand = clause[:3]
        if operator.startswith('!') or operator.startswith('not '):
            bool_op = 'AND'
        else:
            bool_op = 'OR'
        return [bool_op,
            ('code', operator, operand),
            ('text', operator, operand),
            ]

    @classmethod
    def validate_fields(cls, questions, field_names):
        super().validate_fields(questions, field_names)
        cls.check_limits(questions, field_names)
        cls.check_condition(questions, field_names)

    @classmethod
    def check_limits(cls, questions, field_names=None):
        if field_names and not (field_names & {'minimum', 'maximum'}):
            return
        for question in questions:
            if (question.minimum is not None
                    and question.maximum is not None
                    and question.maximum < question.minimum):
                raise QuestionLimitError(gettext(
                        'checklist.msg_question_limits',
                        question=question.rec_name))

    @classmethod
    def check_condition(cls, questions, field_names=None):
        if field_names and not (
                field_names & {'condition', 'sequence', 'version'}):
            return
        if Transaction().context.get('_checklist_copy'):
            return
        for question in questions:
            if not question.condition:
                continue
            order = [q.id for q in question.version.questions]
            if (question.condition.id not in order
                    or order.index(question.condition.id)
                    > order.index(question.id)):
                raise QuestionConditionError(gettext(
                        'checklist.msg_question_condition',
                        question=question.rec_name,
                        condition=question.condition.rec_name))

    @classmethod
    def check_modification(cls, mode, questions, values=None, external=False):
        pool = Pool()
        Version = pool.get('checklist.version')
        super().check_modification(
            mode, questions, values=values, external=external)
        Version.check_draft({q.version for q in questions})

    def score_question(self):
        "Return the question as the engine knows it"
        return score.Question(
            key=self.id, code=self.code, type=self.answer_type,
            section=self.section or '', weight=self.weight,
            severity=self.severity, minimum=self.minimum,
            maximum=self.maximum,
            choices={c.id: c.outcome for c in self.choices},
            required=bool(self.required),
            condition=self.condition.id if self.condition else None,
            condition_outcome=self.condition_outcome,
            applicable_from=self.applicable_from,
            applicable_until=self.applicable_until)

    def limits(self):
        "Return the limits in words"
        unit = f' {self.unit}' if self.unit else ''
        if self.minimum is not None and self.maximum is not None:
            return f'{self.minimum} – {self.maximum}{unit}'
        elif self.minimum is not None:
            return f'≥ {self.minimum}{unit}'
        elif self.maximum is not None:
            return f'≤ {self.maximum}{unit}'
        return unit.strip()


class Choice(sequence_ordered(), ModelSQL, ModelView):
    __name__ = 'checklist.question.choice'

    question = fields.Many2One(
        'checklist.question', "Question", required=True, ondelete='CASCADE',
        help="The question the choice answers.")
    company = fields.Function(
        fields.Many2One(
            'company.company', "Company",
            help="The company which uses the template."),
        'on_change_with_company', searcher='search_company')
    name = fields.Char(
        "Name", required=True, translate=True,
        help="The answer in words.")
    outcome = fields.Selection([
            ('pass', "Passes"),
            ('fail', "Fails"),
            ('not_applicable', "Not Applicable"),
            ('information', "Information"),
            ], "Outcome", required=True, sort=False,
        help="What the answer means.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('question')
        cls._order = [
            ('sequence', 'ASC NULLS FIRST'),
            ('id', 'ASC'),
            ]

    @classmethod
    def default_outcome(cls):
        return 'information'

    @fields.depends('question', '_parent_question.version')
    def on_change_with_company(self, name=None):
        if self.question and self.question.version:
            return self.question.version.company

    @classmethod
    def search_company(cls, name, clause):
        return [
            ('question.version.template.' + clause[0],) + tuple(clause[1:])]

    @classmethod
    def check_modification(cls, mode, choices, values=None, external=False):
        pool = Pool()
        Version = pool.get('checklist.version')
        super().check_modification(
            mode, choices, values=values, external=external)
        Version.check_draft({c.question.version for c in choices})

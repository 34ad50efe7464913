# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt

from trytond.i18n import gettext
from trytond.model import (
    ChatMixin, Index, ModelSQL, ModelView, Unique, Workflow, fields)
from trytond.modules.checklist import score
from trytond.modules.company.model import employee_field, set_employee
from trytond.modules.maintenance_equipment.numbering import NumberingMixin
from trytond.modules.report_html.workflow import ButtonWorkflow
from trytond.pool import Pool
from trytond.pyson import Bool, Eval, If
from trytond.transaction import Transaction

from .exceptions import AuditIssuedError, AuditPreparationError


class Audit(NumberingMixin, ButtonWorkflow, ChatMixin, ModelSQL, ModelView):
    """The periodic check of the fire protection of a site

    Its questions are those of the checklists, which it makes when it is
    prepared.  Once issued, the stored papers are the truth.
    """
    __name__ = 'fire.audit'
    _rec_name = 'number'
    _number_sequence = 'fire_audit_sequence'

    _states = {
        'readonly': Eval('state').in_(['issued', 'superseded']),
        }
    _draft_states = {
        'readonly': Eval('state') != 'draft',
        }

    number = fields.Char(
        "Number", readonly=True,
        help="The main identification of the audit.")
    company = fields.Many2One(
        'company.company', "Company", required=True, states=_draft_states,
        help="The company which makes the audit.")
    party = fields.Many2One(
        'party.party', "Customer", required=True, ondelete='RESTRICT',
        states=_draft_states,
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="The owner who gets the papers.")
    site = fields.Many2One(
        'maintenance.site', "Site", required=True, ondelete='RESTRICT',
        states=_draft_states,
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        help="The place which is audited.")
    programme = fields.Many2One(
        'fire.programme', "Programme", required=True, ondelete='RESTRICT',
        states=_draft_states,
        domain=[
            ['OR',
                ('company', '=', None),
                ('company', '=', Eval('company', -1)),
                ],
            ],
        help="The regulation which is followed.")
    period = fields.Integer(
        "Period", required=True, states=_draft_states,
        help="The operations to do, by their period in months: "
        "12 for the yearly audit.")
    date = fields.Date(
        "Date", required=True, states=_states,
        help="The day of the audit.")
    employee = fields.Many2One(
        'company.employee', "Technician", ondelete='RESTRICT',
        states=_states,
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        help="Who makes the audit.")
    technical_manager = fields.Many2One(
        'company.employee', "Technical Manager", ondelete='RESTRICT',
        states=_states,
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        help="Who signs the certificate for the company.")
    visit = fields.Many2One(
        'maintenance.visit', "Visit", ondelete='RESTRICT', states=_states,
        domain=[
            ('company', '=', Eval('company', -1)),
            ('site', '=', Eval('site', -1)),
            ],
        help="The visit in which the audit was made.")
    systems = fields.Many2Many(
        'fire.audit-fire.system', 'audit', 'system', "Systems",
        states=_states,
        domain=[
            ('site', '=', Eval('site', -1)),
            ],
        help="What is audited. Leave empty to audit all there is.")
    checklists = fields.One2Many(
        'checklist.checklist', 'subject', "Checklists", readonly=True,
        help="What is checked.")
    findings = fields.One2Many(
        'fire.finding', 'audit', "Findings", readonly=True,
        help="What was not right.")
    conclusions = fields.Text(
        "Conclusions", states=_states,
        help="What the owner should know, on the first page.")
    previous = fields.Many2One(
        'fire.audit', "Previous Audit", readonly=True, ondelete='RESTRICT',
        help="The last audit issued for the site.")
    corrects = fields.Many2One(
        'fire.audit', "Corrects", readonly=True, ondelete='RESTRICT',
        help="The audit whose papers are replaced when this one is issued.")
    owner_representative = fields.Char(
        "Owner's Representative", states=_states,
        help="Who attended for the owner.")
    owner_representative_post = fields.Char(
        "Post", states=_states,
        help="The post of the owner's representative.")
    owner_signature = fields.Binary(
        "Owner's Signature", states=_states,
        help="The signature of the owner's representative.")
    technician_signature = fields.Binary(
        "Technician's Signature", states=_states,
        help="The signature of who made the audit.")
    manager_signature = fields.Binary(
        "Manager's Signature", states=_states,
        help="The signature of the technical manager.")
    score = fields.Numeric(
        "Score", digits=(3, 4), readonly=True,
        help="What passed over what was judged, by weight.")
    result = fields.Selection([
            (None, ""),
            ('favourable', "Favourable"),
            ('favourable_with_defects', "Favourable with Defects"),
            ('unfavourable', "Unfavourable"),
            ], "Result", readonly=True, sort=False,
        help="Unfavourable with a critical defect, "
        "favourable without any.")
    completed_at = fields.Timestamp(
        "Completed at", readonly=True, help="When it was completed.")
    completed_by = employee_field(
        "Completed by", states=[
            'draft', 'in_progress', 'completed', 'issued', 'superseded'])
    state = fields.Selection([
            ('draft', "Draft"),
            ('in_progress', "In Progress"),
            ('completed', "Completed"),
            ('issued', "Issued"),
            ('superseded', "Superseded"),
            ], "State", readonly=True, required=True, sort=False,
        help="The current state of the audit.")

    @classmethod
    def __setup__(cls):
        cls.number.search_unaccented = False
        cls.completed_by.help = "Who completed the audit."
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints += [
            ('number_unique', Unique(t, t.company, t.number),
                'fire_audit.msg_audit_number_unique'),
            ]
        cls._sql_indexes.update({
                Index(t, (t.number, Index.Similarity())),
                Index(t, (t.site, Index.Range()), (t.date, Index.Range())),
                Index(t,
                    (t.state, Index.Equality(cardinality='low')),
                    where=t.state.in_(['draft', 'in_progress', 'completed'])),
                })
        cls._order = [
            ('date', 'DESC'),
            ('id', 'DESC'),
            ]
        cls._transitions |= {
            ('draft', 'in_progress'),
            ('in_progress', 'draft'),
            ('in_progress', 'completed'),
            ('completed', 'in_progress'),
            ('completed', 'issued'),
            ('issued', 'superseded'),
            }
        cls._buttons.update({
                'draft': {
                    'invisible': Eval('state') != 'in_progress',
                    'icon': 'tryton-undo',
                    'depends': ['state'],
                    },
                'prepare': {
                    'invisible': Eval('state') != 'draft',
                    'icon': 'tryton-forward',
                    'depends': ['state'],
                    },
                'pass_rest': {
                    'invisible': Eval('state') != 'in_progress',
                    'icon': 'tryton-star',
                    'depends': ['state'],
                    },
                'complete': {
                    'invisible': Eval('state') != 'in_progress',
                    'icon': 'tryton-ok',
                    'depends': ['state'],
                    },
                'reopen': {
                    'invisible': Eval('state') != 'completed',
                    'icon': 'tryton-back',
                    'depends': ['state'],
                    },
                'propose': {
                    'invisible': ~Eval('state').in_(['completed', 'issued']),
                    'readonly': ~Bool(Eval('findings', [])),
                    'icon': 'tryton-launch',
                    'depends': ['state', 'findings'],
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
    def default_period(cls):
        return 12

    @classmethod
    def default_programme(cls):
        pool = Pool()
        Programme = pool.get('fire.programme')
        programmes = Programme.search([], limit=2)
        if len(programmes) == 1:
            return programmes[0].id

    @classmethod
    def default_technical_manager(cls, **pattern):
        pool = Pool()
        Configuration = pool.get('maintenance.configuration')
        employee = Configuration(1).get_multivalue(
            'fire_technical_manager', **pattern)
        return employee.id if employee else None

    @classmethod
    def default_state(cls):
        return 'draft'

    @fields.depends('site', 'party')
    def on_change_site(self):
        if self.site and not self.party:
            self.party = self.site.party

    @property
    def registry_number(self):
        pool = Pool()
        Configuration = pool.get('maintenance.configuration')
        return Configuration(1).get_multivalue(
            'fire_registry_number', company=self.company.id)

    def get_rec_name(self, name):
        return f'{self.number} - {self.site.rec_name}'

    @classmethod
    def search_rec_name(cls, name, clause):
        _, operator, operand = clause[:3]
        if operator.startswith('!') or operator.startswith('not '):
            bool_op = 'AND'
        else:
            bool_op = 'OR'
        return [bool_op,
            ('number', operator, operand),
            ('site.rec_name', operator, operand),
            ]

    def chat_language(self, audience='internal'):
        language = super().chat_language(audience=audience)
        if audience == 'public':
            language = self.party.lang.code if self.party.lang else None
        return language

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual',
                If(Eval('state') == 'superseded', 'muted', '')),
            ('/tree/field[@name="result"]', 'visual',
                If(Eval('result') == 'unfavourable', 'danger',
                    If(Eval('result') == 'favourable_with_defects',
                        'warning', ''))),
            ]

    @classmethod
    def check_modification(cls, mode, audits, values=None, external=False):
        super().check_modification(
            mode, audits, values=values, external=external)
        for audit in audits:
            if ((mode == 'delete' and audit.state != 'draft')
                    or (mode == 'write'
                        and audit.state in {'issued', 'superseded'}
                        and values.keys() - cls._issued_fields())):
                raise AuditIssuedError(gettext(
                        f'fire_audit.msg_audit_{mode}',
                        audit=audit.rec_name))

    @classmethod
    def _issued_fields(cls):
        "Return the names of the fields which change after issuing"
        return {'state'}

    @classmethod
    def copy(cls, audits, default=None):
        default = default.copy() if default is not None else {}
        for name in [
                'number', 'visit', 'checklists', 'findings',
                'conclusions', 'previous', 'corrects', 'owner_signature',
                'technician_signature', 'manager_signature', 'score',
                'result', 'completed_at', 'completed_by']:
            default.setdefault(name)
        return super().copy(audits, default=default)

    @classmethod
    @ModelView.button
    @Workflow.transition('draft')
    def draft(cls, audits):
        "Forget the checklists"
        pool = Pool()
        Checklist = pool.get('checklist.checklist')
        Checklist.delete([c for a in audits for c in a.checklists])

    @classmethod
    @ModelView.button
    @Workflow.transition('in_progress')
    def prepare(cls, audits):
        "Make the checklists of what is due at the site"
        pool = Pool()
        Checklist = pool.get('checklist.checklist')
        System = pool.get('fire.system')

        for audit in audits:
            wanted = {s.category for s in audit.systems}
            systems, prepared = list(audit.systems), False
            for line in audit.programme.lines:
                if (line.period != audit.period
                        or (wanted and line.category not in wanted)):
                    continue
                version = line.template.current_version
                equipments = System.find_equipments(
                    audit.site, line.category, audit.date)
                if not equipments or not version:
                    continue
                Checklist.start(
                    version, subject=audit, equipments=equipments,
                    date=audit.date)
                prepared = True
                if line.category not in {s.category for s in systems}:
                    systems.append(audit._get_system(line, equipments))
            if not prepared:
                raise AuditPreparationError(gettext(
                        'fire_audit.msg_audit_nothing',
                        audit=audit.rec_name,
                        programme=audit.programme.rec_name,
                        period=audit.period))
            audit.systems = systems
            audit.previous = audit._find_previous()
        cls.save(audits)

    def _get_system(self, line, equipments):
        "Return the system of the class at the site, made when missing"
        pool = Pool()
        System = pool.get('fire.system')
        systems = System.search([
                ('site', '=', self.site.id),
                ('category', '=', line.category.id),
                ], limit=1)
        if systems:
            return systems[0]
        dates = [
            e.commissioned_date for e in equipments if e.commissioned_date]
        return System(
            name=line.category.name, company=self.company, site=self.site,
            category=line.category,
            commissioned_date=min(dates, default=None))

    def _find_previous(self):
        audits = self.search([
                ('company', '=', self.company.id),
                ('site', '=', self.site.id),
                ('programme', '=', self.programme.id),
                ('state', '=', 'issued'),
                ('date', '<=', self.date),
                ('id', 'not in', [
                        self.id, self.corrects.id if self.corrects else -1]),
                ],
            order=[('date', 'DESC'), ('id', 'DESC')], limit=1)
        return audits[0] if audits else None

    @classmethod
    @ModelView.button
    def pass_rest(cls, audits):
        "Let all pass that has no answer"
        pool = Pool()
        Checklist = pool.get('checklist.checklist')
        Checklist.pass_rest([
                c for a in audits for c in a.checklists if c.state == 'open'])

    @classmethod
    def answer(cls, audit, answers):
        """Store answers told by equipment and code of the question.

        Each one is the equipment, the code and the values of the answer, for
        example ``(extinguisher, 'EXT-A08', {'result': 'fail'})``.
        """
        pool = Pool()
        Element = pool.get('checklist.element')
        elements = {}
        for checklist in audit.checklists:
            codes = {q.code for q in checklist.version.questions}
            for element in checklist.elements:
                for code in codes:
                    elements[element.equipment, code] = element
        return Element.answer([
                (elements[equipment, code], code, values)
                for equipment, code, values in answers])

    @classmethod
    @ModelView.button
    @Workflow.transition('completed')
    @set_employee('completed_by')
    def complete(cls, audits):
        pool = Pool()
        Checklist = pool.get('checklist.checklist')
        Finding = pool.get('fire.finding')

        cls.lock(audits)
        Checklist.complete([
                c for a in audits for c in a.checklists if c.state == 'open'])
        completed_at = now()
        for audit in audits:
            result = audit.get_score()
            audit.score = result.compliance
            audit.result = result.result
            audit.completed_at = completed_at
        cls.save(audits)
        Finding.find(audits)

    @classmethod
    @ModelView.button
    @Workflow.transition('in_progress')
    def reopen(cls, audits):
        pool = Pool()
        Checklist = pool.get('checklist.checklist')
        Finding = pool.get('fire.finding')

        Finding.forget(audits)
        Checklist.reopen([c for a in audits for c in a.checklists])
        for audit in audits:
            audit.score = audit.result = None
            audit.completed_at = audit.completed_by = None
        cls.save(audits)

    @classmethod
    @ModelView.button
    def propose(cls, audits):
        "Ask for the repair of what is not yet asked for"
        pool = Pool()
        Finding = pool.get('fire.finding')
        Finding.propose([
                f for a in audits for f in a.findings
                if f.state == 'open' and not f.proposed])

    def get_score(self):
        "Return the score of all the checklists together"
        return score.total([c.get_score() for c in self.checklists])

    def get_outcomes(self):
        """Return the answers which failed and all that was judged

        Both are told by equipment and code of the question.
        """
        failed, judged = {}, set()
        for checklist in self.checklists:
            questions = checklist.version.score_questions()
            codes = {q.key: q.code for q in questions}
            for element in checklist.elements:
                if element.state == 'not_inspected':
                    continue
                answers = {a.question.id: a for a in element.answers}
                outcomes = score.outcomes(questions, element.score_element())
                for key, outcome in outcomes.items():
                    if outcome in {score.PASS, score.FAIL}:
                        judged.add((element.equipment, codes[key]))
                    if outcome == score.FAIL:
                        failed[element.equipment, codes[key]] = answers[key]
        return failed, judged


def now():
    "Return the time as timestamps store it"
    return dt.datetime.now(dt.timezone.utc).replace(tzinfo=None)


class Audit_System(ModelSQL):
    __name__ = 'fire.audit-fire.system'

    audit = fields.Many2One(
        'fire.audit', "Audit", required=True, ondelete='CASCADE',
        help="The audit.")
    system = fields.Many2One(
        'fire.system', "System", required=True, ondelete='RESTRICT',
        help="What is audited.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('audit')

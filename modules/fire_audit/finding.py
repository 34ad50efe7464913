# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.i18n import gettext
from trytond.model import Index, ModelSQL, ModelView, Workflow, fields
from trytond.modules.checklist.template import SEVERITIES
from trytond.modules.report_html.workflow import ButtonWorkflow
from trytond.pool import Pool
from trytond.pyson import Eval, If

from .exceptions import FindingProposedError


class Finding(ButtonWorkflow, ModelSQL, ModelView):
    """What an audit found not to be right"""
    __name__ = 'fire.finding'

    _states = {
        'readonly': Eval('state') != 'open',
        }

    audit = fields.Many2One(
        'fire.audit', "Audit", required=True, ondelete='CASCADE',
        readonly=True,
        help="The audit which found it.")
    company = fields.Function(
        fields.Many2One(
            'company.company', "Company",
            help="The company which makes the audit."),
        'on_change_with_company', searcher='search_company')
    party = fields.Function(
        fields.Many2One(
            'party.party', "Customer",
            context={
                'company': Eval('company', -1),
                },
            depends={'company'},
            help="The owner of what is not right."),
        'on_change_with_party', searcher='search_audit_field')
    site = fields.Function(
        fields.Many2One(
            'maintenance.site', "Site", help="Where it was found."),
        'on_change_with_site', searcher='search_audit_field')
    equipment = fields.Many2One(
        'maintenance.equipment', "Equipment", readonly=True,
        ondelete='RESTRICT',
        help="The unit which is not right.")
    answer = fields.Many2One(
        'checklist.answer', "Answer", required=True, readonly=True,
        ondelete='RESTRICT',
        help="What was answered in the checklist.")
    question = fields.Function(
        fields.Many2One(
            'checklist.question', "Question", help="What was asked."),
        'on_change_with_question')
    severity = fields.Selection(
        SEVERITIES, "Severity", required=True, sort=False, states=_states,
        help="How bad it is.")
    severity_string = severity.translated('severity')
    description = fields.Text(
        "Description", states=_states,
        help="What was found, in words for the customer.")
    action = fields.Text(
        "Proposed Action", states=_states,
        help="What should be done about it.")
    deadline = fields.Date(
        "Deadline", states=_states,
        help="Until when it should be done.")
    previous = fields.Many2One(
        'fire.finding', "Repeats", readonly=True, ondelete='SET NULL',
        help="The same finding of the audit before.")
    closed_by_audit = fields.Many2One(
        'fire.audit', "Closed by Audit", readonly=True, ondelete='SET NULL',
        help="The audit which found it to be right again.")
    tasks = fields.One2Many(
        'maintenance.order.task', 'origin', "Tasks", readonly=True,
        help="What is done about it.")
    proposed = fields.Function(
        fields.Boolean(
            "Proposed",
            help="Whether the repair was asked for."),
        'get_proposed')
    state = fields.Selection([
            ('open', "Open"),
            ('repeated', "Repeated"),
            ('accepted', "Accepted by Owner"),
            ('closed', "Closed"),
            ], "State", readonly=True, required=True, sort=False,
        help="What became of it.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls.__access__.add('audit')
        cls._sql_indexes.update({
                Index(t, (t.audit, Index.Range())),
                Index(t, (t.equipment, Index.Range())),
                Index(t,
                    (t.state, Index.Equality(cardinality='low')),
                    where=t.state == 'open'),
                })
        cls._order = [
            ('audit', 'DESC'),
            ('id', 'ASC'),
            ]
        cls._transitions |= {
            ('open', 'repeated'),
            ('open', 'accepted'),
            ('open', 'closed'),
            ('repeated', 'open'),
            ('accepted', 'open'),
            ('closed', 'open'),
            }
        cls._buttons.update({
                'propose': {
                    'invisible': Eval('state') != 'open',
                    'readonly': Eval('proposed', False),
                    'icon': 'tryton-launch',
                    'depends': ['state', 'proposed'],
                    },
                'accept': {
                    'invisible': Eval('state') != 'open',
                    'icon': 'tryton-warning',
                    'depends': ['state'],
                    },
                'close': {
                    'invisible': Eval('state') != 'open',
                    'icon': 'tryton-ok',
                    'depends': ['state'],
                    },
                'reopen': {
                    'invisible': ~Eval('state').in_(['accepted', 'closed']),
                    'icon': 'tryton-back',
                    'depends': ['state'],
                    },
                })

    @classmethod
    def default_state(cls):
        return 'open'

    @fields.depends('audit', '_parent_audit.company')
    def on_change_with_company(self, name=None):
        return self.audit.company if self.audit else None

    @classmethod
    def search_company(cls, name, clause):
        return [('audit.' + clause[0],) + tuple(clause[1:])]

    @fields.depends('audit', '_parent_audit.party')
    def on_change_with_party(self, name=None):
        return self.audit.party if self.audit else None

    @fields.depends('audit', '_parent_audit.site')
    def on_change_with_site(self, name=None):
        return self.audit.site if self.audit else None

    @classmethod
    def search_audit_field(cls, name, clause):
        return [('audit.' + clause[0],) + tuple(clause[1:])]

    @fields.depends('answer')
    def on_change_with_question(self, name=None):
        return self.answer.question if self.answer else None

    @classmethod
    def get_proposed(cls, findings, name):
        pool = Pool()
        Task = pool.get('maintenance.order.task')
        tasks = Task.search([
                ('origin', 'in', [str(f) for f in findings]),
                ('state', '!=', 'cancelled'),
                ])
        asked = {t.origin.id for t in tasks}
        return {f.id: f.id in asked for f in findings}

    def get_rec_name(self, name):
        names = [self.answer.question.rec_name]
        if self.equipment:
            names.insert(0, self.equipment.rec_name)
        return ': '.join(names)

    @classmethod
    def search_rec_name(cls, name, clause):
        _, operator, operand = clause[:3]
        if operator.startswith('!') or operator.startswith('not '):
            bool_op = 'AND'
        else:
            bool_op = 'OR'
        return [bool_op,
            ('equipment.rec_name', operator, operand),
            ('answer.question.rec_name', operator, operand),
            ]

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual',
                If(Eval('state') != 'open', 'muted',
                    If(Eval('severity') == 'critical', 'danger',
                        If(Eval('severity') == 'major', 'warning', '')))),
            ]

    @classmethod
    def find(cls, audits):
        """Make the findings of the audits from what failed

        What was open before is repeated if it failed again and closed if it
        passed this time.
        """
        for audit in audits:
            failed, asked = audit.get_outcomes()
            before = {
                f.key: f for f in cls.search([
                        ('audit', '!=', audit.id),
                        ('audit.site', '=', audit.site.id),
                        ('state', '=', 'open'),
                        ])}
            findings = [
                cls(
                    audit=audit, answer=answer,
                    equipment=answer.element.equipment,
                    severity=answer.severity or answer.question.severity,
                    description=answer.note,
                    action=getattr(before.get(key), 'action', None),
                    previous=before.get(key))
                for key, answer in failed.items()]
            cls.save(findings)
            repeated = [before[k] for k in failed if k in before]
            closed = [
                f for k, f in before.items() if k in asked and k not in failed]
            if repeated:
                cls.write(repeated, {'state': 'repeated'})
            if closed:
                cls.write(closed, {
                        'state': 'closed', 'closed_by_audit': audit.id})

    @classmethod
    def forget(cls, audits):
        "Delete the findings of the audits and undo what they did to others"
        findings = [f for a in audits for f in a.findings]
        for finding in findings:
            if finding.proposed:
                raise FindingProposedError(gettext(
                        'fire_audit.msg_finding_proposed',
                        finding=finding.rec_name,
                        audit=finding.audit.rec_name))
        closed = cls.search([
                ('closed_by_audit', 'in', [a.id for a in audits]),
                ])
        repeated = [f.previous for f in findings if f.previous]
        if repeated:
            cls.write(repeated, {'state': 'open'})
        if closed:
            cls.write(closed, {'state': 'open', 'closed_by_audit': None})
        cls.delete(findings)

    @property
    def key(self):
        "What makes it the same finding in another audit"
        return self.equipment, self.answer.question.code

    @classmethod
    @ModelView.button
    def propose(cls, findings):
        "Make one order for each audit, with a task for each finding"
        pool = Pool()
        Order = pool.get('maintenance.order')

        by_audit = {}
        for finding in findings:
            if finding.state == 'open' and not finding.proposed:
                by_audit.setdefault(finding.audit, []).append(finding)
        Order.save([
                cls._get_order(audit, audit_findings)
                for audit, audit_findings in by_audit.items()])

    @classmethod
    def _get_order(cls, audit, findings):
        pool = Pool()
        Order = pool.get('maintenance.order')
        Task = pool.get('maintenance.order.task')

        return Order(
            company=audit.company, kind='repair', party=audit.party,
            site=audit.site,
            description=gettext(
                'fire_audit.msg_repair_of', audit=audit.number),
            tasks=[
                Task(
                    company=audit.company, kind='repair',
                    equipment=finding.equipment, origin=finding,
                    description=(
                        finding.action or finding.description
                        or finding.question.text))
                for finding in findings])

    @classmethod
    @ModelView.button
    @Workflow.transition('accepted')
    def accept(cls, findings):
        pass

    @classmethod
    @ModelView.button
    @Workflow.transition('closed')
    def close(cls, findings):
        pass

    @classmethod
    @ModelView.button
    @Workflow.transition('open')
    def reopen(cls, findings):
        pass

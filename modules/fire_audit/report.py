# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from dataclasses import dataclass
from decimal import Decimal

from trytond.modules.checklist import score
from trytond.modules.report_html.declaration import Block, Column, Text
from trytond.modules.report_html.report import HTMLReport
from trytond.pool import Pool

from . import drawing

GOOD, WARNING, BAD = '#14683a', '#b7791f', '#a11616'
TRACK = '#e5e7eb'
COLORS = {'minor': '#6b7280', 'major': WARNING, 'critical': BAD}
BADGES = {
    'favourable': 'good',
    'favourable_with_defects': 'warning',
    'unfavourable': 'bad',
    'pass': 'good',
    'fail': 'bad',
    'minor': '',
    'major': 'warning',
    'critical': 'bad',
    }


@dataclass(frozen=True)
class Sheet:
    "A checklist as it is printed"
    checklist: object
    score: score.Score
    rows: list
    operations: list


@dataclass(frozen=True)
class Row:
    "A unit as it is printed"
    element: object
    outcome: str
    remarks: list


@dataclass(frozen=True)
class Operation:
    "A question as it is printed, with how often it had which outcome"
    question: object
    limits: str
    passed: int
    failed: int
    not_applicable: int
    values: int


class AuditPaper(HTMLReport):
    """A paper of an audit; once issued, what was issued is printed"""

    # The field of the audit which keeps the issued paper
    paper_field = None

    @classmethod
    def _execute(cls, records, header, data, action):
        if records and len(records) == 1:
            record, = records
            paper = getattr(record, cls.paper_field)
            if paper and record.state in {'issued', 'superseded'}:
                return 'pdf', bytes(paper)
        return super()._execute(records, header, data, action)

    @classmethod
    def get_context(cls, records, header, data):
        context = super().get_context(records, header, data)
        for audit in records:
            sheets = [cls.get_sheet(c) for c in audit.checklists]
            context['sheets'] = sheets
            context['total'] = score.total([s.score for s in sheets])
            context['left_out'] = [
                row.element for sheet in sheets for row in sheet.rows
                if row.outcome == 'not_inspected']
            context['findings'] = cls.get_findings(audit)
            context['closed'] = cls.get_closed(audit)
        context['badges'] = BADGES
        return context

    @classmethod
    def get_sheet(cls, checklist):
        questions = checklist.version.score_questions()
        counts = {q.key: {} for q in questions}
        rows, elements = [], []
        for element in checklist.elements:
            judged = element.score_element()
            elements.append(judged)
            if element.state == 'not_inspected':
                rows.append(Row(element, 'not_inspected', []))
                continue
            outcomes = score.outcomes(questions, judged)
            for key, outcome in outcomes.items():
                counts[key][outcome] = counts[key].get(outcome, 0) + 1
            rows.append(Row(
                    element,
                    'fail' if score.FAIL in outcomes.values() else 'pass',
                    [a for a in element.answers
                        if a.note or a.value()
                        or outcomes.get(a.question.id) == score.FAIL]))
        return Sheet(
            checklist=checklist,
            score=score.score(questions, elements),
            rows=rows,
            operations=[
                Operation(
                    question=question,
                    limits=question.limits(),
                    passed=counts[question.id].get(score.PASS, 0),
                    failed=counts[question.id].get(score.FAIL, 0),
                    not_applicable=counts[question.id].get(
                        score.NOT_APPLICABLE, 0),
                    values=counts[question.id].get(score.INFORMATION, 0))
                for question in checklist.version.questions
                if sum(n for o, n in counts[question.id].items()
                    if o != score.MISSING)])

    @classmethod
    def get_findings(cls, audit):
        "Return the findings, the worst first"
        order = {s: -i for i, s in enumerate(score.SEVERITIES)}
        return sorted(
            audit.findings, key=lambda f: (order[f.severity], f.id))

    @classmethod
    def get_closed(cls, audit):
        "Return the findings of before which this audit found right"
        pool = Pool()
        Finding = pool.get('fire.finding')
        return Finding.search([('closed_by_audit', '=', audit.id)])


class Certificate(AuditPaper):
    __name__ = 'fire.audit.certificate'
    paper_field = 'certificate'

    blocks = [
        Block('scope', 'fire_audit.msg_block_scope'),
        Block('declaration', 'fire_audit.msg_block_declaration'),
        Block('dues', 'fire_audit.msg_block_dues'),
        Block('signature', 'fire_audit.msg_block_signature'),
        Block('units', 'fire_audit.msg_block_units'),
        Block('operations', 'fire_audit.msg_block_operations'),
        ]
    columns = [
        Column('manufactured', 'fire_audit.msg_column_manufactured'),
        Column('source', 'fire_audit.msg_column_source'),
        ]
    texts = [
        Text('title', 'fire_audit.msg_text_title',
            'fire_audit.msg_text_certificate_title'),
        Text('declaration', 'fire_audit.msg_text_declaration',
            'fire_audit.msg_text_declaration_default'),
        Text('notice', 'fire_audit.msg_text_notice',
            'fire_audit.msg_text_notice_default'),
        ]
    placeholders = {
        'number': 'number',
        'customer': 'party.name',
        'site': 'site.name',
        'regulation': 'programme.regulation',
        'registry_number': 'registry_number',
        }


class FindingsReport(AuditPaper):
    __name__ = 'fire.audit.findings_report'
    paper_field = 'findings_report'

    blocks = [
        Block('summary', 'fire_audit.msg_block_summary'),
        Block('critical', 'fire_audit.msg_block_critical'),
        Block('systems', 'fire_audit.msg_block_systems'),
        Block('findings', 'fire_audit.msg_block_findings'),
        Block('left_out', 'fire_audit.msg_block_left_out'),
        Block('closed', 'fire_audit.msg_block_closed'),
        Block('dues', 'fire_audit.msg_block_dues'),
        ]
    texts = [
        Text('title', 'fire_audit.msg_text_title',
            'fire_audit.msg_text_report_title'),
        Text('closing', 'fire_audit.msg_text_closing',
            'fire_audit.msg_text_closing_default'),
        ]
    placeholders = Certificate.placeholders

    @classmethod
    def get_context(cls, records, header, data):
        pool = Pool()
        Finding = pool.get('fire.finding')
        context = super().get_context(records, header, data)
        for _ in records:
            total = context['total']
            names = dict(
                Finding.fields_get(['severity'])['severity']['selection'])
            context['severity_bars'] = drawing.bars(
                [
                    drawing.Bar(names[severity], number, COLORS[severity])
                    for severity, number in reversed(total.severities)],
                '#374151', TRACK)
            context['compliance'] = total.compliance or Decimal(0)
            context['ring_color'] = {
                'favourable': GOOD,
                'favourable_with_defects': WARNING,
                'unfavourable': BAD,
                }[total.result]
        context['ring'] = drawing.ring
        context['track'] = TRACK
        return context

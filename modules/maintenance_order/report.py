# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import io
import json
from collections import defaultdict

from pypdf import PdfWriter

from trytond.modules.report_html.declaration import Block, Column, Text
from trytond.modules.report_html.report import HTMLReport
from trytond.pool import Pool
from trytond.transaction import without_check_access

from .visit_decision import steps_text


class WorkReport(HTMLReport):
    """The paper of a visit

    Once signed, what is printed is the paper that was signed.
    """
    __name__ = 'maintenance.visit.work_report'

    blocks = [
        Block('tasks', 'maintenance_order.msg_block_tasks'),
        Block('work_done', 'maintenance_order.msg_block_work_done'),
        Block('photos', 'maintenance_order.msg_block_photos'),
        Block('readings', 'maintenance_order.msg_block_readings'),
        Block('checklists', 'maintenance_order.msg_block_checklists'),
        Block('lines', 'maintenance_order.msg_block_lines'),
        Block(
            'recommendations',
            'maintenance_order.msg_block_recommendations'),
        Block('signature', 'maintenance_order.msg_block_signature'),
        ]
    columns = [
        Column('payer', 'maintenance_order.msg_column_payer'),
        Column('price', 'maintenance_order.msg_column_price'),
        ]
    texts = [
        Text('title', 'maintenance_order.msg_text_title',
            'maintenance_order.msg_text_title_default'),
        Text('conditions', 'maintenance_order.msg_text_conditions',
            'maintenance_order.msg_text_conditions_default'),
        ]
    placeholders = {
        'number': 'number',
        'customer': 'party.name',
        'site': 'site.name',
        }

    @classmethod
    def _execute(cls, records, header, data, action):
        stored = {r.id: cls._stored_paper(r) for r in records or []}
        if not any(stored.values()):
            return super()._execute(records, header, data, action)
        papers = [
            stored[r.id]
            or super(WorkReport, cls)._execute([r], header, data, action)[1]
            for r in records]
        if len(papers) == 1:
            return 'pdf', papers[0]
        writer = PdfWriter()
        for paper in papers:
            writer.append(io.BytesIO(paper))
        output = io.BytesIO()
        writer.write(output)
        return 'pdf', output.getvalue()

    @classmethod
    def _stored_paper(cls, visit):
        "Return the paper which was signed"
        return bytes(visit.report) if visit.report else None

    @classmethod
    def _shows_prices(cls, visit):
        "Whether the paper tells who pays what"
        return visit.party.work_report_detail == 'full'

    @classmethod
    def get_context(cls, records, header, data):
        context = super().get_context(records, header, data)
        visits = list(records or [])
        context['unit_price'] = cls._get_unit_price
        context['priced'] = {v.id: cls._shows_prices(v) for v in visits}
        with without_check_access():
            context['reasons'] = cls._get_reasons(visits)
            context['totals'] = {v.id: cls._get_totals(v) for v in visits}
            context['photos'] = cls._get_photos(visits)
            context['technicians'] = {
                v.id: ', '.join(e.party.name for e in v.team) for v in visits}
            context['defects'] = cls._get_defects(visits)
        return context

    @classmethod
    def _get_unit_price(cls, share):
        """Return the price of one unit, as the amount comes of it

        What nobody is charged shows what it would have cost.
        """
        return share.unit_price if share.amount else share.list_price

    @classmethod
    def _get_defects(cls, visits):
        "Return by checklist what was found wrong, and where"
        pool = Pool()
        Element = pool.get('checklist.element')
        Question = pool.get('checklist.question')
        return {
            c.id: [
                f'{Element(f.element).rec_name}: '
                f'{Question(f.question).text}'
                for f in c.get_score().findings]
            for v in visits for c in v.checklists}

    @classmethod
    def _get_photos(cls, visits):
        return {
            v.id: [p for p in v.photos if p.printed and p.picture]
            for v in visits}

    @classmethod
    def _get_reasons(cls, visits):
        "Return by share why its payer pays, in short"
        pool = Pool()
        Share = pool.get('maintenance.visit.share')
        shares = [s for v in visits for s in v.shares]
        steps = {
            s.id: [
                step for step in json.loads(s.trace or '[]')
                if step['code'] not in {
                    'customer', 'internal', 'override', 'no_charge'}]
            for s in shares}
        sources = Share._sources(
            step for found in steps.values() for step in found)
        names = {k: Share._source_name(r) for k, r in sources.items()}
        parties = {k: Share._source_party(r) for k, r in sources.items()}

        def concerns(share, step):
            # The contract of who had the machine before is not for others.
            source = step.get('source')
            return (
                source == str(share.source)
                or parties.get(source) in {
                    None, share.visit.party, share.payer})

        return {
            s.id: steps_text(
                [step for step in steps[s.id] if concerns(s, step)], names)
            for s in shares}

    @classmethod
    def _get_totals(cls, visit):
        "Return what each payer pays and what others cover"
        charged, covered = defaultdict(int), defaultdict(int)
        for share in visit.shares:
            if share.payer and share.amount:
                charged[share.payer] += share.amount
            elif not share.amount and share.list_amount:
                covered[share.payer_kind] += share.list_amount
        labels = dict(
            Pool().get('maintenance.visit.share').fields_get(
                ['payer_kind'])['payer_kind']['selection'])
        return {
            'charged': [(p.name, amount) for p, amount in charged.items()],
            'covered': [
                (labels[kind], amount) for kind, amount in covered.items()],
            }


class FailedNote(HTMLReport):
    """The note which is left when nobody could work

    It tells that we came, when, and why nothing was done.
    """
    __name__ = 'maintenance.visit.failed_note'

    texts = [
        Text('title', 'maintenance_order.msg_text_title',
            'maintenance_order.msg_note_title_default'),
        Text('conditions', 'maintenance_order.msg_text_conditions',
            'maintenance_order.msg_note_conditions_default'),
        ]
    placeholders = {
        'number': 'number',
        'customer': 'party.name',
        'site': 'site.name',
        }

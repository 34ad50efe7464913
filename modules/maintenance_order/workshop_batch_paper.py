# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The papers with which the units of a batch travel."""
from trytond.i18n import gettext
from trytond.modules.report_html.declaration import Text
from trytond.modules.report_html.report import HTMLReport
from trytond.pool import Pool
from trytond.transaction import without_check_access

from .exceptions import WorkshopBatchError


class _BatchReport(HTMLReport):
    "What the papers of a batch have in common"

    placeholders = {
        'number': 'number',
        }

    @classmethod
    def get_context(cls, records, header, data):
        context = super().get_context(records, header, data)
        with without_check_access():
            context['customers'] = {
                b.id: b.by_customer for b in records or []}
        return context


class WorkshopBatchList(_BatchReport):
    """The list for the van: which unit of whom is fetched where

    Printed when the units go home, it tells which loan units come back.
    """
    __name__ = 'maintenance.workshop.batch.list'

    texts = [
        Text('title', 'maintenance_order.msg_text_title',
            'maintenance_order.msg_batch_list_title_default'),
        Text('conditions', 'maintenance_order.msg_text_conditions',
            'maintenance_order.msg_batch_list_conditions_default'),
        ]


class WorkshopBatchNote(_BatchReport):
    """What each customer signs and keeps: a paper for each, in his language

    Printed when the units go home, it tells how they passed.
    """
    __name__ = 'maintenance.workshop.batch.note'

    texts = [
        Text('title', 'maintenance_order.msg_text_title',
            'maintenance_order.msg_batch_note_title_default'),
        Text('conditions', 'maintenance_order.msg_text_conditions',
            'maintenance_order.msg_batch_note_conditions_default'),
        ]

    @classmethod
    def get_party(cls, record, data):
        Party = Pool().get('party.party')
        if 'customer' in data:
            return Party(data['customer'])
        return super().get_party(record, data)

    @classmethod
    def _execute(cls, records, header, data, action):
        papers = []
        with without_check_access():
            for record in records or []:
                customers = [p.id for p, _ in record.by_customer]
                if not customers:
                    raise WorkshopBatchError(gettext(
                            'maintenance_order.msg_batch_note_empty',
                            batch=record.rec_name))
                papers += [(record, c) for c in customers]
        pages = [
            cls._make_page(record, header, {**data, 'customer': c}, action)
            for record, c in papers]
        return cls._bind(pages, action)

    @classmethod
    def get_context(cls, records, header, data):
        context = super().get_context(records, header, data)
        if 'customer' in data:
            context['customers'] = {
                batch: [c for c in found if c[0].id == data['customer']]
                for batch, found in context['customers'].items()}
        return context

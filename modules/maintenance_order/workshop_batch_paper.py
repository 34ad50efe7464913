# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The papers with which the units of a batch travel."""
from trytond.modules.report_html.declaration import Text
from trytond.modules.report_html.report import HTMLReport
from trytond.transaction import without_check_access


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
    """What each customer signs and keeps: a page for each of them

    Printed when the units go home, it tells how they passed.
    """
    __name__ = 'maintenance.workshop.batch.note'

    texts = [
        Text('title', 'maintenance_order.msg_text_title',
            'maintenance_order.msg_batch_note_title_default'),
        Text('conditions', 'maintenance_order.msg_text_conditions',
            'maintenance_order.msg_batch_note_conditions_default'),
        ]

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What an invoice charges, by site and visit, to go with it."""
from decimal import Decimal

from trytond.modules.report_html.declaration import Text
from trytond.modules.report_html.report import HTMLReport
from trytond.pool import Pool
from trytond.transaction import without_check_access


class InvoiceAnnex(HTMLReport):
    """The works of an invoice with a subtotal for each site

    What charges no visit stands at the end, so that the total is that of the
    invoice before taxes.
    """
    __name__ = 'maintenance.invoice.annex'

    texts = [
        Text('title', 'maintenance_order.msg_text_title',
            'maintenance_order.msg_annex_title_default'),
        Text('conditions', 'maintenance_order.msg_text_conditions',
            'maintenance_order.msg_annex_conditions_default'),
        ]
    placeholders = {
        'number': 'number',
        'customer': 'party.name',
        }

    @classmethod
    def get_context(cls, records, header, data):
        context = super().get_context(records, header, data)
        with without_check_access():
            context['parts'] = {i.id: _parts(i) for i in records or []}
        return context


def _parts(invoice):
    """Return the sites with their subtotal and visits

    Each visit comes with its orders and lines; the site of what charges no
    visit is None.
    """
    pool = Pool()
    Share = pool.get('maintenance.visit.share')
    sites = {}
    for line in invoice.lines:
        if line.type != 'line':
            continue
        share = line.origin if isinstance(line.origin, Share) else None
        visit = share.visit if share else None
        part = sites.setdefault(visit.site if visit else None, {
                'visits': {}, 'subtotal': Decimal(0)})
        part['visits'].setdefault(visit, []).append({
                'what': line.product.name if line.product else (
                    share.line.description if share else line.description),
                'note': share.line.description if share else None,
                'quantity': line.quantity,
                'unit': line.unit,
                'unit_price': line.unit_price,
                'digits': max(
                    invoice.currency.digits,
                    -line.unit_price.normalize().as_tuple().exponent),
                'amount': line.amount,
                })
        part['subtotal'] += line.amount

    def rank(site):
        return site is None, site.rec_name if site else ''

    return [{
            'site': site,
            'subtotal': sites[site]['subtotal'],
            'visits': [{
                    'visit': visit,
                    'orders': ', '.join(
                        filter(None, (
                                o.rec_name for o in visit.orders)))
                    if visit else '',
                    'lines': lines,
                    } for visit, lines in sorted(
                        sites[site]['visits'].items(),
                        key=lambda v: (v[0].date, v[0].id) if v[0] else ())],
            } for site in sorted(sites, key=rank)]

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Titles and subtotals on the invoice itself, by site or by order.

Upper modules add what else lines are put together by with
``_subtotal_part``.
"""
from collections import defaultdict
from contextlib import nullcontext
from itertools import groupby

from trytond.i18n import gettext
from trytond.model import fields
from trytond.pool import Pool, PoolMeta
from trytond.transaction import Transaction

from .invoicing_generation import generated


class Party(metaclass=PoolMeta):
    __name__ = 'party.party'

    work_subtotals = fields.Selection([
            (None, ""),
            ('site', "Site"),
            ('order', "Order"),
            ], "Subtotals of Work", sort=False,
        help="What the lines of an invoice for work are put together by, with "
        "a title and a subtotal each.\n"
        "Leave empty to list them by date.")


class VisitShare(metaclass=PoolMeta):
    __name__ = 'maintenance.visit.share'

    @property
    def _subtotal_part(self):
        "Return the record under whose title the share stands, a site say"
        by = self.payer.work_subtotals if self.payer else None
        if by == 'site':
            return self.visit.site
        elif by == 'order':
            task = self.line.the_task
            return task.order if task else None

    def _invoicing_order(self):
        order = super()._invoicing_order()
        if not self.payer.work_subtotals:
            return order
        part = self._subtotal_part
        if part is None:
            # What belongs to none of them stands at the end.
            return True, '', 0, *order
        return False, part.rec_name, part.id, *order

    @classmethod
    def settle(cls, lines):
        parts = cls._subtotal_parts(lines)
        super().settle(lines)
        if parts:
            cls._create_subtotals(parts)

    @classmethod
    def _subtotal_parts(cls, lines):
        "Return by invoice its lines with the part to which each belongs"
        parts = defaultdict(list)
        # Most customers want none: their shares are not read again.
        wanted = {
            origin: line for origin, line in lines.items()
            if origin.startswith(f'{cls.__name__},')
            and line.invoice.party.work_subtotals}
        for share in cls.browse([
                    int(origin.split(',')[1]) for origin in wanted]):
            line = wanted[str(share)]
            parts[line.invoice].append((line, share._subtotal_part))
        return parts

    @classmethod
    def _create_subtotals(cls, parts):
        """Put a title before and a subtotal after the lines of each part

        They have the number of the line that they follow, and come after it
        because they are younger: so no line needs another number.
        """
        pool = Pool()
        Line = pool.get('account.invoice.line')
        to_create = []
        for invoice, members in parts.items():
            if len({part for _, part in members}) < 2:
                continue
            members.sort(key=lambda m: (m[0].sequence or 0, m[0].id))
            place = 0
            for part, rows in groupby(members, key=lambda m: m[1]):
                *_, (last, _) = rows
                to_create.append(
                    cls._subtotal_values(invoice, 'title', part, place))
                place = last.sequence or 0
                to_create.append(
                    cls._subtotal_values(invoice, 'subtotal', part, place))
        if not to_create:
            return
        value = generated()
        with value.store() if value else nullcontext():
            Line.create(to_create)

    @classmethod
    def _subtotal_values(cls, invoice, type_, part, place):
        lang = invoice.party.lang
        language = lang.code if lang else Transaction().language
        if part is None:
            text = gettext(
                'maintenance_order.msg_invoice_part_other', language)
        elif reference := cls._part_reference(part):
            text = gettext(
                'maintenance_order.msg_invoice_part_reference',
                language, part=part.rec_name, reference=reference)
        else:
            text = part.rec_name
        if type_ == 'subtotal':
            text = gettext(
                'maintenance_order.msg_invoice_part_subtotal',
                language, part=text)
        return {
            'invoice': invoice.id,
            'company': invoice.company.id,
            'currency': invoice.currency.id,
            'invoice_type': None,
            'type': type_,
            'sequence': place,
            'description': text,
            'is_work_part': True,
            }

    @classmethod
    def _part_reference(cls, part):
        "Return what the customer calls the part in his books"
        for name in ['customer_reference', 'cost_centre']:
            if reference := getattr(part, name, None):
                return reference
        return None


class Site(metaclass=PoolMeta):
    __name__ = 'maintenance.site'

    cost_centre = fields.Char(
        "Cost Centre",
        help="What the customer calls the site in his books, printed beside "
        "its subtotal.")


class InvoiceLine(metaclass=PoolMeta):
    __name__ = 'account.invoice.line'

    is_work_part = fields.Boolean(
        "Title or Subtotal of Work", readonly=True,
        states={
            'invisible': True,
            },
        help="It puts lines together and is made anew with them.")


class Invoice(metaclass=PoolMeta):
    __name__ = 'account.invoice'

    @classmethod
    def _charges(cls, invoice):
        charges, others = super()._charges(invoice)
        return charges, [l for l in others if not l.is_work_part]

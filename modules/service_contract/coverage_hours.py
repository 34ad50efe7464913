# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Cover only some hours, and charge the call-out by a formula."""
from dataclasses import replace
from decimal import Decimal

from trytond.i18n import gettext
from trytond.model import fields
from trytond.modules.product import round_price
from trytond.modules.service_pricing.gathering import Circumstances, span_of
from trytond.pool import PoolMeta
from trytond.pyson import Eval


class CoverageRule(metaclass=PoolMeta):
    __name__ = 'service.contract.coverage.rule'

    band = fields.Many2One(
        'service.time.band', "Time Band", ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        help="The rule is for these hours. Of work that goes over others too "
        "only the part within is covered. Leave empty for all.")
    call_out = fields.Many2One(
        'service.call_out', "Call-Out", ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        states={
            'invisible': Eval('price_source') != 'call_out',
            'required': Eval('price_source') == 'call_out',
            },
        help="The formula by which the call-out is charged.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.price_source.selection.append(('call_out', "Call-Out Formula"))

    @classmethod
    def _matching(cls):
        return [*super()._matching(), 'band']

    def paid_in_words(self):
        if self.price_source == 'call_out':
            return gettext(
                'service_contract.msg_rule_call_out',
                call_out=self.call_out.rec_name)
        return super().paid_in_words()

    def answer(self, candidate, visit, line, gathered):
        found = super().answer(candidate, visit, line, gathered)
        if found is None or not (
                self.band or self.price_source == 'call_out'):
            return found
        candidate, part = found
        company = self.coverage.company
        if company not in gathered:
            gathered[company] = Circumstances(company)
        circumstances = gathered[company]
        if self.band:
            bands = dict(circumstances.bands(*span_of(visit, line)))
            part *= bands.get(self.band.id, Decimal(0))
        if self.price_source == 'call_out':
            # A case that nobody planned is on no trip.
            price = circumstances.call_out(
                self.call_out, visit if visit.id >= 0 else None, visit.site)
            if line.kind != 'call_out' or price is None:
                return None
            candidate = replace(candidate, unit_price=round_price(price))
        return candidate, part

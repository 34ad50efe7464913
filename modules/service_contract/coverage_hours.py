# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Cover only some hours, and charge the call-out by a formula."""
from dataclasses import replace

from trytond.i18n import gettext
from trytond.model import fields
from trytond.modules.product import round_price
from trytond.modules.service_pricing.gathering import Circumstances
from trytond.pool import PoolMeta
from trytond.pyson import Eval

from .coverage import ALL


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

    @classmethod
    def hours_of(cls, rules, visit, line, gathered):
        if not any(r.band for r in rules):
            return super().hours_of(rules, visit, line, gathered)
        circumstances = _circumstances(rules[0].coverage.company, gathered)
        return {
            band or ALL: part
            for band, part in circumstances.bands_of(visit, line)
            if part}

    def hours_within(self, hours):
        hours = super().hours_within(hours)
        if self.band:
            hours = {b: p for b, p in hours.items() if b == self.band.id}
        return hours

    def answer(self, candidate, visit, line, gathered):
        candidate = super().answer(candidate, visit, line, gathered)
        if candidate is None or self.price_source != 'call_out':
            return candidate
        # A case that nobody planned is on no trip.
        price = _circumstances(self.coverage.company, gathered).call_out(
            self.call_out, visit if visit.id >= 0 else None, visit.site)
        if line.kind != 'call_out' or price is None:
            return None
        return replace(candidate, unit_price=round_price(price))


def _circumstances(company, gathered):
    if company not in gathered:
        gathered[company] = Circumstances(company)
    return gathered[company]

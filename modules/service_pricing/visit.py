# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The prices of what customers pay of visits, with the reason kept."""
import json
from decimal import Decimal

from trytond.model import fields
from trytond.modules.maintenance_order.decision import (
    PRIORITY_PRICE, Candidate)
from trytond.modules.product import round_price
from trytond.pool import PoolMeta
from trytond.transaction import Transaction

from .explaining import explain
from .gathering import price_visits


class Visit(metaclass=PoolMeta):
    __name__ = 'maintenance.visit'

    @classmethod
    def decide(cls, visits, state='preview'):
        with Transaction().set_context(_price_traces={}):
            super().decide(visits, state=state)

    @classmethod
    def _decision_candidates(cls, visits):
        candidates = super()._decision_candidates(visits)
        traces = Transaction().context.get('_price_traces', {})
        # Cases which nobody visited have no price: they ask who pays.
        visits = [v for v in visits if v.id is not None and v.id >= 0]
        prices = price_visits(visits)
        for visit in visits:
            for line in visit.lines:
                if line.id not in prices:
                    continue
                price, rule, steps = prices[line.id]
                traces[line.id] = steps
                if line.discount:
                    price = round_price(price * (1 - line.discount))
                candidates.setdefault(visit.id, []).append(Candidate(
                        'customer',
                        source=(
                            f'service.price.rule,{rule}' if rule else None),
                        priority=PRIORITY_PRICE, unit_price=Decimal(price),
                        lines=frozenset([line.id])))
        return candidates


class VisitShare(metaclass=PoolMeta):
    __name__ = 'maintenance.visit.share'

    price_trace = fields.Text(
        "Price Trace", readonly=True,
        help="How the price came about, as JSON codes.")
    price_explanation = fields.Function(fields.Text(
            "Price Explanation",
            help="How the price came about, in words."),
        'get_price_explanation')

    @classmethod
    def _get_source(cls):
        return super()._get_source() + ['service.price.rule']

    @classmethod
    def preprocess_values(cls, mode, values):
        values = super().preprocess_values(mode, values)
        traces = Transaction().context.get('_price_traces')
        if (mode == 'create' and traces
                and values.get('payer_kind') == 'customer'
                and not values.get('override_reason')):
            steps = traces.get(values.get('line'))
            if steps:
                values['price_trace'] = json.dumps(steps, ensure_ascii=False)
        return values

    @classmethod
    def get_price_explanation(cls, shares, name):
        steps = {s.id: json.loads(s.price_trace or '[]') for s in shares}
        texts = explain(list(steps.values()))
        return dict(zip(steps, texts))

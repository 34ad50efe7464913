# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The steps to a price in words of the language of the reader."""
from decimal import Decimal

from trytond.i18n import gettext
from trytond.pool import Pool
from trytond.transaction import without_check_access


@without_check_access
def explain(traces):
    "Return for each list of steps its text, a line for each step"
    return [
        '\n'.join(filter(None, texts))
        for texts in explain_steps(traces)]


@without_check_access
def explain_steps(traces):
    pool = Pool()
    Band = pool.get('service.time.band')
    PriceRule = pool.get('service.price.rule')
    Role = pool.get('service.role')
    steps = [step for trace in traces for step in trace]
    rules = _by_id(PriceRule, {s.get('rule') for s in steps})
    bands = _by_id(Band, {s.get('band') for s in steps})
    roles = _by_id(Role, {s.get('role') for s in steps})
    layers = dict(
        PriceRule.fields_get(['layer'])['layer']['selection'])
    return [
        [_text(step, rules, bands, roles, layers) for step in trace]
        for trace in traces]


def _by_id(Model, ids):
    # Who deleted a rule did not delete what it did.
    return {
        r.id: r for r in Model.search([
                ('id', 'in', [i for i in ids if i is not None]),
                ('active', 'in', [True, False]),
                ])}


def _text(step, rules, bands, roles, layers):
    arguments = {
        k: _number(step.get(k))
        for k in ['price', 'before', 'basis', 'factor', 'amount', 'quantity',
            'charged', 'part']
        if k != 'basis' or step['code'] != 'no_basis'}
    rule = rules.get(step.get('rule'))
    band = bands.get(step.get('band'))
    role = roles.get(step.get('role'))
    arguments['rule'] = rule.name if rule else ''
    arguments['layer'] = layers.get(step.get('layer'), '')
    arguments['band'] = band.name if band else ''
    arguments['role'] = role.name if role else ''
    code = step['code']
    if code == 'list' and 'layer' in step:
        code = 'layer_list'
    if code == 'band' and not band:
        code = 'band_none'
    if code == 'role' and not role:
        code = 'role_none'
    if code == 'list' and step.get('price') is None:
        code = 'list_unknown'
    return gettext(f'service_pricing.msg_step_{code}', **arguments)


def _number(text):
    pool = Pool()
    Lang = pool.get('ir.lang')
    if text in {None, ''}:
        return ''
    value = Decimal(f'{Decimal(text).normalize():f}')
    return Lang.get().format_number(value)

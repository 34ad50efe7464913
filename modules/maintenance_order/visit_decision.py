# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Gather the lines of visits and who may pay them, and store the shares."""
import datetime as dt
import json
from collections import defaultdict
from decimal import Decimal
from itertools import groupby

from trytond.i18n import gettext
from trytond.model import ModelStorage
from trytond.modules.product import price_digits
from trytond.pool import Pool
from trytond.tools import grouped_slice
from trytond.transaction import (
    Transaction, record_cache_size, without_check_access)

from .agreement import agree, concede, hold_back
from .decision import (
    ONE, PRIORITY_NO_CHARGE, PRIORITY_OVERRIDE, PRIORITY_WARRANTY,
    QUANTITY_DIGITS, ZERO, Candidate, Line, decide)
from .exceptions import NoChargeLimitError

# What each part of a warranty covers.
WARRANTY_KINDS = {
    'labour': frozenset(['work', 'remote', 'wait']),
    'parts': frozenset(['material']),
    'travel': frozenset(['travel', 'distance', 'call_out']),
    }


class DecisionMixin:
    __slots__ = ()

    @classmethod
    @without_check_access
    def decide(cls, visits, state='preview'):
        """Decide anew who pays the lines of the visits

        Lines with an invoiced share keep their shares.
        """
        visits = sorted(
            cls._may_decide(cls.browse(visits)), key=lambda v: (
                v.company.id, str(v.date or ''), v.id))
        old = [s for v in visits for s in v.shares]
        invoiced = {s.line.id for s in old if s.invoice_line}
        overrides = {
            s.line.id: s for s in old
            if s.override_reason and s.line.id not in invoiced}
        candidates = cls._decision_candidates(visits)
        values = defaultdict(list)
        for company, company_visits in groupby(
                visits, key=lambda v: v.company):
            company_visits = list(company_visits)
            lines, records = [], []
            for visit in company_visits:
                found = list(candidates.get(visit.id, []))
                for line in visit.lines:
                    if line.id in invoiced:
                        continue
                    records.append(line)
                    lines.append(cls._decision_line(visit, line))
                    if line.id in overrides:
                        found.append(_override(overrides[line.id]))
                candidates[visit.id] = found
            states = {
                v.id: 'decided' if v.state in {'posted', 'failed'} else state
                for v in company_visits}
            shares = decide(
                lines, candidates, rounding=company.currency.round)
            shares = agree(
                shares, {line.id: line.kind for line in lines},
                cls._agreements([
                        l for l in records if l.id not in overrides]),
                company.currency.digits, company.currency.round,
                price_digits=price_digits[1])
            for share in _objections(
                    shares, records, company.currency.digits):
                values[share.line].append(_values(
                        share, company, states[share.visit],
                        overrides.get(share.line)))
        cls._store_shares(
            [s for s in old if s.line.id not in invoiced], values)

    @classmethod
    def _store_shares(cls, old, values):
        "Replace the old shares by the values of each line, if they differ"
        pool = Pool()
        Share = pool.get('maintenance.visit.share')
        by_line = defaultdict(list)
        for share in sorted(old, key=lambda s: s.id):
            by_line[share.line.id].append(share)
        to_delete, to_create = [], []
        to_write = defaultdict(list)
        for line_id, shares in by_line.items():
            new = values.get(line_id, [])
            if len(shares) == len(new) and all(map(_is_same, shares, new)):
                # Most posted visits were shown before as they are.
                for share, value in zip(shares, values.pop(line_id)):
                    if share.state != value['state']:
                        to_write[value['state']].append(share)
            else:
                to_delete.extend(shares)
        for new in values.values():
            to_create.extend(new)
        Share.delete(to_delete)
        for state, shares in to_write.items():
            Share.write(shares, {'state': state})
        Share.create(to_create)

    @classmethod
    def _may_decide(cls, visits):
        "Return the visits of which it is not settled for good who pays"
        return list(visits)

    @classmethod
    def _agreements(cls, lines):
        "Return what was agreed about the price of the lines"
        return []

    @classmethod
    def _decision_line(cls, visit, line):
        task = line.the_task
        equipment = line.the_equipment
        product = line.product
        customer = task.payer if task else visit.party
        return Line(
            id=line.id,
            visit=visit.id,
            kind=line.kind,
            date=visit.date,
            quantity=Decimal(str(line.quantity)),
            list_price=line.get_list_price(),
            discount=line.discount or ZERO,
            customer=customer.id,
            task=task.id if task else None,
            task_kind=task.kind if task else None,
            equipment=equipment.id if equipment else None,
            product=product.id if product else None,
            categories=frozenset(
                c.id for c in product.categories_all) if product
            else frozenset(),
            currency_digits=visit.company.currency.digits)

    @classmethod
    def _decision_candidates(cls, visits):
        """Return by visit id who may pay in place of the customer

        To be extended by the modules which know more of them: contracts,
        banks, prices.  All the visits at once, so that it takes few queries.
        """
        candidates = defaultdict(list)
        for visit in visits:
            if visit.no_charge_reason:
                candidates[visit.id].append(Candidate(
                        'goodwill', source=str(visit),
                        label=visit.no_charge_reason,
                        priority=PRIORITY_NO_CHARGE))
        for visit_id, found in cls._warranty_candidates(visits).items():
            candidates[visit_id].extend(found)
        return candidates

    @classmethod
    def _warranty_candidates(cls, visits):
        pool = Pool()
        Warranty = pool.get('maintenance.warranty')
        equipments = defaultdict(set)
        for visit in visits:
            for line in visit.lines:
                if line.the_equipment:
                    equipments[line.the_equipment.id].add(visit.id)
        candidates = defaultdict(list)
        for sub_ids in grouped_slice(
                list(equipments), record_cache_size(Transaction())):
            for warranty in Warranty.search([
                        ('equipment', 'in', list(sub_ids)),
                        ]):
                for candidate in _warranty_parts(warranty):
                    for visit_id in equipments[warranty.equipment.id]:
                        candidates[visit_id].append(candidate)
        return candidates

    @classmethod
    def get_summary(cls, visits, name):
        pool = Pool()
        Share = pool.get('maintenance.visit.share')
        shares = defaultdict(list)
        with without_check_access():
            for visit in visits:
                shares[visit.id].extend(visit.shares)
            sentences = Share.sentences(
                [s for v in visits for s in shares[v.id]])
            return {v.id: sentences.get(v.id) for v in visits}

    @classmethod
    @without_check_access
    def give_away(cls, visits, reason):
        "Charge nothing of the visits, which somebody decided"
        pool = Pool()
        User = pool.get('res.user')
        visits = cls.browse(visits)
        for visit in visits:
            visit._check_no_charge()
        employee = User(Transaction().user).employee
        cls.write(visits, {
                'no_charge_reason': reason,
                'no_charge_by': employee.id if employee else None,
                })
        cls.decide(visits)

    @without_check_access
    def _check_no_charge(self):
        """Refuse to give away more than the user may

        Service managers have no limit, the others that of the configuration.
        """
        pool = Pool()
        Configuration = pool.get('maintenance.configuration')
        Lang = pool.get('ir.lang')
        ModelData = pool.get('ir.model.data')
        User = pool.get('res.user')
        manager = ModelData.get_id(
            'maintenance_equipment', 'group_service_manager')
        if not Transaction().user or manager in User.get_groups():
            return
        limit = Configuration(1).get_multivalue(
            'no_charge_limit', company=self.company.id) or ZERO
        value = sum((s.list_amount or ZERO for s in self.shares), ZERO)
        unknown = any(s.list_amount is None for s in self.shares)
        if value > limit or unknown:
            lang = Lang.get()
            currency = self.company.currency
            raise NoChargeLimitError(gettext(
                    'maintenance_order.msg_no_charge_limit',
                    visit=self.rec_name,
                    value=lang.currency(value, currency),
                    limit=lang.currency(limit, currency)))


def _objections(shares, lines, digits):
    "Keep apart, or give away, what the customer did not agree with"
    objections = {
        l.id: Decimal(str(l.disputed_quantity)) for l in lines
        if l.disputed_quantity and l.dispute_outcome != 'charged'}
    conceded = {
        l.id: l.dispute_answer for l in lines
        if l.dispute_outcome == 'conceded'}
    for share in hold_back(shares, objections, digits):
        if share.disputed and share.line in conceded:
            share = concede(share, conceded[share.line] or '')
        yield share


def _warranty_parts(warranty):
    payer = warranty.provider.id if warranty.provider else None
    for part, kinds in WARRANTY_KINDS.items():
        rate = getattr(warranty, f'{part}_rate')
        if not rate:
            continue
        yield Candidate(
            'warranty', source=str(warranty),
            priority=PRIORITY_WARRANTY,
            percentage=Decimal(rate),
            payer=payer,
            unit_price=None if payer else ZERO,
            equipments=frozenset([warranty.equipment.id]),
            line_kinds=kinds,
            from_date=warranty.start_date,
            to_date=getattr(warranty, f'{part}_end_date'))


def _override(share):
    return Candidate(
        share.payer_kind, source=str(share.source) if share.source else None,
        label=share.override_reason,
        priority=PRIORITY_OVERRIDE, percentage=ONE,
        unit_price=share.unit_price,
        payer=share.payer.id if share.payer else None,
        lines=frozenset([share.line.id]))


def _values(share, company, state, override):
    return {
        'line': share.line,
        'visit': share.visit,
        'company': company.id,
        'payer_kind': share.payer_kind,
        'payer': share.payer,
        'quantity': share.quantity,
        'list_price': share.list_price,
        'list_amount': share.value,
        'unit_price': share.unit_price,
        'amount': share.amount,
        'source': share.source,
        'consumed': round(share.consumed, QUANTITY_DIGITS) or None,
        'trace': json.dumps(
            [{'code': code, **dict(arguments)}
                for code, arguments in share.trace],
            ensure_ascii=False),
        'override_reason': override.override_reason if override else None,
        'override_by': (
            override.override_by.id
            if override and override.override_by else None),
        'disputed': share.disputed,
        'state': state,
        }


def _is_same(share, values):
    "Whether the share says what the values say, whatever its state"
    for name, value in values.items():
        if name == 'state':
            continue
        stored = getattr(share, name)
        if isinstance(stored, ModelStorage):
            stored = str(stored) if name == 'source' else stored.id
        if name == 'disputed':
            stored = bool(stored)
        if stored != value:
            return False
    return True


def steps_text(steps, names):
    "Return the steps of a trace in words of the language of the context"
    return '\n'.join(
        _step_text(step, names, alone=len(steps) == 1) for step in steps)


def _step_text(step, names, alone):
    pool = Pool()
    Lang = pool.get('ir.lang')
    Line = pool.get('maintenance.visit.line')
    Task = pool.get('maintenance.order.task')
    lang = Lang.get()
    code = step['code']
    arguments = {k: v for k, v in step.items() if k != 'code'}
    arguments['source'] = (
        names.get(arguments.get('source')) or arguments.get('label') or '')
    if 'date' in arguments:
        arguments['date'] = lang.strftime(
            dt.date.fromisoformat(arguments['date']))
    for name in {
            'quantity', 'percentage', 'consumed', 'amount', 'used'
            } & arguments.keys():
        # Without idle zeros, nor the exponent of round hundreds.
        value = Decimal(f'{Decimal(arguments[name]).normalize():f}')
        arguments[name] = lang.format_number(value)
    if 'kind' in arguments:
        Model = Line if code == 'line_kind' else Task
        selection = dict(Model.fields_get(['kind'])['kind']['selection'])
        arguments['kind'] = selection.get(arguments['kind'], '')
    if code == 'customer' and alone:
        code = 'customer_all'
    return gettext(f'maintenance_order.msg_trace_{code}', **arguments)

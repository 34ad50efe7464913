# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The prices which the customer accepts before the work begins."""
import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.model.exceptions import AccessError
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Bool, Eval
from trytond.transaction import Transaction, without_check_access
from trytond.wizard import Button, StateTransition, StateView, Wizard

from .agreement import agree
from .decision import decide
from .exceptions import PriceSheetError
from .visit_posting import TIME_KINDS

# What the sheet tells, in the order of the paper.
SHEET_KINDS = ['call_out', 'distance', 'travel', 'work']
# What the customer put his name to.
ACCEPTED = [
    'start_prices', 'start_signer', 'start_signature', 'start_signed_at']


@dataclass(slots=True)
class Probe:
    """One thing whose price is asked: what it is called, and its line

    part tells of which hours, if others have their own price; note what more
    there is to say of the price.
    """
    label: str
    line: object
    part: str = ''
    note: str = ''


class Visit(metaclass=PoolMeta):
    __name__ = 'maintenance.visit'

    _start_states = {
        'readonly': True,
        'invisible': ~Eval('start_signed_at'),
        }

    start_prices = fields.Text(
        "Accepted Prices", readonly=True, states=_start_states,
        help="The prices as the customer read them before the work.")
    start_signer = fields.Char(
        "Accepted by", readonly=True, states=_start_states,
        help="Who accepted the prices for the customer.")
    start_signature = fields.Binary(
        "Start Signature", readonly=True, states=_start_states,
        help="The signature under the prices as a picture.")
    start_signed_at = fields.DateTime(
        "Accepted at", readonly=True, states=_start_states,
        help="When the customer accepted the prices.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons.update({
                'accept_prices': {
                    'invisible': (
                        ~Eval('state').in_(['planned', 'in_progress'])
                        | Bool(Eval('start_signed_at'))),
                    'icon': 'maintenance_order-sign',
                    'depends': ['state', 'start_signed_at'],
                    },
                })

    @classmethod
    def check_modification(cls, mode, visits, values=None, external=False):
        super().check_modification(
            mode, visits, values=values, external=external)
        if external and (
                any(v.start_signed_at or v.start_signature for v in visits)
                if mode == 'create'
                else mode == 'write' and values.keys() & set(ACCEPTED)):
            raise AccessError(gettext(
                    'maintenance_order.msg_price_sheet_modify',
                    visit=visits[0].rec_name))

    @classmethod
    def copy(cls, visits, default=None):
        default = default.copy() if default is not None else {}
        for name in ACCEPTED:
            default.setdefault(name)
        return super().copy(visits, default=default)

    def correction(self):
        "What was accepted before the work holds for the new report too"
        visit = super().correction()
        if self.start_signed_at:
            with without_check_access():
                self.__class__.write([visit], {
                        name: getattr(self, name) for name in ACCEPTED})
        return visit

    @classmethod
    @ModelView.button_action('maintenance_order.wizard_visit_accept_prices')
    def accept_prices(cls, visits):
        pass

    @without_check_access
    def price_sheet(self):
        "Return the prices of the visit in words, as they would be charged"
        pool = Pool()
        Lang = pool.get('ir.lang')
        lang = Lang.get()
        currency = self.company.currency
        rows = [
            gettext('maintenance_order.msg_price_sheet_agreed',
                order=order.number, kind=order.agreed_kind_string,
                amount=lang.currency(order.agreed_amount, currency))
            for order in self.orders if order.agreed_kind]
        if not any(o.agreed_kind == 'fixed' for o in self.orders):
            with Transaction().set_context(company=self.company.id):
                prices = self.__class__(self.id)._sheet_prices()
            for label, price, unit, note in prices:
                if not price:
                    rows.append(gettext(
                            'maintenance_order.msg_price_sheet_free',
                            label=label))
                    continue
                row = gettext(
                    'maintenance_order.msg_price_sheet_row', label=label,
                    price=lang.currency(price, currency), unit=unit)
                rows.append(f'{row} ({note})' if note else row)
        if not rows:
            raise PriceSheetError(gettext(
                    'maintenance_order.msg_price_sheet_empty',
                    visit=self.rec_name))
        rows.append(gettext('maintenance_order.msg_price_sheet_taxes'))
        return '\n'.join(rows)

    def _sheet_prices(self):
        "Return what is charged for one of each, by the decision itself"
        found = {}
        for task in self.tasks or [None]:
            # A copy in memory whose lines are what is asked for.
            visit = self.__class__(self.id)
            if not visit.date:
                visit.date = self._sheet_date()
            probes = visit._price_probes(task)
            visit.lines = [p.line for p in probes]
            charged = visit._charged_for(probes)
            for probe in probes:
                parts = found.setdefault(probe.label, {})
                price = charged[probe.line.id]
                # What one task has covered another may have to pay.
                known = parts.setdefault(probe.part)
                if price is not None and (not known or price > known[0]):
                    unit = probe.line.unit
                    parts[probe.part] = (
                        price, unit.rec_name if unit else '', probe.note)
        return [
            row for label, parts in found.items()
            for row in _sheet_rows(label, parts)]

    def _charged_for(self, probes):
        "Return by line what is charged for it, nothing if nobody knows"
        charged = defaultdict(Decimal)
        for share in self._probe_shares([p.line for p in probes]):
            if share.amount is None or charged[share.line] is None:
                charged[share.line] = None
            elif share.payer is not None:
                charged[share.line] += share.amount
        return charged

    def _sheet_date(self):
        pool = Pool()
        Date = pool.get('ir.date')
        if self.arrived_at or self.planned_start:
            return self._local(self.arrived_at or self.planned_start).date()
        with Transaction().set_context(company=self.company.id):
            return Date.today()

    def _price_probes(self, task):
        """Return what the sheet tells the price of, if it is for the task

        To be extended by who charges the hours of the night, or by the
        technician, in another way.
        """
        pool = Pool()
        Line = pool.get('maintenance.visit.line')
        labels = dict(Line.fields_get(['kind'])['kind']['selection'])
        probes = []
        for kind in SHEET_KINDS:
            line = self.price_probe(kind, -len(probes) - 1, task)
            if line.product:
                probes.append(Probe(labels[kind], line))
        return probes

    def price_probe(self, kind, id_, task=None):
        "Return a line for one of the kind, which is never stored"
        pool = Pool()
        Line = pool.get('maintenance.visit.line')
        line = Line(id_)
        for name, field in Line._fields.items():
            if isinstance(field, fields.Function) or name in {
                    'id', 'create_uid', 'create_date', 'write_uid',
                    'write_date'}:
                continue
            setattr(line, name, [] if field._type in {
                    'one2many', 'many2many'} else None)
        line.visit = self
        line.company = self.company
        line.task = task
        line.kind = kind
        line.quantity = 1
        line.on_change_kind()
        if line.product:
            # As the line reads it, with the prices of its company.
            line.product = line.product.id
        if kind in TIME_KINDS:
            line.duration = dt.timedelta(hours=1)
            line.employees = [self.leader] if self.leader else []
            line.quantity = line.on_change_with_quantity()
        return line

    def _probe_shares(self, lines):
        cls = self.__class__
        company = self.company
        shares = decide(
            [cls._decision_line(self, line) for line in lines],
            cls._decision_candidates([self]),
            rounding=company.currency.round)
        # What is agreed for everything says nothing of one hour.
        return agree(
            shares, {line.id: line.kind for line in lines},
            [a for a in cls._agreements(lines) if a.kind == 'hourly'],
            company.currency.digits, company.currency.round)


def _sheet_rows(label, parts):
    "Return a row for each part, or one if all of them cost the same"
    if len(set(parts.values())) == 1:
        parts = {'': next(iter(parts.values()))}
    for part, priced in parts.items():
        if priced:
            yield (
                gettext(
                    'maintenance_order.msg_price_sheet_part',
                    label=label, part=part) if part else label, *priced)


class AcceptPrices(Wizard):
    "Let the customer accept the prices before the work"
    __name__ = 'maintenance.visit.accept_prices'

    start = StateView(
        'maintenance.visit.accept_prices.start',
        'maintenance_order.visit_accept_prices_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Accept", 'accept', 'tryton-ok', default=True),
            ])
    accept = StateTransition()

    def default_start(self, fields):
        return {
            'prices': self.record.price_sheet(),
            'signer': self.record.start_signer,
            }

    def transition_accept(self):
        visit = self.record
        if visit.start_signed_at or visit.state not in {
                'planned', 'in_progress'}:
            raise PriceSheetError(gettext(
                    'maintenance_order.msg_price_sheet_late',
                    visit=visit.rec_name))
        if not self.start.signature:
            raise PriceSheetError(gettext(
                    'maintenance_order.msg_price_sheet_signature',
                    visit=visit.rec_name))
        # What was shown is what was signed, if it is still so.
        if self.start.prices != visit.price_sheet():
            raise PriceSheetError(gettext(
                    'maintenance_order.msg_price_sheet_changed',
                    visit=visit.rec_name))
        with without_check_access():
            self.model.write([visit], {
                    'start_prices': self.start.prices,
                    'start_signer': self.start.signer,
                    'start_signature': self.start.signature,
                    'start_signed_at': dt.datetime.now(
                        dt.timezone.utc).replace(tzinfo=None, microsecond=0),
                    })
        return 'end'

    def end(self):
        return 'reload'


class AcceptPricesStart(ModelView):
    __name__ = 'maintenance.visit.accept_prices.start'

    prices = fields.Text(
        "Prices", readonly=True,
        help="What the work costs, for the customer to read.")
    signer = fields.Char(
        "Accepted by", required=True,
        help="Who accepts the prices for the customer.")
    signature = fields.Binary(
        "Signature",
        help="The signature under the prices. "
        "In the web client draw it with the finger or the mouse.")

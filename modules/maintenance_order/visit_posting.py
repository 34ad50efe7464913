# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Post visits, a batch at a time."""
from collections import defaultdict
from decimal import Decimal

from sql import For

from trytond.model import fields
from trytond.modules.product import round_price
from trytond.pool import Pool
from trytond.tools import grouped_slice
from trytond.transaction import (
    Transaction, record_cache_size, without_check_access)

TIME_KINDS = ['work', 'travel', 'wait', 'remote']


class PostingMixin:
    __slots__ = ()

    def _posts_itself(self):
        "Whether a signed visit has nothing left to decide"
        pool = Pool()
        Configuration = pool.get('maintenance.configuration')
        return (
            Configuration(1).get_multivalue(
                'post_signed', company=self.company.id)
            and all(s.amount is not None for s in self.shares))

    @classmethod
    @without_check_access
    def _post(cls, visits):
        wait_for(cls, visits)
        cls._set_date(visits)
        cls._sign([v for v in visits if v.signature and not v.signed_at])
        cls.decide(visits, state='decided')
        visits = cls.browse(visits)
        cls._post_stock(visits)
        cls._post_time(visits)

    @classmethod
    def _set_date(cls, visits):
        "The day of the visits that have none is today"
        pool = Pool()
        Date = pool.get('ir.date')
        undated = [v for v in visits if not v.date]
        for visit in undated:
            with Transaction().set_context(company=visit.company.id):
                visit.date = Date.today()
        cls.save(undated)

    @classmethod
    def _post_stock(cls, visits):
        pool = Pool()
        Difference = pool.get('maintenance.van.difference')
        Move = pool.get('stock.move')
        lines = [
            l for v in visits for l in v.lines
            if l.kind == 'material' and l.product and l.from_location
            and l.quantity]
        if not lines:
            return
        Difference.detect(lines)
        Move.book([l._move_values() for l in lines])

    @classmethod
    def _post_time(cls, visits):
        pool = Pool()
        TimesheetLine = pool.get('timesheet.line')
        to_create = []
        for visit in visits:
            for line in visit.lines:
                to_create.extend(line._timesheet_values())
        TimesheetLine.create(to_create)

    def _propose_lines(self):
        "Return what a visit without lines usually has: time and call-out"
        pool = Pool()
        Configuration = pool.get('maintenance.configuration')
        configuration = Configuration(1)
        kinds = []
        if configuration.get_multivalue(
                'labour_product', company=self.company.id):
            kinds.append('work')
        if configuration.get_multivalue(
                'call_out_product', company=self.company.id):
            kinds.append('call_out')
        return [self._propose_line(kind) for kind in kinds]

    def _propose_line(self, kind):
        pool = Pool()
        Line = pool.get('maintenance.visit.line')
        line = Line(visit=self, company=self.company, kind=kind)
        line.quantity = Line.default_quantity()
        line.on_change_kind()
        if kind in TIME_KINDS:
            line.duration = (
                self.finished_at - (self.arrived_at or self.finished_at))
            line.quantity = line.on_change_with_quantity()
        return line


class PostingLineMixin:
    __slots__ = ()

    def _move_values(self):
        "Return the move of the material from the van to the customer"
        pool = Pool()
        Date = pool.get('ir.date')
        visit = self.visit
        customer = visit.party.customer_location
        from_, to = self.from_location, customer
        if self.quantity < 0:
            from_, to = to, from_
        with Transaction().set_context(company=self.company.id):
            date = min(visit.date, Date.today())
        amount = sum((s.amount or 0 for s in self.shares), Decimal(0))
        return {
            'company': self.company.id,
            'origin': str(self),
            'product': self.product.id,
            'unit': self.unit.id,
            'quantity': abs(self.quantity),
            'lot': self.lot.id if self.lot else None,
            'from_location': from_.id,
            'to_location': to.id,
            'unit_price': round_price(
                abs(amount / Decimal(str(self.quantity)))),
            'currency': self.company.currency.id,
            'effective_date': date,
            }

    def _timesheet_values(self):
        "Return the time of each person"
        task = self.the_task
        if self.kind not in TIME_KINDS or not self.duration or not task:
            return []
        work = task.order.timesheet_work
        if not work:
            return []
        return [{
                'company': self.company.id,
                'employee': employee.id,
                'date': self.visit.date,
                'duration': self.duration,
                'work': work.id,
                'description': self.description,
                'visit_line': self.id,
                } for employee in self.people]


def wait_for(Model, records):
    """Lock the records, and wait for who is busy with them

    The standard gives up at once when somebody else has them. Here who waited
    starts again when the other one is ready, and finds nothing left to do.
    """
    transaction = Transaction()
    ids = sorted({r.id for r in records})
    if not transaction.database.has_select_for():
        Model.lock(records)
        return
    table = Model.__table__()
    for sub_ids in grouped_slice(ids, record_cache_size(transaction)):
        transaction.connection.cursor().execute(*table.select(
                table.id,
                where=fields.SQL_OPERATORS['in'](table.id, list(sub_ids)),
                order_by=[table.id], for_=For('UPDATE')))


def wanted(lines):
    "Return what the lines take, by location, product and lot"
    found = defaultdict(list)
    for line in lines:
        if line.quantity > 0:
            found[
                line.from_location.id, line.product.id,
                line.lot.id if line.lot else None].append(line)
    return found

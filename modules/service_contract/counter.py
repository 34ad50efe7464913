# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""How much of what a line of a contract includes is used."""
import datetime as dt
from collections import defaultdict
from decimal import Decimal

from sql import Null
from sql.aggregate import Sum
from sql.conditionals import Coalesce

from trytond.i18n import gettext
from trytond.model import Index, ModelSQL, ModelView, Unique, fields
from trytond.pool import Pool
from trytond.pyson import Eval, If
from trytond.tools import grouped_slice
from trytond.transaction import Transaction, without_check_access

from . import allowance


class Counter(ModelSQL, ModelView):
    """What one line of a contract includes by one rule of its coverage

    The shares of the visits which use it up have it as their source. It is
    one row that two who post at the same time have to change both, so that
    the last visit is given away once.
    """
    __name__ = 'service.contract.line.counter'

    line = fields.Many2One(
        'service.contract.line', "Line", required=True, readonly=True,
        ondelete='CASCADE',
        help="The line of the contract which includes it.")
    rule = fields.Many2One(
        'service.contract.coverage.rule', "Rule", required=True,
        readonly=True, ondelete='RESTRICT',
        help="The rule of the coverage which says how much.")
    company = fields.Function(fields.Many2One(
            'company.company', "Company",
            help="The company of the contract."),
        'on_change_with_company', searcher='search_company')
    contract = fields.Function(fields.Many2One(
            'service.contract', "Contract",
            help="The contract which includes it."),
        'on_change_with_contract', searcher='search_contract')
    measure = fields.Function(fields.Selection(
            'get_measures', "Measure",
            help="What is counted."),
        'on_change_with_measure')
    included = fields.Function(fields.Numeric(
            "Included", digits=(16, 2),
            help="How much each period includes, without what is carried "
            "over."),
        'on_change_with_included')
    period = fields.Function(fields.Selection(
            'get_periods', "For Each",
            help="The time for which it is included."),
        'on_change_with_period')
    used = fields.Function(fields.Numeric(
            "Used", digits=(16, 2),
            help="How much of the period of today is used by posted visits."),
        'get_balance')
    left = fields.Function(fields.Numeric(
            "Left", digits=(16, 2),
            help="How much is left of the period of today, with what was "
            "carried over."),
        'get_balance')
    serial = fields.Integer(
        "Serial", readonly=True,
        help="Grows each time something is used.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        # Not the access to the line: what was used is counted, not written.
        cls._sql_constraints += [
            ('line_rule_unique', Unique(t, t.line, t.rule),
                'service_contract.msg_counter_unique'),
            ]
        cls._sql_indexes.add(Index(t, (t.rule, Index.Equality())))
        cls._order = [
            ('line', 'ASC'),
            ('id', 'ASC'),
            ]

    @staticmethod
    def default_serial():
        return 0

    @fields.depends('line', '_parent_line.contract')
    def on_change_with_company(self, name=None):
        if self.line and self.line.contract:
            return self.line.contract.company

    @classmethod
    def search_company(cls, name, clause):
        return [('line.contract.' + clause[0], *clause[1:])]

    @fields.depends('line', '_parent_line.contract')
    def on_change_with_contract(self, name=None):
        return self.line.contract if self.line else None

    @classmethod
    def search_contract(cls, name, clause):
        return [('line.' + clause[0], *clause[1:])]

    @classmethod
    def get_measures(cls):
        return cls._selection('limit_measure')

    @classmethod
    def get_periods(cls):
        return cls._selection('limit_period')

    @classmethod
    def _selection(cls, name):
        pool = Pool()
        Rule = pool.get('service.contract.coverage.rule')
        return Rule.fields_get([name])[name]['selection']

    @fields.depends('rule', '_parent_rule.limit_measure')
    def on_change_with_measure(self, name=None):
        return self.rule.limit_measure if self.rule else None

    @fields.depends('rule', '_parent_rule.limit')
    def on_change_with_included(self, name=None):
        return self.rule.limit if self.rule else None

    @fields.depends('rule', '_parent_rule.limit_period')
    def on_change_with_period(self, name=None):
        return self.rule.limit_period if self.rule else None

    @classmethod
    def get_balance(cls, counters, names):
        pool = Pool()
        Contract = pool.get('service.contract')
        result = {n: dict.fromkeys([c.id for c in counters]) for n in names}
        uses = cls.uses(counters)
        for counter in counters:
            if counter.rule.limit is None:
                continue
            today = Contract._today(counter.company.id)
            left = counter.left_on(today, uses[counter.id])
            if 'left' in names:
                result['left'][counter.id] = left
            if 'used' in names:
                first, last = allowance.window(counter.allowance, today)
                result['used'][counter.id] = sum((
                        u for day, u in uses[counter.id]
                        if first <= day <= last), Decimal(0))
        return result

    def get_rec_name(self, name):
        return gettext(
            'service_contract.msg_counter_name',
            rule=self.rule.limit_text, line=self.line.rec_name)

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('line.' + clause[0], *clause[1:])]

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual', If(
                    Eval('left', 0) <= 0, 'danger',
                    If(Eval('left', 0) <= 1, 'warning', ''))),
            ]

    @property
    def allowance(self):
        return allowance.Allowance(
            self.rule.limit, self.rule.limit_period,
            self.line.contract.start_date,
            carry_over=bool(self.rule.limit_carry_over))

    def left_on(self, date, uses):
        return allowance.left(self.allowance, date, uses)

    @classmethod
    @without_check_access
    def uses(cls, counters, visits=()):
        """Return by counter the dates and quantities which were used

        Without what the visits used that are about to be decided again. A
        visit that corrects another one counts on the day of that one.
        """
        pool = Pool()
        Share = pool.get('maintenance.visit.share')
        Visit = pool.get('maintenance.visit')
        share = Share.__table__()
        visit = Visit.__table__()
        corrected = Visit.__table__()
        date = Coalesce(corrected.date, visit.date)
        uses = defaultdict(list)
        cursor = Transaction().connection.cursor()
        ids = {str(c): c.id for c in counters}
        for sources in grouped_slice(list(ids), 500):
            where = (
                fields.SQL_OPERATORS['in'](share.source, list(sources))
                & (share.state == 'decided'))
            if visits:
                where &= ~(
                    fields.SQL_OPERATORS['in'](
                        share.visit, [v.id for v in visits])
                    & (share.invoice_line == Null))
            cursor.execute(*share
                .join(visit, condition=share.visit == visit.id)
                .join(corrected, 'LEFT',
                    condition=visit.corrects == corrected.id)
                .select(
                    share.source, date, Sum(share.consumed),
                    where=where, group_by=[share.source, date]))
            for source, day, quantity in cursor:
                if isinstance(day, str):  # SQLite
                    day = dt.date.fromisoformat(day)
                uses[ids[source]].append((day, Decimal(str(quantity or 0))))
        return uses

    @classmethod
    def hold(cls, counters):
        """Make the counters ours until the end of the transaction

        Who began before us and uses them too has to begin again: a lock alone
        would let him count with what he saw when he began.
        """
        table = cls.__table__()
        cursor = Transaction().connection.cursor()
        for id_ in sorted(c.id for c in counters):
            cursor.execute(*table.update(
                    [table.serial], [Coalesce(table.serial, 0) + 1],
                    where=table.id == id_))

    @classmethod
    @without_check_access
    def sync(cls, lines):
        "Give the lines a counter for each rule that includes so much"
        existing = set()
        for sub_lines in grouped_slice(lines, 500):
            for counter in cls.search([
                        ('line', 'in', [l.id for l in sub_lines]),
                        ]):
                existing.add((counter.line.id, counter.rule.id))
        cls.create([{
                    'line': line.id,
                    'rule': rule.id,
                    } for line in lines if line.coverage
                for rule in line.coverage.rules
                if rule.limit is not None
                and (line.id, rule.id) not in existing])

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Where money gets lost between the work and the invoice."""
import datetime as dt

from sql import Cast, Literal, Null, Union
from sql.conditionals import Coalesce
from sql.operators import Concat

from trytond.model import ModelSQL, ModelView, fields
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.pyson import Eval

# How many days each thing may take.
UNPOSTED = 3
UNINVOICED = 35
UNCHECKED = 10


class Leak(ModelSQL, ModelView):
    """Work which nobody decided, posted, checked or invoiced in time

    Each row opens the record where something is to be done.
    """
    __name__ = 'maintenance.leak'

    kind = fields.Selection([
            ('undecided', "Work without Decision"),
            ('no_price', "Without Price"),
            ('disputed', "Objection not Solved"),
            ('unposted', "Visit not Posted"),
            ('parts', "Parts not Invoiced"),
            ('uninvoiced', "Work not Invoiced"),
            ('unchecked', "Order not Closed"),
            ], "Kind", sort=False,
        help="What is missing.")
    company = fields.Many2One(
        'company.company', "Company",
        help="The company which did the work.")
    party = fields.Many2One(
        'party.party', "Customer",
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="The customer of the work.")
    date = fields.Date(
        "Date",
        help="When the work was done or ordered.")
    record = fields.Reference(
        "Record", selection='get_models',
        help="Where it is to be settled.")
    currency = fields.Function(
        fields.Many2One(
            'currency.currency', "Currency",
            help="The currency of the amount."),
        'on_change_with_currency')
    amount = Monetary(
        "Amount", currency='currency', digits='currency',
        help="What is at stake, if known.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [
            ('date', 'ASC NULLS LAST'),
            ('id', 'ASC'),
            ]

    @classmethod
    def get_models(cls):
        pool = Pool()
        Model = pool.get('ir.model')
        return [(None, "")] + [
            (m, Model.get_name(m)) for m in [
                'maintenance.visit', 'maintenance.visit.share',
                'maintenance.order']]

    @fields.depends('company')
    def on_change_with_currency(self, name=None):
        return self.company.currency if self.company else None

    def get_rec_name(self, name):
        return self.record.rec_name if self.record else str(self.id)

    @classmethod
    def table_query(cls):
        return Union(*cls._queries(), all_=True)

    @classmethod
    def _queries(cls):
        "Return the queries, each with a number of its own"
        pool = Pool()
        today = pool.get('ir.date').today()
        return [
            cls._undecided(0),
            cls._shares(1, 'no_price'),
            cls._shares(2, 'disputed'),
            cls._unposted(3, today - dt.timedelta(days=UNPOSTED)),
            cls._shares(4, 'parts', today - dt.timedelta(days=UNINVOICED)),
            cls._shares(
                5, 'uninvoiced', today - dt.timedelta(days=UNINVOICED)),
            cls._unchecked(6, today - dt.timedelta(days=UNCHECKED)),
            ]

    @classmethod
    def _columns(cls, number, kind, table, model, party, date, amount=None):
        reference = Concat(f'{model},', Cast(table.id, 'VARCHAR'))
        return [
            (table.id * 8 + number).as_('id'),
            cls.kind.sql_cast(Literal(kind)).as_('kind'),
            table.company.as_('company'),
            party.as_('party'),
            date.as_('date'),
            cls.record.sql_cast(reference).as_('record'),
            cls.amount.sql_cast(
                Null if amount is None else amount).as_('amount'),
            ]

    @classmethod
    def _undecided(cls, number):
        pool = Pool()
        Line = pool.get('maintenance.visit.line')
        Share = pool.get('maintenance.visit.share')
        Visit = pool.get('maintenance.visit')
        line = Line.__table__()
        share = Share.__table__()
        visit = Visit.__table__()
        undecided = (line
            .join(share, 'LEFT', condition=share.line == line.id)
            .select(line.visit, where=share.id == Null))
        return visit.select(
            *cls._columns(
                number, 'undecided', visit, 'maintenance.visit', visit.party,
                visit.date),
            where=(visit.state == 'posted') & visit.id.in_(undecided))

    @classmethod
    def _shares(cls, number, kind, before=None):
        pool = Pool()
        Line = pool.get('maintenance.visit.line')
        Share = pool.get('maintenance.visit.share')
        Visit = pool.get('maintenance.visit')
        share = Share.__table__()
        line = Line.__table__()
        visit = Visit.__table__()
        where = (share.state == 'decided') & (share.invoice_line == Null)
        if kind == 'no_price':
            where &= share.amount == Null
        elif kind == 'disputed':
            where &= share.disputed == Literal(True)
        else:
            where &= (
                # SQLite does not compare what it keeps as bytes.
                (Cast(share.amount, Share.amount.sql_type().base) != 0)
                & (share.payer != Null)
                & (Coalesce(share.disputed, Literal(False))
                    == Literal(False))
                & (visit.date < before)
                & ((line.kind == 'material') if kind == 'parts'
                    else (line.kind != 'material')))
        return (share
            .join(line, condition=share.line == line.id)
            .join(visit, condition=share.visit == visit.id)
            .select(
                *cls._columns(
                    number, kind, share, 'maintenance.visit.share',
                    Coalesce(share.payer, visit.party), visit.date,
                    share.amount),
                where=where))

    @classmethod
    def _unposted(cls, number, before):
        pool = Pool()
        Visit = pool.get('maintenance.visit')
        visit = Visit.__table__()
        return visit.select(
            *cls._columns(
                number, 'unposted', visit, 'maintenance.visit', visit.party,
                visit.date),
            where=visit.state.in_(['in_progress', 'done'])
            & (visit.date < before))

    @classmethod
    def _unchecked(cls, number, before):
        pool = Pool()
        Order = pool.get('maintenance.order')
        order = Order.__table__()
        return order.select(
            *cls._columns(
                number, 'unchecked', order, 'maintenance.order', order.party,
                order.date),
            where=(order.state == 'done') & (order.date < before))

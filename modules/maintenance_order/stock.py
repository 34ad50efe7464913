# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.pool import Pool, PoolMeta
from trytond.transaction import Transaction


class Move(metaclass=PoolMeta):
    __name__ = 'stock.move'

    @classmethod
    def _get_origin(cls):
        return super()._get_origin() + ['maintenance.visit.line']

    @classmethod
    def book(cls, values):
        """Make the moves of visits and do them

        What belongs to a period that is closed is booked today.
        """
        pool = Pool()
        Date = pool.get('ir.date')
        Period = pool.get('stock.period')
        closed, today = {}, {}
        for company in {v['company'] for v in values}:
            periods = Period.search([
                    ('state', '=', 'closed'),
                    ('company', '=', company),
                    ], order=[('date', 'DESC')], limit=1)
            if periods:
                closed[company] = periods[0].date
                with Transaction().set_context(company=company):
                    today[company] = Date.today()
        moves = cls.create([
                {**v, 'effective_date': today[v['company']]}
                if v['company'] in closed
                and v['effective_date'] <= closed[v['company']]
                else v for v in values])
        cls.do(moves)
        return moves

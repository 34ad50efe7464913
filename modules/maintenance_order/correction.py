# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""A signed report is corrected by another one, never changed.

The new visit starts as a copy.  When it is posted, what the old one did is
taken back: the material returns, the time is not counted, what was not
invoiced is charged to nobody, and what was is given back to who paid.
"""
import json
from decimal import Decimal

from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Bool, Eval
from trytond.transaction import without_check_access
from trytond.wizard import StateAction, Wizard

from .exceptions import VisitCorrectionError
from .visit_posting import wait_for

# What the new report takes over from the one it corrects.
COPIED = [
    'arrived_at', 'finished_at', 'date', 'distance', 'work_done',
    'recommendations', 'cause', 'remedy', 'signer', 'signer_identifier']


class Visit(metaclass=PoolMeta):
    __name__ = 'maintenance.visit'

    superseded = fields.Function(
        fields.Boolean(
            "Superseded",
            help="Another report stands in place of this one."),
        'on_change_with_superseded', searcher='search_superseded')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._transitions.add(('done', 'cancelled'))
        cls._buttons.update({
                'correct': {
                    'invisible': (
                        ~Bool(Eval('signed_at'))
                        & (Eval('state') != 'posted')
                        | ~Eval('state').in_(['done', 'posted'])
                        | Eval('superseded', False)),
                    'icon': 'tryton-copy',
                    'depends': ['signed_at', 'state', 'superseded'],
                    },
                })

    @fields.depends('corrected_by')
    def on_change_with_superseded(self, name=None):
        return any(
            v.state not in {'cancelled', 'failed'}
            for v in self.corrected_by or [])

    @classmethod
    def search_superseded(cls, name, clause):
        _, operator, value = clause
        found = cls.search([
                ('corrected_by', 'where', [
                        ('state', 'not in', ['cancelled', 'failed'])]),
                ], query=True)
        positive = (operator == '=') == bool(value)
        return [('id', 'in' if positive else 'not in', found)]

    @classmethod
    @ModelView.button_action('maintenance_order.wizard_visit_correct')
    def correct(cls, visits):
        pass

    def correction(self):
        "Return the new report, which starts as a copy of this one"
        pool = Pool()
        Order = pool.get('maintenance.order')
        Line = pool.get('maintenance.visit.line')
        cls = self.__class__
        if self.state not in {'done', 'posted'} or self.superseded:
            raise VisitCorrectionError(gettext(
                    'maintenance_order.msg_visit_correct',
                    visit=self.rec_name))
        Order.do([o for o in self.orders if o.state == 'closed'])
        with without_check_access():
            default = {name: getattr(self, name) for name in COPIED}
            for name in ['cause', 'remedy']:
                if default[name]:
                    default[name] = default[name].id
            visit, = cls.copy([self], default={
                    **default,
                    'corrects': self.id,
                    'lines': None,
                    'state': 'in_progress',
                    })
            Line.copy(self.lines, default={'visit': visit.id})
        return cls(visit.id)

    @classmethod
    def _post(cls, visits):
        cls._supersede([v.corrects for v in visits if v.corrects])
        super()._post(visits)

    @classmethod
    @without_check_access
    def _supersede(cls, visits):
        "Take back what the visits did"
        pool = Pool()
        Share = pool.get('maintenance.visit.share')
        visits = cls.browse(visits)
        wait_for(cls, visits)
        Share.take_back([s for v in visits for s in v.shares])
        posted = [v for v in visits if v.state == 'posted']
        cls._return_stock(posted)
        cls._uncount_time(posted)
        # Signed but not posted: it has done nothing and ends here.
        unposted = [v for v in visits if v.state == 'done']
        if unposted:
            cls.cancel(unposted)

    @classmethod
    def _return_stock(cls, visits):
        pool = Pool()
        Move = pool.get('stock.move')
        values = []
        for visit in visits:
            for line in visit.lines:
                for move in line.moves:
                    if move.state == 'done':
                        values.append(line._return_values(move))
        if values:
            Move.book(values)

    @classmethod
    def _uncount_time(cls, visits):
        pool = Pool()
        TimesheetLine = pool.get('timesheet.line')
        TimesheetLine.delete([
                t for v in visits for l in v.lines
                for t in l.timesheet_lines])

    @property
    def _replacement(self):
        "The posted report which stands in place of this one"
        for visit in self.corrected_by:
            if visit.state == 'posted':
                return visit

    @classmethod
    def _may_decide(cls, visits):
        # What was taken back stays so.
        return [v for v in super()._may_decide(visits) if not v._replacement]

    @classmethod
    def get_summary(cls, visits, name):
        summaries = super().get_summary(visits, name)
        for visit in visits:
            if visit._replacement:
                summaries[visit.id] = gettext(
                    'maintenance_order.msg_visit_superseded',
                    visit=visit._replacement.number)
        return summaries


class VisitLine(metaclass=PoolMeta):
    __name__ = 'maintenance.visit.line'

    def _return_values(self, move):
        "Return the move which brings back what the move took"
        return {
            'company': move.company.id,
            'origin': str(self),
            'product': move.product.id,
            'unit': move.unit.id,
            'quantity': move.quantity,
            'lot': move.lot.id if move.lot else None,
            'from_location': move.to_location.id,
            'to_location': move.from_location.id,
            'unit_price': move.unit_price,
            'currency': move.currency.id,
            'effective_date': move.effective_date,
            }


class VisitShare(metaclass=PoolMeta):
    __name__ = 'maintenance.visit.share'

    reverses = fields.Many2One(
        'maintenance.visit.share', "Reverses", readonly=True,
        ondelete='RESTRICT',
        states={
            'invisible': ~Eval('reverses'),
            },
        help="The invoiced share which a corrected report takes back.")

    @classmethod
    def take_back(cls, shares):
        """Charge nobody for the shares, which another report replaces

        What is invoiced is given back by a negative share, to go with the
        next invoice; the quantities of the line still add up.
        """
        to_create, to_write = [], []
        for share in shares:
            nobody = share._taken_back()
            if share.invoice_line:
                to_create.append({
                        **share._reversal(),
                        'reverses': share.id,
                        })
                to_create.append({**share._copied(), **nobody})
            elif share.reverses or share.corrects:
                continue
            else:
                to_write.extend([[share], nobody])
        if to_write:
            cls.write(*to_write)
        if to_create:
            cls.create(to_create)

    def _copied(self):
        return {
            'line': self.line.id,
            'visit': self.visit.id,
            'company': self.company.id,
            'quantity': self.quantity,
            'list_price': self.list_price,
            'list_amount': self.list_amount,
            'trace': self.trace,
            'state': 'decided',
            }

    def _reversal(self):
        def minus(value):
            return -value if value is not None else None
        return {
            **self._copied(),
            'payer_kind': self.payer_kind,
            'payer': self.payer.id if self.payer else None,
            'quantity': minus(self.quantity),
            'list_amount': minus(self.list_amount),
            'unit_price': self.unit_price,
            'amount': minus(self.amount),
            'source': str(self.source) if self.source else None,
            'consumed': minus(self.consumed),
            }

    def _taken_back(self):
        return {
            'payer_kind': 'internal',
            'payer': None,
            'unit_price': Decimal(0),
            'amount': Decimal(0),
            'source': None,
            'consumed': None,
            'disputed': False,
            'trace': json.dumps([{'code': 'corrected'}]),
            'state': 'decided',
            }


class CorrectVisit(Wizard):
    __name__ = 'maintenance.visit.correct'

    start = StateAction('maintenance_order.act_visit_form')

    def do_start(self, action):
        visit = self.record.correction()
        action['views'].reverse()
        return action, {'res_id': [visit.id]}

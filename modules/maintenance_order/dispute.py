# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What the customer signs but does not agree with waits until it is solved."""
import json
from decimal import Decimal

from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.modules.company.model import employee_field
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Bool, Eval
from trytond.transaction import Transaction, without_check_access
from trytond.wizard import Button, StateTransition, StateView, Wizard

from .exceptions import DisputeError


class VisitLine(metaclass=PoolMeta):
    __name__ = 'maintenance.visit.line'

    disputed_quantity = fields.Float(
        "Not Agreed", digits='unit',
        domain=['OR',
            ('disputed_quantity', '=', None),
            ('disputed_quantity', '>=', 0),
            ],
        states={
            'readonly': Bool(Eval('locked')),
            },
        help="How much of it the customer does not agree with. "
        "It is not invoiced until somebody solves it.")
    dispute_reason = fields.Char(
        "Objection",
        states={
            'readonly': Bool(Eval('locked')),
            'required': Bool(Eval('disputed_quantity', 0)),
            },
        help="What the customer says, as written on the report.")
    dispute_outcome = fields.Selection([
            (None, ""),
            ('charged', "Charged"),
            ('conceded', "Conceded"),
            ], "Outcome of the Objection", readonly=True, sort=False,
        states={
            'invisible': ~Eval('dispute_outcome'),
            },
        help="How the objection was solved.")
    dispute_answer = fields.Char(
        "Answer", readonly=True,
        states={
            'invisible': ~Eval('dispute_outcome'),
            },
        help="Why it was solved so.")
    dispute_solved_by = employee_field(
        "Objection Solved by", states=[])

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.dispute_solved_by.help = "Who solved the objection."
        cls.dispute_solved_by.states = {
            'readonly': True,
            'invisible': ~Eval('dispute_outcome'),
            }

    @classmethod
    def copy(cls, lines, default=None):
        default = default.copy() if default is not None else {}
        for name in [
                'disputed_quantity', 'dispute_reason', 'dispute_outcome',
                'dispute_answer', 'dispute_solved_by']:
            default.setdefault(name)
        return super().copy(lines, default=default)


class VisitShare(metaclass=PoolMeta):
    __name__ = 'maintenance.visit.share'

    disputed = fields.Boolean(
        "Not Agreed", readonly=True,
        help="The payer does not agree with it: "
        "it is not invoiced until somebody solves it.")
    dispute_reason = fields.Function(
        fields.Char(
            "Objection",
            states={
                'invisible': ~Eval('dispute_reason'),
                },
            help="What the customer says, as written on the report."),
        'on_change_with_dispute_reason')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons.update({
                'solve': {
                    'invisible': (
                        ~Eval('disputed') | (Eval('state') != 'decided')),
                    'icon': 'tryton-ok',
                    'depends': ['disputed', 'state'],
                    },
                })

    @classmethod
    def default_disputed(cls):
        return False

    @fields.depends('line')
    def on_change_with_dispute_reason(self, name=None):
        return self.line.dispute_reason if self.line else None

    @classmethod
    def pending_domain(cls):
        return [
            super().pending_domain(),
            ('disputed', '!=', True),
            ]

    @classmethod
    def unsettled_domain(cls):
        return ['OR',
            super().unsettled_domain(),
            [
                ('state', '=', 'decided'),
                ('disputed', '=', True),
                ],
            ]

    @classmethod
    def sentences(cls, shares):
        lang = Pool().get('ir.lang').get()
        sentences = super().sentences(shares)
        for share in shares:
            if not share.disputed:
                continue
            said = gettext(
                'maintenance_order.msg_summary_disputed',
                payer=share.payer.rec_name if share.payer else '',
                amount=lang.currency(
                    share.amount or 0, share.visit.company.currency),
                reason=share.dispute_reason)
            visit_id = share.visit.id
            sentences[visit_id] = '\n'.join(
                filter(None, [sentences.get(visit_id), said]))
        return sentences

    @classmethod
    @ModelView.button_action('maintenance_order.wizard_share_solve')
    def solve(cls, shares):
        pass

    @classmethod
    @without_check_access
    def solve_dispute(cls, shares, outcome, answer):
        """Charge what was not agreed, or give it away

        The line remembers it, so that a new decision comes to the same.
        """
        pool = Pool()
        Line = pool.get('maintenance.visit.line')
        Order = pool.get('maintenance.order')
        User = pool.get('res.user')
        shares = cls.browse(shares)
        for share in shares:
            if not share.disputed:
                raise DisputeError(gettext(
                        'maintenance_order.msg_share_not_disputed',
                        share=share.rec_name))
        employee = User(Transaction().user).employee
        employee_id = employee.id if employee else None
        lines = list({s.line for s in shares})
        Line.write(lines, {
                'dispute_outcome': outcome,
                'dispute_answer': answer,
                'dispute_solved_by': employee_id,
                })
        args = []
        for share in shares:
            values = {'disputed': False}
            if outcome == 'conceded':
                steps = json.loads(share.trace or '[]')
                steps.append({'code': 'conceded', 'label': answer})
                values.update(
                    payer_kind='goodwill', payer=None, unit_price=Decimal(0),
                    amount=Decimal(0),
                    trace=json.dumps(steps, ensure_ascii=False))
            args.extend([[share], values])
        cls.write(*args)
        orders = {l.the_task.order for l in lines if l.the_task}
        Order.close_settled(list(orders))


class SolveDispute(Wizard):
    __name__ = 'maintenance.visit.share.solve'

    start = StateView(
        'maintenance.visit.share.solve.start',
        'maintenance_order.share_solve_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Solve", 'solve', 'tryton-ok', default=True),
            ])
    solve = StateTransition()

    def default_start(self, fields):
        return {
            'objections': '\n'.join(
                f'{s.rec_name}: {s.dispute_reason or ""}'
                for s in self.records),
            }

    def transition_solve(self):
        self.model.solve_dispute(
            self.records, self.start.outcome, self.start.answer)
        return 'end'


class SolveDisputeStart(ModelView):
    __name__ = 'maintenance.visit.share.solve.start'

    objections = fields.Text(
        "Objections", readonly=True,
        help="What the customer does not agree with.")
    outcome = fields.Selection([
            ('charged', "Charge it all the same"),
            ('conceded', "Give it away"),
            ], "Outcome", required=True, sort=False,
        help="What becomes of it.")
    answer = fields.Char(
        "Answer", required=True,
        help="Why. It is kept with your name.")

    @classmethod
    def default_outcome(cls):
        return 'charged'

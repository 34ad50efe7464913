# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What is left out of the invoices for now, and why."""
from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.modules.company.model import employee_field
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Bool, Eval
from trytond.transaction import Transaction, without_check_access
from trytond.wizard import Button, StateTransition, StateView, Wizard

from .exceptions import ShareInvoicedError


class VisitShare(metaclass=PoolMeta):
    __name__ = 'maintenance.visit.share'

    held_reason = fields.Char(
        "Left out because", readonly=True,
        states={
            'invisible': ~Eval('held_reason'),
            },
        help="Why it is not invoiced for now.")
    held_until = fields.Date(
        "Left out until", readonly=True,
        states={
            'invisible': ~Eval('held_reason'),
            },
        help="From this day on it is invoiced again. "
        "Empty until somebody takes it in.")
    held_by = employee_field(
        "Left out by", states=['preview', 'decided'])

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.held_by.help = "Who left it out."
        cls.held_by.states = {
            'invisible': ~Eval('held_reason'),
            }
        open_ = (
            (Eval('state') == 'decided') & ~Bool(Eval('invoice_line')))
        cls._buttons.update({
                'leave_out': {
                    'invisible': (
                        ~open_ | Bool(Eval('held_reason'))
                        | ~Bool(Eval('payer'))),
                    'icon': 'maintenance_order-hold',
                    'depends': [
                        'state', 'invoice_line', 'held_reason', 'payer'],
                    },
                'take_in': {
                    'invisible': ~open_ | ~Bool(Eval('held_reason')),
                    'icon': 'tryton-forward',
                    'depends': ['state', 'invoice_line', 'held_reason'],
                    },
                })

    @classmethod
    def due_domain(cls, company, up_to=None, **filters):
        pool = Pool()
        Date = pool.get('ir.date')
        if up_to is None:
            with Transaction().set_context(company=company.id):
                date = Date.today()
        else:
            date = up_to
        return [
            super().due_domain(company, up_to=up_to, **filters),
            ['OR',
                ('held_reason', '=', None),
                ('held_until', '<=', date),
                ],
            ]

    @classmethod
    @ModelView.button_action('maintenance_order.wizard_share_leave_out')
    def leave_out(cls, shares):
        pass

    @classmethod
    @ModelView.button
    def take_in(cls, shares):
        cls.write(shares, {
                'held_reason': None,
                'held_until': None,
                'held_by': None,
                })

    @classmethod
    @without_check_access
    def hold(cls, shares, reason, until=None):
        "Leave the shares out of the invoices"
        pool = Pool()
        User = pool.get('res.user')
        shares = cls.browse(shares)
        for share in shares:
            if share.invoice_line:
                raise ShareInvoicedError(gettext(
                        'maintenance_order.msg_share_invoiced',
                        line=share.line.rec_name))
        employee = User(Transaction().user).employee
        cls.write(shares, {
                'held_reason': reason,
                'held_until': until,
                'held_by': employee.id if employee else None,
                })


class LeaveOut(Wizard):
    __name__ = 'maintenance.visit.share.leave_out'

    start = StateView(
        'maintenance.visit.share.leave_out.start',
        'maintenance_order.share_leave_out_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Leave out", 'hold', 'tryton-ok', default=True),
            ])
    hold = StateTransition()

    def transition_hold(self):
        self.model.hold(
            self.records, self.start.reason, until=self.start.until)
        return 'end'


class LeaveOutStart(ModelView):
    __name__ = 'maintenance.visit.share.leave_out.start'

    reason = fields.Char(
        "Reason", required=True,
        help="Why it is not invoiced for now. It is kept with your name.")
    until = fields.Date(
        "Until",
        help="From this day on it is invoiced again. "
        "Leave empty to take it in by hand.")

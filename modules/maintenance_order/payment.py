# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt

from trytond.i18n import gettext
from trytond.model import Index, ModelSQL, ModelView, Workflow, fields
from trytond.model.exceptions import AccessError
from trytond.modules.company.model import employee_field, set_employee
from trytond.modules.currency.fields import Monetary
from trytond.modules.report_html.workflow import ButtonWorkflow
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval, If
from trytond.transaction import Transaction

from .visit_posting import wait_for

# What the buttons write, and nobody else.
_STEPS = {'state', 'handed_in_to', 'handed_in_at', 'move'}


class VisitPayment(ButtonWorkflow, ModelSQL, ModelView):
    """Money which the technician was given on site

    It stays with him until he hands it in at the office.
    """
    __name__ = 'maintenance.visit.payment'

    _states = {
        'readonly': Eval('state') != 'taken',
        }

    visit = fields.Many2One(
        'maintenance.visit', "Visit", required=True, ondelete='RESTRICT',
        states={
            'readonly': Eval('id', -1) >= 0,
            },
        help="The visit on which the money was taken.")
    company = fields.Many2One(
        'company.company', "Company", required=True, readonly=True,
        help="The company which made the visit.")
    party = fields.Function(
        fields.Many2One(
            'party.party', "Customer",
            context={
                'company': Eval('company', -1),
                },
            depends={'company'},
            help="Who was visited."),
        'on_change_with_party')
    currency = fields.Function(
        fields.Many2One(
            'currency.currency', "Currency",
            help="The currency of the amount."),
        'on_change_with_currency')
    means = fields.Selection([
            ('cash', "Cash"),
            ('card', "Card"),
            ('transfer', "Instant Transfer"),
            ('cheque', "Cheque"),
            ], "Means", required=True, sort=False, states=_states,
        help="How it was paid.")
    means_string = means.translated('means')
    amount = Monetary(
        "Amount", currency='currency', digits='currency', required=True,
        states=_states,
        domain=[
            ('amount', '>', 0),
            ],
        help="How much was paid.")
    reference = fields.Char(
        "Reference", states=_states,
        help="The number of the card slip, of the transfer or of the cheque.")
    employee = fields.Many2One(
        'company.employee', "Taken by", ondelete='RESTRICT', required=True,
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        states=_states,
        help="Who took the money.")
    date = fields.Date(
        "Date", required=True, states=_states,
        help="When it was paid.")
    handed_in_to = employee_field(
        "Handed in to", states=['taken', 'handed_in'])
    handed_in_at = fields.Timestamp(
        "Handed in at", readonly=True,
        states={
            'invisible': ~Eval('handed_in_at'),
            },
        help="When it came to the office.")
    state = fields.Selection([
            ('taken', "Taken"),
            ('handed_in', "Handed in"),
            ], "State", readonly=True, required=True, sort=False,
        help="Who has the money.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        # Not the access to the visit: who sells does not see the money.
        cls.handed_in_to.help = "Who has it in the office."
        t = cls.__table__()
        cls._sql_indexes.update({
                Index(t, (t.visit, Index.Range())),
                Index(
                    t,
                    (t.state, Index.Equality(cardinality='low')),
                    where=t.state == 'taken'),
                })
        cls._order = [
            ('date', 'DESC'),
            ('id', 'DESC'),
            ]
        cls._transitions |= {
            ('taken', 'handed_in'),
            ('handed_in', 'taken'),
            }
        cls._buttons.update({
                'hand_in': {
                    'invisible': Eval('state') != 'taken',
                    'icon': 'tryton-ok',
                    'depends': ['state'],
                    },
                'take_back': {
                    'invisible': Eval('state') != 'handed_in',
                    'icon': 'tryton-undo',
                    'depends': ['state'],
                    },
                })

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_means(cls):
        return 'cash'

    @classmethod
    def default_employee(cls):
        return Transaction().context.get('employee')

    @classmethod
    def default_date(cls):
        return Pool().get('ir.date').today()

    @classmethod
    def default_state(cls):
        return 'taken'

    @fields.depends('visit', '_parent_visit.leader', 'employee')
    def on_change_visit(self):
        if self.visit and not self.employee:
            self.employee = self.visit.leader

    @fields.depends('visit', '_parent_visit.party')
    def on_change_with_party(self, name=None):
        return self.visit.party if self.visit else None

    @fields.depends('company')
    def on_change_with_currency(self, name=None):
        return self.company.currency if self.company else None

    def get_rec_name(self, name):
        lang = Pool().get('ir.lang').get()
        return (
            f'{self.means_string} '
            f'{lang.currency(self.amount, self.currency)} '
            f'@ {self.visit.rec_name}')

    @classmethod
    def search_rec_name(cls, name, clause):
        return ['OR',
            ('visit.rec_name',) + tuple(clause[1:]),
            ('reference',) + tuple(clause[1:]),
            ]

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual',
                If(Eval('state') == 'handed_in', 'muted', '')),
            ]

    @classmethod
    def preprocess_values(cls, mode, values):
        pool = Pool()
        Visit = pool.get('maintenance.visit')
        values = super().preprocess_values(mode, values)
        if mode == 'create' and values.get('visit'):
            visit = Visit(values['visit'])
            values['company'] = visit.company.id
            if not values.get('employee') and visit.leader:
                values['employee'] = visit.leader.id
        return values

    @classmethod
    def check_modification(cls, mode, payments, values=None, external=False):
        super().check_modification(
            mode, payments, values=values, external=external)
        if mode == 'delete':
            for payment in payments:
                if payment.state != 'taken':
                    raise AccessError(gettext(
                            'maintenance_order.msg_payment_delete',
                            payment=payment.rec_name))
        elif external and (
                any(p.state != 'taken' for p in payments) if mode == 'create'
                else values.keys() & _STEPS):
            raise AccessError(gettext(
                    'maintenance_order.msg_payment_steps',
                    payment=payments[0].rec_name))
        elif mode == 'write':
            for payment in payments:
                if payment.state != 'taken' and values.keys() - _STEPS:
                    raise AccessError(gettext(
                            'maintenance_order.msg_payment_modify',
                            payment=payment.rec_name))

    @classmethod
    def copy(cls, payments, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('handed_in_to')
        default.setdefault('handed_in_at')
        return super().copy(payments, default=default)

    @classmethod
    @ModelView.button
    @Workflow.transition('handed_in')
    @set_employee('handed_in_to')
    def hand_in(cls, payments):
        wait_for(cls, payments)
        cls.write(payments, {
                'handed_in_at': dt.datetime.now(dt.timezone.utc).replace(
                    tzinfo=None),
                })
        cls._book(payments)

    @classmethod
    @ModelView.button
    @Workflow.transition('taken')
    def take_back(cls, payments):
        wait_for(cls, payments)
        cls._unbook(payments)
        cls.write(payments, {'handed_in_at': None, 'handed_in_to': None})


class Visit(metaclass=PoolMeta):
    __name__ = 'maintenance.visit'

    payments = fields.One2Many(
        'maintenance.visit.payment', 'visit', "Money Taken",
        states={
            'invisible': Eval('state') == 'planned',
            'readonly': Eval('state') == 'cancelled',
            },
        help="What the customer paid on site.")

    @classmethod
    def copy(cls, visits, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('payments')
        return super().copy(visits, default=default)

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The letter to who let us come in vain too often."""
import datetime as dt
from collections import defaultdict
from email.utils import formataddr

from trytond.i18n import gettext
from trytond.model import Index, ModelSQL, ModelView, Unique, Workflow, fields
from trytond.modules.report_html.declaration import Text
from trytond.modules.report_html.report import HTMLReport
from trytond.modules.report_html.workflow import ButtonWorkflow
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval, If
from trytond.sendmail import send_message_transactional
from trytond.transaction import without_check_access

from .exceptions import AttemptLetterError
from .visit_failure import CUSTOMERS_FAULT
from .visit_mail import company_message


class AttemptLetter(ButtonWorkflow, ModelSQL, ModelView):
    "The letter of an order whose visits failed at the customer's door"
    __name__ = 'maintenance.attempt_letter'

    order = fields.Many2One(
        'maintenance.order', "Order", required=True, readonly=True,
        ondelete='CASCADE',
        help="The order for which we came in vain. It has one letter.")
    company = fields.Many2One(
        'company.company', "Company", required=True, readonly=True,
        help="The company which came.")
    party = fields.Many2One(
        'party.party', "Customer", required=True, readonly=True,
        ondelete='RESTRICT',
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="Who gets the letter.")
    date = fields.Date(
        "Date", required=True, readonly=True,
        help="The date of the letter: the last time we came, or the day on "
        "which it was sent.")
    visits = fields.Function(
        fields.Many2Many(
            'maintenance.visit', None, None, "Visits in Vain",
            help="The visits on which nobody was there or let us in."),
        'get_visits')
    attempts = fields.Function(
        fields.Integer(
            "Attempts",
            help="How often we came in vain."),
        'get_visits')
    work_state = fields.Function(
        fields.Selection(
            'get_work_states', "Work", sort=False,
            help="Whether the work was done meanwhile."),
        'on_change_with_work_state')
    email = fields.Char(
        "E-Mail",
        states={
            'readonly': Eval('state') != 'to_send',
            },
        help="Where to send the letter, if other than to who is told of the "
        "visits.")
    paper = fields.Binary(
        "Letter", readonly=True, filename='paper_name',
        states={
            'invisible': ~Eval('paper'),
            },
        help="The letter as it was sent.")
    paper_name = fields.Function(
        fields.Char(
            "File Name",
            help="The name of the file of the letter."),
        'on_change_with_paper_name')
    means = fields.Selection([
            (None, ""),
            ('email', "E-Mail"),
            ('post', "Post"),
            ], "Sent by", readonly=True, sort=False,
        states={
            'invisible': ~Eval('means'),
            },
        help="How the letter was sent.")
    sent_at = fields.DateTime(
        "Sent at", readonly=True,
        states={
            'invisible': ~Eval('sent_at'),
            },
        help="When the letter was sent or printed.")
    state = fields.Selection([
            ('to_send', "To Send"),
            ('sent', "Sent"),
            ('cancelled', "Not Needed"),
            ], "State", readonly=True, required=True, sort=False,
        help="The current state of the letter.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints += [
            ('order_unique', Unique(t, t.order),
                'maintenance_order.msg_attempt_letter_unique'),
            ]
        cls._sql_indexes.add(Index(
                t, (t.state, Index.Equality(cardinality='low')),
                where=t.state == 'to_send'))
        cls._order = [
            ('date', 'DESC'),
            ('id', 'DESC'),
            ]
        cls._transitions |= {
            ('to_send', 'sent'),
            ('to_send', 'cancelled'),
            ('cancelled', 'to_send'),
            }
        to_send = {
            'invisible': Eval('state') != 'to_send',
            'depends': ['state'],
            }
        cls._buttons.update({
                'mail': {**to_send, 'icon': 'tryton-email'},
                'print_': {**to_send, 'icon': 'tryton-print'},
                'cancel': {**to_send, 'icon': 'tryton-cancel'},
                'renew': {
                    'invisible': Eval('state') != 'cancelled',
                    'icon': 'tryton-undo',
                    'depends': ['state'],
                    },
                })

    @classmethod
    def default_state(cls):
        return 'to_send'

    @classmethod
    def get_work_states(cls):
        pool = Pool()
        Order = pool.get('maintenance.order')
        return Order.fields_get(['state'])['state']['selection']

    @fields.depends('order', '_parent_order.state')
    def on_change_with_work_state(self, name=None):
        return self.order.state if self.order else None

    @fields.depends('order', '_parent_order.number')
    def on_change_with_paper_name(self, name=None):
        return f'{self.order.number}.pdf' if self.order else None

    @classmethod
    def get_visits(cls, letters, names):
        pool = Pool()
        Visit = pool.get('maintenance.visit')
        found = Visit.in_vain([l.order for l in letters])
        result = {
            'visits': {
                l.id: [v.id for v in found[l.order.id]] for l in letters},
            'attempts': {l.id: len(found[l.order.id]) for l in letters},
            }
        return {name: result[name] for name in names}

    def get_rec_name(self, name):
        return f'{self.order.number} · {self.party.rec_name}'

    @classmethod
    def search_rec_name(cls, name, clause):
        operator = clause[1]
        bool_op = 'AND' if operator.startswith(('!', 'not ')) else 'OR'
        return [bool_op,
            ('order.number', *clause[1:]),
            ('party.rec_name', *clause[1:]),
            ]

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual',
                If(Eval('state') == 'cancelled', 'muted',
                    If((Eval('state') == 'to_send')
                        & Eval('work_state').in_([
                                'done', 'closed', 'cancelled']),
                        'warning', ''))),
            ]

    @classmethod
    @without_check_access
    def propose(cls, visits):
        "Make the letters of the orders which failed often enough, once"
        pool = Pool()
        Configuration = pool.get('maintenance.configuration')
        Visit = pool.get('maintenance.visit')
        configuration = Configuration(1)
        orders = list(dict.fromkeys(
                o for v in visits if v.failed_reason in CUSTOMERS_FAULT
                for o in v.orders))
        known = {l.order for l in cls.search([
                    ('order', 'in', [o.id for o in orders])])}
        found = Visit.in_vain(orders, just_now=visits)
        to_create = []
        for order in orders:
            limit = configuration.get_multivalue(
                'letter_attempts', company=order.company.id)
            if not limit or order in known or len(found[order.id]) < limit:
                continue
            to_create.append({
                    'order': order.id,
                    'company': order.company.id,
                    'party': order.party.id,
                    'date': found[order.id][-1].date,
                    })
        return cls.create(to_create) if to_create else []

    @classmethod
    @ModelView.button
    @Workflow.transition('sent')
    def mail(cls, letters):
        for letter in letters:
            addresses = letter._addresses()
            if not addresses:
                raise AttemptLetterError(gettext(
                        'maintenance_order.msg_attempt_letter_address',
                        letter=letter.rec_name,
                        party=letter.party.rec_name))
            letter._store('email')
            send_message_transactional(letter._message(addresses))
        cls.save(letters)

    @classmethod
    @ModelView.button_action('maintenance_order.report_attempt_letter')
    @Workflow.transition('sent')
    def print_(cls, letters):
        for letter in letters:
            letter._store('post')
        cls.save(letters)

    @classmethod
    @ModelView.button
    @Workflow.transition('cancelled')
    def cancel(cls, letters):
        pass

    @classmethod
    @ModelView.button
    @Workflow.transition('to_send')
    def renew(cls, letters):
        pass

    def _store(self, means):
        "Keep the paper as it goes out"
        pool = Pool()
        Date = pool.get('ir.date')
        Report = pool.get('maintenance.attempt_letter', type='report')
        if self.order.state in {'done', 'closed', 'cancelled'}:
            raise AttemptLetterError(gettext(
                    'maintenance_order.msg_attempt_letter_done',
                    letter=self.rec_name))
        self.date = Date.today()
        self.save()
        with without_check_access():
            self.paper = Report.execute([self.id], {})[1]
        self.means = means
        self.sent_at = dt.datetime.now(dt.timezone.utc).replace(
            tzinfo=None, microsecond=0)

    def _addresses(self):
        "Return the e-mail addresses of who gets the letter"
        if self.email:
            return [formataddr((self.party.name, self.email))]
        return self.visits[-1]._addresses('tickets') if self.visits else []

    def _message(self, addresses):
        pool = Pool()
        Lang = pool.get('ir.lang')
        lang = self.party.lang or Lang.get()
        message = company_message(
            self.company, addresses, 'attempts', lang,
            order=self.order.number, site=self.order.site.name,
            attempts=self.attempts)
        message.add_attachment(
            bytes(self.paper), maintype='application', subtype='pdf',
            filename=self.paper_name)
        return message


class Visit(metaclass=PoolMeta):
    __name__ = 'maintenance.visit'

    @classmethod
    @without_check_access
    def in_vain(cls, orders, just_now=()):
        """Return by id of the order the visits which failed at the door

        just_now are visits which are about to fail.
        """
        found = defaultdict(list)
        ids = {o.id for o in orders}
        for visit in cls.search([
                    ('tasks.order', 'in', list(ids)),
                    ('failed_reason', 'in', list(CUSTOMERS_FAULT)),
                    ['OR',
                        ('state', '=', 'failed'),
                        ('id', 'in', [v.id for v in just_now]),
                        ],
                    ], order=[('date', 'ASC'), ('id', 'ASC')]):
            for order in visit.orders:
                if order.id in ids:
                    found[order.id].append(visit)
        return found

    @classmethod
    def _settle_failed(cls, visits):
        pool = Pool()
        Letter = pool.get('maintenance.attempt_letter')
        super()._settle_failed(visits)
        Letter.propose(cls.browse(visits))


class AttemptLetterReport(HTMLReport):
    "The letter itself; once sent, as it was sent"
    __name__ = 'maintenance.attempt_letter'

    texts = [
        Text('title', 'maintenance_order.msg_text_title',
            'maintenance_order.msg_letter_title_default'),
        Text('request', 'maintenance_order.msg_text_request',
            'maintenance_order.msg_letter_request_default'),
        Text('conditions', 'maintenance_order.msg_text_conditions',
            'maintenance_order.msg_letter_conditions_default'),
        ]
    placeholders = {
        'number': 'order.number',
        'customer': 'party.name',
        'site': 'order.site.name',
        'attempts': 'attempts',
        }

    @classmethod
    def _execute(cls, records, header, data, action):
        if records and len(records) == 1 and records[0].paper:
            return 'pdf', bytes(records[0].paper)
        return super()._execute(records, header, data, action)

    @classmethod
    def get_context(cls, records, header, data):
        context = super().get_context(records, header, data)
        with without_check_access():
            context['visits'] = {
                l.id: [{
                        'date': v.date,
                        'time': v.arrived_at or v.planned_start,
                        'reason': v.failed_reason_string,
                        'who': v.leader.party.name if v.leader else '',
                        'number': v.number,
                        } for v in l.visits] for l in records or []}
        return context

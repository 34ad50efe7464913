# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt

from trytond.i18n import gettext
from trytond.model import ChatMixin, Index, ModelSQL, ModelView, fields
from trytond.pool import Pool
from trytond.pyson import Eval, If
from trytond.transaction import Transaction

from .exceptions import QuestionAnswerError


class Question(ChatMixin, ModelSQL, ModelView):
    __name__ = 'contaplus.question'
    _rec_name = 'text'

    _states = {
        'readonly': Eval('state') != 'open',
        }

    company = fields.Many2One(
        'company.company', "Company", required=True, states=_states,
        help="The company whose books the question is about.")
    move = fields.Many2One(
        'account.move', "Entry", required=True, ondelete='CASCADE',
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        states=_states,
        help="The entry that the adviser asks about.")
    text = fields.Text(
        "Question", required=True, states=_states,
        help="What the adviser wants to know.")
    answer = fields.Text(
        "Answer", states=_states,
        help="What the office answers.")
    asked_at = fields.Timestamp(
        "Asked At", readonly=True,
        help="When the question was asked.")
    asked_by = fields.Many2One(
        'res.user', "Asked By", readonly=True, ondelete='RESTRICT',
        help="Who asked.")
    answered_at = fields.Timestamp(
        "Answered At", readonly=True,
        help="When the question was answered.")
    answered_by = fields.Many2One(
        'res.user', "Answered By", readonly=True, ondelete='RESTRICT',
        help="Who answered.")
    state = fields.Selection([
            ('open', "Open"),
            ('answered', "Answered"),
            ], "State", required=True, readonly=True, sort=False,
        help="The current state of the question.")

    del _states

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._order = [('asked_at', 'DESC'), ('id', 'DESC')]
        cls._sql_indexes.update({
                Index(t,
                    (t.state, Index.Equality(cardinality='low')),
                    where=t.state == 'open'),
                Index(t, (t.move, Index.Equality())),
                })
        cls._buttons.update({
                'close': {
                    'invisible': Eval('state') != 'open',
                    'icon': 'tryton-ok',
                    'depends': ['state'],
                    },
                'reopen': {
                    'invisible': Eval('state') != 'answered',
                    'icon': 'tryton-back',
                    'depends': ['state'],
                    },
                })

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_asked_by(cls):
        return Transaction().user or None

    @classmethod
    def default_asked_at(cls):
        return dt.datetime.now(dt.timezone.utc).replace(tzinfo=None)

    @classmethod
    def default_state(cls):
        return 'open'

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual', If(
                    Eval('state') == 'answered', 'muted', '')),
            ]

    @classmethod
    def copy(cls, questions, default=None):
        default = default.copy() if default is not None else {}
        for name in [
                'answer', 'asked_at', 'asked_by', 'answered_at',
                'answered_by', 'state']:
            default.setdefault(name, getattr(
                    cls, f'default_{name}', lambda: None)())
        return super().copy(questions, default=default)

    @classmethod
    @ModelView.button
    def close(cls, questions):
        pool = Pool()
        User = pool.get('res.user')
        for question in questions:
            if not question.answer:
                raise QuestionAnswerError(gettext(
                        'contaplus_export.msg_question_answer',
                        move=question.move.rec_name))
            question.state = 'answered'
            question.answered_at = cls.default_asked_at()
            question.answered_by = User(Transaction().user)
        cls.save(questions)

    @classmethod
    @ModelView.button
    def reopen(cls, questions):
        cls.write(questions, {
                'state': 'open',
                'answered_at': None,
                'answered_by': None,
                })

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import re

from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.transaction import Transaction

from .exceptions import ClosedPeriodWarning
from .vat import ISSUED, MIRROR, RECEIVED, TaxFacts, classify

# No chart has taxes for the reverse charge at home: companies make them, and
# call them so.
_REVERSE = re.compile(
    r'suje(to|ción) pasiv|\bisp\b|reverse charge|inversione contabile', re.I)


class Tax(metaclass=PoolMeta):
    __name__ = 'account.tax'

    def contaplus_kind(self, kind=None):
        "Return the kind of VAT and the book it is in"
        found, book = classify(self._contaplus_facts())
        if kind and kind != found:
            if kind == MIRROR:
                book = ISSUED
            elif found == MIRROR:
                book = RECEIVED
            found = kind
        return found, book

    def _contaplus_facts(self):
        # The Spanish and European modules tell more, when they are there.
        root = self
        while root.parent:
            root = root.parent
        group = self.group or root.group
        sales = getattr(self, 'ec_sales_list_code', None)
        purchases = getattr(self, 'es_ec_purchases_list_code', None)
        european = ''
        if sales:
            european = 'services' if sales == 'S' else 'goods'
        elif purchases:
            european = 'services' if purchases == 'I' else 'goods'
        listed = None
        if hasattr(self, 'es_vat_list_code'):
            listed = bool(self.es_vat_list_code)
        return TaxFacts(
            rate=self.rate if self.type == 'percentage' else None,
            purchase=bool(group) and group.kind == 'purchase',
            child=bool(self.parent),
            surcharge=bool(getattr(self, 'es_reported_with', None)),
            european=european, listed=listed,
            investment=self._contaplus_investment(group),
            reverse=bool(_REVERSE.search(
                    f'{self.name} {self.description or ""}')))

    @classmethod
    def _contaplus_investment(cls, group):
        pool = Pool()
        ModelData = pool.get('ir.model.data')
        try:
            investment = ModelData.get_id(
                'account_es', 'tax_group_purchase_investment')
        except KeyError:
            return False
        return bool(group) and group.id == investment


class Move(metaclass=PoolMeta):
    __name__ = 'account.move'

    from_contaplus = fields.Boolean(
        "From the Adviser's Program", readonly=True,
        help="The entry was brought from the program of the adviser: it is "
        "never sent back.")
    contaplus_exports = fields.Function(
        fields.Many2Many(
            'contaplus.export', None, None, "Sent to the Adviser",
            help="The exports that sent the entry to the adviser."),
        'get_contaplus_exports', searcher='search_contaplus_exports')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._check_modify_exclude |= {'from_contaplus'}
        cls._buttons.update({
                'mark_from_contaplus': {
                    'invisible': Eval('from_contaplus', False),
                    'depends': ['from_contaplus'],
                    },
                'unmark_from_contaplus': {
                    'invisible': ~Eval('from_contaplus', False),
                    'depends': ['from_contaplus'],
                    },
                })

    @classmethod
    def default_from_contaplus(cls):
        return False

    @classmethod
    def get_contaplus_exports(cls, moves, name):
        pool = Pool()
        Entry = pool.get('contaplus.export.entry')
        found = {m.id: [] for m in moves}
        entries = Entry.search([
                ('move', 'in', list(found)),
                ('live', '=', True),
                ])
        for entry in entries:
            found[entry.move.id].append(entry.export.id)
        return found

    @classmethod
    def search_contaplus_exports(cls, name, clause):
        pool = Pool()
        Entry = pool.get('contaplus.export.entry')
        entry = Entry.__table__()
        _, operator, value = clause[:3]
        if value is None and '.' not in clause[0]:
            query = entry.select(entry.move, where=entry.live)
            return [('id', 'not in' if operator == '=' else 'in', query)]
        nested = clause[0][len(name):]
        entries = Entry.search([
                ('live', '=', True),
                ('export' + nested, *clause[1:]),
                ], query=True)
        query = entry.select(
            entry.move, where=entry.id.in_(entries))
        return [('id', 'in', query)]

    @classmethod
    def copy(cls, moves, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('from_contaplus', False)
        return super().copy(moves, default=default)

    @classmethod
    @ModelView.button
    def mark_from_contaplus(cls, moves):
        cls.write(moves, {'from_contaplus': True})

    @classmethod
    @ModelView.button
    def unmark_from_contaplus(cls, moves):
        cls.write(moves, {'from_contaplus': False})

    @classmethod
    def post(cls, moves):
        cls._warn_closed(moves)
        return super().post(moves)

    @classmethod
    def _warn_closed(cls, moves):
        "Say that the adviser has closed the books of that date"
        pool = Pool()
        Lang = pool.get('ir.lang')
        Profile = pool.get('contaplus.profile')
        Warning = pool.get('res.user.warning')
        if Transaction().context.get('_skip_warnings'):
            return
        closed = {}
        companies = {m.company.id for m in moves if m.company}
        for profile in Profile.search([
                    ('company', 'in', list(companies)),
                    ('closed_until', '!=', None),
                    ]):
            closed[profile.company] = max(
                closed.get(profile.company, profile.closed_until),
                profile.closed_until)
        late = [
            m for m in moves
            if m.company in closed and m.date <= closed[m.company]
            and not m.from_contaplus]
        if late:
            key = Warning.format('contaplus_closed', late)
            if Warning.check(key):
                move = late[0]
                lang = Lang.get()
                raise ClosedPeriodWarning(key, gettext(
                        'contaplus_export.msg_move_closed',
                        move=move.description_used or move.rec_name,
                        date=lang.strftime(move.date),
                        closed=lang.strftime(closed[move.company])))

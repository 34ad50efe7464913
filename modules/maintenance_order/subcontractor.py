# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Subcontractors who see their own visits, and nothing else."""
from sql import Null, Union

from trytond.cache import MemoryCache
from trytond.model import fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.transaction import Transaction, without_check_access

# What a subcontractor sees only as far as his visits go.
RESTRICTED = {
    'bank.account', 'checklist.checklist', 'maintenance.equipment',
    'maintenance.meter.reading', 'maintenance.order',
    'maintenance.order.payer', 'maintenance.order.task',
    'maintenance.site', 'maintenance.visit', 'maintenance.visit.line',
    'maintenance.visit.photo', 'party.address', 'party.contact_mechanism',
    'party.identifier', 'party.party',
    }


class User(metaclass=PoolMeta):
    __name__ = 'res.user'

    performer = fields.Many2One(
        'party.party', "Subcontractor", ondelete='RESTRICT',
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="The subcontractor for whom the user works: he sees only the "
        "visits which it makes in our name.")
    _performers_cache = MemoryCache('res.user.performers', context=False)

    @classmethod
    def get_performers(cls):
        "Return the ids of the subcontractors for whom the user works"
        user_id = Transaction().user
        performers = cls._performers_cache.get(user_id)
        if performers is None:
            with without_check_access():
                performer = cls(user_id).performer if user_id else None
            performers = (performer.id,) if performer else ()
            cls._performers_cache.set(user_id, performers)
        return performers

    @classmethod
    def on_modification(cls, mode, users, field_names=None):
        super().on_modification(mode, users, field_names=field_names)
        cls._performers_cache.clear()


class Rule(metaclass=PoolMeta):
    __name__ = 'ir.rule'

    @classmethod
    def _get_context(cls, model_name):
        pool = Pool()
        User = pool.get('res.user')
        context = super()._get_context(model_name)
        if model_name in RESTRICTED:
            context['performers'] = User.get_performers()
        return context

    @classmethod
    def _get_cache_key(cls, model_names):
        pool = Pool()
        User = pool.get('res.user')
        key = super()._get_cache_key(model_names)
        if RESTRICTED & set(model_names):
            key = (*key, User.get_performers())
        return key


class _PerformedMixin:
    "Records which are needed for the visits of subcontractors"
    __slots__ = ()

    @classmethod
    def _performed(cls):
        "Return the queries of (record, performer)"
        return []

    @classmethod
    @without_check_access
    def get_visit_performers(cls, records, name):
        found = {r.id: [] for r in records}
        cursor = Transaction().connection.cursor()
        query = Union(*cls._performed())
        cursor.execute(*query.select(
                query.record, query.performer,
                where=fields.SQL_OPERATORS['in'](
                    query.record, list(found))))
        for record, performer in cursor:
            found[record].append(performer)
        return found

    @classmethod
    def _performed_ids(cls, clause):
        _, operator, value = clause
        query = Union(*cls._performed())
        if operator in {'in', 'not in'}:
            value = list(value)
        return query.select(
            query.record,
            where=fields.SQL_OPERATORS[
                operator.removeprefix('not ').removeprefix('!')](
                query.performer, value))

    @classmethod
    def search_visit_performers(cls, name, clause):
        negative = clause[1].startswith(('!', 'not '))
        return [(
                'id', 'not in' if negative else 'in',
                cls._performed_ids(clause))]


class _PlacedMixin(_PerformedMixin):
    "The same with what is above and below"
    __slots__ = ()

    @classmethod
    def search_visit_performers(cls, name, clause):
        cursor = Transaction().connection.cursor()
        cursor.execute(*cls._performed_ids(clause))
        ids = list({id_ for id_, in cursor})
        found = ['OR',
            ('parent', 'parent_of', ids, 'parent'),
            ('parent', 'child_of', ids, 'parent'),
            ]
        if clause[1].startswith(('!', 'not ')):
            return [('id', 'not in', cls.search(found, query=True))]
        return found


def _visits(column):
    "Return who performs the visits which have the column"
    pool = Pool()
    Visit = pool.get('maintenance.visit')
    visit = Visit.__table__()
    column = getattr(visit, column)
    return visit.select(
        column.as_('record'), visit.performer,
        where=(visit.performer != Null) & (column != Null))


class Site(_PlacedMixin, metaclass=PoolMeta):
    __name__ = 'maintenance.site'

    visit_performers = fields.Function(
        fields.Many2Many(
            'party.party', None, None, "Subcontractors there",
            context={
                'company': Eval('company', -1),
                },
            depends={'company'},
            help="The subcontractors who need it for their visits."),
        'get_visit_performers', searcher='search_visit_performers')

    @classmethod
    def _performed(cls):
        return [*super()._performed(), _visits('site')]


class Equipment(_PlacedMixin, metaclass=PoolMeta):
    __name__ = 'maintenance.equipment'

    visit_performers = fields.Function(
        fields.Many2Many(
            'party.party', None, None, "Subcontractors there",
            context={
                'company': Eval('company', -1),
                },
            depends={'company'},
            help="The subcontractors who need it for their visits."),
        'get_visit_performers', searcher='search_visit_performers')

    @classmethod
    def _performed(cls):
        pool = Pool()
        Task = pool.get('maintenance.order.task')
        Visit = pool.get('maintenance.visit')
        Visit_Task = pool.get('maintenance.visit-maintenance.order.task')
        task = Task.__table__()
        visit = Visit.__table__()
        relation = Visit_Task.__table__()
        return [*super()._performed(), visit
            .join(relation, condition=relation.visit == visit.id)
            .join(task, condition=relation.task == task.id)
            .select(
                task.equipment.as_('record'), visit.performer,
                where=(visit.performer != Null) & (task.equipment != Null))]


class Party(_PerformedMixin, metaclass=PoolMeta):
    __name__ = 'party.party'

    visit_performers = fields.Function(
        fields.Many2Many(
            'party.party', None, None, "Subcontractors there",
            help="The subcontractors who need it for their visits."),
        'get_visit_performers', searcher='search_visit_performers')

    @classmethod
    def _performed(cls):
        "The subcontractor, the customer, and our people there"
        pool = Pool()
        Company = pool.get('company.company')
        Employee = pool.get('company.employee')
        Site = pool.get('maintenance.site')
        Visit = pool.get('maintenance.visit')
        company = Company.__table__()
        employee = Employee.__table__()
        site = Site.__table__()
        queries = [
            *super()._performed(), _visits('party'), _visits('performer')]
        for table, condition in [
                (company, lambda v: v.company == company.id),
                (employee, lambda v: v.leader == employee.id),
                (site, lambda v: v.site == site.id),
                ]:
            visit = Visit.__table__()
            queries.append(
                visit.join(table, condition=condition(visit)).select(
                    table.party.as_('record'), visit.performer,
                    where=visit.performer != Null))
        return queries


class WorkReport(metaclass=PoolMeta):
    __name__ = 'maintenance.visit.work_report'

    @classmethod
    def _hides_prices(cls):
        "Whether the reader may not know who pays what"
        pool = Pool()
        ModelAccess = pool.get('ir.model.access')
        return Transaction().check_access and not ModelAccess.check(
            'maintenance.visit.share', 'read', raise_exception=False)

    @classmethod
    def _stored_paper(cls, visit):
        # The paper was printed for the customer, with its prices.
        if cls._hides_prices():
            return None
        return super()._stored_paper(visit)

    @classmethod
    def _shows_prices(cls, visit):
        return super()._shows_prices(visit) and not cls._hides_prices()

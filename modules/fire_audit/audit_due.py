# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from sql import Literal
from sql.operators import Exists

from trytond.model import Index, ModelSQL, ModelView, fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Date, Eval, If
from trytond.transaction import Transaction

from . import due


class Audit(metaclass=PoolMeta):
    """The next dates, which a completed audit tells"""
    __name__ = 'fire.audit'

    dues = fields.One2Many(
        'fire.audit.due', 'audit', "Next Dates", readonly=True,
        help="When what is due again.")

    @classmethod
    def copy(cls, audits, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('dues')
        return super().copy(audits, default=default)

    @classmethod
    def complete(cls, audits):
        pool = Pool()
        Due = pool.get('fire.audit.due')
        super().complete(audits)
        Due.save([d for a in audits for d in a._get_dues()])

    @classmethod
    def reopen(cls, audits):
        pool = Pool()
        Due = pool.get('fire.audit.due')
        Due.delete([d for a in audits for d in a.dues])
        super().reopen(audits)

    def _get_dues(self):
        "Return the next date of each operation of the systems"
        pool = Pool()
        Due = pool.get('fire.audit.due')

        lines = {
            l.id: l for l in self.programme.lines
            if l.category in {s.category for s in self.systems}}
        systems = {s.category: s for s in self.systems}
        last = self._last_dates()
        operations = [
            due.Operation(
                key=line.id, period=line.period,
                last=last.get(line.id),
                base=systems[line.category].commissioned_date)
            for line in lines.values()]
        return [
            Due(audit=self, line=lines[d.key],
                system=systems[lines[d.key].category], date=d.date)
            for d in due.dues(operations, self.date)]

    def _last_dates(self):
        "Return the last time of each operation, this audit included"
        audits = self.search([
                ('company', '=', self.company.id),
                ('site', '=', self.site.id),
                ('programme', '=', self.programme.id),
                ('date', '<=', self.date),
                ['OR',
                    ('state', '=', 'issued'),
                    ('id', '=', self.id),
                    ],
                ],
            order=[('date', 'ASC'), ('id', 'ASC')])
        last = {}
        for audit in audits:
            done = {
                l for l in audit.programme.lines
                if l.period == audit.period
                # What the user may do himself is part of any longer check.
                or (l.performer == 'user' and l.period < audit.period)}
            categories = {s.category for s in audit.systems}
            last.update(
                (l.id, audit.date) for l in done if l.category in categories)
        return last


class Due(ModelSQL, ModelView):
    __name__ = 'fire.audit.due'

    audit = fields.Many2One(
        'fire.audit', "Audit", required=True, ondelete='CASCADE',
        help="The audit after which the date was computed.")
    company = fields.Function(
        fields.Many2One(
            'company.company', "Company",
            help="The company which makes the audit."),
        'on_change_with_company', searcher='search_company')
    system = fields.Many2One(
        'fire.system', "System", required=True, ondelete='CASCADE',
        help="What is due to be checked.")
    line = fields.Many2One(
        'fire.programme.line', "Operation", required=True,
        ondelete='RESTRICT',
        help="What is due.")
    date = fields.Date(
        "Date", required=True,
        help="The last day on which it should be done.")
    current = fields.Function(
        fields.Boolean(
            "Current",
            help="Checked until a later audit tells when the same is due."),
        'get_current', searcher='search_current')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls.__access__.add('audit')
        cls._sql_indexes.update({
                Index(t, (t.audit, Index.Range())),
                Index(t, (t.date, Index.Range())),
                Index(t, (t.system, Index.Range()), (t.line, Index.Range())),
                })
        cls._order = [
            ('date', 'ASC'),
            ('id', 'ASC'),
            ]

    @fields.depends('audit', '_parent_audit.company')
    def on_change_with_company(self, name=None):
        return self.audit.company if self.audit else None

    @classmethod
    def search_company(cls, name, clause):
        return [('audit.' + clause[0],) + tuple(clause[1:])]

    @classmethod
    def current_query(cls, *columns):
        """Return the query of the dates of issued audits which still count

        A later audit of the system says when the same is due after it.
        """
        pool = Pool()
        Audit = pool.get('fire.audit')

        table, later = cls.__table__(), cls.__table__()
        audit, later_audit = Audit.__table__(), Audit.__table__()
        replaced = later.join(
            later_audit, condition=later.audit == later_audit.id).select(
            Literal(1),
            where=(later.system == table.system)
            & (later.line == table.line)
            & (later_audit.state == 'issued')
            & ((later_audit.date > audit.date)
                | ((later_audit.date == audit.date)
                    & (later_audit.id > audit.id))))
        return table.join(audit, condition=table.audit == audit.id).select(
            *(getattr(table, name).as_(name) for name in columns),
            where=(audit.state == 'issued') & ~Exists(replaced))

    @classmethod
    def get_current(cls, dues, name):
        cursor = Transaction().connection.cursor()
        query = cls.current_query('id')
        cursor.execute(*query.select(
                query.id, where=fields.SQL_OPERATORS['in'](
                    query.id, [d.id for d in dues])))
        current = {id_ for id_, in cursor}
        return {d.id: d.id in current for d in dues}

    @classmethod
    def search_current(cls, name, clause):
        _, operator, value = clause
        in_ = 'in' if (operator == '=') == bool(value) else 'not in'
        return [('id', in_, cls.current_query('id'))]

    def get_rec_name(self, name):
        return f'{self.system.name} ({self.line.period})'

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('system.name',) + tuple(clause[1:])]

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual', If(
                    Eval('current', False) & (Eval('date', Date()) < Date()),
                    'danger', '')),
            ]

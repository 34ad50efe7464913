# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from collections import defaultdict

from sql import Cast, Literal, Null, Union
from sql.operators import Concat

from trytond.model import fields
from trytond.pool import Pool
from trytond.transaction import Transaction


class UnionMixin:
    """Rows which the records of other models tell

    A module adds its own with ``sources``.  A model has a row for each of
    what ``_told`` names, and what tells it.
    """
    __slots__ = ()
    # The columns which the sources select, in order.
    _told = ()

    kind = fields.Selection(
        'get_kinds', "What",
        help="What it is about.")
    record = fields.Reference(
        "Record", selection='get_kinds',
        help="What tells it, to open it.")
    text = fields.Char(
        "Text",
        help="The number, the value or the reason, as the record has it.")
    detail = fields.Function(
        fields.Char(
            "Detail",
            help="The number, the value or the reason."),
        'get_detail', searcher='search_detail')

    @classmethod
    def sources(cls):
        """Return by model the function which selects from its records

        The function gets the table of the model and returns what to select
        from, the column of the id, those of _told, and a condition or None.
        A record that gives several rows returns the id of what ties them.
        """
        return {}

    @classmethod
    def get_kinds(cls):
        return [(None, ''), *(
                (name, cls._kind_name(name)) for name in cls.sources())]

    @classmethod
    def _kind_name(cls, name):
        "Return what the model is called, without its module before it"
        pool = Pool()
        IrModel = pool.get('ir.model')
        string = IrModel.get_name(name)
        if string == pool.get(name).__string__:
            # No language has a word for it: Account Invoice is an invoice.
            string = string.partition(' ')[2] or string
        return string

    @classmethod
    def in_words(cls):
        "Return by model the field which tells in words what no column can"
        return {}

    @classmethod
    def order_detail(cls, tables):
        table, _ = tables[None]
        return [table.text]

    @classmethod
    def get_detail(cls, rows, name):
        pool = Pool()

        result = {r.id: r.text for r in rows}
        told = defaultdict(dict)
        for row in rows:
            if row.kind in cls.in_words():
                told[row.kind][row.id] = row.record.id
        for kind, ids in told.items():
            Model = pool.get(kind)
            records = {
                r.id: r for r in Model.browse(sorted(set(ids.values())))}
            for row_id, record_id in ids.items():
                words = getattr(records[record_id], cls.in_words()[kind])
                result[row_id] = ". ".join(
                    filter(None, [words, result[row_id]])) or None
        return result

    @classmethod
    def search_detail(cls, name, clause):
        return [('text',) + tuple(clause[1:])]

    @classmethod
    def table_query(cls):
        pool = Pool()
        Access = pool.get('ir.model.access')

        sources = cls.sources()
        queries = []
        for number, (name, select) in enumerate(sources.items()):
            Model = pool.get(name)
            checked = Transaction().check_access
            # Nobody sees here what he may not see there.
            if checked and not Access.check(
                    name, 'read', raise_exception=False):
                continue
            table = Model.__table__()
            from_, id_, *told, where = select(table)
            condition = Literal(True) if where is None else where
            if checked:
                condition &= table.id.in_(
                    Model.search([], order=[], query=True))
            queries.append(from_.select(
                    (id_ * len(sources) + number).as_('id'),
                    *(cls._fields[field].sql_cast(value).as_(field)
                        for field, value in zip(cls._told, told)),
                    cls.kind.sql_cast(Literal(name)).as_('kind'),
                    cls.record.sql_cast(Concat(
                            name + ',', Cast(table.id, 'VARCHAR'))
                        ).as_('record'),
                    where=condition))
        if not queries:
            queries.append(cls._nothing())
        return Union(*queries, all_=True) if len(queries) > 1 else queries[0]

    @classmethod
    def _nothing(cls):
        pool = Pool()
        user = pool.get('res.user').__table__()
        return user.select(
            user.id.as_('id'),
            *(cls._fields[name].sql_cast(Null).as_(name)
                for name in [*cls._told, 'kind', 'record']),
            where=Literal(False))

    def get_rec_name(self, name):
        return self.record.rec_name if self.record else ''

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from sql import Cast, Literal, Null, Union
from sql.operators import Concat

from trytond.model import ModelSQL, ModelView, fields
from trytond.pool import Pool, PoolMeta
from trytond.transaction import Transaction, check_access


class History(ModelSQL, ModelView):
    """All that happened to the equipment, told by the records of others

    Another module adds its own with ``sources``.
    """
    __name__ = 'maintenance.equipment.history'

    equipment = fields.Many2One(
        'maintenance.equipment', "Equipment", required=True,
        help="What it happened to.")
    date = fields.Date(
        "Date",
        help="When it happened.")
    kind = fields.Selection(
        'get_kinds', "What",
        help="What happened.")
    detail = fields.Char(
        "Detail",
        help="The number, the value or the reason.")
    record = fields.Reference(
        "Record", selection='get_kinds',
        help="What tells it, to open it.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('equipment')
        cls._order = [
            ('date', 'DESC'),
            ('id', 'DESC'),
            ]

    @classmethod
    def sources(cls):
        """Return by model the function which selects from its records

        The function gets the table of the model and returns what to select
        from, the columns id, equipment, date and detail, and a condition.
        A record that concerns several machines gives a row for each, with
        the id of what ties them.
        """
        return {
            'maintenance.equipment.placement': cls._placements,
            'maintenance.meter.reading': cls._readings,
            'maintenance.warranty': cls._warranties,
            'maintenance.downtime': cls._downtimes,
            }

    @classmethod
    def get_kinds(cls):
        pool = Pool()
        Model = pool.get('ir.model')
        return [(None, ''), *(
                (name, Model.get_name(name)) for name in cls.sources())]

    @classmethod
    def _placements(cls, table):
        pool = Pool()
        Site = pool.get('maintenance.site')
        site = Site.__table__()
        from_ = table.join(site, condition=table.site == site.id)
        return (
            from_, table.id, table.equipment, table.from_date, site.name, None)

    @classmethod
    def _readings(cls, table):
        pool = Pool()
        Meter = pool.get('maintenance.meter')
        meter = Meter.__table__()
        from_ = table.join(meter, condition=table.meter == meter.id)
        detail = Concat(
            Concat(meter.name, ': '), Cast(table.value, 'VARCHAR'))
        return (
            from_, table.id, meter.equipment, table.when, detail,
            table.state == 'valid')

    @classmethod
    def _warranties(cls, table):
        return (
            table, table.id, table.equipment, table.start_date,
            table.exclusions, None)

    @classmethod
    def _downtimes(cls, table):
        return (
            table, table.id, table.equipment, table.start, table.reason, None)

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
            from_, id_, equipment, date, detail, where = select(table)
            condition = equipment != Null
            if where is not None:
                condition &= where
            if checked:
                condition &= table.id.in_(
                    Model.search([], order=[], query=True))
            queries.append(from_.select(
                    (id_ * len(sources) + number).as_('id'),
                    equipment.as_('equipment'),
                    cls.date.sql_cast(date).as_('date'),
                    cls.kind.sql_cast(Literal(name)).as_('kind'),
                    cls.detail.sql_cast(detail).as_('detail'),
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
        equipment = pool.get('maintenance.equipment').__table__()
        return equipment.select(
            equipment.id.as_('id'), equipment.id.as_('equipment'),
            cls.date.sql_cast(Null).as_('date'),
            *(getattr(cls, name).sql_cast(Null).as_(name)
                for name in ['kind', 'detail', 'record']),
            where=Literal(False))

    def get_rec_name(self, name):
        return self.record.rec_name if self.record else ''


class Equipment(metaclass=PoolMeta):
    __name__ = 'maintenance.equipment'

    history = fields.Function(
        fields.Many2Many(
            'maintenance.equipment.history', None, None, "History",
            help="All that happened to it, the last first."),
        'get_history')

    @classmethod
    @check_access
    def get_history(cls, equipments, name):
        pool = Pool()
        History = pool.get('maintenance.equipment.history')
        result = {e.id: [] for e in equipments}
        for row in History.search([('equipment', 'in', list(result))]):
            result[row.equipment.id].append(row.id)
        return result

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt

from sql import Null

from trytond.i18n import gettext
from trytond.model import Index, ModelSQL, ModelView, fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Bool, Eval, If

from .exceptions import DowntimeDateError


def now():
    return dt.datetime.now(dt.timezone.utc).replace(
        tzinfo=None, microsecond=0)


class Downtime(ModelSQL, ModelView):
    "A time in which a machine could not work"
    __name__ = 'maintenance.downtime'

    equipment = fields.Many2One(
        'maintenance.equipment', "Equipment", required=True,
        ondelete='CASCADE',
        help="What stood still.")
    company = fields.Function(
        fields.Many2One(
            'company.company', "Company",
            help="The company which attends the equipment."),
        'on_change_with_company', searcher='search_company')
    start = fields.DateTime(
        "From", required=True,
        help="When it stopped.")
    end = fields.DateTime(
        "To",
        domain=['OR',
            ('end', '=', None),
            ('end', '>=', Eval('start', None)),
            ],
        help="When it worked again. Empty means it stands still.")
    duration = fields.Function(
        fields.TimeDelta(
            "Duration",
            help="How long it stood still, until now if it still does."),
        'get_duration')
    planned = fields.Boolean(
        "Planned",
        help="Check if the machine was stopped on purpose, for maintenance "
        "or works: it is no failure.")
    reason = fields.Char(
        "Reason",
        help="What happened.")
    origin = fields.Reference(
        "Origin", selection='get_origins', readonly=True,
        help="What told that it stood still.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls.__access__.add('equipment')
        cls._sql_indexes.update({
                Index(t,
                    (t.equipment, Index.Range()), (t.start, Index.Range())),
                Index(t,
                    (t.equipment, Index.Range()), where=t.end == Null),
                })
        cls._order = [
            ('start', 'DESC'),
            ('id', 'DESC'),
            ]
        cls._buttons.update({
                'close': {
                    'invisible': Bool(Eval('end')),
                    'icon': 'tryton-ok',
                    'depends': ['end'],
                    },
                })

    @classmethod
    def default_start(cls):
        return now()

    @classmethod
    def default_planned(cls):
        return False

    @fields.depends('equipment', '_parent_equipment.company')
    def on_change_with_company(self, name=None):
        return self.equipment.company if self.equipment else None

    @classmethod
    def search_company(cls, name, clause):
        return [('equipment.' + clause[0],) + tuple(clause[1:])]

    @classmethod
    def get_duration(cls, downtimes, name):
        until = now()
        return {
            d.id: max((d.end or until) - d.start, dt.timedelta())
            for d in downtimes}

    @classmethod
    def get_origins(cls):
        pool = Pool()
        Model = pool.get('ir.model')
        get_name = Model.get_name
        return [(None, ''), *((m, get_name(m)) for m in cls._get_origins())]

    @classmethod
    def _get_origins(cls):
        "Return the names of the models which tell of downtime"
        return []

    def get_rec_name(self, name):
        pool = Pool()
        Lang = pool.get('ir.lang')
        return f'{self.equipment.rec_name} ({Lang.get().strftime(self.start)})'

    @classmethod
    def search_rec_name(cls, name, clause):
        _, operator, operand = clause[:3]
        if operator.startswith('!') or operator.startswith('not '):
            bool_op = 'AND'
        else:
            bool_op = 'OR'
        return [bool_op,
            ('equipment.rec_name', operator, operand),
            ('reason', operator, operand),
            ]

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual',
                If(~Eval('end') & ~Eval('planned'), 'danger',
                    If(~Eval('end'), 'warning', ''))),
            ]

    @classmethod
    def validate_fields(cls, downtimes, field_names):
        super().validate_fields(downtimes, field_names)
        cls.check_dates(downtimes)

    @classmethod
    def check_dates(cls, downtimes):
        pool = Pool()
        Lang = pool.get('ir.lang')
        until = now()
        for downtime in downtimes:
            if not downtime.planned and (
                    downtime.start > until + dt.timedelta(minutes=5)):
                # What is to come is planned or not known.
                raise DowntimeDateError(gettext(
                        'maintenance_equipment.msg_downtime_future',
                        equipment=downtime.equipment.rec_name,
                        date=Lang.get().strftime(downtime.start)))

    @classmethod
    @ModelView.button
    def close(cls, downtimes):
        "The machine works again"
        until = now()
        open_ = [d for d in downtimes if not d.end]
        for downtime in open_:
            downtime.end = max(until, downtime.start)
        cls.save(open_)


class Equipment(metaclass=PoolMeta):
    __name__ = 'maintenance.equipment'

    downtimes = fields.One2Many(
        'maintenance.downtime', 'equipment', "Downtime",
        help="When it could not work.")

    @classmethod
    def copy(cls, equipments, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('downtimes')
        return super().copy(equipments, default=default)

    @classmethod
    def retire(cls, equipments):
        pool = Pool()
        Downtime = pool.get('maintenance.downtime')
        super().retire(equipments)
        Downtime.close(Downtime.search([
                    ('equipment', 'in', [e.id for e in equipments]),
                    ('equipment.state', '=', 'retired'),
                    ('end', '=', None),
                    ]))

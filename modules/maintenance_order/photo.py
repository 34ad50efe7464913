# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
import uuid

from trytond.model import (
    Index, ModelSQL, ModelView, Unique, fields, sequence_ordered)
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval

from .visit_signing import REPORTED


class VisitPhoto(sequence_ordered(), ModelSQL, ModelView):
    "A picture taken on a visit, before or after the work"
    __name__ = 'maintenance.visit.photo'

    visit = fields.Many2One(
        'maintenance.visit', "Visit", required=True, ondelete='CASCADE',
        help="The visit on which it was taken.")
    company = fields.Many2One(
        'company.company', "Company", required=True, readonly=True,
        help="The company which made the visit.")
    task = fields.Many2One(
        'maintenance.order.task', "Task", ondelete='RESTRICT',
        domain=[
            ('visits', '=', Eval('visit', -1)),
            ],
        help="The task it belongs to.")
    moment = fields.Selection([
            ('before', "Before"),
            ('after', "After"),
            ('other', "Other"),
            ], "Moment", required=True, sort=False,
        help="Whether it shows how it was, or how it was left.")
    picture = fields.Binary(
        "Picture", filename='name', required=True, file_id='picture_file_id',
        store_prefix='maintenance_photo',
        help="The picture.")
    picture_file_id = fields.Char(
        "Picture File", readonly=True,
        help="Where the picture is kept when files are not in the database.")
    name = fields.Char(
        "Name",
        help="The name of the file.")
    description = fields.Char(
        "Description",
        help="What it shows.")
    printed = fields.Boolean(
        "On the Report",
        help="Check to print it on the work report.")
    taken_at = fields.DateTime(
        "Taken at",
        help="When it was taken, by the clock of the device.")
    uuid = fields.Char(
        "UUID", readonly=True, strip=False,
        help="The identifier made on the device of the technician.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('visit')
        t = cls.__table__()
        cls._sql_constraints += [
            ('uuid_unique', Unique(t, t.uuid),
                'maintenance_order.msg_photo_uuid_unique'),
            ]
        cls._sql_indexes.add(Index(t, (t.visit, Index.Range())))

    @classmethod
    def default_company(cls):
        pool = Pool()
        return pool.get('maintenance.visit').default_company()

    @classmethod
    def default_moment(cls):
        return 'after'

    @classmethod
    def default_printed(cls):
        return True

    def get_rec_name(self, name):
        return self.description or self.name or self.visit.rec_name

    @classmethod
    def search_rec_name(cls, name, clause):
        return ['OR',
            ('description',) + tuple(clause[1:]),
            ('name',) + tuple(clause[1:]),
            ]

    @classmethod
    def preprocess_values(cls, mode, values):
        pool = Pool()
        Visit = pool.get('maintenance.visit')
        values = super().preprocess_values(mode, values)
        if mode == 'create':
            if values.get('visit'):
                values['company'] = Visit(values['visit']).company.id
            if not values.get('uuid'):
                values['uuid'] = str(uuid.uuid4())
            if not values.get('taken_at'):
                values['taken_at'] = dt.datetime.now(
                    dt.timezone.utc).replace(tzinfo=None, microsecond=0)
        return values

    @classmethod
    def copy(cls, photos, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('uuid')
        return super().copy(photos, default=default)


class Visit(metaclass=PoolMeta):
    __name__ = 'maintenance.visit'

    photos = fields.One2Many(
        'maintenance.visit.photo', 'visit', "Photos", states=REPORTED,
        help="Pictures taken on the visit.")

    @classmethod
    def copy(cls, visits, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('photos')
        return super().copy(visits, default=default)

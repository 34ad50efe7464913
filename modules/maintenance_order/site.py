# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt

from trytond.model import fields
from trytond.pool import Pool, PoolMeta
from trytond.transaction import without_check_access


class Site(metaclass=PoolMeta):
    __name__ = 'maintenance.site'

    signature_required = fields.Selection([
            (None, "As Configured"),
            ('yes', "Required"),
            ('no', "Not Required"),
            ], "Signature", sort=False,
        help="Whether a visit must be signed before it is posted.")


class SiteKey(metaclass=PoolMeta):
    __name__ = 'maintenance.site.key'

    @classmethod
    def sites_open_to_user(cls, sites):
        "Add the sites where the user has a visit this week"
        pool = Pool()
        Site = pool.get('maintenance.site')
        User = pool.get('res.user')
        Visit = pool.get('maintenance.visit')

        found = super().sites_open_to_user(sites)
        employees = User.get_employees()
        missing = {s.id for s in sites} - found
        if not missing or not employees:
            return found
        monday, sunday = cls._week()
        with without_check_access():
            visits = Visit.search([
                    ('state', '!=', 'cancelled'),
                    ['OR',
                        ('leader', 'in', employees),
                        ('employees', 'in', employees),
                        ],
                    ['OR',
                        [('date', '>=', monday), ('date', '<=', sunday)],
                        [
                            ('planned_start', '>=', dt.datetime.combine(
                                    monday, dt.time.min)),
                            ('planned_start', '<=', dt.datetime.combine(
                                    sunday, dt.time.max)),
                            ],
                        ],
                    ])
            visited = {v.site.id for v in visits}
            if visited:
                # Keys hang in the hall or in the room: the visit is to both.
                found |= {s.id for s in Site.search([
                            ('id', 'in', list(missing)),
                            ['OR',
                                ('parent', 'child_of', list(visited),
                                    'parent'),
                                ('parent', 'parent_of', list(visited),
                                    'parent'),
                                ],
                            ])}
        return found

    @classmethod
    def _week(cls):
        pool = Pool()
        Date = pool.get('ir.date')
        today = Date.today()
        monday = today - dt.timedelta(days=today.weekday())
        return monday, monday + dt.timedelta(days=6)

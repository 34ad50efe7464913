# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.model import fields
from trytond.pool import PoolMeta
from trytond.pyson import Eval


class Profile(metaclass=PoolMeta):
    __name__ = 'contaplus.profile'

    _domain = [
        ('type', '=', 'root'),
        ('company', '=', Eval('company', -1)),
        ]

    department_root = fields.Many2One(
        'analytic_account.account', "Departments", ondelete='RESTRICT',
        domain=_domain,
        help="The analytic accounts under it are the departments of the "
        "adviser's program, by their code.")
    project_root = fields.Many2One(
        'analytic_account.account', "Projects", ondelete='RESTRICT',
        domain=_domain,
        help="The analytic accounts under it are the projects of the "
        "adviser's program, by their code.")

    del _domain

    @property
    def analytic_roots(self):
        return tuple(
            root.id if root else None
            for root in [self.department_root, self.project_root])

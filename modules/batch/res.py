# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.pool import PoolMeta
from trytond.transaction import Transaction


class Warning_(metaclass=PoolMeta):
    __name__ = 'res.user.warning'

    @classmethod
    def check(cls, warning_name):
        # The queue hides all warnings; a job that wants them gets each once.
        asked = Transaction().context.get('_batch_asked')
        if asked is not None:
            return warning_name not in asked
        return super().check(warning_name)

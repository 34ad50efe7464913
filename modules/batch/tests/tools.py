# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from proteus import Model
from proteus import config as pconfig

from trytond.transaction import Transaction

__all__ = ['prepare_run']


def prepare_run(job, params=None, config=None):
    "Return a draft run of the job as code in the server makes it"
    from trytond.pool import Pool
    config = config or pconfig.get_config()
    with Transaction().start(
            config.database_name, config.user,
            context=config.context) as transaction:
        run_id = Pool().get('batch.run').prepare(job, params).id
        transaction.commit()
    return Model.get('batch.run', config=config)(run_id)

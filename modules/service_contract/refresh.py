# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What is changed in a running contract changes its pending periods."""
from trytond.pool import Pool


class RefreshMixin:
    __slots__ = ()
    # The fields which change what is to be invoiced.
    _refresh_fields = frozenset()

    @classmethod
    def on_modification(cls, mode, records, field_names=None):
        super().on_modification(mode, records, field_names=field_names)
        if mode == 'create' or (
                mode == 'write' and field_names & cls._refresh_fields):
            _refresh(cls._contracts_to_refresh(records))

    @classmethod
    def on_delete(cls, records):
        callback = super().on_delete(records)
        contracts = cls._contracts_to_refresh(records)
        if contracts:
            callback.append(lambda: _refresh(contracts))
        return callback

    @classmethod
    def _contracts_to_refresh(cls, records):
        return [
            c for c in {r.the_contract for r in records}
            if c and c.state == 'running']


def _refresh(contracts):
    pool = Pool()
    Contract = pool.get('service.contract')
    # Read again: what is deleted or changed must not be remembered.
    contracts = Contract.search([('id', 'in', [c.id for c in contracts])])
    if contracts:
        Contract.refresh(contracts)

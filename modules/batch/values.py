# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Values of jobs (keys, parameters, arguments) as JSON text."""
import datetime as dt
import json

from trytond.model import Model
from trytond.protocols.jsonrpc import JSONDecoder, JSONEncoder

__all__ = ['decode', 'encode', 'now', 'reference']


class _Encoder(JSONEncoder):
    def default(self, obj):
        if isinstance(obj, Model):
            # A name is read by people, who may not have the record any more.
            return obj.rec_name
        return super().default(obj)


def encode(value):
    return json.dumps(value, cls=_Encoder, separators=(',', ':'))


def decode(text):
    return json.loads(text, object_hook=JSONDecoder()) if text else None


def reference(record):
    "Return 'model,id' of what a job calls a record"
    if record is None or isinstance(record, str):
        return record
    return str(record)


def now():
    "Return the time as Tryton stores it: naive, UTC"
    return dt.datetime.now(dt.timezone.utc).replace(tzinfo=None)

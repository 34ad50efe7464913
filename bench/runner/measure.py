# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What a benchmark took: time, processor, statements, memory."""
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .cluster import cpu_of_server


@dataclass
class Measure:
    seconds: float = 0
    cpu: float = 0
    server_cpu: float | None = None
    sql: int = 0
    peak_mb: float = 0


@contextmanager
def measure(backend_pid):
    "Fill a measure with what the block takes"
    result = Measure()
    with count_statements() as counter:
        _reset_peak()
        server = cpu_of_server(backend_pid)
        cpu = time.process_time()
        start = time.perf_counter()
        yield result
        result.seconds = time.perf_counter() - start
        result.cpu = time.process_time() - cpu
        if server is not None:
            result.server_cpu = cpu_of_server(backend_pid) - server
        result.peak_mb = _peak() / 1024
    result.sql = counter[0]


@contextmanager
def count_statements():
    "Count what goes to the server, whoever sends it"
    import psycopg
    counter = [0]
    execute = psycopg.Cursor.execute
    executemany = psycopg.Cursor.executemany

    def counted(self, *args, **kwargs):
        counter[0] += 1
        return execute(self, *args, **kwargs)

    def counted_many(self, *args, **kwargs):
        counter[0] += 1
        return executemany(self, *args, **kwargs)

    psycopg.Cursor.execute = counted
    psycopg.Cursor.executemany = counted_many
    try:
        yield counter
    finally:
        psycopg.Cursor.execute = execute
        psycopg.Cursor.executemany = executemany


def _reset_peak():
    try:
        Path('/proc/self/clear_refs').write_text('5')
    except OSError:
        # Without this right the peak includes the set-up.
        pass


def _peak():
    for line in Path('/proc/self/status').read_text().splitlines():
        if line.startswith('VmHWM:'):
            return int(line.split()[1])
    return 0

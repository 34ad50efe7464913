# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What a benchmark took: time, processor, statements, memory."""
import os
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .cluster import cpu_of_server, processes_below

_counters = []


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
        cpu = _cpu()
        start = time.perf_counter()
        yield result
        result.seconds = time.perf_counter() - start
        result.cpu = _cpu() - cpu
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
    _counters.append(counter)
    try:
        yield counter
    finally:
        _counters.remove(counter)
        psycopg.Cursor.execute = execute
        psycopg.Cursor.executemany = executemany


def add_statements(number):
    "Count what another process sent for us"
    for counter in _counters:
        counter[0] += number


def _cpu():
    "The seconds of this process and of those it has started"
    return time.process_time() + sum(
        p.seconds for p in processes_below(os.getpid()))


def _reset_peak():
    for pid in [os.getpid(), *(
                p.pid for p in processes_below(os.getpid()))]:
        try:
            Path(f'/proc/{pid}/clear_refs').write_text('5')
        except OSError:
            # Without this right the peak includes the set-up.
            pass


def _peak():
    "That of the greatest process"
    found = [0]
    for pid in [os.getpid(), *(
                p.pid for p in processes_below(os.getpid()))]:
        for line in Path(f'/proc/{pid}/status').read_text().splitlines():
            if line.startswith('VmHWM:'):
                found.append(int(line.split()[1]))
    return max(found)

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The command line, and the processes that do the work."""
import argparse
import ast
import importlib
import json
import os
import subprocess
import sys
import tempfile
from contextlib import nullcontext
from pathlib import Path

from .cluster import Cluster, ClusterError, Server

BENCH = Path(__file__).resolve().parents[1]
ROOT = BENCH.parent
KEYS = [
    'name', 'size', 'records', 'seconds', 'cpu', 'server_cpu', 'per_second',
    'sql', 'peak_mb']


class BenchError(Exception):
    pass


def names():
    return sorted(
        p.stem for p in BENCH.glob('*.py') if not p.stem.startswith('_'))


def _title(name):
    module = ast.parse((BENCH / f'{name}.py').read_text())
    return (ast.get_docstring(module) or '').split('\n')[0]


def main(args=None):
    parser = argparse.ArgumentParser(
        prog='bench/run', description="Run benchmarks on PostgreSQL.")
    parser.add_argument('name', nargs='*', help="the names, see --list")
    parser.add_argument(
        '--size', type=int, action='append', metavar='N',
        help="number of customers of the world, may be given several times "
        "(200 and 400 when left out)")
    parser.add_argument(
        '--database', metavar='URI',
        help="postgresql:// URI of the server to use instead of a "
        "throw-away one")
    parser.add_argument(
        '--json', metavar='FILE', help="write the figures into the file")
    parser.add_argument(
        '--list', action='store_true', help="name the benchmarks and stop")
    parser.add_argument(
        '--data', metavar='FOLDER',
        help="keep the server's data in the folder, so that the next run "
        "finds the modules already activated")
    parser.add_argument(
        '--workers', type=int, default=1, metavar='N',
        help="how many processes share a job (default: %(default)s)")
    parser.add_argument(
        '--profile', metavar='FILE',
        help="write the profile of the last size into the file")
    arguments = parser.parse_args(args)

    if arguments.list:
        for name in names():
            print(f'{name:24}{_title(name)}')
        return 0
    if not arguments.name:
        parser.error("name a benchmark, --list shows them")
    for name in arguments.name:
        if name not in names():
            parser.error(f"there is no benchmark {name}, --list shows them")
    if arguments.workers < 1:
        parser.error("at least one process works")
    for size in arguments.size or []:
        if size < 1:
            parser.error("a size is a number of customers, at least 1")
    try:
        results = run(
            arguments.name, arguments.size or [200, 400], arguments.database,
            data=arguments.data, profile=arguments.profile,
            workers=arguments.workers)
    except (BenchError, ClusterError) as error:
        print(f'bench/run: {error}', file=sys.stderr)
        return 1
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(results, indent=2) + '\n')
    return 0


def run(benchmarks, sizes, uri=None, data=None, profile=None, workers=1):
    "Run the benchmarks at each size and return their figures"
    results = []
    cluster = nullcontext() if uri else Cluster(data)
    with cluster:
        server = Server(uri or cluster.uri)
        _print_header()
        for name in benchmarks:
            modules = importlib.import_module(f'bench.{name}').modules
            template = _template(server, modules)
            for size in sizes:
                database = f'bench_{os.getpid()}_{size}'
                server.create(database, template=template)
                try:
                    result = _child(
                        server.uri, 'measure', name, str(size), database,
                        profile or '', str(workers))
                finally:
                    server.drop(database)
                results.append(result)
                _print_result(result)
    return results


def _template(server, modules):
    "Return a database with the modules and a company"
    sys.path.insert(0, str(ROOT))
    from tests.database import digest_of
    digest = digest_of(tuple(sorted(modules)))
    name = f'bench_template_{digest[:24]}'
    if name not in server.databases():
        # Built under another name: a broken one is never taken for a whole.
        building = f'bench_building_{os.getpid()}'
        server.create(building)
        try:
            server.extend(building)
            _child(server.uri, 'build', server.uri, building, *modules)
            server.rename(building, name)
        except BaseException:
            server.drop(building)
            raise
    return name


def _child(uri, *args):
    # As in production: Python without asserts, records of a chunk cached.
    environment = {
        k: v for k, v in os.environ.items() if not k.startswith('TRYTOND_')}
    environment.update({
            'PYTHONOPTIMIZE': '1',
            'TRYTOND_DATABASE_URI': uri,
            'TRYTOND_CACHE__RECORD': '10000',
            'TRYTOND_QUEUE__WORKER': 'False',
            })
    with tempfile.NamedTemporaryFile() as output:
        result = subprocess.run(
            [sys.executable, '-m', 'bench.runner.main', output.name, *args],
            cwd=ROOT, env=environment)
        if result.returncode:
            raise BenchError(f"{' '.join(args[:3])} failed, see above.")
        text = Path(output.name).read_text()
    return json.loads(text) if text else None


def _build(uri, database, *modules):
    with tempfile.TemporaryDirectory() as folder:
        conf = Path(folder) / 'trytond.conf'
        conf.write_text(f'[database]\nuri = {uri}\n[queue]\nworker = False\n')
        password = Path(folder) / 'password'
        password.write_text('admin')
        command = [
            str(Path(sys.executable).parent / 'trytond-admin'),
            '-c', str(conf), '-d', database, '--email', 'admin@example.com',
            '-u', *modules, '--activate-dependencies']
        subprocess.run(
            command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL,
            env=dict(os.environ, TRYTONPASSFILE=str(password)))
    from .world import build
    build(f'{uri}/{database}')


def _measure(name, size, database, profile, workers):
    from .measure import measure
    from .world import World
    benchmark = importlib.import_module(f'bench.{name}')
    world = World(database, int(size), int(workers))
    try:
        world.create_customers(getattr(benchmark, 'customers', None))
        benchmark.prepare(world)
        backend_pid = _analyze(world)
        world.start_helpers()
        profiler = None
        if profile:
            import cProfile
            profiler = cProfile.Profile()
        with measure(backend_pid) as taken:
            if profiler:
                profiler.enable()
            records = benchmark.run(world)
            if profiler:
                profiler.disable()
        if profiler:
            profiler.dump_stats(profile)
        benchmark.check(world, records)
    finally:
        world.close()
    return dict(zip(KEYS, [
                name, int(size), records, round(taken.seconds, 3),
                round(taken.cpu, 3),
                (None if taken.server_cpu is None
                    else round(taken.server_cpu, 3)),
                round(records / taken.seconds, 1) if taken.seconds else None,
                taken.sql, round(taken.peak_mb, 1)]))


def _analyze(world):
    "Leave the tables as autovacuum does, return the process which answers"
    import psycopg

    uri = os.environ['TRYTOND_DATABASE_URI']
    with psycopg.connect(
            f'{uri}/{world.database}', autocommit=True) as connection:
        connection.execute('VACUUM ANALYZE')
    with world.transaction() as transaction:
        cursor = transaction.connection.cursor()
        cursor.execute('SELECT pg_backend_pid()')
        backend_pid, = cursor.fetchone()
    return backend_pid


def _print_header():
    print(
        f'{"name":24}{"size":>8}{"records":>9}{"wall s":>9}{"cpu s":>9}'
        f'{"server s":>9}{"rec/s":>9}{"sql":>9}{"peak MB":>9}', flush=True)


def _print_result(result):
    server = result['server_cpu']
    server = '-' if server is None else f'{server:.2f}'
    print(
        f'{result["name"]:24}{result["size"]:>8}{result["records"]:>9}'
        f'{result["seconds"]:>9.2f}{result["cpu"]:>9.2f}{server:>9}'
        f'{result["per_second"] or 0:>9.1f}{result["sql"]:>9}'
        f'{result["peak_mb"]:>9.0f}', flush=True)


if __name__ == '__main__':
    output, action, *arguments = sys.argv[1:]
    value = {'build': _build, 'measure': _measure}[action](*arguments)
    if value is not None:
        Path(output).write_text(json.dumps(value))

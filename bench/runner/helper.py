# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Another process that works on the queue, started before anything is timed.
"""
import subprocess
import sys

from oficio.tuning import tune

from .measure import add_statements, count_statements


class Helper:

    def __init__(self, database):
        self.process = subprocess.Popen(
            [sys.executable, '-m', __name__, database], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.process.stdout.readline()

    def give(self, task):
        self.process.stdin.write(f'{task}\n')
        self.process.stdin.flush()

    def wait(self):
        "Wait for the end of the task"
        add_statements(int(self.process.stdout.readline()))

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def run_tasks(database):
    "Run what the last transaction left for the queue, and what this leaves"
    from trytond.transaction import Transaction
    from trytond.worker import run_task
    while Transaction().tasks:
        run_task(database, Transaction().tasks.pop())


def main(database):
    from trytond.pool import Pool
    from trytond.transaction import Transaction
    tune()
    Pool.start()
    with Transaction().start(database, 0, readonly=True):
        Pool(database).init()
    print('ready', flush=True)
    for line in sys.stdin:
        with count_statements() as counter:
            Transaction().tasks.append(int(line))
            run_tasks(database)
        print(counter[0], flush=True)


if __name__ == '__main__':
    main(*sys.argv[1:])

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Write the demo company into a SQLite file, out of the tests' cache."""
import os
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def main(path):
    os.environ.update({
            'TRYTOND_DATABASE__URI': 'sqlite://', 'DB_NAME': ':memory:'})
    os.environ.setdefault('DB_CACHE', str(
            Path(os.environ.get('OFICIO_CACHE', ROOT / '.cache')) / 'db'))
    from tests import database
    database.install()
    from tests import story, world
    from trytond.tests import test_tryton, tools
    tools.activate_modules(
        world.SPANISH_MODULES, world.spanish, story.hotel)
    test_tryton._sqlite_copy(path)


if __name__ == '__main__':
    main(*sys.argv[1:])

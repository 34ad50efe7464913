# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Write each scenario as a Python file into a folder, for the linters."""
import doctest
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def convert(folder):
    parser = doctest.DocTestParser()
    for path in [
            *ROOT.glob('modules/*/tests/scenario_*.rst'),
            *ROOT.glob('tests/scenario_*.rst')]:
        examples = parser.get_examples(path.read_text('utf-8'))
        source = ''.join(e.source for e in examples)
        (folder / f'{path.stem}.py').write_text(source, 'utf-8')


if __name__ == '__main__':
    convert(Path(sys.argv[1]))

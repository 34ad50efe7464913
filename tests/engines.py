# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Print the engine files: Python of the modules that needs no database.

An engine imports neither the pool nor the models of trytond. Types are
checked strictly there, and `test_engines_are_known` keeps the list honest.
"""
import ast
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
# Part of every module, and no engine.
_OTHERS = {'__init__.py', 'exceptions.py'}


def imports_of(path):
    for node in ast.walk(ast.parse(path.read_text('utf-8'))):
        if isinstance(node, ast.Import):
            yield from (a.name for a in node.names)
        elif isinstance(node, ast.ImportFrom):
            # A sibling of the module may be a model: follow it.
            yield ('.' * node.level) + (node.module or '')


def is_engine(path):
    if path.name in _OTHERS:
        return False
    for name in imports_of(path):
        if name.startswith('trytond'):
            return False
        if name.startswith('.'):
            sibling = path.with_name(f'{name[1:]}.py')
            if not sibling.exists() or not is_engine(sibling):
                return False
    return True


def engines():
    return sorted(
        p for p in ROOT.glob('modules/*/*.py') if is_engine(p))


if __name__ == '__main__':
    sys.stdout.write(''.join(f'{p.relative_to(ROOT)}\n' for p in engines()))

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Genshi templates whose elements name the block or column they belong to.

``<section block="lines">`` and ``<td column="price">`` are printed only if
the company shows them, and blocks beside each other come in its order.
"""
import os
import re

from genshi.core import END, START, TEXT, Attrs, Markup, QName, Stream
from genshi.input import XMLParser
from genshi.template import MarkupTemplate, TemplateError
from genshi.template.base import TemplateSyntaxError
from genshi.template.loader import TemplateLoader, TemplateNotFound

from trytond.tools import file_open

__all__ = [
    'DocumentTemplate', 'find_line', 'is_page', 'order_blocks',
    'read_template', 'to_html']

BLOCK = QName('data-block')
_IF = QName('http://genshi.edgewall.org/}if')
_KINDS = {'block', 'column'}


class ModuleLoader(TemplateLoader):
    "Includes only what modules keep in their template folder"

    def load(
            self, filename, relative_to=None, cls=None, encoding=None):
        if not re.fullmatch(
                r'[a-z][a-z0-9_]*/template/[A-Za-z0-9_-]+\.html', filename):
            raise TemplateNotFound(filename, [])
        return DocumentTemplate(read_template(filename), filename)


class DocumentTemplate(MarkupTemplate):

    def __init__(self, source, filename, allow_exec=True):
        super().__init__(
            source, filepath=filename, filename=filename,
            loader=ModuleLoader(), allow_exec=allow_exec)

    def prepare(self):
        "Compile what Genshi would compile at first use"
        self._prepare_self()

    def _parse(self, source, encoding):
        parser = XMLParser(
            source, filename=self.filename, encoding=encoding)
        return [
            (kind, _mark(data), pos) if kind is START else (kind, data, pos)
            for kind, data, pos in super()._parse(
                Stream(_split_texts(parser)), encoding)]


def _split_texts(events):
    """Tell on which line each expression is

    Genshi counts one line break too few for a text that ends with one: in the
    start of the text and before an expression at the start of a line.
    """
    for kind, data, pos in events:
        if kind is TEXT:
            filename, line, offset = pos
            line -= data.endswith('\n')
            for part in re.split(r'(?<=\n)(?=\$)', data):
                yield kind, part, (filename, line, offset)
                line += part.count('\n')
                offset = 0
        else:
            yield kind, data, pos


def _mark(data):
    tag, attrs = data
    kinds = [name for name, _ in attrs if name in _KINDS]
    if not kinds or tag.namespace == str(_IF.namespace):
        return data
    conditions = [f'{kind}({str(attrs.get(kind))!r})' for kind in kinds]
    if attrs.get(_IF):
        conditions.append(f'({attrs.get(_IF)})')
    result = [
        (name, value) for name, value in attrs
        if name not in _KINDS and name != _IF]
    result.append((_IF, ' and '.join(conditions)))
    if 'block' in kinds:
        result.append((BLOCK, attrs.get('block')))
    return tag, Attrs(result)


def read_template(path):
    with file_open(path.replace('/', os.sep), mode='rb') as file:
        return file.read().decode('utf-8')


def find_line(error, filename):
    "Return the line of the template on which the error occurred"
    if isinstance(error, TemplateSyntaxError | TemplateError):
        line = getattr(error, 'lineno', None)
        if line and line > 0:
            return line
    line = None
    traceback = error.__traceback__
    while traceback:
        if traceback.tb_frame.f_code.co_filename == filename:
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    return line


def is_page(events):
    "Whether the template makes the whole page, not what goes into the layout"
    for kind, data, _ in events:
        if kind is START:
            return data[0].localname == 'html'
    return False


def order_blocks(events, order):
    "Return the events with the blocks beside each other in the given order"
    return _order(list(events), order)


def _order(events, order):
    result = []
    slots = []   # (index in result, block, events) of blocks on this level
    index = 0
    while index < len(events):
        kind, data, _ = events[index]
        if kind is not START:
            result.append([events[index]])
            index += 1
            continue
        end = _find_end(events, index)
        inner = _order(events[index + 1:end], order)
        element = [events[index], *inner, events[end]]
        name = data[1].get(BLOCK)
        if name is not None:
            slots.append((len(result), name))
        result.append(element)
        index = end + 1
    # What has no place of its own keeps the one of its declaration: the
    # caller gives every block a number.
    names = sorted(
        range(len(slots)),
        key=lambda i: (order.get(slots[i][1], i), i))
    elements = [result[slots[i][0]] for i in names]
    for (place, _), element in zip(slots, elements):
        result[place] = element
    return [event for element in result for event in element]


def _find_end(events, start):
    depth = 0
    for index in range(start, len(events)):
        kind = events[index][0]
        if kind is START:
            depth += 1
        elif kind is END:
            depth -= 1
            if not depth:
                return index
    raise ValueError("Element without end")


def to_html(stream):
    return Markup(stream.render('html', encoding=None, doctype=None))

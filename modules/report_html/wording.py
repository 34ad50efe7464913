# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Texts written by users, turned into safe HTML.

An empty line starts a paragraph, a hyphen an item of a list, two asterisks
enclose bold words and ${name} stands for a value of the document. Nothing is
executed and everything else is escaped.
"""
import re
from collections.abc import Collection, Mapping
from html import escape
from string import Template

__all__ = ['fill', 'to_html', 'unknown_placeholders']

_BOLD = re.compile(r'\*\*(?=\S)(.+?)(?<=\S)\*\*')


def fill(text: str, values: Mapping[str, str]) -> str:
    "Replace the placeholders that have a value"
    return Template(text).safe_substitute(values)


def unknown_placeholders(text: str, names: Collection[str]) -> list[str]:
    "Return the placeholders of the text which are none of the names"
    unknown = []
    for match in Template.pattern.finditer(text):
        name = match['named'] or match['braced']
        if name and name not in names and name not in unknown:
            unknown.append(name)
    return unknown


def to_html(text: str) -> str:
    "Return the paragraphs and lists of the text as HTML"
    parts = []
    for chunk in re.split(r'\n\s*\n', text.replace('\r\n', '\n').strip('\n')):
        lines: list[str] = []
        items: list[str] = []
        for line in chunk.split('\n'):
            if re.match(r'\s*[-•]\s+', line):
                items.append(_inline(re.sub(r'^\s*[-•]\s+', '', line)))
                continue
            if items:
                parts += _paragraph(lines) + _list(items)
                lines, items = [], []
            lines.append(_inline(line))
        parts += _paragraph(lines) + _list(items)
    return ''.join(parts)


def _inline(line: str) -> str:
    return _BOLD.sub(r'<strong>\1</strong>', escape(line.strip()))


def _paragraph(lines: list[str]) -> list[str]:
    content = '<br>'.join(lines)
    return [f'<p>{content}</p>'] if content else []


def _list(items: list[str]) -> list[str]:
    if not items:
        return []
    return ['<ul>', *(f'<li>{item}</li>' for item in items), '</ul>']

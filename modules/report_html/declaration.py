# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What a document is made of, as its report declares it.

Labels and default texts are ids of messages, so that they are translated
with the module that declares them.
"""
from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ['Block', 'Column', 'Setting', 'Text', 'Variant']


@dataclass(frozen=True)
class Block:
    "A part of the page that can be hidden and moved"
    name: str
    label: str
    shown: bool = True


@dataclass(frozen=True)
class Column:
    "A column of a table that can be hidden"
    name: str
    label: str
    shown: bool = True


@dataclass(frozen=True)
class Text:
    "Words that can be replaced; without default nothing is printed"
    name: str
    label: str
    default: str | None = None


@dataclass(frozen=True)
class Variant:
    "Another template of the same document"
    name: str
    label: str
    template: str


@dataclass(frozen=True)
class Setting:
    "What a company changed in a document"
    document: int | None = None
    variant: str | None = None
    template: str | None = None
    style: str = ''
    blocks: Mapping[str, bool] = field(default_factory=dict)
    order: Mapping[str, int] = field(default_factory=dict)
    columns: Mapping[str, bool] = field(default_factory=dict)
    texts: Mapping[tuple[str, str | None], str] = field(default_factory=dict)

    def get_text(self, name: str, language: str) -> str | None:
        "The text for the language, else the one for all languages"
        for key in [(name, language), (name, None)]:
            if key in self.texts:
                return self.texts[key]
        return None

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Postal addresses as the payment schemes take them since November 2026."""
from __future__ import annotations

from dataclasses import dataclass, replace

from .charset import transliterate

__all__ = ['POLICIES', 'Address', 'arrange']

# How much of the address is written, from nothing to every element.
POLICIES = ('none', 'minimal', 'hybrid', 'structured')

_SIZES = {
    'street': 70, 'building_number': 16, 'building_name': 35, 'floor': 70,
    'room': 70, 'post_box': 16, 'postal_code': 16, 'town': 35,
    'subdivision': 35,
    }
_LINE = 70
_MAX_LINES = 2


@dataclass(frozen=True)
class Address:
    street: str = ''
    building_number: str = ''
    building_name: str = ''
    floor: str = ''
    room: str = ''
    post_box: str = ''
    postal_code: str = ''
    town: str = ''
    subdivision: str = ''
    country: str = ''
    lines: tuple[str, ...] = ()


def arrange(
        address: Address | None, policy: str, structured: bool = True
        ) -> tuple[Address | None, str | None]:
    """Return the address as it can be written, and what it lacks

    An address that can not be written in full is given up as a whole: a
    block without town and country has the whole file refused. Without
    structured, the version has no elements for floor and room.
    """
    if address is None or policy == 'none':
        return None, None
    country = address.country.strip().upper()
    values = {
        name: transliterate(getattr(address, name), size)
        for name, size in _SIZES.items()}
    if not any(values.values()) and not any(address.lines) and not country:
        return None, None
    if not values['town'] or len(country) != 2 or not country.isalpha():
        return None, 'address_incomplete'
    if policy == 'minimal':
        return Address(town=values['town'], country=country), None
    full = Address(country=country, lines=(), **values)
    street = full.street or full.post_box or full.building_name
    if policy == 'structured':
        if not structured:
            full = _without_new_elements(full)
        if not street:
            # Only free text is known: its first line is the street.
            text = transliterate(
                ' '.join(line.strip() for line in address.lines if line), 70)
            full = replace(full, street=text)
        return full, None
    return Address(
        postal_code=full.postal_code, town=full.town,
        subdivision=full.subdivision, country=country,
        lines=_lines(full, address.lines)), None


def _without_new_elements(full: Address) -> Address:
    "Put what the version has no elements for beside the street"
    extra = ' '.join(filter(
            None, [full.building_name, full.floor, full.room]))
    return replace(
        full, street=f'{full.street} {extra}'.strip()[:70].strip(' /'),
        building_name='', floor='', room='', post_box='')


def _lines(full: Address, free: tuple[str, ...]) -> tuple[str, ...]:
    "Return at most two lines that repeat neither town nor country"
    parts = [
        ' '.join(filter(None, [full.street, full.building_number])),
        ' '.join(filter(None, [
                    full.building_name, full.floor, full.room,
                    full.post_box])),
        ]
    if not any(parts):
        parts = [
            line for line in map(transliterate, free)
            if line and full.town.upper() not in line.upper()]
    lines: list[str] = []
    for part in parts:
        if not part:
            continue
        if len(lines) < _MAX_LINES:
            lines.append(part[:_LINE].strip(' /'))
        else:
            lines[-1] = f'{lines[-1]} {part}'[:_LINE].strip(' /')
    return tuple(line for line in lines if line)

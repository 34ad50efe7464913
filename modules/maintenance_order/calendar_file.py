# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""A visit as a file for the customer's calendar (RFC 5545)."""
import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """start, end and stamp are in UTC

    sequence grows with each change of what was sent first.  cancelled takes
    the event with the same uid out of the calendar.
    """
    uid: str
    summary: str
    start: dt.datetime
    end: dt.datetime
    stamp: dt.datetime
    location: str = ''
    sequence: int = 0
    cancelled: bool = False


def calendar_file(event: Event) -> str:
    lines = [
        'BEGIN:VCALENDAR',
        'VERSION:2.0',
        'PRODID:-//Oficio//Maintenance//EN',
        f'METHOD:{"CANCEL" if event.cancelled else "PUBLISH"}',
        'BEGIN:VEVENT',
        f'UID:{event.uid}',
        f'DTSTAMP:{_time(event.stamp)}',
        f'DTSTART:{_time(event.start)}',
        f'DTEND:{_time(event.end)}',
        f'SUMMARY:{_text(event.summary)}',
        *([f'LOCATION:{_text(event.location)}'] if event.location else []),
        f'SEQUENCE:{event.sequence}',
        *(['STATUS:CANCELLED'] if event.cancelled else []),
        'END:VEVENT',
        'END:VCALENDAR',
        ]
    return ''.join(_fold(line) + '\r\n' for line in lines)


def _time(value: dt.datetime) -> str:
    return value.strftime('%Y%m%dT%H%M%SZ')


def _text(value: str) -> str:
    for character in '\\;,':
        value = value.replace(character, '\\' + character)
    return value.replace('\r\n', '\n').replace('\n', '\\n')


def _fold(line: str) -> str:
    "Break a line so that none has more than 75 octets"
    parts: list[str] = []
    part = ''
    for character in line:
        if len((part + character).encode('utf-8')) > (75 if not parts else 74):
            parts.append(part)
            part = ''
        part += character
    return '\r\n '.join([*parts, part])

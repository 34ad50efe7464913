# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Read a mail as the help desk needs it.

Pure: bytes in, a `Mail` out. Whatever the mail is like, something readable
comes out: a customer's mail is never lost because its headers are odd.
"""
import email
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import default as default_policy
from email.utils import getaddresses

import html2text

_SUBJECT_PREFIX = re.compile(
    r'^(?:\s*(?:re|rv|fwd?|r|i|aw|tr|res)\s*(?:\[\d+\])?\s*:)+\s*',
    re.IGNORECASE)
_NUMBER = re.compile(r'\[#([^\]\s]{1,40})\]')
# Below these lines stands what was written before (es, it, en).
_QUOTE_HEAD = re.compile(
    r'^(?:El .{5,120} escribió:|Il .{5,120} ha scritto:'
    r'|On .{5,120} wrote:|-{2,} ?(?:Mensaje original|Messaggio originale'
    r'|Original Message) ?-{2,})$', re.IGNORECASE)


@dataclass(frozen=True)
class Attachment:
    name: str
    data: bytes


@dataclass(frozen=True)
class Mail:
    """A mail in words

    ``references`` are the identifiers of the mails it answers, the last one
    first. ``automatic`` tells that no person wrote it (RFC 3834): an absence
    note, a bounce, a newsletter.
    """
    sender: str
    sender_name: str
    subject: str
    text: str
    message_id: str
    references: tuple[str, ...]
    automatic: bool
    attachments: tuple[Attachment, ...]

    @property
    def title(self) -> str:
        "The subject without marks of answer and of our number"
        title = _NUMBER.sub('', _SUBJECT_PREFIX.sub('', self.subject))
        return ' '.join(title.split())

    @property
    def ticket_number(self) -> str | None:
        "Our number in the subject, as ``[#T-12]``"
        found = _NUMBER.search(self.subject)
        return found.group(1) if found else None

    @property
    def new_text(self) -> str:
        "The text without the mails that it quotes at its end"
        lines = self.text.splitlines()
        for number, line in enumerate(lines):
            # Some programs break the line after the address.
            joined = ' '.join(p.strip() for p in lines[number:number + 2])
            if (_QUOTE_HEAD.match(line.strip())
                    or _QUOTE_HEAD.match(joined)) and number:
                lines = lines[:number]
                break
        while lines and (
                not lines[-1].strip() or lines[-1].lstrip().startswith('>')):
            lines.pop()
        return '\n'.join(lines).strip()


def read(raw: bytes) -> Mail:
    "Return the mail that the bytes hold (RFC 5322, MIME)"
    message = email.message_from_bytes(raw, policy=default_policy)
    senders = getaddresses([_header(message, 'From')])
    name, address = senders[0] if senders else ('', '')
    references = re.findall(
        r'<[^<>\s]+>', ' '.join([
                _header(message, 'References'),
                _header(message, 'In-Reply-To')]))
    return Mail(
        sender=address.strip().lower(),
        sender_name=' '.join(name.split()),
        subject=' '.join(_header(message, 'Subject').split()),
        text=_text(message),
        message_id=_header(message, 'Message-ID').strip(),
        references=tuple(dict.fromkeys(reversed(references))),
        automatic=_is_automatic(message),
        attachments=tuple(_attachments(message)))


def _header(message: EmailMessage, name: str) -> str:
    try:
        value = message.get(name)
    except Exception:
        # A header that even the lenient parser can not decode.
        value = None
    return str(value) if value is not None else ''


def _is_automatic(message: EmailMessage) -> bool:
    submitted = _header(message, 'Auto-Submitted').strip().lower()
    precedence = _header(message, 'Precedence').strip().lower()
    return (
        (submitted not in {'', 'no'})
        or precedence in {'bulk', 'list', 'junk', 'auto_reply'}
        or bool(_header(message, 'X-Autoreply'))
        or _header(message, 'Return-Path').strip() == '<>')


def _content(part: EmailMessage) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ''
    charset = part.get_content_charset() or 'utf-8'
    try:
        return payload.decode(charset)
    except (LookupError, UnicodeDecodeError):
        return payload.decode('cp1252', errors='replace')


def _text(message: EmailMessage) -> str:
    body = message.get_body(preferencelist=('plain', 'html'))
    if not isinstance(body, EmailMessage):
        return ''
    text = _content(body)
    if body.get_content_type() == 'text/html':
        converter = html2text.HTML2Text(bodywidth=0)
        converter.ignore_links = True
        converter.ignore_images = True
        text = converter.handle(text)
    return text.replace('\r\n', '\n').replace('\x00', '').strip()


def _attachments(message: EmailMessage) -> Iterator[Attachment]:
    number = 0
    for part in message.walk():
        if part.is_multipart() or not (
                part.get_filename() or part.is_attachment()
                or part.get_content_maintype() == 'image'):
            continue
        data = part.get_payload(decode=True)
        if not isinstance(data, bytes) or not data:
            continue
        number += 1
        name = part.get_filename() or (
            f'{number}.{part.get_content_subtype()}')
        # A name is shown and downloaded: never a path.
        name = re.split(r'[/\\]', name)[-1].strip() or str(number)
        yield Attachment(name[:120], data)

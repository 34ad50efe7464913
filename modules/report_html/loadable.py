# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What a paper may load: data inside it and files of the modules.

Nothing is asked from a network and no other file is read, because papers
print what customers wrote.
"""
import binascii
import re
from base64 import b64decode
from urllib.parse import unquote, unquote_to_bytes

__all__ = ['RefusedError', 'parse_data', 'parse_module']

_DATA = re.compile(r'data:([^,;]*)((?:;[^,;]*)*),', re.IGNORECASE)
_DATA_TYPES = frozenset([
    'image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/svg+xml',
    'text/css'])
_MODULE = re.compile(
    r'module:([a-z][a-z0-9_]*)/((?:fonts|icons|images|template)/'
    r'[A-Za-z0-9_.-]+\.([a-z0-9]+))')
_MODULE_TYPES = {
    'css': 'text/css',
    'gif': 'image/gif',
    'jpeg': 'image/jpeg',
    'jpg': 'image/jpeg',
    'otf': 'font/otf',
    'png': 'image/png',
    'svg': 'image/svg+xml',
    'ttf': 'font/ttf',
    'webp': 'image/webp',
    'woff2': 'font/woff2',
    }


class RefusedError(ValueError):
    "The paper may not load this"


def parse_data(url: str, limit: int) -> tuple[str, bytes]:
    "Return type and content of a data: URL"
    match = _DATA.match(url)
    if not match:
        raise RefusedError("malformed data")
    type_ = match[1].strip().lower()
    if type_ not in _DATA_TYPES:
        raise RefusedError(f"data of type {type_ or 'text/plain'}")
    payload = url[match.end():]
    encoded = ';base64' in match[2].lower().replace(' ', '')
    # base64 takes 4 characters for 3 bytes, percent encoding at most 3 for 1:
    # measure before anything is decoded.
    if (len(payload) * 3 // 4 if encoded else len(payload) // 3) > limit:
        raise RefusedError(f"data of more than {limit} bytes")
    if encoded:
        try:
            content = b64decode(
                re.sub(r'\s', '', unquote(payload)), validate=True)
        except (binascii.Error, ValueError) as error:
            raise RefusedError("malformed data") from error
    else:
        content = unquote_to_bytes(payload)
    if len(content) > limit:
        raise RefusedError(f"data of more than {limit} bytes")
    return type_, content


def parse_module(url: str) -> tuple[str, str]:
    "Return type and path, from the folder of modules, of a module: URL"
    match = _MODULE.fullmatch(url)
    if not match or '..' in url:
        raise RefusedError("not a file a module offers to papers")
    module, path, extension = match.groups()
    if extension not in _MODULE_TYPES:
        raise RefusedError("not a file a module offers to papers")
    return _MODULE_TYPES[extension], f'{module}/{path}'

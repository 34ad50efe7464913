# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""A post office which delivers nothing: each mail becomes a file to look at.

    python -m demo.post FOLDER PORT
"""
import datetime as dt
import re
import signal
import sys
from email import message_from_bytes, policy
from pathlib import Path

from aiosmtpd.controller import Controller


class Folder:
    "Keep each mail as an .eml file, named by when, to whom and about what"

    def __init__(self, path):
        self.path = Path(path)
        self.path.mkdir(parents=True, exist_ok=True)

    async def handle_DATA(self, server, session, envelope):
        message = message_from_bytes(envelope.content, policy=policy.default)
        when = dt.datetime.now().astimezone().strftime('%Y%m%d-%H%M%S-%f')
        about = re.sub(
            r'\W+', '-', f"{envelope.rcpt_tos[0]} {message['Subject']}")
        name = f'{when} {about.strip("-")[:80]}.eml'
        (self.path / name).write_bytes(envelope.content)
        return '250 Kept'


def main(folder, port):
    controller = Controller(
        Folder(folder), hostname='localhost', port=int(port))
    controller.start()
    try:
        signal.sigwait({signal.SIGTERM, signal.SIGINT})
    finally:
        controller.stop()


if __name__ == '__main__':
    main(*sys.argv[1:])

# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What makes a process of trytond faster and changes nothing it does.

``python -m oficio.tuning SCRIPT ARGUMENTS…`` runs a script of trytond so.
"""
import runpy
import sys
from collections.abc import Iterable
from typing import Any


def tune() -> None:
    "Make the answers and the connections of this process faster"
    _encode_whole()
    _describe_once()


def _encode_whole() -> None:
    """Let the answers be written by the encoder in C

    trytond asks for them piece by piece, which json does in Python only.
    """
    from trytond.protocols import jsonrpc

    class Encoder(jsonrpc.JSONEncoder):  # type: ignore[misc]

        def iterencode(
                self, o: object, _one_shot: bool = False) -> Iterable[str]:
            return super().iterencode(  # type: ignore[no-any-return]
                o, _one_shot=True)

    stock = jsonrpc.encoder
    jsonrpc.encoder = Encoder(
        separators=(stock.item_separator, stock.key_separator))


def _describe_once() -> None:
    "Let PostgreSQL's cursors describe their columns once for each result"
    try:
        import psycopg
    except ImportError:
        # On SQLite there is nothing to tune.
        return
    from trytond.backend.postgresql import database

    class Cursor(psycopg.Cursor[Any]):
        """Cursor which describes its columns once for each result

        trytond asks for them at each row and psycopg makes them anew each
        time, which is most of what reading a row costs.
        """
        _described: tuple[Any, list[psycopg.Column] | None] = (None, None)

        @property
        def description(self) -> list[psycopg.Column] | None:
            result, columns = self._described
            if result is not self.pgresult or result is None:
                columns = super().description
                self._described = self.pgresult, columns
            return columns

    logging = database.LoggingCursor
    if not hasattr(logging, '_described'):
        database.LoggingCursor = type(
            logging.__name__, (logging, Cursor), {})


def main() -> None:
    tune()
    del sys.argv[0]
    runpy.run_path(sys.argv[0], run_name='__main__')


if __name__ == '__main__':
    main()

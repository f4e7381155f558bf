"""SQLite's words for a bad disk or a bad file, turned into ours. Stdlib only: the reader uses it too."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator

from randaemon.errors import DatabaseDamaged, StorageFault

HINT = "the daemon restores it by itself when it starts: the newest good backup, and the originals that came after it"

NEWER = "E_DATABASE_NEWER"  # nothing is damaged: an older program met it


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Raises what `explained` makes of a SQLite error."""
    try:
        yield
    except sqlite3.Error as error:
        raise explained(error) from error
    except UnicodeDecodeError as error:  # SQLite quotes a damaged page in its message, and Python cannot read it
        raise DatabaseDamaged("state.db is damaged: it holds text that is no text", hint=HINT) from error


def explained(error: sqlite3.Error) -> Exception:
    """StorageFault or DatabaseDamaged where SQLite reports the disk or the file; else the error itself."""
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_FULL:
            return StorageFault("the disk is full: the database could not be written", code="E_DISK_FULL")
        case sqlite3.SQLITE_IOERR | sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN:
            return StorageFault(f"storage I/O error on the database: {error}", hint="check the disk, then start again")
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return DatabaseDamaged(f"state.db is damaged: {error}", hint=HINT)
        case _:
            return error


def too_new(version: int, known: int) -> DatabaseDamaged:
    """The database of a later release: reading it with guesses would be worse than not reading it."""
    return DatabaseDamaged(
        f"state.db was written by a newer randaemon (schema {version}, this one knows {known})",
        hint="update randaemon",
        code=NEWER,
    )

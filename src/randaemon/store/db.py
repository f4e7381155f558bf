"""Opening `state.db`: create it whole or not at all, check it, migrate it, and never write over a damaged one."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite

from randaemon.errors import DatabaseDamaged
from randaemon.store import objects
from randaemon.store.faults import HINT, too_new, translated
from randaemon.store.queries import migrations, query, read_only

T = TypeVar("T")

#: Above this size the check at open leaves out the tables that hold only bulk, whose pages it would read for minutes.
FULL_CHECK_BYTES = 256 << 20
_CORE_TABLES = ("documents", "state", "versions", "runs", "promotions")

# FULL: a commit that was reported survives a power cut (NORMAL lost some in 25 of 40). The two fullfsync pragmas matter
# on macOS and do nothing elsewhere. Sixteen MiB of log between checkpoints: each one costs two flushes.
_PRAGMAS = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA fullfsync = ON;
PRAGMA checkpoint_fullfsync = ON;
PRAGMA foreign_keys = ON;
PRAGMA busy_timeout = 5000;
PRAGMA wal_autocheckpoint = 4000;
PRAGMA journal_size_limit = 67108864;
PRAGMA cache_size = -16384;
PRAGMA temp_store = MEMORY;
"""


@dataclass(slots=True)
class Transaction:
    """What an operation of the writer sees: statements by name, inside one open transaction.

    Blocking, on the connection's own thread: a transaction has two dozen statements, and each would pay a hop there and
    back, which takes longer than most of them.
    """

    connection: sqlite3.Connection
    now: float
    claimable: bool = False  # set by operations that leave work to be claimed: the lanes are woken after the commit
    asked: list[str] = field(default_factory=list)  # keys of requests that are left to models, told after the commit

    def rows(self, name: str, *parameters: object) -> list[tuple[Any, ...]]:
        """All rows of one statement."""
        return self.connection.execute(query(name), parameters).fetchall()

    def value(self, name: str, *parameters: object) -> Any:
        """The first column of the first row."""
        return self.rows(name, *parameters)[0][0]

    def run(self, name: str, *parameters: object) -> int:
        """One writing statement; returns how many rows it changed."""
        return self.connection.execute(query(name), parameters).rowcount

    def many(self, name: str, rows: Sequence[Sequence[object]]) -> None:
        """One writing statement for many rows."""
        if rows:
            self.connection.executemany(query(name), rows)


async def together(connection: aiosqlite.Connection, work: Callable[[sqlite3.Connection], T]) -> T:
    """Do something on a connection's own thread in one go; `work` must not keep the connection."""
    done: T = await connection._execute(work, connection._conn)  # type: ignore[no-untyped-call]  # noqa: SLF001 - else statements only
    return done


@contextlib.asynccontextmanager
async def writing(path: Path, *, had: bool = False) -> AsyncIterator[aiosqlite.Connection]:
    """The one writing connection, checked and migrated. Raises DatabaseDamaged or StorageFault.

    `had`: there was a database in this home, since snapshots of it are there: a missing one is not made anew.
    """
    with translated():
        size = _create(path, had=had)
        connection = await aiosqlite.connect(path, isolation_level=None)
    try:
        with translated():
            await _prepare(connection, whole_check=size <= FULL_CHECK_BYTES)
        yield connection
    finally:
        await connection.close()


@contextlib.asynccontextmanager
async def reading(path: Path) -> AsyncIterator[aiosqlite.Connection]:
    """A connection that sees committed rows only and can neither write nor checkpoint."""
    connection = await aiosqlite.connect(read_only(path), uri=True, isolation_level=None)
    try:
        await connection.execute("PRAGMA busy_timeout = 5000")
        yield connection
    finally:
        await connection.close()


def _create(path: Path, *, had: bool) -> int:
    """A new database appears by rename, complete: an empty or half-written `state.db` is then always damage."""
    if path.exists():
        return _size(path)
    if had:
        raise DatabaseDamaged("state.db is gone", hint=HINT)
    if path.with_name(path.name + "-wal").exists():
        raise DatabaseDamaged("state.db is gone but its log is still there", hint=HINT)
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    connection = sqlite3.connect(fresh, isolation_level=None)
    try:
        connection.executescript(_script(0))
        connection.execute("PRAGMA journal_mode = WAL")
    finally:
        connection.close()
    with fresh.open("rb+") as file, objects.storage():
        objects.flush(file.fileno())
    fresh.chmod(0o600)
    objects.move(fresh, path)
    return _size(path)


def _size(path: Path) -> int:
    size = path.stat().st_size
    if size == 0:
        raise DatabaseDamaged("state.db is empty", hint=HINT)
    return size


async def _prepare(connection: aiosqlite.Connection, *, whole_check: bool) -> None:
    await connection.executescript(_PRAGMAS)
    await _check(connection, whole=whole_check)
    version = await _pragma(connection, "user_version")
    if version > len(migrations()):
        raise too_new(version, len(migrations()))
    if version < len(migrations()):
        await connection.executescript(_script(version))


async def _check(connection: aiosqlite.Connection, *, whole: bool) -> None:
    pragmas = ["quick_check(1)"] if whole else [f"quick_check({table})" for table in _CORE_TABLES]
    for pragma in pragmas:
        verdict = await _pragma(connection, pragma)
        if verdict != "ok":
            raise DatabaseDamaged(f"state.db is damaged: {verdict}", hint=HINT)


async def _pragma(connection: aiosqlite.Connection, pragma: str) -> Any:
    rows = list(await connection.execute_fetchall(f"PRAGMA {pragma}"))
    return rows[0][0]


def _script(version: int) -> str:
    """Everything above a schema version; each migration and its number in one transaction."""
    steps = enumerate(migrations()[version:], start=version + 1)
    return "\n".join(
        f"BEGIN IMMEDIATE;\n{path.read_text('utf-8')}\nPRAGMA user_version = {number};\nCOMMIT;"
        for number, path in steps
    )

"""Is everything that rows name there, and is it what its name says? Reads every byte; blocks; changes nothing."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from randaemon.errors import DatabaseDamaged, StoreError
from randaemon.model import Stage
from randaemon.store import backups, bytes_in, names, objects, originals
from randaemon.store.faults import translated
from randaemon.store.home import Home
from randaemon.store.queries import query, read_only
from randaemon.store.succession import LOST

_SHOWN = 20  # problems of the database itself that are listed
_OBJECT = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Damage:
    """One thing that is not as it was written, and what to do about it."""

    kind: str  # database | original | member | artifact | object | version | adapter | backup
    name: str
    problem: str
    remedy: str


Told = Callable[[str], None]


def examine(home: Home, told: Told) -> Iterator[Damage]:
    """Damages of database, originals, members, artifacts, objects and backups; `told` hears of each thing checked."""
    if not home.database.exists():
        return
    try:
        with translated(), contextlib.closing(sqlite3.connect(read_only(home.database), uri=True)) as connection:
            yield from _database(connection, told)
            rotten = set(_rotten(home, told))
            yield from _documents(home, connection.execute(query("with_bytes")), rotten, told)
            yield from _artifacts(home, connection.execute(query("stored_artifacts")), rotten, told)
            yield from _left_over(rotten)
    except DatabaseDamaged as error:
        yield Damage("database", home.database.name, error.message, _RECOVER)
    yield from _backups(home, told)


_RECOVER = "restart the daemon: it restores the newest good backup by itself; or `randaemon restore FILE` chooses one"


def _database(connection: sqlite3.Connection, told: Told) -> Iterator[Damage]:
    told("database")
    for (verdict,) in connection.execute(f"PRAGMA integrity_check({_SHOWN})"):
        if verdict != "ok":
            yield Damage("database", "state.db", str(verdict), _RECOVER)
    for table, row, parent, _ in connection.execute("PRAGMA foreign_key_check").fetchmany(_SHOWN):
        yield Damage("database", "state.db", f"row {row} of {table} names a row of {parent} that is gone", _RECOVER)


def _rotten(home: Home, told: Told) -> Iterator[str]:
    """Objects whose bytes are not what their name says."""
    for path in sorted(home.objects.glob("??/*")):
        if _OBJECT.fullmatch(path.name):
            told("objects")
            if _digest(path) != path.name:
                yield path.name


def _documents(home: Home, found: Iterable[tuple[Any, ...]], rotten: set[str], told: Told) -> Iterator[Damage]:
    for _, key, parent, name, digest, code in found:
        if code in LOST:
            continue  # known, and said where documents are shown
        shown = f"{key} {names.display(name)}"
        if parent is None:
            told("originals")
            yield from _original(home, (key, name, digest, shown))
        elif digest in rotten or not objects.path_of(home.objects, digest).exists():
            rotten.discard(digest)
            yield Damage("member", shown, "its bytes are gone or have changed", _MEMBER)


_MEMBER = "what was made from it stays; to have it worked on again, drop its archive again under another name"


def _original(home: Home, facts: tuple[str, str, str, str]) -> Iterator[Damage]:
    key, name, digest, shown = facts
    path = originals.lying(home, key, name)
    if not path.exists():
        yield Damage("original", shown, "its file is gone", f"drop the file again, or `randaemon forget {key}`")
    elif _digest(path) != digest:
        remedy = f"put the original content back at {path}, or `randaemon forget {key}` and drop the right file"
        yield Damage("original", shown, "its content is not what was dropped", remedy)


def _artifacts(home: Home, found: Iterable[tuple[Any, ...]], rotten: set[str], told: Told) -> Iterator[Damage]:
    for _, stage, size, body, name, key in found:
        told("artifacts")
        rotten.discard(name)
        if (problem := _artifact(home, size, body, name)) is not None:
            remedy = "nothing: its document makes it anew when it is needed, at the latest for the next dataset version"
            yield Damage("artifact", f"{key} {Stage(stage).label}", problem, remedy)


def _artifact(home: Home, size: int, body: bytes | None, name: str) -> str | None:
    try:
        whole = bytes_in.restored(home.objects, size, body, name)
    except StoreError as error:
        return error.message
    return None if len(whole) == size else f"it has {len(whole)} bytes and should have {size}"


def _left_over(rotten: set[str]) -> Iterator[Damage]:
    """Damaged, but no row needs them."""
    for digest in sorted(rotten):
        yield Damage("object", digest[:12], "its bytes are not what its name says", "nothing needs it: delete it")


def _backups(home: Home, told: Told) -> Iterator[Damage]:
    for snapshot in backups.found(home.backups):
        told("backups")
        if problem := backups.problem(snapshot):
            yield Damage("backup", snapshot.file.name, problem, f"delete it: rm {snapshot.file}; `randaemon backup`")


def _digest(path: Path) -> str:
    """Of what cannot be read: nothing."""
    try:
        return objects.digest_of(path)[0]
    except OSError:
        return ""

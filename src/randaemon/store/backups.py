"""Snapshots of the database: taken while it is at work, each with a manifest that says what it is. All of it blocks.

A snapshot is `state-<UTC time>.db` and beside it `….json`, written last: a database without a manifest was never
finished. Documents, datasets and models are files of their own and not in it; rows name them.
"""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from randaemon import __version__
from randaemon.errors import DatabaseDamaged, NotFoundError, StoreError
from randaemon.store import objects
from randaemon.store.faults import translated
from randaemon.store.home import Home
from randaemon.store.queries import migrations, query, read_only

_NAME = re.compile(r"state-\d{8}T\d{6}Z(-\d+)?\.db")
_STAMP = "state-%Y%m%dT%H%M%SZ.db"
_STEPS = 100_000  # of SQLite's machine between two looks whether to stop: some milliseconds


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One snapshot, as its manifest tells it."""

    file: Path
    created: float
    digest: str  # SHA-256 of the file
    size: int
    schema: int
    randaemon: str  # the release that wrote it
    documents: int
    candidates: int
    event: int  # the newest one: nothing has happened since if it still is
    versions: int
    runs: int


def take(home: Home, folder: Path, now: float, stopped: Callable[[], bool] = lambda: False) -> Snapshot:
    """Copy the database as it is at this moment into a folder. Raises DatabaseDamaged when it cannot be read whole.

    `stopped` is asked again and again, from this thread; once it says yes the copy is given up with StoreError.
    """
    if not home.database.exists():
        raise StoreError("there is no database yet: nothing to back up", hint="`randaemon run` makes one")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = folder / f".state.{time.monotonic_ns()}.tmp"
    try:
        with _reading(home.database) as connection:
            connection.set_progress_handler(stopped, _STEPS)
            connection.execute(query("vacuum_into"), (str(temporary),))
        return _keep(temporary, objects.unused(folder / time.strftime(_STAMP, time.gmtime(now))), now)
    finally:
        temporary.unlink(missing_ok=True)


def before_upgrade(home: Home, now: float) -> Snapshot | None:
    """A snapshot of a database that an older release wrote, before this one changes it. Raises DatabaseDamaged."""
    if not home.database.exists() or not home.database.stat().st_size:
        return None
    with _reading(home.database) as connection:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
    return take(home, home.backups, now) if 0 < version < len(migrations()) else None


def found(folder: Path) -> list[Snapshot]:
    """The finished snapshots in a folder, newest first."""
    if not folder.is_dir():
        return []
    names = sorted((path for path in folder.iterdir() if _NAME.fullmatch(path.name)), reverse=True)
    return [snapshot for path in names if (snapshot := _told(path)) is not None]


def at(file: Path) -> Snapshot:
    """The snapshot in a file; without a manifest what the database itself says. Raises NotFoundError, StoreError."""
    if not file.is_file():
        raise NotFoundError(f"there is no file {file}", hint="`randaemon backup --list` shows the snapshots")
    return _told(file) or _described(file, file.stat().st_mtime)


def problem(snapshot: Snapshot) -> str:
    """Why it cannot be used; "" when it can."""
    try:
        if objects.digest_of(snapshot.file)[0] != snapshot.digest:
            return "it has changed since it was taken"
        with _reading(snapshot.file) as connection:
            verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except (OSError, DatabaseDamaged) as error:
        return f"it cannot be read: {error}"
    if verdict != "ok":
        return f"it is damaged: {verdict}"
    return "" if snapshot.schema <= len(migrations()) else "a newer randaemon wrote it"


def prune(folder: Path, keep: int) -> int:
    """Delete all but the newest; how many."""
    old = found(folder)[keep:]
    for snapshot in old:
        _manifest(snapshot.file).unlink(missing_ok=True)
        snapshot.file.unlink(missing_ok=True)
    return len(old)


def folders_of(snapshot: Snapshot) -> set[str]:
    """The folders of versions and runs that it has rows of, as rows name them."""
    with _reading(snapshot.file) as connection:
        return {path for (path,) in connection.execute(query("named_folders"))}


def _keep(temporary: Path, file: Path, now: float) -> Snapshot:
    """Data, flush, rename, flush the folder, manifest."""
    temporary.chmod(0o600)
    objects.flush_file(temporary)
    objects.move(temporary, file)
    snapshot = _described(file, now)
    facts = {name: value for name, value in asdict(snapshot).items() if name != "file"}
    objects.write(_manifest(file), json.dumps(facts, indent=2).encode() + b"\n")
    return snapshot


def _described(file: Path, created: float) -> Snapshot:
    digest, size = objects.digest_of(file)
    with _reading(file) as connection:
        schema = connection.execute("PRAGMA user_version").fetchone()[0]
        counts = connection.execute(query("snapshot_counts")).fetchone()
    return Snapshot(file, created, digest, size, schema, __version__, *counts)


def _told(file: Path) -> Snapshot | None:
    """What the manifest says; None without one that can be read."""
    try:
        facts = json.loads(_manifest(file).read_text("utf-8"))
        return Snapshot(file, **facts)
    except (OSError, ValueError, TypeError):
        return None


def _manifest(file: Path) -> Path:
    return file.with_suffix(".json")


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    with translated(), contextlib.closing(sqlite3.connect(read_only(path), uri=True, timeout=5.0)) as connection:
        try:
            yield connection
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_INTERRUPT:
                raise StoreError("the backup was given up", code="E_STOPPED") from error
            raise

"""From a damaged database to one that can be trusted: set aside, restored from a snapshot. Blocking; under the lock.

What was damaged goes to `quarantine/db-<time>/` whole, with `report.json`; never is a database made over it. The newest
good snapshot takes its place, or none, and then the start adopts every original that has no row.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path

from randaemon.errors import DatabaseDamaged
from randaemon.store import backups, objects
from randaemon.store.backups import Snapshot
from randaemon.store.home import Home

_MOST = 3  # recoveries within a while: a disk that spoils every database is beyond us
_WHILE = 3600.0  # seconds
_REPORT = "report.json"


@dataclass(frozen=True, slots=True)
class Recovery:
    """What was done, as `report.json` keeps it."""

    folder: str  # under quarantine/: where the damaged files lie
    at: float
    reason: str
    snapshot: str  # the name of the snapshot that took the place; "": none, all originals are read in anew
    created: float | None = None  # when that was taken


def recover(home: Home, reason: str, now: float) -> Recovery:
    """Set the database aside and put the newest good snapshot in its place.

    Raises DatabaseDamaged when that was done several times within the last hour: then it is the disk.
    """
    lately = [report for report in _reports(home) if now - report.at < _WHILE]
    if len(lately) >= _MOST:
        raise DatabaseDamaged(f"state.db is damaged again and again: {reason}", hint="check the disk; then start again")
    tried = {report.snapshot for report in lately}
    snapshots = backups.found(home.backups)
    good = next((each for each in snapshots if each.file.name not in tried and not backups.problem(each)), None)
    return _replace(home, good, reason, now)


def restore(home: Home, snapshot: Snapshot, now: float) -> Recovery:
    """The same by hand, with a snapshot of the user's choice. Raises DatabaseDamaged when that cannot be used."""
    if problem := backups.problem(snapshot):
        raise DatabaseDamaged(f"{snapshot.file} cannot be restored: {problem}", hint="choose another backup")
    return _replace(home, snapshot, "restored by hand", now)


def last(home: Home) -> Recovery | None:
    """The newest recovery of this home."""
    return max(_reports(home), key=lambda report: report.at, default=None)


def _replace(home: Home, snapshot: Snapshot | None, reason: str, now: float) -> Recovery:
    """The new file is whole before the old one leaves; a crash in here leads to a recovery at the next start."""
    aside = _aside(home, now)
    fresh = home.database.with_name(f"{home.database.name}.restored")
    if snapshot is not None:
        _copy(snapshot.file, fresh)
    _set_folders_aside(home, aside, backups.folders_of(snapshot) if snapshot else ())
    for suffix in ("", "-wal", "-shm"):
        _move(home.database.with_name(home.database.name + suffix), aside)
    if snapshot is None:  # none of those there are could be used
        for path in list(home.backups.glob("*")):
            _move(path, aside)
    recovery = Recovery(
        aside.name, now, reason, snapshot.file.name if snapshot else "", snapshot.created if snapshot else None
    )
    if snapshot is not None:
        objects.move(fresh, home.database)
    objects.write(aside / _REPORT, json.dumps(asdict(recovery), indent=2).encode() + b"\n")
    return recovery


def _aside(home: Home, now: float) -> Path:
    stem = time.strftime("db-%Y%m%dT%H%M%SZ", time.gmtime(now))
    folder = objects.unused(home.quarantine / stem)
    folder.mkdir(mode=0o700, parents=True)
    objects.flush_folder(home.quarantine)
    return folder


def _copy(source: Path, target: Path) -> None:
    with objects.storage():
        shutil.copyfile(source, target)
        target.chmod(0o600)
        objects.flush_file(target)


def _set_folders_aside(home: Home, aside: Path, known: Collection[str]) -> None:
    """Versions and runs that came after the snapshot: their numbers will be given again, and nothing is overwritten."""
    for folder in (home.datasets, home.runs):
        for path in [each for each in folder.glob("*") if each.is_dir() and not each.is_symlink()]:
            if str(path.relative_to(home.root)) not in known:
                (aside / folder.name).mkdir(mode=0o700, exist_ok=True)
                objects.move(path, aside / folder.name / path.name)


def _move(path: Path, aside: Path) -> None:
    if path.exists():
        objects.move(path, aside / path.name)


def _reports(home: Home) -> list[Recovery]:
    return [report for path in home.quarantine.glob(f"db-*/{_REPORT}") if (report := _told(path)) is not None]


def _told(path: Path) -> Recovery | None:
    try:
        return Recovery(**json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None

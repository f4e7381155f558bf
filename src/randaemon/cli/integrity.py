"""`verify`, `backup` and `restore`: is everything as it was written, and how to have it again."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from randaemon.cli.output import JSON_OPTION, lines, moment, note, show, stop, table
from randaemon.errors import RandaemonError

if TYPE_CHECKING:
    from randaemon.store.checkup import Damage, Told
    from randaemon.store.home import Home
    from randaemon.store.reader import Reader


def verify(as_json: bool = JSON_OPTION) -> None:
    """Compare all that is kept with its digests. Exit 1 and say what to do if something is damaged.

    Originals, members, artifacts, dataset versions, adapters, backups and the database itself. Reads every byte.
    """
    from randaemon.store.home import Home

    checked: Counter[str] = Counter()
    damages = list(_damages(Home.default(), lambda kind: checked.update((kind,))))
    if as_json:
        show({"ok": not damages, "checked": dict(checked), "damages": damages})
    else:
        for damage in damages:
            lines(f"DAMAGED  {damage.kind} {damage.name}: {damage.problem}", f"   next: {damage.remedy}")
        counts = ", ".join(
            f"{count} {kind.removesuffix('s') if count == 1 else kind}" for kind, count in checked.items()
        )
        lines(f"{'nothing is damaged' if not damages else f'{len(damages)} damaged'} (checked: {counts or 'nothing'})")
    stop(1 if damages else 0)


def backup(
    folder: Path | None = typer.Argument(None, metavar="[DIR]", help="Where to; backups/ of the home if not given"),
    listing: bool = typer.Option(False, "--list", help="List the backups that lie there, newest first"),
    as_json: bool = JSON_OPTION,
) -> None:
    """Take a snapshot of the database, also while the daemon works. Documents, datasets and models are files beside it.

    The daemon takes snapshots by itself (settings: [backup]); this is for one to carry away or before an adventure.
    """
    from randaemon.store import backups
    from randaemon.store.home import Home

    home = Home.default()
    chosen = folder.expanduser().absolute() if folder else home.backups
    if listing:
        found = backups.found(chosen)
        if as_json:
            show(found)
        else:
            rows = ((moment(one.created), one.documents, one.runs, one.size >> 10, one.file) for one in found)
            table(("taken", "documents", "runs", "KiB", "file"), rows)
        return
    taken = backups.take(home, chosen, time.time())
    if as_json:
        show(taken)
    else:
        lines(str(taken.file))
        note(
            f"{taken.documents} documents, {taken.candidates} samples, {taken.runs} runs; back with `randaemon restore`"
        )


def restore(
    file: Path = typer.Argument(..., help="A snapshot: `randaemon backup --list` shows them"),
    as_json: bool = JSON_OPTION,
) -> None:
    """Put a snapshot in the place of the database. The old one is kept in quarantine/; no daemon may run.

    Files that came after the snapshot are taken in again when the daemon starts.
    """
    from randaemon.store import backups, recovery
    from randaemon.store.home import Home
    from randaemon.store.lock import InstanceLock

    home = Home.default()
    snapshot = backups.at(file.expanduser().absolute())
    with InstanceLock(home):
        done = recovery.restore(home, snapshot, time.time())
    if as_json:
        show(done)
    else:
        lines(f"state restored from the backup of {moment(snapshot.created)}")
        note(f"what was there lies in {home.quarantine / done.folder}; start the daemon to take in what came later")


def _damages(home: Home, told: Told) -> Iterator[Damage]:
    from randaemon.store import checkup
    from randaemon.store.reader import Reader

    yield from checkup.examine(home, told)
    try:
        with Reader(home) as reader:
            yield from _versions(reader, told)
            yield from _adapters(reader, told)
    except RandaemonError as error:  # the database itself is damaged, and that was said
        note(f"dataset versions and adapters were not checked: {error.message}")


def _versions(reader: Reader, told: Told) -> Iterator[Damage]:
    from randaemon.dataset import integrity
    from randaemon.store.checkup import Damage

    for version in reader.versions():
        told("versions")
        for problem in integrity.problems(Path(version.path), version.digest):
            remedy = "`randaemon dataset build` makes it again if nothing has changed since; else it seals a new one"
            yield Damage("version", str(version.number), problem, remedy)


def _adapters(reader: Reader, told: Told) -> Iterator[Damage]:
    from randaemon.errors import TrainingError
    from randaemon.store.checkup import Damage
    from randaemon.training import adapters

    active = reader.current_model()
    for run in reader.runs():
        if not adapters.kept(run):
            continue
        told("adapters")
        try:
            adapters.check(Path(run.folder))
        except TrainingError as error:
            undo = "`randaemon models rollback`, then " if active is not None and active.id == run.id else ""
            yield Damage("adapter", run.id, error.message, f"{undo}`randaemon train start` makes another")

"""From candidates to a sealed version on disk and its row.

The version itself is made by `dataset.seal`, a pure function, in a process of its own (`making`), which writes it:
files first, flushed, the folder renamed to its number; then, here, the row. Readers go by rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import msgspec

from randaemon.errors import ArtifactLost, DatabaseDamaged, StorageFault, WorkerError
from randaemon.model import Event
from randaemon.store import Store
from randaemon.store.records import VersionRecord
from randaemon.workers import alone

if TYPE_CHECKING:
    from randaemon.dataset import SealSettings


async def seal(store: Store, settings: SealSettings, clock: Callable[[], float]) -> int | None:
    """Seal everything accepted so far; the version's number, which is the old one when nothing has changed.

    None when there is nothing to seal. Raises ArtifactLost when an extraction has gone bad on disk: its document is
    sent back to make it anew, and can be sealed when it has. Raises WorkerError when the process that seals fails.
    """
    async with store.sealing:  # the daemon by itself and a command may want it at once
        try:
            return await _seal(store, settings, clock)
        except ArtifactLost as lost:  # sealing without it would change the dataset without a word
            await store.redo(lost)
            await store.record(Event("daemon.trouble", data={"reason": f"nothing was sealed: {lost}"}))
            raise


class Order(msgspec.Struct, frozen=True):
    """What to seal, and where to write it if it is new."""

    root: str  # of the home
    mark: int  # up to this candidate
    settings: dict[str, Any]  # of `SealSettings`
    known: dict[str, str]  # digest of a version there is → its folder
    folder: str  # of a new one; no row names it


class Made(msgspec.Struct, frozen=True):
    """The answer: what was made. With `error` nothing was; without a `digest` there was nothing to seal."""

    digest: str = ""
    samples: int = 0
    splits: dict[str, int] = {}
    mean_quality: float = 0.0
    funnel: dict[str, int] = {}
    error: str = ""
    code: str = ""
    lost: tuple[str, int] | None = None  # content and stage of the artifact that has gone bad


async def _seal(store: Store, settings: SealSettings, clock: Callable[[], float]) -> int | None:
    mark = await store.mark()
    known = await store.versions()
    number = max((each.number for each in known), default=0) + 1  # no row names the folder that is written anew
    folder = str(store.home.datasets / f"v{number:04d}")
    paths = {each.digest: each.path for each in known}
    order = Order(str(store.home.root), mark, asdict(settings), paths, folder)
    answer = await alone.perform("seal", msgspec.json.encode(order), store.home.work)
    made = _sound(msgspec.json.decode(answer, type=Made))
    if not made.digest:
        return None
    record = VersionRecord(
        number, made.digest, folder, clock(), made.samples, made.mean_quality, made.splits, {"funnel": made.funnel}
    )
    return await store.add_version(record, mark)


def _sound(made: Made) -> Made:
    """Raises what was raised where it was made."""
    if made.lost is not None:
        digest, stage = made.lost
        raise ArtifactLost(made.error, digest=digest, stage=stage)
    match made.code:
        case "":
            return made
        case "E_DATABASE":
            raise DatabaseDamaged(made.error, code=made.code)
        case "E_STORAGE" | "E_DISK_FULL":
            raise StorageFault(made.error, code=made.code)
        case code:
            raise WorkerError(f"nothing could be sealed: {made.error}", code=code)

"""From candidates to a sealed version on disk and its row.

The version itself is made by `dataset.seal`, a pure function; here it is fed from the store and written: files first,
flushed, the folder renamed to its number, then the row (reliability row 46). Readers go by rows only.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import anyio.to_thread
import msgspec

from randaemon.control.reviewing import REVIEWS, accept, reviewed, unforgotten
from randaemon.dataset import SealSettings, Version, superseded
from randaemon.dataset import seal as sealed
from randaemon.dataset.coverage import Content
from randaemon.dataset.integrity import problems
from randaemon.errors import ArtifactLost
from randaemon.model import Candidate, Event, Extraction
from randaemon.ran.mo import MoModel
from randaemon.store import Home, Store, objects
from randaemon.store.forgetting import FORGOTTEN, remaining
from randaemon.store.records import VersionRecord
from randaemon.store.search import refresh

_EXTRACTION = msgspec.json.Decoder(Extraction)


async def seal(store: Store, settings: SealSettings, clock: Callable[[], float]) -> int | None:
    """Seal everything accepted so far; the version's number, which is the old one when nothing has changed.

    None when there is nothing to seal. Raises ArtifactLost when an extraction has gone bad on disk: its document is
    sent back to make it anew, and can be sealed when it has.
    """
    async with store.sealing:  # the daemon by itself and a command may want it at once
        try:
            return await _seal(store, settings, clock)
        except ArtifactLost as lost:  # sealing without it would change the dataset without a word
            await store.redo(lost)
            await store.record(Event("daemon.trouble", data={"reason": f"nothing was sealed: {lost}"}))
            raise


async def _seal(store: Store, settings: SealSettings, clock: Callable[[], float]) -> int | None:
    mark = await store.mark()
    forgotten = await store.state(FORGOTTEN, [])
    left = await anyio.to_thread.run_sync(remaining, store.home, forgotten)
    everything = await store.candidates(mark)
    reviews = unforgotten(await store.state(REVIEWS, {}), everything, left)
    candidates = reviewed([each for each in everything if left.holds(each.digest)], reviews, accept(reviews))
    known = await store.versions()
    if not any(candidate.score.accepted for candidate in candidates) and not (known and forgotten):
        return None  # nothing yet; where all was forgotten an empty version takes the place of the one before
    told, stale = _Told(), superseded(candidates)
    async for batch in store.extractions():
        current = [body for digest, body in batch.items() if left.holds(digest) and digest not in stale]
        await anyio.to_thread.run_sync(told.add, current)
    library = _Library(candidates, left.places, told)
    version = await anyio.to_thread.run_sync(_make, library, settings, abandon_on_cancel=True)
    record = _record(version, store.home, max((each.number for each in known), default=0) + 1, clock())
    same = next((each for each in known if each.digest == version.digest), None)
    await anyio.to_thread.run_sync(_keep, Path(same.path if same else record.path), version)
    number = await store.add_version(record, mark)
    await anyio.to_thread.run_sync(refresh, store.home)  # the index of `search`: what it finds is what was sealed
    if number not in {each.number for each in known}:
        await store.record(Event("dataset.sealed", data={"version": number, "samples": version.samples}))
    return number


@dataclass(slots=True)
class _Told:
    """What the extractions say together; it grows by batches, since all of them at once fill the memory."""

    model: MoModel = field(default_factory=MoModel)
    items: set[tuple[str, str]] = field(default_factory=set)
    chunks: int = 0

    def add(self, bodies: Iterable[bytes]) -> None:
        """Blocks: decodes them."""
        extractions = list(map(_EXTRACTION.decode, bodies))
        self.model = self.model.add(item for each in extractions for item in each.items)
        self.items |= {(item.category.value, item.name) for each in extractions for item in each.items}
        self.chunks += sum(len(each.chunks) for each in extractions)


@dataclass(frozen=True, slots=True)
class _Library:
    """Everything of the store that a version is made from."""

    candidates: list[Candidate]
    places: Mapping[str, tuple[str, ...]]
    told: _Told


def _make(library: _Library, settings: SealSettings) -> Version:
    """Blocks."""
    content = Content(frozenset(library.told.items), library.told.chunks)
    return sealed(library.candidates, library.places, library.told.model, settings, content)


def _keep(folder: Path, version: Version) -> None:
    """Written when it is new, and again when something has happened to its files."""
    if not folder.is_dir() or problems(folder, version.digest):
        _write(folder, version)


def _write(folder: Path, version: Version) -> None:
    """A folder of that number without a row is what a crash left behind: derived data, made again."""
    temporary = folder.with_name(f"{folder.name}.tmp")
    with objects.storage():
        for leftover in (temporary, folder):
            shutil.rmtree(leftover, ignore_errors=True)
        temporary.mkdir(mode=0o700)
        for name, data in version.files.items():
            objects.write(temporary / name, data)
        temporary.rename(folder)
        objects.flush_folder(folder.parent)


def _record(version: Version, home: Home, number: int, now: float) -> VersionRecord:
    """Of a number above all that have a row: no row names the folder that is written anew."""
    return VersionRecord(
        number=number,
        digest=version.digest,
        path=str(home.datasets / f"v{number:04d}"),
        created=now,
        samples=version.samples,
        mean_quality=version.mean_quality,
        splits=version.splits,
        meta={"funnel": dict(version.funnel)},
    )

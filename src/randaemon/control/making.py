"""The process that makes a version: reads the store at one moment, seals, writes the folder. `sealing` starts it.

A library of 100,000 candidates takes hundreds of megabytes to seal; here they are given back when it is done, and the
daemon stays small. What fails is told in words and by its code, so that whoever waits raises what would have been
raised there.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path

import msgspec

from randaemon.control.reviewing import Review, accept, judged_today, reviewed, unforgotten
from randaemon.control.sealing import Made, Order
from randaemon.dataset import SealSettings, Version, superseded
from randaemon.dataset import seal as sealed
from randaemon.dataset.coverage import Content
from randaemon.dataset.integrity import problems
from randaemon.errors import ArtifactLost, RandaemonError
from randaemon.model import Extraction
from randaemon.ran.mo import MoModel
from randaemon.store import Home, objects
from randaemon.store.forgetting import FORGOTTEN, remaining
from randaemon.store.harvest import Harvest, Shelf
from randaemon.store.records import REVIEWS
from randaemon.store.search import refresh

_AT_ONCE = 32  # extractions
_EXTRACTION = msgspec.json.Decoder(Extraction)


def main(file: Path) -> int:
    """In the child: carry out the order in a file and say what was made."""
    order = msgspec.json.decode(file.read_bytes(), type=Order)
    try:
        made = make(order)
    except ArtifactLost as lost:
        made = Made(error=lost.message, code=lost.code, lost=(lost.digest, lost.stage))
    except RandaemonError as error:
        made = Made(error=error.message, code=error.code)
    sys.stdout.buffer.write(msgspec.json.encode(made) + b"\n")
    return 0


def make(order: Order) -> Made:
    """Seal and write. Blocks; raises ArtifactLost, StorageFault and DatabaseDamaged."""
    home = Home.at(Path(order.root))
    with Harvest(home) as harvest:
        version = _sealed(harvest, order)
    if version is None:
        return Made()
    _keep(Path(order.known.get(version.digest, order.folder)), version)
    refresh(home)  # the index of `search`: what it finds is what was sealed
    return Made(version.digest, version.samples, dict(version.splits), version.mean_quality, dict(version.funnel))


def _sealed(harvest: Harvest, order: Order) -> Version | None:
    forgotten = harvest.state(FORGOTTEN, [])
    left = remaining(harvest.placed(), forgotten)
    known = harvest.state(REVIEWS, {})
    reviews = judged_today(unforgotten(known, harvest.named(known), left), harvest)
    candidates = _as_left(harvest.candidates(order.mark, left.holds), reviews)
    if not any(each.score.accepted for each in candidates) and not (order.known and forgotten):
        return None  # nothing yet; where all was forgotten an empty version takes the place of the one before
    stale = superseded(harvest.specimens(order.mark, left.holds))
    told = _told(body for _, body in harvest.extractions(lambda each: left.holds(each) and each not in stale))
    content = Content(frozenset(told.items), told.chunks)
    return sealed(candidates, left.places, told.model, SealSettings(**order.settings), content)


def _as_left(found: Shelf, reviews: Mapping[str, Review]) -> Shelf:
    """The candidates as people left them."""
    if not reviews:
        return found
    threshold = accept(reviews)
    return found.adapted(lambda each: reviewed((each,), reviews, threshold)[0])


@dataclass(slots=True)
class _Told:
    """What the extractions say together; it grows by batches, since all of them at once fill the memory."""

    model: MoModel = field(default_factory=MoModel)
    items: set[tuple[str, str]] = field(default_factory=set)
    chunks: int = 0

    def add(self, extractions: Iterable[Extraction]) -> None:
        some = list(extractions)
        for each in some:
            self.model = self.model.add(each.items, each.source)
        self.items |= {(item.category.value, item.name) for each in some for item in each.items}
        self.chunks += sum(len(each.chunks) for each in some)


def _told(extractions: Iterator[bytes]) -> _Told:
    told = _Told()
    for batch in iter(partial(_next, extractions), []):
        told.add(map(_EXTRACTION.decode, batch))
    return told


def _next(bodies: Iterator[bytes]) -> list[bytes]:
    return list(islice(bodies, _AT_ONCE))


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

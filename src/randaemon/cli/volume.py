"""How much a drop holds and how long that takes: by what this home has measured, else by rates measured elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from randaemon.cli.status_view import duration
from randaemon.machine import file_size
from randaemon.model import ENDED, Meta, Status

if TYPE_CHECKING:
    from randaemon.store.reader import Reader

#: Seconds a megabyte takes through all stages, and a document besides, on one core of a two-core machine (20 MB of
#: dense feature pages in 29 s, 4 MB of a list in 4 s, 2026-11); for homes that have not measured anything yet.
_BUILT_IN = {"html": 1.4, "csv": 1.0, "text": 1.0, "xml": 1.0, "office": 4.0, "pdf": 6.0, "zip": 0.1}
_EACH = 0.03
_ENOUGH = 3  # documents of a kind that must have been seen
_MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Pile:
    """So many files of a kind, with their bytes."""

    kind: str  # a route, or what it is where nothing reads it
    files: int
    size: int

    @property
    def read(self) -> bool:
        """Whether anything comes of it."""
        return self.kind in _BUILT_IN


@dataclass(frozen=True, slots=True)
class Estimate:
    """Seconds of one worker, and how many documents of this home it rests on; 0: built-in rates."""

    seconds: float
    documents: int

    def __str__(self) -> str:
        if self.documents:
            basis = f"measured on {self.documents:,} documents of this home"
        else:
            basis = "by built-in rates: too little was measured in this home"
        return f"about {duration(self.seconds)} of one worker ({basis})"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a drop with members has come."""

    documents: int
    by_status: Mapping[str, int]
    left: Estimate | None  # None: nothing is

    @property
    def ended(self) -> int:
        """Documents that will not be touched again."""
        return sum(self.by_status.get(status.value, 0) for status in ENDED)


def piles(meta: Meta) -> tuple[Pile, ...]:
    """What `unpack` counted in an archive, the most frequent kind first."""
    kinds = [name.removeprefix("files.") for name in meta if name.startswith("files.")]
    found = [Pile(kind, _number(meta[f"files.{kind}"]), _number(meta.get(f"bytes.{kind}"))) for kind in kinds]
    return tuple(sorted(found, key=lambda pile: (-pile.files, pile.kind)))


def estimate(reader: Reader, found: Iterable[Pile]) -> Estimate:
    """How long one worker needs for them."""
    return _estimated(reader.rates(), found)


def _estimated(measured: Iterable[tuple[str, int, int, float]], found: Iterable[Pile]) -> Estimate:
    rates = {route: (documents, size, seconds) for route, documents, size, seconds in measured}
    total, based = 0.0, 0
    for pile in found:
        documents, size, seconds = rates.get(pile.kind, (0, 0, 0.0))
        if documents >= _ENOUGH and size:
            total += seconds * pile.size / size
            based += documents
        elif pile.read:
            total += _EACH * pile.files + _BUILT_IN[pile.kind] * pile.size / _MB
    return Estimate(total, based)


def progress(reader: Reader, root: int) -> Progress | None:
    """Of a drop with members; None for one that is a single document."""
    rows = reader.under(root)
    by_status: dict[str, int] = {}
    left: list[Pile] = []
    for status, route, documents, size in rows:
        by_status[status] = by_status.get(status, 0) + documents
        if Status(status) not in ENDED:
            left.append(Pile(route or "html", documents, size))
    total = sum(by_status.values())
    return Progress(total, by_status, estimate(reader, left) if left else None) if total > 1 else None


def rest(reader: Reader, keys: Iterable[str]) -> dict[str, float]:
    """Seconds of one worker that each of these drops still needs; without those that nothing is known of."""
    rates = list(reader.rates())
    found = {}
    for key in keys:
        rows = reader.under(reader.document(key).id)
        left = [
            Pile(route or "html", number, size) for status, route, number, size in rows if Status(status) not in ENDED
        ]
        if left:
            found[key] = _estimated(rates, left).seconds
    return found


def described(found: Iterable[Pile]) -> Iterator[str]:
    """`812 html (45 MB)`, `200 image (12 MB, not read)`."""
    for pile in found:
        note = "" if pile.read or pile.kind == "refused" else ", not read"
        yield f"{pile.files:,} {pile.kind} ({file_size(pile.size)}{note})"


def as_json(found: Iterable[Pile]) -> dict[str, Any]:
    """Kind → files and bytes."""
    return {pile.kind: {"files": pile.files, "bytes": pile.size} for pile in found}


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0

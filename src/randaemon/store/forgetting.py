"""What is left when some documents are forgotten: which contents still have a place, and where.

Nothing is deleted here. A forgotten document counts as if it had never come; a content that lies in another place as
well stays, with that place alone. Dropped again, a file has a row of its own and is there again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from randaemon.store.places import places

FORGOTTEN = "forgotten"  # the state's key: ids of documents

Row = tuple[int, int | None, str, str]  # id, parent, name, digest


@dataclass(frozen=True, slots=True)
class Remaining:
    """The contents that are still there, each with its places, sorted."""

    places: Mapping[str, tuple[str, ...]]

    def holds(self, digest: str) -> bool:
        """True of a content that some document which is not forgotten has."""
        return digest in self.places


def remaining(placed: Iterable[tuple[Any, ...]], forgotten: Collection[int]) -> Remaining:
    """From the places of all documents: rows of `placed`."""
    return Remaining(places(_live(placed, frozenset(forgotten))))


def _live(found: Iterable[tuple[Any, ...]], forgotten: frozenset[int]) -> list[Row]:
    """Rows that are not forgotten and do not lie in what is: members of an archive live as long as any copy of it."""
    rows: list[Row] = list(found)
    digest_of = {number: digest for number, _, _, digest in rows}
    kept: dict[int, Row] = {}
    containers: dict[str, int] = {}  # digest → a living row of it
    left = [row for row in rows if row[0] not in forgotten]
    while True:
        waiting = []
        for row in left:
            number, parent, name, digest = row
            container = None if parent is None else containers.get(digest_of.get(parent, ""))
            if parent is not None and container is None:
                waiting.append(row)
                continue
            kept[number] = (number, container, name, digest)
            containers.setdefault(digest, number)
        if len(waiting) == len(left):
            return [kept[number] for number in sorted(kept)]
        left = waiting

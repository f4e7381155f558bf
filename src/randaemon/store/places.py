"""Where a content was found: every path through drops and archives that leads to it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from randaemon.store.names import display

_WHOLE = 4096  # characters: a place is data, not a label to be shortened


def places(rows: Iterable[tuple[Any, ...]]) -> dict[str, tuple[str, ...]]:
    """Content digest → sorted places, from rows `(id, parent, name, digest)`.

    A second copy of an archive has no members of its own; they are found through the digest of the first, so that
    the answer does not depend on which copy came first.
    """
    rows = list(rows)
    digest_of = {number: digest for number, _, _, digest in rows}
    ways: dict[str, set[tuple[str, str]]] = {}
    for _, parent, name, digest in rows:
        container = "" if parent is None else digest_of.get(parent, "")
        ways.setdefault(digest, set()).add((container, display(name, _WHOLE)))
    known: dict[str, tuple[str, ...]] = {}
    for digest in ways:
        _resolve(digest, ways, known)
    return known


def _resolve(digest: str, ways: dict[str, set[tuple[str, str]]], known: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    if digest in known:
        return known[digest]
    known[digest] = ()  # an archive that holds itself leads nowhere new
    found = set()
    for container, name in ways.get(digest, ()):
        outer = [f"{place}/" for place in _resolve(container, ways, known)] if container else [""]
        found |= {f"{prefix}{name}" for prefix in outer}
    known[digest] = tuple(sorted(found))
    return known[digest]

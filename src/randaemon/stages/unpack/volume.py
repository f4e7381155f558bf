"""What lies in an archive, counted by what it is: for the user who wants to know what comes, and when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from randaemon.errors import Refused, Unreadable
from randaemon.model import Child, Scalar
from randaemon.stages.unpack import archive
from randaemon.stages.unpack.detect import HEAD, detect, detect_package

_REFUSED = "refused"  # at once: encrypted, damaged, no regular file


def measure(children: Iterable[Child], scratch: Path, limits: archive.Limits) -> dict[str, Scalar]:
    """`files.html` and `bytes.html` for every kind among the members; the bytes are those of the unpacked files."""
    files: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    for child in children:
        kind = _REFUSED if child.refusal else _kind(scratch / str(child.index), limits)
        files[kind] += 1
        sizes[kind] += child.size
    counted: dict[str, Scalar] = {}
    for kind, count in files.most_common():
        counted |= {f"files.{kind}": count, f"bytes.{kind}": sizes[kind]}
    return counted


def _kind(path: Path, limits: archive.Limits) -> str:
    """The route that a member will take; of one that is not read what it is, roughly."""
    with path.open("rb") as file:
        head = file.read(HEAD)
        kind = detect(head, whole=len(head) < HEAD)
        if kind.route == "zip":
            try:
                found = archive.entries(file, limits)
            except (Refused, Unreadable):  # it will say so itself
                return "zip"
            kind = detect_package(frozenset(entry.name for entry in found))
    return kind.route or kind.media_type.partition("/")[0]

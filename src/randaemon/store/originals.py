"""Files of drops: which have no row, which are gone, and which belong in quarantine. All of it blocks.

The file name is the write-ahead record (`<key>__<name>`), the row is the wish: where the two differ the file moves,
and moving twice does no harm.
"""

from __future__ import annotations

import contextlib
import glob
import json
import os
import re
import time
from collections.abc import Collection, Sequence
from functools import cache
from pathlib import Path

from randaemon.errors import StoreError
from randaemon.model import Document, Drop
from randaemon.store import objects
from randaemon.store.home import Home
from randaemon.store.names import display

_KEY = 12  # characters
_NAME = re.compile(r"([0-9a-f]{12})__(.+)")
_QUARANTINE = re.compile(r"\d{8}-([0-9a-f]{12})")


def source(home: Home, document: Document) -> Path:
    """Where a document's bytes lie; where they should lie when they are nowhere."""
    if document.parent is not None:
        return objects.path_of(home.objects, document.digest)
    return lying(home, document.key, document.name)


def lying(home: Home, key: str, name: str) -> Path:
    """The same of a drop."""
    original = _original(home, key, name)
    if original.exists():
        return original
    return next(home.quarantine.glob(f"*-{key}/{glob.escape(original.name)}"), original)


def unknown(home: Home, known: Collection[str]) -> list[Drop]:
    """Originals whose key has no row, hashed and flushed. By names alone as far as it goes: there may be 100,000."""
    drops = []
    for name in sorted(name for name in _names(home.originals) if name[:_KEY] not in known):
        match, path = _NAME.fullmatch(name), home.originals / name
        if match and path.is_file() and not path.is_symlink():
            digest, size = objects.digest_of(path)
            drops.append(Drop(match[1], match[2], digest, size))
    if drops:
        with objects.storage():
            for drop in drops:
                objects.flush_file(_original(home, drop.key, drop.name))
            objects.flush_folder(home.originals)
    return drops


def missing(home: Home, documents: Sequence[tuple[int, str, int | None, str, str]]) -> list[int]:
    """The ids of those whose bytes are nowhere, from rows `(id, key, parent, name, digest)`."""
    names = cache(_names)  # a folder listed is quicker than 100,000 looks

    def lies(key: str, parent: int | None, name: str, digest: str) -> bool:
        if parent is not None:
            return digest in names(objects.path_of(home.objects, digest).parent)
        return f"{key}__{name}" in names(home.originals) or lying(home, key, name).exists()

    return [row[0] for row in documents if not lies(*row[1:])]


def insist(home: Home, document: Document) -> None:
    """Raises StoreError for a drop whose file is gone: no further attempt could end otherwise."""
    if document.parent is None and not source(home, document).exists():
        raise StoreError("its original is gone", hint="drop the file again", code="E_ORIGINAL_MISSING")


def quarantine(home: Home, refused: Sequence[Document]) -> int:
    """Moves refused drops that still lie among the originals, with the reason beside them."""
    moved = 0
    for document in refused:
        original = _original(home, document.key, document.name)
        if original.exists():
            with contextlib.suppress(FileNotFoundError):  # somebody took it away just now: nothing to set aside
                _set_aside(home, document, original)
                moved += 1
    return moved


def release(home: Home, refused: Collection[str]) -> int:
    """Moves every quarantined original that is not refused (any more) back to the originals."""
    moved = 0
    for folder in sorted(home.quarantine.iterdir()):
        match = _QUARANTINE.fullmatch(folder.name)
        if match and match[1] not in refused:
            with contextlib.suppress(FileNotFoundError):
                moved += _bring_back(home, folder, match[1])
    return moved


def _names(folder: Path) -> frozenset[str]:
    """What lies in a folder that may not be there."""
    try:
        with os.scandir(folder) as found:
            return frozenset(each.name for each in found)
    except FileNotFoundError:
        return frozenset()


def _set_aside(home: Home, document: Document, original: Path) -> None:
    """The reason first, the file last: a folder with the file in it is complete."""
    day = time.strftime("%Y%m%d", time.gmtime(document.ended))
    folder = home.quarantine / f"{day}-{document.key}"
    folder.mkdir(mode=0o700, exist_ok=True)
    objects.write(folder / "REASON.txt", f"{document.reason}\n\n{document.code} at {document.stage.label}\n".encode())
    objects.write(folder / "report.json", json.dumps(_report(document), indent=2).encode() + b"\n")
    objects.flush_folder(home.quarantine)
    objects.move(original, folder / original.name)


def _report(document: Document) -> dict[str, object]:
    return {
        "document": document.key,
        "name": display(document.name),
        "digest": document.digest,
        "size": document.size,
        "stage": document.stage.label,
        "status": document.status.value,
        "attempt": document.attempt,
        "code": document.code,
        "reason": document.reason,
        "admitted": document.admitted,
        "ended": document.ended,
    }


def _bring_back(home: Home, folder: Path, key: str) -> int:
    found = list(folder.glob(f"{key}__*"))
    for path in found:
        objects.move(path, home.originals / path.name)
    for name in ("REASON.txt", "report.json"):
        (folder / name).unlink(missing_ok=True)
    if not any(folder.iterdir()):  # what somebody else put there stays
        folder.rmdir()
    return len(found)


def _original(home: Home, key: str, name: str) -> Path:
    return home.originals / f"{key}__{name}"

"""Artifacts too large to be held: taken from a child's file, and given to the next one, a piece at a time.

A child writes such an artifact into its scratch folder and announces size and digest (`model.Filed`). It is presumed
compromised, so the file is opened without following a link, and counted and hashed while it is compressed. What is
kept is an object of zlib bytes, as of any artifact that is too large for a row.
"""

from __future__ import annotations

import hashlib
import secrets
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from randaemon.errors import StoreError
from randaemon.model import Filed
from randaemon.store import objects

_PIECE = 1 << 18


def take(folder: Path, scratch: Path, filed: Filed) -> str:
    """Stores the file as an object below `folder`; its name. Raises StoreError when it is not what was announced."""
    temporary = folder / f".{secrets.token_hex(8)}.tmp"
    with objects.storage(), objects.opened(scratch, filed.name) as source:
        try:
            with temporary.open("xb") as out:
                name = _press(source, filed, out)
                out.flush()
                objects.flush(out.fileno())
            objects.install(folder, temporary, name)
        finally:
            temporary.unlink(missing_ok=True)
    return name


def lay(folder: Path, name: str, size: int, target: Path) -> None:
    """Writes the `size` bytes of the artifact in an object into a new file. Raises StoreError where it has rotted."""
    packed = hashlib.sha256()
    left = size
    with objects.sound(name), objects.path_of(folder, name).open("rb") as file, target.open("wb") as out:
        for piece in _inflated(file, packed):
            left -= len(piece)
            if left < 0:
                break
            out.write(piece)
    if left or packed.hexdigest() != name:
        raise StoreError(f"object {name[:12]} has changed on disk", code="E_OBJECT_CHANGED")


def _press(source: IO[bytes], filed: Filed, out: IO[bytes]) -> str:
    """Compresses all of a file; the digest of what was written."""
    packer = zlib.compressobj(1)
    plain, packed = hashlib.sha256(), hashlib.sha256()
    left = filed.size
    while left >= 0 and (piece := source.read(_PIECE)):
        left -= len(piece)
        plain.update(piece)
        _put(packer.compress(piece), out, packed)
    _put(packer.flush(), out, packed)
    if left or plain.hexdigest() != filed.digest:
        raise StoreError("the artifact's file is not what its stage announced")
    return packed.hexdigest()


def _put(piece: bytes, out: IO[bytes], packed: hashlib._Hash) -> None:
    packed.update(piece)
    out.write(piece)


def _inflated(file: IO[bytes], packed: hashlib._Hash) -> Iterator[bytes]:
    inflater = zlib.decompressobj()
    while piece := file.read(_PIECE):
        packed.update(piece)
        while piece and not inflater.eof:  # bounded: a piece of zeros would become a thousand times as much
            yield inflater.decompress(piece, _PIECE)
            piece = inflater.unconsumed_tail
    while not inflater.eof and (rest := inflater.decompress(b"", _PIECE)):
        yield rest

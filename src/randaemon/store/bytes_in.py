"""Bytes on their way into and out of the store: compressed rows, objects, members' files."""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import anyio.to_thread

from randaemon.errors import ArtifactLost, StoreError
from randaemon.model import Artifact, Change, Child, Filed, Stage
from randaemon.store import objects, pressed
from randaemon.store.home import Home
from randaemon.store.settling import Packed, Settlement, Taken

#: An artifact is a row up to here (compressed), a file above: SQLite copies whole rows.
_ROW_BYTES = 1 << 20
#: Up to here compressing (level 1, 100 MB/s) takes less than the hop to a thread and back.
_INLINE_BYTES = 32 << 10
#: Up to here it is not worth it: 40 us for 4 KiB, as much as the rest of its settlement, to save one page.
_PLAIN_BYTES = 8 << 10


async def prepare(home: Home, change: Change, scratch: Path | None) -> Settlement:
    """Everything of a change that is not a row: done before its transaction, durable when this returns."""
    artifact = await _pack(home, change.artifact, scratch) if change.artifact is not None else None
    members: tuple[Taken, ...] = ()
    if change.children:
        members = await anyio.to_thread.run_sync(_members, home, change.children, scratch)
    return Settlement(change, artifact, members)


def lay(home: Home, stored: Sequence[Any], target: Path) -> None:
    """Writes the artifact of a row into a new file, a large one a piece at a time; blocking. Raises StoreError."""
    size, body, name = stored
    if body is None:
        pressed.lay(home.objects, name, size, target)
    else:
        target.write_bytes(restored(home.objects, size, body, name))


async def unpack(home: Home, size: int, body: bytes | None, name: str) -> bytes:
    """The artifact of a row. Raises StoreError when its file is missing or has changed."""
    if size <= _INLINE_BYTES:
        return restored(home.objects, size, body, name)
    return await anyio.to_thread.run_sync(restored, home.objects, size, body, name)


def restored(folder: Path, size: int, body: bytes | None, name: str) -> bytes:
    """The same, blocking."""
    if size <= _PLAIN_BYTES:
        return body or b""
    try:
        return zlib.decompress(objects.read(folder, name) if body is None else body)
    except zlib.error as error:
        raise StoreError("its row has changed on disk", code="E_OBJECT_CHANGED") from error


@contextlib.contextmanager
def naming(digest: str, stage: Stage) -> Iterator[None]:
    """Says of which content and stage an object was that is missing or has changed: raises ArtifactLost."""
    try:
        yield
    except StoreError as error:
        problem = f"what {stage.label} wrote is lost: {error.message}"
        raise ArtifactLost(problem, digest=digest, stage=int(stage)) from error


async def _pack(home: Home, artifact: Artifact, scratch: Path | None) -> Packed:
    if isinstance(artifact, Filed):
        return await anyio.to_thread.run_sync(_pack_filed, home, artifact, scratch)
    if len(artifact) <= _PLAIN_BYTES:
        return Packed(len(artifact), artifact)
    if len(artifact) <= _INLINE_BYTES:
        return Packed(len(artifact), zlib.compress(artifact, 1))
    return await anyio.to_thread.run_sync(_pack_large, home, artifact)


def _pack_filed(home: Home, filed: Filed, scratch: Path | None) -> Packed:
    if scratch is None:
        raise StoreError("an artifact arrived without the folder that holds its file")
    return Packed(filed.size, None, pressed.take(home.objects, scratch, filed))


def _pack_large(home: Home, artifact: bytes) -> Packed:
    body = zlib.compress(artifact, 1)
    if len(body) <= _ROW_BYTES:
        return Packed(len(artifact), body)
    return Packed(len(artifact), None, objects.put(home.objects, body))


def _members(home: Home, children: tuple[Child, ...], scratch: Path | None) -> tuple[Taken, ...]:
    taken = [child for child in children if child.refusal is None]
    if taken and scratch is None:
        raise StoreError("members arrived without the folder that holds their bytes")
    files = [Path(scratch or "") / str(child.index) for child in taken]
    found = iter(objects.adopt(home.objects, files))
    return tuple(Taken("", child.size) if child.refusal is not None else Taken(*next(found)) for child in children)

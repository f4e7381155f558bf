"""The claim: from the inbox into originals/, flushed and hashed, in batches.

The name in originals/ is the write-ahead record: whatever is renamed and has no row yet is adopted at the next start.
The source is never removed before the commit that makes it redundant; on one volume the rename *is* the move.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from randaemon.model import Drop
from randaemon.store import names, objects
from randaemon.store.home import Home
from randaemon.watcher import gate

BATCH_FILES = 50  # files that share the directory flushes and the transaction: 249/s against 68/s singly
BATCH_BYTES = 256 << 20  # …so that the first row of a drop of large files does not wait for the last
CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that the gate let through."""

    path: Path
    look: gate.Look
    rested: float  # seconds it has been unchanged


@dataclass(frozen=True, slots=True)
class Taken:
    """A file that lies in originals/, flushed and hashed."""

    drop: Drop
    source: Path
    copied: gate.Look | None = None  # the source still lies there (another volume), looking like this


@dataclass(frozen=True, slots=True)
class Left:
    """A file that stays in the inbox. `seconds` until another look helps; None: only the next scan."""

    path: Path
    note: str = ""
    seconds: float | None = None


def batches(ready: Sequence[Candidate]) -> Iterator[list[Candidate]]:
    """Cut into batches by count and bytes, in order."""
    batch: list[Candidate] = []
    weight = 0
    for candidate in ready:
        if batch and (len(batch) == BATCH_FILES or weight + candidate.look.size > BATCH_BYTES):
            yield batch
            batch, weight = [], 0
        batch.append(candidate)
        weight += candidate.look.size
    if batch:
        yield batch


def take(home: Home, batch: Sequence[Candidate], policy: gate.GatePolicy) -> tuple[list[Taken], list[Left]]:
    """Claim a batch. Blocking: runs in a thread. Raises StorageFault when a flush fails."""
    moved: list[_Moved] = []
    left: list[Left] = []
    try:
        for candidate in batch:
            result = _attempt(home, candidate, policy)
            if isinstance(result, Left):
                left.append(result)
            else:
                moved.append(result)
        _flush(home, moved)
        hashed = [_hash(item) for item in moved]
    finally:
        for item in moved:
            os.close(item.descriptor)
    taken = [item for item in hashed if isinstance(item, Taken)]
    return taken, left + [item for item in hashed if isinstance(item, Left)]


def release(taken: Sequence[Taken]) -> list[Left]:
    """After the commit: remove the sources of copies, unless someone put new content there meanwhile.

    Returns those that cannot be removed: they are taken in, and must not be again.
    """
    staying = []
    for item in taken:
        if item.copied is None:
            continue
        try:
            if gate.look(item.source).signature == item.copied.signature:
                item.source.unlink()
        except FileNotFoundError:
            continue
        except OSError as error:
            staying.append(Left(item.source, f"taken in, but cannot be removed from here: {error.strerror or error}"))
    return staying


@dataclass(frozen=True, slots=True)
class _Moved:
    """A file that lies in originals/ and is held open."""

    candidate: Candidate
    key: str
    name: str
    target: Path
    descriptor: int
    copied: bool = False


def _attempt(home: Home, candidate: Candidate, policy: gate.GatePolicy) -> _Moved | Left:
    """Open, check, move. What cannot be opened or moved stays, with the system's words."""
    try:
        descriptor = os.open(candidate.path, gate.OPEN_FLAGS)
    except OSError as error:
        return _stays(candidate, error)
    try:
        obstacle = _obstacle(descriptor, candidate, policy)
        result = obstacle or _move(home, candidate, descriptor)
    except OSError as error:
        result = _stays(candidate, error)
    if isinstance(result, Left) or result.descriptor != descriptor:
        os.close(descriptor)
    return result


def _obstacle(descriptor: int, candidate: Candidate, policy: gate.GatePolicy) -> Left | None:
    """What only the open file can tell: another file by now, a writer, an archive without its end."""
    path = candidate.path
    if gate.seen(os.fstat(descriptor), path).signature != candidate.look.signature:
        return Left(path, seconds=policy.settle)
    if gate.writer_holds(descriptor):
        return Left(path, "another program still writes to it", policy.settle)
    remaining = policy.truncated_wait - candidate.rested
    if remaining > 0 and not gate.archive_complete(descriptor, candidate.look.size):
        return Left(path, "a ZIP without its end: maybe it is still being copied", remaining)
    return None


def _move(home: Home, candidate: Candidate, descriptor: int) -> _Moved | Left:
    key = secrets.token_hex(6)
    name = names.encode(os.fsencode(candidate.path.relative_to(home.inbox)))
    target = home.originals / f"{key}__{name}"
    try:
        candidate.path.rename(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        if not os.access(candidate.path.parent, os.W_OK | os.X_OK):  # else it would be copied again at every scan
            return Left(candidate.path, "cannot be taken in: its folder is read-only, so it could not be removed")
        copy = _copy(descriptor, home.work / f"claim-{key}", target)
        return _Moved(candidate, key, name, target, copy, copied=True)
    moved = _Moved(candidate, key, name, target, descriptor)
    if not os.path.samestat(target.lstat(), os.fstat(descriptor)):
        return _give_back(moved, "another file took its name while it was picked up")
    return moved


def _copy(source: int, temporary: Path, target: Path) -> int:
    """A copy under its final name, open for reading; nothing is left behind when it fails."""
    descriptor = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with open(source, "rb", closefd=False) as reader, open(descriptor, "wb", closefd=False) as writer:
            shutil.copyfileobj(reader, writer, CHUNK)
        objects.flush(descriptor)
        temporary.rename(target)
    except OSError:
        os.close(descriptor)
        temporary.unlink(missing_ok=True)
        raise
    return descriptor


def _flush(home: Home, moved: Sequence[_Moved]) -> None:
    """Contents first, then the folders that gained and lost the names, each once for the whole batch."""
    if not moved:
        return
    with objects.storage():
        for item in moved:
            objects.flush(item.descriptor)
        objects.flush_folder(home.originals)
        for folder in {item.candidate.path.parent for item in moved}:
            _flush_source(folder)


def _flush_source(folder: Path) -> None:
    """The name leaving the inbox: its folder may be gone by now, and then there is nothing to flush."""
    with contextlib.suppress(FileNotFoundError):
        objects.flush_folder(folder)


def _hash(item: _Moved) -> Taken | Left:
    """Digest what lies there and look again: a writer that kept it open may have gone on."""
    try:
        os.lseek(item.descriptor, 0, os.SEEK_SET)
        with open(item.descriptor, "rb", buffering=0, closefd=False) as reader:
            digest = hashlib.file_digest(reader, "sha256").hexdigest()
    except OSError as error:
        return _give_back(item, f"cannot be read: {error.strerror or error}", None)
    size = os.fstat(item.descriptor).st_size
    if _changed(item):
        return _give_back(item, "it changed while it was picked up")
    drop = Drop(key=item.key, name=item.name, digest=digest, size=size)
    return Taken(drop, item.candidate.path, item.candidate.look if item.copied else None)


def _changed(item: _Moved) -> bool:
    """On one volume the writer follows the rename; of a copy the source tells."""
    try:
        status = item.candidate.path.lstat() if item.copied else os.fstat(item.descriptor)
    except FileNotFoundError:
        return False  # the source of a copy went away: the copy is what we have
    return gate.seen(status, item.target).signature != item.candidate.look.signature


def _give_back(item: _Moved, note: str, seconds: float | None = 0.0) -> Left:
    """Back under its own name, never over another file; if that is taken it stays and is adopted at the next start.

    A file that changed is another one, worth a look at once; one that cannot be read is the same in an instant.
    """
    source = item.candidate.path
    try:
        if not item.copied:
            os.link(item.target, source, follow_symlinks=False)
        item.target.unlink()
    except OSError as error:
        return Left(source, f"{note}; it lies in {item.target.parent} until the next start ({error.strerror or error})")
    return Left(source, note, seconds)


def _stays(candidate: Candidate, error: OSError) -> Left:
    if error.errno == errno.ENOENT:
        return Left(candidate.path)  # gone between the look and the claim: someone else's business
    return Left(candidate.path, f"cannot be taken in: {error.strerror or error}")

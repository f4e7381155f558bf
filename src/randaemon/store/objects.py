"""The file protocol: data, flush, rename, flush the folder. Only then may a row name the file (reliability I2, I3).

Objects lie at `objects/<aa>/<sha256>`, are written once and never changed; their name is their checksum.
All functions block: call them in a thread from asynchronous code.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from randaemon.errors import StorageFault, StoreError

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_BROKEN = frozenset({errno.EIO, errno.EROFS}) | _FULL
_CHUNK = 1 << 20


@contextlib.contextmanager
def storage() -> Iterator[None]:
    """Turns an error of the disk itself into `StorageFault`; other errors pass."""
    try:
        yield
    except OSError as error:
        if error.errno not in _BROKEN:
            raise
        code = "E_DISK_FULL" if error.errno in _FULL else "E_STORAGE"
        raise StorageFault(f"storage error on {error.filename or 'the home'}: {error.strerror}", code=code) from error


def digest_of(path: Path) -> tuple[str, int]:
    """SHA-256 (hex) and size of a file's content."""
    hasher = hashlib.sha256()
    size = 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            hasher.update(chunk)
            size += len(chunk)
    return hasher.hexdigest(), size


def write(path: Path, data: bytes) -> None:
    """Writes a whole file so that after a crash it is there complete or not at all."""
    temporary = path.with_name(f".{path.name[:64]}.{secrets.token_hex(4)}.tmp")
    with storage():
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            flush(file.fileno())
        temporary.replace(path)
        flush_folder(path.parent)


def move(source: Path, target: Path) -> None:
    """Renames a flushed file and flushes both folders."""
    with storage():
        source.rename(target)
        flush_folder(target.parent)
        flush_folder(source.parent)


def path_of(objects: Path, digest: str) -> Path:
    """Where the object of a digest lies, or would."""
    return objects / digest[:2] / digest


def put(objects: Path, data: bytes) -> str:
    """Stores bytes as an object; returns their digest."""
    digest = hashlib.sha256(data).hexdigest()
    target = path_of(objects, digest)
    with storage():
        _folder(target.parent)
        if not target.exists():
            write(target, data)
        # Also when it was there: the process that renamed it may have died before its flush.
        flush_folders({target.parent, objects})
    return digest


def adopt(objects: Path, sources: Sequence[Path]) -> list[str]:
    """Moves files in as objects, each folder flushed once; returns their digests, hashed here."""
    with storage():
        digests = [_take(objects, source) for source in sources]
        flush_folders({objects, *(path_of(objects, digest).parent for digest in digests)})
    return digests


def read(objects: Path, digest: str) -> bytes:
    """The bytes of an object, checked against its name. Raises StoreError when missing or changed."""
    try:
        data = path_of(objects, digest).read_bytes()
    except FileNotFoundError as error:
        raise StoreError(f"object {digest[:12]} is missing", code="E_OBJECT_MISSING") from error
    if hashlib.sha256(data).hexdigest() != digest:
        raise StoreError(f"object {digest[:12]} has changed on disk", code="E_OBJECT_CHANGED")
    return data


def flush(descriptor: int) -> None:
    """Forces a file to the platter: plain fsync leaves it in the drive's cache on macOS."""
    command = getattr(fcntl, "F_FULLFSYNC", None)
    if command is None:
        os.fsync(descriptor)
    else:
        fcntl.fcntl(descriptor, command)


def flush_file(path: Path) -> None:
    """Forces the content of a file that somebody else wrote."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        flush(descriptor)
    finally:
        os.close(descriptor)


def flush_folder(folder: Path) -> None:
    """Makes renames inside a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        flush(descriptor)
    finally:
        os.close(descriptor)


def flush_folders(folders: Iterable[Path]) -> None:
    """Each folder once."""
    for folder in sorted(folders):
        flush_folder(folder)


def _take(objects: Path, source: Path) -> str:
    if source.is_symlink() or not source.is_file():
        raise StoreError(f"{source.name} is not a regular file")
    digest, _ = digest_of(source)
    target = path_of(objects, digest)
    if target.exists():
        source.unlink()
        return digest
    _folder(target.parent)
    flush_file(source)
    source.rename(target)
    target.chmod(0o400)
    return digest


def _folder(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
